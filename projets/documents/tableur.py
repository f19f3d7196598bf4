"""Sheets written as xlsx, ods or csv, row after row: memory does not grow with the number of rows."""

import csv
import io
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import date
from functools import lru_cache
from typing import Any, BinaryIO
from xml.sax.saxutils import escape, quoteattr

from ..valeurs import date_courte
from .feuille import Feuille, Formule, Genre, Typee, en_cellule, lettre_de
from .ods import ESPACES, MANIFESTE, REGLAGES, STYLES

# --- xlsx -------------------------------------------------------------------------------------------------------------


def ecrire_xlsx(feuilles: Iterable[Feuille], sortie: BinaryIO, *, titre: str, ordre: Sequence[str] = ()) -> None:
    """``ordre`` are the names of the sheets as they are shown, when it is not the order in which they are written."""
    from .feuilles_xlsx import ecrire  # with xlsxwriter, loaded by the first workbook

    ecrire(feuilles, sortie, titre=titre, ordre=ordre)


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
            cellules.append(_texte_csv(valeur))
        elif isinstance(valeur, date):
            cellules.append(date_courte(valeur))
        elif genre is Genre.PART:
            cellules.append(f"{valeur * 100:.1f}".replace(".", ","))
        else:
            cellules.append((f"{valeur:.2f}" if genre is Genre.EUROS else str(valeur)).replace(".", ","))
    return cellules


@lru_cache(maxsize=512)
def _texte_csv(texte: str) -> str:
    """Most texts of a column are those of the rows before."""
    return sans_formule(en_cellule(texte))


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
