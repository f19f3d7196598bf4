"""A draft on another device by the link of a mail, and a draft written with a colleague."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from correspondants.models import Utilisateur
from projets import envoi, partages, reprises
from projets.enums import Statut
from projets.models import Appel, Courriel, Partage, Projet

from .. import fabriques
from .parcours import adresse, brouillon_en_ligne, connecte
from .test_depot_guide import lisible, section

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


def lien_recu(destinataire: str, motif: str) -> str:
    envoi.vider()
    corps = [message.body for message in mail.outbox if message.to == [destinataire]][-1]
    return re.search(rf"https?://[^/\s]+(/deposer/{motif}/\S+)", corps)[1]


def demander(client: Client, projet: Projet, courriel: str) -> str:
    reponse = client.post(adresse(projet, "deposer_plus_tard"), {"courriel": courriel}, follow=True)
    return re.search(r"Si cette adresse est juste[^<]+", lisible(reponse))[0]


def test_le_lien_ouvre_le_brouillon_ailleurs_par_un_bouton(client: Client, appel: Appel) -> None:
    projet = brouillon_en_ligne(client)
    demander(client, projet, "Moi@Example.org")
    lien = lien_recu("moi@example.org", "reprendre")
    ailleurs = Client()
    for _ in range(3):  # a scanner of mails, by GET and HEAD
        assert ailleurs.get(lien).status_code == ailleurs.head(lien).status_code == 200
    assert ailleurs.get(adresse(projet, "deposer_verification")).status_code == 404
    assert ailleurs.post(lien).url == adresse(projet, "deposer_verification")
    assert ailleurs.get(section(projet, "porteur")).status_code == 200
    assert client.get(section(projet, "porteur")).status_code == 200, "l’appareil d’avant le garde"


def test_le_lien_expire_ne_se_forge_pas_et_ne_contourne_pas_un_compte(
    client: Client, porteur: Utilisateur, monkeypatch: pytest.MonkeyPatch
) -> None:
    sien = fabriques.brouillon()
    lien = reverse("brouillon_reprendre", args=[reprises.jeton(sien)])
    assert client.post(lien).url == adresse(sien, "deposer_verification")
    assert client.get(adresse(sien, "deposer_verification")).url.startswith(reverse("account_login"))
    assert client.get(lien[:-3] + "x/").status_code == 410
    monkeypatch.setattr(reprises, "DUREE", timedelta(seconds=-1))
    assert client.post(lien).status_code == 410
    monkeypatch.undo()
    Projet.objects.filter(pk=sien.pk).delete()
    assert client.get(lien).status_code == 410


def test_les_liens_sont_comptes_et_la_phrase_ne_change_pas(client: Client, appel: Appel, porteur: Utilisateur) -> None:
    projet = brouillon_en_ligne(client)
    adresses = [
        porteur.email,
        "inconnue@example.org",
        "a@example.org",
        "b@example.org",
        "c@example.org",
        "d@example.org",
    ]
    phrases = {demander(client, projet, courriel) for courriel in (*adresses, porteur.email)}
    assert len(phrases) == 1
    assert Courriel.objects.filter(gabarit="reprise_brouillon").count() == reprises.PAR_BROUILLON
    refus = client.post(adresse(projet, "deposer_plus_tard"), {"courriel": "pas une adresse"})
    assert (refus.status_code, "nom@domaine.fr" in lisible(refus)) == (422, True)
    assert 'href="#id_courriel"' in lisible(refus)


def test_un_collegue_ecrit_avec_le_porteur_sans_pouvoir_deposer(porteur: Utilisateur) -> None:
    projet = fabriques.brouillon()
    sien = connecte(porteur)
    page = adresse(projet, "deposer_a_plusieurs")
    assert sien.post(page, {"courriel": "Collegue@example.org"}).status_code == 302
    assert sien.post(page, {"courriel": "collegue@example.org"}).status_code == 422
    lien = lien_recu("collegue@example.org", "ensemble")
    assert Client().get(lien).status_code == 200
    assert "Ce courriel est pour collegue@example.org" in lisible(sien.get(lien))
    assert not Partage.objects.exclude(accepte_le=None).exists()
    collegue = Client()
    assert collegue.post(lien).url == adresse(projet, "deposer_verification")
    assert collegue.get(lien).status_code == 410, "le lien a servi"
    compte = Utilisateur.objects.get(email="collegue@example.org")
    collegue.force_login(compte)
    assert collegue.get(section(projet, "projet")).status_code == 200
    assert "Écrits avec vous" in lisible(collegue.get("/suivi/"))
    assert projet.titre in lisible(collegue.get("/deposer/"))
    assert "Inviter un collègue" not in lisible(collegue.get(page))
    assert "C’est" in lisible(collegue.get(adresse(projet, "deposer_finaliser")))
    assert collegue.post(adresse(projet, "deposer_finaliser")).status_code == 403
    assert collegue.post(adresse(projet, "brouillon_supprimer")).status_code == 403
    partage = Partage.objects.get()
    retrait = reverse("deposer_partage_retirer", args=[projet.jeton, partage.pk])
    assert collegue.post(retrait).status_code == 403
    assert sien.post(retrait).status_code == 302
    assert collegue.get(section(projet, "projet")).status_code == 404
    assert sien.post(page, {"courriel": "collegue@example.org"}).status_code == 302, "on peut réinviter"


def test_apres_le_depot_le_collegue_n_a_plus_acces(porteur: Utilisateur) -> None:
    projet = fabriques.brouillon()
    partage = partages.inviter(projet, "collegue@example.org", par=porteur)
    collegue = connecte(partages.accepter(partage))
    connecte(porteur).post(adresse(projet, "deposer_finaliser"))
    projet.refresh_from_db()
    assert projet.statut == Statut.DEPOSE
    assert collegue.get(section(projet, "projet")).url == reverse("suivi")
    assert collegue.get(projet.get_absolute_url()).status_code == 404


def test_invitation_perimee_et_adresse_a_confirmer(client: Client, appel: Appel, porteur: Utilisateur) -> None:
    partage = partages.inviter(fabriques.brouillon(), "collegue@example.org", par=porteur)
    Partage.objects.update(cree_le=timezone.now() - timedelta(days=400))
    assert client.get(reverse("brouillon_partage", args=[partages.jeton(partage)])).status_code == 410
    anonyme = brouillon_en_ligne(client)
    page = lisible(client.get(adresse(anonyme, "deposer_a_plusieurs")))
    suite = adresse(anonyme, "deposer_courriel") + "?suite=a-plusieurs"
    assert suite in page
    envoi_du_code = client.post(suite, {"email": "neuf@example.org"})
    assert envoi_du_code.url.endswith(f"?next={adresse(anonyme, 'deposer_a_plusieurs')}")
    client.force_login(Utilisateur.objects.get(email="neuf@example.org"))
    client.get(adresse(anonyme, "deposer_a_plusieurs"))
    anonyme.refresh_from_db()
    assert anonyme.porteur.email == "neuf@example.org"
