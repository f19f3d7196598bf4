"""Where a database is restored: built apart, looked at, and put in place at one stroke at the very end.

On PostgreSQL everything happens in one transaction: the tables of the portal are dropped, made again as they were when the
archive was made, filled by COPY, brought up to date, examined; killed at any moment, the database is what it was. On SQLite
the same is done on a file beside, then copied over the live one by the backup interface, whose copy is one transaction too.
"""

import fcntl
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from .. import declencheurs, declencheurs_cumuls, index_recherche
from .archive import Manifeste, Membre
from .bases import FICHIER_SQLITE, dossier_de_travail, fichiers_nommes, nommer, tables_du_portail
from .scelle import ArchiveRefusee

# What the portal never puts in its database: views, and triggers elsewhere than on the journal, once those of the kept
# sums and of the search are taken away.
_ETRANGERS = (
    "SELECT 1 FROM sqlite_master WHERE type = 'view' "
    "OR (type = 'trigger' AND tbl_name NOT IN ('projets_passage', 'projets_sceau'))"
)
_DEBUT = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND instr(name, ?) = 1"
CROISSANCE = ("sqlite", "postgresql")  # the one passage from a database to the other: a portal that outgrew its file
DEJA = "Une autre restauration est en cours : attendez qu’elle finisse."
VERROU = 0x63697465  # of the server, for machines that share it
TEMOINS = ("correspondants", "projets")  # a row in any table of theirs, and the target is not empty


class RestaurationRefusee(Exception):
    """What stands in the way is on the side of the target; ``str()`` says it in French. Nothing was changed."""


def tables_occupees() -> list[str]:
    """The tables of ours that hold something already."""
    presentes = set(connection.introspection.table_names())
    occupees = []
    with connection.cursor() as curseur:
        for app in TEMOINS:
            for modele in apps.get_app_config(app).get_models():
                table = modele._meta.db_table
                if table in presentes:
                    curseur.execute(f"SELECT 1 FROM {nommer(table)} LIMIT 1")  # noqa: S608
                    if curseur.fetchone():
                        occupees.append(table)
    return occupees


def anciens_fichiers() -> set[str]:
    """The files of the database that is going to be replaced; nothing when it has no tables, or not those we know."""
    try:
        with transaction.atomic(), connection.cursor() as curseur:
            return set(fichiers_nommes(curseur))
    except Exception:  # an older or a newer schema: its files are then left where they are
        return set()


def faites(manifeste: Manifeste, connues: Mapping[tuple[str, str], Migration]) -> set[tuple[str, str]]:
    """The migrations that the base of an archive had run, with those that sum up what it had run one by one."""
    dites = {(app, nom) for app, nom in manifeste.migrations}
    return dites | {cle for cle, une in connues.items() if une.replaces and dites.issuperset(une.replaces)}


def dernieres(chargeur: MigrationLoader, manifeste: Manifeste) -> list[tuple[str, str]]:
    """Where an empty database has to be taken to hold an archive: the last migration of each app that its base had run.

    An archive made halfway through the migrations that another one sums up needs them one by one: the graph of ``chargeur``
    is then made again without the summary.
    """
    passees = faites(manifeste, chargeur.disk_migrations)
    if any(cle not in passees and passees.intersection(une.replaces) for cle, une in chargeur.disk_migrations.items()):
        chargeur.replace_migrations = False
        chargeur.build_graph()
    graphe = chargeur.graph
    return sorted(
        noeud
        for noeud in passees
        if noeud in graphe.nodes
        and not any(enfant.key in passees and enfant.key[0] == noeud[0] for enfant in graphe.node_map[noeud].children)
    )


