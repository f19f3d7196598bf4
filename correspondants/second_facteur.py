"""The second factor: who must have one, and the middleware that keeps whoever has none on the page that sets one up."""

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from django.conf import settings
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


def decide(utilisateur: Utilisateur) -> bool:
    """Whether the person holds some power over projects, accounts or settings."""
    return utilisateur.is_staff or utilisateur.is_superuser or bool(utilisateur.roles - SANS_POUVOIR)


def est_exige(utilisateur: Utilisateur) -> bool:
    return settings.SECOND_FACTEUR_OBLIGATOIRE and decide(utilisateur)


def en_a_un(utilisateur: Utilisateur) -> bool:
    """An application or a passkey; recovery codes alone are no factor."""
    return Authenticator.objects.filter(user=utilisateur, type__in=FACTEURS).exists()


def manque(request: HttpRequest) -> bool:
    """Whether this session still lacks the second factor that the person's roles ask for.

    Having one is enough: a login by an account that has one always went through it.
    """
    utilisateur = request.user
    if not utilisateur.is_authenticated or not est_exige(utilisateur) or request.session.get(CLE_GARANTI):
        return False
    return not en_a_un(utilisateur)


class SecondFacteurObligatoire:
    """Middleware: until the second factor is there, only public pages and those of the account answer."""

    PERMISES = ("account_", "mfa_", "socialaccount_")
    PAGES_PERMISES = frozenset({"mon_compte", "second_facteur"})

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, vue: Callable, args: tuple, kwargs: dict) -> HttpResponse | None:
        trouvee = request.resolver_match
        publique = not getattr(vue, "login_required", True)
        nom = "" if trouvee.namespaces else trouvee.url_name or ""
        du_compte = nom in self.PAGES_PERMISES or nom.startswith(self.PERMISES)
        if publique or du_compte or not manque(request):
            return None
        adresse = reverse("second_facteur")
        if request.method in ("GET", "HEAD"):
            adresse += "?" + urlencode({"next": request.get_full_path()})
        return redirect(adresse)
