#!/usr/bin/env bash
# La démonstration, de la machine nue au portail ouvert. « --sans-servir » s'arrête aux données.
set -euo pipefail
cd "$(dirname "$0")/.."

export DEMO=1 HOST="${HOST:-127.0.0.1}" PORT="${PORT:-8000}"
# L'adresse que l'on tape : écouter partout ne dit pas laquelle.
case "$HOST" in
0.0.0.0 | ::)
    hote=127.0.0.1
    export ALLOWED_HOSTS="${ALLOWED_HOSTS:-$(hostname),$(hostname -I 2>/dev/null | tr -s ' ' ',' | sed 's/,$//')}"
    ;;
*:*) hote="[$HOST]" ;;
*) hote="$HOST" ;;
esac
export URL_PUBLIQUE="${URL_PUBLIQUE:-http://$hote:$PORT}"

# Une ligne par page lue cacherait l’adresse et les comptes.
export NIVEAU_JOURNAL="${NIVEAU_JOURNAL:-WARNING}"

outils/installer.sh base
if [ "${1:-}" = --sans-servir ]; then
    exec .venv/bin/python outils/preparer.py
fi
.venv/bin/python outils/demo.py --verifier-le-port # avant le travail long
.venv/bin/python outils/preparer.py
exec .venv/bin/python outils/demo.py