def refuser_l_inconnu(manifeste: Manifeste) -> None:
    """An archive of a newer portal, or of PostgreSQL where SQLite is, cannot be restored here. Raises RestaurationRefusee."""
    if manifeste.moteur != connection.vendor and (manifeste.moteur, connection.vendor) != CROISSANCE:
        raise RestaurationRefusee(
            f"Cette sauvegarde vient d’une base {manifeste.moteur}, et DATABASE_URL désigne une base {connection.vendor}."
        )
    connues = MigrationExecutor(connection).loader.disk_migrations
    inconnues = [f"{app}.{nom}" for app, nom in manifeste.migrations if (app, nom) not in connues]
    if inconnues:
        raise RestaurationRefusee(
            "Cette sauvegarde vient d’une version plus récente du portail, ou d’un autre : "
            f"migration inconnue {', '.join(inconnues[:3])}. Installez cette version, puis recommencez."
        )
    if manifeste.moteur != connection.vendor and faites(manifeste, connues) < set(connues):
        raise RestaurationRefusee(
            "Pour passer de SQLite à PostgreSQL, la sauvegarde doit être de cette version : restaurez-la d’abord sur SQLite, "
            "sauvegardez de nouveau, puis recommencez."
        )


@contextmanager
def seule() -> Iterator[None]:
    """One restoration at a time: two would take each other's files away. Raises RestaurationRefusee."""
    with (Path(settings.VAR_DIR) / ".restauration").open("w") as verrou:
        try:
            fcntl.flock(verrou, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as prise:
            raise RestaurationRefusee(DEJA) from prise
        yield


class Cible(ABC):
    """A database being rebuilt. While it is open, the default connection speaks to the one rebuilt."""

    def __init__(self, manifeste: Manifeste) -> None:
        self.manifeste = manifeste

    @abstractmethod
    def recevoir(self, membre: Membre) -> None: ...

    @abstractmethod
    def base_recue(self) -> None:
        """Every part came: the rows can be read."""

    def compter(self) -> None:
        """As many lines in each table as when the archive was made. Raises ArchiveRefusee."""
        with connection.cursor() as curseur:
            for table, dite in sorted(self.manifeste.tables.items()):
                curseur.execute(f"SELECT count(*) FROM {nommer(table)}")  # noqa: S608
                if (trouvees := curseur.fetchone()[0]) != dite["lignes"]:
                    raise ArchiveRefusee(
                        f"La table {table} a {trouvees} lignes, et la sauvegarde en annonce {dite['lignes']}."
                    )

    def mettre_a_jour(self) -> bool:
        """Runs the migrations written since; whether there were any."""
        executeur = MigrationExecutor(connection)
        en_retard = bool(executeur.migration_plan(executeur.loader.graph.leaf_nodes()))
        call_command("migrate", interactive=False, verbosity=0)
        declencheurs.poser(connection)
        declencheurs_cumuls.poser(connection)
        index_recherche.poser(connection)
        return en_retard


@contextmanager
def ouvrir(manifeste: Manifeste) -> Iterator[Cible]:
    """The target of the restoration; leaving without an exception puts the database in place."""
    if connection.vendor == "postgresql" and manifeste.moteur == "sqlite":
        with dossier_de_travail() as dossier, transaction.atomic(durable=True):
            yield _VersPostgreSQL(manifeste, dossier / "portail.sqlite3")
    elif connection.vendor == "postgresql":
        with transaction.atomic(durable=True):
            yield _PostgreSQL(manifeste)
    else:
        with dossier_de_travail() as dossier, _sqlite(manifeste, dossier / "portail.sqlite3") as cible:
            yield cible


class _FichierSqlite(Cible):
    """What an archive made on SQLite holds: its one file, written down at ``chemin`` as it comes."""

    def __init__(self, manifeste: Manifeste, chemin: Path) -> None:
        super().__init__(manifeste)
        self.chemin, self._fichier = chemin, chemin.open("wb")

    def recevoir(self, membre: Membre) -> None:
        if membre.table != FICHIER_SQLITE:
            raise ArchiveRefusee(f"La sauvegarde contient une table inconnue : {membre.table}.")
        self._fichier.write(membre.decomprimer())


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


class _PostgreSQL(Cible):
    def __init__(self, manifeste: Manifeste) -> None:
        super().__init__(manifeste)
        self._table, self._copie, self._curseur = "", None, None
        with connection.cursor() as curseur:
            curseur.execute("SELECT pg_try_advisory_xact_lock(%s)", [VERROU])
            if not curseur.fetchone()[0]:
                raise RestaurationRefusee(DEJA)
        presentes = set(connection.introspection.table_names())
        a_oter = sorted(presentes & (set(tables_du_portail()) | set(manifeste.tables)))
        with connection.cursor() as curseur:
            if a_oter:
                curseur.execute(f"DROP TABLE {', '.join(map(nommer, a_oter))} CASCADE")
            curseur.execute("DROP FUNCTION IF EXISTS journal_inalterable()")  # the first migrations make it anew
        self._faire_les_tables()

    def _faire_les_tables(self) -> None:
        """The tables as they were for the archive, empty: some migrations put lines of their own."""
        executeur = MigrationExecutor(connection)
        executeur.migrate(dernieres(executeur.loader, self.manifeste))
        presentes = set(connection.introspection.table_names())
        if manquantes := sorted(set(self.manifeste.tables) - presentes):
            raise ArchiveRefusee(f"La sauvegarde contient une table inconnue : {manquantes[0]}.")
        declencheurs.lever(connection)
        declencheurs_cumuls.lever(connection)  # put back by the update, which has everything counted again
        with connection.cursor() as curseur:
            curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")
            curseur.execute(f"TRUNCATE {', '.join(map(nommer, sorted(self.manifeste.tables)))} CASCADE")
            curseur.execute("SET CONSTRAINTS ALL DEFERRED")

    def recevoir(self, membre: Membre) -> None:
        if membre.table not in self.manifeste.tables:
            raise ArchiveRefusee(f"La sauvegarde contient une table inconnue : {membre.table}.")
        if membre.table != self._table:
            self._fermer_la_copie()
            self._table = membre.table
            colonnes = ", ".join(nommer(colonne) for colonne in self.manifeste.tables[membre.table]["colonnes"])
            self._curseur = connection.connection.cursor()
            self._copie = self._curseur.copy(f"COPY {nommer(membre.table)} ({colonnes}) FROM STDIN")
            self._flux = self._copie.__enter__()
        self._flux.write(membre.decomprimer())

    def _fermer_la_copie(self) -> None:
        if self._copie is not None:
            self._copie.__exit__(None, None, None)
            self._curseur.close()
            self._copie = None

    def base_recue(self) -> None:
        self._fermer_la_copie()
        with connection.cursor() as curseur:
            curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")  # every foreign key, now
            for cle, (dernier, servi) in sorted(self.manifeste.sequences.items()):
                table, _, colonne = cle.partition(".")
                curseur.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, %s)::regclass, %s, %s)",
                    [nommer(table), colonne, dernier, servi],
                )
        declencheurs.poser(connection)


