#!/usr/bin/env python3
"""Serve the demonstration: the mail worker and the web server, stopped together.

Reads `HOST` and `PORT` (127.0.0.1 and 8000). Prints the address and the demonstration accounts once the server
answers. Ends with 0 when it is asked to stop, with 1 when one of the two falls by itself.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

RACINE = Path(__file__).resolve().parent.parent
HOTE = os.environ.get("HOST") or "127.0.0.1"
PORT = os.environ.get("PORT") or "8000"


class Arret(Exception):
    """Someone asked to stop."""


def arreter(message: str) -> None:
    print(f"\nErreur : {message}", file=sys.stderr)
    sys.exit(1)


def verifier_le_port() -> None:
    """Say at once, and in one sentence, that the address cannot be had."""
    if not PORT.isdecimal() or not 0 < int(PORT) < 65536:
        arreter(f"« {PORT} » n'est pas un numéro de port.")
    try:
        famille, genre, protocole, _, adresse = socket.getaddrinfo(HOTE, int(PORT), type=socket.SOCK_STREAM)[0]
        with socket.socket(famille, genre, protocole) as prise:
            prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            prise.bind(adresse)
            prise.listen()
    except PermissionError:
        arreter(f"le port {PORT} est réservé à l'administrateur : choisissez-en un autre, par exemple PORT=8001.")
    except OSError as erreur:
        if erreur.errno == 98:  # EADDRINUSE
            arreter(f"le port {PORT} est déjà pris sur {HOTE} : choisissez-en un autre, par exemple PORT=8001.")
        arreter(f"impossible d'écouter sur {HOTE}, port {PORT} : {erreur.strerror or erreur}.")


def repond() -> bool:
    cible = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(HOTE, HOTE)  # noqa: S104 - compared, not listened to
    try:
        socket.create_connection((cible, int(PORT)), timeout=1).close()
    except OSError:
        return False
    return True


_demandes: list[object] = []


def demander_arret(*demande: object) -> None:
    """Once: whoever stops a group and `make` that passes it on both ask, and the second must not break the stopping."""
    _demandes.append(demande)
    if len(_demandes) == 1:
        raise Arret


def main() -> None:
    if sys.argv[1:] == ["--verifier-le-port"]:
        verifier_le_port()
        return
    python = sys.executable
    signal.signal(signal.SIGTERM, demander_arret)
    signal.signal(signal.SIGINT, demander_arret)
    signal.signal(signal.SIGHUP, demander_arret)
    lie = f"[{HOTE}]:{PORT}" if ":" in HOTE else f"{HOTE}:{PORT}"
    commandes = {
        "serveur": [
            python, "-m", "gunicorn", "cite_educative.wsgi", "--bind", lie, "--worker-class", "gthread",
            "--workers", "2", "--threads", "4", "--no-control-socket", "--graceful-timeout", "5",
            "--log-level", "warning",
        ],
        "envoi des courriels": [python, "manage.py", "courriels", "--continu"],
    }  # fmt: skip
    processus: dict[str, subprocess.Popen[bytes]] = {}
    code = 0
    try:
        # In the same process group: whoever kills the whole group leaves nothing behind.
        for nom, commande in commandes.items():
            processus[nom] = subprocess.Popen(commande, cwd=RACINE)
        while not repond():
            if processus["serveur"].poll() is not None:
                break
            time.sleep(0.1)
        else:
            print(f"\nLe portail est ouvert : {os.environ['URL_PUBLIQUE']}\n", flush=True)
            subprocess.run([python, "manage.py", "demo_donnees", "--comptes"], cwd=RACINE, check=False)
            print("\nCtrl-C pour arrêter.", flush=True)
        while True:
            for nom, un in processus.items():
                if un.poll() is not None:
                    print(f"\nErreur : {nom} s'est arrêté (code {un.returncode}).", file=sys.stderr)
                    code = 1
                    raise Arret
            time.sleep(0.5)
    except Arret:
        for signal_ in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signal_, signal.SIG_IGN)
        for un in processus.values():
            if un.poll() is None:
                un.terminate()
        limite = time.monotonic() + 15
        for un in processus.values():
            try:
                un.wait(timeout=max(0.1, limite - time.monotonic()))
            except subprocess.TimeoutExpired:
                un.kill()
    print("\nLe portail est arrêté.", flush=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
