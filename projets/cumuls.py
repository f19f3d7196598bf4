"""The kept sums: folding what changed into them, making them again, checking them, reading them.

**Why nothing is lost, under READ COMMITTED.** A trigger leaves a mark (``ARecompter``) in the very transaction that changes a
project: both are seen together or not at all. Folding is one transaction, alone under a lock: it takes the keys of the marks
it sees, and only then reads the projects, so that what it reads holds at least all that those marks tell of. What somebody
commits while it reads may be seen in part, but its own mark was not among those taken: it will be folded again. Folding twice
is folding once, for what is added to the sums is the difference between what an Exercice counts for now and what is kept of
it (``FaitExercice``), and both change together. Marks are deleted by their keys, never by a range: one with a lower key may
still be uncommitted. The writers only insert marks, so that they wait for nobody. On SQLite, a folding transaction has the
whole database from its start, and the same holds.

Cells are read for showing only: the guards add up the projects themselves, under their own lock.
"""

# ruff: noqa: S608 -- our own tables and columns, never a value

import json
import logging
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from operator import itemgetter
from typing import Any

from django.db import DatabaseError, connection, transaction

from cite_educative.preparees import executer

from . import declencheurs_cumuls
from .declencheurs_cumuls import MARQUES
from .faits import Cellule, Fait, cellules, lire_les_faits
from .models import SOMMES, ARecompter, Cumul, FaitExercice, Projet

journal = logging.getLogger(__name__)

PROJETS_EN_LIGNE = 200  # folded by who reads a page; more is left to the worker
MARQUES_EN_LIGNE = 2_000
TRANCHE = 1_000  # projects folded by one transaction of the worker
PATIENCE = 500  # milliseconds that a reader waits for a writer of SQLite before adding up live
RELUS = 250  # projects checked at once: all that they count for is in memory
VERROU = 0x63756D756C
TOUT = ARecompter.Genre.TOUT.value
Sommes = dict[Cellule, list[int]]
Marque = tuple[int, str, int]  # its key, genre, cle


# --- for who reads ----------------------------------------------------------------------------------------------------


def a_jour() -> bool:
    """Whether the cells say everything that is committed now, once what waits has been folded.

    False when too much waits, when the database takes no writing or is held by somebody: the caller adds up live.
    """
    marques = _marques(MARQUES_EN_LIGNE + 1)
    if not marques:
        return True
    if len(marques) > MARQUES_EN_LIGNE or any(genre == TOUT for _, genre, _ in marques):
        return False
    try:
        with _sans_attendre():
            return replier(PROJETS_EN_LIGNE, marques)
    except DatabaseError:
        journal.info("Les sommes n’ont pas pu être repliées : elles sont additionnées.", exc_info=True)
        return False


