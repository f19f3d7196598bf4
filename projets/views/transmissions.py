"""Handing a project over: the page of its porteur, and the link that the colleague receives."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from correspondants.models import Utilisateur

from .. import transmissions
from ..forms.compte import TransmissionForm
from ..models import ModificationConcurrente, Transmission
from ..permissions import peut_transmettre
from ..transmissions import TransmissionImpossible, transmission_du_jeton
from .acces import attendre_a_la_porte
from .projet import trouver


@require_http_methods(["GET", "HEAD", "POST"])
def transmettre(request: HttpRequest, numero: str) -> HttpResponse:
    """To whom, and where the proposal stands."""
    projet = trouver(request, numero)
    if not peut_transmettre(request.user, projet):
        raise PermissionDenied("Seul le porteur transmet son projet, tant qu’il n’est pas terminé.")
    form = TransmissionForm(request.POST if request.method == "POST" else None, projet=projet)
    if form.is_valid():
        try:
            transmissions.proposer(projet, par=request.user, **form.cleaned_data)
        except TransmissionImpossible as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, "La proposition est partie. Vous restez porteur jusqu’à son acceptation.")
            return redirect("projet_transmettre", projet.numero)
    contexte = {"projet": projet, "form": form, "attente": transmissions.en_attente(projet)}
    statut = 409 if form.is_bound and form.non_field_errors() else 200
    return render(request, "projets/compte/transmettre.html", contexte, status=statut)


@require_POST
def retirer(request: HttpRequest, numero: str) -> HttpResponse:
    projet = trouver(request, numero)
    if not peut_transmettre(request.user, projet):
        raise PermissionDenied("Seul le porteur retire sa proposition.")
    attente = transmissions.en_attente(projet)
    try:
        if attente is None:
            raise TransmissionImpossible("Il n’y a plus de proposition à retirer.")
        transmissions.retirer(attente, par=request.user)
        messages.success(request, "La proposition est retirée : son lien n’ouvre plus rien.")
    except TransmissionImpossible as refus:
        messages.info(request, str(refus))
    return redirect("projet_transmettre", projet.numero)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def transmission(request: HttpRequest, jeton: str) -> HttpResponse:
    """The colleague's link. Opening it only shows; accepting or refusing is a button."""
    trouvee = transmission_du_jeton(jeton)
    if trouvee is None:
        return render(request, "projets/compte/transmission_fermee.html", status=410)
    ailleurs = _autre_compte(request, trouvee)
    refus = ""
    if request.method == "POST" and not ailleurs:
        try:
            return _repondre(request, trouvee)
        except (TransmissionImpossible, ModificationConcurrente) as raison:
            refus = str(raison)
    contexte = {"transmission": trouvee, "projet": trouvee.projet, "autre_compte": ailleurs, "refus": refus}
    return render(request, "projets/compte/transmission.html", contexte, status=409 if refus else 200)


def _autre_compte(request: HttpRequest, transmission: Transmission) -> str:
    """The address of whoever is logged in, when the proposal is for somebody else."""
    connecte: Utilisateur = request.user
    if not connecte.is_authenticated or connecte.email.lower() == transmission.courriel:
        return ""
    return connecte.email


def _repondre(request: HttpRequest, transmission: Transmission) -> HttpResponse:
    if request.POST.get("reponse") == "refuser":
        transmissions.refuser(transmission)
        messages.success(request, "C’est noté : le projet reste à son porteur, qui est prévenu.")
        return redirect("accueil")
    if request.POST.get("reponse") != "accepter":
        raise TransmissionImpossible("Acceptez ou refusez le projet.")
    transmissions.accepter(transmission)
    if request.user.is_authenticated:
        messages.success(request, f"Le projet {transmission.projet.numero} est maintenant le vôtre.")
    else:
        messages.success(request, "Le projet est à vous. Demandez un code par courriel pour l’ouvrir.")
        attendre_a_la_porte(request, transmission.courriel)
    return redirect(transmission.projet)
