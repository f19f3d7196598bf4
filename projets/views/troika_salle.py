"""One meeting as it is held: the page that several people have open at once, and each thing they record on it.

Every form is sent like any other: it leads back to the point, or comes back with what was typed. The script of the page
sends them in its place and takes from the answer what changed, so that nothing else being typed is lost.
"""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from .. import comparaison, salle
from ..enums import Action
from ..forms.salle import DeportForm, NotesForm, PresencesForm, VoixForm
from ..forms.troika import DecisionForm
from ..fraicheur import marque
from ..models import ModificationConcurrente, PointOrdreDuJour, SeanceTroika
from ..permissions import peut_noter_en_seance
from ..workflow import ActionImpossible, executer
from . import salle_dessinee
from .fragments import JETON, avec_jeton, fragment
from .salle_dessinee import Repris
from .troika_acces import (
    entier,
    exiger_coordination,
    pilotes_de,
    point_ouvert,
    seance_ou_404,
)


@require_safe
def seance(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, seance_ou_404(request, pk), {})


@require_safe
def etat(request: HttpRequest, pk: int) -> HttpResponse:
    """The room as it is now, for the pages that are open; 304 when it is as the page has seen it."""
    seance = seance_ou_404(request, pk)
    vue = marque(request.user)
    vu = salle.etat_vu(seance, request.user, vue)
    if request.headers.get("If-None-Match") == f'"{vu}"':
        reponse: HttpResponse = HttpResponseNotModified()
    else:
        reponse = HttpResponse(_salle(request, seance, vue, vu))
    reponse["ETag"], reponse["Cache-Control"] = f'"{vu}"', "private, no-store"
    return reponse


@require_POST
def voix(request: HttpRequest, pk: int, point: int) -> HttpResponse:
    """A pilot gives one's own voice, in session or before; a coordinator records the three."""
    seance, pilotes = seance_ou_404(request, pk), pilotes_de(request)
    if not pilotes:
        raise PermissionDenied
    entree = point_ouvert(request, seance, point)
    if entree is None:
        return _saisie_refusee(request, seance)
    form = VoixForm(request.POST, point=entree, pilotes=pilotes)
    une = (
        "La voix sur le projet {} est enregistrée."
        if len(pilotes) == 1
        else "Les voix sur le projet {} sont enregistrées."
    )
    phrase = une.format(entree.projet.numero)
    return _enregistrer(request, seance, (point, "voix"), form, phrase)


@require_POST
def notes(request: HttpRequest, pk: int, point: int) -> HttpResponse:
    """What is said of a project in session."""
    seance = seance_ou_404(request, pk)
    if not peut_noter_en_seance(request.user):
        raise PermissionDenied
    entree = point_ouvert(request, seance, point)
    if entree is None:
        return _saisie_refusee(request, seance)
    form = NotesForm(request.POST, point=entree)
    phrase = f"Les notes sur le projet {entree.projet.numero} sont enregistrées."
    return _enregistrer(request, seance, (point, "notes"), form, phrase)


@require_POST
def presences(request: HttpRequest, pk: int) -> HttpResponse:
    """Who sits at the meeting."""
    exiger_coordination(request)
    seance = seance_ou_404(request, pk)
    if not seance.est_ouverte:
        return _saisie_refusee(request, seance)
    form = PresencesForm(request.POST, seance=seance)
    return _enregistrer(request, seance, (0, "presences"), form, "Les présences sont enregistrées.")


@require_POST
def deport(request: HttpRequest, pk: int, point: int) -> HttpResponse:
    """A pilot withdraws from a project, or comes back to it (``lever``): by oneself, or through a coordinator."""
    seance, pilotes = seance_ou_404(request, pk), pilotes_de(request)
    if not pilotes:
        raise PermissionDenied
    entree = point_ouvert(request, seance, point)
    if entree is None:
        return _saisie_refusee(request, seance)
    if "lever" in request.POST:
        return _lever(request, seance, entree)
    form = DeportForm(request.POST, point=entree, pilotes=pilotes)
    if not form.is_valid():
        return _page(request, seance, {(point, "deport"): form})
    try:
        effacee = salle.deporter(entree, form.pilote, form.cleaned_data["motif"], request.user)
    except ActionImpossible as refus:
        form.add_error(None, list(refus.obstacles))
        return _page(request, seance, {(point, "deport"): form}, status=409)
    suite = " Sa voix est effacée." if effacee else ""
    return _enregistre(request, seance, point, f"Le déport est enregistré : {form.pilote.label}.{suite}")


