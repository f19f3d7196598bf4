"""Ten thousand requests to one web process, and what it weighs on the way: ``python -m tests.banc.endurance``.

The pages are those of the bench, for every role, and as many projects, filters and searches as there are, so that nothing which
is kept by the process stays small by luck. With ``--pdf``, some of the requests are sheets in PDF.
"""

import argparse
import http.client
import itertools
import json
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from urllib.parse import quote

PALIERS = (100, 1000, 2500, 5000, 7500, 10_000)


def main() -> int:
    analyse = argparse.ArgumentParser(description=__doc__)
    analyse.add_argument("--requetes", type=int, default=10_000)
    analyse.add_argument("--projets", type=int, default=1000)
    analyse.add_argument("--pdf", action="store_true", help="avec des fiches en PDF (WeasyPrint reste en mémoire)")
    options = analyse.parse_args()
    dossier = tempfile.mkdtemp(prefix="cite-endurance-")
    try:
        remplir(dossier, options.projets)
        releves = user(options.requetes, pdf=options.pdf)
    finally:
        shutil.rmtree(dossier, ignore_errors=True)
    json.dump(releves, sys.stdout)
    print()
    return 0


def remplir(dossier: str, nombre: int) -> None:
    os.environ["VAR_DIR"] = dossier
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.banc.reglages"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("loaddata", "comptes", "lievin", verbosity=0)
    with open(os.devnull, "w") as nulle_part:
        call_command("generer", nombre, stderr=nulle_part)


def user(requetes: int, *, pdf: bool = False) -> dict[int, tuple[float, float]]:
    """MiB of the one worker after so many requests, and of that what is its own.

    Four clients, as its threads; every answer must be a 200.
    """
    from .debit import gunicorn, memoire

    paliers = [palier for palier in PALIERS if palier <= requetes] or [requetes]
    releves: dict[int, tuple[float, float]] = {}
    with gunicorn("tests.banc.reglages", "--workers", "1", "--threads", "4") as (port, maitre):
        demandes = demandees(pdf=pdf)
        faites = 0
        for palier in paliers:
            lot = list(itertools.islice(demandes, palier - faites))
            fils = [threading.Thread(target=demander, args=(port, lot[rang::4])) for rang in range(4)]
            for fil in fils:
                fil.start()
            for fil in fils:
                fil.join()
            faites = palier
            total, propre = (round(memoire(maitre, champ), 1) for champ in ("VmRSS", "RssAnon"))
            releves[palier] = total, propre
            print(f"→ {palier} requêtes : {total:.0f} Mio, dont {propre:.0f} en propre", file=sys.stderr, flush=True)
    return releves


def demander(port: int, demandes: list[tuple[str, str]]) -> None:
    connexion = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    for adresse, cookie in demandes:
        connexion.request("GET", adresse, headers={"Cookie": cookie, "Host": "localhost"})
        reponse = connexion.getresponse()
        reponse.read()
        if reponse.status != 200:
            print(f"{adresse} : {reponse.status}", file=sys.stderr)
            os._exit(1)
    connexion.close()


def demandees(*, pdf: bool) -> Iterator[tuple[str, str]]:
    """Without end: an address and the cookie of whoever asks for it."""
    from django.conf import settings

    from projets.models import Projet

    from .pages import client, pages

    cookies: dict[str, str] = {"": ""}

    def cookie(compte: str) -> str:
        if compte not in cookies:
            session = client(compte).cookies[settings.SESSION_COOKIE_NAME].value
            cookies[compte] = f"{settings.SESSION_COOKIE_NAME}={session}"
        return cookies[compte]

    projets = list(Projet.objects.deposes().order_by("pk").values_list("numero", "porteur__email", "titre"))
    du_banc = itertools.cycle([(une.compte, une.adresse) for une in pages()])
    for rang in itertools.count():
        numero, porteur, titre = projets[rang * 7 % len(projets)]
        mot = titre.split()[0]
        compte, adresse = (
            next(du_banc),
            (("coordination-en", "pilote-en")[rang % 2], f"/projets/{numero}/"),
            (porteur if rang % 200 < 100 else "coordination-en", f"/projets/{numero}/"),
            (
                "coordination-en",
                f"/coordination/?tout=1&page={rang % (len(projets) // 50 + 1) + 1}&q={quote(mot[: rang % 9])}",
            ),
        )[rang % 4]
        if pdf and rang % 50 == 0:
            compte, adresse = "coordination-en", f"/projets/{numero}/fiche.pdf"
        yield adresse, cookie(compte)


if __name__ == "__main__":
    sys.exit(main())
