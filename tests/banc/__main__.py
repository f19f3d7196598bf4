"""``make bench``: measures the portal against bare baselines on both databases; the figures also go to ``var/banc.json``.

Each pair is run in turn, in CPU time: what counts is the ratio, absolute times depend on the machine. Databases and files
are thrown away at the end.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .mesure import Mesure, tableau

RACINE = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    analyse = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    analyse.add_argument(
        "--taille", type=int, default=5000, help="projets dans la grande base (125000 : un quart d’heure)"
    )
    analyse.add_argument("--petite", type=int, default=1000, help="projets dans la petite")
    analyse.add_argument("--annees", default="10", help="sur combien d’années civiles (2 : une grande année)")
    analyse.add_argument("--bases", default="sqlite,postgresql", help="sur lesquelles mesurer")
    analyse.add_argument("--pages", default="", help="seulement les pages dont le nom contient ce mot")
    analyse.add_argument("--pages-seulement", action="store_true", help="ni Word, ni exports, ni débit")
    options = analyse.parse_args()
    mesures = [] if options.pages_seulement or options.pages else mesures_word()
    for base in options.bases.split(","):
        mesures += mesures_du_portail(base, options)
        rendre_compte(mesures)  # an interruption keeps what was measured
    print(tableau(mesures))
    return 0


def mesures_word() -> list[Mesure]:
    os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="cite-banc-")
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.banc.reglages"
    import django

    django.setup()
    from . import word

    print("→ Word", file=sys.stderr, flush=True)
    try:
        return [*word.mesures_word(), *word.memoire_word()]
    finally:
        shutil.rmtree(os.environ["VAR_DIR"], ignore_errors=True)


def mesures_du_portail(base: str, options: argparse.Namespace) -> list[Mesure]:
    """In a process of its own, with a database and files of its own."""
    dossier = tempfile.mkdtemp(prefix="cite-banc-")
    commande = [
        sys.executable, "-m", "tests.banc.portail", "--base", base, "--petite", str(options.petite),
        "--taille", str(options.taille), "--annees", options.annees, "--pages", options.pages,
    ]  # fmt: skip
    if options.pages_seulement or options.pages:
        commande.append("--pages-seulement")
    if base == "postgresql":
        commande = [sys.executable, "outils/avec_postgresql.py", *commande]
    environnement = {nom: valeur for nom, valeur in os.environ.items() if nom != "DATABASE_URL"}
    try:
        fini = subprocess.run(
            commande,
            cwd=RACINE,
            env=environnement | {"VAR_DIR": dossier},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
    finally:
        shutil.rmtree(dossier, ignore_errors=True)
    champs = [{cle: valeur for cle, valeur in une.items() if cle != "rapport"} for une in json.loads(fini.stdout)]
    return [Mesure(**un) for un in champs]


def rendre_compte(mesures: list[Mesure]) -> None:
    sortie = RACINE / "var" / "banc.json"
    sortie.parent.mkdir(exist_ok=True)
    sortie.write_text(json.dumps([mesure.vers_json() for mesure in mesures], ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
