"""Writes the blank Word form of a call."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from projets.dossier import Dossier
from projets.models import Appel
from projets.word.ecriture import ecrire

SANS_APPEL = 3  # exit code: not 1 nor 2, which speak of a file


class Command(BaseCommand):
    help = "Écrit le formulaire Word vierge de l’appel."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("sortie", type=Path, metavar="SORTIE.docx", help="le fichier à écrire")
        parser.add_argument("--appel", metavar="CODE", help="le code de l’appel (par défaut : l’appel courant)")

    def handle(self, *args: Any, sortie: Path, appel: str | None, **options: Any) -> None:
        ecrire_fichier(sortie, ecrire(Dossier(), trouver_appel(appel).referentiel()))


def trouver_appel(code: str | None) -> Appel:
    """The call of a code, or the current one. Raises CommandError with a sentence."""
    appel = Appel.objects.filter(code=code).first() if code else Appel.objects.filter(courant=True).first()
    if appel is None:
        raise CommandError(
            f"Aucun appel n’a le code « {code} »." if code else "Aucun appel n’est chargé : make demo-data.",
            returncode=SANS_APPEL,
        )
    return appel


def ecrire_fichier(sortie: Path, octets: bytes) -> None:
    """Writes a file. Raises CommandError with a sentence."""
    try:
        sortie.write_bytes(octets)
    except OSError as erreur:
        raise CommandError(f"Impossible d’écrire « {sortie} » : vérifiez le dossier et ses droits.") from erreur


def lire_fichier(entree: Path) -> bytes:
    """Bytes of a file. Raises CommandError with a sentence and exit code 2, as for a file that is refused."""
    try:
        return entree.read_bytes()
    except OSError as erreur:
        raise CommandError(
            f"Impossible de lire « {entree} » : le fichier est introuvable ou protégé.", returncode=2
        ) from erreur
