"""Pieces of pages kept by the process until something happens, with the token of whoever reads them."""

import secrets
import zlib
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from ..fraicheur import FRAICHEUR, retenir

JETON = secrets.token_hex(32)  # stands for the token of a form; nobody can have typed it


def fragment(
    request: HttpRequest,
    vue: str,
    quoi: str,
    gabarit: str,
    contexte: Callable[[], dict[str, Any]],
    secondes: int = FRAICHEUR,
) -> SafeString:
    """``gabarit`` drawn once for this mark. ``quoi`` says what is drawn and for whom: this reader, this query string."""
    roles, lignes = sorted(request.user.roles), sorted(map(str, request.user.lignes))
    qui = f"{quoi}:{request.user.pk}:{roles}:{lignes}:{request.GET.urlencode()}"

    def dessiner() -> str:
        return render_to_string(gabarit, {**contexte(), "csrf_token": JETON}, request)

    return avec_jeton(request, deplier(retenir(vue, qui, lambda: plier(dessiner()), secondes)))


def avec_jeton(request: HttpRequest, html: str) -> SafeString:
    return mark_safe(html.replace(JETON, get_token(request)) if JETON in html else html)


def plier(html: str) -> bytes:
    """A piece of page as it is kept: a sixth of its weight, of which a string with one « ’ » holds the double in memory."""
    return zlib.compress(html.encode(), 1)


def deplier(plie: bytes) -> str:
    return zlib.decompress(plie).decode()
