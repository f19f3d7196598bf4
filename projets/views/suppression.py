"""Deleting a draft that was never deposited: confirmed, then gone with its files."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from ..effacement import supprimer_brouillon
from ..models import Projet
from ..permissions import est_porteur
from .acces import avec_brouillon


@avec_brouillon
@require_http_methods(["GET", "HEAD", "POST"])
def supprimer(request: HttpRequest, projet: Projet) -> HttpResponse:
    """By its porteur, or by the browser that made it when it is nobody's yet; never by a colleague who writes with them."""
    if projet.porteur_id is not None and not est_porteur(request.user, projet):
        raise PermissionDenied("Seule la personne qui dépose ce dossier le supprime.")
    if request.method == "POST":
        if supprimer_brouillon(projet):
            messages.success(request, "Le brouillon est supprimé, avec ses fichiers.")
            return redirect("suivi" if request.user.is_authenticated else "deposer")
        messages.error(request, "Ce brouillon vient de changer : relisez-le avant de le supprimer.")
        return redirect(request.path)
    contexte = {
        "projet": projet,
        "fichiers": projet.pieces.count(),
        "collegues": projet.partages.filter(retire_le=None).exclude(accepte_le=None).count(),
    }
    return render(request, "projets/porteur/supprimer.html", contexte)
