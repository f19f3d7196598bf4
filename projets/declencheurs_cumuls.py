"""The triggers that say which projects are to be counted again, on both databases, whoever writes: the ORM, SQL, an import.

Each one only inserts a mark (``ARecompter``) that says what the row belongs to, read in the row itself: on SQLite, a trigger
that named another table would forbid every migration that rebuilds it. (One that rebuilds the table of the marks takes these
triggers away first, with ``lever``.) PostgreSQL writes one mark per statement and project. Put in place after each
``migrate``, since SQLite loses them when it rebuilds a table; whenever one was missing, everything is to be counted again.
"""

# ruff: noqa: S608 -- our own tables and columns, never a value

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connections

MARQUES = "projets_arecompter"
PREFIXE = "cumul_"


@dataclass(frozen=True)
class _Source:
    """A table that sums are made from: what its rows belong to (kind of mark, column), and the columns that count."""

    table: str
    genre: str
    cle: str
    colonnes: tuple[str, ...]
    gestes: tuple[str, ...] = ("INSERT", "UPDATE", "DELETE")


def _lien(nom: str, autre: str) -> _Source:
    return _Source(f"projets_projet_{nom}", "projet", "projet_id", ("projet_id", f"{autre}_id"))


_SOURCES = (
    # Without Exercices a project counts for nothing: theirs tell of one that comes or goes.
    _Source("projets_projet", "projet", "id", (
        "appel_id", "structure_id", "statut", "nature", "objectif_principal_id", "temps_scolaire", "nombre_enfants",
        "nombre_parents", "nombre_partenaires", "depose_le", "coordination"), ("UPDATE",)),
    _Source("projets_exercice", "projet", "projet_id", ("projet_id", "annee", "montant_demande")),
    _Source("projets_montantaccorde", "exercice", "exercice_id", ("decision_id", "exercice_id", "financeur", "montant")),
    _Source("projets_decision", "decision", "id", ("publiee",), ("UPDATE",)),
    _Source("projets_bilan", "exercice", "exercice_id", (
        "exercice_id", "statut", "issue", "filles", "garcons", "parents", "professionnels", "depose_le", "motif_retour",
        "prolonge_au")),
    _Source("projets_lignebilan", "bilan", "bilan_id", ("bilan_id", "compte_id", "sens", "realise")),
    _Source("projets_versement", "exercice", "exercice_id", ("exercice_id", "financeur", "sens", "montant", "annule_le")),
    _Source("projets_budgetrevise", "exercice", "exercice_id", ("exercice_id", "confirme_le", "accorde")),
    _Source("projets_demandereversement", "exercice", "exercice_id", ("exercice_id", "montant_remis")),
    _lien("objectifs_secondaires", "objectif"), _lien("parcours", "parcours"), _lien("quartiers", "quartier"),
    _lien("etablissements", "etablissement"), _lien("dispositifs", "dispositif"),
)  # fmt: skip
# What says under which cell a project counts: rarely moved, and then for everybody.
_COMMUNES = {
    "projets_objectif": ("enjeu_id",),
    "projets_enjeu": ("thematique_id",),
    "correspondants_etablissement": ("niveau",),
    "projets_compte": ("code", "sens"),
}
TABLES = (*(source.table for source in _SOURCES), *_COMMUNES)


def _change(colonnes: tuple[str, ...]) -> str:
    return " OR ".join(f"OLD.{une} IS NOT NEW.{une}" for une in colonnes)


def _sqlite() -> dict[str, tuple[str, str]]:
    """Name of each trigger -> its table, the SQL that creates it."""

    def marque(source: _Source, ligne: str) -> str:
        """Not twice in a row: a mark that is there will be read after this very transaction."""
        cle = f"{ligne}.{source.cle}"
        return (
            f"INSERT INTO {MARQUES} (genre, cle) SELECT '{source.genre}', {cle} WHERE {cle} IS NOT NULL AND NOT EXISTS "
            f"(SELECT 1 FROM {MARQUES} m WHERE m.id = (SELECT MAX(id) FROM {MARQUES}) "
            f"AND m.genre = '{source.genre}' AND m.cle = {cle});"
        )

    poses = {}
    for source in _SOURCES:
        for geste in source.gestes:
            lignes = {"INSERT": ("NEW",), "DELETE": ("OLD",), "UPDATE": ("OLD", "NEW")}[geste]
            corps = " ".join(marque(source, ligne) for ligne in lignes)
            quand = f"UPDATE OF {', '.join(source.colonnes)}" if geste == "UPDATE" else geste
            si = f" WHEN {_change(source.colonnes)}" if geste == "UPDATE" else ""
            poses[f"{source.table}_{geste.lower()}"] = (
                source.table,
                f"AFTER {quand} ON {source.table}{si} BEGIN {corps} END",
            )
    for table, colonnes in _COMMUNES.items():
        poses[f"{table}_update"] = (
            table,
            (
                f"AFTER UPDATE OF {', '.join(colonnes)} ON {table} WHEN {_change(colonnes)} "
                f"BEGIN INSERT INTO {MARQUES} (genre, cle) VALUES ('tout', 0); END"
            ),
        )
    return {_nom(nom, sql): (table, f"CREATE TRIGGER {_nom(nom, sql)} {sql}") for nom, (table, sql) in poses.items()}


