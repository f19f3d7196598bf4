"""The bilans of the projects that hold some words: the same whether they are few enough to be counted or not."""

import re

import pytest
from django.core.cache import caches
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Concat
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from correspondants.enums import Role
from projets import bilans_tenus, cumuls
from projets.echeances import EtatBilan
from projets.models import FaitExercice, Projet
from projets.views import bilans_liste

from . import annee_connue, fabriques

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def tenue(base_du_module):
    """Every project but the last holds « marionnettes »."""
    annee_connue.construire()
    dernier = Projet.objects.order_by("pk").last().pk
    Projet.objects.exclude(pk=dernier).update(recherche=Concat("recherche", Value(" marionnettes")))
    cumuls.tenir_a_jour()


def lire(client: Client, **filtres: object) -> tuple[list[str], str]:
    """Every row of the list, page after page, and the first page."""
    premiere, lus = "", []
    for page in range(1, 50):
        reponse = client.get(reverse("bilans"), {**filtres, "page": page})
        if page > reponse.context["page_obj"].paginator.num_pages:
            return lus, premiere
        html = reponse.content.decode()
        lus += dict.fromkeys(
            re.findall(r'href="/projets/(\d{4}-\d+)/bilans/(\d{4})/"', html)
        )  # a row may lead there twice
        premiere = premiere or html
    raise AssertionError("trop de pages")


@pytest.mark.une_seule_base
def test_ce_qui_est_trop_pour_etre_compte_ne_se_demande_pas_deux_fois(tenue, monkeypatch):
    """« Too many » is an answer: the same page opened again asks nothing more of the bilans."""
    client = Client()
    client.force_login(fabriques.de_role(Role.COORDINATEUR_EN))
    monkeypatch.setattr(bilans_tenus, "COMPTE_MAX", 2)
    caches["memoire"].clear()
    lus = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as requetes:
            assert "ils ne sont pas comptés" in client.get(reverse("bilans"), {"q": "marionnettes"}).content.decode()
        lus.append([une["sql"] for une in requetes if FaitExercice._meta.db_table in une["sql"]])
    assert lus[0]
    assert not lus[1]


def test_une_recherche_trop_large_se_feuillette_dans_le_meme_ordre(tenue, monkeypatch):
    client = Client()
    client.force_login(fabriques.de_role(Role.COORDINATEUR_EN))
    monkeypatch.setattr(bilans_liste, "PAR_PAGE", 2)
    bilans_liste._lignes_de.cache_clear()
    demandes = [{}, {"annee": 2026}, *({"etat": etat.value} for etat in EtatBilan), {"etat": "accepte", "annee": 2026}]
    vraies = [lire(client, q="marionnettes", **demande)[0] for demande in demandes]
    assert len(vraies[0]) > 2
    for borne in (2, len(vraies[0]) - 1):
        for module in (bilans_tenus, bilans_liste):
            monkeypatch.setattr(module, "COMPTE_MAX", borne)
        caches["memoire"].clear()
        for demande, attendus in zip(demandes, vraies, strict=True):
            lus, html = lire(client, q="marionnettes", **demande)
            assert lus == attendus[:borne], demande
            en_tout = len(vraies[1 if "annee" in demande else 0])
            assert ("ils ne sont pas comptés" in html) == (en_tout > borne), demande
            assert (" ou plus" in html) == (en_tout > borne and len(attendus) >= borne), demande
    bilans_liste._lignes_de.cache_clear()
