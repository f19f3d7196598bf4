"""A sheet of typed cells, whatever the format it is written in. Knows nothing of projects.

Totals are real formulas, with their value so that any viewer shows them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

TEXTE_MAX = 32_000  # a cell of Excel holds 32 767 characters


class Genre(StrEnum):
    TEXTE = "texte"
    EUROS = "euros"
    ENTIER = "entier"
    PART = "part"  # a fraction, shown in %
    DATE = "date"


@dataclass(frozen=True)
class Colonne:
    """``formule`` is worked out on each row from other columns, named in braces: ``{realise}-{prevu}``."""

    cle: str
    titre: str
    genre: Genre = Genre.TEXTE
    largeur: int = 14
    somme: bool = False
    formule: str = ""


@dataclass(frozen=True)
class Formule:
    """One cell: an expression of the spreadsheet (A1 references, commas) and its value now."""

    expression: str
    valeur: Decimal | int | None


@dataclass(frozen=True)
class Typee:
    """One cell whose genre is not that of its column."""

    genre: Genre
    valeur: Decimal | int | None


@dataclass
class Feuille:
    """Rows are read once. A row holds a value per column, None for an empty cell; ``formule`` columns hold their value.

    ``total`` adds a last row with the sums, for which ``calculer`` gives the values of ``formule`` columns that are not
    sums. ``si_vide`` is the sentence of a sheet without rows.
    """

    nom: str
    colonnes: Sequence[Colonne]
    lignes: Iterable[Sequence[Any]]
    si_vide: str = "Aucune ligne."
    total: bool = True
    part_totale: Any = None  # {cle: total} -> {cle: value}, for columns that are not sums
    sommes: dict[str, Decimal] = field(default_factory=dict)
    nombre: int = 0

    def lire(self) -> Iterable[Sequence[Any]]:
        """The rows, added up as they pass; the sentence when there is none."""
        sommees = [(rang, un.cle) for rang, un in enumerate(self.colonnes) if un.somme]
        sommes = dict.fromkeys((cle for _, cle in sommees), Decimal(0))
        for ligne in self.lignes:
            self.nombre += 1
            for rang, cle in sommees:
                if ligne[rang] is not None:
                    sommes[cle] += ligne[rang]
            yield ligne
        self.sommes = sommes
        if not self.nombre:
            yield [self.si_vide, *[None] * (len(self.colonnes) - 1)]

    @property
    def premiere(self) -> int:
        """Number of the first row of data, as a spreadsheet counts."""
        return 2

    @property
    def derniere(self) -> int:
        return self.premiere + max(self.nombre, 1) - 1

    def plage(self, cle: str) -> str:
        lettre = lettre_de(next(rang for rang, colonne in enumerate(self.colonnes) if colonne.cle == cle))
        return f"{lettre}{self.premiere}:{lettre}{self.derniere}"

    @cached_property
    def modeles(self) -> tuple[str, ...]:
        """The formula of each column with « § » for the number of the row, empty where there is none."""
        cellules = {autre.cle: f"{lettre_de(rang)}§" for rang, autre in enumerate(self.colonnes)}
        return tuple(colonne.formule.format(**cellules) for colonne in self.colonnes)

    def ligne_totale(self) -> list[Any]:
        """The last row; call it once the rows have been read."""
        parts = self.part_totale(self.sommes) if self.part_totale else {}
        cellules: list[Any] = ["TOTAL"]
        for colonne, modele in zip(self.colonnes[1:], self.modeles[1:], strict=True):
            if colonne.somme:
                valeur = self.sommes[colonne.cle]
                cellules.append(Formule(f"SUM({self.plage(colonne.cle)})", valeur))
            elif colonne.cle in parts:
                cellules.append(Formule(modele.replace("§", str(self.derniere + 1)), parts[colonne.cle]))
            else:
                cellules.append(None)
        return cellules


def lettre_de(rang: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA."""
    lettres = ""
    rang += 1
    while rang:
        rang, reste = divmod(rang - 1, 26)
        lettres = chr(65 + reste) + lettres
    return lettres


def en_cellule(texte: str) -> str:
    return " ".join(texte.split())[:TEXTE_MAX]
