"""The index of the search on SQLite finds what reading every project finds, whatever happened to the rows and to itself."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from projets import bilans_tenus, cumuls, index_recherche
from projets.models import FaitExercice, Projet
from projets.models.recherche import compter_les_deposes
from projets.purge import purger

from . import annee_connue, fabriques

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.une_seule_base,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL a ses trigrammes"),
]


def trouves(mots: str) -> set[int]:
    """By every way of asking: all find what reading every row finds."""
    tous = Projet.objects.all()
    lus = {projet.pk for projet in tous if all(_porte(projet.recherche, mot) for mot in mots.split())}
    for une in (
        tous.chercher(mots),
        tous.chercher_un_a_un(mots),
        tous.chercher_pour_compter(mots),
    ):
        assert set(une.values_list("pk", flat=True)) == lus, mots
    return lus


def _porte(texte: str, mot: str) -> bool:
    return mot in texte if len(mot) > 2 else any(un.startswith(mot) for un in texte.split())


@pytest.fixture
def projets() -> list[Projet]:
    appel = fabriques.charger_appel()
    textes = (
        "2026 0001 la mare aux tetards",
        "2026 0002 theatre des tilleuls",
        "2026 0003 theatre d ombres a un sou ou",
    )
    return [Projet.objects.create(appel=appel, recherche=texte) for texte in textes]


def test_toutes_les_manieres_trouvent_les_memes(projets):
    assert index_recherche.est_en_service(connection)
    mare, tilleuls, ombres = (projet.pk for projet in projets)
    for mots, attendus in {
        "theatre": {tilleuls, ombres}, "eatr": {tilleuls, ombres}, "theatre tilleuls": {tilleuls}, "theatre un": {ombres},
        "un": {ombres}, "ou": {ombres}, "so": {ombres}, "ma": {mare}, "20": {mare, tilleuls, ombres}, "et": set(),
        "d": {tilleuls, ombres}, "a": {mare, ombres}, "o": {ombres}, "2": {mare, tilleuls, ombres}, "w": set(),
        "un d": {ombres}, "theatre d": {tilleuls, ombres}, "2026 0001": {mare}, "absent": set(), "theatre absent": set(),
        "": {mare, tilleuls, ombres},
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


def _verifier_l_ordre() -> None:
    """What is found comes as the deposits do, whatever was asked, and is counted without its rows."""
    for mots in ("theatre", "theatre du", "absent"):
        lus = Projet.objects.chercher_un_a_un(mots)
        vrais = list(lus.order_by("-depose_le", "-pk").values_list("pk", flat=True))
        assert list(Projet.objects.recents_qui_contiennent(mots).values_list("pk", flat=True)) == vrais, mots
        deposes = lus.deposes().count()
        assert compter_les_deposes(mots, 1000) == deposes
        assert compter_les_deposes(mots, 2) == min(deposes, 2)
        assert Projet.objects.en_trouve_plus(mots, 3) == (deposes > 3)


def test_ce_que_trouve_l_index_est_dans_l_ordre_des_depots():
    """Drafts, deposits of one moment, one that comes before, one taken away: kept by the triggers, then made anew."""
    appel, jour = fabriques.charger_appel(), datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
    moments = [None, jour, jour, jour + timedelta(microseconds=1), jour - timedelta(days=4000), None, jour, jour]
    faits = [
        Projet.objects.create(appel=appel, recherche="theatre du soir", numero=f"2026-{rang:04d}", depose_le=un)
        for rang, un in enumerate(moments)
    ]
    _verifier_l_ordre()
    for projet, moment in (
        (faits[0], jour + timedelta(days=2)),
        (faits[3], jour - timedelta(seconds=1)),
        (faits[4], None),
    ):
        Projet.objects.filter(pk=projet.pk).update(depose_le=moment)
        _verifier_l_ordre()
    Projet.objects.filter(pk=faits[6].pk).delete()
    Projet.objects.filter(pk=faits[7].pk).update(recherche="la mare")
    _verifier_l_ordre()
    index_recherche.lever(connection)
    Projet.objects.filter(pk=faits[1].pk).update(depose_le=jour + timedelta(microseconds=1))
    index_recherche.poser(connection)
    _verifier_l_ordre()


def test_seuls_les_depots_d_une_annee_y_sont_regardes(base_connue):
    """The bounds of a civil year lose nothing of it."""
    for annee in sorted({*FaitExercice.objects.values_list("annee", flat=True), 2000}):
        siens = FaitExercice.objects.filter(annee=annee, depose_le__isnull=False)
        for mots in ("mare", "2026", "absent"):
            lus = Projet.objects.chercher_un_a_un(mots).values("pk")
            assert bilans_tenus.compter_de_l_annee(mots, annee) == siens.filter(projet__in=lus).count()
            trouves = bilans_tenus.qui_contiennent(mots, annee).filter(depose_le__isnull=False)
            assert set(trouves) == set(siens.filter(projet__in=lus))


@pytest.fixture
def base_connue() -> None:
    annee_connue.construire()
    cumuls.tenir_a_jour()


def _segments() -> bytes:
    with connection.cursor() as curseur:
        curseur.execute(f"SELECT block FROM {index_recherche.INDEX}_data")
        return b"".join(bloc for (bloc,) in curseur.fetchall())


@pytest.mark.django_db(transaction=True)
def test_purge_ote_de_l_index_les_lettres_d_un_texte_efface():
    """FTS5 only notes that a text is gone: its letters stay in the file until the parts of the index are merged."""
    appel = fabriques.charger_appel()
    _, vieux, _ = (
        Projet.objects.create(appel=appel, recherche=texte)
        for texte in ("le chant des oiseaux", "zxq", "une autre mare")
    )
    Projet.objects.filter(pk=vieux.pk).update(modifie_le=timezone.now() - timedelta(days=9_999))
    assert b"zxq" in _segments()

    assert any(ligne.faits for ligne in purger(simuler=False))

    assert not Projet.objects.filter(pk=vieux.pk).exists()
    assert b"zxq" not in _segments()
    assert [len(trouves(mot)) for mot in ("oiseaux", "mare", "zxq")] == [1, 1, 0]