@contextmanager
def _sans_attendre() -> Iterator[None]:
    """A reader of SQLite does not stay behind a long writer."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    brute = connection.connection
    (avant,) = sqlite3.Connection.execute(brute, "PRAGMA busy_timeout").fetchone()
    sqlite3.Connection.execute(brute, f"PRAGMA busy_timeout = {PATIENCE}")
    try:
        yield
    finally:
        with suppress(sqlite3.Error):
            sqlite3.Connection.execute(brute, f"PRAGMA busy_timeout = {int(avant)}")


def lire(
    annees: Iterable[int] | None, portees: dict[str, Sequence[str]], *, structures: bool = False
) -> list[tuple[Any, ...]]:
    """Cells of some civil years (None: all): annee, portee, axe, cle, then ``SOMMES``. ``portees``: the axes wanted of each.

    ``structures``: with, for each of ``portees``, how many structures hold a granted project, under the axis « structures ».
    One query.
    """
    annees = None if annees is None else list(annees)
    colonnes = ", ".join(SOMMES)
    an, ans = ("", []) if annees is None else (f" AND annee IN ({_places(annees)})", annees)
    parts, valeurs = [], []
    for portee, axes in portees.items():
        parts.append(
            f"SELECT annee, portee, axe, cle, {colonnes} FROM projets_cumul "
            f"WHERE portee = %s AND axe IN ({_places(axes)}){an}"
        )
        valeurs += [portee, *axes, *ans]
        if structures:
            parts.append(
                "SELECT annee, portee, 'structures', '', COUNT(*)" + ", 0" * (len(SOMMES) - 1) + " FROM projets_cumul "
                f"WHERE portee = %s AND axe = 'structure' AND valides > 0{an} GROUP BY annee, portee"
            )
            valeurs += [portee, *ans]
    return executer(" UNION ALL ".join(parts), valeurs)


# --- folding ----------------------------------------------------------------------------------------------------------


def replier(limite: int = TRANCHE, marques: Sequence[Marque] | None = None) -> bool:
    """Folds the marks that are there, in one transaction. False, and nothing done, when they touch more projects than that or
    when everything is to be counted again. Raises DatabaseError.

    ``marques``: those that were seen already; one that somebody folded meanwhile has its project looked at for nothing.
    """
    with transaction.atomic():
        _verrouiller()
        if marques is None:
            marques = _marques(MARQUES_EN_LIGNE + 1)
        if len(marques) > MARQUES_EN_LIGNE or any(genre == TOUT for _, genre, _ in marques):
            return False
        projets = _projets_de(marques)
        if len(projets) > limite:
            return False
        if projets:
            _compter(*_parmi(projets))
        _oublier(pk for pk, _, _ in marques)
    return True


def tenir_a_jour(dire: Callable[[str], None] = lambda _: None) -> int:
    """The worker's part: folds all that waits, however much. Returns how many projects were looked at."""
    declencheurs_cumuls.poser(connection)
    vus = 0
    while marques := _marques(20_000):
        if any(genre == TOUT for _, genre, _ in marques) or _attend_tout():
            return vus + refaire(de_zero=_attend_tout(1), dire=dire)
        projets = _projets_de(marques)
        for debut in range(0, len(projets) or 1, TRANCHE):
            with transaction.atomic():
                _verrouiller()
                tranche = projets[debut : debut + TRANCHE]
                if tranche:
                    _compter(*_parmi(tranche))
                if debut + TRANCHE >= len(projets):
                    _oublier(pk for pk, _, _ in marques)
        vus += len(projets)
    return vus


def refaire(*, de_zero: bool = False, dire: Callable[[str], None] = lambda _: None) -> int:
    """Counts every project again, slice after slice, each a transaction; the pages add up live meanwhile. ``de_zero``: forgets
    what is kept first. Returns how many Exercices are kept. Interrupted, it is to be done again: the mark stays."""
    declencheurs_cumuls.poser(connection)
    with transaction.atomic():
        _verrouiller()
        ARecompter.objects.create(genre=TOUT, cle=int(de_zero))
        if de_zero:
            _vider(Cumul)
            _vider(FaitExercice)
        marques = [pk for pk, _, _ in _marques()]
    dernier = max(_dernier(Projet, "id"), _dernier(FaitExercice, "projet"))
    for premier in range(0, dernier + 1, TRANCHE):
        with transaction.atomic():
            _verrouiller()
            _compter("BETWEEN %s AND %s", [premier, premier + TRANCHE - 1])
        if premier and premier % (20 * TRANCHE) == 0:
            dire(f"{premier} / {dernier} projets recomptés")
    with transaction.atomic():
        _verrouiller()
        _oublier(marques)
        Cumul.objects.filter(**dict.fromkeys(SOMMES, 0)).delete()
    return FaitExercice.objects.count()


def _compter(ou: str, valeurs: Sequence[Any]) -> None:
    """The projects of a condition as they are now: what they count for is kept, and the difference goes to the cells."""
    gardes, faits = lire_les_faits(ou, valeurs)
    sommes: Sommes = defaultdict(lambda: [0] * len(SOMMES))
    changes = []
    for pk in gardes.keys() | faits.keys():
        avant, apres = gardes.get(pk), faits.get(pk)
        if avant == apres:
            continue
        if avant:
            _ajouter(sommes, Fait.lire(avant[1]), -1)
        if apres:
            fait = Fait.lire(apres[1])
            _ajouter(sommes, fait, 1)
            changes.append((pk, *apres, *fait.pour_les_listes))
    if partis := sorted(gardes.keys() - faits.keys()):
        _supprimer(FaitExercice._meta.db_table, "exercice", partis)
    _verser(FaitExercice, _GARDES, _GARDER, sorted(changes, key=itemgetter(0)))
    ajouts = [(*cle, *valeurs) for cle, valeurs in sorted(sommes.items()) if any(valeurs)]
    _verser(Cumul, _AJOUTEES, _AJOUT, ajouts)


