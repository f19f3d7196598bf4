"""Writes the Word form of a bilan: blank, or pre-filled with what was planned and granted. Exit 3 when there is none to write."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from projets import bilans, bilans_word
from projets.dossier_bilan import DossierBilan
from projets.models import Exercice, Projet
from projets.word.ecriture import ecrire
from projets.word.formulaires import BILAN
from projets.workflow import ActionImpossible

from .modele_word import ecrire_fichier, trouver_appel

SANS_BILAN = 3


class Command(BaseCommand):
    help = (
        "Écrit le formulaire Word d’un bilan : vierge, ou pré-rempli avec le budget et le montant accordé d’un projet. "
        "Code de sortie : 0 écrit, 1 fichier impossible à écrire, 3 aucun bilan à écrire pour cette demande."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("sortie", type=Path, metavar="SORTIE.docx", help="le fichier à écrire")
        parser.add_argument("--projet", metavar="NUMERO", help="le numéro du projet (AAAA-NNNN), avec --annee")
        parser.add_argument("--annee", type=int, metavar="AAAA", help="l’année civile du bilan, avec --projet")
        parser.add_argument(
            "--appel", metavar="CODE", help="sans projet : le code de l’appel (par défaut : l’appel courant)"
        )

    def handle(
        self, *args: Any, sortie: Path, projet: str | None, annee: int | None, appel: str | None, **options: Any
    ) -> None:
        if (projet is None) != (annee is None):
            raise CommandError(
                "Donnez le numéro du projet et l’année du bilan, ou aucun des deux.", returncode=SANS_BILAN
            )
        if projet is None:
            referentiel = bilans_word.referentiel_du_bilan(trouver_appel(appel))
            octets = ecrire(DossierBilan(), referentiel, BILAN)
        else:
            octets = _prerempli(_exercice(projet, annee))
        ecrire_fichier(sortie, octets)


def _exercice(numero: str, annee: int | None) -> Exercice:
    projet = Projet.objects.filter(numero=numero).first()
    if projet is None:
        raise CommandError(f"Aucun projet n’a le numéro « {numero} ».", returncode=SANS_BILAN)
    exercice = projet.exercices.filter(annee=annee).select_related("projet__appel", "projet__porteur").first()
    if exercice is None:
        raise CommandError(f"Le projet {numero} n’a pas de budget pour {annee}.", returncode=SANS_BILAN)
    return exercice


def _prerempli(exercice: Exercice) -> bytes:
    """The form of the bilan as it stands; when nobody has begun it, it is prepared and left as it was."""
    if exercice.projet.porteur is None:
        raise CommandError("Ce projet n’a plus de porteur : pas de bilan à remettre.", returncode=SANS_BILAN)
    try:
        with transaction.atomic():
            octets = bilans_word.ecrire_bilan(bilans.preparer(exercice, exercice.projet.porteur))
            transaction.set_rollback(True)
    except ActionImpossible as refus:
        raise CommandError(str(refus), returncode=SANS_BILAN) from refus
    return octets
