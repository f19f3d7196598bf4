"""ProConnect, against a real OpenID provider on the loopback: who gets in, and everything that must not."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from correspondants.enums import Role
from correspondants.models import Utilisateur

from . import fabriques
from .proconnect import CLIENT, SECRET, Fournisseur, fournisseur_en_marche

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


@pytest.fixture(scope="module")
def serveur() -> Iterator[Fournisseur]:
    with fournisseur_en_marche() as fournisseur:
        yield fournisseur


@pytest.fixture
def proconnect(serveur: Fournisseur, settings: LazySettings) -> Fournisseur:
    serveur.remettre()
    settings.URL_PUBLIQUE = "http://testserver"
    configurer(settings, serveur.adresse)
    return serveur


def configurer(settings: LazySettings, adresse: str) -> None:
    settings.PROCONNECT, settings.PROCONNECT_URL = True, adresse
    settings.SOCIALACCOUNT_PROVIDERS = {
        "proconnect": {
            "APPS": [
                {
                    "provider_id": "proconnect",
                    "name": "ProConnect",
                    "client_id": CLIENT,
                    "secret": SECRET,
                    "settings": {"server_url": adresse, "token_auth_method": "client_secret_post"},
                }
            ]
        }
    }


def partir(client: Client) -> dict[str, str]:
    """What the browser is sent to ProConnect with."""
    depart = client.post(reverse("proconnect_login"))
    assert depart.status_code == 302, depart.content.decode()
    return dict(parse_qsl(urlsplit(depart["Location"]).query))


def revenir(client: Client, proconnect: Fournisseur) -> object:
    return client.get(proconnect.autoriser(partir(client)))


def connecte(client: Client) -> Utilisateur | None:
    pk = client.session.get("_auth_user_id")
    return Utilisateur.objects.get(pk=pk) if pk else None


def test_sans_reglage_rien_n_existe(client):
    assert "ProConnect" not in client.get(reverse("account_login")).content.decode()
    assert client.post(reverse("proconnect_login")).status_code == 404
    assert client.get(reverse("proconnect_callback"), {"code": "x", "state": "y"}).status_code == 404


def test_une_personne_nouvelle_devient_porteur(client, proconnect):
    assert "S’identifier avec ProConnect" in client.get(reverse("account_login")).content.decode()
    retour = revenir(client, proconnect)
    assert retour["Location"] == reverse("suivi")
    compte = connecte(client)
    assert (compte.email, compte.nom, compte.roles) == ("agent@example.org", "Agent PUBLIC", frozenset())
    assert not compte.has_usable_password()
    assert EmailAddress.objects.get(user=compte).verified
    assert proconnect.demande["redirect_uri"] == "http://testserver" + reverse("proconnect_callback")
    assert len(proconnect.demande["nonce"]) > 20
    assert len(proconnect.demande["state"]) > 10
    assert "siret" not in str(SocialAccount.objects.get().extra_data)


def test_l_adresse_verifiee_ouvre_le_compte_existant_et_ses_roles(client, proconnect):
    pilote = fabriques.utilisateur("agent@example.org", Role.PILOTE_VILLE)
    assert revenir(client, proconnect)["Location"] == reverse("troika")
    assert connecte(client) == pilote
    # The link holds by the person, not by the address: it may change at ProConnect without changing account.
    client.logout()
    proconnect.personne |= {"email": "nouvelle-adresse@example.org", "email_verified": False}
    revenir(client, proconnect)
    assert connecte(client) == pilote


@pytest.mark.parametrize(
    "defaut",
    [
        "nonce",
        "autre_personne",
        "userinfo:json",
        *(
            f"{quoi}:{defaut}"
            for quoi in ("jeton", "userinfo")
            for defaut in ("signature", "audience", "emetteur", "perime", "sans_signature", "secret_partage")
        ),
    ],
)
def test_ce_qui_n_est_pas_bien_signe_pour_nous_ne_connecte_personne(client, proconnect, defaut):
    proconnect.defauts = {defaut}
    retour = revenir(client, proconnect)
    assert retour.status_code == 401
    assert "L’identification n’a pas abouti" in retour.content.decode()
    assert connecte(client) is None
    assert not Utilisateur.objects.filter(email="agent@example.org").exists()


def test_un_retour_sans_depart_ou_deja_servi_ne_connecte_personne(client, proconnect):
    adresse = proconnect.autoriser(partir(client))
    assert Client().get(adresse).status_code == 401
    assert client.get(adresse.replace("state=", "state=x")).status_code == 401
    assert client.get(adresse).status_code == 302
    client.logout()
    assert client.get(adresse).status_code == 401
    assert connecte(client) is None


def test_une_adresse_non_verifiee_n_ouvre_ni_compte_existant_ni_nouveau(client, proconnect, settings):
    fabriques.utilisateur("agent@example.org", Role.COORDINATEUR_EN)
    for verifie in (False, "true", None):
        proconnect.personne["email_verified"] = verifie
        assert revenir(client, proconnect).status_code == 403
    del proconnect.personne["email_verified"]
    assert revenir(client, proconnect).status_code == 403
    proconnect.personne["email"] = "inconnue@example.org"
    assert revenir(client, proconnect).status_code == 403
    assert not Utilisateur.objects.filter(email="inconnue@example.org").exists()
    assert connecte(client) is None
    settings.PROCONNECT_COURRIELS_SURS = True
    assert revenir(client, proconnect).status_code == 302
    assert connecte(client).email == "inconnue@example.org"


def test_un_compte_ferme_reste_ferme(client, proconnect):
    fabriques.utilisateur("agent@example.org", is_active=False)
    assert revenir(client, proconnect)["Location"] == reverse("account_inactive")
    assert connecte(client) is None
    assert Utilisateur.objects.filter(email__iexact="agent@example.org").count() == 1


def test_le_second_facteur_n_est_dispense_que_par_un_niveau_regle(client, proconnect, settings):
    settings.SECOND_FACTEUR_OBLIGATOIRE = True
    fabriques.utilisateur("agent@example.org", Role.COORDINATEUR_EN)
    revenir(client, proconnect)
    assert client.get("/coordination/")["Location"].startswith(reverse("second_facteur"))
    settings.PROCONNECT_ACR_SECOND_FACTEUR = ["eidas2"]
    revenir(client, proconnect)
    assert client.get("/coordination/").status_code == 302
    proconnect.acr = "eidas2"
    revenir(client, proconnect)
    assert client.get("/coordination/").status_code == 200
    # The guarantee is that of one login, not of the account.
    proconnect.acr = "eidas1"
    revenir(client, proconnect)
    assert client.get("/coordination/").status_code == 302


def test_un_niveau_exige_est_demande_puis_verifie(client, proconnect, settings):
    settings.PROCONNECT_ACR = ["eidas2", "eidas3"]
    assert partir(client)["acr_values"] == "eidas2 eidas3"
    assert revenir(client, proconnect).status_code == 401
    proconnect.acr = "eidas3"
    assert revenir(client, proconnect).status_code == 302


def test_proconnect_en_panne_se_dit_en_francais(client, settings):
    configurer(settings, "http://127.0.0.1:9")  # discard: nobody listens
    reponse = client.post(reverse("proconnect_login"))
    assert reponse.status_code == 401
    assert "L’identification n’a pas abouti" in reponse.content.decode()


def test_se_deconnecter_ferme_aussi_la_session_chez_proconnect(client, proconnect):
    revenir(client, proconnect)
    fin = urlsplit(client.post(reverse("account_logout"))["Location"])
    assert f"{fin.scheme}://{fin.netloc}" == proconnect.adresse
    lus = dict(parse_qsl(fin.query))
    assert lus["post_logout_redirect_uri"] == "http://testserver/"
    assert lus["state"]
    assert lus["id_token_hint"].count(".") == 2
    assert connecte(client) is None


def test_la_page_demandee_et_les_parametres_de_l_adresse_ne_trompent_pas(client, proconnect):
    depart = client.post(
        reverse("proconnect_login") + "?scope=tout&auth_params=nonce%3Dfixe%26acr_values%3Deidas0",
        {"next": "https://ailleurs.example/"},
    )
    demande = dict(parse_qsl(urlsplit(depart["Location"]).query))
    assert demande["nonce"] != "fixe"
    assert set(demande["scope"].split()) == {"openid", "email", "given_name", "usual_name"}
    assert "acr_values" not in demande
    assert client.get(proconnect.autoriser(demande))["Location"] == reverse("suivi")
