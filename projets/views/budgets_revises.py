"""The revised budget of one civil year: the porteur writes and confirms it, the others read it beside what was asked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from .. import budgets_revises
from ..budgets_revises import Equilibre, Methode, empreinte_de
from ..forms.budgets_revises import MethodeForm, RaisonForm, SaisieBudget, parties
from ..models import BudgetRevise, Exercice, ModificationConcurrente, Projet
from ..permissions import Acteur, est_porteur, peut_reviser_budget, peut_rouvrir_budget
from ..suivi_financier import etat_du_budget
from ..workflow import ActionImpossible, ActionInterdite
from .versements import trouver_projet

CHANGE = (
    "Ce budget, ou le montant accordé, vient de changer : voici ce qu’il est maintenant. Relisez-le, puis recommencez."
)


def trouver_exercice(projet: Projet, annee: int) -> Exercice:
    """The granted Exercice of one civil year, with ``accorde``. Raises Http404."""
    lus = Exercice.objects.avec_accorde().select_related("bilan", "budget_revise").filter(projet=projet, annee=annee)
    exercice = lus.filter(accorde__gt=0).first() if annee < 10_000 else None
    if exercice is None:
        raise Http404
    exercice.projet = projet
    return exercice


@require_http_methods(["GET", "HEAD", "POST"])
def budget(request: HttpRequest, numero: str, annee: int) -> HttpResponse:
    """Reading for everybody; writing for the porteur as long as the budget is open. POST keeps the draft."""
    projet = trouver_projet(request, numero)
    exercice = trouver_exercice(projet, annee)
    ouvert = not budgets_revises.obstacles_a_la_revision(exercice, request.user) and _a_ecrire(exercice)
    if request.method != "POST":
        return _montrer(request, exercice, _saisie(exercice) if ouvert else None)
    if not est_porteur(request.user, projet):
        raise PermissionDenied
    if not ouvert:
        messages.error(request, "Ce budget ne se modifie plus : rien n’a été enregistré.")
        return redirect("budget_revise", numero, annee)
    saisie = _saisie(exercice, request.POST)
    if not saisie.est_valide():
        return _montrer(request, exercice, saisie, statut=422)
    try:
        budgets_revises.enregistrer(
            exercice, saisie.voulues, empreinte=request.POST.get("empreinte", ""), par=request.user
        )
    except ModificationConcurrente:
        return _montrer(request, exercice, saisie, (CHANGE,), statut=409)
    except ActionImpossible as refus:
        return _montrer(request, exercice, saisie, refus.obstacles, statut=409)
    if "confirmer" in request.POST:
        return redirect("budget_revise_action", numero, annee, "confirmer")
    messages.success(request, "Le brouillon du budget révisé est enregistré.")
    return redirect("budget_revise", numero, annee)


def _a_ecrire(exercice: Exercice) -> bool:
    """Whether a budget is awaited, or was begun: else the porteur first says that one is wished."""
    return etat_du_budget(exercice, exercice.accorde).attend_le_porteur


def _saisie(exercice: Exercice, donnees: Any = None) -> SaisieBudget:
    """The draft, else the proposal, which is kept with the first « enregistrer »."""
    demandees = budgets_revises.lignes_demandees(exercice)
    brouillon = getattr(exercice, "budget_revise", None)
    if brouillon is None:
        lignes = budgets_revises.calculer(demandees, exercice.accorde)
    else:
        lignes = budgets_revises.au_montant(budgets_revises.lignes_du_budget(brouillon), exercice.accorde)
    return SaisieBudget(demandees, lignes, donnees)


def _montrer(
    request: HttpRequest,
    exercice: Exercice,
    saisie: SaisieBudget | None,
    refus: tuple[str, ...] = (),
    statut: int = 200,
) -> HttpResponse:
    projet, brouillon = exercice.projet, getattr(exercice, "budget_revise", None)
    demandees = budgets_revises.lignes_demandees(exercice)
    lignes = saisie.form.voulues if saisie else _revisees(brouillon, projet, request.user)
    contexte = {
        "projet": projet,
        "exercice": exercice,
        "etat": etat_du_budget(exercice, exercice.accorde),
        "budget": brouillon,
        "saisie": saisie,
        "parties": saisie.parties() if saisie else parties(budgets_revises.comparer(demandees, lignes)),
        "lisible": bool(lignes),
        "equilibre": Equilibre.de(lignes),
        "manques": budgets_revises.manques(lignes, exercice.accorde) if saisie else (),
        "empreinte": empreinte_de(exercice),
        "refus": refus,
        "est_moins": exercice.accorde < exercice.montant_demande,
        "pour_porteur": est_porteur(request.user, projet),
        "peut_souhaiter": not saisie and not budgets_revises.obstacles_a_la_revision(exercice, request.user),
        "peut_rouvrir": bool(brouillon and brouillon.confirme_le) and peut_rouvrir_budget(request.user, projet),
    }
    return render(request, "projets/versements/budget.html", contexte, status=statut)


def _revisees(
    brouillon: BudgetRevise | None, projet: Projet, lecteur: Acteur
) -> list[budgets_revises.LigneVoulue]:  # fmt: skip
    """The revised lines that a person reads: a draft is its porteur's until it is confirmed."""
    lisible = brouillon is not None and (brouillon.confirme_le or est_porteur(lecteur, projet))
    return budgets_revises.lignes_du_budget(brouillon) if lisible else []


