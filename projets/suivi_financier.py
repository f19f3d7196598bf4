"""What was granted, paid, justified and owed back for one Exercice, and what is missing before money may be paid.

Reads only. The revised budget is written by ``budgets_revises``, money by ``versements``. Amounts are euros, to the cent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.db.models import Case, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest, Least

from cite_educative.preparees import Objets
from correspondants.enums import NaturePorteur

from .argent import Montants, mouvements
from .dossier import CLASSES_VOLONTAIRES, COMPTE_DEMANDE
from .echeances import avec_accorde
from .enums import ConditionsVersement, Financeur, IssueAction, SensVersement, StatutBilan
from .models import (
    BudgetRevise,
    Compte,
    Convention,
    DemandeReversement,
    Exercice,
    LigneBilan,
    LigneRevisee,
    MontantAccorde,
    Projet,
    Versement,
)
from .models.versements import EtatBudget
from .valeurs import date_longue, euros, insecables

# « L’autorité administrative qui attribue une subvention dont le montant annuel dépasse 23 000 euros doit conclure une
# convention avec l’organisme de droit privé qui en bénéficie » : loi n° 2000-321, art. 10, et décret n° 2001-495, art. 1.
SEUIL_CONVENTION = Decimal(23_000)
DROIT_PRIVE = frozenset({NaturePorteur.ASSOCIATION, NaturePorteur.PARTENAIRE, NaturePorteur.PRIVE})
_EUROS = models.DecimalField(max_digits=14, decimal_places=2)
_CENT, DEMI_CENT = Decimal("0.01"), Decimal("0.005")
ZERO = Decimal("0.00")


def repartir(total: Decimal, poids: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """``total`` (euros, ≥ 0) shared in proportion to ``poids`` (≥ 0), to the cent: the shares add up to it exactly.

    The cents that rounding leaves go to the largest remainders. Without any weight there is nothing to share with: zeros.
    """
    somme = sum(poids.values(), Decimal(0))
    if not somme:
        return dict.fromkeys(poids, ZERO)
    cents = int(total * 100)
    exactes = {cle: cents * part / somme for cle, part in poids.items()}
    parts = {cle: int(exacte) for cle, exacte in exactes.items()}
    reste = cents - sum(parts.values())
    for cle in sorted(exactes, key=lambda cle: parts[cle] - exactes[cle])[:reste]:
        parts[cle] += 1
    return {cle: part * _CENT for cle, part in parts.items()}


# --- the revised budget -----------------------------------------------------------------------------------------------


def budget_en_vigueur(exercice: Exercice, accorde: Decimal) -> BudgetRevise | None:
    """The revised budget that was confirmed for what is granted now."""
    budget = getattr(exercice, "budget_revise", None)
    return budget if budget and budget.confirme_le and budget.accorde == accorde else None


def etat_du_budget(exercice: Exercice, accorde: Decimal) -> EtatBudget:
    """Where the revised budget stands. Awaited when less is granted than asked, or when the porteur began one.

    An accepted bilan says what was really spent: nothing is awaited any more.
    """
    budget = getattr(exercice, "budget_revise", None)
    if budget_en_vigueur(exercice, accorde):
        return EtatBudget.CONFIRME
    bilan = getattr(exercice, "bilan", None)
    if not accorde or (bilan and bilan.statut == StatutBilan.ACCEPTE):
        return EtatBudget.LIBRE
    if budget and budget.confirme_le:
        return EtatBudget.A_RECONFIRMER
    return EtatBudget.ATTENDU if budget or accorde < exercice.montant_demande else EtatBudget.LIBRE


def budgets_attendus(exercices: QuerySet[Exercice]) -> QuerySet[Exercice]:
    """The Exercices whose revised budget is awaited, with ``accorde``: the same rule as ``etat_du_budget``, for many."""
    confirme = Q(budget_revise__confirme_le__isnull=False, budget_revise__accorde=F("accorde"))
    return (
        avec_accorde(exercices)
        .filter(Q(accorde__gt=0) & (Q(accorde__lt=F("montant_demande")) | Q(budget_revise__isnull=False)))
        .exclude(bilan__statut=StatutBilan.ACCEPTE)
        .exclude(pk__in=avec_accorde(Exercice.objects.all()).filter(confirme).values("pk"))
    )


def lignes_de_reference(exercice: Exercice) -> list[LigneRevisee] | None:
    """The lines a bilan compares with when a revised budget is in force; None: the budget that was asked."""
    budget = budget_en_vigueur(exercice, exercice.montant_accorde)
    return list(budget.lignes.order_by("sens", "rang", "pk")) if budget else None


# --- the civil years of one project ------------------------------------------------------------------------------------


def suivis(exercices: QuerySet[Exercice]) -> QuerySet[Exercice]:
    """With ``accorde``, the bilan and the revised budget of each, in order: what every part of a project's page reads."""
    return avec_accorde(exercices).select_related("bilan", "budget_revise").order_by("annee")


