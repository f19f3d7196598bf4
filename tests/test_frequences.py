"""What a stranger may do often: files to read, codes and notices to somebody's address; and texts made to be read slowly."""

import time

import pytest
from allauth.core.internal import ratelimit
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from cite_educative.journalisation import expurger
from projets import collage, transmissions
from projets.enums import Statut
from projets.models import Projet, Transmission
from projets.templatetags.portail import adresses_protegees

from . import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


@pytest.fixture(autouse=True)
def _compteurs_neufs():
    cache.clear()
    yield
    cache.clear()


def test_les_depots_d_un_reseau_sont_comptes(appel, client, settings):
    settings.LIMITES = {"depot": "2/m/ip"}
    adresse = reverse("deposer_en_ligne")
    assert [client.post(adresse).status_code for _ in range(3)] == [302, 302, 429]
    assert Projet.objects.count() == 2
    page = client.post(adresse)
    assert "Trop de demandes en peu de temps" in page.content.decode()
    # An address that the visitor wrote is not believed: without a trusted proxy, it changes nothing.
    assert client.post(adresse, headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 429
    assert client.post(adresse, REMOTE_ADDR="203.0.113.9").status_code == 302
    # One house has a whole /64 of IPv6 addresses.
    maison = [client.post(adresse, REMOTE_ADDR=f"2001:db8::{rang}").status_code for rang in range(1, 4)]
    assert maison == [302, 302, 429]


def test_un_fichier_de_trop_n_est_pas_lu(appel, client, settings, monkeypatch):
    settings.LIMITES = {"depot": "1/h/ip"}
    client.post(reverse("deposer_en_ligne"))
    monkeypatch.setattr("projets.reception.recevoir", None)
    with open(__file__, "rb") as fichier:
        assert client.post(reverse("deposer"), {"fichier": fichier}).status_code == 429
    assert client.get(reverse("deposer")).status_code == 200


def test_une_adresse_n_est_pas_noyee_par_les_formulaires_des_comptes(appel, client, settings):
    """Sign-up, login by code and reset write each to whom one likes: together they are counted, whoever asks."""
    settings.LIMITES = {"courriel_de_compte": "3/h/key"}
    settings.ACCOUNT_RATE_LIMITS = False
    fabriques.utilisateur("cible@example.org")
    portes = ("account_signup", "account_request_login_code", "account_reset_password")
    reponses = []
    for tour in range(2):
        for porte in portes:
            client.cookies.clear()
            adresse = "cible@example.org" if tour else "Cible@Example.org"
            reponses.append(client.post(reverse(porte), {"email": adresse}, REMOTE_ADDR=f"203.0.113.{len(reponses)}"))
    assert len(mail.outbox) == 3
    # The answer does not tell a mail that left from one that did not.
    assert [une.status_code for une in reponses[:3]] == [une.status_code for une in reponses[3:]]
    client.cookies.clear()
    client.post(reverse("account_request_login_code"), {"email": "autre@example.org"})
    assert mail.outbox[-1].to == ["autre@example.org"]


def test_on_ne_transmet_pas_sans_fin_en_retirant_chaque_fois(appel, monkeypatch):
    monkeypatch.setattr(transmissions, "PAR_JOUR", 2)
    projet = fabriques.projet_en(Statut.DEPOSE)
    for rang in range(2):
        proposee = transmissions.proposer(projet, f"b{rang}@example.org", par=projet.porteur)
        transmissions.retirer(proposee, par=projet.porteur)
    with pytest.raises(transmissions.TransmissionImpossible, match="par jour"):
        transmissions.proposer(projet, "b3@example.org", par=projet.porteur)
    assert Transmission.objects.count() == 2


def test_une_base_qui_ne_s_ecrit_plus_ne_se_dit_pas_trop_de_demandes(appel, settings, monkeypatch):
    """The shared cache keeps the failures of its database for itself: to count nothing is not to have counted too much."""
    settings.LIMITES = {"depot": "100/m/ip"}
    monkeypatch.setattr(type(cache._connections[cache._alias]), "add", lambda *_, **__: False)
    monkeypatch.setattr(ratelimit, "CACHE_LOCK_WAIT_TIMEOUT", 0)
    reponse = Client(raise_request_exception=False).post(reverse("deposer_en_ligne"))
    assert reponse.status_code == 503


# --- texts made to be read slowly ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("motif", ["_", "a.", "/", "/a", ":", "a:", " ", "1 ", "(", "@", "a@"])
def test_un_texte_hostile_se_lit_en_un_instant(appel, motif):
    """Time must follow the length, not its square: these texts would take minutes."""
    texte = motif * (60_000 // len(motif)) + "!"
    referentiel = appel.referentiel()
    debut = time.process_time()
    expurger(texte)
    adresses_protegees(texte)
    collage.lire(f"1{texte}", referentiel)
    collage.lire(f"({texte}", referentiel)
    assert time.process_time() - debut < 3


def test_des_empreintes_forgees_ne_font_pas_tomber_la_page(appel, client):
    projet = fabriques.brouillon(porteur=fabriques.utilisateur())
    client.force_login(projet.porteur)
    adresse = reverse("deposer_section", args=[projet.jeton, "budget"])
    assert client.post(adresse, {"vu": "[" * 100_000, "version": projet.version}).status_code < 500


@pytest.mark.parametrize("charset", ["utf-7", "base64", "utf-16", "idna", "unicode_escape", "latin-1"])
def test_un_codage_force_ne_fait_pas_tomber_un_formulaire(client, charset):
    type_ = f"application/x-www-form-urlencoded; charset={charset}"
    corps = b"login=%E9+ADw-@b.fr&password=%00"
    reponse = client.generic("POST", reverse("account_login"), corps, content_type=type_)
    assert reponse.status_code == 200


def test_un_json_sans_fond_est_une_demande_incorrecte():
    """The passkey of a login is JSON, sent by anybody: no alarm rings for a forgery."""
    client = Client(raise_request_exception=False)
    adresse = reverse("mfa_login_webauthn")
    assert client.post(adresse, {"credential": "[" * 100_000}).status_code == 400
