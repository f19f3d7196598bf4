"""``restaurer FICHIER``: puts the database and the files of an archive in place, or changes nothing."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from ...sauvegarde.cibles import RestaurationRefusee
from ...sauvegarde.restaurer import restaurer
from ...sauvegarde.scelle import ArchiveRefusee
from ...valeurs import insecables


class Command(BaseCommand):
    help = (
        "Restaure une sauvegarde dans la base (DATABASE_URL) et le stockage réglés : l’archive est d’abord relue de bout "
        "en bout, et rien n’est changé si quelque chose ne va pas. Arrêtez le portail pendant ce temps. Code 0 : restauré ; "
        "1 : restauré, mais le journal a des défauts ; 2 : refusé, rien n’a changé."
    )
    requires_system_checks = ()  # the target may be empty

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("fichier", help="l’archive écrite par « sauvegarder »")
        parser.add_argument(
            "--remplacer", action="store_true", help="efface ce que la base contient et les fichiers qu’elle nomme"
        )
        parser.add_argument("--en-clair", action="store_true", help="accepte une archive non chiffrée")
        parser.add_argument(
            "--envoyer-les-courriels",
            action="store_true",
            help="laisse partir les courriels qui attendaient au moment de la sauvegarde (sinon, ils sont retenus)",
        )

    def handle(self, *, fichier: str, remplacer: bool, en_clair: bool, **options: Any) -> None:
        try:
            faite = restaurer(
                Path(fichier),
                remplacer=remplacer,
                en_clair=en_clair,
                envoyer=options["envoyer_les_courriels"],
                dire=self.stderr.write,
            )
        except (ArchiveRefusee, RestaurationRefusee) as erreur:
            raise CommandError(f"Rien n’a été restauré. {erreur}", returncode=2) from erreur
        except (OSError, DatabaseError) as erreur:
            raise CommandError(f"Rien n’a été restauré. {type(erreur).__name__} : {erreur}", returncode=2) from erreur
        manifeste = faite.manifeste
        lignes = sum(table["lignes"] for table in manifeste.tables.values())
        self.stdout.write(
            insecables(
                f"Restauré : {len(manifeste.tables)} tables et {lignes} lignes, les mêmes que dans la sauvegarde ; "
                f"{manifeste.fichiers} fichiers, dont {faite.fichiers_ecrits} écrits ; journal de {faite.passages} "
                f"passages{'' if faite.fautes else ', intact'}."
            )
        )
        if faite.migree:
            self.stdout.write("La base a été mise à jour : la sauvegarde venait d’une version plus ancienne.")
        if faite.fichiers_effaces:
            self.stdout.write(f"{faite.fichiers_effaces} fichiers de l’ancienne base ont été effacés.")
        if faite.courriels_retenus:
            self.stdout.write(
                insecables(
                    f"{faite.courriels_retenus} courriels qui attendaient sont retenus : ils sont peut-être déjà partis. "
                    "Voyez-les dans l’administration."
                )
            )
        for nom, raison in manifeste.absents[:20]:
            self.stdout.write(f"  - absent de la sauvegarde : {nom} ({raison})")
        for faute in faite.fautes:
            self.stderr.write(f"  - {faute}")
        if faite.fautes:
            self.stderr.write(
                insecables(
                    "Le journal a des défauts. S’il s’agit de signatures, la clé SECRET_KEY n’est pas celle d’alors : "
                    "réglez-la, ou ajoutez l’ancienne à SECRET_KEY_FALLBACKS, puis lancez « verifier --journal »."
                )
            )
            sys.exit(1)
