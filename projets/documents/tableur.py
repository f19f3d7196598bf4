"""Sheets of typed cells written as xlsx, ods or csv, row after row: memory does not grow with the number of rows.

Knows nothing of projects. Totals are real formulas, written with their value so that any viewer shows them.
"""

import csv
import io
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, BinaryIO
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter

from ..valeurs import date_courte
from .ods import ESPACES, MANIFESTE, REGLAGES, STYLES
from .rangees_xlsx import PageParRangees, Rangees

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


# --- xlsx -------------------------------------------------------------------------------------------------------------

_FORMATS_XLSX = {
    Genre.EUROS: {"num_format": '#,##0.00\\ "€"'},
    Genre.ENTIER: {"num_format": "#,##0"},
    Genre.PART: {"num_format": "0.0%"},
    Genre.DATE: {"num_format": "dd/mm/yyyy"},
    Genre.TEXTE: {},
}


def ecrire_xlsx(feuilles: Iterable[Feuille], sortie: BinaryIO, *, titre: str, ordre: Sequence[str] = ()) -> None:
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
    formats = {genre: classeur.add_format(options) for genre, options in _FORMATS_XLSX.items()}
    gras = {g: classeur.add_format({**options, "bold": True, "top": 1}) for g, options in _FORMATS_XLSX.items()}
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
        numero, rangees = 0, _rangees_xlsx(page, feuille, formats)
        for numero, ligne in enumerate(feuille.lire(), 1):
            if not (rangees and rangees.ecrire(numero, [en_cellule(x) if type(x) is str else x for x in ligne])):
                _ligne_xlsx(page, feuille, numero, ligne, formats)
        if feuille.total:
            _ligne_xlsx(page, feuille, numero + 1, feuille.ligne_totale(), gras)
        page.autofilter(0, 0, numero, len(feuille.colonnes) - 1)
    classeur.close()


def _rangees_xlsx(page: PageParRangees, feuille: Feuille, formats: dict[Genre, Any]) -> Rangees | None:
    """Writes whole rows, for a sheet without formulas."""
    if any(feuille.modeles):
        return None
    lettres = [lettre_de(rang) for rang in range(len(feuille.colonnes))]
    styles = [formats[colonne.genre]._get_xf_index() for colonne in feuille.colonnes]
    return Rangees(page, lettres, styles, formats[Genre.DATE]._get_xf_index())


def _ligne_xlsx(page: Any, feuille: Feuille, numero: int, ligne: Sequence[Any], formats: dict[Genre, Any]) -> None:
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


# --- csv --------------------------------------------------------------------------------------------------------------


def ecrire_csv(feuille: Feuille, sortie: BinaryIO) -> None:
    """UTF-8 with its mark, « ; » and decimal commas: what Excel opens in French."""
    texte = io.TextIOWrapper(sortie, encoding="utf-8-sig", newline="", write_through=True)
    ecrivain = csv.writer(texte, delimiter=";", lineterminator="\r\n")
    ecrivain.writerow([colonne.titre for colonne in feuille.colonnes])
    for ligne in feuille.lire():
        ecrivain.writerow(_cellules_csv(feuille, ligne))
    if feuille.total:
        ecrivain.writerow(_cellules_csv(feuille, feuille.ligne_totale()))
    texte.flush()
    texte.detach()


def _cellules_csv(feuille: Feuille, ligne: Sequence[Any]) -> list[str]:
    """One row; it runs once per project or line of bilan, hence the plain loop and the types looked at one by one."""
    cellules = []
    for colonne, valeur in zip(feuille.colonnes, ligne, strict=True):
        nature, genre = type(valeur), colonne.genre
        if nature is Typee:
            genre = valeur.genre
        if nature is Typee or nature is Formule:
            valeur = valeur.valeur
            nature = type(valeur)
        if valeur is None:
            cellules.append("")
        elif nature is str:
            cellules.append(sans_formule(en_cellule(valeur)))
        elif isinstance(valeur, date):
            cellules.append(date_courte(valeur))
        elif genre is Genre.PART:
            cellules.append(f"{valeur * 100:.1f}".replace(".", ","))
        else:
            cellules.append((f"{valeur:.2f}" if genre is Genre.EUROS else str(valeur)).replace(".", ","))
    return cellules


