"""What the accounts do their own way: where a login arrives, and when a second factor may be given up."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.urls import reverse

from .enums import Role
from .second_facteur import FACTEURS, est_exige

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
    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Address after a login that asked for no page in particular."""
        for role, page in ARRIVEES:
            if request.user.a_role(role):
                return reverse(page)
        return reverse("suivi")


class SecondFacteurAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": "Votre rôle demande un second facteur : ajoutez-en un autre avant de retirer "
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
