"""``cumuls``: folds what changed into the kept sums; makes them again, or checks them against the projects."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from cite_educative.base_de_donnees import parcourir_toute_la_base

from ... import controle_cumuls, cumuls

DITS = 10


class Command(BaseCommand):
    help = (
        "Tient à jour les sommes que lisent le pilotage, les enveloppes et les listes. Sans option, replie ce qui a "
        "changé ; les pages additionnent elles-mêmes ce qui attend. --verifier les compare aux projets (code 1 si elles "
        "diffèrent) ; --refaire les refait de zéro, avec --verifier seulement si elles diffèrent."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--refaire", action="store_true", help="les refaire de zéro")
        parser.add_argument("--verifier", action="store_true", help="les comparer aux projets, sans rien changer")

    def handle(self, *, refaire: bool, verifier: bool, **_: Any) -> None:
        parcourir_toute_la_base()
        if verifier:
            ecarts = controle_cumuls.controler()
            for un in ecarts[:DITS]:
                self.stdout.write(un)
            pluriel = "s" if len(ecarts) > 1 else ""
            dit = (
                f"{len(ecarts)} différence{pluriel} avec les projets."
                if ecarts
                else "Les sommes sont celles des projets."
            )
            self.stderr.write(dit)
            if not ecarts:
                return
        if refaire:
            nombre = controle_cumuls.reparer(self.stderr.write)
            self.stderr.write(f"Sommes refaites : {nombre} exercices comptés.")
        elif not verifier:
            self.stdout.write(str(cumuls.tenir_a_jour(dire=self.stderr.write)))
        if verifier:
            sys.exit(1)
