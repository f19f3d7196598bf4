"""Every address × every role × GET, HEAD and POST with junk: an answer below 500, and nothing of another's project."""

import pytest
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from correspondants.enums import Role
from projets.enums import Statut
from projets.models import ExportDemande

from . import fabriques

pytestmark = pytest.mark.django_db

ABSURDE = {
    "page": "zzz",
    "annee": "9" * 30,
    "q": "\x00'\"<é\U0001f600",
    "montant_min": "NaN",
    "montant_max": "1e999",
    "statut": "\ud800".encode("utf-8", "replace").decode(),
    "tri": "-pk;drop",
    "version": "-1",
    "titre": "T" * 10_000,
    "charges-TOTAL_FORMS": "-1",
    "interventions-TOTAL_FORMS": "abc",
    "sens": "peut-être",
    "seance": "99999999999999999999",
    "montant-2026-etat": "-1e30",
    "deposer": "1",
    "genre": "zip\x00",
    "thematique": "9" * 40,
    "quartier": "-1",
    "convention-etat-verse_du": "99999-99-99",
    "structure-siret": "٣" * 14,
}


def adresses(projet, seance, avis):
    """Every named address of ours, with arguments that exist and arguments that cannot."""
    valeurs = {
        "numero": (projet.numero, "2026-9999", "é\x00"),
        "jeton": (projet.jeton, "pas-un-jeton"),
        "pk": (seance.pk, avis.pk, 10**18),
        "point": (seance.points.first().pk, 10**18),
        "annee": (2026, 999999),
        "action": ("retirer", "accepter", "n-existe-pas"),
        "format": ("csv", "exe"),
        "demande": (ExportDemande.objects.create(par=projet.porteur, genre="csv", nom="x.csv").jeton, "pas-un-jeton"),
    }
    for nom, variantes in get_resolver().reverse_dict.lists():
        if not isinstance(nom, str):
            continue
        for formes in variantes:
            parametres = formes[0][0][1]
            for rang in range(max((len(valeurs[p]) for p in parametres if p in valeurs), default=1)):
                arguments = {p: valeurs[p][min(rang, len(valeurs[p]) - 1)] for p in parametres if p in valeurs}
                try:
                    yield reverse(nom, kwargs=arguments)
                except NoReverseMatch:
                    continue


@pytest.fixture
def scene(appel):
    projet = fabriques.projet_en(Statut.INSCRIT)
    return projet, projet.seances.get(), projet.avis_ien.get()


@pytest.mark.parametrize("qui", ["visiteur", "etranger", "porteur", *Role.values])
def test_aucune_adresse_ne_tombe_en_panne(scene, qui):
    client = Client(raise_request_exception=False)
    if qui != "visiteur":
        personnes = {"etranger": fabriques.utilisateur("etranger@example.org"), "porteur": scene[0].porteur}
        client.force_login(personnes.get(qui) or fabriques.de_role(qui))
    pannes, vues = [], 0
    for adresse in sorted(set(adresses(*scene))):
        if "logout" in adresse:
            continue
        essais = [client.get(adresse, ABSURDE), client.head(adresse), client.post(adresse, ABSURDE)]
        pannes += [(adresse, e.request["REQUEST_METHOD"], e.status_code) for e in essais if e.status_code >= 500]
        for essai in essais:
            if essai.streaming:
                list(essai)  # read to its end, as a browser does: the file behind it is then closed
        vues += 1
        if qui == "etranger" and scene[0].numero in adresse:
            assert {e.status_code for e in essais} <= {403, 404, 405}, adresse
    assert not pannes
    assert vues > 50
    scene[0].refresh_from_db()
    if qui in ("visiteur", "etranger", Role.OBSERVATEUR, Role.IEN):
        assert scene[0].statut == Statut.INSCRIT