# Full-width signs are read as the plain ones by some spreadsheets. Opened with another separator than its own, a file is cut in
# the middle of a cell, whatever its quotes: what follows would then begin one.
_DEBUTS = tuple("=+-@|%＝＋－＠")
_APRES_UN_SEPARATEUR = re.compile(r"([;,\t\r\n]\s*)(?=[=@＝＠]|[+＋－-]\s*[A-Za-z=@(\"'])")


def sans_formule(texte: str) -> str:
    """A text that no spreadsheet takes for a formula (CSV injection), even when it cuts the file at another separator."""
    if texte.lstrip().startswith(_DEBUTS):
        texte = f"'{texte}"
    return _APRES_UN_SEPARATEUR.sub(r"\1'", texte)


# --- ods --------------------------------------------------------------------------------------------------------------

_INTERDITS_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def ecrire_ods(feuilles: Iterable[Feuille], sortie: BinaryIO, *, ordre: Sequence[str] = ()) -> None:
    """``ordre`` are the names of the sheets as they are shown, when it is not the order in which they are written."""
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive, ExitStack() as ouverts:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", MANIFESTE)
        tables: dict[str, tuple[Feuille, BinaryIO]] = {}
        for feuille in feuilles:
            table = ouverts.enter_context(tempfile.SpooledTemporaryFile(max_size=1 << 20))
            for morceau in _table_ods(feuille):
                table.write(morceau.encode())
            tables[feuille.nom] = feuille, table
        noms = sorted(tables, key=lambda nom: ordre.index(nom) if nom in ordre else len(ordre))
        archive.writestr("settings.xml", _reglages_ods(noms))
        with archive.open("content.xml", "w", force_zip64=True) as contenu:
            contenu.write(_tete_ods([feuille for feuille, _ in tables.values()]).encode())
            for nom in noms:
                tables[nom][1].seek(0)
                shutil.copyfileobj(tables[nom][1], contenu)
            contenu.write(_pied_ods([tables[nom][0] for nom in noms]).encode())


def _reglages_ods(noms: Sequence[str]) -> str:
    """The first row and the first column of each sheet stay in sight."""
    figees = "".join(
        f'<config:config-item-map-entry config:name={quoteattr(nom)}>'
        + "".join(
            f'<config:config-item config:name="{cle}" config:type="{genre}">{valeur}</config:config-item>'
            for cle, genre, valeur in (
                ("HorizontalSplitMode", "short", 2), ("VerticalSplitMode", "short", 2),
                ("HorizontalSplitPosition", "int", 1), ("VerticalSplitPosition", "int", 1),
                ("ActiveSplitRange", "short", 3), ("PositionRight", "int", 1), ("PositionBottom", "int", 1),
            )
        )
        + "</config:config-item-map-entry>"
        for nom in noms
    )  # fmt: skip
    return REGLAGES.format(figees=figees)


