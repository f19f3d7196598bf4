"""Every address × every role × GET, HEAD and POST with junk: an answer below 500, and nothing of another's project."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils import timezone

from correspondants.enums import Role
from correspondants.models import Correspondant
from projets import invitations, liens_agenda, membres, partages, reprises, suppleances, transmissions
from projets.enums import Statut
from projets.liens_avis import jeton_avis, jeton_delegation
from projets.models import DelegationAvis, ExportDemande

from . import fabriques
from .absurde import ABSURDE, dessiner_une_fois
from .monde import PUBLIES

pytestmark = pytest.mark.django_db
# A null character within a number: no address of ours is made with it, and anybody may type it.
NUL = "caractere-nul"


def liens(projet):
    """Signed links that open something."""
    ligne = Correspondant.objects.create(code="invitee", fonction="Invitée", courriel="invitee@example.org")
    invitation = invitations.inviter(ligne, par=fabriques.de_role(Role.ADMIN))
    yield reverse("invitation", args=[invitations.jeton(invitation)])
    transmission = transmissions.proposer(projet, "collegue@example.org", par=projet.porteur)
    yield reverse("transmission", args=[transmissions.jeton(transmission)])
    brouillon = fabriques.brouillon(porteur=projet.porteur)
    partage = partages.inviter(brouillon, "collegue@example.org", par=projet.porteur)
    yield reverse("brouillon_partage", args=[partages.jeton(partage)])
    yield reverse("brouillon_reprendre", args=[reprises.jeton(brouillon)])
    yield reverse("agenda", args=[liens_agenda.jeton(liens_agenda.creer(projet.porteur))])
    yield reverse("mon_compte_agenda_geste", args=["renouveler"])
    membre = membres.inviter(projet.structure, "nouvelle@example.org", par=projet.porteur)
    yield reverse("structure_rejoindre", args=[membres.jeton(membre)])
    yield reverse("structure", args=[projet.structure_id])
    yield reverse("structure_inviter", args=[projet.structure_id])
    yield reverse("structure_projet", args=[projet.structure_id, projet.numero])
    yield reverse("structure_membre_retirer", args=[projet.structure_id, membre.pk])


def adresses(projet, seance, avis, delegation):
    """Every named address of ours, with arguments that exist and arguments that cannot."""
    yield from liens(projet)
    valeurs = {
        "numero": (projet.numero, "2026-9999", f"é{NUL}"),
        "jeton": (projet.jeton, "pas-un-jeton", jeton_avis(avis), jeton_delegation(delegation)),
        "membre": (10**18,),
        "porteur": (projet.porteur.pk, 10**18),
        "delegation": (delegation.pk, 10**18),
        "geste": ("renvoyer", "revoquer", "n-existe-pas"),
        "pk": (seance.pk, avis.pk, 10**18),
        "point": (seance.points.first().pk, 10**18),
        "annee": (2026, 999999),
        "extension": ("docx", "exe"),
        "section": ("budget", "n-existe-pas"),
        "rang": (1, 10**18),
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
                    yield reverse(nom, kwargs=arguments).replace(NUL, "%00")
                except NoReverseMatch:
                    continue


def adresses_publiees(projet):
    """The documents of a project whose decision is published, and of its meeting."""
    for nom in PUBLIES:
        argument = projet.seances.get().pk if nom.startswith("troika") else projet.numero
        yield reverse(nom, args=[argument])


@pytest.fixture
def scene(appel):
    projet = fabriques.projet_en(Statut.INSCRIT)
    absence = {"absent": fabriques.de_role(Role.PILOTE_VILLE), "suppleant": fabriques.de_role(Role.COORDINATEUR_VILLE)}
    lignes = {sens: compte.correspondant for sens, compte in absence.items()}
    jour = timezone.localdate()
    suppleances.declarer(**lignes, du=jour, au=jour, par=absence["absent"])
    avis = projet.avis_ien.get()
    delegation = DelegationAvis.objects.create(avis=avis, nom="Collègue", courriel="collegue@example.org")
    return projet, projet.seances.get(), avis, delegation


@pytest.fixture(autouse=True)
def _pages_composees_une_fois(monkeypatch):
    dessiner_une_fois(monkeypatch)


@pytest.fixture
def publie(appel):
    return fabriques.projet_en(Statut.AJOURNE)


# The others' answers, to the same junk, are in the table of tests/test_droits.py.
QUI = ["visiteur", "porteur", Role.COORDINATEUR_EN, Role.IEN, Role.ADMIN]


# A query that the second database refuses is met by a porteur, by the services or by the administration: a visitor and an
# IEN are shown part of the same.
@pytest.mark.parametrize(
    "qui",
    [pytest.param(un, marks=pytest.mark.une_seule_base) if un in ("visiteur", Role.IEN) else un for un in QUI],
)
def test_aucune_adresse_ne_tombe_en_panne(scene, publie, qui):
    client = Client(raise_request_exception=False)
    if qui != "visiteur":
        client.force_login(scene[0].porteur if qui == "porteur" else fabriques.de_role(qui))
    pannes, vues = [], 0
    for adresse in sorted({*adresses(*scene), *adresses_publiees(publie)}):
        if "logout" in adresse:
            continue
        essais = [client.get(adresse, ABSURDE), client.post(adresse, ABSURDE)]
        # A GET without its body: once for who sees most, and on the first base, since it asks what the GET asked.
        if qui == Role.COORDINATEUR_EN and essais[0].status_code == 200 and connection.vendor == "sqlite":
            essais.append(client.head(adresse))
        pannes += [(adresse, e.request["REQUEST_METHOD"], e.status_code) for e in essais if e.status_code >= 500]
        for essai in essais:
            if essai.streaming:
                list(essai)  # read to its end, as a browser does: the file behind it is then closed
        vues += 1
    assert not pannes
    assert vues > 50
    scene[0].refresh_from_db()
    if qui in ("visiteur", Role.IEN):
        assert scene[0].statut == Statut.INSCRIT
