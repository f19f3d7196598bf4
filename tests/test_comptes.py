"""After a login, each role arrives where it works; a page asked for comes first."""

import pytest
from django.urls import reverse

from correspondants.comptes import ARRIVEES
from correspondants.enums import Role

from . import fabriques

pytestmark = pytest.mark.django_db
MOT_DE_PASSE = "un-mot-de-passe-assez-long"


def entrer(client, compte, **champs):
    compte.set_password(MOT_DE_PASSE)
    compte.save()
    return client.post(reverse("account_login"), {"login": compte.email, "password": MOT_DE_PASSE, **champs})


@pytest.mark.parametrize("role", Role)
def test_chaque_role_arrive_sur_une_page_qui_lui_est_ouverte(client, role):
    arrivee = entrer(client, fabriques.de_role(role))
    assert arrivee["Location"] == reverse(dict(ARRIVEES)[role])
    assert client.get(arrivee["Location"]).status_code == 200


def test_un_porteur_arrive_sur_ses_projets(client):
    assert entrer(client, fabriques.utilisateur())["Location"] == reverse("suivi")


def test_la_page_demandee_passe_avant(client):
    suite = reverse("bilans")
    assert entrer(client, fabriques.de_role(Role.IEN), next=suite)["Location"] == suite


def test_on_ne_part_pas_ailleurs(client):
    arrivee = entrer(client, fabriques.utilisateur(), next="https://ailleurs.example/")
    assert arrivee["Location"] == reverse("suivi")
