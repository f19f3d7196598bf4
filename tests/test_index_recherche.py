"""The index of the search on SQLite finds what reading every project finds, whatever happened to the rows and to itself."""

import pytest
from django.db import connection, transaction

from projets import index_recherche
from projets.models import Projet

from . import fabriques

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.une_seule_base,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL a ses trigrammes"),
]


def trouves(mots: str) -> set[int]:
    """By every way of asking: all find what reading every row finds."""
    tous = Projet.objects.all()
    lus = {projet.pk for projet in tous if all(mot in projet.recherche for mot in mots.split())}
    for une in (
        tous.chercher(mots),
        tous.chercher_en_ordre(mots, 0),
        tous.chercher_en_ordre(mots, 99),
        tous.chercher_pour_compter(mots),
    ):
        assert set(une.values_list("pk", flat=True)) == lus, mots
    return lus


@pytest.fixture
def projets() -> list[Projet]:
    appel = fabriques.charger_appel()
    textes = ("2026 0001 la mare aux tetards", "2026 0002 theatre des tilleuls", "2026 0003 theatre d ombres a un sou")
    return [Projet.objects.create(appel=appel, recherche=texte) for texte in textes]


def test_toutes_les_manieres_trouvent_les_memes(projets):
    assert index_recherche.est_en_service(connection)
    mare, tilleuls, ombres = (projet.pk for projet in projets)
    for mots, attendus in {
        "theatre": {tilleuls, ombres}, "eatr": {tilleuls, ombres}, "theatre tilleuls": {tilleuls}, "theatre un": {ombres},
        "un": {ombres}, "2026 0001": {mare}, "absent": set(), "theatre absent": set(), "": {mare, tilleuls, ombres},
    }.items():  # fmt: skip
        assert trouves(mots) == attendus


def test_index_suit_ce_qui_change_et_ce_qui_s_efface(projets):
    mare, tilleuls, ombres = projets
    Projet.objects.filter(pk=mare.pk).update(recherche="2026 0001 le theatre de la mare")
    tilleuls.delete()
    assert trouves("theatre") == {mare.pk, ombres.pk}
    assert trouves("tetards") == trouves("tilleuls") == set()
    with transaction.atomic():
        Projet.objects.filter(pk=ombres.pk).update(recherche="rien")
        transaction.set_rollback(True)
    assert trouves("theatre") == {mare.pk, ombres.pk}


def test_sans_ses_declencheurs_la_recherche_lit_tout_puis_l_index_se_refait(projets):
    index_recherche.lever(connection)
    Projet.objects.filter(pk=projets[0].pk).update(recherche="2026 0001 theatre cache")
    assert not index_recherche.est_en_service(connection)
    assert trouves("theatre") == {projet.pk for projet in projets}
    index_recherche.poser(connection)
    assert index_recherche.est_en_service(connection)
    assert trouves("theatre") == {projet.pk for projet in projets}
    assert trouves("tetards") == set()
