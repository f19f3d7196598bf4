# ruff: noqa: S608 -- names that are constants of this file
"""The index of the search on SQLite: every run of three letters of what is looked into, kept by triggers.

A space goes before the text and two after it, so that the beginning of each word, were it one letter long, is a run of three
too: words of one or two letters are looked for there, on both databases.

What it finds comes in the order of the deposits, the drafts before all: its rows are numbered so (``RANGS`` says which project
each is). A page of a search is then read at one end of the index, and its count stops where it is told, whatever is found.

PostgreSQL has its own (``pg_trgm``, made by a migration). Put in place after each ``migrate``, as the triggers of the journal
are: SQLite makes a table anew to change a column, and its triggers go with the old one. Without it (a Python whose SQLite
has no FTS5, or triggers taken away for a great writing) the search reads every project, and finds the same.
"""

import logging
from typing import Any

from django.db import connections
from django.db.utils import OperationalError

journal = logging.getLogger(__name__)

INDEX = "projets_recherche"
RANGS = f"{INDEX}_rang"
_TABLE = "projets_projet"
# The number of a deposited project: the microsecond of its deposit since 2015, and a place among those of the same one. Those
# of drafts, in the order of their keys, are below any other.
PLACES = 4096
DEPOSES = -(1 << 61)  # what is deposited has a greater number
_BROUILLON = f"{{0}}.id - {1 << 62}"


def rang_au_plus_tot(moment: str, secondes_de: str = "%s") -> str:
    """SQL of the least number of what was deposited at a moment, itself in SQL, written as Django does; ``secondes_de``: how
    « %s » is to be written where parameters take places."""
    secondes = f"COALESCE(CAST(strftime('{secondes_de}', {moment}) AS INTEGER), 0) - 1420070400"
    return f"(({secondes}) * 1000000 + CAST(substr({moment}, 21, 6) AS INTEGER)) * {PLACES}"


def _rang_libre(ligne: str) -> str:
    """SQL of the number of a project that takes its place in the index: after those of the same microsecond."""
    premier = rang_au_plus_tot(f"{ligne}.depose_le")
    pris = f"(SELECT MAX(rang) + 1 FROM {RANGS} WHERE rang >= {premier} AND rang < {premier} + {PLACES})"
    return f"CASE WHEN {ligne}.depose_le IS NULL THEN {_BROUILLON.format(ligne)} ELSE COALESCE({pris}, {premier}) END"


# The index alone, without a copy of the text: one that the texts of the table fill (« content= ») would not know the spaces.
_CREATION = f"CREATE VIRTUAL TABLE {INDEX} USING fts5(recherche, content='', tokenize='trigram')"
_AJOUTER = (
    f"INSERT INTO {RANGS}(rang, projet) SELECT {_rang_libre('new')}, new.id;"
    f" INSERT INTO {INDEX}(rowid, recherche) SELECT rang, ' ' || new.recherche || '  ' FROM {RANGS} WHERE projet = new.id;"
)
_OTER = (
    f"INSERT INTO {INDEX}({INDEX}, rowid, recherche)"
    f" SELECT 'delete', rang, ' ' || old.recherche || '  ' FROM {RANGS} WHERE projet = old.id;"
    f" DELETE FROM {RANGS} WHERE projet = old.id;"
)
DECLENCHEURS = {
    f"{INDEX}_ajout": f"CREATE TRIGGER {INDEX}_ajout AFTER INSERT ON {_TABLE} BEGIN {_AJOUTER} END",
    f"{INDEX}_retrait": f"CREATE TRIGGER {INDEX}_retrait AFTER DELETE ON {_TABLE} BEGIN {_OTER} END",
    f"{INDEX}_change": f"CREATE TRIGGER {INDEX}_change AFTER UPDATE OF id, recherche, depose_le ON {_TABLE} "
    "WHEN old.id <> new.id OR old.recherche <> new.recherche OR old.depose_le IS NOT new.depose_le "
    f"BEGIN {_OTER} {_AJOUTER} END",
}
_CREATION_DES_RANGS = f"CREATE TABLE {RANGS} (rang INTEGER PRIMARY KEY, projet INTEGER NOT NULL UNIQUE)"
# Each its own number, or the one after that of the project before when it is taken.
_PREMIER = rang_au_plus_tot("depose_le")
_REMPLIR_LES_RANGS = (
    f"INSERT INTO {RANGS}(rang, projet) SELECT {_BROUILLON.format('p')}, id FROM {_TABLE} p WHERE depose_le IS NULL"
    " UNION ALL SELECT place + MAX(premier - place) OVER (ORDER BY place), id FROM"
    f" (SELECT id, {_PREMIER} AS premier, ROW_NUMBER() OVER (ORDER BY depose_le, id) AS place FROM {_TABLE}"
    " WHERE depose_le IS NOT NULL) d"
)
_VOULUS = {INDEX: _CREATION, RANGS: _CREATION_DES_RANGS} | DECLENCHEURS
LETTRES = 3  # a shorter word is looked for at the beginning of words only
_SUIVANTES = "abcdefghijklmnopqrstuvwxyz0123456789 æøß"  # what may follow the first letter of a word
_en_service: set[str] = set()  # databases where it was found whole: what puts it in place never takes it away for long


