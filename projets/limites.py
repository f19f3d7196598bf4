"""How often something may be asked for. Counted in the shared cache: deleting what was made gives nothing back."""

import hashlib
import time

from django.core.cache import cache


def permis(quoi: str, qui: str, maximum: int, secondes: int) -> bool:
    """Whether ``qui`` may do ``quoi`` once more, which then counts; at most ``maximum`` times in ``secondes``.

    Of two at the same instant one may not be counted: a limit against floods, not a right.
    """
    cle = f"limite:{quoi}:{hashlib.sha256(qui.encode()).hexdigest()[:32]}"
    maintenant = time.time()
    recents = [instant for instant in cache.get(cle, ()) if instant > maintenant - secondes]
    if len(recents) >= maximum:
        return False
    cache.set(cle, [*recents, maintenant], secondes)
    return True
