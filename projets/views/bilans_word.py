"""The bilan in Word: the pre-filled form to download, the filled one to deposit."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from .. import bilans, bilans_word
from ..bilans import SaisieRefusee
from ..forms.bilan_word import BilanWordForm
from ..models import Bilan
from ..noms_de_fichiers import nom_garde, nom_propre
from ..permissions import est_porteur, peut_remplir_bilan
from ..reception import MIME_DOCX
from ..word.refus import FichierRefuse
from .acces import envois_comptes
from .bilans import exercice_visible, lier
from .documents import octets_de, telecharger


def avec_bilan_ouvert(vue: Callable[[HttpRequest, Bilan], HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorator: the bilan of an address, prepared if need be, as long as the person may fill it."""

    @wraps(vue)
    def vue_du_bilan(request: HttpRequest, numero: str, annee: int) -> HttpResponse:
        exercice = exercice_visible(request, numero, annee)
        if not est_porteur(request.user, exercice.projet):
            raise PermissionDenied("Seul le porteur remplit son bilan.")
        bilan = lier(bilans.preparer(exercice, request.user), exercice)
        if not peut_remplir_bilan(request.user, bilan):
            messages.info(request, "Ce bilan est déposé : il ne se modifie plus.")
            return redirect("bilan", numero, annee)
        return vue(request, bilan)

    return vue_du_bilan


@require_safe
@avec_bilan_ouvert
def fichier(request: HttpRequest, bilan: Bilan) -> HttpResponse:
    """The bilan as it stands; with ``?annote=1``, the porteur's own file with the remarks as Word comments."""
    if not request.GET.get("annote"):
        return telecharger(bilans_word.nom_word(bilan), bilans_word.ecrire_bilan(bilan), MIME_DOCX)
    piece = bilan.exercice.bilans_en_word.first()
    if piece is None:
        raise Http404("Aucun bilan Word n’a été déposé.")
    octets = octets_de(piece)
    try:
        annotes = bilans_word.annoter_bilan(bilan, octets)
    except FichierRefuse as refus:
        messages.error(request, refus.message)
        return redirect("bilan_modifier", bilan.exercice.projet.numero, bilan.exercice.annee)
    return telecharger(nom_propre(nom_garde(f"annote-{piece.nom}", MIME_DOCX)), annotes, MIME_DOCX)


@require_http_methods(["GET", "HEAD", "POST"])
@avec_bilan_ouvert
@envois_comptes
def deposer(request: HttpRequest, bilan: Bilan) -> HttpResponse:
    """A filled file becomes the draft of the bilan; the page that follows shows what was understood."""
    projet, annee = bilan.exercice.projet, bilan.exercice.annee
    form, status = BilanWordForm.pour(bilan), 200
    if request.method == "POST":
        form, status = BilanWordForm(request.POST, request.FILES), 422
        if form.is_valid():
            envoye = form.cleaned_data["fichier"]
            try:
                vu = form.cleaned_data["empreinte"]
                bilans_word.recevoir_bilan(bilan, envoye.name, envoye.read(), request.user, vu)
            except (FichierRefuse, SaisieRefusee) as refus:
                form.add_error("fichier", str(refus))
            else:
                messages.success(request, "Votre fichier est lu. Vérifiez ce que nous avons compris.")
                return redirect("bilan_modifier", projet.numero, annee)
        form = form.rafraichi(bilan)
    contexte = {"projet": projet, "exercice": bilan.exercice, "form": form}
    return render(request, "projets/bilan/word.html", contexte, status=status)
