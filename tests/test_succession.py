"""Somebody leaves: access ends at once, what was pending goes to the next person, what was done keeps its author."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import NaturePorteur, Role
from correspondants.models import (
    Correspondant,
    Habilitation,
    Invitation,
    RegleRoutage,
    Succession,
    Suppleance,
    Utilisateur,
)
from projets import invitations, succession, suppleances
from projets.enums import Action, Fait, SensAvis, Statut
from projets.models import AvisIEN, AvisTroika, Courriel, Passage, Projet
from projets.notifications import courriels_de_role, jeton_avis
from projets.succession import Reprise, SuccessionImpossible
from projets.workflow import executer

from . import fabriques
from .fabriques import de_role

pytestmark = pytest.mark.django_db
NOUVELLE = "nouvelle@example.org"


@pytest.fixture
def chef(appel) -> Utilisateur:
    compte = de_role(Role.ADMIN)
    compte.is_staff = True
    compte.save()
    Correspondant.objects.exclude(code__startswith="test-").update(courriel="")
    return compte


def poste(role: str) -> Correspondant:
    return Correspondant.objects.get(pk=de_role(role).correspondant.pk)


def reprise(**champs: object) -> Reprise:
    return Reprise(**{"nom": "Nouvelle PERSONNE", "courriel": NOUVELLE, "motif": "Mutation", **champs})


def test_l_ien_part_son_acces_et_ses_liens_meurent(client, chef):
    projet = fabriques.projet_en(Statut.AVIS_IEN)
    avis = projet.avis_ien.get()
    ancien, ligne = de_role(Role.IEN), poste(Role.IEN)
    Authenticator.objects.create(user=ancien, type="totp", data={"secret": "x"})
    ancien_lien = reverse("avis_lien", args=[jeton_avis(avis)])
    client.force_login(ancien)
    assert client.get(reverse("avis")).status_code == client.get(ancien_lien).status_code == 200

    faite = succession.remplacer(ligne, reprise(), par=chef)

    assert client.get(reverse("avis")).status_code == 302, "la session est finie"
    assert client.get(ancien_lien).status_code == 410
    ancien = Utilisateur.objects.get(pk=ancien.pk)
    assert (ancien.is_active, ancien.has_usable_password(), ancien.roles) == (False, False, frozenset())
    assert not Authenticator.objects.filter(user=ancien).exists()
    ligne.refresh_from_db()
    assert (ligne.nom, ligne.courriel, ligne.utilisateur, ligne.roles) == (
        "Nouvelle PERSONNE",
        NOUVELLE,
        None,
        {Role.IEN},
    )
    assert courriels_de_role(Role.IEN) == [NOUVELLE]
    redemande = Courriel.objects.get(gabarit="avis_demande", destinataire=NOUVELLE)
    nouveau_lien = urlsplit(re.search(r"https?://\S+/avis/\S+", redemande.texte)[0]).path
    assert Client().get(nouveau_lien).status_code == 200
    assert (faite.ancien_compte, faite.compte_ferme, faite.roles) == (ancien, True, [Role.IEN])
    assert projet.numero in faite.mouvements
    assert {"succession_faite", "invitation"} <= set(
        Courriel.objects.filter(destinataire=NOUVELLE).values_list("gabarit", flat=True)
    )

    invitee = invitations.accepter(Invitation.objects.ouvertes().get(), "Une phrase assez longue 1")
    executer(projet, Action.RENDRE_AVIS, par=invitee, avis=AvisIEN.objects.get(pk=avis.pk), sens=SensAvis.FAVORABLE)


def test_ce_qui_est_fait_garde_le_nom_de_qui_l_a_fait(chef):
    projet = fabriques.projet_en(Statut.CLOS)
    pilote, coordination = de_role(Role.PILOTE_VILLE), de_role(projet.coordination)

    def histoire():
        return (
            list(Passage.objects.order_by("pk").values_list("pk", "par", "action")),
            list(AvisTroika.objects.order_by("pk").values_list("pk", "par")),
            list(AvisIEN.objects.order_by("pk").values_list("pk", "par", "rendu_le", "secret")),
        )

    avant = histoire()
    for role in (Role.PILOTE_VILLE, projet.coordination, Role.IEN):
        succession.remplacer(poste(role), reprise(courriel=f"suite-{role}@example.org"), par=chef)
    assert histoire() == avant
    assert AvisTroika.objects.filter(par=pilote).exists()
    assert Passage.objects.filter(par=coordination).exists()


def test_un_poste_repris_par_quelqu_un_de_l_annuaire(client, chef):
    ancienne, suite = poste(Role.COORDINATEUR_VILLE), poste(Role.OBSERVATEUR)
    Correspondant.objects.filter(pk__in=[ancienne.pk, suite.pk]).update(dans_annuaire=True)
    ancienne.nom, suite.nom = "Personne qui part", "Personne qui reste"
    ancienne.save()
    suite.save()
    regle = RegleRoutage.objects.get(nature=NaturePorteur.ASSOCIATION)
    regle.correspondants.add(ancienne)
    succession.remplacer(ancienne, Reprise(ligne=suite), par=chef)
    assert Utilisateur.objects.get(pk=suite.utilisateur_id).roles == {Role.OBSERVATEUR, Role.COORDINATEUR_VILLE}
    assert suite in regle.correspondants.all()
    assert ancienne not in regle.correspondants.all()
    assert not Habilitation.objects.filter(correspondant=ancienne).exists()
    annuaire = client.get(reverse("correspondants")).content.decode()
    assert "Personne qui reste" in annuaire
    assert "Personne qui part" not in annuaire
    assert not Invitation.objects.exists()


def test_un_compte_verifie_prend_le_poste_aussitot_un_autre_attend_l_invitation(chef):
    verifie = fabriques.utilisateur(NOUVELLE)
    ligne = succession.remplacer(poste(Role.PILOTE_EN), reprise(), par=chef).repris_par
    assert ligne.utilisateur == verifie
    assert Utilisateur.objects.get(pk=verifie.pk).roles == {Role.PILOTE_EN}
    douteux = fabriques.utilisateur("douteux@example.org", verifie=False)
    ligne = succession.remplacer(poste(Role.IEN), reprise(courriel="Douteux@example.org"), par=chef).repris_par
    assert ligne.utilisateur is None
    assert Utilisateur.objects.get(pk=douteux.pk).roles == frozenset()
    assert Invitation.objects.ouvertes().get().correspondant == ligne


def test_un_poste_reste_a_pourvoir(chef):
    ligne = succession.remplacer(poste(Role.IEN), Reprise(), par=chef).repris_par
    assert (str(ligne), ligne.courriel, ligne.utilisateur) == ("Compte de test", "", None)
    assert courriels_de_role(Role.IEN) == []
    assert not Courriel.objects.filter(gabarit__in=["succession_faite", "invitation"]).exists()


def test_absences_et_invitations_ne_survivent_pas(chef):
    jour = timezone.localdate()
    for absent, suppleant in ((Role.IEN, Role.AUTORITE_EN), (Role.COORDINATEUR_EN, Role.IEN)):
        decalage = timedelta(days=0 if absent == Role.IEN else 40)
        suppleances.declarer(
            absent=poste(absent), suppleant=poste(suppleant), du=jour + decalage, au=jour + decalage, par=chef
        )
    faite = succession.remplacer(poste(Role.IEN), reprise(), par=chef)
    assert not Suppleance.objects.en_vigueur().exists()
    assert "Absences et suppléances annulées : 2" in faite.mouvements
    assert "coordinateur-en@example.org" in Courriel.objects.filter(gabarit="suppleance_annulee").values_list(
        "destinataire", flat=True
    )
    premiere = Invitation.objects.ouvertes().get()
    succession.remplacer(faite.repris_par, reprise(courriel="troisieme@example.org"), par=chef)
    premiere.refresh_from_db()
    assert premiere.revoquee_le is not None


def test_ses_projets_ne_restent_pas_orphelins(client, chef):
    ancien = de_role(Role.COORDINATEUR_VILLE)
    projet = fabriques.projet_en(Statut.DEPOSE, porteur=ancien)
    with pytest.raises(SuccessionImpossible, match="porte 1 projet en cours"):
        succession.remplacer(ancien.correspondant, reprise(), par=chef)
    with pytest.raises(SuccessionImpossible, match="poste à pourvoir"):
        succession.remplacer(ancien.correspondant, Reprise(reprendre_projets=True), par=chef)
    assert Utilisateur.objects.get(pk=ancien.pk).is_active

    succession.remplacer(poste(Role.COORDINATEUR_VILLE), reprise(reprendre_projets=True), par=chef)
    assert Projet.objects.get(pk=projet.pk).porteur.email == NOUVELLE
    assert Passage.objects.filter(projet=projet, action=Fait.TRANSMIS, par=chef).exists()
    client.force_login(Utilisateur.objects.get(email=NOUVELLE))
    assert client.get(projet.get_absolute_url()).status_code == 200


def test_qui_garde_un_compte_de_porteur_n_a_plus_que_cela(client, chef):
    ancien = de_role(Role.COORDINATEUR_VILLE)
    Utilisateur.objects.filter(pk=ancien.pk).update(is_staff=True)
    projet = fabriques.projet_en(Statut.DEPOSE, porteur=ancien)
    succession.remplacer(poste(Role.COORDINATEUR_VILLE), reprise(garder_compte=True), par=chef)
    ancien = Utilisateur.objects.get(pk=ancien.pk)
    assert (ancien.is_active, ancien.is_staff, ancien.roles) == (True, False, frozenset())
    client.force_login(ancien)
    assert client.get(projet.get_absolute_url()).status_code == 200
    assert client.get(reverse("coordination")).status_code == 403


def test_ce_qui_est_impossible(chef):
    superieur = Utilisateur.objects.create_superuser("super@example.org", "Un-mot-de-passe-0")
    haut = Correspondant.objects.create(code="haut", fonction="Haut", utilisateur=superieur)
    ferme = poste(Role.OBSERVATEUR)
    Utilisateur.objects.filter(pk=ferme.utilisateur_id).update(is_active=False)
    parti = Correspondant.objects.create(code="parti", fonction="Parti", actif=False)
    ien = poste(Role.IEN)
    cas = [
        (chef.correspondant, reprise(), "vous remplacer vous-même"),
        (haut, reprise(), "superutilisateur"),
        (parti, reprise(), "plus active"),
        (poste(Role.PILOTE_EN), Reprise(ligne=poste(Role.PILOTE_VILLE)), "deux voix"),
        (ien, Reprise(ligne=ien), "tient déjà ce poste"),
        (ien, Reprise(ligne=poste(Role.OBSERVATEUR)), "est fermé"),
        (ien, reprise(nom="", courriel="IEN@example.org"), "tient déjà ce poste"),
        (ien, reprise(courriel="ien@example.org"), "celle du compte de la personne qui part"),
        (ien, reprise(courriel="pilote-en@example.org"), "choisissez cette personne dans la liste"),
        (ien, reprise(courriel="observateur@example.org"), "est fermé"),
    ]
    for ligne, choix, phrase in cas:
        with pytest.raises(SuccessionImpossible, match=phrase):
            succession.remplacer(ligne, choix, par=chef)
    assert not Succession.objects.exists()


def test_l_administration_voit_avant_de_confirmer(client, chef):
    fabriques.projet_en(Statut.AVIS_IEN)
    ligne = poste(Role.IEN)
    url = reverse("admin:correspondants_correspondant_remplacer", args=[ligne.pk])
    client.force_login(chef)
    page = client.get(url).content.decode()
    assert "Avis attendus, redemandés par de nouveaux liens" in page
    assert "Qui prend la suite" in page
    envoi = {"nom": "<b>Nouvelle</b>", "courriel": NOUVELLE, "inviter": "on", "motif": "Mutation"}
    page = client.post(url, envoi).content.decode()
    assert "Vérifiez avant de transmettre" in page
    assert "&lt;b&gt;Nouvelle" in page
    assert not Succession.objects.exists()
    for faux in ({"nom": "Sans courriel", "courriel": ""}, {"ligne": poste(Role.AUTORITE_EN).pk}, {"courriel": "x"}):
        refusee = client.post(url, envoi | faux | {"confirmer": "1"})
        assert "Rien n’est encore transmis" in refusee.content.decode(), faux
    assert client.post(url, envoi | {"confirmer": "1"}).status_code == 302
    # The same click again: the person already holds the post.
    assert "tient déjà ce poste" in client.post(url, envoi | {"confirmer": "1"}).content.decode()
    assert Succession.objects.count() == 1
    fiche = client.get(reverse("admin:correspondants_correspondant_change", args=[ligne.pk])).content.decode()
    assert "Qui tenait ce poste avant" in fiche
    assert client.get(reverse("admin:correspondants_succession_changelist")).status_code == 200
