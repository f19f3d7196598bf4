"""Leaving for ProConnect, and coming back. Without configuration neither address exists."""

from typing import Any

from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.base import Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse

from .comptes import CLE_JETON
from .oidc import ProConnectOAuth2Adapter


class RetourView(OAuth2CallbackView):
    """The callback, which hands the nonce of the state to the adapter and survives whatever the other side answers."""

    adapter: ProConnectOAuth2Adapter

    def _get_state(self, request: HttpRequest, provider: Provider) -> tuple[dict | None, HttpResponse | None]:
        etat, reponse = super()._get_state(request, provider)
        self.adapter.nonce = (etat or {}).get("nonce", "")
        return etat, reponse

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            reponse = super().dispatch(request, *args, **kwargs)
        except (KeyError, ValueError, TypeError, AttributeError) as erreur:
            return render_authentication_error(request, self.adapter.get_provider(), exception=erreur)
        if self.adapter.jeton:
            request.session[CLE_JETON] = self.adapter.jeton
        return reponse


def _vue(classe: type) -> Any:
    @login_not_required
    def vue(request: HttpRequest) -> HttpResponse:
        if not settings.PROCONNECT:
            raise Http404
        return classe.adapter_view(ProConnectOAuth2Adapter(request, "proconnect"))(request)

    return vue


login = _vue(OAuth2LoginView)
callback = _vue(RetourView)
