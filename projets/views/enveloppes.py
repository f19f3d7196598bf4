"""The envelopes of one civil year: what is left of each, what changed it, and the forms that change it."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import enveloppes_tenues, statistiques
from ..cellules_enveloppes import Cellules, cellules_tenues
from ..documents import bilans_annuels
from ..documents.feuilles_enveloppes import feuille_enveloppes
from ..documents.tableur import ecrire_csv, ecrire_ods, ecrire_xlsx
from ..enveloppes import additionner, situations
from ..enveloppes_tenues import Argent
from ..forms.enveloppes import AjoutForm, AnnulationForm, MouvementForm, TransfertForm, choix
from ..models import Appel, MouvementEnveloppe
from ..permissions import peut_exporter, peut_mouvementer_enveloppes, peut_voir_pilotage
from ..valeurs import date_longue, euros
from .pilotage import envoyer

FORMULAIRES: dict[str, type[MouvementForm]] = {"ajout": AjoutForm, "transfert": TransfertForm}


def _adresse(annee: int, ancre: str = "") -> str:
    return f"{reverse('enveloppes')}?annee={annee}{ancre}"


@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    if not peut_voir_pilotage(request.user):
        raise PermissionDenied
    return _page(request, {})


@require_POST
def mouvement(request: HttpRequest, genre: str) -> HttpResponse:
    """Records an addition or a withdrawal (``ajout``), or a transfer."""
    if not peut_mouvementer_enveloppes(request.user):
        raise PermissionDenied
    classe = FORMULAIRES.get(genre)
    if classe is None:
        raise Http404
    annee = _annee(request, statistiques.annees_connues())
    form = classe(request.POST, prefix=genre, enveloppes=_choix(request, annee, statistiques.appels_de(annee)))
    fait = form.enregistrer(request.user) if form.is_valid() else None
    if fait is None:
        return _page(request, {genre: form})
    messages.success(request, f"{fait.get_genre_display()} enregistré : {fait.bouts}.")
    return redirect(_adresse(annee, "#mouvements"))


@require_http_methods(["GET", "HEAD", "POST"])
def annuler(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a movement back, with its reason."""
    if not peut_mouvementer_enveloppes(request.user):
        raise PermissionDenied
    fait = get_object_or_404(MouvementEnveloppe.objects.select_related("source", "destination"), pk=pk)
    retour = _adresse((fait.source or fait.destination).annee, "#mouvements")
    if fait.est_annule:
        messages.info(request, "Ce mouvement est déjà annulé.")
        return redirect(retour)
    form = AnnulationForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and form.enregistrer(fait, request.user):
        messages.success(request, "Le mouvement est annulé ; il reste écrit dans la liste, avec votre motif.")
        return redirect(retour)
    contexte = {"phrase": _resume(fait), "form": form, "retour": retour}
    return render(request, "projets/pilotage/enveloppe_annuler.html", contexte, status=422 if form.errors else 200)


@require_safe
def exporter(request: HttpRequest, annee: int, format: str) -> HttpResponse:  # noqa: A002 -- the word of the address
    """The table of the envelopes alone."""
    if not peut_exporter(request.user):
        raise PermissionDenied
    ecrire = {
        "xlsx": lambda sortie: ecrire_xlsx([feuille_enveloppes(annee)], sortie, titre=f"Enveloppes {annee}"),
        "ods": lambda sortie: ecrire_ods([feuille_enveloppes(annee)], sortie),
        "csv": lambda sortie: ecrire_csv(feuille_enveloppes(annee), sortie),
    }.get(format)
    if ecrire is None or not 2000 <= annee <= 2100:
        raise Http404
    return envoyer(ecrire, f"enveloppes-{annee}.{format}", bilans_annuels.FORMATS[format].type_mime)


# --- the page -------------------------------------------------------------------------------------------------------


def _annee(request: HttpRequest, annees: list[int]) -> int:
    demandee = request.POST.get("annee") or request.GET.get("annee", "")
    return next((a for a in annees if str(a) == demandee), timezone.localdate().year)


def _choix(
    request: HttpRequest, annee: int, appels: list[Appel], tenues: Cellules | None = None, argent: Argent | None = None
) -> list[Any]:
    """Envelopes that a movement can touch: those of the year shown, of the years around, of every year that has one."""
    toutes = situations(appels, lecteur=request.user, suivi=False, tenues=tenues, argent=argent, motifs=False)
    autres = {annee - 1, annee + 1} | {s.annee for s in toutes} - {annee}
    return choix(appels, [annee, *sorted(autres)], toutes)


def _page(request: HttpRequest, repris: dict[str, MouvementForm]) -> HttpResponse:
    """The page of a year; ``repris`` holds the form that comes back with what was typed."""
    annees, lecteur = statistiques.annees_connues(), request.user
    annee = _annee(request, annees)
    appels = statistiques.appels_de(annee)
    tenues = cellules_tenues()
    # Of one edition, all that is left is read at once for the table and for the lists of the forms.
    argent = enveloppes_tenues.lire(appels[0].pk, lecteur.pk) if tenues is not None and len(appels) == 1 else None
    lignes = statistiques.enveloppes_de(appels, annee, lecteur, tenues, argent)
    peut = peut_mouvementer_enveloppes(lecteur)
    mouvements = MouvementEnveloppe.objects.filter(Q(source__annee=annee) | Q(destination__annee=annee))
    formulaires = {}
    if peut:
        formulaires = _formulaires(_choix(request, annee, appels, tenues, argent)) | repris
    contexte = {
        "annee": annee,
        "annees": annees,
        "lignes": lignes,
        "total": additionner(lignes, annee),
        "depassees": [ligne for ligne in lignes if ligne.depassement],
        "mouvements": mouvements.select_related("source", "destination", "par", "annule_par").order_by("-date", "-pk"),
        "formulaires": formulaires,
        "en_erreur": next(iter(repris.values()), None),
        "ouvert": next(iter(repris), ""),
        "peut_exporter": peut_exporter(lecteur),
        "administre": lecteur.is_staff,
    }
    return render(request, "projets/pilotage/enveloppes.html", contexte, status=422 if repris else 200)


def _formulaires(propres: list[Any]) -> dict[str, MouvementForm]:
    """One of each kind, to be filled in; sent twice, they are taken once."""
    jeton = {"jeton": uuid.uuid4()}
    return {genre: classe(prefix=genre, enveloppes=propres, initial=jeton) for genre, classe in FORMULAIRES.items()}


def _resume(mouvement: MouvementEnveloppe) -> str:
    """What is about to be taken back, in one sentence."""
    jour, montant = date_longue(mouvement.date), euros(mouvement.montant)
    return f"{mouvement}, {montant}, le {jour}. Il restera écrit dans la liste, avec votre motif."
