"""What a process keeps until something happens: never another's token, never another's rows."""

import re

import pytest
from django.core.paginator import Paginator
from django.test import Client
from django.urls import reverse

from correspondants.enums import Role
from projets.enums import Statut
from projets.templatetags.composants import pages_montrees

from . import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


def test_un_morceau_garde_rend_a_chaque_session_son_jeton():
    fabriques.projet_en(Statut.AVIS_IEN)
    for _ in range(2):  # the second session is given what the first one had drawn
        client = Client(enforce_csrf_checks=True)
        client.force_login(fabriques.de_role(Role.IEN))
        page = client.get(reverse("avis")).content.decode()
        corps = page.partition("<main")[2]
        jeton = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', corps)[1]
        choix = re.search(r'name="avis" value="(\d+)"', corps)[1]
        reponse = client.post(reverse("avis_lot"), {"csrfmiddlewaretoken": jeton, "avis": choix})
        assert reponse.status_code == 200


def test_un_morceau_garde_ne_passe_pas_d_une_personne_a_l_autre():
    projet = fabriques.projet_en(Statut.AVIS_IEN)
    vues = []
    for role in (Role.IEN, Role.AUTORITE_EN):
        client = Client()
        client.force_login(fabriques.de_role(role))
        vues.append(projet.titre in client.get(reverse("avis")).content.decode())
    demandes = set(projet.avis_ien.values_list("autorite", flat=True))
    assert vues == [Role.IEN in demandes, Role.AUTORITE_EN in demandes]
    assert True in vues


@pytest.mark.parametrize(
    ("page", "sur", "attendu"),
    [(1, 1, [1]), (1, 9, [1, 2, 3, None, 9]), (5, 9, [1, None, 3, 4, 5, 6, 7, None, 9]), (8, 9, [1, None, 6, 7, 8, 9])],
)
def test_les_pages_montrees_ne_dependent_pas_de_leur_nombre(page, sur, attendu):
    assert pages_montrees(Paginator(range(sur), 1).page(page)) == attendu
