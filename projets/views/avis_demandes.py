"""Requests for an opinion beside their answer: handed on, taken back, sent again, their link revoked."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from .. import demandes_avis, notifications
from ..avis import est_attendu
from ..forms.ien import TransmettreForm
from ..models import AvisIEN, DelegationAvis, Projet
from ..permissions import Acteur, LienAvis, peut_gerer_demande, peut_transmettre_avis
from ..workflow import ActionImpossible, ActionInterdite
from .ien import trouver


@require_http_methods(["GET", "HEAD", "POST"])
def transmettre(request: HttpRequest, pk: int) -> HttpResponse:
    avis = trouver(request, pk)
    retour = reverse("avis_rendre", args=[pk])
    return repondre_transmission(request, avis, request.user, "projets/ien/transmettre.html", retour)


@require_http_methods(["GET", "HEAD", "POST"])
def reprendre(request: HttpRequest, pk: int, delegation: int) -> HttpResponse:
    avis = trouver(request, pk)
    retour = reverse("avis_rendre", args=[pk])
    return repondre_reprise(request, avis, request.user, "projets/ien/reprendre.html", retour, delegation)


def repondre_transmission(
    request: HttpRequest, avis: AvisIEN, acteur: Acteur, gabarit: str, retour: str
) -> HttpResponse:
    """The request handed on, or the form that does it: the same for an account and for a link."""
    if not est_attendu(avis):
        return redirect(retour)
    if not peut_transmettre_avis(acteur, avis):
        raise PermissionDenied("Qui a reçu une demande transmise ne la transmet pas à son tour.")
    form, statut = TransmettreForm(request.POST if request.method == "POST" else None), 200
    if form.is_valid():
        try:
            delegation = demandes_avis.transmettre(avis, par=acteur, **form.cleaned_data)
        except ActionImpossible as refus:
            form.add_error("courriel", list(refus.obstacles))
            statut = 409
        else:
            _dire(request, acteur, f"La demande est transmise à {delegation.nom}.")
            return redirect(retour)
    return render(request, gabarit, {"avis": avis, "form": form, "retour": retour}, status=statut)


def repondre_reprise(
    request: HttpRequest, avis: AvisIEN, acteur: Acteur, gabarit: str, retour: str, pk: int
) -> HttpResponse:
    """GET confirms, POST takes a delegation back."""
    if isinstance(acteur, LienAvis) and acteur.delegation:
        raise PermissionDenied("Reprendre une demande revient à l’autorité qui l’a transmise.")
    delegation = get_object_or_404(DelegationAvis.objects.select_related("avis"), pk=pk, avis=avis)
    obstacles: tuple[str, ...] = ()
    if request.method == "POST":
        obstacles = _faire(lambda: demandes_avis.reprendre(delegation, par=acteur))
        if not obstacles:
            _dire(request, acteur, f"Le lien de {delegation.nom} n’ouvre plus rien.")
            return redirect(retour)
    contexte = {"avis": avis, "delegation": delegation, "retour": retour, "obstacles": obstacles}
    return render(request, gabarit, contexte, status=409 if obstacles else 200)


def _dire(request: HttpRequest, acteur: Acteur, phrase: str) -> None:
    """A message for an account; a link has no session, and its page shows what was done."""
    if not isinstance(acteur, LienAvis):
        messages.success(request, phrase)


# --- by the coordination in charge ------------------------------------------------------------------------------------

GESTES = ("renvoyer", "revoquer")


@require_http_methods(["GET", "HEAD", "POST"])
def gerer(request: HttpRequest, numero: str, pk: int, geste: str) -> HttpResponse:
    """GET confirms; POST sends the request again with a new link, or revokes its link."""
    if geste not in GESTES:
        raise Http404
    projets = Projet.objects.visibles_par(request.user).filter(numero=numero)
    demandes = AvisIEN.objects.en_vigueur().filter(projet__in=projets)
    avis = get_object_or_404(demandes.select_related("projet__porteur", "projet__appel", "correspondant"), pk=pk)
    if not peut_gerer_demande(request.user, avis):
        raise PermissionDenied("Ce geste revient à la coordination en charge du projet.")
    possible = demandes_avis.peut_renvoyer(avis) if geste == "renvoyer" else demandes_avis.peut_revoquer(avis)
    obstacles = () if possible else ("Cet avis n’est plus attendu, ou son lien n’ouvre déjà plus rien.",)
    if request.method == "POST" and possible:
        obstacles = _faire(lambda: getattr(demandes_avis, geste)(avis, par=request.user))
        if not obstacles:
            fait = "La demande est renvoyée, avec un nouveau lien." if geste == "renvoyer" else "Le lien est révoqué."
            messages.success(request, fait)
            return redirect(f"{avis.projet.get_absolute_url()}#avis")
    contexte = {"avis": avis, "geste": geste, "adresses": notifications.adresses_de(avis), "obstacles": obstacles}
    return render(request, "projets/ien/gerer.html", contexte, status=409 if request.method == "POST" else 200)


def _faire(geste: Callable[[], object]) -> tuple[str, ...]:
    """Carries out a gesture; the sentences that refuse it, none when it was done. Raises PermissionDenied."""
    try:
        geste()
    except ActionInterdite as refus:
        raise PermissionDenied(str(refus)) from refus
    except ActionImpossible as refus:
        return refus.obstacles
    return ()
