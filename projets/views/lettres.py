"""Letters given out: to the porteur, to the services, to the coordination that reads them again and prints them."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from ..documents import archive, lettre
from ..documents.docx import MIME_DOCX
from ..lettres import Courrier, apercus
from ..models import Lettre, Projet, SeanceTroika
from ..permissions import peut_lire_dossier, peut_tenir_seance
from .documents import telecharger
from .troika_acces import seance_ou_404


@require_safe
def lettre_pdf(request: HttpRequest, numero: str) -> HttpResponse:
    courrier = _courrier(request, numero)
    return telecharger(f"lettre-{courrier.reference}.pdf", lettre.pdf([courrier]), "application/pdf")


@require_safe
def lettre_word(request: HttpRequest, numero: str) -> HttpResponse:
    courrier = _courrier(request, numero)
    return telecharger(f"lettre-{courrier.reference}.docx", lettre.word(courrier), MIME_DOCX)


def _courrier(request: HttpRequest, numero: str) -> Courrier:
    """The last letter of a project, or that of ``?reference=``. Raises Http404 as long as none was published."""
    projet = get_object_or_404(Projet.objects.visibles_par(request.user), numero=numero)
    if not peut_lire_dossier(request.user, projet):
        raise PermissionDenied("La lettre est réservée au porteur et aux services qui l’instruisent.")
    publiees = Lettre.objects.publiees().filter(decision__point__projet=projet)
    if reference := request.GET.get("reference", "").replace("\x00", ""):
        publiees = publiees.filter(reference=reference)
    derniere = publiees.order_by("-creee_le", "-pk").first()
    if derniere is None:
        raise Http404("Aucune lettre n’est publiée pour ce projet.")
    return Courrier.depuis_json(derniere.donnees)


@require_safe
def de_la_seance(request: HttpRequest, pk: int) -> HttpResponse:
    """Every letter of a published meeting, to be printed and signed; the archive is sent while it is made."""
    seance = _seance(request, pk)
    if seance.est_ouverte:
        messages.info(request, "Les lettres seront prêtes dès que les décisions seront publiées.")
        return redirect("troika_seance", seance.pk)
    lettres = Lettre.objects.publiees().filter(decision__point__seance=seance).dans_l_ordre()
    courriers = [Courrier.depuis_json(une.donnees) for une in lettres]
    jour = timezone.localtime(seance.date).date().isoformat()
    return StreamingHttpResponse(
        archive.lettres(courriers),
        content_type="application/zip",
        headers={
            "Content-Disposition": content_disposition_header(True, f"lettres-troika-{jour}.zip"),
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


@require_safe
def relire(request: HttpRequest, pk: int, point: int | None = None) -> HttpResponse:
    """The letters as the pending decisions would have them written, one or all, marked as drafts on every page."""
    seance = _seance(request, pk)
    if not seance.est_ouverte:
        messages.info(request, "Les décisions de cette séance sont publiées : voici les lettres telles qu’envoyées.")
        return redirect("troika_seance", seance.pk)
    courriers = apercus(seance, request.user, point)
    if point is not None and not courriers:
        raise Http404("Ce projet n’a pas de décision enregistrée.")
    if not courriers:
        messages.info(request, "Aucune lettre à relire : aucune décision n’est encore enregistrée.")
        return redirect("troika_seance", seance.pk)
    octets = lettre.pdf(courriers, lettre.PROJET, titre="Projets de lettres de la séance" if point is None else "")
    return telecharger("projets-de-lettres.pdf", octets, "application/pdf")


def _seance(request: HttpRequest, pk: int) -> SeanceTroika:
    """A meeting, for the coordination only."""
    if not peut_tenir_seance(request.user):
        raise PermissionDenied("Les lettres d’une séance sont préparées par la coordination.")
    return seance_ou_404(request, pk)