# --- actions ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ActionBudget:
    """One row: who may, what the confirmation says, what is done, what is said afterwards."""

    titre: str
    texte: str
    bouton: str
    fait: str
    permise: Callable[[Acteur, Projet], bool]
    executer: Callable[[Exercice, HttpRequest, forms.Form | None], object]
    formulaire: Callable[[Any], forms.Form] | None = None
    danger: bool = False


ACTIONS = {
    "proposer": ActionBudget(
        "Repartir d’une proposition",
        "Le portail écrit un budget à partir de celui que vous avez demandé et du montant accordé. Le brouillon en cours "
        "est remplacé ; rien n’est confirmé.",
        "Écrire la proposition",
        "La proposition est prête : relisez-la, modifiez-la, puis confirmez.",
        peut_reviser_budget,
        lambda exercice, request, form: budgets_revises.proposer(
            exercice, par=request.user, methode=Methode(form.cleaned_data["methode"])
        ),
        MethodeForm,
    ),
    "confirmer": ActionBudget(
        "Confirmer le budget révisé",
        "Vous vous engagez sur ce budget : il ouvre le versement de la subvention, et votre bilan se comparera à lui. "
        "Ensuite, seule la coordination peut le rouvrir.",
        "Confirmer ce budget",
        "Votre budget révisé est confirmé. La coordination est prévenue.",
        peut_reviser_budget,
        lambda exercice, request, form: budgets_revises.confirmer(
            exercice, empreinte=request.POST.get("empreinte", ""), par=request.user
        ),
    ),
    "abandonner": ActionBudget(
        "Renoncer à réviser le budget",
        "Le brouillon est effacé : le budget demandé reste celui du projet.",
        "Effacer le brouillon",
        "Le brouillon est effacé.",
        peut_reviser_budget,
        lambda exercice, request, form: budgets_revises.abandonner(exercice, par=request.user),
        danger=True,
    ),
    "rouvrir": ActionBudget(
        "Rouvrir le budget révisé",
        "Le porteur pourra le modifier, et devra le confirmer de nouveau avant tout autre versement.",
        "Rouvrir le budget",
        "Le budget est rouvert. Le porteur est prévenu.",
        peut_rouvrir_budget,
        lambda exercice, request, form: budgets_revises.rouvrir(
            exercice, motif=form.cleaned_data["motif"], par=request.user
        ),
        lambda donnees: RaisonForm(
            donnees, libelle="Pourquoi le rouvrir", aide="Le porteur lit ce texte dans son courriel et sur la page."
        ),
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
def action(request: HttpRequest, numero: str, annee: int, action: str) -> HttpResponse:
    """GET only shows: what will happen, or what stands in the way."""
    projet = trouver_projet(request, numero)
    exercice = trouver_exercice(projet, annee)
    voulue = ACTIONS.get(action)
    if voulue is None:
        raise Http404
    if not voulue.permise(request.user, projet):
        raise PermissionDenied
    form = voulue.formulaire(request.POST if request.method == "POST" else None) if voulue.formulaire else None
    erreurs: tuple[str, ...] = ()
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            voulue.executer(exercice, request, form)
            messages.success(request, voulue.fait)
            return redirect("budget_revise", numero, annee)
        except ActionInterdite as refus:
            raise PermissionDenied(str(refus)) from refus
        except ActionImpossible as refus:
            erreurs = refus.obstacles
        except ModificationConcurrente:
            erreurs = (CHANGE,)
    statut = 409 if erreurs else 422 if form is not None and form.errors else 200
    return _confirmer(request, exercice, action, voulue, form, erreurs, statut)


def _confirmer(
    request: HttpRequest, exercice: Exercice, nom: str, voulue: ActionBudget, form: forms.Form | None,
    erreurs: tuple[str, ...], statut: int,
) -> HttpResponse:  # fmt: skip
    brouillon = getattr(exercice, "budget_revise", None)
    lignes = budgets_revises.lignes_du_budget(brouillon) if brouillon else []
    obstacles = _obstacles(exercice, nom, lignes, request.user)
    contexte = {
        "projet": exercice.projet,
        "exercice": exercice,
        "titre": voulue.titre,
        "texte": voulue.texte,
        "bouton": voulue.bouton,
        "danger": voulue.danger,
        "form": form,
        "obstacles": erreurs if erreurs and form is None else obstacles,
        "erreurs": erreurs if form is not None and not obstacles else (),
        "empreinte": empreinte_de(exercice),
        "equilibre": Equilibre.de(lignes) if lignes and nom != "proposer" else None,
        "retour": reverse("budget_revise", args=[exercice.projet.numero, exercice.annee]),
    }
    return render(request, "projets/versements/budget_action.html", contexte, status=statut)


def _obstacles(
    exercice: Exercice, nom: str, lignes: list[budgets_revises.LigneVoulue], par: Acteur
) -> list[str]:  # fmt: skip
    if nom == "rouvrir":
        brouillon = getattr(exercice, "budget_revise", None)
        return [] if brouillon and brouillon.confirme_le else ["Ce budget n’est pas confirmé : rien n’est à rouvrir."]
    phrases = budgets_revises.obstacles_a_la_revision(exercice, par)
    if nom != "confirmer" or phrases:
        return phrases
    if not lignes:
        return ["Il n’y a pas encore de budget révisé à confirmer : enregistrez-le d’abord."]
    return budgets_revises.manques(lignes, exercice.accorde)
