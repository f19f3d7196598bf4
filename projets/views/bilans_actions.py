"""What is done to a bilan: deposited, sent back, accepted, extended, reopened. One view, one row per action."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from correspondants.enums import Role
from correspondants.models import Utilisateur

from .. import bilans
from ..documents.compte_financier import CompteFinancier
from ..enums import StatutBilan
from ..forms.bilans_actions import ActionBilanForm, ProlongerForm, RenvoyerForm, RouvrirForm
from ..models import Bilan, ModificationConcurrente, Projet
from ..permissions import coordonne, est_porteur, peut_juger_bilan, peut_remplir_bilan, peut_rouvrir_bilan
from ..valeurs import insecables
from ..workflow import ActionImpossible
from .bilans import bilan_visible, exercice_visible, lier


def _administre(utilisateur: Utilisateur, projet: Projet) -> bool:
    return coordonne(utilisateur, projet) or (utilisateur.a_role(Role.ADMIN) and not est_porteur(utilisateur, projet))


@dataclass(frozen=True)
class ActionBilan:
    """One row: who may now (``permise``) or some other day (``un_jour``), what the confirmation says, what is done, what is
    said afterwards."""

    titre: str
    texte: str
    bouton: str
    fait: str
    permise: Callable[[Utilisateur, Bilan], bool]
    un_jour: Callable[[Utilisateur, Projet], bool]
    executer: Callable[..., None]
    form: type[ActionBilanForm] | None = None
    obstacles: Callable[[Bilan], list[str]] = lambda bilan: []
    gabarit: str = "projets/bilan/action.html"


ACTIONS = {
    "deposer": ActionBilan(
        "Déposer le bilan",
        "Une fois déposé, le bilan est examiné par la coordination et ne se modifie plus.",
        "Déposer le bilan",
        "Le bilan est déposé. La coordination est prévenue.",
        peut_remplir_bilan,
        est_porteur,
        bilans.deposer,
        obstacles=bilans.obstacles,
    ),
    "accepter": ActionBilan(
        "Accepter le bilan",
        "Le porteur sera prévenu. Un bilan accepté ne se modifie plus, sauf si vous le rouvrez avant la clôture du projet.",
        "Accepter le bilan",
        "Le bilan est accepté. Le porteur est prévenu.",
        peut_juger_bilan,
        coordonne,
        bilans.accepter,
        obstacles=bilans.obstacles_a_l_acceptation,
    ),
    "renvoyer": ActionBilan(
        "Renvoyer le bilan au porteur",
        "Le porteur pourra modifier son bilan et le déposer à nouveau. Cochez ce qu’il doit compléter, et dites-lui quoi.",
        "Renvoyer au porteur",
        "Le bilan est renvoyé au porteur, qui est prévenu.",
        peut_juger_bilan,
        coordonne,
        bilans.renvoyer,
        RenvoyerForm,
        gabarit="projets/bilan/renvoyer.html",
    ),
    "prolonger": ActionBilan(
        "Accepter les nouvelles dates",
        "Le porteur sera prévenu. Il complétera son bilan après l’action, et sera rappelé autour de la nouvelle échéance.",
        "Accepter les nouvelles dates",
        "Les nouvelles dates sont acceptées. Le porteur est prévenu.",
        peut_juger_bilan,
        coordonne,
        bilans.prolonger,
        ProlongerForm,
        bilans.obstacles_a_la_prolongation,
    ),
    "rouvrir": ActionBilan(
        "Rouvrir le bilan",
        "Le bilan n’est plus accepté : le porteur, prévenu par courriel, le complète et le dépose à nouveau.",
        "Rouvrir le bilan",
        "Le bilan est rouvert. Le porteur est prévenu.",
        peut_rouvrir_bilan,
        _administre,
        bilans.rouvrir,
        RouvrirForm,
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
def action(request: HttpRequest, numero: str, annee: int, action: str) -> HttpResponse:
    """GET only shows: what will happen, or what stands in the way."""
    exercice = exercice_visible(request, numero, annee)
    remis = bilan_visible(request, exercice)
    if action not in ACTIONS or remis is None:
        raise Http404
    voulue, remis = ACTIONS[action], lier(remis, exercice)
    form = voulue.form(request.POST or None, bilan=remis) if voulue.form else None
    if not voulue.permise(request.user, remis):
        return _action_fermee(request, voulue, remis, form)
    erreurs: list[str] = []
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            voulue.executer(remis, par=request.user, **(form.donnees() if form else {}))
            messages.success(request, voulue.fait)
            return redirect("bilan", numero, annee)
        except ActionImpossible as refus:
            erreurs = list(refus.obstacles)
        except ModificationConcurrente:
            erreurs = ["Ce bilan vient de changer : rechargez la page, vérifiez, puis recommencez."]
    return _confirmer(request, voulue, remis, form, erreurs)


def _action_fermee(
    request: HttpRequest, voulue: ActionBilan, remis: Bilan, form: ActionBilanForm | None
) -> HttpResponse:
    """Whose turn it is not: 403 for who never may, a sentence (and what was typed) for who no longer can."""
    projet = remis.exercice.projet
    if not voulue.un_jour(request.user, projet):
        raise PermissionDenied
    if voulue.permise is peut_rouvrir_bilan and remis.statut == StatutBilan.ACCEPTE:
        phrase = "Le projet est clos : ses bilans ne se rouvrent plus."
    else:
        phrase = f"Ce bilan est maintenant « {remis.get_statut_display()} » : cette action n’est plus possible."
    return _confirmer(request, voulue, remis, form, [phrase], fermee=True, status=409)


def _confirmer(
    request: HttpRequest,
    voulue: ActionBilan,
    remis: Bilan,
    form: ActionBilanForm | None,
    erreurs: list[str],
    *,
    fermee: bool = False,
    status: int = 200,
) -> HttpResponse:
    exercice = remis.exercice
    retour = "bilan_modifier" if voulue.permise is peut_remplir_bilan and not fermee else "bilan"
    return render(
        request,
        voulue.gabarit,
        {
            "projet": exercice.projet,
            "exercice": exercice,
            "rendu": CompteFinancier.de(remis),
            "titre": voulue.titre,
            "texte": insecables(voulue.texte),
            "bouton": voulue.bouton,
            "form": form,
            "obstacles": list(map(insecables, erreurs if fermee else voulue.obstacles(remis))),
            "erreurs": [] if fermee else list(map(insecables, erreurs)),
            "retour": reverse(retour, args=[exercice.projet.numero, exercice.annee]),
        },
        status=status,
    )
