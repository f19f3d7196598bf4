"""What an operator may plug in: said when it cannot work, silent about people when it does."""

import types

import pytest
from django.core import checks
from django.db import connection
from django.test import Client
from django.urls import reverse

from cite_educative import observation
from projets.enums import Statut
from projets.models import Courriel, ExportDemande

from . import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


@pytest.mark.parametrize(
    ("reglage", "module"), [("SENTRY_DSN", "sentry_sdk"), ("METRIQUES_JETON", "prometheus_client")]
)
def test_un_reglage_sans_sa_bibliotheque_se_dit(settings, monkeypatch, reglage, module):
    monkeypatch.setattr(observation, module, None)
    assert observation.verifier_reglage() == []
    setattr(settings, reglage, "https://cle@sentry.example.org/1")
    (dit,) = observation.verifier_reglage()
    assert isinstance(dit, checks.Warning)
    assert reglage in dit.msg
    observation.brancher()  # and nothing falls
    assert observation.mesures_du_processus() is not None


def test_sentry_ne_recoit_personne(settings, monkeypatch):
    recu = {}
    monkeypatch.setattr(observation, "sentry_sdk", types.SimpleNamespace(init=lambda **options: recu.update(options)))
    settings.SENTRY_DSN = "https://cle@sentry.example.org/1"
    observation.brancher()
    assert (recu["send_default_pii"], recu["include_local_variables"], recu["max_request_body_size"]) == (
        False,
        False,
        "never",
    )
    evenement = {
        "user": {"id": 3, "email": "jeanne.dupont@example.org"},
        "request": {
            "method": "POST",
            "url": "https://portail.example.org/avis/WzEsMl0:1abcde:aaaaaaaaaaaaaaaaaaaaaaaaaaaa/",
            "query_string": "q=dupont",
            "data": {"nom": "Dupont"},
            "headers": {"Cookie": "sessionid=secret"},
        },
        "exception": {"values": [{"value": "Key (email)=(jeanne.dupont@example.org) already exists"}]},
        "breadcrumbs": {"values": [{"message": "GET /coordination/?q=dupont"}]},
    }
    envoye = repr(recu["before_send"](evenement, None))
    for trace in ("dupont", "Dupont", "secret", "WzEsMl0"):
        assert trace not in envoye
    assert "already exists" in envoye


def test_une_requete_lente_se_dit_sans_ses_valeurs(settings, caplog):
    settings.REQUETES_LENTES_MS = 0  # everything lasts at least that
    with connection.execute_wrapper(observation._chronometrer):
        Courriel.objects.filter(destinataire="jeanne.dupont@example.org").exists()
    (ligne,) = [un for un in caplog.records if un.name == "lentes"]
    assert "projets_courriel" in ligne.getMessage()
    assert "jeanne" not in ligne.getMessage()
    assert ligne.champs["duree_ms"] >= 0
    caplog.clear()
    settings.REQUETES_LENTES_MS = 60_000
    with connection.execute_wrapper(observation._chronometrer):
        Courriel.objects.exists()
    assert not [un for un in caplog.records if un.name == "lentes"]


def test_sans_jeton_les_mesures_n_existent_pas(client, settings):
    for donne in ("", "Bearer ", "Bearer x"):
        assert client.get(reverse("metriques"), headers={"authorization": donne}).status_code == 404
    settings.METRIQUES_JETON = "x" * 30
    assert client.get(reverse("metriques")).status_code == 404
    reponse = client.get(reverse("metriques"), headers={"authorization": f"Bearer {'x' * 30}"})
    assert reponse.status_code == 200
    assert 'portail_exports{etat="pret"} 0' in reponse.content.decode()


def test_ce_qu_une_requete_demande_porte_son_nom(appel):
    projet = fabriques.projet_en(Statut.BROUILLON)
    client = Client()
    client.force_login(projet.porteur)
    reponse = client.post(reverse("deposer_finaliser", args=[projet.jeton]))
    assert reponse.status_code == 302
    assert set(Courriel.objects.filter(projet=projet).values_list("requete", flat=True)) == {reponse["X-Request-ID"]}
    assert ExportDemande(nom="x").requete == "", "hors d’une requête, rien"
