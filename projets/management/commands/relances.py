"""``relances [--date D]``: the reminders due that day. Running it twice sends nothing twice (the outbox's keys see to it)."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from cite_educative.base_de_donnees import parcourir_toute_la_base
from projets.models import Pouls
from projets.relances import relancer_avis, relancer_bilans, relancer_budgets, relancer_complements, relancer_sommes
from projets.sceaux import sceller


def _tenir_les_statistiques() -> None:
    """What the planner of SQLite knows of the sizes, when they have moved: PostgreSQL keeps that by itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as curseur:
            curseur.execute("PRAGMA analysis_limit=2000")
            curseur.execute("PRAGMA optimize")


class Command(BaseCommand):
    help = (
        "Écrit dans la boîte d’envoi les rappels du jour : bilans à remettre (30 et 7 jours avant, le jour même, 7 et 30 "
        "jours après), avis attendus (tous les 7 jours), compléments demandés, budgets révisés et sommes à rendre. "
        "La lancer deux fois n’écrit rien deux fois."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--date", help="jour des rappels, AAAA-MM-JJ ; aujourd’hui par défaut")

    def handle(self, *args: Any, **options: Any) -> None:
        parcourir_toute_la_base()
        try:
            jour = date.fromisoformat(options["date"]) if options["date"] else timezone.localdate()
        except ValueError as erreur:
            raise CommandError("Écrivez la date ainsi : 2026-12-15.", returncode=2) from erreur
        bilans, avis, complements = relancer_bilans(jour), relancer_avis(jour), relancer_complements(jour)
        budgets, sommes = relancer_budgets(jour), relancer_sommes(jour)
        sceller()
        _tenir_les_statistiques()
        Pouls.battre("relances", jour=jour.isoformat())
        self.stdout.write(
            f"{bilans} rappel(s) de bilan, {avis} rappel(s) d’avis, {complements} rappel(s) de compléments, "
            f"{budgets} rappel(s) de budget révisé, {sommes} rappel(s) de somme à rendre."
        )