def _tete_ods(feuilles: Sequence[Feuille]) -> str:
    morceaux = [f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content {ESPACES} office:version="1.2">']
    morceaux.append(STYLES)
    morceaux.extend(
        f'<style:style style:name="large-{largeur}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{largeur * 0.2:.2f}cm"/></style:style>'
        for largeur in sorted({colonne.largeur for feuille in feuilles for colonne in feuille.colonnes})
    )
    for genre in Genre:
        donnees = "" if genre is Genre.TEXTE else f' style:data-style-name="N-{genre}"'
        morceaux.append(f'<style:style style:name="{genre}" style:family="table-cell"{donnees}/>')
        morceaux.append(f'<style:style style:name="gras-{genre}" style:family="table-cell"{donnees}>')
        morceaux.append('<style:text-properties fo:font-weight="bold"/></style:style>')
    morceaux.append(
        "</office:automatic-styles><office:body><office:spreadsheet>"
        '<table:calculation-settings table:use-regular-expressions="false" table:use-wildcards="true" '
        'table:search-criteria-must-apply-to-whole-cell="true"/>'
    )
    return "".join(morceaux)


def _table_ods(feuille: Feuille) -> Iterable[str]:
    yield f"<table:table table:name={quoteattr(feuille.nom)}>"
    yield from (f'<table:table-column table:style-name="large-{c.largeur}"/>' for c in feuille.colonnes)
    yield "<table:table-header-rows><table:table-row>"
    yield from (_texte_ods(colonne.titre, "entete") for colonne in feuille.colonnes)
    yield "</table:table-row></table:table-header-rows>"
    for numero, ligne in enumerate(feuille.lire(), feuille.premiere):
        yield _ligne_ods(feuille, numero, ligne, "")
    if feuille.total:
        yield _ligne_ods(feuille, feuille.derniere + 1, feuille.ligne_totale(), "gras-")
    yield "</table:table>"


def _pied_ods(feuilles: Sequence[Feuille]) -> str:
    filtres = []
    for rang, feuille in enumerate(feuilles):
        etendue = f"{feuille.nom}.A1:{feuille.nom}.{lettre_de(len(feuille.colonnes) - 1)}{feuille.derniere}"
        filtres.append(
            f'<table:database-range table:name="filtre-{rang}" table:target-range-address={quoteattr(etendue)} '
            'table:display-filter-buttons="true"/>'
        )
    ranges = f"<table:database-ranges>{''.join(filtres)}</table:database-ranges>"
    return f"{ranges}</office:spreadsheet></office:body></office:document-content>"


def _ligne_ods(feuille: Feuille, numero: int, ligne: Sequence[Any], gras: str) -> str:
    cellules = []
    for colonne, modele, valeur in zip(feuille.colonnes, feuille.modeles, ligne, strict=True):
        expression, genre = "", colonne.genre
        if isinstance(valeur, Typee):
            genre, valeur = valeur.genre, valeur.valeur
        elif isinstance(valeur, Formule):
            expression, valeur = valeur.expression, valeur.valeur
        elif modele and valeur is not None:
            expression = modele.replace("§", str(numero))
        cellules.append(_cellule_ods(genre, valeur, expression, gras))
    return f"<table:table-row>{''.join(cellules)}</table:table-row>"


def _cellule_ods(genre: Genre, valeur: Any, expression: str, gras: str) -> str:
    formule = f" table:formula={quoteattr(formule_ods(expression))}" if expression else ""
    if valeur is None:
        return f"<table:table-cell{formule}/>"
    if isinstance(valeur, str):
        return _texte_ods(en_cellule(valeur), f"{gras}{Genre.TEXTE}")
    style = f'table:style-name="{gras}{genre}"'
    if isinstance(valeur, date):
        type_valeur = f'office:value-type="date" office:date-value="{valeur.isoformat()}"'
    else:
        nature = "percentage" if genre is Genre.PART else "float"
        type_valeur = f'office:value-type="{nature}" office:value="{valeur}"'
    return f"<table:table-cell {style} {type_valeur}{formule}/>"


def _texte_ods(texte: str, style: str) -> str:
    propre = escape(_INTERDITS_XML.sub("", texte))
    return f'<table:table-cell table:style-name="{style}" office:value-type="string"><text:p>{propre}</text:p></table:table-cell>'


_REFERENCE = re.compile(r"(?:(\w+)!)?(\$?[A-Z]{1,3}\$?\d+)(?::(\$?[A-Z]{1,3}\$?\d+))?")


def formule_ods(expression: str) -> str:
    """The same expression in OpenFormula: ``SUM(B2:B9)`` -> ``of:=SUM([.B2:.B9])``. No text with commas or references."""

    def reference(trouve: re.Match[str]) -> str:
        feuille = f"${trouve[1]}" if trouve[1] else ""
        fin = f":.{trouve[3]}" if trouve[3] else ""
        return f"[{feuille}.{trouve[2]}{fin}]"

    return "of:=" + _REFERENCE.sub(reference, expression).replace(",", ";")