def _examiner(chemin: Path) -> None:
    """The file of an archive is a sound database, with nothing in it that acts. Raises ArchiveRefusee."""
    with closing(sqlite3.connect(chemin)) as base:
        try:
            for debut in (declencheurs_cumuls.PREFIXE, index_recherche.INDEX):
                for (nom,) in base.execute(_DEBUT, [debut]).fetchall():
                    base.execute(f"DROP TRIGGER {nommer(nom)}")  # as it was then; the update puts ours back
            base.commit()
            if base.execute(_ETRANGERS).fetchone():
                raise ArchiveRefusee("La base de cette sauvegarde contient ce que le portail n’y met pas.")
            etat = base.execute("PRAGMA quick_check(1)").fetchone()[0]
            orphelins = base.execute("PRAGMA foreign_key_check").fetchone()
        except sqlite3.DatabaseError as erreur:
            raise ArchiveRefusee("La base de cette sauvegarde est illisible.") from erreur
    if etat != "ok" or orphelins:
        raise ArchiveRefusee("La base de cette sauvegarde est abîmée.")


# --- from SQLite to PostgreSQL -----------------------------------------------------------------------------------------


# How PostgreSQL reads what Django writes in SQLite, where it would not by itself; by the type of its column.
_LECTURES: dict[str, Callable[[Any], Any]] = {
    "boolean": bool,
    "timestamp with time zone": lambda texte: f"{texte}+00",
    "interval": lambda microsecondes: f"{microsecondes} microseconds",
}


