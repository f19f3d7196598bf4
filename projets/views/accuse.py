"""The acknowledgement of a deposit given back, as PDF and as Word, to whoever reads the whole file."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from ..blocs import Imprime
from ..documents.accuse import accuse
from ..documents.docx import MIME_DOCX, ecrire
from ..documents.pdf import rendre_blocs
from ..interlocuteurs import interlocuteurs
from ..permissions import peut_lire_dossier
from .documents import telecharger
from .projet import trouver


@require_safe
def accuse_pdf(request: HttpRequest, numero: str) -> HttpResponse:
    nom, imprime = _accuse(request, numero)
    return telecharger(f"{nom}.pdf", rendre_blocs(imprime), "application/pdf")


@require_safe
def accuse_word(request: HttpRequest, numero: str) -> HttpResponse:
    nom, imprime = _accuse(request, numero)
    return telecharger(f"{nom}.docx", ecrire(imprime, timezone.localdate()), MIME_DOCX)


def _accuse(request: HttpRequest, numero: str) -> tuple[str, Imprime]:
    """Name and content of the acknowledgement of the last deposit. Raises Http404 before the first."""
    projet = trouver(request, numero)
    if not peut_lire_dossier(request.user, projet):
        raise PermissionDenied("L’accusé de réception est réservé au porteur et aux services qui suivent le projet.")
    depot = projet.depots.select_related("piece").order_by("-rang").first()
    if depot is None:
        raise Http404("Ce projet n’a pas été déposé.")
    return f"{projet.numero}-accuse-de-reception", accuse(projet, depot, interlocuteurs(projet))
