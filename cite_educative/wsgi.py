"""WSGI entry point: gunicorn cite_educative.wsgi."""

import ctypes
import gc
import os
import sys

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cite_educative.settings.base")

_ARENES = -8  # M_ARENA_MAX of glibc


def _rester_petit() -> None:
    """One arena of memory for all threads, which share one interpreter anyway: each of theirs would keep what others freed.

    And what was loaded to start is not looked at again by every collection.
    """
    if sys.platform == "linux" and "MALLOC_ARENA_MAX" not in os.environ:
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # absent of other C libraries
        if mallopt:
            mallopt(_ARENES, 1)
    gc.collect()
    gc.freeze()


application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 - loads the views now, not under the first reader
_rester_petit()
