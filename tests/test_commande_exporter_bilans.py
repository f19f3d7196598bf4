"""exporter_bilans: the totals of a year known by hand, to the cent, in every format; refusals; scale."""

import csv
import io
import subprocess
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from projets.documents import bilans_annuels, classeur_annuel, donnees_annuelles, feuilles_annuelles
from projets.documents.archive import nom_sur
from projets.documents.feuille import lettre_de
from projets.documents.tableur import formule_ods, sans_formule
from projets.enums import GenrePiece
from projets.models import Projet

from . import annee_connue as connue
from . import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]
TITRES = {colonne.cle: colonne.titre for colonne in feuilles_annuelles.COLONNES}
ATTENDUS = {
    "demande": connue.DEMANDE_FINANCES,
    "accorde_etat": connue.ACCORDE_ETAT,
    "accorde_education_nationale": Decimal(0),
    "accorde_ville": connue.ACCORDE_VILLE,
    "accorde": connue.ACCORDE,
    "charges_prevues": connue.CHARGES_PREVUES,
    "charges_realisees": connue.CHARGES_REALISEES,
    "produits_realises": connue.PRODUITS_REALISES,
    "ecart": connue.ECART,
    "a_rendre": connue.A_RENDRE,
    "enfants_prevus": Decimal(connue.ENFANTS_PREVUS),
    "enfants": Decimal(connue.ENFANTS_TOUCHES),
}


def ecrire(dossier: Path, code: str, annee: int = 2026) -> Path:
    sortie = dossier / f"bilans.{code}"
    call_command("exporter_bilans", annee, format=code, sortie=str(sortie))
    return sortie


def recalculer(fichier: Path) -> Path:
    """The same workbook once LibreOffice has worked every formula out again (``-d`` would keep cached values)."""
    cible = fichier.parent / "recalcule"
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{fichier.parent}/profil", "--headless", "--convert-to",
         "xlsx:Calc MS Excel 2007 XML", "--outdir", str(cible), str(fichier)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return cible / f"{fichier.stem}.xlsx"


def totaux_de(page) -> dict[str, Decimal]:
    """Last row of the sheet of bilans, by column."""
    titres = [cellule.value for cellule in page[1]]
    total = [cellule.value for cellule in page[page.max_row]]
    assert total[0] == "TOTAL"
    return {
        cle: Decimal(str(round(total[titres.index(titre)], 2)))
        for cle, titre in TITRES.items()
        if isinstance(total[titres.index(titre)], int | float)
    }


def sans_valeurs(fichier: Path) -> Path:
    """The workbook without its cached values, so that nobody can show them instead of computing."""
    classeur = openpyxl.load_workbook(fichier)
    cible = fichier.with_name("sans-valeurs.xlsx")
    classeur.save(cible)
    return cible


def test_xlsx_porte_les_totaux_en_formules_et_en_valeurs(tmp_path):
    connue.construire()
    fichier = ecrire(tmp_path, "xlsx")
    formules = openpyxl.load_workbook(fichier)
    assert formules.sheetnames == list(classeur_annuel.ORDRE)
    page = formules["Exercices"]
    assert page.freeze_panes == "B2"
    assert page.auto_filter.ref.startswith("A1:")
    derniere = [cellule.value for cellule in page[page.max_row]]
    assert sum(str(valeur).startswith("=SUM(") for valeur in derniere) == sum(
        c.somme for c in feuilles_annuelles.COLONNES
    )
    valeurs = totaux_de(openpyxl.load_workbook(fichier, data_only=True)["Exercices"])
    assert {cle: valeurs[cle] for cle in ATTENDUS} == ATTENDUS


@pytest.mark.une_seule_base
def test_xlsx_recalcule_par_libreoffice_donne_les_memes_totaux(tmp_path):
    connue.construire()
    classeur = openpyxl.load_workbook(recalculer(sans_valeurs(ecrire(tmp_path, "xlsx"))), data_only=True)
    valeurs = totaux_de(classeur["Exercices"])
    assert {cle: valeurs[cle] for cle in ATTENDUS} == ATTENDUS
    synthese = {ligne[0]: ligne[1:] for ligne in classeur["Synthèse"].iter_rows(values_only=True)}
    assert synthese["TOTAL"][0] == 3
    assert Decimal(str(round(synthese["TOTAL"][1], 2))) == connue.ACCORDE
    assert (synthese["Accepté"][0], synthese["Accepté"][1]) == (1, 1000)
    assert (synthese["À examiner"][0], synthese["Attendu"][0], synthese["En retard"][0]) == (1, 1, 0)
    assert synthese["École (1er degré public)"][0] == 3


