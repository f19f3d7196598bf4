#!/usr/bin/env bash
# Met en place ce qu'il faut pour faire tourner le portail (« base »), pour le vérifier (« test ») ou
# pour le tenir sous charge (« charge ») :
# paquets du système s'il en manque, puis environnement virtuel .venv/ si les exigences ont changé.
# Une deuxième exécution ne fait que constater, en une fraction de seconde.
set -euo pipefail
cd "$(dirname "$0")/.."

usage="${1:?usage : installer.sh base|test|charge}"

dire() { printf '→ %s\n' "$*" >&2; }
arreter() { printf '\nErreur : %s\n' "$*" >&2; exit 1; }

# --- Paquets du système -----------------------------------------------------------------------------------------
# « a|b » : l'un ou l'autre convient.
paquets_base=(libpango-1.0-0 libpangoft2-1.0-0 fonts-dejavu-core)
paquets_test=(chromium libatomic1 postgresql poppler-utils clamav-daemon
    'libreoffice-writer-nogui|libreoffice-writer' 'libreoffice-calc-nogui|libreoffice-calc')

a_tout_ce_quil_faut() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

chercher_python() {
    local candidat
    for candidat in ${PYTHON:-python3 /usr/bin/python3 python3.13 python3.12 python3.11}; do
        if a_tout_ce_quil_faut "$candidat"; then
            echo "$candidat"
            return
        fi
    done
}

est_installe() {
    local nom
    for nom in ${1//|/ }; do
        if [ "$(dpkg-query -W -f='${db:Status-Status}' "$nom" 2>/dev/null)" = installed ]; then
            return 0
        fi
    done
    return 1
}

installer_paquets() {
    local voulus=("${paquets_base[@]}") manquants=() commande=() paquet
    if [ "$usage" != base ]; then voulus+=("${paquets_test[@]}"); fi
    if ! command -v dpkg-query >/dev/null; then
        dire "Ce système n'est pas une Debian : installez vous-même l'équivalent de ${voulus[*]%%|*}."
        return
    fi
    if [ -z "$(chercher_python)" ]; then manquants+=(python3 python3-venv); fi
    for paquet in "${voulus[@]}"; do
        est_installe "$paquet" || manquants+=("${paquet%%|*}")
    done
    if [ ${#manquants[@]} -eq 0 ]; then return; fi

    commande=(apt-get install -y --no-install-recommends "${manquants[@]}")
    if [ "$(id -u)" -eq 0 ]; then
        prefixe=(env)
    elif sudo -n true 2>/dev/null; then
        prefixe=(sudo -n env)
    elif command -v sudo >/dev/null && [ -t 0 ]; then
        dire "Des paquets manquent : sudo va demander votre mot de passe."
        prefixe=(sudo env)
    else
        arreter "il manque des paquets du système, et seul un administrateur peut les installer. Faites-lui lancer :

    apt-get update && ${commande[*]}

puis recommencez."
    fi
    dire "Installation de : ${manquants[*]}"
    # Les tests ont leur propre serveur PostgreSQL : le paquet n'a pas à en démarrer un.
    local sans_serveur=/etc/postgresql-common/createcluster.d/cite-educative.conf
    if [[ " ${manquants[*]} " == *" postgresql "* ]]; then
        "${prefixe[@]}" mkdir -p "${sans_serveur%/*}"
        echo 'create_main_cluster = false' | "${prefixe[@]}" tee "$sans_serveur" >/dev/null
    fi
    # De même leur propre antivirus, avec une signature à eux. Sans ce masque, ClamAV prendrait sur le réseau, dès
    # l'installation puis chaque jour, une base de signatures dont personne n'a besoin ici ; sans base, clamd ne démarre pas.
    # Il reste en place : « systemctl unmask clamav-freshclam » le lève. Un ClamAV déjà installé n'est pas touché.
    local masque=/etc/systemd/system/clamav-freshclam.service
    if [[ " ${manquants[*]} " == *" clamav-daemon "* ]] && ! est_installe clamav-freshclam; then
        "${prefixe[@]}" mkdir -p "${masque%/*}"
        "${prefixe[@]}" ln -s /dev/null "$masque" 2>/dev/null || true # déjà là, d'une autre fois
    fi
    local reussite=oui
    { "${prefixe[@]}" apt-get update -qq &&
        "${prefixe[@]}" DEBIAN_FRONTEND=noninteractive "${commande[@]}" -qq </dev/null >&2; } || reussite=non
    "${prefixe[@]}" rm -f "$sans_serveur"
    if [ $reussite = non ]; then
        arreter "l'installation des paquets a échoué (voir ci-dessus). La commande était : ${commande[*]}"
    fi
}

# --- Environnement virtuel --------------------------------------------------------------------------------------

installer_venv() {
    # Deux « make » lancés ensemble ne doivent pas écrire dans le même environnement.
    exec 9<requirements
    flock 9
    local fichier="requirements/$usage.txt" empreinte temoin=".venv/.empreinte-$usage"
    empreinte="$(sha256sum <"$fichier")"
    if [ -x .venv/bin/python ] && [ "$(cat "$temoin" 2>/dev/null)" = "$empreinte" ] && .venv/bin/python -c ''; then
        return
    fi
    local python
    python="$(chercher_python)"
    if [ -z "$python" ]; then
        arreter "il faut Python 3.11 ou plus récent, avec le module venv (paquets python3 et python3-venv)."
    fi
    if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
        dire "Création de l'environnement .venv/"
        "$python" -m venv --clear .venv
    fi
    dire "Installation des bibliothèques ($fichier), vérifiées par leur empreinte"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r "$fichier" >&2 ||
        arreter "l'installation des bibliothèques a échoué (voir ci-dessus). L'accès à l'index des paquets Python est nécessaire."
    echo "$empreinte" >"$temoin"
    # Les exigences de test comprennent celles de base, aux mêmes versions ; celles de charge, les deux.
    if [ "$usage" != base ]; then sha256sum <requirements/base.txt >.venv/.empreinte-base; fi
    if [ "$usage" = charge ]; then sha256sum <requirements/test.txt >.venv/.empreinte-test; fi
}

installer_paquets
installer_venv