def exercices_suivis(projet: Projet) -> list[Exercice]:
    """The civil years of a project, as ``suivis`` gives them: those that were read with it, else read now."""
    lus = list(projet.exercices.all())
    return lus if all(hasattr(exercice, "accorde") for exercice in lus) else list(suivis(projet.exercices.all()))


# --- money owed back --------------------------------------------------------------------------------------------------


def avec_soldes(exercices: QuerySet[Exercice]) -> QuerySet[Exercice]:
    """Adds ``accorde``, ``paye`` (given back taken off), ``justifie``, ``remis``, ``reste`` and ``a_rendre``, unjoined.

    ``justifie``: euros of the grant that the action needed, by the accepted bilan (done charges less the other done
    resources, nothing when it was not done, as ``Bilan.reste_a_rendre``); the whole grant until there is one. ``reste``:
    still to be paid. ``a_rendre``: paid beyond what is justified, less what the funders gave up. The last two are negative
    when it is the other way round. Sums of SQLite are floats: read them through ``cents``, compare them with
    ``DEMI_CENT``. Kept flat, for SQLite's parser refuses expressions that nest too deep.
    """
    lignes = LigneBilan.objects.filter(bilan__exercice=OuterRef("pk"))
    for classe in CLASSES_VOLONTAIRES:
        lignes = lignes.exclude(compte__code__startswith=classe)
    besoin = _somme(
        lignes.exclude(compte=COMPTE_DEMANDE),
        "bilan",
        Case(When(sens=Compte.Sens.CHARGE, then=F("realise")), default=-F("realise")),
    )
    paye = _somme(
        Versement.objects.en_vigueur().filter(exercice=OuterRef("pk")),
        "exercice",
        Case(When(sens=SensVersement.REVERSEMENT, then=-F("montant")), default=F("montant")),
    )
    remis = _somme(DemandeReversement.objects.filter(exercice=OuterRef("pk")), "exercice", F("montant_remis"))
    utile = Least(F("accorde"), Greatest(_zero(), F("besoin")))
    return (
        avec_accorde(exercices)
        .annotate(besoin=besoin, paye=paye, remis=remis)
        .annotate(
            justifie=Case(
                When(bilan__statut=StatutBilan.ACCEPTE, bilan__issue=IssueAction.NON_REALISEE, then=_zero()),
                When(bilan__statut=StatutBilan.ACCEPTE, then=utile),
                default=F("accorde"),
                output_field=_EUROS,
            )
        )
        .annotate(
            reste=ExpressionWrapper(F("justifie") - F("paye"), _EUROS),
            a_rendre=ExpressionWrapper(F("paye") - F("justifie") - F("remis"), _EUROS),
        )
    )


def _zero() -> Value:
    return Value(Decimal(0), output_field=_EUROS)


def _somme(lignes: QuerySet, par: str, quoi: Case | F) -> Coalesce:
    total = lignes.order_by().values(par).annotate(somme=Sum(quoi, output_field=_EUROS)).values("somme")
    return Coalesce(Subquery(total, output_field=_EUROS), _zero(), output_field=_EUROS)


def cents(montant: Decimal) -> Decimal:
    """Euros to the cent."""
    return Decimal(montant).quantize(_CENT)


def sommes_a_rendre(exercices: QuerySet[Exercice]) -> QuerySet[Exercice]:
    """The Exercices for which more was paid than the accepted bilan justifies."""
    return avec_soldes(exercices).filter(bilan__statut=StatutBilan.ACCEPTE, a_rendre__gt=DEMI_CENT)


def du_par_le_porteur(exercice: Exercice) -> Decimal:
    """Euros to give back, of a row of ``avec_soldes``: nothing as long as no accepted bilan says so."""
    return max(ZERO, cents(exercice.a_rendre)) if _bilan_accepte(exercice) else ZERO


def dettes_du_projet(projet: Projet) -> list[Exercice]:
    """The Exercices of a project that money is still owed back for, by civil year."""
    return _DETTES.lire(projet.pk, projet=projet)


