"""Keeping the pages that every visitor reads alike: made once, given to all, made again as soon as something happened."""

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers

from ..fraicheur import marque_publique, memoire

FRAICHEUR = 30  # seconds, for what the journal does not tell (a call loaded by a command)
Vue = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Page:
    """One page as it is sent; it holds no secret and no token, so that compressing it tells nothing to anybody."""

    corps: bytes
    comprime: bytes
    etiquette: str


def pour_tous(vue: Vue) -> Vue:
    """A view whose page is the same for all who come without a cookie: those are given the page kept in memory, whose age
    is the mark of what is public."""

    @wraps(vue)
    def gardee(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not _est_inconnu(request):
            return vue(request, *args, **kwargs)
        cle = f"page:{request.path}:{request.is_secure()}:{marque_publique()}"
        page = memoire.get(cle)
        if page is None:
            reponse = vue(request, *args, **kwargs)
            if reponse.status_code != 200 or reponse.streaming:
                return reponse
            corps = reponse.content
            etiquette = f'W/"{hashlib.sha256(corps).hexdigest()[:24]}"'
            page = Page(corps, gzip.compress(corps, 6, mtime=0), etiquette)
            memoire.set(cle, page, FRAICHEUR)
        return _donner(request, page)

    return gardee


def _est_inconnu(request: HttpRequest) -> bool:
    """Nothing is asked for in particular, by nobody that the portal knows, who has no message to read."""
    connus = {settings.SESSION_COOKIE_NAME, "messages"}
    return request.method in ("GET", "HEAD") and not request.GET and not connus & request.COOKIES.keys()


def _donner(request: HttpRequest, page: Page) -> HttpResponse:
    if page.etiquette in request.headers.get("If-None-Match", ""):
        reponse: HttpResponse = HttpResponseNotModified()
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        reponse = HttpResponse(page.comprime, headers={"Content-Encoding": "gzip"})
    else:
        reponse = HttpResponse(page.corps)
    reponse["ETag"] = page.etiquette
    reponse["Cache-Control"] = (
        "no-cache"  # kept by the browser, but asked for again: whoever logs in reads another page
    )
    patch_vary_headers(reponse, ["Cookie", "Accept-Encoding"])
    return reponse
