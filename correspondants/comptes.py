"""Where an account arrives when it logs in: the page its role works on, or the porteur's projects."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse

from .enums import Role

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
