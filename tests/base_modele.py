"""The database of the tests, made by the migrations once and copied after that: to each process, and after each test that commits.

The copy is kept under ``var/tests`` by the fingerprint of all that makes it (migrations, models, fixtures, versions, day), so
that a run of three tests does not pay for the migrations either; ``outils/tests.sh`` throws it away first, hence proves them.

On PostgreSQL this is only done on a server of one's own (``outils/avec_postgresql.py``): emptying tables under the constraints
asks for a superuser, and the model is a database more.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.base.creation import BaseDatabaseCreation
from django.test import TransactionTestCase

from outils.avec_postgresql import JETABLE, binaires

RACINE = settings.BASE_DIR
DOSSIER = RACINE / "var" / "tests"
RESTEES = DOSSIER / "sessions-restees"  # ``outils/tests.sh`` shows it
SOURCES = (
    "*/migrations/*.py", "*/models/*.py", "*/models.py", "*/apps.py", "*/enums*.py", "projets/chaine.py",
    "projets/declencheurs*.py", "cite_educative/settings/*.py", "fixtures/*.json", "requirements/test.txt", "tests/base_modele.py",
    "tests/fabriques.py", "projets/index_recherche.py",
)  # fmt: skip
PATIENCE = 100  # tries, a quarter of a second apart, to write over a database that another thread still holds


def empreinte() -> str:
    """What the database depends on, the day included: a fixture may date a row."""
    somme = hashlib.sha256(date.today().isoformat().encode())  # noqa: DTZ011
    for motif in SOURCES:
        for fichier in sorted(RACINE.glob(motif)):
            somme.update(f"{fichier.relative_to(RACINE)}\0".encode() + fichier.read_bytes())
    return somme.hexdigest()[:16]


@contextlib.contextmanager
def verrou() -> Iterator[None]:
    """One process makes the model, the others wait for it."""
    DOSSIER.mkdir(parents=True, exist_ok=True)
    with (DOSSIER / f"{connection.vendor}.verrou").open("w") as fichier:
        fcntl.flock(fichier, fcntl.LOCK_EX)
        yield


def garder(nouveau: Path, modele: Path) -> None:
    """The model takes its name once whole; those of yesterday go."""
    for ancien in DOSSIER.glob(f"*{modele.suffix}"):
        ancien.unlink()
    nouveau.rename(modele)


class ModeleSQLite:
    """A file."""

    def __init__(self) -> None:
        self.fichier = DOSSIER / f"{empreinte()}.sqlite3"

    def existe(self) -> bool:
        return self.fichier.exists()

    def prendre(self, nom: str) -> None:
        nouveau = self.fichier.with_suffix(f".{os.getpid()}")
        with contextlib.closing(sqlite3.connect(nom)) as base:
            base.execute("VACUUM INTO ?", [str(nouveau)])
        garder(nouveau, self.fichier)

    def copier(self, nom: str) -> None:
        shutil.copyfile(self.fichier, nom)

    def photographier(self) -> None:
        """A copy of one's own: another run may throw the model away."""
        self.copie = Path(settings.VAR_DIR) / "modele.sqlite3"
        shutil.copyfile(self.fichier, self.copie)

    def remettre(self) -> None:
        essais = 0

        def patienter(*_: int) -> None:
            nonlocal essais
            essais += 1
            if essais > PATIENCE:
                raise TimeoutError("La base reste prise par un autre fil : elle ne peut pas être remise en état.")

        connection.ensure_connection()
        with contextlib.closing(sqlite3.connect(self.copie)) as source:
            source.backup(connection.connection, progress=patienter)


