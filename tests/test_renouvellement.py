"""Last year's file made into this year's: what is copied, moved, marked, and what never comes back."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projets.constats import Gravite
from projets.renouvellement import (
    ENFANTS,
    AnneePassee,
    IndicateurPasse,
    LignePassee,
    PublicPasse,
    RemarquePassee,
    Resultats,
    annees_d_ecart,
    decaler,
    renouveler,
    sans,
)

from . import fabriques
from .referentiels import referentiel

AUJOURDHUI = date(2026, 11, 29)
PASSE = Resultats(
    "2026-0007",
    "Une mare",
    (AnneePassee(2026, Decimal(1000), Decimal(800), Decimal(1500), Decimal("1400.50"), "Accepté"),),
    (PublicPasse(ENFANTS, 25, 31),),
    (IndicateurPasse("Séances", "10", "12", "Atteint", 2026),),
    (LignePassee("60-MATIERES", "Matières", True, Decimal(900), Decimal("810.25")),),
    (RemarquePassee("Réserves", "Associer les familles.", date(2026, 2, 1)),),
)


def renouvele(dossier=None, passe=PASSE):
    return renouveler(dossier or fabriques.dossier_complet(), referentiel(), passe, AUJOURDHUI)


def test_identite_description_et_objectifs_sont_recopies():
    ancien = fabriques.dossier_complet()
    nouveau = renouvele(ancien).dossier
    for champ in ("structure_nom", "titre", "resume", "description", "partenaires", "objectif_principal", "effectifs"):
        assert getattr(nouveau, champ) == getattr(ancien, champ)
    assert (nouveau.reconduction, nouveau.projet_precedent) == ("reconduction", "2026-0007 Une mare")


def test_dates_et_budget_avancent_ensemble_et_sont_a_revoir():
    prepare = renouvele()
    assert (prepare.dossier.date_debut, prepare.dossier.annee) == (date(2027, 3, 2), 2027)
    assert prepare.dossier.interventions[0].debut == date(2027, 3, 2)
    marques = {c.champ: c.message for c in prepare.constats if c.message.startswith("À revoir")}
    assert marques.keys() == {
        "date_debut", "date_fin", "annee", "interventions", "charges", "produits", "effectifs", "indicateurs",
    }  # fmt: skip
    assert not any(constat.est_bloquant for constat in prepare.constats)


def test_engagements_signature_et_materiel_ne_sont_jamais_recopies():
    nouveau = renouvele().dossier
    assert [nouveau.communication_engagement, nouveau.engagement_bilan, nouveau.engagement_exactitude] == [False] * 3
    assert (nouveau.signature_date, nouveau.materiels) == (None, ())


def test_chaque_question_a_revoir_dit_ce_que_l_edition_precedente_a_donne():
    phrases = {c.champ: c.message for c in renouvele().constats}
    assert "dépensé 810,25\u00a0€" in phrases["charges"]
    assert "demandé 1\u202f000,00\u00a0€, 800,00\u00a0€ ont été accordés" in phrases["produits"]
    assert "prévu 25, 31 ont été touchés" in phrases["effectifs"]
    assert "cible 10, obtenu 12, atteint" in phrases["indicateurs"]
    assert "«\u00a0Associer les familles.\u00a0»" in phrases["description"]
    sans_bilan = {c.champ: c.message for c in renouvele(passe=Resultats("2026-0007", "Une mare")).constats}
    assert "Aucun bilan ne dit encore" in sans_bilan["charges"]


def test_un_choix_que_le_nouvel_appel_n_offre_plus_est_dit():
    ancien = replace(fabriques.dossier_complet(), parcours=("citoyen", "disparu"), objectif_principal="9.9.9")
    prepare = renouvele(ancien)
    assert (prepare.dossier.parcours, prepare.dossier.objectif_principal) == (("citoyen",), "")
    oublies = {c.champ for c in prepare.constats if "n’existe plus" in c.message and c.gravite is Gravite.A_VERIFIER}
    assert oublies == {"parcours", "objectif_principal"}


def test_les_noms_effaces_ne_reviennent_pas():
    ancien = replace(fabriques.dossier_complet(), porteur_nom="[effacé]", signataire_nom="[effacé]")
    propre = sans(ancien, "[effacé]")
    assert (propre.porteur_nom, propre.signataire_nom, propre.titre) == ("", "", ancien.titre)


@given(debut=st.dates(date(1990, 1, 1), date(2060, 12, 31)), jour=st.dates(date(2000, 1, 1), date(2060, 12, 31)))
def test_la_prochaine_edition_est_la_premiere_qui_soit_a_venir(debut, jour):
    dossier = replace(fabriques.dossier_complet(), date_debut=debut)
    ecart = annees_d_ecart(dossier, jour)
    assert ecart >= 1
    assert decaler(dossier, ecart).date_debut > jour
    assert ecart == 1 or decaler(dossier, ecart - 1).date_debut <= jour
    assert decaler(dossier, 0) == dossier


@pytest.mark.parametrize("debut", [None, date(9999, 12, 31)])
def test_une_date_absurde_ne_fait_rien_tomber(debut):
    prepare = renouvele(replace(fabriques.dossier_complet(), date_debut=debut, annee=9999 if debut else None))
    assert prepare.dossier.date_debut is None
