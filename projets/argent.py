"""The money of some Exercices, funder by funder: granted by published decisions, paid out, given back. Reads only."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache

from django.db.models import QuerySet, Sum

from cite_educative.preparees import Preparee, completer, reunir

from .enums import SensVersement
from .models import MontantAccorde, Versement
from .valeurs import au_centime

Montants = dict[str, Decimal]  # euros by funder
LOT = 200  # Exercices read at once
_TAILLES = (1, 25, LOT)


def mouvements(exercices: Iterable[int]) -> dict[int, tuple[Montants, Montants, Montants]]:
    """By Exercice, the euros that each funder granted, paid out and got back: in one query (``LOT`` of them at most)."""
    lus: dict[int, tuple[Montants, Montants, Montants]] = {pk: ({}, {}, {}) for pk in exercices}
    for pk, financeur, sens, total in _lire_les_mouvements(list(lus)) if lus else ():
        lus[pk][{"": 0, SensVersement.REVERSEMENT: 2}.get(sens, 1)][financeur] = abs(au_centime(total))
    return lus


def _lire_les_mouvements(cles: list[int]) -> Iterator[tuple[int, str, str, Decimal]]:
    """Exercice, funder, direction (none: granted), euros."""
    taille = taille_pour(len(cles))
    parts = [
        (f"SELECT exercice, financeur, {sens} AS sens, {total} AS total FROM ({texte}) m", parametres)  # noqa: S608
        for preparee, sens, total in _mouvements(taille)
        for texte, parametres in [preparee.texte(*completer(cles, taille))]
    ]
    return (tuple(ligne) for _, *ligne in reunir(parts))


def taille_pour(nombre: int) -> int:
    """For how many keys the query that reads so many is written."""
    return next(taille for taille in _TAILLES if nombre <= taille)


@lru_cache(maxsize=len(_TAILLES))
def _mouvements(taille: int) -> tuple[tuple[Preparee, str, str], ...]:
    """The queries of so many keys, with their columns of the direction and of the sum."""

    def accordes(*pks: int) -> QuerySet[MontantAccorde]:
        publies = MontantAccorde.objects.publies().filter(exercice__in=pks).order_by()
        return publies.values_list("exercice", "financeur").annotate(total=Sum("montant"))

    def verses(*pks: int) -> QuerySet[Versement]:
        return Versement.objects.filter(exercice__in=pks).soldes("exercice", "financeur", "sens").order_by()

    return (Preparee(accordes, *range(taille)), "''", "total"), (Preparee(verses, *range(taille)), "sens", "paye")
