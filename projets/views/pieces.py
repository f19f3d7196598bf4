"""Pieces of pages kept by what they show: drawn again only when one of its values changed, whatever happened elsewhere.

As ``{% rangees %}`` does for rows, for pieces that hold forms: kept folded, with a mark instead of the token of who reads.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from .fragments import deplier, plier

GARDEES = 500
_gardees: OrderedDict[bytes, bytes] = OrderedDict()
_verrou = Lock()


def piece(valeurs: object, dessiner: Callable[[], str]) -> SafeString:
    """What ``dessiner`` gives, drawn once for these values: all that the piece shows, and for whom. ``repr`` must say them whole.

    ``dessiner`` writes ``fragments.JETON`` for the token of a form.
    """
    if settings.DEBUG:
        return mark_safe(dessiner())
    cle = hashlib.blake2b(repr(valeurs).encode(errors="surrogatepass"), digest_size=20).digest()
    with _verrou:
        plie = _gardees.get(cle)
        if plie is not None:
            _gardees.move_to_end(cle)
    if plie is None:
        plie = plier(dessiner())
        with _verrou:
            _gardees[cle] = plie
            while len(_gardees) > GARDEES:
                _gardees.popitem(last=False)
    return mark_safe(deplier(plie))
