"""Writing a great many rows on either database: keys reserved beforehand, rows poured in, temporary settings, statistics."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

from django.db import connection, transaction
from django.db.utils import DatabaseError

from .. import declencheurs_cumuls, index_recherche
from ..models import ARecompter

LOTS = "generation_lots"


@cache
def est_postgresql() -> bool:
    """Asked for every moment that is written: kept, for asking the connection each time adds up."""
    return connection.vendor == "postgresql"


@contextmanager
def menagement() -> Iterator[None]:
    """Around everything: kept sums are left for the worker to make again, in one go; SQLite stops asking whether each row that
    a new row points to exists, and keeps more in memory.

    The rows that are copied point to each other by construction; a test looks at every foreign key afterwards.
    """
    ARecompter.objects.create(genre=ARecompter.Genre.TOUT)  # first: an interruption leaves it
    declencheurs_cumuls.lever(connection)
    try:
        with _sqlite_presse():
            yield
    finally:
        declencheurs_cumuls.poser(connection)


@contextmanager
def _sqlite_presse() -> Iterator[None]:
    if est_postgresql():
        yield
        return
    with connection.cursor() as curseur:
        curseur.execute("PRAGMA cache_size")
        (cache,) = curseur.fetchone()
        curseur.execute("PRAGMA cache_size=-262144")
        curseur.execute("PRAGMA threads")
        (fils,) = curseur.fetchone()
        curseur.execute("PRAGMA threads=2")  # those that sort, for an index
        curseur.execute("PRAGMA mmap_size")
        (projetes,) = curseur.fetchone()
        curseur.execute(f"PRAGMA mmap_size={1 << 34}")  # each index reads its table again
    index_recherche.lever(connection)
    coupees = connection.disable_constraint_checking()
    try:
        yield
    finally:
        if coupees:
            connection.enable_constraint_checking()
        with connection.cursor() as curseur:
            index_recherche.poser(connection)  # made at once for all, rather than row after row
            curseur.execute(f"PRAGMA mmap_size={int(projetes)}")
            curseur.execute(f"PRAGMA threads={int(fils)}")
            curseur.execute(f"PRAGMA cache_size={int(cache)}")


def preparer_la_transaction() -> None:
    """Settings of PostgreSQL for one transaction that pours rows."""
    regler(
        (
            "SET LOCAL gin_pending_list_limit = '256MB'",
            "SET LOCAL default_toast_compression = 'lz4'",
            "SET LOCAL work_mem = '64MB'",
            "SET LOCAL synchronous_commit = off",
            "SET LOCAL session_replication_role = replica",  # superusers only: no look-up of each foreign key
        )
    )


def regler(reglages: Iterable[str]) -> None:
    """Settings of PostgreSQL until the end of the transaction, each kept only if the server allows it."""
    for reglage in reglages if est_postgresql() else ():
        try:
            with transaction.atomic(), connection.cursor() as curseur:
                curseur.execute(reglage)
        except DatabaseError:
            continue


def reserver(table: str, nombre: int) -> int:
    """First of ``nombre`` keys that nobody else will be given."""
    nom = connection.ops.quote_name(table)
    with connection.cursor() as curseur:
        curseur.execute(f"SELECT COALESCE(MAX(id), 0) FROM {nom}")
        (dernier,) = curseur.fetchone()
        if est_postgresql():
            curseur.execute("SELECT pg_get_serial_sequence(%s, 'id')", [nom])
            (sequence,) = curseur.fetchone()
            curseur.execute(f"SELECT last_value FROM {sequence}")
            dernier = max(dernier, curseur.fetchone()[0])
            curseur.execute("SELECT setval(%s, %s)", [sequence, dernier + nombre + 1])
        else:
            curseur.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            if connue := curseur.fetchone():
                dernier = max(dernier, connue[0])
                curseur.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [dernier + nombre, table])
            else:
                curseur.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, dernier + nombre])
    return dernier + 1


def verser(table: str, colonnes: Sequence[str], lignes: Iterable[Sequence[Any]]) -> None:
    """Rows of raw values of the database: COPY on PostgreSQL, one prepared statement on SQLite."""
    noms = ", ".join(map(connection.ops.quote_name, colonnes))
    table = connection.ops.quote_name(table)
    with connection.cursor() as curseur:
        if est_postgresql():
            with curseur.copy(f"COPY {table} ({noms}) FROM STDIN") as copie:
                for ligne in lignes:
                    copie.write_row(ligne)
        else:
            places = ", ".join("?" * len(colonnes))
            # The cursor of the driver: Django's would rewrite the statement and look at every value.
            connection.connection.cursor().executemany(f"INSERT INTO {table} ({noms}) VALUES ({places})", lignes)


def analyser() -> None:
    """What the planner has to know of the new sizes; outside a transaction, the visibility of the rows too."""
    with connection.cursor() as curseur:
        if not est_postgresql():
            curseur.execute("PRAGMA analysis_limit=2000")
            curseur.execute("ANALYZE")
        elif connection.in_atomic_block:
            curseur.execute("ANALYZE")
        else:
            _balayer_a_deux()


def _balayer_a_deux() -> None:
    """VACUUM (ANALYZE) of every table of PostgreSQL, two at a time, the largest first."""
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' "
            "ORDER BY pg_table_size(c.oid) DESC"
        )
        tables = [nom for (nom,) in curseur.fetchall()]
    restent = deque([*tables[:20], ", ".join(tables[20:])] if tables[20:] else tables)
    with ThreadPoolExecutor(1) as autre:
        avec = autre.submit(_balayer_ailleurs, restent)
        _balayer(restent)
        avec.result()


def _balayer(restent: deque[str]) -> None:
    with suppress(IndexError), connection.cursor() as curseur:
        while True:
            curseur.execute(f"VACUUM (ANALYZE) {restent.popleft()}")


def _balayer_ailleurs(restent: deque[str]) -> None:
    """The same on the connection of another thread, which leaves nothing open."""
    try:
        _balayer(restent)
    finally:
        connection.close()
