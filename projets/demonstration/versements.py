"""The money of the demonstration: a revised budget that waits, one confirmed and paid in two payments, a sum to give back."""

from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from django.utils import timezone

from .. import bilans, budgets_revises, versements
from ..enums import ConditionsVersement, Financeur
from ..models import Bilan, Convention, Exercice, Projet
from ..suivi_financier import suivre
from .comptes import Agents
from .horloge import il_y_a


def payer(exercice: Exercice, agents: Agents, part: Decimal, jour: date, reference: str) -> None:
    """Each funder pays a share of what it grants, in whole euros unless it is all."""
    for ligne in suivre(exercice).lignes:
        montant = ligne.reste if part == 1 else (ligne.accorde * part).quantize(Decimal(1), ROUND_DOWN)
        if montant:
            saisie = versements.Saisie(ligne.financeur, montant, jour, f"{reference}-{ligne.financeur.upper()[:3]}")
            versements.enregistrer(exercice, saisie, par=agents(exercice.projet.coordination))


def tout_verser(projet: Projet, agents: Agents) -> None:
    """A project that is over: every civil year was paid."""
    for exercice in projet.exercices.finances():
        payer(exercice, agents, Decimal(1), timezone.localdate() - timedelta(days=25), f"MANDAT-{exercice.annee}")


def confirmer_puis_payer(projet: Projet, agents: Agents) -> None:
    """The revised budget confirmed; then a first payment, and the balance of one funder: each on its day."""
    exercice, porteur = projet.exercices.first(), projet.porteur
    with il_y_a(20):
        budgets_revises.proposer(exercice, par=porteur)
        budgets_revises.confirmer(exercice, empreinte=budgets_revises.empreinte_de(exercice), par=porteur)
    aujourdhui = timezone.localdate()
    with il_y_a(18):
        Convention.objects.create(
            exercice=exercice, financeur=Financeur.ETAT, versement=ConditionsVersement.ECHELONNE, avance=70,
            a_signer=True, signee_le=timezone.localdate(), verse_du=aujourdhui - timedelta(days=15),
            verse_au=aujourdhui + timedelta(days=150),
        )  # fmt: skip
    for jours, part, reference in ((12, "0.5", "MANDAT-1"), (3, "0.2", "MANDAT-2")):
        with il_y_a(jours):
            payer(exercice, agents, Decimal(part), timezone.localdate(), reference)


def commencer_un_budget(projet: Projet) -> None:
    """A revised budget that its porteur began and has not confirmed."""
    budgets_revises.proposer(projet.exercices.first(), par=projet.porteur)


def trop_verser(projet: Projet, bilan: Bilan, agents: Agents) -> None:
    """Everything was paid, the accepted bilan shows that less was spent: the rest is asked back."""
    exercice, coordination = bilan.exercice, agents(projet.coordination)
    payer(exercice, agents, Decimal(1), timezone.localdate() - timedelta(days=20), "MANDAT-9")
    bilans.accepter(bilan, par=coordination)
    suivi = suivre(exercice)
    if suivi.a_rendre:
        versements.demander_reversement(
            exercice, motif=versements.raison_proposee(suivi), avant_le=timezone.localdate() + timedelta(days=45),
            par=coordination,
        )  # fmt: skip
