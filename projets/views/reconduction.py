"""Renewing a project, with what its last edition gave beside; taking up again the content of one that was withdrawn."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from .. import bilans_manquants, reconduction
from ..models import ModificationConcurrente
from ..permissions import est_porteur
from ..reconduction import ReconductionImpossible
from ..renouvellement import COPIES
from .projet import trouver


@require_http_methods(["GET", "HEAD", "POST"])
def reconduire(request: HttpRequest, numero: str) -> HttpResponse:
    """GET shows the results of the last edition and what the new draft will hold; POST makes the draft, once."""
    projet = trouver(request, numero)
    if not est_porteur(request.user, projet):
        raise PermissionDenied("Seul le porteur d’un projet le reconduit.")
    refus = ""
    if request.method == "POST":
        try:
            suivant = reconduction.reconduire(projet, par=request.user)
        except ReconductionImpossible as raison:
            refus = str(raison)
        else:
            messages.success(request, "Votre nouveau dossier est prêt : revoyez ce qui est marqué « À revoir ».")
            return redirect("deposer_verification", suivant.jeton)
    suites = reconduction.suites(projet)
    obstacle = refus or reconduction.obstacle(projet, suites)
    lus = reconduction.resultats(projet)
    prepare = None if obstacle else reconduction.preparer(projet, lus)
    contexte = {
        "projet": projet,
        "resultats": lus,
        "suites": suites,
        "brouillon": reconduction.brouillon_en_cours(projet, request.user),
        "obstacle": obstacle,
        "prepare": prepare,
        "copies": COPIES,
        "bilans_manquants": bilans_manquants.du_dossier(request.user, projet.contenu_depose),
    }
    return render(request, "projets/reconduction/reconduire.html", contexte, status=409 if refus else 200)


@require_POST
def reprendre(request: HttpRequest, numero: str) -> HttpResponse:
    """A withdrawn project, as a new draft with the same content."""
    projet = trouver(request, numero)
    if not est_porteur(request.user, projet):
        raise PermissionDenied("Seul le porteur d’un projet le reprend.")
    try:
        repris = reconduction.reprendre(projet, par=request.user)
    except (ReconductionImpossible, ModificationConcurrente) as refus:
        messages.error(request, str(refus))
        return redirect(projet)
    messages.success(request, "Votre dossier est repris dans un nouveau brouillon : relisez-le, puis déposez-le.")
    return redirect("deposer_verification", repris.jeton)
