"""The exchange with ProConnect: discovery, keys, tokens, end of session. Every call has a timeout (allauth's, 5 s)."""

from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from .jetons import identite


class ProConnectOAuth2Adapter(OpenIDConnectOAuth2Adapter):
    """``nonce`` is the one of the state that came back; ``jeton`` the identity token, for the end of the session."""

    nonce = ""
    jeton = ""

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return settings.URL_PUBLIQUE + reverse("proconnect_callback")

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        self.jeton = kwargs["response"].get("id_token") or ""
        config = self.openid_config
        if config.get("issuer", "").rstrip("/") != settings.PROCONNECT_URL.rstrip("/"):
            raise OAuth2Error("l’émetteur annoncé n’est pas celui qui est configuré")
        lu, personne = identite(
            self.jeton,
            lambda: self._userinfo(token.token),
            self._lire(config["jwks_uri"]).json(),
            emetteur=config["issuer"],
            client=app.client_id,
            nonce=self.nonce,
        )
        acr = str(lu.get("acr", ""))
        if settings.PROCONNECT_ACR and acr not in settings.PROCONNECT_ACR:
            raise OAuth2Error(f"niveau de garantie insuffisant : « {acr} »")
        garanti = acr in settings.PROCONNECT_ACR_SECOND_FACTEUR
        # Kept with the account: what identifies the person, and nothing more of what ProConnect knows.
        gardes = {champ: personne[champ] for champ in ("sub", "email", "email_verified") if champ in personne}
        noms = {champ: personne.get(champ, "") for champ in ("given_name", "usual_name")}
        donnees = {"userinfo": gardes | noms, "acr": acr, "second_facteur_garanti": garanti}
        return self.get_provider().sociallogin_from_response(request, donnees)

    def _userinfo(self, jeton: str) -> str:
        return self._lire(self.profile_url, {"Authorization": f"Bearer {jeton}"}).text.strip()

    def _lire(self, adresse: str, entetes: dict[str, str] | None = None) -> Any:
        with get_adapter().get_requests_session() as session:
            reponse = session.get(adresse, headers=entetes or {}, allow_redirects=False)
            reponse.raise_for_status()
        return reponse
