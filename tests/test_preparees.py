"""Queries that the server keeps: the same rows as the ORM, whatever is in their text, and one plan for all values."""

import pytest
from django.db import connection
from django.db.models import Value
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from cite_educative.preparees import Preparee, executer, reunir
from correspondants.enums import Role
from correspondants.models import Utilisateur
from projets.models import Objectif

from . import fabriques

A_LA_SUITE = 8  # more than the server needs to see before it keeps a plan


class TestTexte(TestCase):
    @given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])), st.integers(1, 2**40))
    def test_ce_qui_ne_change_pas_fait_partie_du_texte(self, texte: str, cle: int) -> None:
        """Per cent, quotes, backslashes: nothing of a constant is taken for a place."""

        def lignes(pk: int) -> object:
            return (
                Objectif.objects.filter(pk__lt=pk)
                .exclude(libelle=texte)
                .values_list("pk", Value(texte))
                .order_by("pk")[:3]
            )

        preparee = Preparee(lignes, 1)
        assert preparee.lire(cle) == list(lignes(cle))
        assert [ligne[1:] for ligne in reunir([preparee.texte(cle), preparee.texte(2)])] == [*lignes(cle), *lignes(2)]


def gardees() -> list[str]:
    with connection.cursor() as curseur:
        curseur.execute("SELECT statement FROM pg_prepared_statements")
        return [texte for (texte,) in curseur.fetchall()]


@pytest.fixture
def sur_postgresql(transactional_db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("the server that keeps queries is PostgreSQL's")


def test_une_requete_est_gardee_une_fois_pour_toutes_les_valeurs(sur_postgresql):
    fabriques.de_role(Role.IEN)
    maintenant = timezone.now()
    requete = Preparee(
        lambda pk, a: Utilisateur.objects.filter(pk__gte=pk, date_joined__lte=a).values_list("email", "is_active"),
        1,
        maintenant,
    )
    attendues = list(Utilisateur.objects.values_list("email", "is_active"))
    with CaptureQueriesContext(connection) as vues:
        for tour in range(A_LA_SUITE):
            assert requete.lire(-(10**tour), maintenant) == attendues
    assert all(str(10**tour) in vue["sql"] for tour, vue in enumerate(vues))
    assert sum("date_joined" in texte for texte in gardees()) == 1


def test_sans_preparer_rien_n_est_garde(sur_postgresql, monkeypatch):
    monkeypatch.delitem(connection.settings_dict["OPTIONS"], "prepare_threshold")
    avant = gardees()
    for tour in range(A_LA_SUITE):
        executer("SELECT %s + 1", [tour])
    assert gardees() == avant


def test_une_colonne_changee_sous_une_requete_gardee(sur_postgresql):
    """A migration that widens a column while the portal answers."""
    with connection.cursor() as curseur:
        curseur.execute("CREATE TEMPORARY TABLE essai (mot varchar(5))")
        curseur.execute("INSERT INTO essai VALUES ('mot')")
    for _ in range(A_LA_SUITE):
        assert executer("SELECT mot FROM essai WHERE mot <> %s", [""]) == [("mot",)]
    with connection.cursor() as curseur:
        curseur.execute("ALTER TABLE essai ALTER COLUMN mot TYPE varchar(9)")
    assert executer("SELECT mot FROM essai WHERE mot <> %s", [""]) == [("mot",)]
    with connection.cursor() as curseur:
        curseur.execute("DROP TABLE essai")
