"""``sauvegarder``: one archive of the database and the files, its check, and which archives to keep."""

import errno
import secrets
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from ...sauvegarde import sauver
from ...sauvegarde.archive import Manifeste
from ...sauvegarde.scelle import ArchiveRefusee
from ...valeurs import insecables


class Command(BaseCommand):
    help = (
        "Sauvegarde la base et les fichiers dans une seule archive, pendant que le portail fonctionne ; chiffrée si "
        "SAUVEGARDE_CLE est réglée. Écrit son chemin sur la sortie standard. Code 0 : fait ; 1 : fait, mais des fichiers "
        "manquent ou ont changé ; 2 : rien n’a été sauvegardé, ou l’archive vérifiée est refusée."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "dossier", nargs="?", default=str(settings.SAUVEGARDES_DIR), help="où écrire (défaut : SAUVEGARDES_DIR)"
        )
        parser.add_argument("--verifier", metavar="FICHIER", help="relit une archive de bout en bout, sans rien écrire")
        parser.add_argument("--en-clair", action="store_true", help="accepte de vérifier une archive non chiffrée")
        parser.add_argument("--nouvelle-cle", action="store_true", help="tire une clé au hasard, l’écrit, et s’arrête")
        for periode in ("jours", "semaines", "mois"):
            parser.add_argument(
                f"--garder-{periode}",
                type=int,
                metavar="N",
                help=f"garde la dernière archive de chacun des N derniers {periode} qui en ont une ; efface les autres",
            )
        parser.add_argument(
            "--essai", action="store_true", help="avec --garder-… : dit ce qui serait effacé, sans rien faire"
        )

    def handle(self, *, dossier: str, **options: Any) -> None:
        if options["nouvelle_cle"]:
            self.stdout.write(secrets.token_urlsafe(32))
            return
        if options["verifier"]:
            self._verifier(Path(options["verifier"]), options["en_clair"])
            return
        regle = {p: options[f"garder_{p}"] for p in ("jours", "semaines", "mois")}
        if any(nombre is not None and nombre < 0 for nombre in regle.values()):
            raise CommandError("Un nombre d’archives à garder ne peut pas être négatif.", returncode=2)
        elaguer = any(nombre is not None for nombre in regle.values())
        if options["essai"]:
            if not elaguer:
                raise CommandError(
                    "--essai accompagne --garder-jours, --garder-semaines ou --garder-mois.", returncode=2
                )
            self._elaguer(Path(dossier), regle, essai=True)
            return
        faite = self._sauver(Path(dossier))
        if elaguer and not faite.fautes:  # a doubtful one never takes the place of a good one
            self._elaguer(Path(dossier), regle)
        if faite.fautes:
            sys.exit(1)

    def _sauver(self, dossier: Path) -> sauver.Sauvegarde:
        try:
            faite = sauver.sauver(dossier)
        except ArchiveRefusee as erreur:  # a key too short
            raise CommandError(str(erreur), returncode=2) from erreur
        except DatabaseError as erreur:
            raise CommandError(
                insecables(f"Rien n’a été sauvegardé : la base ne répond pas ({erreur})."), returncode=2
            ) from erreur
        except OSError as erreur:
            plein = erreur.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            pourquoi = "il n’y a plus de place" if plein else erreur.strerror or str(erreur)
            raise CommandError(
                insecables(f"Rien n’a été sauvegardé dans {dossier} : {pourquoi}."), returncode=2
            ) from erreur
        self.stdout.write(str(faite.chemin))
        self.stderr.write(resume(faite.manifeste))
        for faute in faite.fautes[:20]:
            self.stderr.write(f"  - {faute}")
        if len(faite.fautes) > 20:
            self.stderr.write(f"  … et {len(faite.fautes) - 20} autres.")
        return faite

    def _verifier(self, chemin: Path, en_clair: bool) -> None:
        try:
            manifeste = sauver.verifier(chemin, en_clair=en_clair)
        except ArchiveRefusee as erreur:
            raise CommandError(f"{chemin.name} : {erreur}", returncode=2) from erreur
        except OSError as erreur:
            raise CommandError(f"{chemin} : {erreur.strerror}.", returncode=2) from erreur
        self.stdout.write(resume(manifeste))
        for nom, raison in manifeste.absents[:20]:
            self.stdout.write(f"  - {nom} : {raison}")

    def _elaguer(self, dossier: Path, regle: dict[str, int | None], *, essai: bool = False) -> None:
        nombres = {periode: nombre or 0 for periode, nombre in regle.items()}
        try:
            en_trop, restent = sauver.elaguer(dossier, **nombres, essai=essai)
        except OSError as erreur:
            raise CommandError(f"{dossier} : {erreur.strerror}.", returncode=2) from erreur
        for chemin in en_trop:
            self.stderr.write(f"{'à effacer' if essai else 'effacée'} : {chemin.name}")
        self.stderr.write(f"{restent} archive{'s' if restent > 1 else ''} gardée{'s' if restent > 1 else ''}.")


def resume(manifeste: Manifeste) -> str:
    lignes = sum(table["lignes"] for table in manifeste.tables.values())
    return insecables(
        f"Sauvegarde du {manifeste.le[:16].replace('T', ' à ')} UTC : {manifeste.moteur} {manifeste.serveur}, "
        f"{len(manifeste.tables)} tables, {lignes} lignes, {manifeste.fichiers} fichiers ({manifeste.octets} octets)."
    )
