"""The second factor: who is kept until it is there, what opens meanwhile, and every way round it that must stay shut."""

import re
import time

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.conf import LazySettings
from django.core import mail
from django.test import Client
from django.urls import reverse

from correspondants.enums import Role
from correspondants.models import Utilisateur

from . import fabriques
from .test_comptes import MOT_DE_PASSE, entrer

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]
PORTE = reverse("second_facteur")
# allauth tells that a factor was added once the transaction is over: there must be a real one.
en_vrai = pytest.mark.django_db(transaction=True)
POUVOIRS = sorted(set(Role) - {Role.OBSERVATEUR})


@pytest.fixture(autouse=True)
def _obligatoire(settings: LazySettings) -> None:
    settings.SECOND_FACTEUR_OBLIGATOIRE = True


def code_de(secret: str) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))


def relier(client: Client, compte: Utilisateur) -> str:
    """Sets up the application as the page asks; gives its secret."""
    page = client.get(reverse("mfa_activate_totp"))
    assert page.status_code == 200
    assert "data:image/svg+xml;base64," in page.content.decode()
    secret = page.context["form"].secret
    reponse = client.post(reverse("mfa_activate_totp"), {"code": code_de(secret)})
    assert reponse["Location"] == reverse("mfa_view_recovery_codes")
    return secret


@pytest.mark.parametrize("role", POUVOIRS)
def test_qui_decide_est_retenu_a_la_porte(client, role):
    client.force_login(fabriques.de_role(role))
    assert client.get(reverse("bilans"), {"q": "é"})["Location"] == f"{PORTE}?next=%2Fbilans%2F%3Fq%3D%25C3%25A9"
    assert client.post(reverse("mon_compte_absence"), {"du": "2026-01-01"})["Location"] == PORTE
    page = client.get(PORTE)
    assert page.status_code == 200
    assert Role(role).label in page.content.decode()
    for permise in ("accueil", "correspondants", "mon_compte", "mfa_index", "account_logout", "sante", "deposer"):
        assert client.get(reverse(permise)).status_code == 200, permise


@pytest.mark.parametrize("qui", ["porteur", "observateur"])
def test_qui_ne_decide_pas_passe(client, qui):
    client.force_login(fabriques.utilisateur() if qui == "porteur" else fabriques.de_role(Role.OBSERVATEUR))
    assert client.get(reverse("suivi")).status_code == 200
    assert client.get(PORTE).status_code == 302


def test_l_administration_passe_par_la_meme_porte(client):
    chef = Utilisateur.objects.create_superuser("super@example.org", "Un-mot-de-passe-0")
    client.force_login(chef)
    for page in ("index", "correspondants_correspondant_changelist"):
        assert client.get(reverse(f"admin:{page}"))["Location"].startswith(PORTE)
    assert Client().get(reverse("admin:login"))["Location"].startswith(reverse("account_login"))


@en_vrai
def test_de_la_porte_a_la_page_demandee_puis_un_code_a_chaque_connexion(client):
    agent = fabriques.de_role(Role.COORDINATEUR_VILLE)
    suite = reverse("coordination")
    assert entrer(client, agent, next=suite)["Location"] == suite
    assert client.get(client.get(suite)["Location"]).status_code == 200
    relier(client, agent)
    codes = client.get(reverse("mfa_download_recovery_codes"))
    assert "attachment" in codes["Content-Disposition"]
    secours = re.findall(rb"^\d{8}$", codes.content, re.M)
    assert len(secours) == 10
    assert client.get(PORTE)["Location"] == suite
    assert client.get(suite).status_code == 200

    autre = Client()
    assert entrer(autre, agent)["Location"] == reverse("mfa_authenticate")
    assert autre.get(suite)["Location"].startswith(reverse("account_login"))
    assert autre.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert autre.get(suite).status_code == 302
    # A recovery code opens once.
    assert autre.post(reverse("mfa_authenticate"), {"code": secours[0].decode()}).status_code == 302
    assert autre.get(suite).status_code == 200
    troisieme = Client()
    entrer(troisieme, agent)
    assert troisieme.post(reverse("mfa_authenticate"), {"code": secours[0].decode()}).status_code == 200


def test_le_code_par_courriel_n_evite_pas_le_second_facteur(client):
    agent = fabriques.de_role(Role.PILOTE_EN)
    Authenticator.objects.create(user=agent, type="totp", data={"secret": totp.generate_totp_secret()})
    client.post(reverse("account_request_login_code"), {"email": agent.email})
    code = re.search(r"^\s*([A-Z0-9-]{6,9})\s*$", mail.outbox[-1].body, re.M)[1]
    reponse = client.post(reverse("account_confirm_login_code"), {"code": code})
    assert reponse["Location"] == reverse("mfa_authenticate")
    assert client.get(reverse("troika"))["Location"].startswith(reverse("account_login"))


def test_le_code_par_courriel_est_la_seule_chose_demandee_a_un_porteur(client):
    porteur = fabriques.utilisateur()
    envoi = client.post(reverse("account_request_login_code"), {"email": porteur.email})
    page = client.get(envoi["Location"]).content.decode()
    assert "Huit lettres" in page
    assert "Un code de connexion a été envoyé" not in page  # the page says it already
    code = re.search(r"^\s*([A-Z0-9-]{6,9})\s*$", mail.outbox[-1].body, re.M)[1]
    assert client.post(reverse("account_confirm_login_code"), {"code": code})["Location"] == reverse("suivi")
    assert client.get(reverse("suivi")).status_code == 200


