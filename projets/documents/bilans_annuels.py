"""One civil year in one file: workbook (xlsx, ods), csv, PDF report, or an archive of every bilan with its proofs.

Reads by chunks, a handful of queries each: memory and queries do not grow with the number of projects.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

from django.utils import timezone

from . import archive, classeur_annuel, rapport_annuel
from .donnees_annuelles import bilans_de_l_annee
from .feuilles_annuelles import feuille_bilans
from .tableur import ecrire_csv


@dataclass(frozen=True)
class Format:
    code: str
    libelle: str
    extension: str
    type_mime: str
    en_ligne: int | None = None  # how many projects at most answer a click; beyond, in the background. None: any number


FORMATS = {
    un.code: un
    for un in (
        Format(
            "xlsx", "Classeur Excel", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 1500
        ),
        Format("ods", "Classeur LibreOffice", "ods", "application/vnd.oasis.opendocument.spreadsheet", 1500),
        Format("csv", "Tableau CSV", "csv", "text/csv; charset=utf-8", 5000),
        Format("pdf", "Rapport PDF", "pdf", "application/pdf", 150),
        Format("zip", "Archive des bilans", "zip", "application/zip", 0),
    )
}
Progres = Callable[[int], None]  # called with how many rows have been read so far


def exporter(
    annee: int, code: str, sortie: BinaryIO, jour: date | None = None, progres: Progres = lambda lignes: None
) -> None:
    """Writes the file of one civil year. KeyError for a format that is not in FORMATS."""
    ecrire: dict[str, Callable[..., None]] = {
        "xlsx": classeur_annuel.xlsx,
        "ods": classeur_annuel.ods,
        "csv": _csv,
        "pdf": rapport_annuel.ecrire,
        "zip": archive.ecrire,
    }
    ecrire[code](annee, sortie, jour or timezone.localdate(), suivi(progres))


def suivi(progres: Progres) -> classeur_annuel.Suivre:
    """Rows that pass, counted over every sheet and told every hundred."""
    lus = 0

    def suivre(lignes: Iterable[Any]) -> Iterator[Any]:
        nonlocal lus
        for ligne in lignes:
            yield ligne
            lus += 1
            if lus % 100 == 0:
                progres(lus)

    return suivre


def _csv(annee: int, sortie: BinaryIO, jour: date, suivre: classeur_annuel.Suivre) -> None:
    ecrire_csv(feuille_bilans(annee, suivre(bilans_de_l_annee(annee, jour))), sortie)
