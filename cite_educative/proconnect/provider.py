"""The provider that allauth registers: a nonce on the way out, and no parameter chosen by the address bar."""

import secrets
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider, OpenIDConnectProviderAccount
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from requests import RequestException

from .oidc import ProConnectOAuth2Adapter


class ProConnectProvider(OpenIDConnectProvider):
    id = "proconnect"
    name = "ProConnect"
    account_class = OpenIDConnectProviderAccount
    oauth2_adapter_class = ProConnectOAuth2Adapter
    pkce_enabled_default = True
    supports_token_authentication = False

    def get_login_url(self, request: HttpRequest, **kwargs: object) -> str:
        return reverse("proconnect_login")

    def get_callback_url(self) -> str:
        return reverse("proconnect_callback")

    def get_oauth2_adapter(self, request: HttpRequest) -> ProConnectOAuth2Adapter:
        return self.oauth2_adapter_class(request, self.id)

    def get_default_scope(self) -> list[str]:
        return ["openid", "email", "given_name", "usual_name"]

    def get_auth_params(self) -> dict[str, str]:
        return {"acr_values": " ".join(settings.PROCONNECT_ACR)} if settings.PROCONNECT_ACR else {}

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, str]:
        return self.get_auth_params()

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        return self.get_scope()

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **kwargs: Any
    ) -> HttpResponse:
        """To ProConnect, with a nonce kept in the state of the session; a page in French when it does not answer."""
        nonce = secrets.token_urlsafe(24)
        kwargs["auth_params"] = (kwargs.get("auth_params") or self.get_auth_params()) | {"nonce": nonce}
        try:
            return super().redirect(request, process, next_url, data, nonce=nonce, **kwargs)
        except (RequestException, ValueError, KeyError) as erreur:
            return render_authentication_error(request, self, exception=erreur)

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, str]:
        personne = data["userinfo"]
        nom = " ".join(str(personne.get(champ) or "").strip() for champ in ("given_name", "usual_name"))
        return {"email": personne.get("email", ""), "name": nom.strip()[:150]}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[EmailAddress]:
        """The address is verified when ProConnect says so; silence is worth what the setting says."""
        personne = data["userinfo"]
        if not (courriel := str(personne.get("email") or "").strip().lower()):
            return []
        verifie = personne.get("email_verified", settings.PROCONNECT_COURRIELS_SURS) is True
        return [EmailAddress(email=courriel, verified=verifie, primary=True)]


provider_classes = [ProConnectProvider]
