#!/usr/bin/env bash
# Recompile requirements/*.txt depuis les *.in, avec les empreintes de toutes les plates-formes et rien qui dise
# d'où ils ont été téléchargés. « --upgrade » prend les versions les plus récentes.
set -euo pipefail
cd "$(dirname "$0")/.."
outils/installer.sh test
for nom in base test charge audit; do
    CUSTOM_COMPILE_COMMAND="make requirements" PIP_CONFIG_FILE=/dev/null PIP_FIND_LINKS='' \
        .venv/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url \
        --no-emit-trusted-host --no-emit-find-links --no-emit-options --no-header \
        --output-file "requirements/$nom.txt" "$@" "requirements/$nom.in"
done
