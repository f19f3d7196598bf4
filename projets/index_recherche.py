# ruff: noqa: S608 -- names that are constants of this file
"""The index of the search on SQLite: every run of three letters of what is looked into, kept by triggers.

A space goes before the text and two after it, so that the beginning of each word, were it one letter long, is a run of three
too: words of one or two letters are looked for there, on both databases.

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
_TABLE = "projets_projet"
# The index alone, without a copy of the text: one that the texts of the table fill (« content= ») would not know the spaces.
_CREATION = f"CREATE VIRTUAL TABLE {INDEX} USING fts5(recherche, content='', tokenize='trigram')"
_AJOUTER = f"INSERT INTO {INDEX}(rowid, recherche) VALUES (new.id, ' ' || new.recherche || '  ');"
_OTER = f"INSERT INTO {INDEX}({INDEX}, rowid, recherche) VALUES ('delete', old.id, ' ' || old.recherche || '  ');"
DECLENCHEURS = {
    f"{INDEX}_ajout": f"CREATE TRIGGER {INDEX}_ajout AFTER INSERT ON {_TABLE} BEGIN {_AJOUTER} END",
    f"{INDEX}_retrait": f"CREATE TRIGGER {INDEX}_retrait AFTER DELETE ON {_TABLE} BEGIN {_OTER} END",
    f"{INDEX}_change": f"CREATE TRIGGER {INDEX}_change AFTER UPDATE OF id, recherche ON {_TABLE} "
    f"WHEN old.id <> new.id OR old.recherche <> new.recherche BEGIN {_OTER} {_AJOUTER} END",
}
_VOULUS = {INDEX: _CREATION} | DECLENCHEURS
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
            curseur.execute(f"DROP TABLE IF EXISTS {INDEX}")
            for creation in _VOULUS.values():
                curseur.execute(creation)
            curseur.execute(
                f"INSERT INTO {INDEX}(rowid, recherche) SELECT id, ' ' || recherche || '  ' FROM {_TABLE} ORDER BY id"
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
