#!/usr/bin/env bash
# Les bibliothèques du portail ont-elles des failles connues ? Demande le réseau (l'index des paquets et sa base d'avis) : ni
# « make test » ni la CI ne le lancent. L'outil a son propre environnement, .venv-audit/, jeté par « make clean ».
#   outils/audit.sh [OPTIONS DE PIP-AUDIT]
set -euo pipefail
cd "$(dirname "$0")/.."
outils/installer.sh test
# Les règles « S » de ruff sont celles de bandit.
.venv/bin/ruff check --no-cache --select S .
if [ ! -x .venv-audit/bin/pip-audit ]; then
    .venv/bin/python -m venv .venv-audit
    .venv-audit/bin/pip install --quiet --disable-pip-version-check 'pip-audit>=2.9,<3'
fi
exec .venv-audit/bin/pip-audit --require-hashes --disable-pip --requirement requirements/base.txt "$@"
