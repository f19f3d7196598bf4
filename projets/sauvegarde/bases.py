"""A database at one instant, read in parts: the tables by COPY on PostgreSQL, the whole file on SQLite.

COPY rather than pg_dump: its text form does not depend on the version of the server or of a tool, and the tables are made
again by our own migrations. On SQLite, the backup interface copies the file while the portal goes on writing.
"""

import fcntl
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder

from .archive import PART

FICHIER_SQLITE = "portail_sqlite3"  # the « table » that is the whole file
_DOSSIER = ".sauvegarde-"


@dataclass
class Instantane:
    """A database that does not move any more. ``curseur`` speaks to it in SQL."""

    moteur: str
    serveur: str
    curseur: Any
    fichier: BinaryIO | None = None  # of SQLite
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)

    def un(self, sql: str) -> Any:
        self.curseur.execute(sql)
        ligne = self.curseur.fetchone()
        return ligne[0] if ligne else None

    def migrations(self) -> list[list[str]]:
        self.curseur.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
        return [list(ligne) for ligne in self.curseur.fetchall()]

    def dernier_sceau(self) -> str:
        return self.un("SELECT empreinte FROM projets_sceau ORDER BY rang DESC LIMIT 1") or ""

    def sequences(self) -> dict[str, list[Any]]:
        """PostgreSQL: for each column that numbers itself, the last number given and whether it was used."""
        if self.moteur != "postgresql":
            return {}
        vues = {}
        for table in self.tables:
            for colonne in self.tables[table]["colonnes"]:
                if nom := self.un(f"SELECT pg_get_serial_sequence('{nommer(table)}', '{colonne}')"):
                    self.curseur.execute(f"SELECT last_value, is_called FROM {nom}")  # noqa: S608
                    vues[f"{table}.{colonne}"] = list(self.curseur.fetchone())
        return vues

    def parts(self) -> Iterator[tuple[str, int, bytes]]:
        """(table, rank from 1, bytes); counts the lines of each table on the way."""
        if self.fichier is not None:
            for rang, octets in enumerate(iter(lambda: self.fichier.read(PART), b""), 1):
                yield FICHIER_SQLITE, rang, octets
            return
        for table in sorted(self.tables):
            yield from self._copier(table)

    def _copier(self, table: str) -> Iterator[tuple[str, int, bytes]]:
        colonnes = ", ".join(nommer(colonne) for colonne in self.tables[table]["colonnes"])
        tampon, rang = bytearray(), 0
        with self.curseur.copy(f"COPY {nommer(table)} ({colonnes}) TO STDOUT") as copie:
            for morceau in copie:
                tampon += morceau
                while len(tampon) >= PART:
                    rang += 1
                    yield table, rang, bytes(tampon[:PART])
                    del tampon[:PART]
        self.tables[table]["lignes"] = self.curseur.rowcount
        yield table, rang + 1, bytes(tampon)


def nommer(nom: str) -> str:
    """The name of a table or a column as SQL writes it: names cannot be parameters."""
    return '"' + nom.replace('"', '""') + '"'


def tables_du_portail() -> list[str]:
    """The tables of every model, links between models included, and the list of migrations; the cache is left out."""
    modeles = apps.get_models(include_auto_created=True)
    return sorted(
        {modele._meta.db_table for modele in modeles if modele._meta.managed and not modele._meta.proxy}
        | {MigrationRecorder.Migration._meta.db_table}
    )


def colonnes_de_fichiers() -> list[tuple[str, str, str]]:
    """(table, column of the name, column of the SHA-256 or nothing) of every file that a model keeps."""
    return [
        (
            modele._meta.db_table,
            champ.column,
            "sha256" if any(autre.column == "sha256" for autre in modele._meta.concrete_fields) else "",
        )
        for modele in apps.get_models()
        for champ in modele._meta.concrete_fields
        if isinstance(champ, models.FileField)
    ]


def fichiers_nommes(curseur: Any) -> dict[str, str]:
    """Name of every file that the database speaks of -> the SHA-256 it should have, or nothing."""
    noms: dict[str, str] = {}
    for table, colonne, empreinte in colonnes_de_fichiers():
        quoi = f"{nommer(colonne)}, {nommer(empreinte)}" if empreinte else f"{nommer(colonne)}, ''"
        curseur.execute(f"SELECT {quoi} FROM {nommer(table)} WHERE {nommer(colonne)} <> ''")  # noqa: S608
        while lignes := curseur.fetchmany(2000):
            noms.update(lignes)
    return noms


@contextmanager
def instantane() -> Iterator[Instantane]:
    """The database of the portal as it is now; what is written meanwhile is not seen."""
    with _postgresql() if connection.vendor == "postgresql" else _sqlite() as vu:
        for table, colonnes in _colonnes(vu).items():
            vu.tables[table] = {"colonnes": colonnes, "lignes": 0}
        if vu.fichier is not None:
            for table in vu.tables:
                vu.tables[table]["lignes"] = vu.un(f"SELECT count(*) FROM {nommer(table)}")  # noqa: S608
        yield vu


@contextmanager
def _postgresql() -> Iterator[Instantane]:
    with transaction.atomic(durable=True):
        with connection.cursor() as curseur:
            curseur.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            curseur.execute("SHOW server_version")
            serveur = curseur.fetchone()[0]
        with connection.connection.cursor() as curseur:
            yield Instantane("postgresql", serveur, curseur)


@contextmanager
def _sqlite() -> Iterator[Instantane]:
    with dossier_de_travail() as dossier:
        copie = dossier / "portail.sqlite3"
        connection.ensure_connection()
        with closing(sqlite3.connect(copie, isolation_level=None)) as base:
            connection.connection.backup(base)
            base.execute("PRAGMA journal_mode=DELETE")
            with copie.open("rb") as fichier:
                yield Instantane("sqlite", sqlite3.sqlite_version, base.cursor(), fichier)


def _colonnes(vu: Instantane) -> dict[str, list[str]]:
    if vu.moteur == "sqlite":
        vu.curseur.execute(
            "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c "
            "WHERE m.type = 'table' ORDER BY m.name, c.cid"
        )
    else:
        vu.curseur.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND is_generated = 'NEVER' ORDER BY table_name, ordinal_position"
        )
    attendues, trouvees = set(tables_du_portail()), {}
    for table, colonne in vu.curseur.fetchall():
        if table in attendues:
            trouvees.setdefault(table, []).append(colonne)
    return trouvees


# --- a place to work --------------------------------------------------------------------------------------------------


@contextmanager
def dossier_de_travail() -> Iterator[Path]:
    """A private directory beside the database, erased at the end; those that a killed process left behind go first."""
    racine = Path(settings.VAR_DIR)
    for ancien in racine.glob(f"{_DOSSIER}*"):
        if est_abandonne(ancien / "verrou"):
            shutil.rmtree(ancien, ignore_errors=True)
    dossier = Path(tempfile.mkdtemp(prefix=_DOSSIER, dir=racine))
    try:
        with (dossier / "verrou").open("wb") as verrou:
            fcntl.flock(verrou, fcntl.LOCK_EX)
            yield dossier
    finally:
        shutil.rmtree(dossier, ignore_errors=True)


def est_abandonne(chemin: Path) -> bool:
    """Whether nobody holds this file any more: the kernel lets go of the lock of a process that dies, however it dies."""
    try:
        with chemin.open("rb") as fichier:
            fcntl.flock(fichier, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (FileNotFoundError, BlockingIOError):
        return False
    return True
