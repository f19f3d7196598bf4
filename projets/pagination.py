"""Pages of a long list: keys first, rows after, and the end of the list read from its end.

A page far down costs what the first one costs, but for the keys skipped in the index; rows, sums and counts are read
for one page only.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.db.models.expressions import OrderBy


class PaginateurParCles(Paginator):
    """Pages of ``lignes`` (annotated, related rows selected) in the order ``ordre`` of the light queryset ``cles``.

    Both are of the same model. ``ordre`` holds OrderBy expressions and ends with the primary key, so that pages never
    share nor lose a row.
    """

    def __init__(self, cles: QuerySet, lignes: QuerySet, ordre: Sequence[OrderBy], par_page: int) -> None:
        super().__init__(cles.order_by(*ordre), par_page)
        self.cles, self.lignes, self.ordre = cles, lignes, ordre

    @cached_property
    def count(self) -> int:
        return self.cles.order_by().values("pk").count()

    def page(self, number: int | str) -> Page:
        numero = self.validate_number(number)
        debut = (numero - 1) * self.per_page
        fin = min(debut + self.per_page, self.count)
        pks = self._cles(debut, fin)
        trouvees = {ligne.pk: ligne for ligne in self.lignes.filter(pk__in=pks).order_by()} if pks else {}
        return self._get_page([trouvees[pk] for pk in pks if pk in trouvees], numero, self)

    def _cles(self, debut: int, fin: int) -> list[Any]:
        if debut <= self.count // 2:
            return list(self.cles.order_by(*self.ordre).values_list("pk", flat=True)[debut:fin])
        inverse = [_inverse(cle) for cle in self.ordre]
        envers = self.cles.order_by(*inverse).values_list("pk", flat=True)[self.count - fin : self.count - debut]
        return list(envers)[::-1]


def _inverse(cle: OrderBy) -> OrderBy:
    return cle.copy().reverse_ordering()