@require_POST
def decision(request: HttpRequest, pk: int, point: int) -> HttpResponse:
    """Records a pending decision: the porteur sees nothing before the publication."""
    exiger_coordination(request)
    seance = seance_ou_404(request, pk)
    entree = point_ouvert(request, seance, point)
    if entree is None:
        return _saisie_refusee(request, seance)
    form = DecisionForm(request.POST, point=entree, par=request.user, restes={})
    if form.is_valid():
        entree.projet.version = form.cleaned_data["version"]
        motif = form.cleaned_data["motif"]
        try:
            executer(entree.projet, Action.DECIDER, par=request.user, motif=motif, **form.donnees())
        except ModificationConcurrente:
            form.signaler_conflit()
        except ActionImpossible as refus:
            form.add_error(None, list(refus.obstacles))
        else:
            return _enregistre(
                request, seance, point, f"La décision sur le projet {entree.projet.numero} est enregistrée."
            )
    return _page(request, seance, {(point, "decision"): form}, status=409 if form.conflit else 200)


@require_safe
def comparer(request: HttpRequest, pk: int, point: int) -> HttpResponse:
    """A project of the agenda beside what its structure did the year before."""
    seance = seance_ou_404(request, pk)
    entree = seance.points.select_related("projet__structure").filter(pk=point).first()
    if entree is None:
        raise Http404("Ce projet n’est pas à l’ordre du jour de cette séance.")
    contexte = {"seance": seance, "point": entree, "comparaison": comparaison.comparer(entree.projet)}
    return render(request, "projets/troika/comparer.html", contexte)


# --- what is answered -----------------------------------------------------------------------------------------------


def _enregistrer(
    request: HttpRequest, seance: SeanceTroika, cle: tuple[int, str], form: Any, phrase: str
) -> HttpResponse:
    """Saves a form that several people may send at once: what was typed comes back when it cannot be written."""
    if not form.is_valid():
        return _page(request, seance, {cle: form})
    try:
        refus = form.enregistrer(request.user)
    except ActionImpossible:
        return _saisie_refusee(request, seance)
    if refus:
        form.add_error(None, refus)
        return _page(request, seance, {cle: form}, status=409)
    return _enregistre(request, seance, cle[0], phrase)


def _enregistre(request: HttpRequest, seance: SeanceTroika, point: int, phrase: str) -> HttpResponse:
    """It is recorded: back to the point."""
    messages.success(request, phrase)
    adresse = reverse("troika_seance", args=[seance.pk])
    return redirect(f"{adresse}?point={point}#point-{point}" if point else f"{adresse}#presences")


def _lever(request: HttpRequest, seance: SeanceTroika, entree: PointOrdreDuJour) -> HttpResponse:
    pilote = next((pilote for pilote in pilotes_de(request) if pilote == request.POST["lever"]), None)
    if pilote is None:
        raise PermissionDenied
    try:
        salle.lever_deport(entree, pilote, request.user)
    except ActionImpossible as refus:
        messages.error(request, str(refus))
        return redirect(f"{reverse('troika_seance', args=[seance.pk])}?point={entree.pk}#point-{entree.pk}")
    return _enregistre(request, seance, entree.pk, f"Le déport est levé : {pilote.label} peut donner sa voix.")


def _saisie_refusee(request: HttpRequest, seance: SeanceTroika) -> HttpResponse:
    """The meeting was published or the project taken off meanwhile: what was typed is shown, so that nothing is lost."""
    saisie = [
        valeur
        for nom, valeur in request.POST.items()
        if valeur.strip() and "initial-" not in nom and nom != "csrfmiddlewaretoken" and not nom.endswith("-version")
    ]
    return render(request, "projets/troika/saisie_refusee.html", {"seance": seance, "saisie": saisie}, status=409)


# --- the page -------------------------------------------------------------------------------------------------------


def _page(request: HttpRequest, seance: SeanceTroika, repris: Repris, status: int = 200) -> HttpResponse:
    """The page of a meeting; ``repris`` holds the form that comes back with what was typed."""
    vue = marque(request.user)
    vu = salle.etat_vu(seance, request.user, vue)
    if repris:
        (numero, _), form = next(iter(repris.items()))
        contexte = {"salle": _salle(request, seance, vue, vu, repris), "formulaire_en_erreur": form}
        contexte["titre_erreur"] = f"{_de_quoi(seance, numero)} : ce n’est pas encore enregistré"
    else:
        contexte = {"salle": _salle(request, seance, vue, vu)}
    return render(request, "projets/troika/seance.html", contexte | {"seance": seance}, status=status)


def _de_quoi(seance: SeanceTroika, point: int) -> str:
    numero = seance.points.filter(pk=point).values_list("projet__numero", flat=True).first() if point else None
    return f"Projet {numero}" if numero else "Présences"


def _salle(request: HttpRequest, seance: SeanceTroika, vue: str, vu: str, repris: Repris | None = None) -> SafeString:
    """The room, drawn once for each thing that happens in it or in the portal; drawn apart when a form comes back."""
    ouvert = next((point for point, _ in repris or () if point), 0) or entier(request.GET.get("point", ""))

    def contexte() -> dict[str, Any]:
        return salle_dessinee.composer(request, seance, vue, vu, ouvert, repris or {})

    gabarit = "projets/troika/_salle.html"
    if repris:
        return avec_jeton(request, render_to_string(gabarit, contexte() | {"csrf_token": JETON}, request))
    return fragment(request, vue, f"salle:{vu}", gabarit, contexte)