_DETTES = Objets(lambda projet: sommes_a_rendre(Exercice.objects.filter(projet=projet)).order_by("annee"), 1)


# --- one Exercice, funder by funder -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Condition:
    """One thing that has to be true before money is paid: what it is, and what it waits for when it is not met."""

    libelle: str
    attente: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "libelle", insecables(self.libelle))

    @property
    def remplie(self) -> bool:
        return not self.attente


@dataclass(frozen=True)
class Part:
    """What one funder grants for one Exercice, has paid, may pay in all (``plafond``), and is owed back."""

    financeur: Financeur
    accorde: Decimal
    paye: Decimal
    plafond: Decimal
    a_rendre: Decimal

    @property
    def reste(self) -> Decimal:
        """Euros that are still to be paid."""
        return max(ZERO, self.plafond - self.paye)


@dataclass(frozen=True)
class Ligne(Part):
    """The same, with how it is paid; ``avance``: what may be paid before the bilan is accepted."""

    avance: Decimal
    convention: Convention | None
    conditions: tuple[Condition, ...]

    @property
    def manques(self) -> tuple[str, ...]:
        return tuple(condition.attente for condition in self.conditions if not condition.remplie)

    @property
    def calendrier(self) -> str:
        """When it is meant to be paid, as the convention says."""
        du, au = (self.convention.verse_du, self.convention.verse_au) if self.convention else (None, None)
        if du and au and du != au:
            return f"entre le {date_longue(du)} et le {date_longue(au)}"
        return f"à partir du {date_longue(du)}" if du else ""

    @property
    def modalites(self) -> str:
        if self.convention is None:
            return ConditionsVersement.UNIQUE.label
        if self.convention.versement == ConditionsVersement.AUTRE:
            return self.convention.modalites
        return self.convention.get_versement_display()


@dataclass(frozen=True)
class Suivi:
    """Everything about the money of one granted Exercice."""

    exercice: Exercice
    accorde: Decimal
    paye: Decimal
    justifie: Decimal
    remis: Decimal
    a_rendre: Decimal
    budget: EtatBudget
    lignes: tuple[Ligne, ...]

    @property
    def plafond(self) -> Decimal:
        return min(self.accorde, self.justifie)

    @property
    def reste(self) -> Decimal:
        return max(ZERO, self.plafond - self.paye)

    def ligne(self, financeur: str) -> Ligne | None:
        return next((ligne for ligne in self.lignes if ligne.financeur == financeur), None)


def suivre(exercice: Exercice) -> Suivi:
    """The money of one Exercice as it is now, funder by funder."""
    lu = avec_soldes(Exercice.objects.filter(pk=exercice.pk)).select_related(
        "projet__structure", "bilan", "budget_revise"
    ).get()  # fmt: skip
    accordes, verses, rendus = mouvements([lu.pk])[lu.pk]
    accorde, justifie, paye = cents(lu.accorde), cents(lu.justifie), cents(lu.paye)
    a_rendre = du_par_le_porteur(lu)
    conventions = {une.financeur: une for une in lu.conventions.all()}
    budget = etat_du_budget(lu, accorde)
    lignes = []
    for part in partager(accordes, verses, rendus, min(accorde, justifie), a_rendre):
        convention = conventions.get(part.financeur)
        avance = _avance(lu, convention, part.accorde, part.plafond)
        conditions = tuple(_conditions(lu, part.financeur, convention, part.accorde, avance, budget))
        lignes.append(Ligne(**vars(part), avance=avance, convention=convention, conditions=conditions))
    return Suivi(lu, accorde, paye, justifie, cents(lu.remis), a_rendre, budget, tuple(lignes))


def partager(
    accordes: Montants, verses: Montants, rendus: Montants, plafond: Decimal, a_rendre: Decimal
) -> list["Part"]:  # fmt: skip
    """What each funder may pay in all and is still owed: its share of ``plafond`` by what it grants, of the whole debt
    by what it paid out, less what it got back."""
    financeurs = [f for f in Financeur if accordes.get(f) or verses.get(f)]
    plafonds = repartir(plafond, {f: accordes.get(f, ZERO) for f in financeurs})
    dues = repartir(a_rendre + sum(rendus.values(), ZERO), {f: verses.get(f, ZERO) for f in financeurs})
    dettes = repartir(a_rendre, {f: max(ZERO, due - rendus.get(f, ZERO)) for f, due in dues.items()})
    return [
        Part(f, accordes.get(f, ZERO), verses.get(f, ZERO) - rendus.get(f, ZERO), plafonds[f], dettes[f])
        for f in financeurs
    ]


