"""The triggers that make the journal append-only for SQL too, on both databases.

They are put in place by the migrations, and looked at again after each ``migrate``: on SQLite, changing a column rebuilds the
table, and its triggers go with the old one. Whoever owns the database can still take them away; the fingerprints and the
seals are what tells it afterwards.
"""

from typing import Any

from django.db import connections

TABLES = ("projets_passage", "projets_sceau")
REFUS = "Le journal ne se modifie pas."

_FONCTION = f"""
CREATE OR REPLACE FUNCTION journal_inalterable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{REFUS}' USING ERRCODE = 'restrict_violation'; END $$
"""


def _poses(vendeur: str, table: str) -> dict[str, str]:
    """Triggers of one table: name -> SQL that creates it."""
    if vendeur == "postgresql":
        execute = "EXECUTE FUNCTION journal_inalterable()"
        return {
            f"{table}_fige": f"CREATE TRIGGER {table}_fige BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {execute}",
            f"{table}_vide": f"CREATE TRIGGER {table}_vide BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {execute}",
        }
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUS}'); END"
    return {
        f"{table}_fige": f"CREATE TRIGGER {table}_fige BEFORE UPDATE ON {table} {refuse}",
        f"{table}_vide": f"CREATE TRIGGER {table}_vide BEFORE DELETE ON {table} {refuse}",
    }


def _en_place(connexion: Any) -> set[str]:
    requete = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        if connexion.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connexion.cursor() as curseur:
        curseur.execute(requete)
        return {nom for (nom,) in curseur.fetchall()}


def manquants(connexion: Any) -> list[str]:
    """Names of the triggers that should be there, and in force, and are not."""
    en_place = _en_place(connexion)
    return sorted(nom for table in TABLES for nom in _poses(connexion.vendor, table) if nom not in en_place)


def poser(connexion: Any) -> None:
    """Puts in place the triggers that are missing, on the tables that exist."""
    absents = manquants(connexion)
    if not absents:
        return
    tables = connexion.introspection.table_names()
    with connexion.cursor() as curseur:
        if connexion.vendor == "postgresql":
            curseur.execute(_FONCTION)
        for table in TABLES:
            for nom, pose in _poses(connexion.vendor, table).items():
                if table in tables and nom in absents:
                    if connexion.vendor == "postgresql":  # there, but switched off
                        curseur.execute(f"DROP TRIGGER IF EXISTS {nom} ON {table}")
                    curseur.execute(pose)


def lever(connexion: Any) -> None:
    """Takes every trigger away: for a migration that fills the tables, or a test database that empties itself."""
    en_place = _en_place(connexion)
    with connexion.cursor() as curseur:
        for table in TABLES:
            for nom in _poses(connexion.vendor, table):
                if nom in en_place:
                    curseur.execute(
                        f"DROP TRIGGER {nom}" + (f" ON {table}" if connexion.vendor == "postgresql" else "")
                    )


def apres_migration(sender: Any, using: str, **_: Any) -> None:
    """Receiver of ``post_migrate``."""
    poser(connections[using])
