"""Pages of a long list: keys first, rows after, and the end of the list read from its end.

A page far down costs what the first one costs, but for the keys skipped in the index; rows, sums and counts are read
for one page only. What was read is kept until something happens (``fraicheur``).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.db.models.expressions import OrderBy

COMPTE_MAX = (
    2_000  # counting, and leafing, further would cost more than it tells: a filter or another order does better
)
T = TypeVar("T")
Retenir = Callable[[str, Callable[[], Any]], Any]  # name, what reads it: see ``fraicheur.retenir``


def ne_rien_retenir(quoi: str, lire: Callable[[], T]) -> T:
    return lire()


def compter(lignes: QuerySet) -> int:
    """How many there are, ``COMPTE_MAX`` at most."""
    return lignes.order_by().values("pk")[:COMPTE_MAX].count()


def parcourir(morceaux: Iterable[QuerySet], debut: int, fin: int) -> list[Any]:
    """The rows ``debut`` to ``fin`` of querysets that follow one another; one is asked when those before it have not enough."""
    lus: list[Any] = []
    for morceau in morceaux:
        lus += morceau[: fin - len(lus)]
        if len(lus) >= fin:
            break
    return lus[debut:]


def tranches(nombres: Iterable[tuple[T, int]], debut: int, fin: int) -> list[tuple[T, int, int]]:
    """What holds the rows ``debut`` to ``fin`` of parts of known lengths that follow one another: part, first row, last row."""
    trouvees, avant = [], 0
    for part, nombre in nombres:
        de, a = max(debut - avant, 0), min(fin - avant, nombre)
        avant += nombre
        if de < a:
            trouvees.append((part, de, a))
    return trouvees


class PaginateurBorne(Paginator):
    """Pages of a queryset, that are counted and leafed no further than ``COMPTE_MAX`` rows."""

    @cached_property
    def count(self) -> int:
        return compter(self.object_list)

    @property
    def en_partie(self) -> bool:
        return self.count >= COMPTE_MAX


class PaginateurCompte(PaginateurBorne):
    """The same, of rows that were counted already (``nombre``); ``premiere`` reads the first page its own way, and ``lignes``
    gives the queryset of the others."""

    def __init__(
        self, lignes: Callable[[], QuerySet], par_page: int, nombre: int, premiere: Callable[[], Sequence[Any]]
    ) -> None:
        super().__init__((), par_page)
        self.lignes, self.premiere = lignes, premiere
        self.count = nombre

    def page(self, number: int | str) -> Page:
        numero = self.validate_number(number)
        if numero == 1:
            return self._get_page(self.premiere(), numero, self)
        debut = (numero - 1) * self.per_page
        return self._get_page(list(self.lignes()[debut : debut + self.per_page]), numero, self)


class PaginateurParTranches(Paginator):
    """Pages of rows that were counted already (``nombre``); ``lire`` gives those from one rank to another."""

    def __init__(self, lire: Callable[[int, int], Sequence[Any]], par_page: int, nombre: int) -> None:
        super().__init__((), par_page)
        self.lire, self.count = lire, nombre

    def page(self, number: int | str) -> Page:
        numero = self.validate_number(number)
        debut = (numero - 1) * self.per_page
        return self._get_page(self.lire(debut, min(debut + self.per_page, self.count)), numero, self)


class PaginateurParCles(Paginator):
    """Pages of the light queryset that ``cles`` gives, in the order ``ordre``; ``lignes`` gives the rows of some keys.
    ``compte`` gives the same keys asked so that they are counted without an order, or their number, ``COMPTE_MAX`` at most.

    ``ordre`` gives OrderBy expressions and ends with the primary key, so that pages never share nor lose a row. Rows are
    kept as they are: they are frozen.
    """

    def __init__(
        self,
        cles: Callable[[], QuerySet],
        lignes: Callable[[list[Any]], Mapping[Any, Any]],
        ordre: Callable[[], Sequence[OrderBy]],
        par_page: int,
        retenir: Retenir = ne_rien_retenir,
        compte: Callable[[], QuerySet | int] | None = None,
    ) -> None:
        super().__init__((), par_page)
        self.lire_cles, self.lignes, self.lire_ordre, self.retenir = cles, lignes, ordre, retenir
        self.a_compter = compte or (lambda: self.cles)
        self.plus_loin = False  # whether another page than the first is asked for

    @cached_property
    def cles(self) -> QuerySet:
        return self.lire_cles()

    @cached_property
    def ordre(self) -> Sequence[OrderBy]:
        return self.lire_ordre()

    @cached_property
    def premieres(self) -> tuple[Any, ...]:
        """The keys of the first page, and one more: a short list is counted without another query."""
        return tuple(self.cles.order_by(*self.ordre).values_list("pk", flat=True)[: self.per_page + 1])

    @cached_property
    def count(self) -> int:
        return self.retenir("nombre", self._compter)

    def get_page(self, number: int | str | None) -> Page:
        self.plus_loin = str(number or 1) != "1"  # the first keys would be read only to be counted
        return super().get_page(number)

    def _compter(self) -> int:
        if not self.plus_loin and len(self.premieres) <= self.per_page:
            return len(self.premieres)
        a_compter = self.a_compter()
        return a_compter if isinstance(a_compter, int) else compter(a_compter)

    @property
    def en_partie(self) -> bool:
        """Whether there may be more than what is counted: the pages stop there, and the reader is told so."""
        return self.count >= COMPTE_MAX

    def page(self, number: int | str) -> Page:
        numero = self.validate_number(number)
        debut = (numero - 1) * self.per_page
        fin = min(debut + self.per_page, self.count)
        return self._get_page(self.retenir(f"de {debut} à {fin}", lambda: self._lire(debut, fin)), numero, self)

    def _lire(self, debut: int, fin: int) -> tuple[Any, ...]:
        pks = self._cles(debut, fin)
        trouvees = self.lignes(pks) if pks else {}
        return tuple(trouvees[pk] for pk in pks if pk in trouvees)

    def _cles(self, debut: int, fin: int) -> list[Any]:
        if debut == 0:
            return list(self.premieres[:fin])
        # Counted in part only, its end is not that of the list.
        if debut <= self.count // 2 or self.en_partie:
            return list(self.cles.order_by(*self.ordre).values_list("pk", flat=True)[debut:fin])
        inverse = [_inverse(cle) for cle in self.ordre]
        envers = self.cles.order_by(*inverse).values_list("pk", flat=True)[self.count - fin : self.count - debut]
        return list(envers)[::-1]


def _inverse(cle: OrderBy) -> OrderBy:
    return cle.copy().reverse_ordering()