class ModelePostgreSQL:
    """A dump, and in each server a database that others are made from."""

    def __init__(self) -> None:
        self.cle = empreinte()
        self.fichier = DOSSIER / f"{self.cle}.sql"

    def existe(self) -> bool:
        return self.fichier.exists()

    def _outil(self, programme: str, base: str, *arguments: str) -> None:
        adresse = ["--host", settings.DATABASES["default"]["HOST"], "--username", "postgres", "--dbname", base]
        subprocess.run([str(binaires() / programme), *adresse, *arguments], check=True, stdout=subprocess.DEVNULL)

    def prendre(self, nom: str) -> None:
        nouveau = self.fichier.with_suffix(f".{os.getpid()}")
        self._outil("pg_dump", nom, "--file", str(nouveau))
        garder(nouveau, self.fichier)

    def verser(self, base: str) -> None:
        """Into a database that is empty."""
        options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
        self._outil("psql", base, *options, "--file", str(self.fichier))

    def copier(self, nom: str) -> None:
        modele = f"modele_{self.cle}"
        with connection.creation._nodb_cursor() as curseur:
            curseur.execute("SELECT 1 FROM pg_database WHERE datname = %s", [modele])
            if curseur.fetchone() is None:
                curseur.execute(f"CREATE DATABASE {modele}")
                self.verser(modele)
            curseur.execute(f'DROP DATABASE IF EXISTS "{nom}"')
            curseur.execute(f'CREATE DATABASE "{nom}" TEMPLATE {modele} STRATEGY file_copy')

    def photographier(self) -> None:
        self.tables = sorted(connection.introspection.table_names())
        self.lignes: dict[str, bytes] = {}
        with connection.cursor():
            for table in self.tables:
                with connection.connection.cursor().copy(f'COPY "{table}" TO STDOUT (FORMAT binary)') as copie:
                    self.lignes[table] = b"".join(copie)
        pleines = self._pleines()
        self.lignes = {table: octets for table, octets in self.lignes.items() if table in pleines}

    def _pleines(self) -> set[str]:
        requete = " UNION ALL ".join(f"SELECT '{t}' WHERE EXISTS (SELECT 1 FROM \"{t}\")" for t in self.tables)
        with connection.cursor() as curseur:
            curseur.execute(requete)
            return {table for (table,) in curseur.fetchall()}

    def remettre(self) -> None:
        with transaction.atomic(), connection.cursor() as curseur:
            # Neither foreign keys nor the triggers of the journal, for this transaction alone.
            curseur.execute("SET LOCAL session_replication_role = replica")
            for table in self._pleines():
                curseur.execute(f'DELETE FROM "{table}"')
            for table, octets in self.lignes.items():
                with connection.connection.cursor().copy(f'COPY "{table}" FROM STDIN (FORMAT binary)') as copie:
                    copie.write(octets)

    def laisser(self) -> None:
        """The server is thrown away with its databases: none is dropped, which a session still there would forbid. Such a
        session is said, with what it asked last: some thread ended without giving its connection back."""
        nom = connection.settings_dict["NAME"]
        connection.close()
        connection.close_pool()
        for _ in range(PATIENCE // 2):  # one that was just closed takes a moment to go
            with connection.creation._nodb_cursor() as curseur:
                curseur.execute("SELECT state, state_change, query FROM pg_stat_activity WHERE datname = %s", [nom])
                restees = curseur.fetchall()
            if not restees:
                return
            time.sleep(0.1)
        with RESTEES.open("a") as fichier:
            for etat, depuis, requete in restees:
                fichier.write(f"Session restée ouverte sur {nom} : {etat} depuis {depuis}, {requete}\n")


def modele() -> ModeleSQLite | ModelePostgreSQL | None:
    if connection.vendor == "sqlite":
        return ModeleSQLite()
    return ModelePostgreSQL() if os.environ.get(JETABLE) else None


@contextlib.contextmanager
def base_copiee(patch: Any) -> Iterator[None]:
    """Inside, Django makes its test database by a copy when there is one, and puts it back after each test that commits."""
    original = modele()
    if original is None:
        yield
        return
    veritable = BaseDatabaseCreation.create_test_db

    def create_test_db(creation: Any, *args: object, **options: Any) -> str:
        from . import fabriques  # the models: not before Django is set up

        nom = creation._get_test_db_name()
        with verrou():
            if original.existe():
                original.copier(str(nom))
                creation.connection.close()
                settings.DATABASES["default"]["NAME"] = creation.connection.settings_dict["NAME"] = nom
            else:
                veritable(creation, *args, **{**options, "serialize": False})
                fabriques.charger_appel()
                connection.close()
                original.prendre(str(nom))
            original.photographier()
        return nom

    patch.setattr(BaseDatabaseCreation, "create_test_db", create_test_db)
    patch.setattr(TransactionTestCase, "_fixture_teardown", lambda cas: original.remettre())
    if isinstance(original, ModelePostgreSQL):
        patch.setattr(BaseDatabaseCreation, "destroy_test_db", lambda *_, **__: original.laisser())
    yield


if __name__ == "__main__":  # outils/tests.sh has the model made while it checks the form of the code
    import django
    import pytest

    django.setup()
    debut = time.monotonic()
    with pytest.MonkeyPatch.context() as patch, base_copiee(patch):
        nom = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    print(f"Base des tests ({connection.vendor}) : {nom}, en {time.monotonic() - debut:.0f} s")  # noqa: T201
