#!/usr/bin/env bash
# Toutes les vérifications, de la machine nue au verdict : forme, migrations, suite sur SQLite, suite sur PostgreSQL.
# Les arguments sont passés à pytest : outils/tests.sh -k depot
set -euo pipefail
cd "$(dirname "$0")/.."

outils/installer.sh test

# Les tests ne dépendent pas de l'environnement de qui les lance.
unset DATABASE_URL SECRET_KEY DEMO HTTPS URL_PUBLIQUE ALLOWED_HOSTS EMAIL_URL EMAIL_HOST COURRIELS_DOMAINES_AUTORISES \
    S3_BUCKET STATIC_DIR METRIQUES_JETON SENTRY_DSN REQUETES_LENTES_MS FORMAT_JOURNAL CONTACT_SECURITE SECURITE_TXT_EXPIRE \
    PROXYS_DE_CONFIANCE CLAMAV_URL DJANGO_SETTINGS_MODULE PYTEST_ADDOPTS
unset PYTHONDONTWRITEBYTECODE # trois processus et leurs enfants, sur deux bases : ne compiler qu'une fois
python=.venv/bin/python
titre() { printf '\n=== %s\n' "$*"; }

# Les migrations jouées de bout en bout, une fois par base, pendant que l'on vérifie la forme ; les tests copient.
rm -rf var/tests
modele=("$python" -m tests.base_modele)
{ DJANGO_SETTINGS_MODULE=cite_educative.settings.test "${modele[@]}" &&
    DJANGO_SETTINGS_MODULE=cite_educative.settings.test "$python" outils/avec_postgresql.py "${modele[@]}"; } &
bases=$!

titre "Forme"
outils/forme.sh
titre "Migrations"
VAR_DIR="$(mktemp -d)"
export VAR_DIR
trap 'rm -rf "$VAR_DIR"' EXIT
$python manage.py check --fail-level WARNING
$python manage.py makemigrations --check --dry-run
wait "$bases"

# Trois processus pour les deux cœurs de la plus petite machine prévue : navigateur et serveurs attendent souvent.
pytest=("$python" -m pytest -n "${PYTEST_PROCESSUS:-3}" --dist worksteal "$@")
code=0
titre "Tests, SQLite"
"${pytest[@]}" || code=$?
titre "Tests, PostgreSQL" # même après un échec : savoir si les deux bases échouent aide à comprendre
"$python" outils/avec_postgresql.py "${pytest[@]}" --base-seulement || code=$?
exit $code
