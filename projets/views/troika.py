"""The troïka: its meetings, their agenda, the publication of decisions, the minutes. The session is in ``troika_salle``."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import depassements, seances
from ..enums import Action
from ..forms.enveloppes import DepassementsForm
from ..forms.salle import PlaceForm
from ..forms.troika import RetraitForm, SeanceForm, seance_initiale
from ..fraicheur import marque
from ..models import Appel, ModificationConcurrente, Projet, SeanceTroika
from ..permissions import peut_tenir_seance, peut_voir_seances
from ..valeurs import date_longue
from ..workflow import ActionImpossible, executer
from . import troika_liste, troika_prets
from .fragments import fragment
from .troika_acces import (
    CONSULTER,
    entier,
    exiger_coordination,
    point_ouvert,
    seance_ou_404,
)
from .troika_liste import PAR_PAGE
from .troika_prets import PRETS_AFFICHES


@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    """Projects that wait for a meeting, meetings whose decisions are not published, then the others."""
    if not peut_voir_seances(request.user):
        raise PermissionDenied
    listes = fragment(request, marque(request.user), "troika", "projets/troika/_listes.html", lambda: _listes(request))
    return render(
        request, "projets/troika/liste.html", {"listes": listes, "peut_tenir": peut_tenir_seance(request.user)}
    )


def _listes(request: HttpRequest) -> dict[str, Any]:
    prets = troika_prets.prets(request)
    return {
        "ouvertes": troika_liste.ouvertes(request.user),
        "page_obj": Paginator(troika_liste.Publiees(request.user), PAR_PAGE).get_page(request.GET.get("page")),
        "prets": prets,
        "nombre_prets": len(prets) if len(prets) < PRETS_AFFICHES else troika_prets.nombre_prets(request),
        "peut_tenir": peut_tenir_seance(request.user),
    }


@require_http_methods(CONSULTER)
def nouvelle(request: HttpRequest) -> HttpResponse:
    exiger_coordination(request)
    appel = get_object_or_404(Appel, courant=True)
    form = SeanceForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        seance = SeanceTroika.objects.create(appel=appel, **form.cleaned_data)
        _dire_la_date(request, form, "La séance est créée : inscrivez-y des projets.")
        return redirect("troika_seance", seance.pk)
    return render(request, "projets/troika/modifier.html", {"form": form, "seance": None})


@require_http_methods(CONSULTER)
def modifier(request: HttpRequest, pk: int) -> HttpResponse:
    exiger_coordination(request)
    seance = seance_ou_404(request, pk)
    form = SeanceForm(request.POST if request.method == "POST" else None, initial=seance_initiale(seance))
    try:
        if not seance.est_ouverte:
            raise ActionImpossible("Les décisions de cette séance sont publiées : elle ne se modifie plus.")
        if form.is_valid():
            seances.modifier(seance, **form.cleaned_data)
            _dire_la_date(request, form, "La séance est modifiée.")
            return redirect("troika_seance", seance.pk)
    except ActionImpossible as refus:
        messages.error(request, str(refus))
        return redirect("troika_seance", seance.pk)
    return render(request, "projets/troika/modifier.html", {"form": form, "seance": seance})


@require_POST
def ordre(request: HttpRequest, pk: int) -> HttpResponse:
    """The agenda: ``monter``, ``descendre``, ``placer`` or ``retirer`` a point, ``inscrire`` the ``projets`` ticked."""
    exiger_coordination(request)
    seance = seance_ou_404(request, pk)
    try:
        if "retirer" in request.POST:
            return _retirer(request, seance)
        if "inscrire" in request.POST:
            _inscrire(request, seance)
        elif "placer" in request.POST:
            _placer(request, seance)
        elif "monter" in request.POST:
            seances.deplacer(seance, entier(request.POST["monter"]), -1)
        elif "descendre" in request.POST:
            seances.deplacer(seance, entier(request.POST["descendre"]), 1)
    except (ActionImpossible, ModificationConcurrente) as refus:
        messages.error(request, str(refus))
    return redirect(reverse("troika_seance", args=[seance.pk]) + "#ordre-du-jour")


@require_http_methods(CONSULTER)
def publier(request: HttpRequest, pk: int) -> HttpResponse:
    """Every pending decision read once more, then published together or not at all."""
    exiger_coordination(request)
    seance = seance_ou_404(request, pk)
    # What an envelope lacks is said to who publishes, and asked before; who carries a project of the agenda does not.
    form = DepassementsForm(
        request.POST if request.method == "POST" else None, situations=depassements.a_motiver(seance)
    )
    refus = _publier(request, seance, form) if request.method == "POST" and form.is_valid() else []
    if request.method == "POST":
        seance = seance_ou_404(request, pk)
    if not seance.est_ouverte:
        if refus:
            messages.info(request, "Les décisions de cette séance sont déjà publiées.")
        return redirect("troika_seance", seance.pk)
    agenda = seances.fiches(seance, request.user)
    contexte = {
        "seance": seance,
        "fiches": agenda,
        "refus": refus,
        "form": form,
        "depassees": depassements.depassees_par(seance, request.user),
        "lettres": any(fiche.decision for fiche in agenda),
        "obstacles": seances.obstacles_publication(agenda),
        "total": seances.total_accorde(agenda),
        "vue": seances.empreinte(fiche.point for fiche in agenda),
    }
    return render(
        request, "projets/troika/publier.html", contexte, status=409 if refus else 422 if form.errors else 200
    )


# --- what the views share -------------------------------------------------------------------------------------------


def _publier(request: HttpRequest, seance: SeanceTroika, form: DepassementsForm) -> list[str]:
    """Publishes what the page showed; sentences that say why nothing was published, none when all is."""
    try:
        nombre = seances.publier(seance, request.POST.get("vue", ""), request.user, form.motifs())
    except ModificationConcurrente:
        return ["Une décision ou l’ordre du jour a changé depuis l’affichage de cette page : relisez, puis publiez."]
    except ActionImpossible as impossible:
        return list(impossible.obstacles)
    messages.success(
        request,
        f"{nombre} décisions sont publiées : les porteurs sont prévenus par courriel."
        if nombre > 1
        else "La décision est publiée : le porteur est prévenu par courriel.",
    )
    return []


def _inscrire(request: HttpRequest, seance: SeanceTroika) -> None:
    """Puts the ticked projects on the agenda, each on its own: what is refused is said, the others are in."""
    choisis = {entier(valeur) for valeur in request.POST.getlist("projets")}
    projets = list(Projet.objects.visibles_par(request.user).filter(pk__in=choisis).order_by("depose_le", "pk"))
    if not projets:
        raise ActionImpossible("Cochez au moins un projet à inscrire.")
    inscrits = 0
    for projet in projets:
        try:
            executer(projet, Action.INSCRIRE, par=request.user, seance=seance)
            inscrits += 1
        except (ActionImpossible, ModificationConcurrente) as refus:
            messages.error(request, f"Projet {projet.numero} : {refus}")
    if inscrits:
        messages.success(request, "1 projet est inscrit." if inscrits == 1 else f"{inscrits} projets sont inscrits.")


def _placer(request: HttpRequest, seance: SeanceTroika) -> None:
    """Place and length of one point. Raises ActionImpossible with what is wrong in what was typed."""
    point = entier(request.POST["placer"])
    form = PlaceForm(request.POST, point=point)
    if not form.is_valid():
        raise ActionImpossible(*(phrase for phrases in form.errors.values() for phrase in phrases))
    seances.placer(seance, point, form.cleaned_data["position"], form.cleaned_data["duree"])
    messages.success(request, "L’ordre du jour est modifié.")


def _retirer(request: HttpRequest, seance: SeanceTroika) -> HttpResponse:
    """Takes a project off the agenda, after a confirmation when voices or a decision would go with it."""
    point = point_ouvert(request, seance, entier(request.POST["retirer"]))
    if point is None:
        raise ActionImpossible("Ce projet n’est plus à l’ordre du jour d’une séance ouverte.")
    perte = point.voix.exists() or hasattr(point, "decision")
    if perte and request.POST.get("confirme") != "oui":
        form = RetraitForm(initial={"retirer": point.pk, "confirme": "oui"})
        return render(request, "projets/troika/retirer.html", {"seance": seance, "point": point, "form": form})
    executer(point.projet, Action.DESINSCRIRE, par=request.user)
    messages.success(
        request, f"Le projet {point.projet.numero} n’est plus à l’ordre du jour. Il reste prêt pour la troïka."
    )
    return redirect(reverse("troika_seance", args=[seance.pk]) + "#ordre-du-jour")


def _dire_la_date(request: HttpRequest, form: SeanceForm, phrase: str) -> None:
    messages.success(request, phrase)
    if form.est_passee:
        jour = timezone.localtime(form.cleaned_data["date"]).date()
        messages.warning(request, f"Attention, cette date est passée : le {date_longue(jour)}.")
