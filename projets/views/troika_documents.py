"""The documents of a meeting: the opening pack before it, the minutes after it, each as PDF and Word."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from ..blocs import Imprime
from ..documents import compte_rendu as minutes
from ..documents import docx, dossier_seance
from ..documents.pdf import rendre_blocs
from ..models import SeanceTroika
from .documents import telecharger
from .troika_acces import seance_ou_404

Composer = Callable[..., Imprime]


@require_safe
def dossier_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    return _pdf(request, pk, dossier_seance.composer, "dossier-de-seance")


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
