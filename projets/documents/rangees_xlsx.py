"""Rows of an xlsx sheet written whole, beside the calls of xlsxwriter that build them cell after cell: a third of their cost.

Only in its ``constant_memory`` mode, where a row is written once and for all. Strings are inline, as there.
"""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from xlsxwriter.worksheet import Worksheet

# What a text must not hold as it is: markup, what XML refuses, what Excel reads as the code of such a character.
_A_ECHAPPER = re.compile("[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
_BLANC = re.compile(r"^\s|\s$")


class PageParRangees(Worksheet):
    """A sheet of xlsxwriter that also takes a row already written; the two ways may follow each other."""

    def rangee(self, numero: int, cellules: str) -> None:
        """``cellules``: the ``<c>`` elements of row ``numero`` (0 is the first), which comes after every other."""
        if numero > self.previous_row:
            self._write_single_row(numero)
        self.dim_rowmax = numero
        self.fh.write(f'<row r="{numero + 1}">{cellules}</row>')

    def numero_du_jour(self, jour: date) -> int | float:
        """How Excel counts days."""
        return self._convert_date_time(jour)

    def texte(self, valeur: str) -> str:
        """The inside of an inline string."""
        if _A_ECHAPPER.search(valeur):
            valeur = self._escape_control_characters(valeur)
            valeur = valeur.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return f'<t xml:space="preserve">{valeur}</t>' if _BLANC.search(valeur) else f"<t>{valeur}</t>"


class Rangees:
    """Writes the rows of one sheet. ``lettres``: of its columns; ``styles``: the index of each column's format, ``jour`` that
    of dates."""

    def __init__(self, page: PageParRangees, lettres: Sequence[str], styles: Sequence[int], jour: int) -> None:
        self.page = page
        self.colonnes = [
            (lettre, f'" s="{style}"><v>' if style else '"><v>') for lettre, style in zip(lettres, styles, strict=True)
        ]
        self.style_jour = f'" s="{jour}"><v>'
        self.jours: dict[date, str] = {}

    def ecrire(self, numero: int, ligne: Sequence[Any]) -> bool:
        """Whether the row was written: only texts (composed by the caller), numbers and dates are."""
        rang = str(numero + 1)
        morceaux: list[str] = []
        for (lettre, ouverture), valeur in zip(self.colonnes, ligne, strict=True):
            if valeur is None or valeur == "":
                continue
            nature = type(valeur)
            if nature is str:
                morceaux.append(f'<c r="{lettre}{rang}" t="inlineStr"><is>{self.page.texte(valeur)}</is></c>')
            elif nature is Decimal:
                morceaux.append(f'<c r="{lettre}{rang}{ouverture}{valeur:f}</v></c>')
            elif nature is int:
                morceaux.append(f'<c r="{lettre}{rang}{ouverture}{valeur}</v></c>')
            elif nature is date:
                jour = self.jours.get(valeur) or self._jour(valeur)
                morceaux.append(f'<c r="{lettre}{rang}{self.style_jour}{jour}</v></c>')
            else:
                return False
        self.page.rangee(numero, "".join(morceaux))
        return True

    def _jour(self, jour: date) -> str:
        self.jours[jour] = f"{self.page.numero_du_jour(jour):.16G}"
        return self.jours[jour]
