"""Writes a filled Word form, of a project or of JSON."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from projets.dossier import Dossier
from projets.models import Projet
from projets.word.ecriture import ecrire

from .modele_word import ecrire_fichier, lire_fichier, trouver_appel


class Command(BaseCommand):
    help = "Écrit le formulaire Word rempli d’un projet, ou d’un dossier en JSON (celui de lire_word --json, ou sa clé dossier)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("--projet", metavar="NUMERO", help="le numéro du projet (AAAA-NNNN)")
        source.add_argument("--json", type=Path, metavar="FICHIER.json", dest="fichier_json", help="le dossier en JSON")
        parser.add_argument("sortie", type=Path, metavar="SORTIE.docx", help="le fichier à écrire")
        parser.add_argument(
            "--appel", metavar="CODE", help="avec --json : le code de l’appel (par défaut : l’appel courant)"
        )

    def handle(
        self, *args: Any, sortie: Path, projet: str | None, fichier_json: Path | None, appel: str | None, **options: Any
    ) -> None:
        if projet:
            trouve = Projet.objects.filter(numero=projet).first()
            if trouve is None:
                raise CommandError(f"Aucun projet n’a le numéro « {projet} ».")
            dossier, referentiel = trouve.contenu, trouve.appel.referentiel()
        else:
            dossier, referentiel = _dossier_json(fichier_json), trouver_appel(appel).referentiel()
        ecrire_fichier(sortie, ecrire(dossier, referentiel))


def _dossier_json(fichier: Path | None) -> Dossier:
    try:
        donnees = json.loads(lire_fichier(fichier or Path()))
        return Dossier.depuis_json(
            donnees["dossier"] if isinstance(donnees, dict) and "dossier" in donnees else donnees
        )
    except ValueError as erreur:
        raise CommandError(f"{fichier} n’est pas un dossier en JSON : {erreur}.") from erreur
