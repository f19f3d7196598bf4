"""The filters that a person keeps: saving the one in force, renaming, choosing the one applied at opening, removing."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ..forms.filtres import EnregistrerFiltreForm, FiltreForm
from ..models import FiltreEnregistre
from ..permissions import est_des_services
from .coordination import projets_filtres


def _adresse(parametres: str) -> str:
    return f"{reverse('coordination')}?{parametres or 'tout=1'}#projets"


def _mien(request: HttpRequest, pk: int) -> FiltreEnregistre:
    if not est_des_services(request.user):
        raise PermissionDenied
    return get_object_or_404(FiltreEnregistre, pk=pk, utilisateur=request.user)


@require_http_methods(["GET", "HEAD", "POST"])
def enregistrer(request: HttpRequest) -> HttpResponse:
    """Keeps under a name what is understood of the query string; the rest is left out."""
    if not est_des_services(request.user):
        raise PermissionDenied
    if request.method != "POST":
        return redirect("coordination")
    demandes = QueryDict(request.POST.get("parametres", "")[:2000])
    parametres = projets_filtres(request, demandes).parametres_connus
    form = EnregistrerFiltreForm(request.POST, utilisateur=request.user, parametres=parametres)
    if form.is_valid():
        nouveau = form.enregistrer()
        nom = form.cleaned_data["nom"]
        messages.success(request, f"Filtre « {nom} » {'enregistré' if nouveau else 'mis à jour'}.")
        return redirect(_adresse(parametres))
    contexte = {"form": form, "parametres": parametres, "retour": _adresse(parametres)}
    return render(request, "projets/coordination/filtre_nouveau.html", contexte, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def modifier(request: HttpRequest, pk: int) -> HttpResponse:
    filtre = _mien(request, pk)
    form = FiltreForm(request.POST or None, instance=filtre)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, f"Filtre « {filtre.nom} » modifié.")
        return redirect(_adresse(filtre.parametres))
    contexte = {"form": form, "filtre": filtre, "retour": _adresse(filtre.parametres)}
    return render(request, "projets/coordination/filtre.html", contexte, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def supprimer(request: HttpRequest, pk: int) -> HttpResponse:
    filtre = _mien(request, pk)
    if request.method == "POST":
        filtre.delete()
        messages.success(request, f"Filtre « {filtre.nom} » supprimé.")
        return redirect(_adresse(""))
    contexte = {"filtre": filtre, "retour": reverse("coordination_filtre", args=[filtre.pk])}
    return render(request, "projets/coordination/filtre_supprimer.html", contexte)
