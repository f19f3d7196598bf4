"""The page of one project, for every audience, and the one view that serves every action of the workflow."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from ..boutons import page_dediee
from ..enums import Action
from ..fiche import composer
from ..forms.coordination import ActionForm, formulaire_de
from ..forms.messages import MessageForm
from ..messagerie import Fil, marquer_lus
from ..models import Exercice, ModificationConcurrente, Projet
from ..suivi_financier import suivis
from ..workflow import TRANSITIONS, ActionImpossible, ActionInterdite, executer, obstacles
from .acces import message_garde, preuve_message
from .coordination import adresse_de_la_liste

FAITES = {
    Action.DEPOSER: "Votre dossier est déposé.",
    Action.DEMANDER_COMPLEMENTS: "Les compléments sont demandés : le porteur est prévenu.",
    Action.DECLARER_COMPLET: "Le dossier est déclaré complet.",
    Action.INSCRIRE: "Le projet est inscrit à l’ordre du jour.",
    Action.DESINSCRIRE: "Le projet est retiré de l’ordre du jour.",
    Action.RETIRER: "Votre projet est retiré.",
    Action.CLORE: "Le projet est clos.",
}


def trouver(request: HttpRequest, numero: str) -> Projet:
    """The project of a number if the person may see it. Raises Http404."""
    if "\x00" in numero:  # PostgreSQL refuses to compare it
        raise Http404
    visibles = Projet.objects.visibles_par(request.user)
    return get_object_or_404(
        visibles.select_related("appel", "porteur", "structure").prefetch_related(
            Prefetch("exercices", suivis(Exercice.objects.all()))
        ),
        numero=numero,
    )


@require_safe
def projet(request: HttpRequest, numero: str) -> HttpResponse:
    return montrer(request, trouver(request, numero))


@dataclass(frozen=True)
class Echange:
    """One thread as the page draws it; ``form`` is None for who only reads."""

    fil: Fil
    form: MessageForm | None


def montrer(request: HttpRequest, projet: Projet, refuse: MessageForm | None = None, statut: int = 200) -> HttpResponse:
    """The page of a project; ``refuse`` is the form of a message that was not written, with what was typed."""
    fiche = composer(projet, request.user)
    preuve = preuve_message(projet, request.user)
    echanges = []
    for fil in fiche.fils:
        form = None
        if fil.peut_ecrire:
            est_refuse = refuse is not None and refuse.data.get("fil") == fil.code
            garde = message_garde(request, projet, fil.code)
            form = refuse if est_refuse else MessageForm(fil=fil.code, preuve=preuve, texte=garde)
        echanges.append(Echange(fil, form))
    if request.method == "GET":
        marquer_lus(projet, request.user, fiche.fils)
    contexte = {"projet": projet, "fiche": fiche, "echanges": echanges, "refuse": refuse}
    if fiche.pour_services:
        contexte["adresse_liste"] = adresse_de_la_liste(request)
    return render(request, "projets/projet/projet.html", contexte, status=statut)


@require_http_methods(["GET", "HEAD", "POST"])
def action(request: HttpRequest, numero: str, action: str) -> HttpResponse:
    """GET confirms or explains; POST carries out. What was typed is kept whenever it is refused."""
    trouve = trouver(request, numero)
    if action not in Action:
        raise Http404
    action = Action(action)
    if _deja_faite(request, trouve, action):
        messages.info(request, "C’est déjà fait.")
        return redirect(trouve)
    if not TRANSITIONS[action].acteur(request.user, trouve):
        raise PermissionDenied(f"« {action.label} » revient à {TRANSITIONS[action].qui}.")
    if request.method != "POST" and (ailleurs := page_dediee(trouve, action, request.user)):
        return redirect(ailleurs)
    form = formulaire_de(action)(
        request.POST or None, projet=trouve, action=action, par=request.user, champs=request.GET.getlist("champ")
    )
    refus = obstacles(trouve, action, request.user)
    if request.method == "POST" and not refus and form.is_valid():
        refus = _executer(trouve, form, request)
        if not refus:
            messages.success(request, FAITES.get(action, "C’est fait."))
            return redirect(trouve)
    contexte = {"projet": trouve, "form": form, "obstacles": () if form.is_bound else refus, "refus": refus}
    statut = 409 if form.is_bound and refus else 200
    return render(request, "projets/projet/action.html", contexte, status=statut)


def _executer(projet: Projet, form: ActionForm, request: HttpRequest) -> tuple[str, ...]:
    """Carries out an action; the sentences that refuse it, none when it was done. Raises PermissionDenied."""
    if form.est_perimee:
        return (str(ModificationConcurrente()),)
    try:
        executer(projet, form.action, par=request.user, motif=form.motif, **form.donnees())
    except ActionInterdite as refus:
        raise PermissionDenied(str(refus)) from refus
    except ActionImpossible as refus:
        return refus.obstacles
    except ModificationConcurrente as refus:
        return (str(refus),)
    return ()


def _deja_faite(request: HttpRequest, projet: Projet, action: Action) -> bool:
    """Whether the same person just did it: the second click of a double click finds it done, not refused."""
    if request.method != "POST" or projet.statut in TRANSITIONS[action].depuis:
        return False
    dernier = projet.passages.order_by("-pk").first()
    return dernier is not None and dernier.action == action and dernier.par_id == request.user.pk
