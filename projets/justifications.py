"""What the accepted bilans justify of what was granted, by envelope, in euros: read live, or in the kept sums. Reads only."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest, Least

from .cellules_enveloppes import Cellules, CleEntiere
from .dossier import CLASSES_VOLONTAIRES, COMPTE_DEMANDE
from .enums import IssueAction, StatutBilan
from .faits import part_a_rendre
from .models import Compte, Exercice, LigneBilan, MontantAccorde
from .valeurs import ZERO, au_centime

_EUROS = models.DecimalField(max_digits=14, decimal_places=2)


def justifies(exercices: QuerySet[Exercice]) -> dict[CleEntiere, Decimal]:
    """Euros of some Exercices justified by an accepted bilan: granted, less what is to give back (``reste_a_rendre``).

    What is to give back is shared between the funders of an Exercice as their grants are; the cents that sharing leaves go
    to the largest remainders, so that the funders of one year add up to the cent.
    """
    volontaire = Q()
    for classe in CLASSES_VOLONTAIRES:
        volontaire |= Q(compte__code__startswith=classe)
    charges = _du_bilan(~volontaire & Q(sens=Compte.Sens.CHARGE))
    autres = _du_bilan(~volontaire & Q(sens=Compte.Sens.PRODUIT) & ~Q(compte_id=COMPTE_DEMANDE))
    accorde = _subquery(
        MontantAccorde.objects.publies().filter(exercice=OuterRef("exercice")).order_by().values("exercice"), "montant"
    )
    lignes = (
        MontantAccorde.objects.publies()
        .filter(
            exercice__in=exercices.order_by().values("pk"), exercice__bilan__statut=StatutBilan.ACCEPTE, montant__gt=0
        )
        .order_by()
        .annotate(a=accorde, c=charges, p=autres)
        .annotate(rendre=_a_rendre())
        .values_list("exercice__projet__appel", "exercice__annee", "financeur", "montant", "rendre", "a")
    )
    sommes: dict[CleEntiere, list[int]] = defaultdict(lambda: [0, 0])
    for appel, annee, financeur, *euros in lignes.iterator():
        montant, rendre, accorde = (int(100 * au_centime(un)) for un in euros)
        somme = sommes[appel, annee, financeur]
        somme[0] += montant
        somme[1] += part_a_rendre(rendre, montant, accorde)
    return _justifier(
        (cle, Decimal(total).scaleb(-2), Decimal(rendu).scaleb(-6)) for cle, (total, rendu) in sommes.items()
    )


def justifies_tenus(tenues: Cellules) -> dict[CleEntiere, Decimal]:
    """What ``justifies`` works out live."""
    return _justifier((cle, une.justifiable, une.rendu) for cle, une in tenues.items() if une.justifiable)


def _justifier(parts: Iterable[tuple[CleEntiere, Decimal, Decimal]]) -> dict[CleEntiere, Decimal]:
    """From what was granted and the exact part to give back of each funder: what is justified, to the cent."""
    par_annee: dict[tuple[int, int], dict[str, tuple[Decimal, Decimal]]] = defaultdict(dict)
    for (appel, annee, financeur), total, rendu in parts:
        par_annee[appel, annee][financeur] = (total, rendu)
    justifie = {}
    for annee, siens in par_annee.items():
        rendus = arrondir({financeur: rendu for financeur, (_, rendu) in siens.items()})
        for financeur, (total, _) in siens.items():
            justifie[*annee, financeur] = total - rendus[financeur]
    return justifie


def _a_rendre() -> Case:
    """``Bilan.reste_a_rendre`` from ``a`` (granted), ``c`` (charges done) and ``p`` (other resources)."""
    return Case(
        When(exercice__bilan__issue=IssueAction.NON_REALISEE, then=F("a")),
        When(exercice__bilan__issue=IssueAction.REPORTEE, then=Value(Decimal(0))),
        default=Least(F("a"), Greatest(Value(Decimal(0)), F("a") + F("p") - F("c"))),
        output_field=_EUROS,
    )


def _du_bilan(condition: Q) -> Coalesce:
    lignes = LigneBilan.objects.filter(condition, bilan__exercice=OuterRef("exercice")).order_by().values("bilan")
    return _subquery(lignes, "realise")


def _subquery(lignes: QuerySet[Any], champ: str) -> Coalesce:
    total = lignes.annotate(total=Sum(champ)).values("total")
    return Coalesce(Subquery(total, output_field=_EUROS), Value(Decimal(0)), output_field=_EUROS)


def arrondir(parts: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Parts to the cent whose sum is that of the exact parts, to the cent: the largest remainders take what is left."""
    centime = Decimal("0.01")
    arrondis = {cle: (part // centime) * centime for cle, part in parts.items()}
    manque = int((au_centime(sum(parts.values(), Decimal(0))) - sum(arrondis.values(), ZERO)) / centime)
    for cle in sorted(parts, key=lambda cle: (arrondis[cle] - parts[cle], cle))[:manque]:
        arrondis[cle] += centime
    return {cle: au_centime(part) for cle, part in arrondis.items()}
