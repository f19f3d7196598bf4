"""The Word form of a bilan: nothing is lost between its content and the file, whatever an editor did in between."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings

from projets.constats import Gravite
from projets.dossier_bilan import ChargeRendue, DossierBilan, IndicateurRendu, ProduitRendu
from projets.questionnaire import Referentiel
from projets.regles_bilan import constater_bilan
from projets.word.annotation import annoter
from projets.word.ecriture import ecrire
from projets.word.formulaires import BILAN
from projets.word.lecture import lire
from projets.word.noms import W
from projets.word.protege import lire_protege
from tests.referentiels import referentiel as construire
from tests.word import deformations as d
from tests.word.strategies import contenus

APPEL = construire()
LENT = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
REMPLI = DossierBilan(
    numero="2026-0003",
    titre="Une mare pédagogique",
    structure="École des Tilleuls",
    annee=2026,
    issue="partielle",
    realisation="Quatre séances.\n\n« L’eau & la vie » : 12 élèves.",
    difficultes="La pluie.",
    filles=12,
    garcons=13,
    nouveau_debut=date(2027, 1, 4),
    nouvelle_fin=date(2027, 5, 28),
    indicateurs=(IndicateurRendu("Séances", "10", "12", "atteint"), IndicateurRendu("Sorties", "2", "")),
    charges=(
        ChargeRendue("60-MATIERES", "Bâche", Decimal("900.00"), Decimal("720.10")),
        ChargeRendue("60-PRESTATIONS", "", Decimal("600.00"), None),
        ChargeRendue("62-DEPLACEMENTS", "Bus", None, Decimal("80.50")),
    ),
    produits=(
        ProduitRendu("74-CITE", "", Decimal("1000.00"), Decimal("1000.00")),
        ProduitRendu("74-COMMUNE", "", Decimal("500.00"), Decimal("0.00")),
    ),
    explication_ecarts="La bâche était moins chère.",
    certifie=True,
    signataire="La direction",
)
GESTES = (d.sans_controles, d.libelles_seuls, d.facon_google, d.runs_coupes, d.suivi, d.cases_tapees, d.dans_un_tableau)


@pytest.fixture(scope="module")
def ecrit() -> bytes:
    return ecrire(REMPLI, APPEL, BILAN)


@LENT
@given(contenus(DossierBilan, APPEL))
@example(DossierBilan())
@example(REMPLI)
def test_lire_ecrire_ne_perd_rien(bilan: DossierBilan) -> None:
    lue = lire(ecrire(bilan, APPEL, BILAN), APPEL, BILAN)
    assert lue.dossier == bilan
    assert lue.anomalies == lue.non_reconnu == ()


@pytest.mark.parametrize("geste", GESTES, ids=lambda geste: geste.__name__)
def test_une_deformation_ne_perd_rien(geste: Callable[[Any], None], ecrit: bytes) -> None:
    lue = lire(d.modifier(ecrit, geste), APPEL, BILAN)
    assert lue.dossier == REMPLI
    assert lue.non_reconnu == ()
    assert [a for a in lue.anomalies if a.gravite is Gravite.BLOQUANT] == []


def test_libreoffice_enregistre_un_bilan_sans_rien_perdre(
    libreoffice: Callable[..., list[bytes]], ecrit: bytes
) -> None:
    vierge = ecrire(DossierBilan(), APPEL, BILAN)
    for attendu, octets in zip((REMPLI, DossierBilan()), libreoffice(ecrit, vierge), strict=True):
        lue = lire(octets, APPEL, BILAN)
        assert lue.dossier == attendu
        assert lue.non_reconnu == ()


def test_le_processus_protege_lit_un_bilan(ecrit: bytes) -> None:
    assert lire_protege(ecrit, APPEL, BILAN) == lire(ecrit, APPEL, BILAN)


def test_une_ligne_ajoutee_a_la_main_se_lit(ecrit: bytes) -> None:
    def ajouter(racine: Any) -> None:
        rangee = d.tableau_de(racine, "charges", "bil_").findall(f"{W}tr")[4]
        textes = ("Assurance", "Sortie", "", "35 €")
        for cellule, texte in zip(rangee.findall(f"{W}tc"), textes, strict=True):
            d.ecrire_dans(cellule, texte)

    lue = lire(d.modifier(ecrit, ajouter), APPEL, BILAN)
    attendue = ChargeRendue("61-ASSURANCE", "Sortie", None, Decimal("35.00"))
    assert lue.dossier == replace(REMPLI, charges=(*REMPLI.charges, attendue))


def test_un_bilan_s_annote_sans_changer(ecrit: bytes, referentiel: Referentiel) -> None:
    constats = constater_bilan(REMPLI, {}, Decimal(10))
    assert lire(annoter(ecrit, constats, referentiel, BILAN), referentiel, BILAN).dossier == REMPLI
