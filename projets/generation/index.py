"""The indexes of the tables that are copied, taken away before a great many rows are poured, made again afterwards.

Made at once over all the rows, an index costs a fraction of what it costs row after row. What says that a value is unique
stays. PostgreSQL makes two at a time, the longest first. An index that goes leaves how to make it in a table, in the same
transaction: killed in the middle, the next generation puts it back, and nothing but time was lost meanwhile.
"""

from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from django.db import connection, transaction

from .ecrivain import est_postgresql, regler

ATTENTE = "generation_index"
_ACCELERER = ("SET LOCAL maintenance_work_mem = '256MB'",)


def lever(tables: Iterable[str]) -> None:
    """Takes away every index of these tables that holds nothing unique."""
    en_place = _en_place(set(tables))
    with transaction.atomic(), connection.cursor() as curseur:
        connection.check_constraints()  # PostgreSQL refuses to touch a table that still has some to look at
        curseur.execute(f"CREATE TABLE IF NOT EXISTS {ATTENTE} (nom text PRIMARY KEY, creation text NOT NULL)")
        for nom, creation in en_place.items():
            curseur.execute(f"INSERT INTO {ATTENTE} (nom, creation) VALUES (%s, %s)", [nom, creation])
            curseur.execute(f"DROP INDEX {connection.ops.quote_name(nom)}")


def poser() -> None:
    """Makes again those that are waiting, each in a transaction; nothing when none is."""
    with connection.cursor() as curseur:
        if ATTENTE not in connection.introspection.table_names(curseur):
            return
        curseur.execute(f"SELECT nom, creation FROM {ATTENTE}")
        # Those of words take as long as all the others.
        attendus = deque(sorted(curseur.fetchall(), key=lambda un: ("USING gin" not in un[1], un[0])))
    if est_postgresql() and not connection.in_atomic_block:
        with ThreadPoolExecutor(1) as autre:
            avec = autre.submit(_refaire_ailleurs, attendus)
            _refaire(attendus)
            avec.result()
    else:
        _refaire(attendus)
    with connection.cursor() as curseur:
        curseur.execute(f"DROP TABLE {ATTENTE}")


def _refaire(attendus: deque[tuple[str, str]]) -> None:
    with suppress(IndexError), connection.cursor() as curseur:
        while True:
            nom, creation = attendus.popleft()
            with transaction.atomic():
                regler(_ACCELERER)
                curseur.execute(creation)
                curseur.execute(f"DELETE FROM {ATTENTE} WHERE nom = %s", [nom])


def _refaire_ailleurs(attendus: deque[tuple[str, str]]) -> None:
    """The same on the connection of another thread, which leaves nothing open."""
    try:
        _refaire(attendus)
    finally:
        connection.close()


def _en_place(tables: set[str]) -> dict[str, str]:
    """Name of each index -> the SQL that makes it."""
    requete = (
        "SELECT c.relname, t.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "JOIN pg_class t ON t.oid = i.indrelid WHERE NOT i.indisunique AND i.indisvalid AND pg_table_is_visible(t.oid)"
        if est_postgresql()
        else "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT LIKE 'CREATE UNIQUE%%'"
    )
    with connection.cursor() as curseur:
        curseur.execute(requete, [])
        return {nom: creation for nom, table, creation in curseur.fetchall() if table in tables}
