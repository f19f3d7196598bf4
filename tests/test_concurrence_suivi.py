"""Two people, or two clicks, at the same instant about a renewal and about the people of a structure."""

from functools import partial

import pytest

from projets import membres, reconduction
from projets.enums import Statut
from projets.models import MembreStructure, Projet

from . import fabriques
from .test_concurrence import ensemble

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def projet():
    fabriques.charger_appel()
    return fabriques.projet_en(Statut.VALIDE)


def test_plusieurs_clics_n_ouvrent_qu_une_reconduction(projet):
    faits = ensemble(*[partial(reconduction.reconduire, projet, par=projet.porteur)] * 3)
    assert {fait.pk for fait in faits} == {Projet.objects.get(reconduit_de=projet).pk}


def test_une_adresse_n_est_invitee_qu_une_fois_et_une_invitation_ne_sert_qu_une_fois(projet):
    structure, adresse = projet.structure, "collegue@example.org"
    faits = ensemble(*[partial(membres.inviter, structure, adresse, par=projet.porteur)] * 3)
    (invitation,) = (fait for fait in faits if isinstance(fait, MembreStructure))
    lues = [membres.invitation_du_jeton(membres.jeton(invitation)) for _ in range(3)]
    faits = ensemble(*(partial(membres.accepter, lue) for lue in lues))
    assert sorted(type(fait).__name__ for fait in faits) == ["MembreImpossible", "MembreImpossible", "Utilisateur"]
    assert MembreStructure.objects.actifs().filter(courriel=adresse).count() == 1
