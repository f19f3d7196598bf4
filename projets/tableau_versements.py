"""What was granted, paid, is left to pay and is owed back over every project: for the overview and its export. Reads only."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.db.models import Q, QuerySet, Sum

from .enums import Financeur
from .models import Exercice, MontantAccorde, Projet, Versement
from .models.versements import EtatBudget
from .suivi_financier import (
    DEMI_CENT,
    ZERO,
    Part,
    avec_soldes,
    budgets_attendus,
    cents,
    du_par_le_porteur,
    etat_du_budget,
    mouvements,
    partager,
    sommes_a_rendre,
)

LOT = 200


class EtatPaiement(models.TextChoices):
    """Where the money of a granted Exercice stands; derived, never stored."""

    A_PAYER = "a_payer", "À verser"
    BUDGET = "budget", "Budget révisé attendu"
    SOLDE = "solde", "Tout est versé"
    A_RENDRE = "a_rendre", "Somme à rendre"


@dataclass(frozen=True)
class Filtre:
    """What is looked at: a civil year (None: all), a funder, a state, words."""

    annee: int | None = None
    financeur: str = ""
    etat: str = ""
    mots: str = ""


@dataclass(frozen=True)
class Rangee:
    """One granted Exercice and what each funder (that of the filter only, when there is one) does for it."""

    exercice: Exercice
    budget: EtatBudget
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Total:
    """One funder over the Exercices looked at."""

    financeur: Financeur
    accorde: Decimal
    paye: Decimal

    @property
    def non_verse(self) -> Decimal:
        return self.accorde - self.paye


def annees_financees() -> list[int]:
    """Civil years that money was granted for, the last first."""
    publies = MontantAccorde.objects.publies().filter(montant__gt=0)
    return sorted(set(publies.order_by().values_list("exercice__annee", flat=True).distinct()), reverse=True)


def exercices_de(filtre: Filtre) -> QuerySet[Exercice]:
    """The granted Exercices that a filter keeps, in the order of the list."""
    exercices = Exercice.objects.filter(_finances(filtre.financeur))
    if filtre.annee:
        exercices = exercices.filter(annee=filtre.annee)
    if filtre.mots:
        exercices = exercices.filter(projet__in=Projet.objects.chercher(filtre.mots))
    if filtre.etat == EtatPaiement.A_RENDRE:
        # Few, and read apart: the condition would nest too deep for SQLite inside another.
        exercices = exercices.filter(pk__in=list(sommes_a_rendre(exercices).values_list("pk", flat=True)))
    elif filtre.etat == EtatPaiement.BUDGET:
        exercices = exercices.filter(pk__in=budgets_attendus(exercices).values("pk"))
    elif filtre.etat:
        a_payer = avec_soldes(exercices).filter(reste__gt=DEMI_CENT)
        garde = Q(pk__in=a_payer.values("pk"))
        exercices = exercices.filter(garde if filtre.etat == EtatPaiement.A_PAYER else ~garde)
    return exercices.order_by("-annee", "projet__numero")


def _finances(financeur: str) -> Q:
    montants = MontantAccorde.objects.publies().filter(montant__gt=0)
    if financeur:
        montants = montants.filter(financeur=financeur)
    return Q(pk__in=montants.order_by().values("exercice"))


def lire(pks: Iterable[int], financeur: str = "") -> Iterator[Rangee]:
    """The rows of some Exercices, in the order given, by slices: the same few queries for each."""
    cles = list(pks)
    for lot in (cles[debut : debut + LOT] for debut in range(0, len(cles), LOT)):
        lus = (
            avec_soldes(Exercice.objects.filter(pk__in=lot))
            .select_related("projet__structure", "bilan", "budget_revise")
            .defer("projet__donnees", "projet__recherche")
            .in_bulk()
        )
        argent = mouvements(lot)
        yield from (_rangee(lus[pk], argent[pk], financeur) for pk in lot if pk in lus)


def _rangee(exercice: Exercice, argent: tuple[dict[str, Decimal], ...], financeur: str) -> Rangee:
    accorde = cents(exercice.accorde)
    parts = partager(*argent, min(accorde, cents(exercice.justifie)), du_par_le_porteur(exercice))
    gardees = tuple(part for part in parts if not financeur or part.financeur == financeur)
    return Rangee(exercice, etat_du_budget(exercice, accorde), gardees)


def totaux(exercices: QuerySet[Exercice], financeur: str = "") -> list[Total]:
    """Granted and paid by each funder over these Exercices: two queries."""
    pks = exercices.order_by().values("pk")
    accordes = dict(
        MontantAccorde.objects.publies()
        .filter(exercice__in=pks)
        .order_by()
        .values_list("financeur")
        .annotate(total=Sum("montant"))
    )
    payes = {
        solde["financeur"]: solde["paye"] for solde in Versement.objects.filter(exercice__in=pks).soldes("financeur")
    }
    return [
        Total(f, accordes.get(f, ZERO), payes.get(f, ZERO))
        for f in Financeur
        if (f in accordes or f in payes) and (not financeur or f == financeur)
    ]


def total_a_rendre(exercices: QuerySet[Exercice]) -> Decimal:
    """Euros owed back over these Exercices, all funders together."""
    dus = sommes_a_rendre(exercices.order_by())
    return sum((cents(du) for du in dus.values_list("a_rendre", flat=True)), ZERO)
