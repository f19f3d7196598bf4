"""Two people at the same instant about one account, one absence, one post, one project: exactly one wins."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from correspondants.enums import Role
from correspondants.models import Correspondant, Habilitation, Succession, Suppleance, Utilisateur
from correspondants.suppleances import SuppleanceImpossible
from projets import invitations, succession, suppleances, transmissions
from projets.enums import Fait, Statut
from projets.invitations import InvitationImpossible
from projets.models import Courriel, ModificationConcurrente, Passage, Projet
from projets.succession import Reprise, SuccessionImpossible
from projets.transmissions import TransmissionImpossible

from . import fabriques
from .fabriques import de_role
from .test_concurrence import ensemble

pytestmark = pytest.mark.django_db(transaction=True)
REFUS = (
    InvitationImpossible,
    ModificationConcurrente,
    SuccessionImpossible,
    SuppleanceImpossible,
    TransmissionImpossible,
)


def un_seul(resultats: list[object]) -> object:
    """What succeeded; every other must have been refused in French."""
    reussis = [resultat for resultat in resultats if not isinstance(resultat, REFUS)]
    assert len(reussis) == 1, resultats
    assert not isinstance(reussis[0], Exception), reussis
    return reussis[0]


def test_une_invitation_n_ouvre_qu_un_compte():
    ligne = Correspondant.objects.create(code="invitee", fonction="Invitée", courriel="invitee@example.org")
    jeton = invitations.jeton(invitations.inviter(ligne, par=de_role(Role.ADMIN)))
    lues = [invitations.invitation_du_jeton(jeton) for _ in range(3)]
    compte = un_seul(
        ensemble(*(partial(invitations.accepter, une, f"Une phrase assez longue {n}") for n, une in enumerate(lues)))
    )
    assert Utilisateur.objects.get(email="invitee@example.org").password == compte.password


def test_un_projet_ne_va_qu_a_un_collegue():
    projet = fabriques.projet_en(Statut.DEPOSE)
    lus = [Projet.objects.get(pk=projet.pk) for _ in range(2)]
    adresses = ("un@example.org", "deux@example.org")
    propositions = [
        partial(transmissions.proposer, lu, a, par=projet.porteur) for lu, a in zip(lus, adresses, strict=True)
    ]
    une = un_seul(ensemble(*propositions))
    jeton = transmissions.jeton(une)
    lues = [transmissions.transmission_du_jeton(jeton) for _ in range(3)]
    un_seul(ensemble(*(partial(transmissions.accepter, lue) for lue in lues)))
    assert Projet.objects.get(pk=projet.pk).porteur.email == une.courriel
    assert Passage.objects.filter(action=Fait.TRANSMIS).count() == 1


def test_un_suppleant_n_est_pas_promis_a_deux_pilotes():
    jour = timezone.localdate()
    suppleant = de_role(Role.COORDINATEUR_EN).correspondant
    absents = [de_role(role) for role in (Role.PILOTE_EN, Role.PILOTE_VILLE, Role.PILOTE_PREFECTURE)]
    gestes = [
        partial(
            suppleances.declarer,
            absent=absent.correspondant,
            suppleant=suppleant,
            du=jour,
            au=jour + timedelta(days=2),
            par=absent,
        )
        for absent in absents
    ]
    un_seul(ensemble(*gestes))
    assert Suppleance.objects.count() == 1
    assert Courriel.objects.filter(gabarit="suppleance_declaree").count() == 2


def test_un_poste_ne_passe_qu_une_fois():
    ligne, chef = de_role(Role.IEN).correspondant, de_role(Role.ADMIN)
    choix = Reprise(nom="Nouvelle personne", courriel="nouvelle@example.org")
    un_seul(ensemble(*(partial(succession.remplacer, ligne, choix, par=chef) for _ in range(3))))
    assert Succession.objects.count() == 1
    assert Habilitation.objects.filter(correspondant=ligne, role=Role.IEN).count() == 1
    assert Courriel.objects.filter(gabarit="invitation").count() == 1