def _postgresql() -> dict[str, tuple[str, str]]:
    """The same; each SQL holds the function too."""
    poses = {}

    def poser(nom: str, table: str, quand: str, corps: str) -> None:
        fonction = f"{PREFIXE}{nom}"
        nom = _nom(nom, f"{quand}{corps}")
        poses[nom] = (
            table,
            (
                f"CREATE OR REPLACE FUNCTION {fonction}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {corps}; "
                f"RETURN NULL; END $$; CREATE TRIGGER {nom} AFTER {quand} EXECUTE FUNCTION {fonction}()"
            ),
        )

    tout = f"INSERT INTO {MARQUES} (genre, cle) VALUES ('tout', 0)"
    for source in _SOURCES:
        table = source.table
        marque = f"INSERT INTO {MARQUES} (genre, cle) "
        lues = {alias: f"SELECT '{source.genre}', {alias}.{source.cle}" for alias in "na"}
        for geste in source.gestes:
            if geste == "UPDATE":
                apres, avant = (", ".join(f"{alias}.{une}" for une in source.colonnes) for alias in "na")
                change = (
                    f"FROM nouvelles n JOIN anciennes a ON a.id = n.id WHERE ROW({apres}) IS DISTINCT FROM ROW({avant})"
                )
                corps = f"{marque}{lues['n']} {change} UNION {lues['a']} {change}"
                tables = "OLD TABLE AS anciennes NEW TABLE AS nouvelles"
            elif geste == "INSERT":
                corps = f"{marque}{lues['n'].replace('SELECT', 'SELECT DISTINCT')} FROM nouvelles n"
                tables = "NEW TABLE AS nouvelles"
            else:
                corps = f"{marque}{lues['a'].replace('SELECT', 'SELECT DISTINCT')} FROM anciennes a"
                tables = "OLD TABLE AS anciennes"
            quand = f"{geste} ON {table} REFERENCING {tables} FOR EACH STATEMENT"
            poser(f"{table}_{geste.lower()}", table, quand, corps)
        poser(f"{table}_truncate", table, f"TRUNCATE ON {table} FOR EACH STATEMENT", tout)
    for table, colonnes in _COMMUNES.items():
        change = " OR ".join(f"OLD.{une} IS DISTINCT FROM NEW.{une}" for une in colonnes)
        poser(f"{table}_update", table, f"UPDATE ON {table} FOR EACH ROW WHEN ({change})", tout)
    return poses


def _nom(nom: str, sql: str) -> str:
    """Changes with what the trigger does: one of another version is not taken for this one."""
    return f"{PREFIXE}{nom}_{hashlib.sha256(sql.encode()).hexdigest()[:8]}"


@cache
def poses(vendeur: str) -> dict[str, tuple[str, str]]:
    """Every trigger: name -> its table, the SQL that creates it."""
    return _postgresql() if vendeur == "postgresql" else _sqlite()


def _en_place(connexion: Any) -> dict[str, str]:
    """Ours that are there and in force, of any version: name -> table."""
    requete = (
        "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal AND t.tgenabled <> 'D'"
        if connexion.vendor == "postgresql"
        else "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connexion.cursor() as curseur:
        curseur.execute(requete)
        return {nom: table for nom, table in curseur.fetchall() if nom.startswith(PREFIXE)}


def manquants(connexion: Any) -> list[str]:
    """Names of the triggers that should be there, and in force, and are not."""
    return sorted(poses(connexion.vendor).keys() - _en_place(connexion).keys())


def poser(connexion: Any) -> None:
    """Puts in place those that are missing, once the tables are there, and has everything counted again if there were any."""
    absents = manquants(connexion)
    if not absents or not {MARQUES, *TABLES} <= set(connexion.introspection.table_names()):
        return
    lever(connexion)
    with connexion.cursor() as curseur:
        for nom, (table, sql) in poses(connexion.vendor).items():
            if connexion.vendor == "postgresql":  # there, but switched off
                curseur.execute(f"DROP TRIGGER IF EXISTS {nom} ON {table}")
            curseur.execute(sql)
        curseur.execute(
            f"INSERT INTO {MARQUES} (genre, cle) SELECT 'tout', 0 WHERE EXISTS (SELECT 1 FROM projets_exercice)"
        )


def lever(connexion: Any) -> None:
    """Takes them all away: before a great many rows are written. ``poser`` ends it."""
    with connexion.cursor() as curseur:
        for nom, table in _en_place(connexion).items():
            curseur.execute(f"DROP TRIGGER {nom}" + (f" ON {table}" if connexion.vendor == "postgresql" else ""))


def apres_migration(sender: Any, using: str, **_: Any) -> None:
    """Receiver of ``post_migrate``."""
    poser(connections[using])
