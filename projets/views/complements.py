"""The exchange on the questions to correct: the coordinator closes each of them, the porteur takes the file to correct."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from .. import complements
from ..models import ChampACompleter
from ..noms_de_fichiers import nom_propre
from ..permissions import est_porteur
from ..reception import MIME_DOCX, nom_word
from ..word.refus import FichierRefuse
from ..workflow import ActionImpossible, ActionInterdite
from .documents import telecharger
from .projet import trouver


@require_POST
def clore(request: HttpRequest, numero: str, pk: int) -> HttpResponse:
    """Closes the exchange on one question; ``rouvrir`` takes the closing back."""
    projet = trouver(request, numero)
    champ = get_object_or_404(ChampACompleter.objects.select_related("demande"), pk=pk, demande__projet=projet)
    close = "rouvrir" not in request.POST
    try:
        complements.clore(champ, par=request.user, close=close)
    except ActionInterdite as refus:
        raise PermissionDenied(str(refus)) from refus
    except ActionImpossible as refus:
        messages.error(request, str(refus))
    else:
        etat = "close" if close else "rouverte"
        messages.success(request, f"La question «\u00a0{champ.libelle}\u00a0» est {etat}.")
    return redirect(f"{projet.get_absolute_url()}#champ-{champ.pk}")


@require_safe
def fichier(request: HttpRequest, numero: str) -> HttpResponse:
    """The porteur's Word file, each question to correct as a comment in its place."""
    projet = trouver(request, numero)
    if not est_porteur(request.user, projet):
        raise PermissionDenied("Ce fichier est celui du porteur.")
    if not complements.ouverts(projet):
        messages.info(request, "Aucune question n’est à corriger en ce moment.")
        return redirect(projet)
    try:
        octets = complements.fichier_annote(projet)
    except FichierRefuse as refus:
        messages.error(request, refus.message)
        return redirect(reverse("projet_modifier", args=[projet.numero]))
    return telecharger(nom_propre(f"a-completer-{nom_word(projet)}"), octets, MIME_DOCX)
