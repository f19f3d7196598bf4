"""Every filter, every order and every pile of the lists is answered by indexes, on both databases: the planner says so itself.

Three thousand projects are enough for SQLite to choose as it would among a hundred thousand. PostgreSQL would rather read so
small a table: it is asked to do without, and to sort only if it must, and shows then whether it can.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from correspondants.enums import NaturePorteur, Role
from correspondants.models import Etablissement, Quartier, Structure, Utilisateur
from projets import bilans_tenus, cumuls, enveloppes_tenues, filtres, piles
from projets.echeances import EtatBilan, dates_des_appels
from projets.enums import SensAvis, StatutBilan
from projets.enums_portail import EtatCourriel
from projets.faits import Axe
from projets.filtres import ProjetFilterSet
from projets.models import (
    AvisIEN,
    Bilan,
    Courriel,
    Decision,
    Exercice,
    FaitExercice,
    Parcours,
    Projet,
    Thematique,
)
from projets.pagination import COMPTE_MAX, _inverse
from projets.tableau_versements import EtatPaiement, Filtre, faits_de
from projets.tris import TRIS

from . import fabriques

pytestmark = pytest.mark.django_db
NOMBRE = 3000
# One value of each filter of the desk, by the table of its choices when it has one.
FILTRES = {
    "": "", "statut": "clos", "a_faire": "prets", "coordination": "miens", "nature": NaturePorteur.ASSOCIATION,
    "annee": "2026", "temps_scolaire": "oui", "montant_min": "1000", "montant_max": "900000", "q": "theatre",
    "quartier": Quartier, "parcours": Parcours, "etablissement": Etablissement, "thematique": Thematique, "enjeu": None,
}  # fmt: skip
GRANDES = "|".join(
    f"projets_{nom}"
    for nom in ("projet", "exercice", "passage", "courriel", "bilan", "avisien", "montantaccorde", "faitexercice")
)


@pytest.fixture(scope="module")
def qui(base_du_module) -> Utilisateur:
    """A coordinator of three thousand projects that answer every filter, or nearly."""
    appel, maintenant = fabriques.charger_appel(), timezone.now()
    structures = [Structure.objects.create(nom=f"Structure {rang % 97}", nature="association") for rang in range(120)]
    objectif = Thematique.objects.filter(appel=appel)[0].enjeux.first().objectifs.first()
    Projet.objects.bulk_create(
        Projet(
            appel=appel, numero=f"2026-{rang:04d}", depose_le=maintenant - timedelta(hours=rang), titre=f"Titre {rang * 7}",
            structure=structures[rang % 120], statut="clos" if rang % 5 else "pret", nature="association" if rang % 3 else "ecole",
            coordination=Role.COORDINATEUR_EN if rang % 2 else Role.COORDINATEUR_VILLE, objectif_principal=objectif,
            temps_scolaire=rang % 2 == 0, montant_demande=rang * 10, montant_accorde=rang * 9 if rang % 4 else None,
            recherche=f"2026 {rang:04d} theatre", donnees={"texte": "x" * 2000},
        )
        for rang in range(NOMBRE)
    )  # fmt: skip
    cles = list(Projet.objects.deposes().values_list("pk", flat=True))
    Exercice.objects.bulk_create(Exercice(projet_id=pk, annee=2026, montant_demande=10) for pk in cles)
    for champ, modele in (("quartiers", Quartier), ("parcours", Parcours), ("etablissements", Etablissement)):
        lien = getattr(Projet, champ).through
        cible = f"{modele._meta.model_name}_id"
        lien.objects.bulk_create(lien(projet_id=pk, **{cible: modele.objects.first().pk}) for pk in cles)
    Courriel.objects.bulk_create(
        Courriel(cle=f"c{pk}", projet_id=pk, destinataire="a@example.org", objet="o", etat="envoye") for pk in cles
    )
    cumuls.tenir_a_jour()
    with connection.cursor() as curseur:
        curseur.execute("ANALYZE")
    return fabriques.de_role(Role.COORDINATEUR_EN)


def valeur_de(nom: str) -> str:
    choix = FILTRES[nom]
    if isinstance(choix, str):
        return choix
    if nom == "enjeu":
        return str(Projet.objects.exclude(objectif_principal=None).first().objectif_principal.enjeu_id)
    return str(choix.objects.first().pk)


def requetes(qui: Utilisateur, nom: str, tri: str) -> Iterator[tuple[str, QuerySet]]:
    """What the list asks for one filter and one order: first page, far page, the end read backwards, and how many."""
    donnees = QueryDict(mutable=True)
    donnees["tri"] = tri
    if nom:
        donnees[nom] = valeur_de(nom)
    filtre = ProjetFilterSet(donnees, Projet.objects.deposes_visibles_par(qui), qui, tenus=True)
    assert not filtre.errors, filtre.errors
    assert filtre.dans_l_annee == (nom == "annee" and tri.removeprefix("-") == "depose_le")
    ordre = filtre.ordre(tri)
    for sens in (ordre, [_inverse(cle) for cle in ordre]):
        yield "page", filtre.qs.order_by(*sens).values_list("pk")[1000:1050]
    if not isinstance(a_compter := filtre.a_compter, int):
        yield "compte", a_compter.order_by().values("pk")[:COMPTE_MAX]


def plan_de(requete: QuerySet) -> str:
    if connection.vendor == "postgresql":
        with connection.cursor() as curseur:
            curseur.execute("SET LOCAL enable_seqscan = off")
            curseur.execute("SET LOCAL enable_sort = off")
    return requete.explain()


# A whole table read, or all of it put in order. « RIGHT PART » and « Incremental » sort a few rows at a time.
LECTURE = re.compile(rf"SCAN ({GRANDES})\b(?! USING)|Seq Scan on ({GRANDES})\b")
TRI = re.compile(r"USE TEMP B-TREE FOR ORDER BY|^\s*(?:->  )?Sort  \(", re.MULTILINE)


@pytest.mark.parametrize("rares", [10, NOMBRE * 2], ids=["nombreux", "rares"])
def test_aucun_filtre_ni_ordre_du_bureau_ne_lit_ni_ne_trie_toute_la_table(qui, monkeypatch, rares):
    """« rares »: what a filter finds is gathered by its index, then sorted; « nombreux »: nothing is ever sorted."""
    monkeypatch.setattr(filtres, "RARES", rares)
    fautes = []
    for nom, tri in product(FILTRES, [sens + cle for cle in TRIS for sens in ("", "-")]):
        for quoi, requete in requetes(qui, nom, tri):
            plan = plan_de(requete)
            trie = quoi == "page" and rares == 10 and nom != "a_faire" and TRI.search(plan)
            if LECTURE.search(plan) or trie:
                fautes.append(f"{nom or 'sans filtre'}, {tri}, {quoi} :\n{plan}")
    assert not fautes, f"{len(fautes)} fautes\n\n" + "\n\n".join(fautes[:6])


def test_les_piles_et_les_autres_listes_ne_lisent_pas_de_table_entiere(qui):
    for tenus in (True, False):
        lecture = piles._Lecture(frozenset(qui.roles), timezone.localdate(), dates_des_appels(), tenus=tenus)
        assert not LECTURE.search(plan := _plan_des_piles(lecture, qui)), plan
    courriels = Courriel.objects.visibles_par(qui).order_by("-pk").values("pk")[:50]
    assert not TRI.search(plan := plan_de(courriels)), plan  # the last ones first: their keys are their order


def _plan_des_piles(lecture: "piles._Lecture", qui: Utilisateur) -> str:
    a = timezone.now()
    valeurs = {"compte": qui.pk, "inscrit": a, "avis": a, "messages": a}
    parametres = [
        un for preparee, noms in lecture.morceaux for un in preparee.texte(*(valeurs[nom] for nom in noms))[1]
    ]
    return _plan_du_texte(lecture.sql, parametres)


# --- what is asked by one index and no other ------------------------------------------------------------------------------

SEULS = {
    "avis_autorite": lambda: (
        AvisIEN.objects.filter(autorite=Role.IEN, rendu_le__isnull=False).order_by("-rendu_le").values("pk")[:20]
    ),
    "avis_attendu": lambda: AvisIEN.objects.attendus().order_by("demande_le").values("pk")[:20],
    "bilan_statut_depot": lambda: (
        Bilan.objects.filter(statut=StatutBilan.DEPOSE).order_by("depose_le").values("pk")[:20]
    ),
    "exercice_annee": lambda: Exercice.objects.filter(annee=2026).order_by().values("pk"),
    "courriel_etat": lambda: Courriel.objects.filter(etat=EtatCourriel.ECHEC).order_by("-pk").values("pk")[:1],
    "fait_annee_depot": lambda: (
        FaitExercice.objects.filter(annee=2026).order_by("depose_le", "projet").values("pk")[:50]
    ),
    "fait_bilan_annee": lambda: bilans_tenus.en_ordre(
        bilans_tenus.dans_l_etat(
            FaitExercice.objects.filter(annee=2026), EtatBilan.ACCEPTE, timezone.localdate(), dates_des_appels()
        )
    )[1000:1025],
    "fait_finance": lambda: faits_de(Filtre(), 2026).values("pk")[1000:1025],
    "fait_a_payer": lambda: faits_de(Filtre(etat=EtatPaiement.A_PAYER), 2026).values("pk")[:25],
    # Without the authority, by which another index would do as well for the few opinions that a test has.
    "avis_sens": lambda: AvisIEN.objects.filter(sens=SensAvis.RESERVE).order_by().values("pk"),
    "avis_attendu_de": lambda: (
        AvisIEN.objects.attendus().filter(autorite=Role.IEN).order_by("demande_le").values("pk")[:20]
    ),
    "projet_statut_depuis": lambda: Projet.objects.prets().order_by("statut_depuis", "pk").values("pk")[:3],
    "decision_en_attente": lambda: Decision.objects.filter(publiee=False).order_by("pk").values("pk"),
}


@pytest.mark.parametrize("index", SEULS)
def test_index_repond_a_ce_pour_quoi_il_est_fait(qui, index):
    plan = plan_de(SEULS[index]())
    assert index in plan, plan


def _plan_du_texte(sql: str, valeurs: Sequence[Any] = ()) -> str:
    with connection.cursor() as curseur:
        if connection.vendor == "postgresql":
            curseur.execute("SET LOCAL enable_seqscan = off")
        debut = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        curseur.execute(f"{debut} {sql}", valeurs)
        return "\n".join(str(ligne[-1]) for ligne in curseur.fetchall())


def test_structures_financees_se_comptent_dans_un_index(qui, monkeypatch):
    demandees = []
    monkeypatch.setattr(cumuls, "executer", lambda *demandee: demandees.append(demandee) or [])
    cumuls.lire([2026, 2025], {"": [Axe.TOTAL], "t1": [Axe.TOTAL]}, structures=True)
    # SQLite reaches the cells of a year by their own key, as fast.
    voulu = "cumul_structures" if connection.vendor == "postgresql" else "portee=? AND axe=? AND annee=?"
    assert voulu in (plan := _plan_du_texte(*demandees[0])), plan


def test_annees_des_projets_deposes_se_lisent_une_a_une(qui):
    plan = _plan_du_texte(Exercice.requete_des_annees(deposes=True))
    assert not LECTURE.search(plan), plan
    assert not re.search("Semi Join|HashAggregate", plan), (
        plan
    )  # every budget would be read, to answer for all years at once


def test_motifs_qui_attendent_se_trouvent_par_leurs_decisions(qui):
    plan = _plan_du_texte(*enveloppes_tenues._lectures()["motifs_en_attente"].texte(1))
    assert re.search(r"decision_id ?=", plan), plan
    assert "appel_id" not in "".join(re.findall(r"SEARCH .*|Index Cond.*", plan)), plan  # all the reasons of the call


def test_une_autorite_trouve_un_projet_sans_lire_tous_les_avis(qui):
    projets = Projet.objects.deposes().values_list("pk", flat=True)
    AvisIEN.objects.bulk_create(AvisIEN(projet_id=pk, autorite=Role.IEN) for pk in projets)
    ien = fabriques.de_role(Role.IEN)
    with connection.cursor() as curseur:
        curseur.execute("ANALYZE projets_avisien")
    plan = Projet.objects.visibles_par(ien).filter(numero="2026-0001").order_by().values("pk").explain()
    assert re.search(r"\(projet_id=\?|\(projet_id = ", plan), plan


@pytest.mark.skipif(connection.vendor != "postgresql", reason="les trigrammes sont de PostgreSQL")
def test_recherche_passe_par_les_trigrammes(qui):
    with connection.cursor() as curseur:
        curseur.execute("SET LOCAL enable_indexscan = off")
    plan = plan_de(Projet.objects.chercher("théâtre des tilleuls").order_by().values("pk"))
    assert "projet_recherche_trgm" in plan, plan
