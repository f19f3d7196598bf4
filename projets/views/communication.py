"""The communication kit of a project: what must be printed on its supports, and those it made."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from ..communication import (
    Conformite,
    Kit,
    SupportRefuse,
    archive_des_logos,
    declarer_supports,
    retirer_support,
    supports_de,
)
from ..enums import GenrePiece, Statut
from ..forms.communication import DeclarationForm, SupportsForm
from ..models import LogoCommunication, Projet
from ..permissions import peut_joindre_support, peut_lire_dossier
from ..reception import MIME_DOCX
from .documents import telecharger
from .projet import trouver

if TYPE_CHECKING:  # python-docx and python-pptx are loaded by the first poster or slide that is asked for
    from ..documents.supports import Affichage


def projet_communique(request: HttpRequest, numero: str) -> Projet:
    """A deposited project whose file the person may read. Raises Http404 or PermissionDenied."""
    projet = trouver(request, numero)
    if projet.statut == Statut.BROUILLON:
        raise Http404
    if not peut_lire_dossier(request.user, projet):
        raise PermissionDenied("Le kit de communication est réservé au porteur et aux services qui suivent le projet.")
    return projet


@require_http_methods(["GET", "HEAD", "POST"])
def kit(request: HttpRequest, numero: str) -> HttpResponse:
    projet = projet_communique(request, numero)
    peut_joindre = peut_joindre_support(request.user, projet)
    joint = request.method == "POST" and "declarer" not in request.POST
    form = SupportsForm(request.POST or None, request.FILES or None) if joint else SupportsForm()
    if request.method == "POST":
        if not peut_joindre:
            raise PermissionDenied("Les supports sont joints par le porteur du projet.")
        if not joint:
            return _declarer(request, projet)
        gardes = form.joindre(projet, request.user) if form.is_valid() else 0
        if gardes:
            messages.success(request, "Votre support est joint." if gardes == 1 else f"{gardes} supports sont joints.")
        if not form.errors:
            return redirect("projet_communication", projet.numero)
    contexte = {
        "projet": projet,
        "kit": Kit.de(projet),
        "form": form,
        "peut_joindre": peut_joindre,
        "conformite": Conformite.de(projet),
        "declaration": DeclarationForm(supports=supports_de(projet)) if peut_joindre else None,
    }
    return render(request, "projets/communication/kit.html", contexte, status=422 if form.errors else 200)


def _declarer(request: HttpRequest, projet: Projet) -> HttpResponse:
    """What is on each support: the bilan reads it from here."""
    form = DeclarationForm(request.POST, supports=supports_de(projet))
    if form.is_valid():
        declarer_supports(projet, form.dits, par=request.user)
        messages.success(request, "C’est noté : votre bilan le reprendra.")
    return redirect("projet_communication", projet.numero)


@require_http_methods(["GET", "HEAD", "POST"])
def retirer(request: HttpRequest, numero: str, pk: int) -> HttpResponse:
    """Confirms, then takes one support away."""
    projet = projet_communique(request, numero)
    piece = get_object_or_404(projet.pieces.select_related("projet"), pk=pk, genre=GenrePiece.SUPPORT)
    if not peut_joindre_support(request.user, projet):
        raise PermissionDenied("Les supports sont retirés par le porteur du projet.")
    if request.method == "POST":
        try:
            retirer_support(piece, par=request.user)
        except SupportRefuse as refus:
            messages.error(request, str(refus))
        else:
            messages.success(request, f"« {piece.nom} » est retiré.")
        return redirect("projet_communication", projet.numero)
    return render(request, "projets/communication/retirer.html", {"projet": projet, "piece": piece})


@require_safe
def logos(request: HttpRequest, numero: str) -> HttpResponse:
    projet = projet_communique(request, numero)
    archive = archive_des_logos(projet.appel, Kit.de(projet).phrase)
    return telecharger(f"{projet.numero}-logos.zip", archive, "application/zip")


def _a_montrer(projet: Projet) -> "Affichage":
    from ..documents.supports import Affichage

    kit_du_projet = Kit.de(projet)
    return Affichage(
        cite=projet.appel.cite,
        titre=projet.titre or "Titre du projet",
        structure=str(projet.structure or ""),
        phrase=kit_du_projet.phrase,
        logos=tuple((demande.nom, demande.octets()) for demande in kit_du_projet.logos),
    )


@require_safe
def affiche(request: HttpRequest, numero: str) -> HttpResponse:
    from ..documents import supports

    projet = projet_communique(request, numero)
    return telecharger(f"{projet.numero}-affiche.docx", supports.affiche(_a_montrer(projet)), MIME_DOCX)


@require_safe
def diapositive(request: HttpRequest, numero: str) -> HttpResponse:
    from ..documents import supports

    projet = projet_communique(request, numero)
    octets = supports.diapositive(_a_montrer(projet))
    return telecharger(f"{projet.numero}-diapositive.pptx", octets, supports.MIME_PPTX)


@login_not_required
@require_safe
@cache_control(max_age=3600, public=True)
def logo(request: HttpRequest, pk: int) -> HttpResponse:
    """The picture of one logo, for everybody: it is meant to be seen."""
    trouve = get_object_or_404(LogoCommunication, pk=pk)
    try:
        with trouve.fichier.open("rb") as fichier:
            octets = fichier.read()
    except FileNotFoundError as perdu:
        raise Http404 from perdu
    genre = "image/png" if octets.startswith(b"\x89PNG") else "image/jpeg"
    return HttpResponse(octets, content_type=genre, headers={"X-Content-Type-Options": "nosniff"})
