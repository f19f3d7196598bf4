"""What each of the two databases needs: its options, beside what ``DATABASE_URL`` says."""

from pathlib import Path
from typing import Any

from django.db import connection

from .environnement import Environnement


def regler_la_base(reglages: dict[str, Any], env: Environnement, racine: Path) -> None:
    """Completes the settings of a database; what the address of the database already says is left as it is.

    ``racine``: where a relative path of SQLite begins.
    """
    options = reglages.setdefault("OPTIONS", {})
    if reglages["ENGINE"].endswith("sqlite3"):
        if reglages["NAME"] != ":memory:":
            reglages["NAME"] = racine / reglages["NAME"]
        # IMMEDIATE: a transaction waits for the lock at its start. Django's default asks for it in the middle, when
        # waiting is no longer possible, and fails at once.
        options.setdefault("transaction_mode", "IMMEDIATE")
        options.setdefault("timeout", 20)
        options.setdefault(
            "init_command",
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;"
            "PRAGMA cache_size=-4000; PRAGMA mmap_size=134217728; PRAGMA journal_size_limit=67108864",
        )
        return
    # A true pool, shared by the threads of a process; a persistent connection would be one per thread.
    reglages["CONN_MAX_AGE"] = 0
    reglages["CONN_HEALTH_CHECKS"] = True  # a connection is tried before it is lent: the server may have restarted
    # Three seconds: a process has fewer threads than connections, so that only a database that is down makes anybody wait,
    # and probes must still be answered then.
    options.setdefault("pool", {"min_size": 1, "max_size": env.int("DB_POOL_MAX", default=8), "timeout": 3})
    # Queries that come back often are prepared by the server (`preparees.executer`); 0 where something stands between that
    # does not let them be, as an old PgBouncer.
    if seuil := env.int("DB_PREPARER", default=2):
        options.setdefault("prepare_threshold", seuil)


def parcourir_toute_la_base() -> None:
    """For a task of the night that goes through all of the database: SQLite stops mapping the file into its memory, where each
    page read would stay. Such a task reads each page once, and takes no longer without."""
    if connection.vendor == "sqlite":
        with connection.cursor() as curseur:
            curseur.execute("PRAGMA mmap_size = 0")
