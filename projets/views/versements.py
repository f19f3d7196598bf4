"""The payments of one project: when and how much, for its porteur; recording and asking back, for the coordinations."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from .. import lettres_reversement
from .. import versements as services
from ..documents.lettre import pdf
from ..forms.budgets_revises import RaisonForm
from ..forms.versements import Conditions, DemandeForm, MouvementForm
from ..lettres import Papeterie
from ..models import DemandeReversement, Exercice, Projet, Versement
from ..permissions import (
    Acteur,
    est_porteur,
    peut_demander_reversement,
    peut_lire_dossier,
    peut_tenir_versements,
)
from ..suivi_financier import Suivi, suivre
from ..workflow import ActionImpossible, ActionInterdite
from .documents import telecharger
from .projet import trouver


def trouver_projet(request: HttpRequest, numero: str) -> Projet:
    """The project of a number, for its porteur and the services: whoever only gives an opinion reads no money."""
    projet = trouver(request, numero)
    if not peut_lire_dossier(request.user, projet):
        raise PermissionDenied
    return projet


@dataclass(frozen=True)
class AnneeVersee:
    """One civil year, as the page draws it."""

    suivi: Suivi
    lignes: tuple[Versement, ...]
    demandes: tuple[DemandeReversement, ...]

    @property
    def demande_en_cours(self) -> DemandeReversement | None:
        return next((demande for demande in self.demandes if not demande.remise_le), None)

    @property
    def conditions(self) -> list[tuple[str, Any]]:
        """Each condition once, with the funders it is true of."""
        vues: dict[Any, list[str]] = {}
        for ligne in self.suivi.lignes:
            for condition in ligne.conditions:
                vues.setdefault(condition, []).append(ligne.financeur.label)
        tous = len(self.suivi.lignes)
        return [("" if len(qui) == tous else ", ".join(qui), condition) for condition, qui in vues.items()]


@require_safe
def versements(request: HttpRequest, numero: str) -> HttpResponse:
    projet = trouver_projet(request, numero)
    exercices = list(Exercice.objects.filter(projet=projet).finances().order_by("annee"))
    lignes = Versement.objects.filter(exercice__projet=projet).select_related("exercice", "saisi_par", "annule_par")
    demandes = DemandeReversement.objects.filter(exercice__projet=projet).order_by("-pk")
    annees = [
        AnneeVersee(
            suivre(exercice),
            tuple(ligne for ligne in lignes.order_by("date", "pk") if ligne.exercice_id == exercice.pk),
            tuple(demande for demande in demandes if demande.exercice_id == exercice.pk),
        )
        for exercice in exercices
    ]
    contexte = {
        "projet": projet,
        "annees": annees,
        "pour_porteur": est_porteur(request.user, projet),
        "peut_tenir": peut_tenir_versements(request.user, projet),
        "peut_demander": peut_demander_reversement(request.user, projet),
    }
    return render(request, "projets/versements/projet.html", contexte)


def trouver_annee(projet: Projet, annee: int) -> Exercice:
    """The Exercice of one civil year that money was granted to. Raises Http404."""
    exercice = Exercice.objects.filter(projet=projet, annee=annee).finances().first() if annee < 10_000 else None
    if exercice is None:
        raise Http404
    exercice.projet = projet
    return exercice


# --- what a coordinator writes ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Geste:
    """One page that writes: who may, its form, what is done, what is said afterwards."""

    titre: str
    texte: str
    bouton: str
    fait: str
    permis: Callable[[Acteur, Projet], bool]
    formulaire: Callable[[Suivi, Any], Any]
    executer: Callable[[Exercice, Any, Any], object]
    danger: bool = False


GESTES = {
    "verser": Geste(
        "Enregistrer un versement",
        "Le porteur est prévenu par courriel.",
        "Enregistrer le versement",
        "Le versement est enregistré. Le porteur est prévenu.",
        peut_tenir_versements,
        lambda suivi, donnees: MouvementForm(suivi, donnees),
        lambda exercice, form, par: services.enregistrer(exercice, form.saisie, par=par),
    ),
    "rendu": Geste(
        "Enregistrer une somme rendue",
        "Ce que le porteur a rendu à un financeur. Il est prévenu par courriel.",
        "Enregistrer la somme rendue",
        "La somme rendue est enregistrée. Le porteur est prévenu.",
        peut_tenir_versements,
        lambda suivi, donnees: MouvementForm(suivi, donnees, rendu=True),
        lambda exercice, form, par: services.reverser(exercice, form.saisie, par=par),
    ),
    "conditions": Geste(
        "Les conditions de versement",
        "Le porteur les lit sur la page des versements de son projet.",
        "Enregistrer les conditions",
        "Les conditions de versement sont à jour.",
        peut_tenir_versements,
        Conditions,
        lambda exercice, form, par: form.enregistrer(par),
    ),
    "demander": Geste(
        "Demander la somme à rendre",
        "Le porteur reçoit un courriel, et trouve sur sa page une lettre qui dit la somme, la raison et la date.",
        "Demander cette somme",
        "La somme est demandée. Le porteur est prévenu.",
        peut_demander_reversement,
        lambda suivi, donnees: DemandeForm(suivi, donnees),
        lambda exercice, form, par: services.demander_reversement(exercice, par=par, **form.cleaned_data),
    ),
    "renoncer": Geste(
        "Renoncer à la somme à rendre",
        "Les financeurs ne demandent plus cette somme : le projet peut être clos. Le porteur est prévenu.",
        "Renoncer à cette somme",
        "Les financeurs renoncent à cette somme. Le porteur est prévenu.",
        peut_demander_reversement,
        lambda suivi, donnees: RaisonForm(
            donnees, libelle="Pourquoi y renoncer", aide="Le porteur lit ce texte ; il reste au journal."
        ),
        lambda exercice, form, par: services.renoncer(exercice, motif=form.cleaned_data["motif"], par=par),
        danger=True,
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
def geste(request: HttpRequest, numero: str, annee: int, geste: str) -> HttpResponse:
    """GET shows the form and what is missing; POST writes. What was typed is kept whenever it is refused."""
    projet = trouver_projet(request, numero)
    exercice, voulu = trouver_annee(projet, annee), GESTES.get(geste)
    if voulu is None:
        raise Http404
    if not voulu.permis(request.user, projet):
        raise PermissionDenied
    suivi = suivre(exercice)
    form = voulu.formulaire(suivi, request.POST if request.method == "POST" else None)
    erreurs: tuple[str, ...] = ()
    if form.is_bound and form.is_valid():
        try:
            voulu.executer(exercice, form, request.user)
            messages.success(request, voulu.fait)
            return redirect(f"{reverse('versements', args=[numero])}#annee-{annee}")
        except ActionInterdite as refus:
            raise PermissionDenied(str(refus)) from refus
        except ActionImpossible as refus:
            erreurs = refus.obstacles
    contexte = {"projet": projet, "suivi": suivi, "geste": voulu, "code": geste, "form": form, "erreurs": erreurs}
    contexte["obstacles"] = _obstacles(geste, suivi)
    statut = 409 if erreurs else 422 if request.method == "POST" else 200
    return render(request, "projets/versements/geste.html", contexte, status=statut)


def _obstacles(code: str, suivi: Suivi) -> list[str]:
    """Why there is nothing to type."""
    annee = suivi.exercice.annee
    if code == "verser" and not suivi.reste:
        return [f"Tout ce qui peut être versé pour {annee} l’est déjà."]
    if code == "rendu" and suivi.paye <= 0:
        return [f"Rien n’a été versé pour {annee} : rien ne peut être rendu."]
    if code in ("demander", "renoncer") and not suivi.a_rendre:
        return [f"Rien n’est à rendre pour {annee}."]
    if code == "demander" and services.demande_en_cours(suivi.exercice):
        return ["Cette somme est déjà demandée au porteur."]
    return []


@require_safe
def lettre(request: HttpRequest, numero: str, annee: int) -> HttpResponse:
    """The letter that asks for the money of one civil year back. Raises Http404 as long as nothing is asked."""
    projet = trouver_projet(request, numero)
    demande = services.demande_en_cours(trouver_annee(projet, annee))
    if demande is None:
        raise Http404("Aucune somme n’est demandée au porteur pour cette année.")
    courrier = lettres_reversement.courrier(
        demande, projet, services.parts_demandees(demande), Papeterie.de(projet.appel)
    )
    return telecharger(f"lettre-{courrier.reference}.pdf", pdf([courrier]), "application/pdf")


@require_http_methods(["GET", "HEAD", "POST"])
def annuler(request: HttpRequest, numero: str, pk: int) -> HttpResponse:
    """Cancels one line, with its reason."""
    projet = trouver_projet(request, numero)
    if not peut_tenir_versements(request.user, projet):
        raise PermissionDenied
    lignes = Versement.objects.filter(exercice__projet=projet).select_related("exercice")
    ligne = get_object_or_404(lignes, pk=pk)
    form = RaisonForm(
        request.POST if request.method == "POST" else None, libelle="Pourquoi annuler cette ligne",
        aide="Le porteur lit ce texte dans son courriel.",
    )  # fmt: skip
    erreurs: tuple[str, ...] = ("Cette ligne est déjà annulée.",) if ligne.annule_le else ()
    statut = 409 if erreurs and request.method == "POST" else 422 if request.method == "POST" else 200
    if request.method == "POST" and not erreurs and form.is_valid():
        try:
            services.annuler(ligne, motif=form.cleaned_data["motif"], par=request.user)
            messages.success(request, "La ligne est annulée. Le porteur est prévenu.")
            return redirect("versements", numero)
        except ActionImpossible as refus:
            erreurs, statut = refus.obstacles, 409
    contexte = {"projet": projet, "ligne": ligne, "form": form, "erreurs": erreurs}
    return render(request, "projets/versements/annuler.html", contexte, status=statut)
