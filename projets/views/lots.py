"""Actions on several projects: a summary before, a report after, one view for all of them."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ..documents.liste_projets import FORMATS
from ..forms.lots import Choisis, choisis_parmi, formulaire_de_lot, versions_lues
from ..lots import ACTIONS, MAXIMUM, Geste, realiser, separer
from ..models import Projet
from ..permissions import est_coordinateur, peut_exporter
from ..tris import tri_demande, trier
from .coordination import adresse_de_la_liste, projets_filtres, tableur


@dataclass(frozen=True)
class Selection:
    """The projects of a lot, with the version that was read; ``total``: how many the person asked for."""

    choisis: Choisis
    total: int

    @property
    def depasse(self) -> bool:
        return self.total > len(self.choisis)


def _selection(request: HttpRequest) -> Selection:
    """What was ticked or, with ``tout``, the filtered list in its order: the first ``MAXIMUM``, read now."""
    if request.POST.get("tout") and "confirmer" not in request.POST:
        parametres = QueryDict(request.POST.get("parametres", "")[:2000])
        filtres = projets_filtres(request, parametres)
        lus = trier(filtres.qs, tri_demande(parametres)).select_related("structure", "porteur", "appel")
        choisis = [(projet, projet.version) for projet in lus.defer("donnees", "recherche")[:MAXIMUM]]
        return Selection(choisis, filtres.qs.order_by().values("pk").count())
    visibles = Projet.objects.visibles_par(request.user).deposes().select_related("structure", "porteur", "appel")
    versions = versions_lues(request.POST)
    choisis = choisis_parmi(visibles, versions)
    return Selection(choisis, max(len(choisis), len(request.POST.getlist("projets")) if len(versions) > MAXIMUM else 0))


@require_http_methods(["GET", "HEAD", "POST"])
def lot(request: HttpRequest) -> HttpResponse:
    """First POST: summary and what has to be typed. Second (``confirmer``): each project by itself, then the report."""
    if not est_coordinateur(request.user):
        raise PermissionDenied("Les actions sur plusieurs projets reviennent aux coordinations.")
    retour = adresse_de_la_liste(request)
    action = ACTIONS.get(request.POST.get("action", ""))
    if request.method == "POST" and request.POST.get("action") == "exporter":
        return _exporter(request, retour)
    if request.method != "POST" or action is None:
        return redirect(retour)
    selection = _selection(request)
    if not selection.choisis:
        messages.warning(request, "Cochez d’abord des projets dans la liste.")
        return redirect(retour)
    retenus, ecartes = separer(action, selection.choisis, request.user)
    envoye = request.POST if "confirmer" in request.POST else None
    form = formulaire_de_lot(action.code)(envoye, choisis=retenus or selection.choisis)
    contexte = {"action": action, "retour": retour}
    if form.is_valid():
        geste = Geste(request.user, form.cleaned_data["jeton"], form.donnees())
        rapport = realiser(action, selection.choisis, geste)
        suite = _suite(form.donnees())
        contexte |= {"rapport": rapport, "suite": suite, "titre_du_lot": action.bilan(len(rapport.faits))}
        return render(request, "projets/coordination/lot_rapport.html", contexte)
    contexte |= {"titre_du_lot": action.titre(len(retenus)), "form": form, "selection": selection, "maximum": MAXIMUM}
    contexte |= {"retenus": retenus, "ecartes": ecartes}
    return render(request, "projets/coordination/lot.html", contexte, status=422 if form.is_bound else 200)


def _suite(donnees: dict[str, object]) -> dict[str, str]:
    """Where to go next: the meeting whose agenda was written; empty otherwise."""
    seance = donnees.get("seance")
    return {"url": reverse("troika_seance", args=[seance.pk]), "libelle": "Ouvrir la séance"} if seance else {}


def _exporter(request: HttpRequest, retour: str) -> HttpResponse:
    """The ticked projects as a sheet; the whole list has an address of its own, without a bound."""
    format_ = request.POST.get("format", "xlsx")
    if not peut_exporter(request.user):
        raise PermissionDenied
    if format_ not in FORMATS:
        format_ = "xlsx"
    if request.POST.get("tout"):
        parametres = QueryDict(request.POST.get("parametres", "")[:2000]).urlencode()
        return redirect(f"{reverse('coordination_export', args=[format_])}?{parametres}")
    visibles = Projet.objects.visibles_par(request.user).deposes()
    numeros = list(versions_lues(request.POST))
    if not numeros:
        messages.warning(request, "Cochez d’abord des projets dans la liste.")
        return redirect(retour)
    return tableur(visibles.filter(numero__in=numeros).order_by("numero"), format_)


__all__ = ["Selection", "lot"]
