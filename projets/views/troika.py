"""The troïka room: meetings, agenda, voices, pending decisions, publication, minutes."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import seances
from ..enums import Action, Statut
from ..forms.troika import DecisionForm, RetraitForm, SeanceForm, VoixForm, seance_initiale
from ..models import Appel, ModificationConcurrente, PointOrdreDuJour, Projet, SeanceTroika
from ..permissions import est_porteur, peut_donner_voix, peut_tenir_seance, peut_voir_seances
from ..valeurs import date_longue
from ..workflow import ActionImpossible, executer

PAR_PAGE = 20
PRETS_AFFICHES = 200
CONSULTER = ["GET", "HEAD", "POST"]
Repris = dict[tuple[int, str], VoixForm | DecisionForm]


@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    """Projects that wait for a meeting, meetings whose decisions are not published, then the others."""
    if not peut_voir_seances(request.user):
        raise PermissionDenied
    avec_comptes = SeanceTroika.objects.select_related("appel").annotate(
        nombre=Count("points", distinct=True), decides=Count("points__decision", distinct=True)
    )
    publiees = avec_comptes.exclude(publiee_le=None).order_by("-date", "-pk")  # counting loses the order of Meta
    prets = _prets(request)
    return render(
        request,
        "projets/troika/liste.html",
        {
            "ouvertes": avec_comptes.ouvertes().order_by("date", "pk"),
            "page_obj": Paginator(publiees, PAR_PAGE).get_page(request.GET.get("page")),
            "prets": prets[:PRETS_AFFICHES],
            "nombre_prets": prets.count(),
            "peut_tenir": peut_tenir_seance(request.user),
            "maintenant": timezone.now(),
        },
    )


@require_http_methods(CONSULTER)
def nouvelle(request: HttpRequest) -> HttpResponse:
    _exiger_coordination(request)
    appel = get_object_or_404(Appel, courant=True)
    form = SeanceForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        seance = SeanceTroika.objects.create(appel=appel, **form.cleaned_data)
        _dire_la_date(request, form, "La séance est créée : inscrivez-y des projets.")
        return redirect("troika_seance", seance.pk)
    return render(request, "projets/troika/modifier.html", {"form": form, "seance": None})


@require_http_methods(CONSULTER)
def modifier(request: HttpRequest, pk: int) -> HttpResponse:
    _exiger_coordination(request)
    seance = _seance(request, pk)
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


@require_safe
def seance(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _seance(request, pk), {})


@require_POST
def ordre(request: HttpRequest, pk: int) -> HttpResponse:
    """The agenda: ``monter``, ``descendre`` or ``retirer`` a point, ``inscrire`` the ``projets`` that were ticked."""
    _exiger_coordination(request)
    seance = _seance(request, pk)
    try:
        if "retirer" in request.POST:
            return _retirer(request, seance)
        if "inscrire" in request.POST:
            _inscrire(request, seance)
        elif "monter" in request.POST:
            seances.deplacer(seance, _entier(request.POST["monter"]), -1)
        elif "descendre" in request.POST:
            seances.deplacer(seance, _entier(request.POST["descendre"]), 1)
    except (ActionImpossible, ModificationConcurrente) as refus:
        messages.error(request, str(refus))
    return redirect(reverse("troika_seance", args=[seance.pk]) + "#ordre-du-jour")


@require_POST
def voix(request: HttpRequest, pk: int, point: int) -> HttpResponse:
    """A pilot gives one's own voice; a coordinator records the three, in session."""
    seance = _seance(request, pk)
    pilotes = _pilotes(request)
    if not pilotes:
        raise PermissionDenied
    entree = _point(request, seance, point)
    if entree is None:
        return _saisie_refusee(request, seance)
    form = VoixForm(request.POST, point=entree, pilotes=pilotes, notes=peut_tenir_seance(request.user))
    if not form.is_valid():
        return _page(request, seance, {(point, "voix"): form})
    try:
        conflits = form.enregistrer(request.user)
    except ActionImpossible:
        return _saisie_refusee(request, seance)
    if conflits:
        form.add_error(None, conflits)
        return _page(request, seance, {(point, "voix"): form}, status=409)
    messages.success(request, f"Les voix sur le projet {entree.projet.numero} sont enregistrées.")
    return _retour_au_point(seance, point)


@require_POST
def decision(request: HttpRequest, pk: int, point: int) -> HttpResponse:
    """Records a pending decision: the porteur sees nothing before the publication."""
    _exiger_coordination(request)
    seance = _seance(request, pk)
    entree = _point(request, seance, point)
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
            messages.success(request, f"La décision sur le projet {entree.projet.numero} est enregistrée.")
            return _retour_au_point(seance, point)
    return _page(request, seance, {(point, "decision"): form}, status=409 if form.conflit else 200)


@require_http_methods(CONSULTER)
def publier(request: HttpRequest, pk: int) -> HttpResponse:
    """Every pending decision read once more, then published together or not at all."""
    _exiger_coordination(request)
    seance = _seance(request, pk)
    refus = _publier(request, seance) if request.method == "POST" else []
    seance = _seance(request, pk)
    if not seance.est_ouverte:
        if refus:
            messages.info(request, "Les décisions de cette séance sont déjà publiées.")
        return redirect("troika_seance", seance.pk)
    agenda = seances.fiches(seance, request.user)
    contexte = {
        "seance": seance,
        "fiches": agenda,
        "refus": refus,
        "lettres": any(fiche.decision for fiche in agenda),
        "obstacles": seances.obstacles_publication(agenda),
        "total": seances.total_accorde(agenda),
        "vue": seances.empreinte(fiche.point for fiche in agenda),
    }
    return render(request, "projets/troika/publier.html", contexte, status=409 if refus else 200)


