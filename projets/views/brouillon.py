"""Beside a draft: going on later or on another device, and writing it with a colleague.

A link only shows what it opens; a button opens it: a mail scanner that follows links consumes nothing.
"""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from .. import partages, reprises
from ..forms.brouillon import AdresseForm, CollegueForm
from ..models import Projet
from ..partages import PartageImpossible
from ..permissions import peut_partager
from .acces import attendre_a_la_porte, avec_brouillon, retenir

lecture_ou_envoi = require_http_methods(["GET", "HEAD", "POST"])
LIEN_PARTI = (
    "Si cette adresse est juste, un courriel y arrive dans quelques minutes, avec un lien valable sept jours. "
    "Rien ne vient\u00a0? Regardez dans les indésirables, ou recommencez dans une heure."
)


@avec_brouillon
@lecture_ou_envoi
def plus_tard(request: HttpRequest, projet: Projet) -> HttpResponse:
    """Sends the link of the draft; the answer is one sentence, whatever the address."""
    initial = {"courriel": request.user.email if request.user.is_authenticated else projet.contenu.porteur_courriel}
    form = AdresseForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        reprises.envoyer(projet, form.cleaned_data["courriel"])
        messages.success(request, LIEN_PARTI)
        return redirect("deposer_verification", projet.jeton)
    contexte = {"projet": projet, "form": form}
    return render(request, "projets/porteur/plus_tard.html", contexte, status=422 if form.errors else 200)


@login_not_required
@never_cache
@lecture_ou_envoi
def reprendre(request: HttpRequest, jeton: str) -> HttpResponse:
    """The link of the mail: the draft is this browser's once the button is pressed, or asks for its porteur's account."""
    projet = reprises.brouillon_du_jeton(jeton)
    if projet is None:
        return render(request, "projets/porteur/reprise_fermee.html", status=410)
    if request.method == "POST":
        if projet.porteur_id is None:
            retenir(request, projet)
        return redirect("deposer_verification", projet.jeton)
    return render(request, "projets/porteur/reprendre.html", {"projet": projet})


@avec_brouillon
@lecture_ou_envoi
def a_plusieurs(request: HttpRequest, projet: Projet) -> HttpResponse:
    """Who writes this draft; its porteur invites, once known by an address."""
    permis = peut_partager(request.user, projet)
    form = CollegueForm(request.POST if request.method == "POST" and permis else None)
    if form.is_valid():
        try:
            partages.inviter(projet, form.cleaned_data["courriel"], par=request.user)
        except PartageImpossible as refus:
            form.add_error("courriel", str(refus))
        else:
            messages.success(request, "L’invitation est partie. Votre collègue écrira avec vous dès qu’il l’acceptera.")
            return redirect("deposer_a_plusieurs", projet.jeton)
    vivants = projet.partages.vivants().select_related("accepte_par")
    contexte = {"projet": projet, "form": form, "permis": permis, "partages": vivants}
    return render(request, "projets/porteur/a_plusieurs.html", contexte, status=422 if form.errors else 200)


@avec_brouillon
@require_POST
def partage_retirer(request: HttpRequest, projet: Projet, pk: int) -> HttpResponse:
    if not peut_partager(request.user, projet):
        raise PermissionDenied("Seule la personne qui dépose le dossier retire un accès.")
    try:
        partages.retirer(projet, pk, par=request.user)
        messages.success(request, "L’accès est retiré. Ce qui a été écrit reste dans le dossier.")
    except PartageImpossible as refus:
        messages.info(request, str(refus))
    return redirect("deposer_a_plusieurs", projet.jeton)


@login_not_required
@never_cache
@lecture_ou_envoi
def partage(request: HttpRequest, jeton: str) -> HttpResponse:
    """The colleague's link. Opening it only shows; accepting is a button."""
    trouve = partages.partage_du_jeton(jeton)
    if trouve is None:
        return render(request, "projets/porteur/partage_ferme.html", status=410)
    connecte = request.user.email if request.user.is_authenticated else ""
    ailleurs = connecte if connecte.lower() != trouve.courriel else ""
    refus = ""
    if request.method == "POST" and not ailleurs:
        try:
            partages.accepter(trouve)
        except PartageImpossible as raison:
            refus = str(raison)
        else:
            if not connecte:
                messages.success(request, "C’est accepté. Demandez un code par courriel pour ouvrir le dossier.")
                attendre_a_la_porte(request, trouve.courriel)
            return redirect("deposer_verification", trouve.projet.jeton)
    contexte = {"partage": trouve, "projet": trouve.projet, "autre_compte": ailleurs, "refus": refus}
    return render(request, "projets/porteur/partage.html", contexte, status=409 if refus else 200)
