"""Requests per second with two gunicorn workers, at one client and at eight, the bare page and ours in turn."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .mesure import Mesure
from .pages import FICHE, LISTE, PILOTAGE, PUBLIQUE, client

RACINE = Path(__file__).resolve().parent.parent.parent
SECONDES, TRANCHES = 1.0, 3


@contextmanager
def gunicorn(reglages: str, *options: str) -> Iterator[tuple[int, int]]:
    """Two workers, unless the options say otherwise, on a free port: (port, process of the master)."""
    with socket.socket() as libre:
        libre.bind(("127.0.0.1", 0))
        port = libre.getsockname()[1]
    commande = [
        sys.executable, "-m", "gunicorn", "cite_educative.wsgi", "--workers", "2", "--bind", f"127.0.0.1:{port}",
        "--log-level", "critical", *options,
    ]  # fmt: skip
    environnement = os.environ | {"DJANGO_SETTINGS_MODULE": reglages, "GUNICORN_CMD_ARGS": ""}
    serveur = subprocess.Popen(commande, cwd=RACINE, env=environnement, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with socket.socket() as essai:
                if essai.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port, serveur.pid
    finally:
        serveur.terminate()
        serveur.wait(20)


def debit(port: int, adresse: str, cookie: str, clients: int, secondes: float) -> float:
    """Answers per second, all clients together."""
    fin, faits = time.monotonic() + secondes, [0] * clients

    def demander(rang: int) -> None:
        connexion = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while time.monotonic() < fin:
            connexion.request("GET", adresse, headers={"Cookie": cookie, "Host": "localhost"})
            reponse = connexion.getresponse()
            reponse.read()
            assert reponse.status == 200, (adresse, reponse.status)
            faits[rang] += 1
        connexion.close()

    debut = time.monotonic()
    fils = [threading.Thread(target=demander, args=(rang,)) for rang in range(clients)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    return sum(faits) / (time.monotonic() - debut)


def memoire(maitre: int, champ: str = "VmRSS") -> float:
    """MiB of the greatest worker. ``RssAnon``: without what it shares with every other process, libraries above all."""
    tailles = [0.0]
    for dossier in Path("/proc").glob("[0-9]*"):
        try:
            if int((dossier / "stat").read_text().rpartition(")")[2].split()[1]) == maitre:
                lignes = (dossier / "status").read_text().splitlines()
                tailles += [int(x.split()[1]) / 1024 for x in lignes if x.startswith(champ)]
        except OSError:
            continue
    return max(tailles)


def mesurer_le_debit(groupe: str) -> list[Mesure]:
    from django.conf import settings

    def cookie(compte: str) -> str:
        return f"{settings.SESSION_COOKIE_NAME}={client(compte).cookies[settings.SESSION_COOKIE_NAME].value}"

    from django.utils import timezone

    from projets.enums import Statut
    from projets.models import Projet

    biscuit, mesures = cookie("coordination-en"), []
    projet = Projet.objects.filter(statut=Statut.CLOS).order_by("-pk").first()
    demandees = {
        "la liste": ("/coordination/?tout=1", biscuit, LISTE),
        "un projet": (projet.get_absolute_url(), biscuit, FICHE),
        "le pilotage": (f"/pilotage/?annee={timezone.localdate().year - 1}", biscuit, PILOTAGE),
        "l’appel, sans compte": ("/appel/", "", PUBLIQUE),
    }
    with gunicorn("tests.banc.reglages") as (notre, maitre), gunicorn("tests.banc.reglages_nus") as (nu, maitre_nu):
        debit(nu, "/nue/", biscuit, 2, 1.0)
        for adresse, qui, _ in demandees.values():
            debit(notre, adresse, qui, 2, 0.5)
        for clients in (1, 8):
            releves: dict[str, list[float]] = {nom: [] for nom in ("", *demandees)}
            for _ in range(TRANCHES):
                releves[""].append(debit(nu, "/nue/", biscuit, clients, SECONDES))
                for nom, (adresse, qui, _) in demandees.items():
                    releves[nom].append(debit(notre, adresse, qui, clients, SECONDES))
            temoin = sum(releves[""]) / TRANCHES
            pluriel = "s" if clients > 1 else ""
            for nom, (_, _, objectif) in demandees.items():
                n = sum(releves[nom]) / TRANCHES
                # As times per answer, so that a ratio reads as everywhere else: how many times the bare page.
                mesures.append(
                    Mesure(
                        f"débit, {nom}, {clients} client{pluriel} ({n:.0f} réponses/s)", 1000 / n,
                        f"page nue ({temoin:.0f}/s)", 1000 / temoin, groupe=groupe, objectif=objectif,
                    )
                )  # fmt: skip
        mesures.append(
            Mesure(
                "mémoire d’un serveur web", memoire(maitre), "Django nu (Mio)", memoire(maitre_nu), "Mio", groupe=groupe
            )
        )
    return mesures
