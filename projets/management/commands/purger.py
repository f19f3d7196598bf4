"""``purger``: erases what is kept no longer, and says what it did; with ``--simuler``, only says it."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from cite_educative.base_de_donnees import parcourir_toute_la_base

from ...purge import purger


class Command(BaseCommand):
    help = (
        "Efface ce qui a dépassé sa durée de conservation (réglée dans l’administration, « Durées de conservation ») : "
        "brouillons, personnes nommées dans les projets finis, textes des courriels, liens, traces, comptes inactifs "
        "prévenus un mois avant. Ne touche jamais au journal. À lancer chaque nuit ou chaque semaine."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--simuler",
            "--essai",
            action="store_true",
            dest="simuler",
            help="dit ce qui serait effacé, sans rien faire",
        )
        parser.add_argument("--json", action="store_true", help="le rapport en JSON")

    def handle(self, *, simuler: bool, **options: Any) -> None:
        parcourir_toute_la_base()
        rapport = purger(simuler=simuler)
        if options["json"]:
            self.stdout.write(json.dumps({"simule": simuler, "lignes": [asdict(ligne) for ligne in rapport]}, indent=2))
            return
        for ligne in rapport:
            duree = f"gardés {ligne.jours} jours" if ligne.jours is not None else "à leur terme"
            quoi = f"{ligne.concernes} à traiter" if simuler else f"{ligne.faits} traités sur {ligne.concernes}"
            remarque = f" ({ligne.remarque})" if ligne.remarque else ""
            self.stdout.write(f"{ligne.libelle} ({duree}) : {quoi}{remarque}".replace(" :", "\u00a0:"))
        if simuler:
            self.stderr.write("Simulation : rien n’a été effacé.")
