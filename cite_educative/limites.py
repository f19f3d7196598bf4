"""How often a gesture that costs much may be done: counted in the shared cache, hence for all the processes together.

The counting is django-allauth's, which already limits logins: one way of naming an address (proxies, /64 of IPv6) for both.
"""

from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import HttpRequest

DEPOT, COURRIEL_DE_COMPTE = "depot", "courriel_de_compte"


def est_permis(request: HttpRequest, quoi: str, cle: str | None = None) -> bool:
    """Counts one more, and says whether it may be done; always when the settings name no limit for it.

    ``cle``: what a limit « par key » counts by.
    """
    compte = ratelimit.consume(request, app="portail", action=quoi, config=settings.LIMITES, key=cle, limit_get=True)
    return compte is not None


def permis(quoi: str, qui: str, combien: str) -> bool:
    """The same for what is counted by somebody or something (``qui``) and not by address, wherever it is asked from.

    ``combien``: « 10/d », « 5/h ». Deleting what was made gives nothing back.
    """
    compte = ratelimit.consume(
        None, app="portail", action=quoi, config={quoi: f"{combien}/key"}, key=qui, limit_get=True
    )
    return compte is not None
