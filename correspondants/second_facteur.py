"""The second factor: who must have one, and the middleware that keeps whoever has none on the page that sets one up."""

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_used
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from .enums import Role
from .models import Utilisateur

FACTEURS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# An observer reads and decides nothing; a person without a role is a porteur, whose code by mail is enough.
SANS_POUVOIR = frozenset({Role.OBSERVATEUR})
# Set at login when an identity provider vouches for a second factor (see cite_educative.proconnect).
CLE_GARANTI = "second_facteur_garanti"
# The account whose factor this very session used, or set up.
CLE_PROUVE = "second_facteur_prouve"
A_POSER, A_PROUVER = "a_poser", "a_prouver"


def decide(utilisateur: Utilisateur) -> bool:
    """Whether the person holds some power over projects, accounts or settings."""
    return utilisateur.is_staff or utilisateur.is_superuser or bool(utilisateur.roles - SANS_POUVOIR)


def est_exige(utilisateur: Utilisateur) -> bool:
    return settings.SECOND_FACTEUR_OBLIGATOIRE and decide(utilisateur)


def en_a_un(utilisateur: Utilisateur) -> bool:
    """An application or a passkey; recovery codes alone are no factor."""
    return Authenticator.objects.filter(user=utilisateur, type__in=FACTEURS).exists()


@receiver([authenticator_added, authenticator_used])
def retenir_la_preuve(request: HttpRequest, user: Utilisateur, **signal: object) -> None:
    request.session[CLE_PROUVE] = user.pk


def manque(request: HttpRequest) -> str:
    """What this session lacks of the second factor that the person's roles ask for; empty when nothing.

    ``A_PROUVER``: the factor was set up from elsewhere since this session began. Without that, whoever came in with a
    stolen password and waited would be let through by the owner's own factor.
    """
    utilisateur = request.user
    if not utilisateur.is_authenticated or not est_exige(utilisateur) or request.session.get(CLE_GARANTI):
        return ""
    if not en_a_un(utilisateur):
        return A_POSER
    return "" if request.session.get(CLE_PROUVE) == utilisateur.pk else A_PROUVER


class SecondFacteurObligatoire:
    """Middleware: until the second factor is there, only public pages and those of the account answer."""

    PERMISES = ("account_", "mfa_", "socialaccount_")
    PAGES_PERMISES = frozenset({"mon_compte", "second_facteur"})
    # With a factor to prove, the pages that manage factors would give the key of the door.
    PREUVES = frozenset({"second_facteur", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "account_logout"})

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, vue: Callable, args: tuple, kwargs: dict) -> HttpResponse | None:
        trouvee = request.resolver_match
        nom = "" if trouvee.namespaces else trouvee.url_name or ""
        du_compte = nom in self.PAGES_PERMISES or nom.startswith(self.PERMISES)
        publique = not getattr(vue, "login_required", True) and not du_compte
        if publique or nom in self.PREUVES or not (lacune := manque(request)):
            return None
        if du_compte and lacune == A_POSER:
            return None
        adresse = reverse("second_facteur")
        if request.method in ("GET", "HEAD"):
            adresse += "?" + urlencode({"next": request.get_full_path()})
        return redirect(adresse)
