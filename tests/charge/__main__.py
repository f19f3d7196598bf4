"""``make charge``: the real mix of a busy day, held for minutes on PostgreSQL; no error, and p95 over that of a bare page.

Two gunicorn workers for the portal, one worker for mails and exports, two gunicorn workers for the bare page, and locust,
all on this machine: what counts is the ratio, measured at the same moment. The figures also go to ``var/charge.json``.
The exit code is 1 when a request failed.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import requests

from outils.avec_postgresql import serveur

RACINE = Path(__file__).resolve().parents[2]
REGLAGES = "tests.charge.reglages"


def main() -> int:
    analyse = argparse.ArgumentParser(prog="make charge")
    analyse.add_argument("--minutes", type=float, default=3.0)
    analyse.add_argument("--personnes", type=int, default=24, help="personnes à la fois (24 par défaut)")
    analyse.add_argument("--projets", type=int, default=2000, help="projets déjà dans la base (2000 par défaut)")
    options = analyse.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = REGLAGES
    import django

    django.setup()
    from ..banc.debit import gunicorn

    with ExitStack() as pile:
        dossier = Path(pile.enter_context(tempfile.TemporaryDirectory()))
        os.environ |= {
            "DATABASE_URL": pile.enter_context(serveur()),
            "VAR_DIR": str(dossier / "var"),
        }
        monde = dossier / "monde.json"
        dire(f"{options.projets} projets")
        with monde.open("w", encoding="utf-8") as sortie:
            subprocess.run(
                [sys.executable, "-m", "tests.charge.preparer", str(options.projets)],
                cwd=RACINE,
                stdout=sortie,
                check=True,
            )
        port, _ = pile.enter_context(gunicorn(REGLAGES))
        port_nu, _ = pile.enter_context(gunicorn("tests.banc.reglages_nus"))
        travailleur = subprocess.Popen(
            [sys.executable, "manage.py", "courriels", "--continu"], cwd=RACINE, stderr=subprocess.DEVNULL
        )
        pile.callback(travailleur.wait, 30)
        pile.callback(travailleur.terminate)
        for une in (f"http://localhost:{port}/", f"http://localhost:{port_nu}/nue/"):
            chauffer(une, json.loads(monde.read_text(encoding="utf-8")))
        os.environ |= {"CHARGE": str(monde), "CHARGE_NUE": f"http://localhost:{port_nu}"}
        dire(f"{options.personnes} personnes pendant {options.minutes:g} min")
        subprocess.run(
            [
                sys.executable, "-m", "locust", "-f", "tests/charge/scenarios.py", "--headless", "--only-summary",
                "--host", f"http://localhost:{port}", "--users", str(options.personnes), "--spawn-rate", "4",
                "--run-time", f"{options.minutes * 60:.0f}s", "--stop-timeout", "20",
                "--csv", str(dossier / "charge"), "--loglevel", "WARNING", "--exit-code-on-error", "0",
            ],
            cwd=RACINE, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        lignes = lire(dossier / "charge_stats.csv")
        for faute in lire_les_fautes(dossier / "charge_failures.csv"):
            print(f"  faute : {faute}", file=sys.stderr)  # noqa: T201
    return rendre_compte(lignes)


def chauffer(adresse: str, monde: dict[str, Any]) -> None:
    """The first answers of a server that starts are no measure of anything."""
    for _ in range(8):
        qui = {monde["cookie"]: monde["sessions"]["coordination"][0]}
        requests.get(adresse, timeout=60, cookies=qui).raise_for_status()


def lire(fichier: Path) -> list[dict[str, float | str]]:
    """One row per kind of request: its number, its failures, median and 95th percentile in milliseconds."""
    with fichier.open(encoding="utf-8", newline="") as flux:
        return [
            {
                "nom": ligne["Name"],
                "requetes": int(ligne["Request Count"]),
                "fautes": int(ligne["Failure Count"]),
                "mediane": float(ligne["50%"] or 0),
                "p95": float(ligne["95%"] or 0),
            }
            for ligne in csv.DictReader(flux)
            if ligne["Name"] != "Aggregated" and int(ligne["Request Count"])
        ]


def lire_les_fautes(fichier: Path) -> list[str]:
    with fichier.open(encoding="utf-8", newline="") as flux:
        return [f"{x['Occurrences']} × {x['Method']} {x['Name']} : {x['Error'][:200]}" for x in csv.DictReader(flux)]


def rendre_compte(lignes: list[dict[str, float | str]]) -> int:
    """Prints the table, keeps it, and gives the exit code."""
    nue = next(ligne for ligne in lignes if ligne["nom"] == "page nue")
    for ligne in lignes:
        ligne["rapport"] = round(float(ligne["p95"]) / max(float(nue["p95"]), 1), 1)
    print(f"{'':34}{'requêtes':>9}{'fautes':>8}{'médiane':>10}{'p95':>9}{'p95 / nue':>11}")  # noqa: T201
    for ligne in sorted(lignes, key=lambda une: str(une["nom"])):
        print(  # noqa: T201
            f"{ligne['nom']:34}{ligne['requetes']:>9}{ligne['fautes']:>8}{ligne['mediane']:>7.0f} ms{ligne['p95']:>6.0f} ms"
            f"{ligne['rapport']:>11.1f}"
        )
    cible = RACINE / "var" / "charge.json"
    cible.parent.mkdir(exist_ok=True)
    cible.write_text(json.dumps(lignes, ensure_ascii=False, indent=1), encoding="utf-8")
    fautes = sum(int(ligne["fautes"]) for ligne in lignes)
    dire(f"{sum(int(ligne['requetes']) for ligne in lignes)} requêtes, {fautes} faute{'s' if fautes > 1 else ''}")
    return int(fautes > 0)


def dire(texte: str) -> None:
    print(f"→ {texte}", file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
