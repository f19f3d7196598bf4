"""The mails of the revised budget and of the payments: one function each, into the outbox (see ``notifications``)."""

from datetime import date
from decimal import Decimal

from django.urls import reverse

from .models import BudgetRevise, DemandeReversement, Exercice, Projet, Versement
from .notifications import courriels_de_role, courriels_du_porteur, ecrire, lien


def lien_du_budget(projet: Projet, annee: int) -> str:
    return lien(reverse("budget_revise", args=[projet.numero, annee]))


def lien_des_versements(projet: Projet) -> str:
    return lien(reverse("versements", args=[projet.numero]))


def budget_revise_attendu(exercice: Exercice, accorde: Decimal, evenement: str) -> None:
    """To the porteur, once the decision is published: less is granted than asked, a revised budget comes first."""
    ecrire(
        "budget_revise_attendu",
        courriels_du_porteur(exercice.projet),
        f"budget-attendu:{exercice.pk}:{evenement}",
        projet=exercice.projet,
        exercice=exercice,
        accorde=accorde,
        lien_budget=lien_du_budget(exercice.projet, exercice.annee),
    )


def budget_revise_confirme(budget: BudgetRevise) -> None:
    """To the coordination in charge: the porteur confirmed, money may follow."""
    projet = budget.exercice.projet
    ecrire(
        "budget_revise_confirme",
        courriels_de_role(projet.coordination),
        f"budget-confirme:{budget.pk}:{budget.confirme_le:%s%f}",
        projet=projet,
        pour_services=True,
        budget=budget,
        exercice=budget.exercice,
        lien_budget=lien_du_budget(projet, budget.exercice.annee),
    )


def budget_revise_rouvert(budget: BudgetRevise) -> None:
    """To the porteur: the coordination asks for something else in the budget."""
    projet = budget.exercice.projet
    ecrire(
        "budget_revise_rouvert",
        courriels_du_porteur(projet),
        f"budget-rouvert:{budget.pk}:{budget.rouvert_le:%s%f}",
        projet=projet,
        budget=budget,
        exercice=budget.exercice,
        lien_budget=lien_du_budget(projet, budget.exercice.annee),
    )


def relance_budget_revise(exercice: Exercice, accorde: Decimal, depuis: date, moment: str) -> None:
    """To the porteur, once per moment: the revised budget is still awaited, nothing is paid before it."""
    ecrire(
        "relance_budget_revise",
        courriels_du_porteur(exercice.projet),
        f"relance-budget:{exercice.pk}:{depuis:%Y%m%d}:{moment}",
        projet=exercice.projet,
        exercice=exercice,
        accorde=accorde,
        depuis=depuis,
        lien_budget=lien_du_budget(exercice.projet, exercice.annee),
    )


def versement_enregistre(versement: Versement) -> None:
    """To the porteur: money was paid, or what was given back has arrived."""
    _versement("versement_enregistre", versement, "versement")


def versement_annule(versement: Versement) -> None:
    """To the porteur: a payment that was announced was recorded by mistake."""
    _versement("versement_annule", versement, "versement-annule")


def _versement(gabarit: str, versement: Versement, evenement: str) -> None:
    projet = versement.exercice.projet
    ecrire(
        gabarit,
        courriels_du_porteur(projet),
        f"{evenement}:{versement.pk}",
        projet=projet,
        versement=versement,
        lien_versements=lien_des_versements(projet),
    )


def somme_a_rendre(demande: DemandeReversement, parts: list[tuple[str, Decimal]]) -> None:
    """To the porteur: how much is to be given back, to whom, before when, and why."""
    projet = demande.exercice.projet
    ecrire(
        "somme_a_rendre",
        courriels_du_porteur(projet),
        f"somme-a-rendre:{demande.pk}",
        projet=projet,
        demande=demande,
        parts=parts,
        lien_versements=lien_des_versements(projet),
    )


def relance_somme_a_rendre(demande: DemandeReversement, reste: Decimal, moment: str) -> None:
    """To the porteur, once per moment around the day it is due: what is still to be given back."""
    projet = demande.exercice.projet
    ecrire(
        "relance_somme_a_rendre",
        courriels_du_porteur(projet),
        f"relance-somme:{demande.pk}:{moment}",
        projet=projet,
        demande=demande,
        reste=reste,
        moment=moment,
        lien_versements=lien_des_versements(projet),
    )


def somme_remise(demande: DemandeReversement) -> None:
    """To the porteur: the funders give up what was owed."""
    projet = demande.exercice.projet
    ecrire(
        "somme_remise",
        courriels_du_porteur(projet),
        f"somme-remise:{demande.pk}",
        projet=projet,
        demande=demande,
        lien_versements=lien_des_versements(projet),
    )
