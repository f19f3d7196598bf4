"""What a ProConnect identity may open: an existing account by its verified address, or a new porteur's."""

from typing import Any
from urllib.parse import urlencode

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.utils.crypto import get_random_string

CLE_JETON = "proconnect_jeton"


class CompteProConnectAdapter(DefaultSocialAccountAdapter):
    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        """Called for verified addresses only."""
        return True

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuses an address that ProConnect does not vouch for, whether or not an account has it: nothing is learnt."""
        connu = sociallogin.is_existing and not sociallogin._did_authenticate_by_email
        if not connu and not any(adresse.verified for adresse in sociallogin.email_addresses):
            raise ImmediateHttpResponse(render(request, "socialaccount/adresse_non_verifiee.html", status=403))
        fermes = get_user_model().objects.filter(email__iexact=sociallogin.user.email, is_active=False)
        if not connu and fermes.exists():  # a closed account is not opened anew under the same address
            raise ImmediateHttpResponse(redirect("account_inactive"))

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> AbstractBaseUser:
        sociallogin.user.email = str(data.get("email") or "").strip().lower()
        sociallogin.user.nom = data.get("name") or ""
        return sociallogin.user


def adresse_de_fin(request: HttpRequest) -> str:
    """Where to end the session at ProConnect too, for whoever came through it; empty otherwise, or when it is silent."""
    jeton = request.session.get(CLE_JETON)
    if not jeton or not settings.PROCONNECT:
        return ""
    try:
        fournisseur = CompteProConnectAdapter(request).get_provider(request, "proconnect")
        fin = fournisseur.get_oauth2_adapter(request).openid_config.get("end_session_endpoint", "")
    except (OSError, ValueError):  # those of requests are OSError; a portal without ProConnect does not load it
        return ""
    retour = {
        "id_token_hint": jeton,
        "state": get_random_string(24),
        "post_logout_redirect_uri": settings.URL_PUBLIQUE + "/",
    }
    return f"{fin}?{urlencode(retour)}" if fin else ""