# --- what the views share -------------------------------------------------------------------------------------------


def _exiger_coordination(request: HttpRequest) -> None:
    if not peut_tenir_seance(request.user):
        raise PermissionDenied


def _seance(request: HttpRequest, pk: int) -> SeanceTroika:
    if not peut_voir_seances(request.user):
        raise PermissionDenied
    return get_object_or_404(SeanceTroika.objects.select_related("appel", "publiee_par"), pk=pk)


def _point(request: HttpRequest, seance: SeanceTroika, pk: int) -> PointOrdreDuJour | None:
    """The point of an open meeting, None when it is no more; never for the porteur of the project."""
    point = (
        seance.points.select_related("projet__appel", "seance").filter(pk=pk).first() if seance.est_ouverte else None
    )
    if point and est_porteur(request.user, point.projet):
        raise PermissionDenied
    return point


def _pilotes(request: HttpRequest) -> list[str]:
    return [pilote for pilote in seances.PILOTES_EN_ORDRE if peut_donner_voix(request.user, pilote)]


def _prets(request: HttpRequest) -> object:
    prets = Projet.objects.visibles_par(request.user).filter(statut=Statut.PRET)
    return prets.select_related("structure").avec_montants().order_by("depose_le", "pk")


def _entier(texte: str) -> int:
    return int(texte) if texte.isascii() and texte.isdecimal() and len(texte) < 10 else 0


def _page(request: HttpRequest, seance: SeanceTroika, repris: Repris, status: int = 200) -> HttpResponse:
    """The page of a meeting; ``repris`` holds the forms that come back with what was typed."""
    agenda = seances.fiches(seance, request.user)
    simulation = seances.simuler(seance, agenda)
    tient = peut_tenir_seance(request.user)
    for fiche in agenda if seance.est_ouverte else ():
        _poser_formulaires(request, fiche, simulation, repris)
    form = next(iter(repris.values()), None)
    prets = _prets(request).filter(appel=seance.appel) if tient and seance.est_ouverte else Projet.objects.none()
    contexte = {
        "seance": seance,
        "fiches": agenda,
        "decides": sum(hasattr(fiche.point, "decision") for fiche in agenda),
        "simulation": simulation,
        "total": seances.total_accorde(agenda),
        "prets": prets[:PRETS_AFFICHES],
        "peut_tenir": tient and seance.est_ouverte,
        "coordonne": tient,
        "passee": seance.date < timezone.now(),
        "ouvert": _entier(request.GET.get("point", "")) or next((point for point, _ in repris), 0),
        "formulaire_en_erreur": form,
        "titre_erreur": f"Projet {form.point.projet.numero} : ce n’est pas encore enregistré" if form else "",
    }
    return render(request, "projets/troika/seance.html", contexte, status=status)


def _poser_formulaires(
    request: HttpRequest, fiche: seances.Fiche, simulation: seances.Simulation, repris: Repris
) -> None:
    """The forms that this person may use on this point, the one that came back keeping what was typed."""
    point, pilotes = fiche.point, _pilotes(request)
    if not fiche.visible:
        return
    if pilotes:
        form = repris.get((point.pk, "voix"))
        notes = peut_tenir_seance(request.user)
        fiche.formulaires["voix"] = form or VoixForm(point=point, pilotes=pilotes, notes=notes)
    if peut_tenir_seance(request.user):
        reste = seances.restes(simulation, fiche.decision)
        form = repris.get((point.pk, "decision")) or DecisionForm(point=point, par=request.user, restes=reste)
        form.point, form.restes = point, reste
        fiche.formulaires["decision"] = form


def _retour_au_point(seance: SeanceTroika, point: int) -> HttpResponse:
    return redirect(f"{reverse('troika_seance', args=[seance.pk])}?point={point}#point-{point}")


def _saisie_refusee(request: HttpRequest, seance: SeanceTroika) -> HttpResponse:
    """The meeting was published or the project taken off meanwhile: what was typed is shown, so that nothing is lost."""
    saisie = [
        valeur
        for nom, valeur in request.POST.items()
        if valeur.strip() and "initial-" not in nom and nom != "csrfmiddlewaretoken" and not nom.endswith("-version")
    ]
    return render(request, "projets/troika/saisie_refusee.html", {"seance": seance, "saisie": saisie}, status=409)


def _publier(request: HttpRequest, seance: SeanceTroika) -> list[str]:
    """Publishes what the page showed; sentences that say why nothing was published, none when all is."""
    try:
        nombre = seances.publier(seance, request.POST.get("vue", ""), request.user)
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
    choisis = {_entier(valeur) for valeur in request.POST.getlist("projets")}
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


def _retirer(request: HttpRequest, seance: SeanceTroika) -> HttpResponse:
    """Takes a project off the agenda, after a confirmation when voices or a decision would go with it."""
    point = _point(request, seance, _entier(request.POST["retirer"]))
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
