"""The open-data file of grants, as the schema SCDL « subventions » 2.1.1 says: CSV, UTF-8, commas, points, ISO dates."""

import csv
import io
from typing import BinaryIO

from ..publication import Subvention, subventions_de
from .tableur import sans_formule

CHAMPS = (
    "nomAttribuant", "idAttribuant", "dateConvention", "referenceDecision", "nomBeneficiaire", "idBeneficiaire",
    "rnaBeneficiaire", "objet", "montant", "nature", "conditionsVersement", "datesPeriodeVersement", "idRAE",
    "notificationUE", "pourcentageSubvention", "dispositifAide",
)  # fmt: skip
TYPE_MIME = "text/csv; charset=utf-8"


class SubventionsIncompletes(Exception):
    """Some rows cannot be published, and nobody asked to leave them out. Nothing was written."""

    def __init__(self, subventions: list[Subvention]) -> None:
        self.subventions = subventions
        super().__init__(f"{len(subventions)} ligne(s) ne peuvent pas être publiées.")


def ecrire(annee: int, sortie: BinaryIO, *, sans_incompletes: bool = False) -> int:
    """Writes the rows that can be published and gives their number.

    Raises SubventionsIncompletes when a row cannot be, unless ``sans_incompletes``.
    """
    if not sans_incompletes:
        incompletes = [une for une in subventions_de(annee) if not une.est_publiable]
        if incompletes:
            raise SubventionsIncompletes(incompletes)
    texte = io.TextIOWrapper(sortie, encoding="utf-8", newline="", write_through=True)
    ecrivain = csv.writer(texte, lineterminator="\r\n")
    ecrivain.writerow(CHAMPS)
    nombre = 0
    for subvention in subventions_de(annee):
        if subvention.est_publiable:
            ecrivain.writerow(_cellules(subvention))
            nombre += 1
    texte.flush()
    texte.detach()
    return nombre


def _cellules(une: Subvention) -> list[str]:
    """One beneficiary per grant: its share of the amount is 1, and no grant here is an aid notified to the Union."""
    return [
        sans_formule(une.nom_attribuant),
        une.siret_attribuant,
        une.date_convention.isoformat(),
        sans_formule(une.reference),
        sans_formule(une.nom_beneficiaire),
        sans_formule(une.siret),
        sans_formule(une.rna),
        sans_formule(une.objet)[:256],
        f"{une.montant:.2f}",
        "aide en numéraire",
        sans_formule(une.versement),
        une.periode,
        "",
        "non",
        "1",
        "",
    ]