def est_en_service(connexion: Any) -> bool:
    """Whether the search may count on it: SQLite, and the table and its triggers are all there."""
    if connexion.vendor != "sqlite":
        return False
    nom = str(connexion.settings_dict["NAME"])
    if nom not in _en_service and not _manquants(connexion):
        _en_service.add(nom)
    return nom in _en_service


def poser(connexion: Any) -> None:
    """Makes it anew, from every project, if anything of it is missing or of another version."""
    if connexion.vendor != "sqlite" or not _manquants(connexion):
        return
    if _TABLE not in connexion.introspection.table_names():
        return
    try:
        with connexion.cursor() as curseur:
            for nom in DECLENCHEURS:
                curseur.execute(f"DROP TRIGGER IF EXISTS {nom}")
            for table in (INDEX, RANGS):
                curseur.execute(f"DROP TABLE IF EXISTS {table}")
            for creation in _VOULUS.values():
                curseur.execute(creation)
            curseur.execute(_REMPLIR_LES_RANGS)
            curseur.execute(
                f"INSERT INTO {INDEX}(rowid, recherche) SELECT r.rang, ' ' || p.recherche || '  '"
                f" FROM {RANGS} r CROSS JOIN {_TABLE} p ON p.id = r.projet ORDER BY r.rang"
            )
    except OperationalError as refus:  # « no such module: fts5 », « no such tokenizer: trigram »
        journal.warning("Recherche sans index (FTS5) : %s", refus)


def lever(connexion: Any) -> None:
    """Takes the triggers away: for a great writing, after which ``poser`` makes the index anew."""
    if connexion.vendor != "sqlite":
        return
    _en_service.discard(str(connexion.settings_dict["NAME"]))
    with connexion.cursor() as curseur:
        for nom in DECLENCHEURS:
            curseur.execute(f"DROP TRIGGER IF EXISTS {nom}")


def apres_migration(sender: Any, using: str, **_: Any) -> None:
    """Receiver of ``post_migrate``."""
    poser(connections[using])


def oublier(connexion: Any) -> None:
    """Takes what was erased out of the file: until its parts are merged, the index keeps the letters of texts that are gone."""
    if est_en_service(connexion):
        with connexion.cursor() as curseur:
            curseur.execute(f"INSERT INTO {INDEX}({INDEX}) VALUES ('optimize')")


def _manquants(connexion: Any) -> set[str]:
    """Names of what is not there as this version makes it."""
    with connexion.cursor() as curseur:
        curseur.execute("SELECT name, sql FROM sqlite_master WHERE name LIKE %s", [f"{INDEX}%"])
        poses = dict(curseur.fetchall())
    return {nom for nom, sql in _VOULUS.items() if poses.get(nom) != sql}


def formule(mots: list[str]) -> str:
    """What the index is asked for the projects that hold every word; words are letters and digits only."""
    return " AND ".join(map(_clause, mots))


def _clause(mot: str) -> str:
    if len(mot) >= LETTRES:
        return f'"{mot}"'
    if len(mot) == LETTRES - 1:
        return f'" {mot}"'
    return "(" + " OR ".join(f'" {mot}{suite}"' for suite in _SUIVANTES) + ")"
