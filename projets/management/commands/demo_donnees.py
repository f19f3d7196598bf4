"""Fills a demonstration: accounts, envelopes, projects in every statut. Running it twice changes nothing."""

from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cite_educative import origine

from ...cumuls import tenir_a_jour
from ...demonstration.comptes import COMPTES, MOT_DE_PASSE
from ...demonstration.scenarios import peupler
from ...sceaux import sceller


class Command(BaseCommand):
    help = "Crée les comptes et les projets de démonstration (seulement si DEMO=1)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--comptes", action="store_true", help="affiche seulement les comptes")

    def handle(self, *, comptes: bool, **options: object) -> None:
        if comptes:
            largeur = max(map(len, COMPTES))
            for adresse, (nom, _) in COMPTES.items():
                self.stdout.write(f"  {adresse:<{largeur}}  {nom}")
            self.stdout.write(f"  Mot de passe de tous les comptes : {MOT_DE_PASSE}")
            return
        if not settings.DEMO:
            raise CommandError("Cette commande n’agit que sur une démonstration : relancez-la avec DEMO=1.")
        with origine.depuis(origine.COMMANDE, "demo_donnees"):
            for ligne in peupler():
                self.stderr.write(ligne)
        sceller()
        tenir_a_jour()