def _bilan_accepte(exercice: Exercice) -> bool:
    bilan = getattr(exercice, "bilan", None)
    return bool(bilan and bilan.statut == StatutBilan.ACCEPTE)


def _avance(exercice: Exercice, convention: Convention | None, accorde: Decimal, plafond: Decimal) -> Decimal:
    if _bilan_accepte(exercice) or convention is None or convention.avance is None:
        return plafond
    return min(plafond, cents(accorde * convention.avance / 100))


def _conditions(
    exercice: Exercice, financeur: Financeur, convention: Convention | None, accorde: Decimal, avance: Decimal,
    budget: EtatBudget,
) -> "list[Condition]":  # fmt: skip
    """What must be true before this funder pays, in the order in which it comes true."""
    liste = []
    if budget is not EtatBudget.LIBRE:
        attente = {
            EtatBudget.ATTENDU: f"Le budget révisé {exercice.annee} n’est pas encore confirmé par le porteur.",
            EtatBudget.A_RECONFIRMER: (
                f"Le montant accordé a changé : le budget révisé {exercice.annee} est à confirmer de nouveau."
            ),
        }.get(budget, "")
        liste.append(Condition(f"Budget révisé {exercice.annee} confirmé par le porteur", attente))
    if (convention and convention.a_signer) or _convention_legale(exercice, financeur, accorde):
        signee = convention.signee_le if convention else None
        attente = "" if signee else f"La convention avec le financeur « {financeur.label} » n’est pas signée."
        libelle = f"Convention signée{f' le {date_longue(signee)}' if signee else ''}"
        liste.append(Condition(libelle, attente))
    if convention and convention.avance is not None and convention.avance < 100:
        reste = "" if _bilan_accepte(exercice) else f"Le bilan {exercice.annee} n’est pas encore accepté."
        part = "Versement" if not convention.avance else f"Au-delà de {convention.avance} % ({euros(avance)})"
        if _bilan_accepte(exercice):
            part = "Solde"
        liste.append(Condition(f"{part} : après l’acceptation du bilan {exercice.annee}", reste))
    return liste


def _convention_legale(exercice: Exercice, financeur: Financeur, accorde: Decimal) -> bool:
    """Whether the law wants a convention: one funder gives one private body more than the threshold in one civil year."""
    structure = exercice.projet.structure
    if structure is None or structure.nature not in DROIT_PRIVE:
        return False
    annuel = (
        MontantAccorde.objects.publies()
        .filter(exercice__projet__structure=structure, exercice__annee=exercice.annee, financeur=financeur)
        .aggregate(total=Sum("montant", default=Decimal(0)))["total"]
    )
    return max(annuel, accorde) > SEUIL_CONVENTION


def manques_pour(ligne: Ligne, montant: Decimal) -> list[str]:
    """What is missing before that funder pays that amount on top of what it paid: sentences, none when nothing is.

    The bilan is asked for only when the payment goes beyond the part that the convention lets be paid before it.
    """
    au_dela = ligne.paye + montant > ligne.avance
    return [phrase for phrase in ligne.manques if au_dela or not phrase.startswith("Le bilan ")]


def exigences(exercice: Exercice) -> list[str]:
    """What is still missing before anything may be paid for one Exercice: sentences, each once."""
    suivi = suivre(exercice)
    if not suivi.accorde:
        return [f"Aucun montant publié n’est accordé à ce projet pour {exercice.annee}."]
    # At least one cent: a bilan is missing only when nothing at all may be paid before it.
    return list(dict.fromkeys(phrase for ligne in suivi.lignes for phrase in manques_pour(ligne, _CENT)))


# --- dates ------------------------------------------------------------------------------------------------------------


def avec_attente(exercices: QuerySet[Exercice]) -> QuerySet[Exercice]:
    """Adds ``attendu_depuis``, since when the revised budget is awaited: the publication, or the moment it was reopened."""
    siens = MontantAccorde.objects.publies().filter(exercice=OuterRef("pk"), montant__gt=0).order_by()
    publie = Subquery(
        siens.values("exercice").annotate(jour=models.Max("decision__point__seance__publiee_le")).values("jour"),
        output_field=models.DateTimeField(),
    )
    rouvert = F("budget_revise__rouvert_le")
    # SQLite gives nothing for the greatest of nothing and something.
    depuis = Coalesce(Greatest(publie, rouvert), publie, rouvert, output_field=models.DateTimeField())
    return exercices.annotate(attendu_depuis=depuis)
