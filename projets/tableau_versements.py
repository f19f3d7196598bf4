"""What was granted, paid, is left to pay and is owed back over every project: for the overview and its export. Reads only."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Cast

from cite_educative.preparees import Objets, Preparee, completer, reunir

from . import cumuls
from .argent import LOT, mouvements, taille_pour
from .enums import Financeur
from .faits import Axe
from .models import SOMMES, Exercice, FaitExercice, MontantAccorde, Projet, Versement
from .models.versements import EtatBudget
from .pagination import COMPTE_MAX, parcourir, tranches
from .suivi_financier import (
    DEMI_CENT,
    ZERO,
    Part,
    avec_soldes,
    budgets_attendus,
    cents,
    du_par_le_porteur,
    etat_du_budget,
    partager,
    sommes_a_rendre,
)


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


@dataclass(frozen=True)
class Resume:
    """What is said above the list: how many Exercices, each funder, euros owed back by all."""

    nombre: int
    totaux: tuple[Total, ...]
    a_rendre: Decimal


class Sommes:
    """The kept sums of what is granted and paid, for showing: those of every year, in one query, by state when ``etats``."""

    def __init__(self, *, etats: bool = False) -> None:
        axes = (Axe.VERSEMENT, Axe.PAIEMENT) if etats else (Axe.VERSEMENT,)
        self.cellules = {(annee, cle): sommes for annee, _, _, cle, *sommes in cumuls.lire(None, {"": axes})}

    @classmethod
    def tenues(cls, *, etats: bool = False) -> "Sommes | None":
        """None when they are not up to date: they are then to be added up live."""
        return cls(etats=etats) if cumuls.a_jour() else None

    @property
    def annees(self) -> list[int]:
        return sorted(
            (annee for (annee, cle), sommes in self.cellules.items() if not cle and sommes[_NOMBRE]), reverse=True
        )

    def par_annee(self, filtre: Filtre) -> list[tuple[int, int]]:
        """Civil years of a filter without words, the last first, and how many Exercices each holds."""
        cle = _cle(filtre, filtre.financeur)
        annees = [filtre.annee] if filtre.annee else self.annees
        return [(annee, self.cellules[annee, cle][_NOMBRE]) for annee in annees if (annee, cle) in self.cellules]

    def resume(self, filtre: Filtre) -> Resume:
        """Of a filter without words."""

        def somme(quoi: str, rang: int) -> int:
            cle = _cle(filtre, quoi)
            annees = [filtre.annee] if filtre.annee else self.annees
            return sum(self.cellules[annee, cle][rang] for annee in annees if (annee, cle) in self.cellules)

        gardes = [f for f in Financeur if not filtre.financeur or f == filtre.financeur]
        prefixe = "" if filtre.financeur else ":"
        totaux = (Total(f, _euros(somme(prefixe + f, _ACCORDE)), _euros(somme(prefixe + f, _PAYE))) for f in gardes)
        return Resume(
            somme(filtre.financeur, _NOMBRE),
            tuple(un for un in totaux if un.accorde or un.paye),
            _euros(somme(filtre.financeur, _DU)),
        )


_NOMBRE, _ACCORDE, _PAYE, _DU = (SOMMES.index(nom) for nom in ("projets", "accorde", "paye", "du"))


def _cle(filtre: Filtre, quoi: str) -> str:
    return f"{filtre.etat}|{quoi}" if filtre.etat else quoi


def _euros(centimes: int) -> Decimal:
    return Decimal(centimes).scaleb(-2)


def resumer(exercices: QuerySet[Exercice], financeur: str = "") -> Resume:
    """The same of any Exercices, added up live."""
    return Resume(exercices.order_by().count(), tuple(totaux(exercices, financeur)), total_a_rendre(exercices))


def annees_financees() -> list[int]:
    """Civil years that money was granted for, the last first: each asked until a grant is found."""
    annees = Exercice.annees_connues()
    return sorted((annee for _, annee in reunir([_financee().texte(annee) for annee in annees])), reverse=True)


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
    return exercices.order_by("-annee", "projet__depose_le", "pk")  # the order of the numbers, that the kept facts know


def _finances(financeur: str) -> Exists:
    """Asked of each Exercice that is looked at, not of every grant ever made."""
    montants = MontantAccorde.objects.publies().filter(exercice=OuterRef("pk"), montant__gt=0)
    if financeur:
        montants = montants.filter(financeur=financeur)
    return Exists(montants.order_by())


@cache
def _financee() -> Preparee:
    return Preparee(
        lambda annee: Exercice.objects.filter(_finances(""), annee=annee).order_by().values_list("annee")[:1], 2026
    )


# --- as the kept facts tell, once ``Sommes.tenues`` gave something -----------------------------------------------------------


def faits_de(filtre: Filtre, annee: int | None) -> QuerySet[FaitExercice]:
    """Those of a filter without its words, in the order of the deposits, that an index gives for each state and year."""
    faits = FaitExercice.objects.filter(**{filtre.etat or "finance": True})
    if annee is not None:
        faits = faits.filter(annee=annee)
    if filtre.financeur:
        montants = MontantAccorde.objects.publies().filter(exercice=OuterRef("exercice"), montant__gt=0)
        faits = faits.filter(Exists(montants.filter(financeur=filtre.financeur).order_by()))
    return faits.order_by("depose_le", "exercice")


def cles_tenues(filtre: Filtre, par_annee: Iterable[tuple[int, int]], debut: int, fin: int) -> list[int]:
    """The keys of some rows of the list of a filter without words; ``par_annee``: ``Sommes.par_annee``."""
    parts = []
    for annee, de, a in tranches(par_annee, debut, fin):
        sql, parametres = _cles_d_une_annee(filtre.etat, filtre.financeur).texte(annee)
        parts.append((f"{sql} LIMIT {a - de} OFFSET {de}", parametres))
    return [pk for _, pk, _ in sorted(reunir(parts), key=lambda ligne: (ligne[0], ligne[2], ligne[1]))]


@lru_cache(maxsize=32)
def _cles_d_une_annee(etat: str, financeur: str) -> Preparee:
    filtre = Filtre(None, financeur, etat)
    return Preparee(lambda annee: faits_de(filtre, annee).values_list("exercice", "depose_le"), 2026)


class Recherche:
    """The list of a filter with words: what it finds, up to ``COMPTE_MAX`` Exercices; beyond, nothing is counted nor added up."""

    def __init__(self, filtre: Filtre, annees: Iterable[int]) -> None:
        self.filtre, self.annees = filtre, [filtre.annee] if filtre.annee else list(annees)
        reunis = faits_de(filtre, filtre.annee).filter(projet__in=Projet.objects.cles_trouvees(filtre.mots)).order_by()
        # The moment in words, that sort as it does: SQLite's would be read one by one.
        champs = ("annee", Cast("depose_le", models.TextField()), "exercice", "du")
        lus = list(reunis.values_list(*champs)[: COMPTE_MAX + 1])
        self.en_partie = len(lus) > COMPTE_MAX
        self.nombre = min(len(lus), COMPTE_MAX)
        lus.sort(key=lambda lu: (-lu[0], lu[1:3]))
        self.trouves, self.du = [lu[2] for lu in lus], sum(lu[3] for lu in lus)

    def resume(self) -> Resume:
        if self.en_partie:
            return Resume(self.nombre, (), ZERO)
        trouves = Exercice.objects.filter(pk__in=self.trouves)
        return Resume(
            self.nombre, tuple(totaux(trouves, self.filtre.financeur)) if self.trouves else (), _euros(self.du)
        )

    def cles(self, debut: int, fin: int) -> list[int]:
        if not self.en_partie:
            return self.trouves[debut:fin]
        qui_contient = Projet.objects.filter(pk=OuterRef("projet")).chercher_un_a_un(self.filtre.mots).order_by()
        faits = (faits_de(self.filtre, annee).filter(Exists(qui_contient)) for annee in self.annees)
        return parcourir((une.values_list("exercice", flat=True) for une in faits), debut, fin)


Cles = Callable[[int, int], list[int]]  # the keys of the rows from one rank to another


def lister(filtre: Filtre, tenues: Sommes | None, annees: Iterable[int]) -> tuple[Resume, Cles, bool]:
    """What is said above the list, its rows, and whether it stops before its end. ``tenues``: None reads the projects."""
    if tenues is None:
        exercices = exercices_de(filtre)
        pks = exercices.values_list("pk", flat=True)
        return resumer(exercices, filtre.financeur), lambda debut, fin: list(pks[debut:fin]), False
    if filtre.mots:
        recherche = Recherche(filtre, annees)
        return recherche.resume(), recherche.cles, recherche.en_partie
    par_annee = tenues.par_annee(filtre)
    return tenues.resume(filtre), lambda debut, fin: cles_tenues(filtre, par_annee, debut, fin), False


def lire(pks: Iterable[int], financeur: str = "") -> Iterator[Rangee]:
    """The rows of some Exercices, in the order given, by slices: the same few queries for each."""
    cles = list(pks)
    for lot in (cles[debut : debut + LOT] for debut in range(0, len(cles), LOT)):
        taille = taille_pour(len(lot))
        lus = {exercice.pk: exercice for exercice in _lecture(taille).lire(*completer(lot, taille))}
        argent = mouvements(lot)
        yield from (_rangee(lus[pk], argent[pk], financeur) for pk in lot if pk in lus)


@lru_cache(maxsize=3)
def _lecture(taille: int) -> Objets:
    def lus(*pks: int) -> QuerySet[Exercice]:
        exercices = avec_soldes(Exercice.objects.filter(pk__in=pks)).order_by()
        lies = exercices.select_related("projet__structure", "bilan", "budget_revise")
        return lies.only("annee", "montant_demande", *_LUS)

    return Objets(lus, *range(taille))


# Of the project, the bilan and the budget, what a row says or is worked out from: their texts are long.
_LUS = (
    "projet__numero", "projet__titre", "projet__structure__nom", "bilan__statut", "bilan__issue", "budget_revise__confirme_le",
    "budget_revise__accorde",
)  # fmt: skip


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
        Total(f, cents(accordes.get(f, ZERO)), cents(payes.get(f, ZERO)))
        for f in Financeur
        if (accordes.get(f) or payes.get(f)) and (not financeur or f == financeur)
    ]


def total_a_rendre(exercices: QuerySet[Exercice]) -> Decimal:
    """Euros owed back over these Exercices, all funders together."""
    dus = sommes_a_rendre(exercices.order_by())
    return sum((cents(du) for du in dus.values_list("a_rendre", flat=True)), ZERO)
