"""What the accounts do their own way: where a login arrives, and when a second factor may be given up."""

import logging
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from cite_educative import limites
from cite_educative.proconnect.comptes import adresse_de_fin

from .enums import Role
from .models import Utilisateur
from .second_facteur import CLE_GARANTI, FACTEURS, est_exige

journal = logging.getLogger(__name__)

CLE_ADRESSE = "adresse_invitee"  # the address of a link just accepted: the login page shows it, ready
# The first role held decides; a person without role is a porteur.
ARRIVEES = (
    (Role.COORDINATEUR_EN, "coordination"),
    (Role.COORDINATEUR_VILLE, "coordination"),
    (Role.IEN, "avis"),
    (Role.PILOTE_EN, "troika"),
    (Role.PILOTE_PREFECTURE, "troika"),
    (Role.PILOTE_VILLE, "troika"),
    (Role.AUTORITE_EN, "avis"),
    (Role.ADMIN, "pilotage"),
    (Role.OBSERVATEUR, "coordination"),
)


class CompteAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "incorrect_code": "Ce n’est pas le bon code. Recopiez le dernier reçu, ou demandez-en un nouveau.",
    }

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **suite: Any
    ) -> None:
        """One message when a code both confirms an address and opens the door: the page below has more to say; none for a
        code on its way, which the page says itself, but for another one."""
        premier_code = request.path != reverse("account_confirm_login_code")
        if message_template == "account/messages/login_code_sent.txt" and premier_code:
            return
        if message_template == "account/messages/email_confirmed.txt":
            request.adresse_confirmee = True
        elif message_template == "account/messages/logged_in.txt" and getattr(request, "adresse_confirmee", False):
            return
        super().add_message(request, level, message_template, *args, **suite)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Address after a login that asked for no page in particular."""
        for role, page in ARRIVEES:
            if request.user.a_role(role):
                return reverse(page)
        return reverse("suivi")

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """Out of ProConnect too, for whoever came through it."""
        return adresse_de_fin(request) or super().get_logout_redirect_url(request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A code or a notice, unless this address was sent many within the hour, whoever asked and by whatever form.

        The page says the same in both cases: whether an address has an account is nobody's business.
        """
        if limites.est_permis(self.request, limites.COURRIEL_DE_COMPTE, email.lower()):
            super().send_mail(template_prefix, email, context)
        else:
            journal.warning("courriel de compte non envoyé : trop de demandes pour une même adresse")

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Whoever has just logged in is not asked the same password again to set up a second factor."""
        request = context.request
        preuves = get_authentication_records(request, request.user)
        recente = bool(preuves) and time.time() - preuves[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        return not recente and super().is_reauthentication_required(app=app)

    def post_login(
        self, request: HttpRequest, user: Utilisateur, *, signal_kwargs: dict[str, Any] | None, **suite: Any
    ) -> HttpResponse:
        """Notes whether the identity provider vouches for a second factor; any other login forgets it."""
        sociallogin = (signal_kwargs or {}).get("sociallogin")
        if sociallogin and sociallogin.account.extra_data.get("second_facteur_garanti"):
            request.session[CLE_GARANTI] = True
        else:
            request.session.pop(CLE_GARANTI, None)
        request.session.pop(CLE_ADRESSE, None)
        return super().post_login(request, user, signal_kwargs=signal_kwargs, **suite)


class SecondFacteurAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": "Votre rôle demande un second facteur : ajoutez-en un autre avant de retirer "
        "celui-ci.",
        "unverified_email": "Vérifiez d’abord votre adresse électronique.",
    }

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last factor of someone who decides stays: without it the next page would ask for another."""
        if authenticator.type not in FACTEURS or not est_exige(authenticator.user):
            return True
        autres = Authenticator.objects.filter(user=authenticator.user, type__in=FACTEURS).exclude(pk=authenticator.pk)
        return autres.exists()

    def _get_site_name(self) -> str:
        return self.get_totp_issuer()
