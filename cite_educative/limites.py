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
