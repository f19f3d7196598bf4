"""The links that act without an account: known everywhere a text that holds some is shown, kept or written down."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from cite_educative.journalisation import expurger
from correspondants.enums import Role
from projets import demandes_avis, partages, reprises, transmissions
from projets.enums import Statut
from projets.liens_signes import A_UNE_ADRESSE_CHOISIE, CHEMINS, desarmer, masquer
from projets.models import Courriel

from . import fabriques

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


@pytest.mark.django_db
@pytest.mark.une_seule_base
def test_le_portail_ne_prete_pas_son_nom_au_lien_d_un_autre(appel, settings):
    """A draft needs no account, and its link goes where one likes: its title must carry nobody to another site."""
    settings.URL_PUBLIQUE = "https://portail.example.org"
    leurre = "Compte bloqué https://vol.example/x ou WWW.vol-aussi.com, voir vol.fr/y"
    porteur = fabriques.utilisateur(nom="Aller sur vol.com")
    brouillon = fabriques.brouillon(fabriques.dossier_complet(titre=leurre), porteur, fichier=False)
    partages.inviter(brouillon, "victime@example.org", par=porteur)
    reprises.envoyer(brouillon, "victime@example.org")
    projet = fabriques.projet_en(Statut.AVIS_IEN, fabriques.dossier_complet(titre=leurre), porteur)
    transmissions.proposer(projet, "victime@example.org", par=porteur, message="Cliquez : http://vol.example")
    demandes_avis.transmettre(
        projet.avis_ien.get(), par=fabriques.de_role(Role.IEN), nom="Victime", courriel="victime@example.org"
    )
    recus = Courriel.objects.filter(destinataire="victime@example.org")
    assert recus.count() == 4
    for courriel in recus:
        lu = f"{courriel.objet} {courriel.texte}".lower()
        assert not any(site in lu for site in ("vol.example", "vol-aussi", "vol.fr", "vol.com")), courriel.gabarit
        assert courriel.gabarit in A_UNE_ADRESSE_CHOISIE
        assert "https://portail.example.org/" in courriel.texte
    assert "porteur@example.org" in recus.get(gabarit="partage_propose").texte


def test_tout_courriel_a_une_adresse_choisie_est_desarme():
    """Whatever is written to an address taken from a form, rather than from an account or the directory."""
    dossiers = {un.name for un in (Path(settings.BASE_DIR) / "templates/projets/courriels").iterdir() if un.is_dir()}
    assert dossiers >= A_UNE_ADRESSE_CHOISIE
    assert desarmer("Écrivez à jean.com@ecole.fr, M. Durand.fr", "https://p.fr") == (
        "Écrivez à jean.com@ecole.fr, M. [adresse retirée]"
    )
    assert desarmer("https://p.fr/avis/x https://p.fr.vol.com/ p.fr", "https://p.fr") == (
        "https://p.fr/avis/x [adresse retirée] p.fr"
    )