@pytest.mark.une_seule_base
def test_ods_recalcule_par_libreoffice_donne_les_memes_totaux(tmp_path):
    connue.construire()
    classeur = openpyxl.load_workbook(recalculer(ecrire(tmp_path, "ods")), data_only=True)
    valeurs = totaux_de(classeur["Exercices"])
    assert {cle: valeurs[cle] for cle in ATTENDUS} == ATTENDUS
    formules = openpyxl.load_workbook(tmp_path / "recalcule" / "bilans.xlsx")
    assert str(formules["Exercices"].cell(formules["Exercices"].max_row, 14).value).startswith("=SUM(")


def test_csv_se_lit_en_francais_et_porte_la_ligne_total(tmp_path):
    connue.construire()
    octets = ecrire(tmp_path, "csv").read_bytes()
    assert octets.startswith(b"\xef\xbb\xbf")
    lignes = list(csv.DictReader(io.StringIO(octets.decode("utf-8-sig")), delimiter=";"))
    assert len(lignes) == 4
    total = lignes[-1]
    assert total["Numéro"] == "TOTAL"
    assert {cle: Decimal(total[TITRES[cle]].replace(",", ".")) for cle in ATTENDUS} == ATTENDUS
    assert lignes[0][TITRES["echeance"]] == "15/12/2026"
    assert lignes[0][TITRES["charges_realisees"]] == "720,10"
    assert lignes[2][TITRES["charges_realisees"]] == "", "sans bilan, rien n’est réalisé : ni zéro ni invention"


def test_aucune_formule_ne_vient_d_un_titre(tmp_path):
    connue.construire()
    titres = [
        ligne[1] for ligne in csv.reader(ecrire(tmp_path, "csv").read_text("utf-8-sig").splitlines(), delimiter=";")
    ]
    assert titres[1].startswith("'=HYPERLINK")
    assert titres[3].startswith("'@SUM")
    page = openpyxl.load_workbook(ecrire(tmp_path, "xlsx"))["Exercices"]
    assert page["B2"].data_type == "s"
    assert page["B2"].value.startswith("=HYPERLINK") or page["B2"].value.startswith("'=HYPERLINK")
    contenu = zipfile.ZipFile(ecrire(tmp_path, "ods")).read("content.xml").decode()
    assert 'table:formula="of:=HYPERLINK' not in contenu


@pytest.mark.une_seule_base
def test_pdf_dit_les_memes_totaux(tmp_path):
    connue.construire()
    fichier = ecrire(tmp_path, "pdf")
    texte = subprocess.run(["pdftotext", "-layout", fichier, "-"], check=True, capture_output=True).stdout.decode()
    total = " ".join(next(ligne for ligne in texte.splitlines() if ligne.lstrip().startswith("TOTAL")).split())
    assert total.replace(" ", "") == "TOTAL2550,55€2400,00€2220,10€−179,90€"


def test_zip_range_chaque_bilan_dans_le_dossier_de_son_projet(tmp_path):
    connue.construire()
    with zipfile.ZipFile(ecrire(tmp_path, "zip")) as archive:
        noms = archive.namelist()
        assert len(noms) == 2
        assert all(nom.startswith("2026-") and nom.endswith("/bilan-2026.pdf") for nom in noms)
        assert not any(".." in nom or "\\" in nom or nom.count("/") != 1 for nom in noms)
        assert archive.read(noms[0]).startswith(b"%PDF-")


def test_un_justificatif_perdu_n_empeche_pas_de_clore_l_annee(tmp_path):
    connue.construire()
    projet = Projet.objects.filter(exercices__bilan__isnull=False).first()
    exercice = projet.exercices.filter(bilan__isnull=False).first()
    for nom in ("facture.pdf", "photo.jpg"):
        exercice.pieces.add(projet.garder_piece(GenrePiece.JUSTIFICATIF, nom, nom.encode()))
    perdue = projet.pieces.get(nom="facture.pdf")
    perdue.fichier.storage.delete(perdue.fichier.name)
    with zipfile.ZipFile(ecrire(tmp_path, "zip", exercice.annee)) as archive:
        assert "facture.pdf" in archive.read("FICHIERS-MANQUANTS.txt").decode()
        assert sum(nom.endswith("photo.jpg") for nom in archive.namelist()) == 1
        assert not any(nom.endswith("facture.pdf") for nom in archive.namelist())