class _VersPostgreSQL(_FichierSqlite, _PostgreSQL):
    """The tables of PostgreSQL filled, row by row, from the file of SQLite."""

    def base_recue(self) -> None:
        self._fichier.close()
        _examiner(self.chemin)
        with closing(sqlite3.connect(self.chemin)) as base:
            for table in sorted(self.manifeste.tables):
                self._copier(base, table)
            self.manifeste.sequences = {
                f"{table}.id": [dernier, True]
                for table, dernier in base.execute("SELECT name, seq FROM sqlite_sequence WHERE seq > 0")
                if "id" in self.manifeste.tables.get(table, {}).get("colonnes", ())
            }
        super().base_recue()

    def _copier(self, base: sqlite3.Connection, table: str) -> None:
        """One table. Raises ArchiveRefusee when PostgreSQL has not its columns."""
        with connection.cursor() as curseur:
            curseur.execute(
                "SELECT column_name, data_type FROM information_schema.columns "
                "WHERE table_schema = current_schema() AND table_name = %s AND is_generated = 'NEVER'",
                [table],
            )
            types = dict(curseur.fetchall())
        colonnes = self.manifeste.tables[table]["colonnes"]
        if inconnues := sorted(set(colonnes) - set(types)):
            raise ArchiveRefusee(f"La sauvegarde contient une colonne inconnue : {table}.{inconnues[0]}.")
        lectures = [_LECTURES.get(types[colonne]) for colonne in colonnes]
        noms = ", ".join(map(nommer, colonnes))
        lues = base.execute(f"SELECT {noms} FROM {nommer(table)}")  # noqa: S608
        with (
            connection.connection.cursor() as curseur,
            curseur.copy(f"COPY {nommer(table)} ({noms}) FROM STDIN") as copie,
        ):
            for ligne in lues:
                copie.write_row(
                    [
                        lire(valeur) if lire and valeur is not None else valeur
                        for lire, valeur in zip(lectures, ligne, strict=True)
                    ]
                )


# --- SQLite -----------------------------------------------------------------------------------------------------------


class _Sqlite(_FichierSqlite):
    def __init__(self, manifeste: Manifeste, chemin: Path) -> None:
        super().__init__(manifeste, chemin)
        self.vraie = connection.settings_dict["NAME"]

    def base_recue(self) -> None:
        self._fichier.close()
        _examiner(self.chemin)
        connection.close()
        connection.settings_dict["NAME"] = self.chemin

    def revenir(self) -> None:
        self._fichier.close()
        connection.close()
        connection.settings_dict["NAME"] = self.vraie

    def mettre_en_place(self) -> None:
        """Over the live database, in one transaction: whoever has it open sees the one, then the other."""
        with closing(sqlite3.connect(self.chemin, isolation_level=None)) as base:
            base.execute("PRAGMA journal_mode=DELETE")
            connection.ensure_connection()
            try:
                base.backup(connection.connection)
            except (sqlite3.OperationalError, OperationalError) as erreur:
                raise RestaurationRefusee(
                    "La base ne se laisse pas remplacer : arrêtez le portail et ses tâches, puis recommencez."
                ) from erreur
        connection.close()


@contextmanager
def _sqlite(manifeste: Manifeste, chemin: Path) -> Iterator[_Sqlite]:
    cible = _Sqlite(manifeste, chemin)
    try:
        yield cible
    finally:
        cible.revenir()
    cible.mettre_en_place()
