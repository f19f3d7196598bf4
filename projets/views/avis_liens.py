"""What the signed link of an opinion opens, without any account: the opinion, handing it on, asking for a new link.

A GET or a HEAD only shows: mail scanners follow links before people do.
"""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from django.views.defaults import page_not_found, permission_denied

from cite_educative import origine

from .. import demandes_avis
from ..liens_avis import demande_du_jeton, est_signe, ouvrir
from ..permissions import LienAvis
from . import avis_demandes
from .ien import repondre

Vue = Callable[..., HttpResponse]


def sans_compte(vue: Vue) -> Vue:
    """Decorator: a page of a signed link, open to nobody else, kept by nothing on the way, told to no other site."""

    @csrf_exempt  # no cookie gives a right here, the token in the address does; under « no-referrer » no origin is sent
    @login_not_required
    @wraps(vue)
    def vue_du_lien(request: HttpRequest, jeton: str, **parametres: object) -> HttpResponse:
        try:
            with origine.depuis(origine.LIEN):
                reponse = vue(request, jeton, **parametres)
        except PermissionDenied as refus:
            reponse = permission_denied(request, refus)
        except Http404 as refus:
            reponse = page_not_found(request, refus)
        reponse.headers["Referrer-Policy"] = "no-referrer"
        reponse.headers["Cache-Control"] = "no-store"
        reponse.headers["X-Robots-Tag"] = "noindex, nofollow"
        return reponse

    return vue_du_lien


def avec_lien(vue: Vue) -> Vue:
    """Decorator: opens the link of a token and gives it to the view; explains what to do when it no longer opens."""

    @sans_compte
    @wraps(vue)
    def vue_ouverte(request: HttpRequest, jeton: str, **parametres: object) -> HttpResponse:
        lien = ouvrir(jeton)
        if lien is not None:
            return vue(request, jeton, lien, **parametres)
        signe = est_signe(jeton)
        contexte = {"jeton": jeton if signe else "", "saisie": request.POST.get("motif", "")}
        return render(request, "projets/ien/lien_ferme.html", contexte, status=410 if signe else 404)

    return vue_ouverte


@require_http_methods(["GET", "HEAD", "POST"])
@avec_lien
def par_lien(request: HttpRequest, jeton: str, lien: LienAvis) -> HttpResponse:
    return repondre(request, lien.avis, lien, "projets/ien/lien.html", lambda _: reverse("avis_lien", args=[jeton]))


@require_http_methods(["GET", "HEAD", "POST"])
@avec_lien
def transmettre(request: HttpRequest, jeton: str, lien: LienAvis) -> HttpResponse:
    retour = reverse("avis_lien", args=[jeton])
    return avis_demandes.repondre_transmission(request, lien.avis, lien, "projets/ien/lien_transmettre.html", retour)


@require_http_methods(["GET", "HEAD", "POST"])
@avec_lien
def reprendre(request: HttpRequest, jeton: str, lien: LienAvis, delegation: int) -> HttpResponse:
    retour = reverse("avis_lien", args=[jeton])
    return avis_demandes.repondre_reprise(
        request, lien.avis, lien, "projets/ien/lien_reprendre.html", retour, delegation
    )


@require_http_methods(["GET", "HEAD", "POST"])
@sans_compte
def nouveau_lien(request: HttpRequest, jeton: str) -> HttpResponse:
    """Asks for a new link: it goes to the address of the directory, and the answer is the same whatever happens."""
    if request.method != "POST":
        return redirect("avis_lien", jeton)
    if avis := demande_du_jeton(jeton):
        demandes_avis.redemander_un_lien(avis)
    return render(request, "projets/ien/lien_demande.html", status=200 if est_signe(jeton) else 404)
