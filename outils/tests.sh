#!/usr/bin/env bash
# Toutes les vérifications, de la machine nue au verdict : forme, migrations, suite sur SQLite et sur PostgreSQL.
# Les arguments sont passés à pytest : outils/tests.sh -k depot
set -euo pipefail
cd "$(dirname "$0")/.."

outils/installer.sh test

# Les tests ne dépendent pas de l'environnement de qui les lance.
unset DATABASE_URL SECRET_KEY DEMO HTTPS URL_PUBLIQUE ALLOWED_HOSTS EMAIL_URL EMAIL_HOST COURRIELS_DOMAINES_AUTORISES \
    S3_BUCKET STATIC_DIR METRIQUES_JETON SENTRY_DSN REQUETES_LENTES_MS FORMAT_JOURNAL CONTACT_SECURITE SECURITE_TXT_EXPIRE \
    PROXYS_DE_CONFIANCE CLAMAV_URL DB_POOL_MAX DB_PREPARER DJANGO_SETTINGS_MODULE PYTEST_ADDOPTS
unset PYTHONDONTWRITEBYTECODE # trois processus et leurs enfants, sur deux bases : ne compiler qu'une fois
python=.venv/bin/python
titre() { printf '\n=== %s\n' "$*"; }

VAR_DIR="$(mktemp -d)"
export VAR_DIR
# Ce qui tourne encore à côté s'arrête avec nous : Ctrl-C ne l'atteint pas.
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$VAR_DIR"' EXIT

# À côté de la forme : les migrations jouées de bout en bout, une fois par base (les tests copient), et les fichiers de test
# compilés une fois pour tous les processus, leurs « assert » réécrits ; s'ils ne se lisent pas, les tests le diront.
rm -rf var/tests
modele=(env DJANGO_SETTINGS_MODULE=cite_educative.settings.test "$python")
"${modele[@]}" -m tests.base_modele &
modele_sqlite=$!
"$python" -m pytest --collect-only -qq >/dev/null 2>&1 &
compilation=$!

titre "Forme"
outils/forme.sh
titre "Migrations"
$python manage.py check --fail-level WARNING
$python manage.py makemigrations --check --dry-run
wait "$compilation" || true

# Cinq processus pour les deux cœurs de la plus petite machine prévue : navigateurs, serveurs et LibreOffice attendent souvent.
# Les deux bases ensemble : aucune n'attend la fin de l'autre, et la deuxième se lit à la suite de la première.
pytest=("$python" -m pytest --dist worksteal "$@")
journal="$VAR_DIR/postgresql"
{
    "${modele[@]}" outils/avec_postgresql.py "$python" -m tests.base_modele
    exec "$python" outils/avec_postgresql.py "${pytest[@]}" -n "${PYTEST_PROCESSUS:-2}" --base-seulement
} >"$journal" 2>&1 &
postgresql=$!
wait "$modele_sqlite"
code=0
titre "Tests, SQLite (ceux de PostgreSQL tournent à côté)"
"${pytest[@]}" -n "${PYTEST_PROCESSUS:-3}" || code=$?
titre "Tests, PostgreSQL" # même après un échec : savoir si les deux bases échouent aide à comprendre
wait "$postgresql" || code=$?
cat "$journal"
cat var/tests/sessions-restees 2>/dev/null || true
exit $code
