"""``exporter_bilans ANNEE --format … -o SORTIE``: the bilans of one civil year in a file."""

import os
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from projets.documents.bilans_annuels import FORMATS, exporter

SCDL = (
    "Le format scdl n’est pas encore disponible : le portail ne connaît pas le SIRET des financeurs ni la date de chaque "
    f"convention, que le schéma exige. Formats possibles : {', '.join(FORMATS)}."
)


class Command(BaseCommand):
    help = (
        "Écrit les bilans d’une année civile dans un fichier : xlsx, ods, csv, pdf, ou zip (chaque bilan et ses "
        "justificatifs). Code de sortie : 0 écrit, 1 fichier impossible à écrire, 2 demande incomprise."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("annee", type=int, metavar="ANNEE", help="année civile, par exemple 2026")
        parser.add_argument("--format", choices=[*FORMATS, "scdl"], default="xlsx", help="xlsx par défaut")
        parser.add_argument("-o", "--sortie", required=True, help="fichier à écrire ; - pour la sortie standard")

    def handle(self, *args: Any, **options: Any) -> None:
        annee, code, sortie = options["annee"], options["format"], options["sortie"]
        if not 2000 <= annee <= 2100:
            raise CommandError(f"{annee} n’est pas une année civile plausible.", returncode=2)
        if code == "scdl":
            raise CommandError(SCDL, returncode=2)
        if sortie == "-":
            self._vers_la_sortie_standard(annee, code)
            return
        chemin = Path(sortie)
        if not chemin.parent.is_dir():
            raise CommandError(f"Le dossier {chemin.parent} n’existe pas.", returncode=1)
        try:
            ecrire_d_un_coup(chemin, annee, code)
        except OSError as erreur:
            raise CommandError(f"Impossible d’écrire {sortie} : {erreur.strerror}.", returncode=1) from erreur
        self.stderr.write(f"{sortie} : bilans {annee} écrits ({chemin.stat().st_size} octets).")

    def _vers_la_sortie_standard(self, annee: int, code: str) -> None:
        with tempfile.TemporaryFile() as fichier:
            exporter(annee, code, fichier)
            fichier.seek(0)
            binaire = getattr(self.stdout, "buffer", None) or self.stdout._out.buffer
            while morceau := fichier.read(1 << 20):
                binaire.write(morceau)


def ecrire_d_un_coup(chemin: Path, annee: int, code: str) -> None:
    """The whole file, or none: written beside, then put in place."""
    with tempfile.NamedTemporaryFile(dir=chemin.parent, prefix=f".{chemin.name}-", delete=False) as fichier:
        try:
            exporter(annee, code, fichier)
        except BaseException:
            os.unlink(fichier.name)
            raise
    Path(fichier.name).chmod(0o644)
    Path(fichier.name).replace(chemin)
