"""The help: its index by audience, and each guide. For everybody, without an account."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from hashlib import sha256

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_cache_control, quote_etag
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from ..guides import Guide, guide, guides, guides_de

Vue = Callable[..., tuple[HttpResponse, datetime]]


def qui_se_garde(vue: Vue) -> Callable[..., HttpResponse]:
    """A visitor's browser keeps the page and asks whether it changed; the page of an account bears its menu, and is sent."""

    @wraps(vue)
    def gardee(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        reponse, modifie = vue(request, *args, **kwargs)
        if request.user.is_authenticated:
            return reponse
        etiquette = quote_etag(sha256(reponse.content).hexdigest()[:32])
        moment = int(modifie.timestamp())
        reponse["ETag"], reponse["Last-Modified"] = etiquette, http_date(moment)
        patch_cache_control(reponse, no_cache=True)
        return get_conditional_response(request, etag=etiquette, last_modified=moment, response=reponse) or reponse

    return gardee


@login_not_required
@require_safe
@qui_se_garde
def sommaire(request: HttpRequest) -> tuple[HttpResponse, datetime]:
    """Every guide, the reader's own first."""
    tous = guides()
    siens = guides_de(request.user.roles) if request.user.is_authenticated else ["porteur"]
    tries: list[Guide] = sorted(tous, key=lambda un: un.code not in siens)
    contexte = {"guides": tries, "siens": siens if request.user.is_authenticated else []}
    return render(request, "projets/aide/sommaire.html", contexte), max(un.modifie for un in tous)


@login_not_required
@require_safe
@qui_se_garde
def un_guide(request: HttpRequest, code: str) -> tuple[HttpResponse, datetime]:
    try:
        choisi = guide(code)
    except KeyError:
        raise Http404 from None
    autres = [un for un in guides() if un.code != code]
    return render(request, "projets/aide/guide.html", {"guide": choisi, "autres": autres}), choisi.modifie
