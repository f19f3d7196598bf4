"""Invitations: a link that serves once, opens nothing by being looked at, and never carries a password."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import Role
from correspondants.models import Correspondant, Invitation, Utilisateur
from projets import invitations
from projets.models import Courriel

from . import fabriques
from .fabriques import de_role

pytestmark = pytest.mark.django_db
MOT_DE_PASSE = "Une phrase assez longue 1"
CHOISI = {"mot_de_passe": MOT_DE_PASSE, "confirmation": MOT_DE_PASSE}


@pytest.fixture
def ligne(db) -> Correspondant:
    une = Correspondant.objects.create(
        code="nouvelle", nom="Nouvelle PERSONNE", fonction="Pilote", courriel="Nouvelle@example.org"
    )
    une.habilitations.create(role=Role.PILOTE_EN)
    return une


@pytest.fixture
def chef(db) -> Utilisateur:
    compte = de_role(Role.ADMIN)
    compte.is_staff = True
    compte.save()
    return compte


def lien_de(invitation: Invitation) -> str:
    texte = Courriel.objects.get(cle__startswith=f"invitation:{invitation.pk}:").texte
    return urlsplit(re.search(r"https?://\S+/invitation/\S+", texte)[0]).path


def test_du_courriel_au_second_facteur(client, ligne, chef, settings):
    settings.SECOND_FACTEUR_OBLIGATOIRE = True
    lien = lien_de(invitations.inviter(ligne, par=chef))
    assert MOT_DE_PASSE not in Courriel.objects.get().texte
    for _ in range(3):  # scanners and previews
        assert client.get(lien).status_code == client.head(lien).status_code == 200
    assert not Utilisateur.objects.filter(email="nouvelle@example.org").exists()
    for faible in ({}, CHOISI | {"confirmation": "autre"}, {"mot_de_passe": "court", "confirmation": "court"}):
        assert client.post(lien, faible).status_code == 200
    proche = {"mot_de_passe": "nouvelle@example.org", "confirmation": "nouvelle@example.org"}
    assert "mot_de_passe" in client.post(lien, proche).context["form"].errors

    reponse = client.post(lien, CHOISI)
    assert reponse["Location"] == reverse("mon_compte")
    compte = Utilisateur.objects.get(email="nouvelle@example.org")
    assert (compte.nom, compte.roles, compte.is_staff) == ("Nouvelle PERSONNE", {Role.PILOTE_EN}, False)
    assert compte.check_password(MOT_DE_PASSE)
    assert client.get(reverse("troika"))["Location"].startswith(reverse("second_facteur"))
    assert client.get(reverse("mfa_activate_totp")).status_code == 200, "le mot de passe vient d’être choisi"
    # Used once: neither the link nor a second submission gives anything.
    for qui in (client, Client()):
        assert qui.get(lien).status_code == 410
        assert qui.post(lien, {"mot_de_passe": "x" * 20, "confirmation": "x" * 20}).status_code == 410
    assert Utilisateur.objects.get(pk=compte.pk).check_password(MOT_DE_PASSE)


@pytest.mark.parametrize("fin", ["revoquee", "renvoyee", "expiree", "adresse_changee", "ligne_fermee", "forge"])
def test_un_lien_mort_n_ouvre_rien(client, ligne, chef, fin):
    une = invitations.inviter(ligne, par=chef)
    lien = lien_de(une)
    if fin == "revoquee":
        assert invitations.revoquer(ligne) == 1
    elif fin == "renvoyee":
        assert client.get(lien_de(invitations.inviter(ligne, par=chef))).status_code == 200
    elif fin == "expiree":
        Invitation.objects.update(cree_le=timezone.now() - timedelta(days=8))
    elif fin == "adresse_changee":
        Correspondant.objects.filter(pk=ligne.pk).update(courriel="autre@example.org")
    elif fin == "ligne_fermee":
        Correspondant.objects.filter(pk=ligne.pk).update(actif=False)
    else:
        lien = lien[:-4] + "abc/"
    assert client.get(lien).status_code == 410
    assert client.post(lien, CHOISI).status_code == 410
    assert not Utilisateur.objects.filter(email="nouvelle@example.org").exists()


def test_un_porteur_choisit_un_mot_de_passe_et_garde_ses_projets(client, ligne, chef):
    porteur = fabriques.utilisateur("nouvelle@example.org", nom="Déjà nommée")
    projet = fabriques.brouillon(porteur=porteur)
    client.post(lien_de(invitations.inviter(ligne, par=chef)), CHOISI)
    porteur = Utilisateur.objects.get(pk=porteur.pk)
    assert (porteur.roles, porteur.nom, projet.porteur_id) == ({Role.PILOTE_EN}, "Déjà nommée", porteur.pk)
    assert porteur.check_password(MOT_DE_PASSE)


def test_un_compte_qui_a_un_mot_de_passe_le_garde(client, ligne, chef):
    compte = fabriques.utilisateur("nouvelle@example.org", password="le mot de passe d’avant")
    lien = lien_de(invitations.inviter(ligne, par=chef))
    assert "mot_de_passe" not in client.get(lien).content.decode()
    assert client.post(lien, CHOISI)["Location"] == reverse("account_login")
    compte = Utilisateur.objects.get(pk=compte.pk)
    assert compte.check_password("le mot de passe d’avant")
    assert compte.roles == {Role.PILOTE_EN}
    assert "_auth_user_id" not in client.session


def test_qui_ne_peut_pas_etre_invite(ligne, chef):
    cas = [
        (Correspondant(code="a", fonction="A"), "Écrivez d’abord le courriel"),
        (Correspondant(code="b", fonction="B", courriel="b@example.org", actif=False), "plus active"),
        (Correspondant(code="c", fonction="C", courriel="ien@example.org"), "déjà celui d’une autre ligne"),
        (Correspondant(code="d", fonction="D", courriel="ferme@example.org"), "a été fermé"),
    ]
    fabriques.utilisateur("ferme@example.org", is_active=False)
    cas.append((de_role(Role.IEN).correspondant, "déjà ouvert"))
    for correspondant, phrase in cas:
        correspondant.save()
        with pytest.raises(invitations.InvitationImpossible, match=phrase):
            invitations.inviter(correspondant, par=chef)
    assert not Invitation.objects.exists()


def test_l_administration_invite_renvoie_et_revoque(client, ligne, chef):
    url = reverse("admin:correspondants_correspondant_inviter", args=[ligne.pk])
    liste = reverse("admin:correspondants_correspondant_changelist")
    client.force_login(chef)
    assert "Sans compte" in client.get(liste).content.decode()
    assert client.get(url).status_code == 200
    assert not Invitation.objects.exists()
    assert client.post(url).status_code == 302
    assert "Invité le" in client.get(liste).content.decode()
    client.post(url)
    assert Invitation.objects.ouvertes().count() == 1
    client.post(url, {"revoquer": "1"})
    assert not Invitation.objects.ouvertes().exists()
    client.post(liste, {"action": "inviter_la_selection", "_selected_action": ligne.pk})
    ouverte = Invitation.objects.ouvertes().get()
    client.post(lien_de(ouverte), CHOISI)
    client.force_login(chef)
    assert "Compte actif" in client.get(liste).content.decode()
    assert "déjà ouvert" in client.get(url).content.decode()
    for faux in ("0", "9" * 25, "x"):
        assert client.get(reverse("admin:correspondants_correspondant_inviter", args=[faux])).status_code == 404
    courriel = Courriel.objects.filter(gabarit="invitation").last()
    fiche = client.get(reverse("admin:projets_courriel_change", args=[courriel.pk])).content.decode()
    assert "/invitation/…" in fiche
    assert invitations.jeton(ouverte) not in fiche


@pytest.mark.parametrize("role", [None, *sorted(set(Role) - {Role.ADMIN})])
def test_les_autres_n_invitent_ni_ne_remplacent(client, ligne, role):
    compte = fabriques.utilisateur("equipe@example.org", *([role] if role else []), is_staff=True)
    client.force_login(compte)
    for geste in ("inviter", "remplacer"):
        url = reverse(f"admin:correspondants_correspondant_{geste}", args=[ligne.pk])
        assert client.get(url).status_code == client.post(url, {"confirmer": "1"}).status_code == 403
    assert not Invitation.objects.exists()