@pytest.mark.parametrize("code", bilans_annuels.FORMATS)
def test_une_annee_vide_donne_un_fichier_valide(tmp_path, code):
    fichier = ecrire(tmp_path, code, 2031)
    if code == "xlsx":
        page = openpyxl.load_workbook(fichier, data_only=True)["Exercices"]
        assert "Aucun projet" in page["A2"].value
        assert set(totaux_de(page).values()) == {Decimal(0)}
    elif code == "csv":
        assert "Aucun projet" in fichier.read_text("utf-8-sig")
        assert "TOTAL;" in fichier.read_text("utf-8-sig")
    elif code == "zip":
        assert zipfile.ZipFile(fichier).namelist() == ["LISEZ-MOI.txt"]
    else:
        assert fichier.stat().st_size > 500


@pytest.mark.parametrize(
    ("options", "code", "mot"),
    [
        ({"annee": 26, "format": "csv", "sortie": "x"}, 2, "plausible"),
        ({"annee": 2026, "format": "csv", "sortie": "/dossier/absent/x.csv"}, 1, "n’existe pas"),
    ],
)
def test_ce_qui_ne_se_peut_pas_est_dit(options, code, mot):
    with pytest.raises(CommandError, match=mot) as refus:
        call_command("exporter_bilans", options["annee"], format=options["format"], sortie=options["sortie"])
    assert refus.value.returncode == code


def test_un_brouillon_de_bilan_ne_sort_pas_de_chez_son_porteur(tmp_path):
    projet = fabriques.projet_en("valide")
    connue.remplir(projet, 2026, {"60-PRESTATIONS": Decimal("123.45")})
    lignes = ecrire(tmp_path, "csv").read_text("utf-8-sig")
    assert "123,45" not in lignes
    assert "Attendu" in lignes or "En retard" in lignes


def test_le_nombre_de_requetes_depend_des_lots_pas_des_bilans():
    fabriques.projet_en("clos")
    with CaptureQueriesContext(connection) as un:
        bilans_annuels.exporter(2026, "xlsx", io.BytesIO())
    for _ in range(2):
        fabriques.projet_en("clos")
    with CaptureQueriesContext(connection) as trois:
        bilans_annuels.exporter(2026, "xlsx", io.BytesIO())
    assert len(un) == len(trois)


def test_les_lots_ne_perdent_ni_ne_doublent_aucune_ligne(monkeypatch, tmp_path):
    connue.construire()
    monkeypatch.setattr(donnees_annuelles, "LOT", 2)
    lignes = ecrire(tmp_path, "csv").read_text("utf-8-sig").splitlines()
    assert [ligne[:9] for ligne in lignes[1:]] == ["2026-0001", "2026-0002", "2026-0003", "TOTAL;;;;"]


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [("=1+1", "'=1+1"), ("+33", "'+33"), ("-1", "'-1"), ("@x", "'@x"), ("Une mare", "Une mare"), ("", ""),
     (" =1", "' =1"), ("%x", "'%x"), ("\xa0=1", "'\xa0=1"), ("\t=1", "'\t'=1"), ("＝1", "'＝1"),
     # A file with commas opened with semicolons, and the reverse: what follows begins a cell.
     ("Mare;=HYPERLINK(1)", "Mare;'=HYPERLINK(1)"), ("Mare,\t@SUM(1)", "Mare,\t'@SUM(1)"), ("a;+cmd|x", "a;'+cmd|x"),
     ("a\r\n=1", "a\r\n'=1"), ("10 ans, -2 ou - rarement - 3", "10 ans, -2 ou - rarement - 3"), ("a = b", "a = b")],
)  # fmt: skip
def test_sans_formule(texte, attendu):
    assert sans_formule(texte) == attendu


@pytest.mark.parametrize(
    ("nom", "attendu"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("C:\\factures\\é t é.pdf", "C-factures-e t e.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("...", "fichier"),
        ("x" * 300 + ".pdf", "x" * 96 + ".pdf"),
    ],
)
def test_nom_sur(nom, attendu):
    assert nom_sur(nom, 100) == attendu


def test_lettres_et_formules_des_tableurs():
    assert [lettre_de(rang) for rang in (0, 25, 26, 27, 701, 702)] == ["A", "Z", "AA", "AB", "ZZ", "AAA"]
    assert formule_ods("SUM(B2:B9)") == "of:=SUM([.B2:.B9])"
    assert formule_ods("SUMIF(Bilans!J2:J4,A3,Bilans!S2:S4)") == "of:=SUMIF([$Bilans.J2:.J4];[.A3];[$Bilans.S2:.S4])"
