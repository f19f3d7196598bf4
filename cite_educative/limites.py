"""How often a gesture that costs much may be done: counted in the shared cache, hence for all the processes together.

The counting is django-allauth's, which already limits logins: one way of naming an address (proxies, /64 of IPv6) for both.
"""

import secrets

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError
from django.http import HttpRequest

DEPOT, COURRIEL_DE_COMPTE = "depot", "courriel_de_compte"


def est_permis(request: HttpRequest, quoi: str, cle: str | None = None) -> bool:
    """Counts one more, and says whether it may be done; always when the settings name no limit for it.

    ``cle``: what a limit « par key » counts by.
    """
    return _compter(request, quoi, settings.LIMITES, cle)


def permis(quoi: str, qui: str, combien: str) -> bool:
    """The same for what is counted by somebody or something (``qui``) and not by address, wherever it is asked from.

    ``combien``: « 10/d », « 5/h ». Deleting what was made gives nothing back.
    """
    return _compter(None, quoi, {quoi: f"{combien}/key"}, qui)


def _compter(request: HttpRequest | None, quoi: str, limites: dict[str, str], cle: str | None) -> bool:
    """Raises OperationalError when nothing can be counted, which the shared cache keeps for itself.

    A database that is full or read only would otherwise read « too many requests » to somebody who made one.
    """
    if ratelimit.consume(request, app="portail", action=quoi, config=limites, key=cle, limit_get=True) is not None:
        return True
    if not cache.add(f"limites:sonde:{secrets.token_hex(8)}", 1, 5):
        raise OperationalError("le cache partagé ne se laisse pas écrire")
    return False