def test_rien_ne_dit_si_une_adresse_a_un_compte(client):
    fabriques.utilisateur("connu@example.org", Role.IEN)
    fabriques.utilisateur("ferme@example.org", is_active=False)
    pages = set()
    for adresse in ("connu@example.org", "inconnu@example.org"):
        reponse = Client().post(reverse("account_request_login_code"), {"email": adresse})
        pages.add((reponse.status_code, reponse["Location"]))
        refus = client.post(reverse("account_login"), {"login": adresse, "password": "faux mot de passe"})
        pages.add((refus.status_code, str(refus.context["form"].errors)))
        oubli = Client().post(reverse("account_reset_password"), {"email": adresse})
        pages.add((oubli.status_code, oubli["Location"]))
    assert len(pages) == 3


@en_vrai
def test_le_dernier_facteur_ne_se_retire_pas(client):
    agent = fabriques.de_role(Role.IEN)
    entrer(client, agent)
    relier(client, agent)
    retrait = reverse("mfa_deactivate_totp")
    assert "Votre rôle demande un second facteur" in client.get(retrait).content.decode()
    client.post(retrait)
    assert Authenticator.objects.filter(user=agent, type="totp").exists()
    Authenticator.objects.create(user=agent, type="webauthn", data={"name": "clé", "credential": {}})
    client.post(retrait)
    assert not Authenticator.objects.filter(user=agent, type="totp").exists()


@en_vrai
def test_le_facteur_de_l_un_n_ouvre_pas_la_session_d_un_autre(client):
    """A stolen password came in first and waits at the door: the owner sets up a factor elsewhere."""
    agent = fabriques.de_role(Role.COORDINATEUR_EN)
    voleur = Client()
    entrer(voleur, agent)
    client.post(reverse("account_login"), {"login": agent.email, "password": MOT_DE_PASSE})
    secret = relier(client, agent)
    assert client.get(reverse("coordination")).status_code == 200
    fermees = ["coordination", "mon_compte", "mfa_index", "mfa_view_recovery_codes", "mfa_download_recovery_codes"]
    fermees += ["mfa_generate_recovery_codes", "mfa_deactivate_totp", "mfa_add_webauthn", "account_change_password"]
    fermees += ["account_email", "account_reauthenticate"]
    for nom in fermees:
        assert voleur.get(reverse(nom))["Location"].startswith(PORTE), nom
        assert voleur.post(reverse(nom))["Location"].startswith(PORTE), nom
    assert "Prouvez que c’est bien vous" in voleur.get(PORTE).content.decode()
    assert voleur.get(reverse("accueil")).status_code == 200
    # The owner, from the other device: one code, and on.
    with time_machine.travel(time.time() + 60):
        reponse = voleur.post(reverse("mfa_reauthenticate") + f"?next={PORTE}", {"code": code_de(secret)})
        assert reponse["Location"] == PORTE
        assert voleur.get(reverse("coordination")).status_code == 200


def test_les_codes_de_secours_seuls_ne_sont_pas_un_facteur(client):
    agent = fabriques.de_role(Role.IEN)
    Authenticator.objects.create(user=agent, type="recovery_codes", data={"seed": "x", "used_mask": 0})
    client.force_login(agent)
    assert client.get(reverse("avis"))["Location"].startswith(PORTE)


@en_vrai
def test_la_suite_ne_mene_pas_ailleurs(client):
    agent = fabriques.de_role(Role.IEN)
    entrer(client, agent)
    for suite in ("https://ailleurs.example/", "//ailleurs.example/", "javascript:alert(1)", "\x00"):
        client.get(PORTE, {"next": suite})
    relier(client, agent)
    assert client.get(PORTE)["Location"] == reverse("avis")


def test_un_administrateur_rend_la_main_a_qui_a_tout_perdu(client, settings):
    settings.SECOND_FACTEUR_OBLIGATOIRE = False
    perdu = fabriques.de_role(Role.COORDINATEUR_EN)
    Authenticator.objects.create(user=perdu, type="totp", data={"secret": "x"})
    chef = fabriques.de_role(Role.ADMIN)
    chef.is_staff = True
    chef.save()
    superieur = Utilisateur.objects.create_superuser("super@example.org", "Un-mot-de-passe-0")
    Authenticator.objects.create(user=superieur, type="totp", data={"secret": "x"})
    client.force_login(chef)
    choix = {"action": "retirer_second_facteur", "_selected_action": [perdu.pk, superieur.pk]}
    client.post(reverse("admin:correspondants_utilisateur_changelist"), choix)
    assert list(Authenticator.objects.values_list("user", flat=True)) == [superieur.pk]


def test_une_demonstration_ne_l_exige_pas(client, settings):
    settings.SECOND_FACTEUR_OBLIGATOIRE = False
    client.force_login(fabriques.de_role(Role.IEN))
    assert client.get(reverse("avis")).status_code == 200
