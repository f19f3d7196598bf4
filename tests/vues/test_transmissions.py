"""Handing a project over: nothing moves before the colleague accepts, everything moves then, and old links die."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from correspondants.models import Utilisateur
from projets import transmissions
from projets.enums import Action, Fait, Statut
from projets.models import Courriel, ModificationConcurrente, Passage, Projet, Transmission
from projets.workflow import executer
from tests import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]
COLLEGUE = "collegue@example.org"


@pytest.fixture
def projet(appel) -> Projet:
    return fabriques.projet_en(Statut.DEPOSE)


@pytest.fixture
def porteur(client, projet) -> Client:
    client.force_login(projet.porteur)
    return client


def page(projet: Projet, nom: str = "projet_transmettre") -> str:
    return reverse(nom, args=[projet.numero])


def lien(rang: int = -1) -> str:
    texte = list(Courriel.objects.filter(gabarit="transmission_proposee").order_by("pk"))[rang].texte
    return urlsplit(re.search(r"https?://\S+/transmission/\S+", texte)[0]).path


def test_de_la_proposition_a_l_acceptation(porteur, projet):
    assert page(projet) in porteur.get(projet.get_absolute_url()).content.decode()
    ancien = projet.porteur
    reponse = porteur.post(page(projet), {"courriel": " Collegue@Example.org ", "message": "<i>Merci</i>"}, follow=True)
    assert "Proposé à collegue@example.org" in reponse.content.decode()
    assert Projet.objects.get(pk=projet.pk).porteur == ancien
    assert not Utilisateur.objects.filter(email=COLLEGUE).exists()

    collegue = Client()
    for _ in range(2):
        vue = collegue.get(lien())
        assert vue.status_code == 200
    assert "&lt;i&gt;Merci" in vue.content.decode()
    assert projet.titre in vue.content.decode()
    assert "1 000" not in vue.content.decode(), "rien du dossier avant d’accepter"
    assert collegue.post(lien(), {"reponse": "peut-être"}).status_code == 409
    assert collegue.post(lien(), {"reponse": "accepter"})["Location"] == projet.get_absolute_url()

    suivi = Projet.objects.get(pk=projet.pk)
    assert (suivi.porteur.email, suivi.statut, suivi.version) == (COLLEGUE, Statut.DEPOSE, projet.version + 1)
    assert porteur.get(projet.get_absolute_url()).status_code == 404
    collegue.force_login(suivi.porteur)
    contenu = collegue.get(projet.get_absolute_url()).content.decode()
    assert "Transmettre le projet" in contenu
    assert collegue.get(lien()).status_code == 410
    faits = Passage.objects.filter(projet=projet, action__in=Fait.values).values_list("action", "par__email")
    assert list(faits.order_by("pk")) == [(Fait.TRANSMISSION_PROPOSEE, ancien.email), (Fait.TRANSMIS, COLLEGUE)]
    assert set(Courriel.objects.filter(gabarit="transmission_acceptee").values_list("destinataire", flat=True)) == {
        ancien.email,
        COLLEGUE,
    }
    assert Courriel.objects.filter(gabarit="transmission_services").exists()
    services = Client()
    services.force_login(fabriques.coordinateur_de(suivi))
    assert f"mailto:{COLLEGUE}" in services.get(projet.get_absolute_url()).content.decode()
    executer(suivi, Action.RETIRER, par=suivi.porteur)


@pytest.mark.parametrize("fin", ["retiree", "refusee", "expiree", "forgee", "autre_porteur", "projet_fini"])
def test_un_lien_mort_ne_transmet_rien(porteur, projet, fin):
    porteur.post(page(projet), {"courriel": COLLEGUE})
    adresse, collegue = lien(), Client()
    if fin == "retiree":
        porteur.post(page(projet, "projet_transmettre_retirer"))
    elif fin == "refusee":
        collegue.post(adresse, {"reponse": "refuser"})
        assert Courriel.objects.get(gabarit="transmission_refusee").destinataire == projet.porteur.email
    elif fin == "expiree":
        Transmission.objects.update(cree_le=timezone.now() - timedelta(days=8))
    elif fin == "forgee":
        adresse = adresse[:-3] + "zz/"
    elif fin == "autre_porteur":
        Projet.objects.filter(pk=projet.pk).update(porteur=fabriques.utilisateur("tiers@example.org"))
    else:
        executer(projet, Action.RETIRER, par=projet.porteur)
    avant = Projet.objects.get(pk=projet.pk).porteur
    assert collegue.get(adresse).status_code == 410
    assert collegue.post(adresse, {"reponse": "accepter"}).status_code == 410
    assert Projet.objects.get(pk=projet.pk).porteur == avant
    if fin in ("expiree", "refusee"):  # and it can be proposed again
        assert porteur.post(page(projet), {"courriel": COLLEGUE}).status_code == 302


def test_un_autre_compte_n_accepte_pas_a_la_place(porteur, projet):
    porteur.post(page(projet), {"courriel": COLLEGUE})
    tiers = Client()
    tiers.force_login(fabriques.utilisateur("tiers@example.org"))
    for qui in (tiers, porteur):
        assert "Ce courriel est pour collegue@example.org" in qui.get(lien()).content.decode()
        qui.post(lien(), {"reponse": "accepter"})
    assert Projet.objects.get(pk=projet.pk).porteur == projet.porteur


def test_un_compte_ferme_ne_recoit_rien(porteur, projet):
    fabriques.utilisateur(COLLEGUE, is_active=False)
    porteur.post(page(projet), {"courriel": COLLEGUE})
    reponse = Client().post(lien(), {"reponse": "accepter"})
    assert reponse.status_code == 409
    assert "est fermé" in reponse.content.decode()
    assert Transmission.objects.get().acceptee_le is None


def test_ce_qui_est_refuse_est_dit(porteur, projet):
    for courriel in ("", "pas une adresse", "a" * 300 + "@example.org", "x\x00@example.org"):
        reponse = porteur.post(page(projet), {"courriel": courriel, "message": "à garder"})
        assert reponse.status_code == 200
        assert "à garder" in reponse.content.decode()
    assert porteur.post(page(projet), {"courriel": projet.porteur.email.upper()}).status_code == 409
    porteur.post(page(projet), {"courriel": COLLEGUE})
    assert porteur.post(page(projet), {"courriel": "autre@example.org"}).status_code == 409
    assert Transmission.objects.count() == 1
    porteur.post(page(projet, "projet_transmettre_retirer"))
    assert porteur.post(page(projet, "projet_transmettre_retirer")).status_code == 302
    assert Passage.objects.filter(action=Fait.TRANSMISSION_RETIREE).count() == 1


@pytest.mark.parametrize("statut", [Statut.RETIRE, Statut.CLOS])
def test_un_projet_termine_ne_se_transmet_plus(client, appel, statut):
    projet = fabriques.projet_en(statut)
    client.force_login(projet.porteur)
    assert page(projet) not in client.get(projet.get_absolute_url()).content.decode()
    assert client.post(page(projet), {"courriel": COLLEGUE}).status_code == 403


def test_la_coordination_ne_transmet_pas_a_la_place_du_porteur(client, projet):
    client.force_login(fabriques.coordinateur_de(projet))
    for nom in ("projet_transmettre", "projet_transmettre_retirer"):
        assert client.post(page(projet, nom), {"courriel": COLLEGUE}).status_code == 403
    # Neither does it read the link in the mails of the project.
    transmissions.proposer(projet, COLLEGUE, par=projet.porteur)
    contenu = client.get(projet.get_absolute_url()).content.decode()
    assert "/transmission/… (lien personnel, masqué)" in contenu
    assert lien() not in contenu


def test_un_projet_modifie_au_meme_instant_reste_a_son_porteur(projet):
    une = transmissions.proposer(projet, COLLEGUE, par=projet.porteur)
    une = transmissions.transmission_du_jeton(transmissions.jeton(une))
    Projet.objects.filter(pk=projet.pk).update(version=projet.version + 1)
    with pytest.raises(ModificationConcurrente):
        transmissions.accepter(une)
    assert Transmission.objects.get().acceptee_le is None
    assert not Utilisateur.objects.filter(email=COLLEGUE).exists()
