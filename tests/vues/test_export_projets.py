"""The filtered list as a sheet: who may, what each cell holds, formulas disarmed, a constant number of queries."""

import csv
import io
import zipfile
from datetime import date

import openpyxl
import pytest
from django.urls import reverse

from correspondants.enums import Role
from projets.enums import Statut

from .. import fabriques

pytestmark = pytest.mark.django_db

EN = Role.COORDINATEUR_EN


@pytest.fixture
def entrer(client):
    def _entrer(qui):
        client.force_login(fabriques.de_role(qui))
        return client

    return _entrer


def depose(titre, statut=Statut.DEPOSE, **changements):
    return fabriques.projet_en(statut, fabriques.dossier_complet(titre=titre, **changements))


def exporter(client, **filtres):
    reponse = client.get(reverse("coordination_export", args=["csv"]), filtres)
    texte = b"".join(reponse.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(texte), delimiter=";"))


def test_export_rend_la_liste_filtree(entrer, deux_projets):
    lignes = exporter(entrer(EN), nature="association")

    assert len(lignes) == 1
    assert lignes[0]["Titre"] == "Théâtre au collège"
    assert lignes[0]["Demandé"] == "1100,00"
    assert lignes[0]["Accordé"] == ""
    assert lignes[0]["Temps scolaire"] == "non"
    assert len(exporter(entrer(EN))) == 2


def test_export_neutralise_les_formules(entrer):
    depose('=HYPERLINK("http://exemple";"cliquez")', structure_nom="+33 Compagnie")

    [ligne] = exporter(entrer(EN))

    assert ligne["Titre"].startswith("'=HYPERLINK")
    assert ligne["Structure"].startswith("'+33")


def test_export_type_ses_cellules_et_dit_chaque_annee(entrer, deux_projets):
    reponse = entrer(EN).get(reverse("coordination_export", args=["xlsx"]), {"tri": "numero"})
    classeur = openpyxl.load_workbook(io.BytesIO(b"".join(reponse.streaming_content)))
    rangees = list(classeur["Projets"].iter_rows(values_only=True))
    lignes = [dict(zip(rangees[0], rangee, strict=True)) for rangee in rangees[1:]]

    assert [ligne["Titre"] for ligne in lignes] == ["Élèves à l’œuvre", "Théâtre au collège"]
    seconde = lignes[1]
    assert (seconde["Demandé"], seconde["Demandé 2026"], seconde["Demandé 2027"]) == (1100, 700, 400)
    assert (seconde["Accordé"], seconde["Accordé 2026"]) == (None, None)
    assert seconde["Début"].date() == date(2026, 9, 7)
    assert seconde["Objectif principal"].startswith("3.1.1")
    assert lignes[0]["Avis demandés"] == 1
    assert all(lignes[0][titre] for titre in ("Quartiers", "Établissements", "Thématique", "Enjeu"))


def test_export_dit_ce_qui_est_accorde_et_seulement_publie(entrer):
    depose("Validé", Statut.VALIDE)
    inscrit = depose("Inscrit", Statut.INSCRIT)
    fabriques.decider(inscrit)

    lignes = {ligne["Titre"]: ligne for ligne in exporter(entrer(EN))}

    assert lignes["Inscrit"]["Accordé"] == lignes["Inscrit"]["Accordé 2026"] == ""
    assert lignes["Validé"]["Accordé"] == lignes["Validé"]["Accordé 2026"] != ""


def test_export_neutralise_les_formules_dans_chaque_format(entrer):
    depose("=1+1", structure_nom="@SUM(A1)")
    client = entrer(EN)

    reponse = client.get(reverse("coordination_export", args=["xlsx"]))
    classeur = openpyxl.load_workbook(io.BytesIO(b"".join(reponse.streaming_content)))
    assert classeur["Projets"]["B2"].data_type == "s"
    reponse = client.get(reverse("coordination_export", args=["ods"]))
    with zipfile.ZipFile(io.BytesIO(b"".join(reponse.streaming_content))) as archive:
        contenu = archive.read("content.xml").decode()
    assert "table:formula" not in contenu
    assert ">=1+1<" in contenu


@pytest.mark.une_seule_base
@pytest.mark.parametrize(
    ("role", "code"), [(EN, 200), (Role.ADMIN, 200), (Role.OBSERVATEUR, 403), (Role.PILOTE_EN, 403)]
)
def test_export_est_ouvert_a_qui_peut_exporter(entrer, role, code):
    depose("Une mare")
    client = entrer(role)

    for format_ in ("csv", "xlsx", "ods"):
        reponse = client.get(reverse("coordination_export", args=[format_]))
        assert reponse.status_code == code
        assert not reponse.streaming or b"".join(reponse.streaming_content)
    assert client.get(reverse("coordination_export", args=["exe"])).status_code in (403, 404)
    assert (reverse("coordination_export", args=["csv"]) in client.get(reverse("coordination")).content.decode()) is (
        code == 200
    )


@pytest.mark.parametrize("combien", [1, 3])
def test_export_lit_en_un_nombre_constant_de_requetes(entrer, combien, django_assert_num_queries):
    for rang in range(combien):
        depose(f"Projet {rang}")
    client = entrer(EN)

    with django_assert_num_queries(10):  # four for each 2 000 projects
        b"".join(client.get(reverse("coordination_export", args=["csv"]), {"statut": "depose"}).streaming_content)
