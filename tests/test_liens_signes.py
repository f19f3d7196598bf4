"""The links that act without an account: known everywhere a text that holds some is shown, kept or written down."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from cite_educative.journalisation import expurger
from projets.liens_signes import CHEMINS, masquer

JETON = "WzEsInNlY3JldCJd:1tAbCd:0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
NGINX = sorted((Path(settings.BASE_DIR) / "deploiement" / "nginx").glob("*.conf"))


def routes(resolveur: URLResolver, prefixe: str = ""):
    for un in resolveur.url_patterns:
        chemin = prefixe + str(un.pattern)
        if isinstance(un, URLPattern):
            yield chemin
        else:
            yield from routes(un, chemin)


def test_chaque_lien_signe_de_l_urlconf_est_connu():
    """A new kind of link fails here until its path is said: it would show in the administration, in copies, in logs."""
    trouves = {route.partition("/<str:jeton>")[0] for route in routes(get_resolver()) if "/<str:jeton>" in route}
    assert trouves == set(CHEMINS)


@pytest.mark.parametrize("chemin", CHEMINS)
def test_un_lien_signe_ne_se_lit_ni_dans_un_texte_ni_dans_un_journal(chemin):
    adresse = f"https://portail.example.org/{chemin}/{JETON}/transmettre/"
    for lu in (masquer(f"Ouvrez {adresse}, merci."), expurger(f"Not Found: {adresse}")):
        assert JETON not in lu
        assert f"/{chemin}/" in lu
    motif = {conf.name: re.search(r'"~(\^/\(\?<portail_page>.*)"\s', conf.read_text()) for conf in NGINX}
    lues = {
        nom: re.match(trouve[1].replace("?<", "?P<"), f"/{chemin}/{JETON}/") for nom, trouve in motif.items() if trouve
    }
    assert len(lues) == 2
    assert {lu["portail_page"] for lu in lues.values() if lu} == {chemin}


def test_une_page_ordinaire_reste_lisible():
    for texte in ("/avis/12/", "/projets/2026-0001/", "https://portail.example.org/avis/plusieurs/ et la suite"):
        assert masquer(texte) == texte
