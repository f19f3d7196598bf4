"""Two foldings at once, one that is killed, marks that are not committed yet: every project counts once."""

import threading

import pytest
from django.db import connection, connections, transaction

from projets import cumuls
from projets.enums import Statut
from projets.models import ARecompter, Cumul, Projet

from . import fabriques

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenue(appel):
    """Two projects, folded."""
    projet, _ = fabriques.projet_en(Statut.DEPOSE), fabriques.projet_en(Statut.DEPOSE)
    cumuls.tenir_a_jour()
    return projet


def _tout() -> list:
    return list(Cumul.objects.order_by("pk").values_list())


def test_un_repliage_tue_ne_laisse_rien(tenue, monkeypatch):
    Projet.objects.filter(pk=tenue.pk).update(nombre_enfants=4321)
    avant = _tout()
    oublier = cumuls._oublier
    monkeypatch.setattr(cumuls, "_oublier", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        cumuls.replier()
    assert _tout() == avant
    assert ARecompter.objects.exists()
    monkeypatch.setattr(cumuls, "_oublier", oublier)
    assert cumuls.replier()
    assert cumuls.ecarts() == []


def test_deux_repliages_a_la_fois_comptent_une_fois(tenue):
    Projet.objects.filter(pk=tenue.pk).update(nombre_enfants=4321)
    depart, faits = threading.Barrier(3), []

    def replier() -> None:
        try:
            depart.wait()
            faits.append(cumuls.replier())
        finally:
            connections.close_all()

    fils = [threading.Thread(target=replier) for _ in range(3)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert faits == [True] * 3
    assert cumuls.ecarts() == []


@pytest.mark.skipif(connection.vendor == "sqlite", reason="on SQLite, who writes has the whole database")
def test_ce_qui_n_est_pas_encore_valide_sera_replie_apres(tenue):
    """A transaction writes its mark, another writes a later one and is folded; the first commits then."""
    ecrit, replie = threading.Event(), threading.Event()

    def changer() -> None:
        try:
            with transaction.atomic():
                Projet.objects.filter(pk=tenue.pk).update(nombre_enfants=4321)
                ecrit.set()
                assert replie.wait(20)
        finally:
            connections.close_all()

    fil = threading.Thread(target=changer)
    fil.start()
    assert ecrit.wait(20)
    autre = Projet.objects.exclude(pk=tenue.pk).exclude(depose_le=None).first()
    Projet.objects.filter(pk=autre.pk).update(nombre_enfants=1234)
    assert cumuls.a_jour()
    assert not ARecompter.objects.exists()
    replie.set()
    fil.join()
    assert ARecompter.objects.exists()
    assert cumuls.a_jour()
    assert cumuls.ecarts() == []
