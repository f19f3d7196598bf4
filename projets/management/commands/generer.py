"""``generer N``: a portal as large as one wants, to measure it. Adds N projects; running it again adds N more."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cite_educative import origine

from ...demonstration.comptes import MOT_DE_PASSE
from ...generation.campagne import generer, projets_veritables
from ...models import Appel


class Command(BaseCommand):
    help = (
        "Ajoute N projets vraisemblables, dans tous les statuts et sur plusieurs années, pour mesurer le portail en grand. "
        "Quelques dizaines sont faits par le vrai circuit, les autres en sont des copies (numéros, titres, porteurs et "
        "dates à eux, journal enchaîné). Ce qui existe n’est pas touché ; la relancer ajoute encore N projets. "
        "Les copies partagent le fichier Word de leur modèle. Aucun courriel n’est écrit pour elles. "
        "Base de mesure ou d’essai seulement."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("nombre", type=int, help="nombre de projets à ajouter")
        parser.add_argument(
            "--annees", type=int, default=10, help="nombre d’années civiles, la présente comprise (10 par défaut)"
        )
        parser.add_argument("--graine", type=int, default=1, help="la même graine répartit de même les dates")
        parser.add_argument(
            "--parmi-de-vrais-projets",
            action="store_true",
            help="accepte d’écrire dans une base qui contient de vrais projets : ils ne pourront plus en être séparés",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["nombre"] < 1 or options["annees"] < 1:
            raise CommandError("Demandez au moins un projet et une année.", returncode=2)
        if not Appel.objects.filter(courant=True).exists():
            raise CommandError(
                "Aucun appel n’est chargé : lancez d’abord « manage.py loaddata comptes » et celui de la cité."
            )
        if projets_veritables() and not options["parmi_de_vrais_projets"]:
            raise CommandError(
                "Cette base contient de vrais projets : rien n’a été écrit. Générez dans une base à part (DATABASE_URL, "
                "VAR_DIR), ou ajoutez --parmi-de-vrais-projets si vous savez ce que vous faites."
            )
        # A password that everybody knows opens nothing but a demonstration.
        mot_de_passe = MOT_DE_PASSE if settings.DEMO else None
        with origine.depuis(origine.COMMANDE, "generer"):
            generer(
                options["nombre"],
                annees=options["annees"],
                graine=options["graine"],
                mot_de_passe=mot_de_passe,
                dire=self.stderr.write,
            )
        self.stderr.write(f"{options['nombre']} projets ajoutés.")
        if not mot_de_passe:
            self.stderr.write(
                "Les comptes ajoutés n’ont pas de mot de passe : avec DEMO=1, ils ont celui de la démonstration."
            )
