"""Charts: proportional, readable without colour, safe whatever the labels say, the same on screen and in the PDF."""

import io
from decimal import Decimal
from xml.etree import ElementTree

import pikepdf
import pytest
from django.template import engines

from projets.documents.bilans_annuels import exporter
from projets.documents.graphiques import LARGEUR, Serie, barres
from projets.documents.graphiques_annuels import graphiques_de
from projets.statistiques import annee_civile
from projets.valeurs import euros, nombre

from . import annee_connue as connue

pytestmark = pytest.mark.une_seule_base

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '</svg><script>alert(1)</script>"&\x00 ' + "x" * 100_000


def dessiner(*valeurs: tuple[int, ...], libelles: tuple[str, ...] = ("A", "B"), **options: bool):
    series = [Serie(f"Série {rang}", tuple(serie)) for rang, serie in enumerate(valeurs)]
    graphique = barres("g-x", "Titre", libelles, series, ecrire=nombre, **options)
    return graphique, ElementTree.fromstring(graphique.svg)


def largeurs(svg: ElementTree.Element, classe: str) -> list[float]:
    return [float(rect.get("width")) for rect in svg.iter(f"{SVG}rect") if rect.get("class") == classe]


def test_les_longueurs_sont_proportionnelles_et_tiennent_dans_le_cadre():
    _, svg = dessiner((50, 100))
    moitie, entier = largeurs(svg, "g-barre-0")
    assert entier == pytest.approx(2 * moitie)
    assert entier < LARGEUR
    textes = [texte.text for texte in svg.iter(f"{SVG}text")]
    assert textes == ["A", "50", "B", "100"]


def test_zero_n_a_pas_de_barre_presque_rien_en_a_une():
    _, svg = dessiner((0, 1_000_000), (1, 0))
    assert len(largeurs(svg, "g-barre-0")) == 1 + 1, "la légende et la grande"
    assert largeurs(svg, "g-barre-1")[1] == 1.5


def test_une_seconde_serie_se_distingue_sans_couleur():
    graphique, svg = dessiner((1, 2), (3, 4), empilees=True, compactes=True)
    motifs = [motif.get("id") for motif in svg.iter(f"{SVG}pattern")]
    assert motifs == ["g-x-motif-1"]
    assert any(rect.get("fill") == "url(#g-x-motif-1)" for rect in svg.iter(f"{SVG}rect"))
    assert "2 + 4" in [texte.text for texte in svg.iter(f"{SVG}text")]
    assert graphique.description == "2 lignes : Série 0 et Série 1. La plus longue : B (Série 0 2, Série 1 4)."


def test_le_dessin_a_un_titre_une_description_et_aucun_style():
    _, svg = dessiner((1, 2))
    assert svg.get("role") == "img"
    noms = svg.get("aria-labelledby").split()
    assert [svg.find(f".//*[@id='{nom}']").tag for nom in noms] == [f"{SVG}title", f"{SVG}desc"]
    assert not [element for element in svg.iter() if element.get("style")]


def test_un_libelle_hostile_reste_un_texte():
    graphique, svg = dessiner((1, 2), libelles=(HOSTILE, "B"))
    assert not list(svg.iter(f"{SVG}script"))
    assert "<script" not in graphique.svg
    assert len(graphique.svg) < 110_000
    rendu = engines["django"].from_string("{{ g.svg }}").render({"g": graphique})
    assert rendu == graphique.svg, "le gabarit n’échappe pas une seconde fois"


@pytest.mark.parametrize("valeurs", [(), (0, 0), (-5, 3)])
def test_rien_ou_moins_que_rien_se_dessine_aussi(valeurs):
    libelles = ("A", "B")[: len(valeurs)]
    _, svg = dessiner(valeurs, libelles=libelles)
    assert all(largeur >= 0 for largeur in largeurs(svg, "g-barre-0"))


@pytest.mark.django_db
def test_l_annee_connue_en_graphiques(appel):
    connue.construire()
    graphiques = graphiques_de(annee_civile(2026))
    par_code = {une.tableau.code: une.graphique for une in graphiques.repartitions}
    assert euros(connue.ACCORDE_ETAT) in par_code["financeurs"].svg
    assert "La plus longue : État (préfecture)" in par_code["financeurs"].description
    assert par_code["etablissements"] is None
    assert graphiques.couverture.svg.count(">1 + 0<") + graphiques.couverture.svg.count(">3 + 0<") == 1
    assert euros(Decimal("3700.00")) in graphiques.deux_annees.svg
    contributions = next(une for une in graphiques.repartitions if une.tableau.code.startswith("contribution-"))
    assert len(contributions.tableau.rangs) == 4
    assert sum(rang.accorde for rang in contributions.tableau.rangs) == connue.ACCORDE


@pytest.mark.django_db
def test_le_pdf_dit_chaque_graphique_aux_lecteurs_d_ecran(appel):
    connue.construire()
    sortie = io.BytesIO()
    exporter(2026, "pdf", sortie)
    with pikepdf.open(sortie) as pdf:
        figures = [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/S") == "/Figure"]
        titres = {str(figure.get("/Alt", "")) for figure in figures}
        assert len(figures) >= 8
        assert "" not in titres
        assert "Par financeur : euros accordés" in titres
        assert str(pdf.Root.Lang) == "fr"
        with pdf.open_metadata() as metadonnees:
            assert metadonnees["pdfuaid:part"] == "1"
