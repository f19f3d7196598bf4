"""A passkey in a real browser, with an authenticator of its own: set up at the door, then used alone to come back."""

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.conf import LazySettings
from playwright.sync_api import Page, expect

from correspondants.enums import Role

from . import gestes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.une_seule_base]


def authentificateur(page: Page) -> None:
    """A virtual authenticator, which always recognises its owner."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    cdp.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": options | {"isUserVerified": True, "automaticPresenceSimulation": True}},
    )


def test_une_cle_d_acces_de_la_porte_au_retour(
    ouvrir_page: Callable[..., Page],
    live_server: object,
    settings: LazySettings,
    verifier_axe: Callable[[Page], None],
) -> None:
    # A passkey belongs to a domain: a browser makes none for an address in figures.
    page = ouvrir_page(base_url=live_server.url.replace("127.0.0.1", "localhost"))
    settings.SECOND_FACTEUR_OBLIGATOIRE = True
    agent = gestes.agent(Role.COORDINATEUR_VILLE)
    authentificateur(page)
    page.goto("/coordination/")
    porte = page.get_by_role("region", name="Mot de passe")
    porte.get_by_label("Courriel").fill(agent.email)
    porte.get_by_label("Mot de passe").fill(gestes.MOT_DE_PASSE)
    porte.get_by_role("button", name="Se connecter").click()
    gestes.titre(page, "Protégez d’abord votre compte")
    verifier_axe(page)
    page.get_by_role("link", name="Créer une clé d’accès").click()
    gestes.titre(page, "Ajouter une clé d’accès")
    verifier_axe(page)
    page.get_by_label("Nom de la clé").fill("Ordinateur du bureau")
    page.get_by_label("Ouvrir aussi sans mot de passe").check()
    page.get_by_role("button", name="Créer la clé").click()
    gestes.titre(page, "Vos codes de secours")
    verifier_axe(page)
    with page.expect_download():
        page.get_by_role("link", name="Télécharger").click()
    page.get_by_role("link", name="continuer").click()
    page.wait_for_url("**/coordination/")
    assert Authenticator.objects.get(user=agent, type="webauthn").wrap().name == "Ordinateur du bureau"

    page.goto("/mon-compte/")
    verifier_axe(page)
    page.get_by_role("main").get_by_role("link", name="Gérer le second facteur").click()
    page.get_by_role("link", name="Voir mes clés").click()
    gestes.dit(page, "Jamais utilisée")
    verifier_axe(page)

    # By password, then the key instead of a code.
    page.context.clear_cookies()
    page.goto("/troika/")
    porte.get_by_label("Courriel").fill(agent.email)
    porte.get_by_label("Mot de passe").fill(gestes.MOT_DE_PASSE)
    porte.get_by_role("button", name="Se connecter").click()
    gestes.titre(page, "Votre second code")
    page.get_by_role("button", name="Utiliser une clé d’accès").click()
    page.wait_for_url("**/troika/")

    # By the key alone.
    page.context.clear_cookies()
    page.goto("/comptes/login/")
    page.get_by_role("button", name="Utiliser une clé d’accès").click()
    page.wait_for_url("**/coordination/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
