# L'image du portail : web, worker et commandes, selon ce qu'on lui fait lancer. Rien n'y est secret, rien n'y est local.
#   docker build -t cite-educative .
FROM python:3.13-slim-bookworm AS construction

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements/base.txt /tmp/base.txt
# Des paquets tout faits, vérifiés par leur empreinte : l'image n'a pas de compilateur.
RUN pip install --require-hashes --only-binary :all: -r /tmp/base.txt
WORKDIR /app
COPY . .
# La clé et la base de cette étape sont jetées avec elle.
RUN VAR_DIR=/tmp/construction STATIC_DIR=/app/statiques python manage.py collectstatic --no-input \
    && python -m compileall -q cite_educative correspondants projets \
    && rm -rf /tmp/construction

FROM python:3.13-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin portail \
    && install -d -o portail -g portail -m 750 /var/lib/portail
COPY --from=construction /opt/venv /opt/venv
COPY --from=construction /app /app

ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    VAR_DIR=/var/lib/portail STATIC_DIR=/app/statiques FORMAT_JOURNAL=json HOST=0.0.0.0 PORT=8000
WORKDIR /app
USER 10001:10001
# Le seul endroit où le portail écrit, avec /tmp : tout le reste peut être monté en lecture seule.
VOLUME /var/lib/portail
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=40s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/sante/vivant/', timeout=4)"]
CMD ["gunicorn", "-c", "deploiement/gunicorn.conf.py", "cite_educative.wsgi"]
