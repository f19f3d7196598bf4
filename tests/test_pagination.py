"""The pages of a long list: none is lost nor shown twice, whether the list is counted to its end or not."""

import pytest
from django.db.models import F

from correspondants.models import Quartier
from projets import pagination
from projets.pagination import PaginateurParCles

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


@pytest.mark.parametrize("borne", [7, 100])
def test_les_pages_d_une_liste_se_suivent(monkeypatch, borne):
    """Beyond the bound nothing is leafed: the last page is not the end of the list."""
    monkeypatch.setattr(pagination, "COMPTE_MAX", borne)
    Quartier.objects.bulk_create(Quartier(code=f"q{rang}", nom=f"Quartier {rang}") for rang in range(20))
    toutes = list(Quartier.objects.filter(code__startswith="q").order_by("-pk").values_list("pk", flat=True))

    def pages() -> PaginateurParCles:
        return PaginateurParCles(
            lambda: Quartier.objects.filter(code__startswith="q"),
            lambda pks: {pk: pk for pk in pks},
            lambda: (F("pk").desc(),),
            2,
        )

    lues = [pk for numero in range(1, pages().num_pages + 1) for pk in pages().get_page(numero)]
    assert lues == toutes[:borne]
    assert pages().en_partie == (borne == 7)
