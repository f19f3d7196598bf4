"""A draft of the demonstration for the budget editor: a school year in one column, one machine on two lines."""

import dataclasses
from decimal import Decimal

from ..dossier import Dossier, MaterielPrevu
from ..etalement import total_de

STRUCTURE = ("structure_nom", "structure_nature", "structure_siret", "structure_rna", "structure_uai")


def dossier_de_rentree(modele: Dossier, structure: Dossier) -> Dossier:
    """The file of ``modele`` before its budget was cut in two civil years, carried by the structure of another file (whose
    bilan is late in the demonstration)."""
    tableaux = {
        champ: tuple(
            dataclasses.replace(ligne, montant_n=total_de(ligne), montant_n1=None) for ligne in getattr(modele, champ)
        )
        for champ in ("charges", "produits")
    }
    materiels = (
        MaterielPrevu("Écran 24 pouces", 1, Decimal("189.00"), modele.annee),
        MaterielPrevu("Unité centrale", 1, Decimal("429.00"), modele.annee),
    )
    porteur = {champ: getattr(structure, champ) for champ in STRUCTURE}
    return modele.remplacer(titre="La radio des enfants", materiels=materiels, **tableaux, **porteur)
