"""Deposits a Word form from the command line: prints the number; exit 1 when the rules refuse it, 2 when the file is refused."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from correspondants.models import Utilisateur
from projets import reception
from projets.regles import constater
from projets.word.lecture import FichierRefuse
from projets.workflow import ActionImpossible

from .modele_word import lire_fichier, trouver_appel

NON_DEPOSE, REFUSE = 1, 2


class Command(BaseCommand):
    help = (
        "Dépose un formulaire Word et écrit son numéro. L’adresse est tenue pour confirmée par la personne qui lance la "
        "commande. 1 : le dossier ne peut pas être déposé (raisons sur l’erreur) ; 2 : le fichier est refusé."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("fichier", type=Path, metavar="FICHIER.docx", help="le dossier à déposer")
        parser.add_argument("--courriel", required=True, help="l’adresse du porteur ; son compte est créé au besoin")

    def handle(self, *args: Any, fichier: Path, courriel: str, **options: Any) -> None:
        appel, octets, courriel = trouver_appel(None), lire_fichier(fichier), courriel.strip().lower()
        try:
            validate_email(courriel)
        except ValidationError as erreur:
            raise CommandError(f"« {courriel} » n’est pas une adresse électronique.", returncode=REFUSE) from erreur
        referentiel = appel.referentiel()
        try:
            lue = reception.lire(octets, referentiel)
        except FichierRefuse as refus:
            self.stderr.write(refus.message)
            sys.exit(REFUSE)
        bloquants = [constat for constat in constater(lue.dossier, referentiel) if constat.est_bloquant]
        for constat in bloquants:
            self.stderr.write(f"{constat.champ or 'document'} : {constat.message}")
        if bloquants:
            sys.exit(NON_DEPOSE)
        try:
            with transaction.atomic():
                porteur = compte_confirme(courriel)
                projet = reception.creer(appel, lue, fichier.name, octets, porteur)
                reception.deposer(projet, porteur)
        except ActionImpossible as refus:
            self.stderr.write(str(refus))
            sys.exit(NON_DEPOSE)
        self.stdout.write(projet.numero)


def compte_confirme(courriel: str) -> Utilisateur:
    """The account of an address, made if need be, its address confirmed. Raises CommandError when it is closed."""
    porteur = Utilisateur.objects.filter(email__iexact=courriel).first() or Utilisateur.objects.create_user(courriel)
    adresse = EmailAddress.objects.filter(email__iexact=courriel).first()
    if not porteur.is_active or (adresse and adresse.user_id != porteur.pk):
        raise CommandError(f"Le compte de « {courriel} » est fermé, ou l’adresse sert à un autre compte.")
    adresse = adresse or EmailAddress(user=porteur, email=courriel, primary=not porteur.emailaddress_set.exists())
    adresse.verified = True
    adresse.save()
    return porteur
