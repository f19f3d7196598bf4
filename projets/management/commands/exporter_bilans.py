"""``exporter_bilans ANNEE --format … -o SORTIE``: the bilans of one civil year in a file."""

import os
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError

from projets.documents import scdl
from projets.documents.bilans_annuels import FORMATS, exporter
from projets.documents.scdl import SubventionsIncompletes
from projets.enums import Financeur


class Command(BaseCommand):
    help = (
        "Écrit une année civile dans un fichier : xlsx, ods, csv, pdf, zip (chaque bilan et ses justificatifs), ou scdl "
        "(subventions en données ouvertes). Code de sortie : 0 écrit, 1 fichier impossible à écrire, 2 demande "
        "incomprise, 3 des lignes du fichier scdl sont incomplètes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("annee", type=int, metavar="ANNEE", help="année civile, par exemple 2026")
        parser.add_argument("--format", choices=[*FORMATS, "scdl"], default="xlsx", help="xlsx par défaut")
        parser.add_argument(
            "--sans-incompletes", action="store_true", help="scdl : écarte les lignes qui ne peuvent pas être publiées"
        )
        parser.add_argument("-o", "--sortie", required=True, help="fichier à écrire ; - pour la sortie standard")

    def handle(self, *args: Any, **options: Any) -> None:
        annee, code, sortie = options["annee"], options["format"], options["sortie"]
        if not 2000 <= annee <= 2100:
            raise CommandError(f"{annee} n’est pas une année civile plausible.", returncode=2)
        sans = options["sans_incompletes"]
        try:
            self._ecrire(annee, code, sortie, sans)
        except SubventionsIncompletes as refus:
            for une in refus.subventions:
                manques = " ; ".join(manque.phrase for manque in une.manques)
                self.stderr.write(f"{une.numero} ({Financeur(une.financeur).label}) : {manques}")
            raise CommandError(
                f"{refus} Rien n’a été écrit. Avec --sans-incompletes, elles sont écartées.", returncode=3
            ) from refus

    def _ecrire(self, annee: int, code: str, sortie: str, sans: bool) -> None:
        if sortie == "-":
            self._vers_la_sortie_standard(annee, code, sans)
            return
        chemin = Path(sortie)
        if not chemin.parent.is_dir():
            raise CommandError(f"Le dossier {chemin.parent} n’existe pas.", returncode=1)
        try:
            ecrire_d_un_coup(chemin, annee, code, sans)
        except OSError as erreur:
            raise CommandError(f"Impossible d’écrire {sortie} : {erreur.strerror}.", returncode=1) from erreur
        self.stderr.write(f"{sortie} : bilans {annee} écrits ({chemin.stat().st_size} octets).")

    def _vers_la_sortie_standard(self, annee: int, code: str, sans: bool) -> None:
        with tempfile.TemporaryFile() as fichier:
            ecrire_format(annee, code, fichier, sans)
            fichier.seek(0)
            binaire = getattr(self.stdout, "buffer", None) or self.stdout._out.buffer
            while morceau := fichier.read(1 << 20):
                binaire.write(morceau)


def ecrire_format(annee: int, code: str, fichier: BinaryIO, sans: bool) -> None:
    if code == "scdl":
        scdl.ecrire(annee, fichier, sans_incompletes=sans)
    else:
        exporter(annee, code, fichier)


def ecrire_d_un_coup(chemin: Path, annee: int, code: str, sans: bool) -> None:
    """The whole file, or none: written beside, then put in place."""
    with tempfile.NamedTemporaryFile(dir=chemin.parent, prefix=f".{chemin.name}-", delete=False) as fichier:
        try:
            ecrire_format(annee, code, fichier, sans)
        except BaseException:
            os.unlink(fichier.name)
            raise
    Path(fichier.name).chmod(0o644)
    Path(fichier.name).replace(chemin)
