"""The bilans of all projects as the kept facts tell them (``FaitExercice``): found by an index, whatever their number.

Only to be asked once ``cumuls.a_jour`` has said yes. The same rows as ``echeances.bilans_dus``, for showing only.
"""

# ruff: noqa: S608 -- our own tables and columns, and what the ORM wrote

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from .echeances import Comptes, DatesAppel, EtatBilan, annees_echues, compter, dates_des_appels, etats_tenus
from .enums import Statut, StatutBilan
from .faits import ATTENDU, DU, RETOURNE
from .models import FaitExercice, Projet
from .models.recherche import Bornes, lies_aux_trouves
from .pagination import COMPTE_MAX

_REMIS = {EtatBilan.ACCEPTE: StatutBilan.ACCEPTE.value, EtatBilan.A_EXAMINER: StatutBilan.DEPOSE.value}


def dans_l_etat(faits: QuerySet[FaitExercice], etat: EtatBilan, jour: date, appels: tuple[DatesAppel, ...]) -> QuerySet:
    """Those whose bilan is in one state that day."""
    if etat in _REMIS:
        return faits.filter(bilan=_REMIS[etat])
    dus = faits.filter(bilan=DU)
    if etat is EtatBilan.EN_RETARD:
        return dus.filter(echus(jour, appels))
    return dus.filter(~echus(jour, appels), renvoye=etat is EtatBilan.A_COMPLETER)


def echus(jour: date, appels: tuple[DatesAppel, ...]) -> Q:
    """Condition on a FaitExercice: its bilan was due before that day."""
    termes = Q(pk__in=[])
    for appel, suivi, derniere in annees_echues(jour, appels):
        termes |= Q(appel=appel, annee__lte=derniere, suivi=suivi)
    return termes & (Q(prolonge_au__isnull=True) | Q(prolonge_au__lt=jour))


def retardes(jour: date, appels: tuple[DatesAppel, ...] | None = None) -> QuerySet[FaitExercice]:
    """Those of running projects that are late that day."""
    dus = FaitExercice.objects.filter(bilan=DU, statut=Statut.VALIDE)
    return dus.filter(echus(jour, dates_des_appels() if appels is None else appels)).order_by()


def en_ordre(faits: QuerySet[FaitExercice]) -> QuerySet:
    """In the order of the deposits, which is that of the numbers; one way, for an index to give it."""
    return faits.order_by("depose_le", "exercice").values_list("exercice", "depose_le")


def contient(texte: str) -> Exists:
    """Condition on a FaitExercice: its project holds some words. For a walk in the order of an index."""
    return Exists(Projet.objects.filter(pk=OuterRef("projet")).chercher_un_a_un(texte).order_by())


def qui_contiennent(texte: str, annee: int) -> QuerySet[FaitExercice]:
    """Those of one civil year whose projects hold some words."""
    trouves = Projet.objects.cles_trouvees(texte, deposes_pour(annee))
    return FaitExercice.objects.filter(projet__in=trouves, annee=annee)


def deposes_pour(annee: int) -> Bornes:
    """When the projects of a civil year were deposited, the first and the last: an index tells, and what is searched in the
    order of the deposits is looked for nowhere else."""
    de_l_annee = f"FROM {FaitExercice._meta.db_table} WHERE annee = %s AND depose_le IS NOT NULL"
    return (f"SELECT MIN(depose_le) {de_l_annee}", f"SELECT MAX(depose_le) {de_l_annee}"), [annee]


def compter_de_l_annee(texte: str, annee: int) -> int:
    """How many projects deposited for a civil year hold some words, ``COMPTE_MAX`` at most."""
    trouves, parametres = _lies_aux_trouves(texte, annee)
    with connection.cursor() as curseur:
        curseur.execute(
            f"SELECT COUNT(*) FROM (SELECT 1 FROM {trouves} WHERE f.annee = %s AND f.depose_le IS NOT NULL"
            f" LIMIT {COMPTE_MAX}) t",
            [*parametres, annee],
        )
        return curseur.fetchone()[0]


def _lies_aux_trouves(texte: str, annee: int | None) -> tuple[str, list[Any]]:
    entre = None if annee is None else deposes_pour(annee)
    return lies_aux_trouves(Projet, texte, f"{FaitExercice._meta.db_table}.projet", "f", entre)


def comptes(texte: str, jour: date, annee: int | None = None) -> Comptes | None:
    """Civil year, state and number, of the projects that hold some words; None when there are more than ``COMPTE_MAX``."""
    lignes = _compter_les_trouves(texte, annee)
    if sum(ligne[-1] for ligne in lignes) > COMPTE_MAX:
        return None

    def cellule(rang: int) -> tuple[int, str, int]:
        annee, appel, suivi, bilan, renvoye, prolonge, _ = lignes[rang]
        etat = (RETOURNE if renvoye else ATTENDU) if bilan == DU else bilan
        return annee, f"{appel}:{int(suivi)}:{etat}:0:{prolonge or ''}", rang

    lus = etats_tenus(map(cellule, range(len(lignes))), jour)
    sommes: dict[tuple[int, str], int] = {}
    for annee, etat, _, rang in lus:
        sommes[annee, etat.value] = sommes.get((annee, etat.value), 0) + lignes[rang][-1]
    return compter((annee, etat, nombre) for (annee, etat), nombre in sorted(sommes.items()))


def _compter_les_trouves(texte: str, annee: int | None) -> list[tuple[Any, ...]]:
    """Of the first found, one more than ``COMPTE_MAX``: what their states are worked out from, and how many."""
    trouves, parametres = _lies_aux_trouves(texte, annee)
    champs = ("annee", "appel", "suivi", "bilan", "renvoye", "prolonge_au")
    de_l_annee, ans = ("", []) if annee is None else (" AND f.annee = %s", [annee])
    with connection.cursor() as curseur:
        curseur.execute(
            f"SELECT {', '.join(champs)}, COUNT(*) FROM (SELECT {', '.join(f'f.{un}' for un in champs)} FROM {trouves}"
            f" WHERE f.bilan <> ''{de_l_annee} LIMIT {COMPTE_MAX + 1}) t GROUP BY {', '.join(champs)}",
            [*parametres, *ans],
        )
        return curseur.fetchall()


def parcours(
    texte: str, etats: Iterable[EtatBilan], annee: int | None, jour: date, appels: tuple[DatesAppel, ...]
) -> Iterator[QuerySet[FaitExercice]]:
    """The bilans of the projects that hold some words, state after state, year after year, each walked in its index."""
    faits = FaitExercice.objects.filter(**({} if annee is None else {"annee": annee}))
    for etat in etats:
        trouves = dans_l_etat(faits, etat, jour, appels).filter(contient(texte))
        yield trouves.order_by("annee", "depose_le", "exercice").values_list("exercice", flat=True)
