"""The filters of the lists are answered by the indexes made for them, on both databases: the planner says so itself.

There are too few rows here for an index to be worth it: PostgreSQL is asked to do without reading whole tables, and shows
then whether it can.
"""

from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from correspondants.enums import Role
from projets.enums import Statut, StatutBilan
from projets.enums_portail import EtatCourriel
from projets.filtres import trier
from projets.models import AvisIEN, Bilan, Courriel, Exercice, Projet

pytestmark = pytest.mark.django_db


def liste(**filtre: object) -> QuerySet:
    return Projet.objects.deposes().filter(**filtre).order_by("-depose_le", "-pk").values("pk")[:50]


REQUETES: dict[str, Callable[[], QuerySet]] = {
    "projet_depot": liste,
    "projet_statut_depot": lambda: liste(statut=Statut.PRET),
    # without rows, both cost the same to the planner
    "projet_bureau ou projet_statut_depot": lambda: (
        Projet.objects.deposes().filter(coordination=Role.COORDINATEUR_EN, statut=Statut.DEPOSE).order_by().values("pk")
    ),
    "projet_par_titre": lambda: trier(Projet.objects.deposes(), "titre").values("pk")[:50],
    "projets_projet_quartiers": lambda: (
        Projet.objects.deposes()
        .filter(Exists(Projet.quartiers.through.objects.filter(projet=OuterRef("pk"), quartier=1)))
        .order_by("-depose_le", "-pk")
        .values("pk")[:50]
    ),
    "avis_autorite": lambda: (
        AvisIEN.objects.filter(autorite=Role.IEN, rendu_le__isnull=False).order_by("-rendu_le").values("pk")[:20]
    ),
    "bilan_statut_depot": lambda: Bilan.objects.filter(statut=StatutBilan.DEPOSE).order_by().values("pk"),
    "exercice_annee": lambda: Exercice.objects.filter(annee=2026).order_by().values("pk"),
    "courriel_etat": lambda: Courriel.objects.filter(etat=EtatCourriel.ECHEC).order_by("-pk").values("pk")[:1],
}


def plan_de(requete: QuerySet) -> str:
    if connection.vendor == "postgresql":
        with connection.cursor() as curseur:
            curseur.execute("SET LOCAL enable_seqscan = off")
            curseur.execute("SET LOCAL enable_sort = off")
    return requete.explain()


@pytest.mark.parametrize("index", REQUETES)
def test_index_repond_au_filtre_pour_lequel_il_est_fait(index):
    plan = plan_de(REQUETES[index]())
    assert any(nom in plan for nom in index.split(" ou ")), plan


@pytest.mark.skipif(connection.vendor != "postgresql", reason="les trigrammes sont de PostgreSQL")
def test_recherche_passe_par_les_trigrammes():
    with connection.cursor() as curseur:
        curseur.execute("SET LOCAL enable_indexscan = off")
    plan = plan_de(Projet.objects.chercher("théâtre des tilleuls").order_by().values("pk"))
    assert "projet_recherche_trgm" in plan, plan
