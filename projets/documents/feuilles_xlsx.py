"""Sheets -> an xlsx workbook (OOXML), by xlsxwriter: the words of ``tableur``, row by row, without keeping them."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

import xlsxwriter

from .feuille import Feuille, Formule, Genre, Typee, en_cellule, lettre_de
from .rangees_xlsx import PageParRangees, Rangees

_FORMATS = {
    Genre.EUROS: {"num_format": '#,##0.00\\ "€"'},
    Genre.ENTIER: {"num_format": "#,##0"},
    Genre.PART: {"num_format": "0.0%"},
    Genre.DATE: {"num_format": "dd/mm/yyyy"},
    Genre.TEXTE: {},
}


def ecrire(feuilles: Iterable[Feuille], sortie: BinaryIO, *, titre: str, ordre: Sequence[str] = ()) -> None:
    """``ordre`` are the names of the sheets as they are shown, when it is not the order in which they are written."""
    classeur = xlsxwriter.Workbook(
        sortie,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
        },
    )
    classeur.set_properties({"title": titre, "author": "Cité éducative"})
    entete = classeur.add_format({"bold": True, "bg_color": "#F3EBDC", "bottom": 2, "text_wrap": True, "valign": "top"})
    formats = {genre: classeur.add_format(options) for genre, options in _FORMATS.items()}
    gras = {g: classeur.add_format({**options, "bold": True, "top": 1}) for g, options in _FORMATS.items()}
    pages = {nom: classeur.add_worksheet(nom, worksheet_class=PageParRangees) for nom in ordre}
    for feuille in feuilles:
        page = pages.get(feuille.nom) or classeur.add_worksheet(feuille.nom, worksheet_class=PageParRangees)
        page.freeze_panes(1, 1)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        for rang, colonne in enumerate(feuille.colonnes):
            page.set_column(rang, rang, colonne.largeur)
            page.write_string(0, rang, colonne.titre, entete)
        numero, rangees = 0, _par_rangees(page, feuille, formats)
        for numero, ligne in enumerate(feuille.lire(), 1):
            if not (rangees and rangees.ecrire(numero, [en_cellule(x) if type(x) is str else x for x in ligne])):
                _ligne(page, feuille, numero, ligne, formats)
        if feuille.total:
            _ligne(page, feuille, numero + 1, feuille.ligne_totale(), gras)
        page.autofilter(0, 0, numero, len(feuille.colonnes) - 1)
    classeur.close()


def _par_rangees(page: PageParRangees, feuille: Feuille, formats: dict[Genre, Any]) -> Rangees | None:
    """Writes whole rows, for a sheet without formulas."""
    if any(feuille.modeles):
        return None
    lettres = [lettre_de(rang) for rang in range(len(feuille.colonnes))]
    styles = [formats[colonne.genre]._get_xf_index() for colonne in feuille.colonnes]
    return Rangees(page, lettres, styles, formats[Genre.DATE]._get_xf_index())


def _ligne(page: Any, feuille: Feuille, numero: int, ligne: Sequence[Any], formats: dict[Genre, Any]) -> None:
    """One row; it runs once per bilan and per line of bilan, hence the plain loop."""
    modeles, styles = feuille.modeles, [formats[colonne.genre] for colonne in feuille.colonnes]
    en_texte, en_nombre, texte = page.write_string, page.write_number, formats[Genre.TEXTE]
    for rang, valeur in enumerate(ligne):
        if valeur is None:
            continue
        nature = type(valeur)
        if nature is str:
            if valeur:
                en_texte(numero, rang, en_cellule(valeur), texte)
        elif nature is Typee:
            if valeur.valeur is not None:
                en_nombre(numero, rang, float(valeur.valeur), formats[valeur.genre])
        elif nature is Formule:
            page.write_formula(numero, rang, f"={valeur.expression}", styles[rang], _flottant(valeur.valeur))
        elif modeles[rang]:
            expression = modeles[rang].replace("§", str(numero + 1))
            page.write_formula(numero, rang, f"={expression}", styles[rang], float(valeur))
        elif nature is date:
            page.write_datetime(numero, rang, valeur, formats[Genre.DATE])
        else:
            en_nombre(numero, rang, float(valeur), styles[rang])


def _flottant(valeur: Decimal | int | None) -> float | str:
    return "" if valeur is None else float(valeur)
