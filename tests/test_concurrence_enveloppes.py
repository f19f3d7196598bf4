"""Several people draw on one envelope at the same instant: none goes below zero without its reason."""

import uuid
from decimal import Decimal
from functools import partial

import pytest

from correspondants.enums import Role
from projets.enums import Action, Financeur, SensDecision, Statut
from projets.enveloppes import situations
from projets.models import Appel, DepassementEnveloppe, Enveloppe, GenreMouvement, MouvementEnveloppe
from projets.mouvements import DepassementNonMotive, annuler_mouvement
from projets.workflow import ActionImpossible, executer, publier_seance

from . import fabriques
from .fabriques import de_role, projet_en
from .test_concurrence import ensemble, frais, gagnants
from .test_enveloppes import ETAT, VILLE, bouger, ouvrir

pytestmark = pytest.mark.django_db(transaction=True)


def reste() -> Decimal:
    return next(s.reste for s in situations([Appel.objects.courant()]) if s.cle == ETAT)


def decision(projet, montant: int = 1000):
    return partial(
        executer, frais(projet), Action.DECIDER, par=de_role(Role.COORDINATEUR_VILLE), sens=SensDecision.VALIDE,
        montants={(2026, Financeur.ETAT): Decimal(montant)},
    )  # fmt: skip


def test_deux_decisions_qui_tiennent_seules_et_pas_ensemble_une_seule_passe():
    projets = [projet_en(Statut.INSCRIT) for _ in range(2)]
    for projet in projets:
        fabriques.donner_les_voix(projet)
    ouvrir(etat=1500)
    assert len(gagnants(ensemble(*(decision(projet) for projet in projets)))) == 1
    assert reste() == 500


def test_decision_contre_retrait_jamais_sous_zero_sans_motif():
    projet = projet_en(Statut.INSCRIT)
    fabriques.donner_les_voix(projet)
    ouvrir(etat=1500)
    resultats = ensemble(decision(projet), partial(bouger, "retrait", 800, de=ETAT))
    refus = [r for r in resultats if isinstance(r, Exception)]
    assert len(refus) == 1
    assert isinstance(refus[0], ActionImpossible | DepassementNonMotive), refus
    assert reste() in (500, 700)


def test_deux_transferts_qui_videraient_deux_fois_l_enveloppe_un_seul_passe():
    fabriques.charger_appel()
    ouvrir(etat=1000, ville=0)
    de_role(Role.COORDINATEUR_VILLE)
    resultats = ensemble(*(partial(bouger, "transfert", 700, de=ETAT, vers=VILLE) for _ in range(2)))
    assert sum(not isinstance(r, Exception) for r in resultats) == 1
    assert {s.cle: s.dotation for s in situations([Appel.objects.courant()])} == {ETAT: 300, VILLE: 700}


def test_le_meme_formulaire_envoye_deux_fois_ne_compte_qu_une_fois():
    fabriques.charger_appel()
    de_role(Role.COORDINATEUR_VILLE)
    jeton = uuid.uuid4()
    resultats = ensemble(*(partial(bouger, "ajout", 100, vers=ETAT, jeton=jeton) for _ in range(3)))
    assert not [r for r in resultats if isinstance(r, Exception)]
    assert MouvementEnveloppe.objects.get().genre == GenreMouvement.AJOUT
    assert Enveloppe.objects.count() == 1


def test_deux_annulations_une_seule_passe():
    fabriques.charger_appel()
    ajout, par = bouger("ajout", 100, vers=ETAT), de_role(Role.ADMIN)
    resultats = ensemble(*(partial(annuler_mouvement, ajout, motif="Erreur.", par=par) for _ in range(2)))
    assert sum(not isinstance(r, Exception) for r in resultats) == 1
    assert reste() == 0


def test_publication_contre_retrait_le_depassement_a_toujours_un_motif():
    projet = projet_en(Statut.INSCRIT)
    ouvrir(etat=1200)
    fabriques.decider(projet)
    seance = projet.points.get().seance
    publication, retrait = ensemble(
        partial(publier_seance, seance, par=de_role(Role.COORDINATEUR_EN)), partial(bouger, "retrait", 500, de=ETAT)
    )
    assert not isinstance(publication, Exception)
    assert isinstance(retrait, DepassementNonMotive)
    assert not DepassementEnveloppe.objects.exists()
    assert reste() == 200
