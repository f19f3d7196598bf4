"""``orphelins``: the files of the storage that no row names, listed on stdout; erased when asked."""

from argparse import ArgumentParser

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand

from cite_educative.base_de_donnees import parcourir_toute_la_base

from ... import orphelins


class Command(BaseCommand):
    help = (
        "Liste les fichiers de la réserve que la base ne nomme pas, vieux de plus d’un jour : ce que laisse un processus tué "
        "entre le fichier et la base. Avec --effacer, les efface. Ne touche jamais un fichier que la base nomme."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--effacer", action="store_true", help="efface ce qui est listé")

    def handle(self, *, effacer: bool, **options: object) -> None:
        parcourir_toute_la_base()
        trouves = orphelins.trouver()
        for nom in trouves:
            if effacer:
                default_storage.delete(nom)
            self.stdout.write(nom)
        geste = "effacé" if effacer else "trouvé"
        accord = "s" if len(trouves) > 1 else ""
        self.stderr.write(f"{len(trouves)} fichier{accord} sans ligne en base {geste}{accord}.")
