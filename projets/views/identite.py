"""The style sheet and the logo of a cité, for everybody: each version has its own address, kept for ever by browsers."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ..models import IdentitePubliee
from ..models.identite import Apparence

POUR_TOUJOURS = "public, max-age=31536000, immutable"
UN_INSTANT = "public, max-age=60"


@login_not_required
@require_safe
def feuille(request: HttpRequest, empreinte: str) -> HttpResponse:
    """The colours in force. Asked by the name of an older version (a page kept somewhere), today's are given, not to be kept."""
    publiee = IdentitePubliee.objects.filter(appel__courant=True).first()
    if publiee is None:
        raise Http404
    garder = POUR_TOUJOURS if publiee.palette.empreinte() == empreinte else UN_INSTANT
    return HttpResponse(
        publiee.palette.feuille(), content_type="text/css; charset=utf-8", headers={"Cache-Control": garder}
    )


@login_not_required
@require_safe
def logo(request: HttpRequest, nom: str) -> HttpResponse:
    publiee = IdentitePubliee.objects.filter(logo=f"identite/{nom}").first()
    if publiee is None:
        raise Http404
    reponse = image(publiee)
    reponse["Cache-Control"] = POUR_TOUJOURS
    return reponse


def image(apparence: Apparence) -> HttpResponse:
    """The picture of its logo. Raises Http404 when the file is gone."""
    try:
        with apparence.logo.open("rb") as fichier:
            octets = fichier.read()
    except FileNotFoundError as perdu:
        raise Http404 from perdu
    genre = "image/png" if octets.startswith(b"\x89PNG") else "image/jpeg"
    return HttpResponse(octets, content_type=genre, headers={"X-Content-Type-Options": "nosniff"})
