"""Writes the same Word file with its anomalies as comments: exit 0 written, 2 refused."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from projets import reception
from projets.management.formulaires_lus import BILAN_LU, DOSSIER_LU
from projets.word.lecture import FichierRefuse
from projets.word.protege import annoter_protege

from .modele_word import ecrire_fichier, lire_fichier, trouver_appel

REFUSE = 2


class Command(BaseCommand):
    help = "Écrit le même document avec un commentaire Word par anomalie : 0 écrit, 2 refusé."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("fichier", type=Path, metavar="FICHIER.docx", help="le fichier à lire")
        parser.add_argument("sortie", type=Path, metavar="SORTIE.docx", help="le fichier à écrire")
        parser.add_argument("--appel", metavar="CODE", help="le code de l’appel (par défaut : l’appel courant)")
        parser.add_argument("--bilan", action="store_true", help="le fichier est un bilan, pas un dossier de projet")

    def handle(self, *args: Any, fichier: Path, sortie: Path, appel: str | None, bilan: bool, **options: Any) -> None:
        lu, l_appel = BILAN_LU if bilan else DOSSIER_LU, trouver_appel(appel)
        referentiel = lu.referentiel(l_appel)
        octets = lire_fichier(fichier)
        try:
            lue = reception.comprendre(octets, referentiel, lu.formulaire)
            constats = lu.constats(lue, referentiel, l_appel)
            annote = annoter_protege(octets, constats, referentiel, lu.formulaire)
        except FichierRefuse as refus:
            self.stderr.write(refus.message)
            sys.exit(REFUSE)
        ecrire_fichier(sortie, annote)
        nombre = len(constats)
        self.stderr.write(f"{nombre} commentaire{'s' if nombre > 1 else ''}.")
