"""The documents of a meeting: the opening pack before it, the minutes after it, each as PDF and Word."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from .. import exports
from ..blocs import Imprime
from ..documents import compte_rendu as minutes
from ..documents import docx, dossier_seance
from ..documents.pdf import rendre_blocs
from ..models import SeanceTroika
from .documents import telecharger
from .troika_acces import CONSULTER, seance_ou_404

Composer = Callable[..., Imprime]


@require_http_methods(CONSULTER)
def dossier_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The pack of a short agenda at once; that of a long one is made in the background, when the button says so."""
    seance = seance_ou_404(request, pk)
    if request.method == "POST":
        return redirect("export", exports.demander_dossier(request.user, seance).jeton)
    if not exports.dossier_est_long(seance):
        return _pdf(request, pk, dossier_seance.composer, "dossier-de-seance")
    contexte = {
        "seance": seance,
        "nombre": seance.points.count(),
        "dernier": exports.dernier_dossier(request.user, seance),
    }
    return render(request, "projets/troika/dossier.html", contexte)


@require_safe
def dossier_word(request: HttpRequest, pk: int) -> HttpResponse:
    return _word(request, pk, dossier_seance.composer, "dossier-de-seance")


@require_safe
def compte_rendu_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    return _pdf(request, pk, minutes.composer, "compte-rendu-troika")


@require_safe
def compte_rendu_word(request: HttpRequest, pk: int) -> HttpResponse:
    return _word(request, pk, minutes.composer, "compte-rendu-troika")


def _pdf(request: HttpRequest, pk: int, composer: Composer, nom: str) -> HttpResponse:
    seance = seance_ou_404(request, pk)
    return telecharger(f"{nom}-{_jour(seance)}.pdf", rendre_blocs(composer(seance, request.user)), "application/pdf")


def _word(request: HttpRequest, pk: int, composer: Composer, nom: str) -> HttpResponse:
    seance = seance_ou_404(request, pk)
    octets = docx.ecrire(composer(seance, request.user), timezone.localdate())
    return telecharger(f"{nom}-{_jour(seance)}.docx", octets, docx.MIME_DOCX)


def _jour(seance: SeanceTroika) -> str:
    return timezone.localtime(seance.date).date().isoformat()
