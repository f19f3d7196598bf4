#!/usr/bin/env bash
# Les bibliothèques du portail ont-elles des failles connues ? Demande le réseau : l'index des paquets et sa base d'avis. L'outil a
# son propre environnement, .venv-audit/ (requirements/audit.txt), jeté par « make clean ».
#   outils/audit.sh [OPTIONS DE PIP-AUDIT]
#   outils/audit.sh --en-ci    ne retarde ni ne fait échouer la suite : dit ce qui est trouvé, ou que la base ne répond pas.
#                              AUDIT_STRICT=1 : une faille connue fait échouer.
set -euo pipefail
cd "$(dirname "$0")/.."
en_ci=non
if [ "${1:-}" = --en-ci ]; then
    en_ci=oui
    shift
fi
[ "$en_ci" = oui ] || outils/installer.sh test
# Les règles « S » de ruff sont celles de bandit ; « make test » les applique aussi (outils/forme.sh).
[ ! -x .venv/bin/ruff ] || .venv/bin/ruff check --no-cache --select S --ignore S308 .
indisponible() {
    echo "Audit des dépendances : NON FAIT, la base d'avis n'est pas joignable d'ici. Relancez « make audit » avec le réseau."
    [ "$en_ci" = oui ] && exit 0
    exit 69 # EX_UNAVAILABLE
}
if [ ! -x .venv-audit/bin/pip-audit ]; then
    rm -rf .venv-audit # une installation interrompue
    "$([ -x .venv/bin/python ] && echo .venv/bin/python || echo python3)" -m venv .venv-audit || indisponible
    timeout 90 .venv-audit/bin/pip install --quiet --disable-pip-version-check --retries 0 --timeout 10 \
        --require-hashes --requirement requirements/audit.txt || indisponible
fi
code=0
sortie=$(timeout 120 .venv-audit/bin/pip-audit --require-hashes --disable-pip --requirement requirements/base.txt \
    --timeout 10 --progress-spinner off "$@" 2>&1) || code=$?
# Une bibliothèque que la base ne connaît pas n'est pas une bibliothèque sans faille.
ignorees=$(grep -c 'could not be audited' <<<"$sortie" || true)
grep -v 'could not be audited' <<<"$sortie" || true
if [ "$ignorees" -gt 0 ]; then
    echo "$ignorees bibliothèques n'ont pas pu être examinées."
    [ "$code" != 0 ] || indisponible
fi
# Une faille trouvée est dite dans un tableau ; tout autre échec est celui du réseau ou de la base.
if [ "$code" != 0 ] && ! grep -q '^Found [0-9]* known vulnerabilit' <<<"$sortie"; then
    indisponible
fi
if [ "$code" != 0 ] && [ "$en_ci" = oui ] && [ "${AUDIT_STRICT:-}" != 1 ]; then
    echo "Audit des dépendances : des failles sont connues, voyez ci-dessus (AUDIT_STRICT=1 pour faire échouer)."
    exit 0
fi
exit "$code"
