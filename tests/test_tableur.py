"""A sheet says the same cells whichever way its rows are written, and no text breaks it."""

import io
import zipfile
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from lxml import etree

from projets.documents import feuilles_xlsx
from projets.documents.feuille import Colonne, Feuille, Formule, Genre
from projets.documents.tableur import ecrire_xlsx

pytestmark = pytest.mark.une_seule_base
COLONNES = (
    Colonne("texte", "Texte"),
    Colonne("euros", "Euros", Genre.EUROS, somme=True),
    Colonne("nombre", "Nombre", Genre.ENTIER),
    Colonne("jour", "Jour", Genre.DATE),
)
LIGNES = [
    ["Théâtre & <b>mare</b>", Decimal("1234.50"), 12, date(2026, 3, 12)],
    ["<r><t>riche</t></r>", None, None, None],
    ["=1+1", Decimal("0"), 0, date(1999, 12, 31)],
    ["_x0041_ \x01\ufffe \x0b fin", Decimal("1E+3"), -3, None],
    [" bords ", Decimal("-0.01"), 1, True],
    ["", None, Formule("SUM(C2:C6)", 5), None],
    ["après une formule", Decimal("2.00"), 2, date(2027, 1, 1)],
]


def ecrit() -> bytes:
    sortie = io.BytesIO()
    ecrire_xlsx([Feuille("Essai", COLONNES, LIGNES, total=False), Feuille("Vide", COLONNES, [])], sortie, titre="Essai")
    return sortie.getvalue()


def cellules(octets: bytes) -> dict[str, list[tuple]]:
    classeur = openpyxl.load_workbook(io.BytesIO(octets))
    return {
        page.title: [(c.coordinate, c.data_type, c.value, c.number_format) for ligne in page for c in ligne if c.value]
        for page in classeur
    }


def test_une_rangee_d_un_coup_dit_ce_que_disent_ses_cellules_une_a_une(monkeypatch):
    d_un_coup = ecrit()
    monkeypatch.setattr(feuilles_xlsx, "_par_rangees", lambda *_: None)
    lues, autres = cellules(d_un_coup), cellules(ecrit())
    assert lues["Vide"] == autres["Vide"]
    # xlsxwriter takes the text of A3 for its own markup.
    assert [c for c in lues["Essai"] if c[0] != "A3"] == [c for c in autres["Essai"] if c[0] != "A3"]
    assert ("A3", "<r><t>riche</t></r>") in [(c[0], c[2]) for c in lues["Essai"]]


def test_le_fichier_est_du_xml_et_ses_dimensions_sont_justes():
    with zipfile.ZipFile(io.BytesIO(ecrit())) as archive:
        page = etree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    espace = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    assert page.find("x:dimension", espace).get("ref") == "A1:D8"
    assert page.find("x:autoFilter", espace).get("ref") == "A1:D8"
    assert [int(r.get("r")) for r in page.iterfind(".//x:row", espace)] == list(range(1, 9))