def _ajouter(sommes: Sommes, fait: Fait, signe: int) -> None:
    for cle, parts in cellules(fait):
        somme = sommes[cle]
        for rang, valeur in parts:
            somme[rang] += signe * valeur


_GARDES = ("exercice", "projet", "contenu", *FaitExercice.DES_LISTES)
_GARDER = (
    f"INSERT INTO projets_faitexercice ({', '.join(_GARDES)}) {{lignes}} ON CONFLICT (exercice) "
    f"DO UPDATE SET {', '.join(f'{nom} = excluded.{nom}' for nom in _GARDES[1:])}"
)
_CLES = ("annee", "portee", "axe", "cle")
_AJOUTEES = (*_CLES, *SOMMES)
_AJOUT = (
    f"INSERT INTO projets_cumul ({', '.join(_AJOUTEES)}) {{lignes}} ON CONFLICT (portee, axe, annee, cle) DO UPDATE SET "
    + ", ".join(f"{nom} = projets_cumul.{nom} + excluded.{nom}" for nom in SOMMES)
)


def _verser(
    modele: type[Cumul] | type[FaitExercice], noms: Sequence[str], sql: str, lignes: Sequence[Sequence[Any]]
) -> None:
    """Rows, each with the values of the columns ``noms``, where ``sql`` says « lignes ».

    To PostgreSQL, one parameter for each column of thousands of rows: the driver takes longer over a place than the database
    over its value.
    """
    with connection.cursor() as curseur:
        if connection.vendor == "postgresql":
            champs = [modele._meta.get_field(nom) for nom in noms]
            # Without its length: a cast to one would cut in silence what the column refuses.
            types = [champ.db_type(connection).partition("(")[0] for champ in champs]
            colonnes = ", ".join(f"l.{nom}::{genre}" for nom, genre in zip(noms, types, strict=True))
            listes = ", ".join(["json_array_elements_text(%s::json)"] * len(noms))
            sql = sql.format(lignes=f"SELECT {colonnes} FROM ROWS FROM ({listes}) AS l ({', '.join(noms)})")
            for debut in range(0, len(lignes), 5_000):
                par_colonne = zip(*lignes[debut : debut + 5_000], strict=True)
                curseur.execute(sql, [json.dumps(valeurs, default=str) for valeurs in par_colonne])
            return
        place = f"({', '.join(['%s'] * len(noms))})"
        for debut in range(0, len(lignes), 400):
            tranche = lignes[debut : debut + 400]
            places = ", ".join([place] * len(tranche))
            curseur.execute(sql.format(lignes=f"VALUES {places}"), [valeur for ligne in tranche for valeur in ligne])


def ecarts() -> list[str]:
    """What is kept and should not be, in words; nothing when all is well. Reads every project, slice after slice."""
    trouves = []
    with transaction.atomic():  # nobody folds meanwhile
        _verrouiller()
        annees = {*FaitExercice.objects.order_by().values_list("annee", flat=True).distinct(), *_annees_des_cellules()}
        for annee in sorted(annees):  # a year at a time: what is in memory does not follow the number of projects
            trouves += _ecarts_des_cellules(annee)
    dernier = max(_dernier(Projet, "id"), _dernier(FaitExercice, "projet"))
    for premier in range(0, dernier + 1, RELUS):
        if suspects := _differents("BETWEEN %s AND %s", [premier, premier + RELUS - 1]):
            replier()  # what was changed meanwhile
            trouves += [f"projet {un}" for un in sorted(_differents(*_parmi(sorted(suspects))))]
    return trouves


def _annees_des_cellules() -> Iterator[int]:
    return Cumul.objects.order_by().values_list("annee", flat=True).distinct().iterator()


def _ecarts_des_cellules(annee: int) -> list[str]:
    """Cells of a civil year that are not the sums of what is kept of its Exercices."""
    sommes: Sommes = defaultdict(lambda: [0] * len(SOMMES))
    for contenu in (
        FaitExercice.objects.filter(annee=annee).order_by().values_list("contenu", flat=True).iterator(RELUS)
    ):
        _ajouter(sommes, Fait.lire(contenu), 1)
    trouves = []
    for une in Cumul.objects.filter(annee=annee).order_by().values_list(*_CLES, *SOMMES).iterator(RELUS):
        cle, gardee = une[:4], list(une[4:])
        if (voulue := sommes.pop(cle, _NULLE)) != gardee:
            trouves.append((cle, gardee, voulue))
    trouves += [(cle, _NULLE, voulue) for cle, voulue in sommes.items() if voulue != _NULLE]
    return [
        f"cellule {' '.join(map(str, cle))} : {gardee} au lieu de {voulue}" for cle, gardee, voulue in sorted(trouves)
    ]


