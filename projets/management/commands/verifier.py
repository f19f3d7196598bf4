"""``verifier``: the health of a deployment, one line per check. Data on stdout, exit code 0 (well), 1 (to see) or 2 (fault)."""

import json
import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from cite_educative.base_de_donnees import parcourir_toute_la_base

from ... import sante

MARQUES = ("bien     ", "à voir   ", "FAUTE    ")


class Command(BaseCommand):
    help = (
        "Vérifie le déploiement : réglages, base, protection et chaînes du journal, fichiers, messagerie, boîte d’envoi. "
        "N’envoie et ne change rien. Code 0 : tout va bien ; 1 : des points à voir ; 2 : des fautes."
    )
    requires_system_checks = ()  # they are one of the lines, not a reason to say nothing

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--journal", action="store_true", help="le journal seulement : ses chaînes et ses sceaux")
        parser.add_argument(
            "--fichiers", action="store_true", help="relire tous les fichiers, pas seulement les derniers"
        )
        parser.add_argument("--sceau", default="", metavar="EMPREINTE", help="un sceau noté ailleurs, qui doit être là")
        parser.add_argument("--json", action="store_true", help="le résultat en JSON")

    def handle(self, *, journal: bool, fichiers: bool, sceau: str, **options: object) -> None:
        parcourir_toute_la_base()
        if journal:
            controles = iter([sante.protections(), sante.journal(sceau)])
        else:
            controles = iter(sante.verifier(fichiers_tous=fichiers, sceau=sceau))
        pire, tous = sante.BIEN, []
        for controle in controles:
            pire = max(pire, controle.gravite)
            if options["json"]:
                tous.append(controle.en_json())
                continue
            self.stdout.write(MARQUES[controle.gravite] + sante.phrase(controle))
            for detail in controle.details:
                self.stdout.write(f"           - {detail}")
        if options["json"]:
            self.stdout.write(json.dumps({"code": pire, "controles": tous}, ensure_ascii=False, indent=2))
        if pire:
            sys.exit(pire)