_NULLE = [0] * len(SOMMES)


def _differents(ou: str, valeurs: Sequence[Any]) -> set[int]:
    gardes, faits = lire_les_faits(ou, valeurs)
    return {(gardes.get(pk) or faits[pk])[0] for pk in gardes.keys() | faits.keys() if gardes.get(pk) != faits.get(pk)}


# --- marks ------------------------------------------------------------------------------------------------------------


def _marques(limite: int | None = None) -> list[Marque]:
    with connection.cursor() as curseur:
        curseur.execute(f"SELECT id, genre, cle FROM {MARQUES} ORDER BY id" + (f" LIMIT {limite}" if limite else ""))
        return curseur.fetchall()


def _attend_tout(cle: int | None = None) -> bool:
    marques = ARecompter.objects.filter(genre=TOUT)
    return (marques if cle is None else marques.filter(cle=cle)).exists()


# What a mark belongs to. One of a row that is gone finds nothing: its own trigger told of what it belonged to.
_REMONTER = {
    "exercice": "SELECT projet_id FROM projets_exercice WHERE id {}",
    "bilan": "SELECT e.projet_id FROM projets_bilan b JOIN projets_exercice e ON e.id = b.exercice_id WHERE b.id {}",
    "decision": "SELECT e.projet_id FROM projets_montantaccorde m JOIN projets_exercice e ON e.id = m.exercice_id "
    "WHERE m.decision_id {}",
}


def _projets_de(marques: Iterable[Marque]) -> list[int]:
    par_genre: dict[str, set[int]] = defaultdict(set)
    for _, genre, cle in marques:
        par_genre[genre].add(cle)
    projets = par_genre.pop("projet", set())
    par_genre.pop(TOUT, None)
    if par_genre:
        parmi = {genre: _parmi(sorted(cles)) for genre, cles in par_genre.items()}
        sql = " UNION ".join(_REMONTER[genre].format(condition) for genre, (condition, _) in parmi.items())
        with connection.cursor() as curseur:
            curseur.execute(sql, [valeur for _, valeurs in parmi.values() for valeur in valeurs])
            projets |= {projet for (projet,) in curseur.fetchall()}
    return sorted(projets)


def _oublier(marques: Iterable[int]) -> None:
    _supprimer(MARQUES, "id", list(marques))


def _supprimer(table: str, colonne: str, cles: list[int]) -> None:
    with connection.cursor() as curseur:
        for debut in range(0, len(cles), 5_000):
            condition, valeurs = _parmi(cles[debut : debut + 5_000])
            curseur.execute(f"DELETE FROM {table} WHERE {colonne} {condition}", valeurs)


def _vider(modele: type[Cumul] | type[FaitExercice]) -> None:
    with connection.cursor() as curseur:
        curseur.execute(f"DELETE FROM {modele._meta.db_table}")


def _dernier(modele: Any, champ: str) -> int:
    with connection.cursor() as curseur:
        curseur.execute(f"SELECT COALESCE(MAX({champ}), 0) FROM {modele._meta.db_table}")
        return curseur.fetchone()[0]


def _verrouiller() -> None:
    """One folding at a time, until the end of the transaction; SQLite gives the whole database to a transaction that writes."""
    if connection.vendor == "postgresql":
        with connection.cursor() as curseur:
            curseur.execute("SELECT pg_advisory_xact_lock(%s)", [VERROU])


def _places(valeurs: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(valeurs))


def _parmi(cles: Sequence[int]) -> tuple[str, list[Any]]:
    """A condition on a key, and the values of its places: one list for PostgreSQL, as in ``_verser``."""
    if connection.vendor == "postgresql":
        return "= ANY(%s::bigint[])", [f"{{{','.join(map(str, cles))}}}"]
    return f"IN ({_places(cles)})", list(cles)
