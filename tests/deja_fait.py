"""What a factory has already made on the same database is put back row for row, instead of being played again.

A project « inscrit » is a tenth of a second of real workflow; a thousand tests begin by asking for it. The first two calls are
played; from the third on, the rows that the second one wrote are written. It is the same result, not a lighter one: the memory
is used only when the test has written nothing else before (the database counts what was written), at the real hour, under the
settings of all the tests, and inside the transaction of one test. In any other case the factory is played.
``SANS_DEJA_FAIT=1`` plays them all, always.
"""

import functools
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import time_machine
from django.apps import apps
from django.conf import UserSettingsHolder, settings
from django.db import connection, models
from django.test import TestCase

from projets import index_recherche
from projets.declencheurs_cumuls import MARQUES

Cle = tuple[Any, ...]


@dataclass
class Fait:
    """What one call wrote, and gave back."""

    retires: dict[str, list[Any]] = field(default_factory=dict)
    ajoutes: dict[str, list[Any]] = field(default_factory=dict)
    fichiers: list[tuple[models.FileField, str, bytes]] = field(default_factory=list)
    rendu: tuple[Any, ...] | None = (
        None  # where to find again what it gave back: a model and a key, or a tuple of these
    )


SANS_MEMOIRE = bool(os.environ.get("SANS_DEJA_FAIT"))
DEMANDES: Counter[Cle] = Counter()
FAITS: dict[Cle, Fait] = {}


class Etat:
    """Where the test in progress stands: the calls made since the common database, and the writings counted after them."""

    chemin: Cle = ()
    ecritures = -1
    en_cours = False


def ecritures() -> int:
    """Rows written so far, as the database counts them."""
    if connection.vendor == "sqlite":
        return connection.connection.total_changes
    with connection.cursor() as curseur:
        curseur.execute("SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables")
        return int(curseur.fetchone()[0])


def debut_de_test() -> None:
    Etat.chemin, Etat.ecritures, Etat.en_cours = (), ecritures(), False


def connu() -> bool:
    """Whether the database is the common one, plus the calls of ``Etat.chemin``, and nothing else."""
    return (
        len(connection.atomic_blocks) == 1
        and not time_machine.escape_hatch.is_travelling()
        and not isinstance(settings._wrapped, UserSettingsHolder)
        and ecritures() == Etat.ecritures
    )


def cle_de(valeur: Any) -> Any:
    if isinstance(valeur, models.Model):
        return type(valeur), valeur.pk
    hash(valeur)  # TypeError: the call cannot be told from another
    return valeur


def tables() -> dict[str, list[str]]:
    """Columns by table, those of the database's own left aside, and those of an index that follows the rows by itself."""
    if not TABLES:
        with connection.cursor() as curseur:
            for table in connection.introspection.table_names(curseur):
                if table.startswith(index_recherche.INDEX):
                    continue
                TABLES[table] = [c.name for c in connection.introspection.get_table_description(curseur, table)]
    return TABLES


TABLES: dict[str, list[str]] = {}


def photographie() -> dict[str, set[Any]]:
    """Every row of every table, as the database itself writes it."""
    lignes = {}
    with connection.cursor() as curseur:
        for table, colonnes in tables().items():
            if connection.vendor == "sqlite":  # « + »: the value as it is stored, before any conversion
                curseur.execute('SELECT {} FROM "{}"'.format(", ".join(f'+"{c}"' for c in colonnes), table))
                lignes[table] = set(curseur.fetchall())
            else:
                curseur.execute(f'SELECT t::text FROM "{table}" t')
                lignes[table] = {ligne for (ligne,) in curseur.fetchall()}
    return lignes


def ecrire(fait: Fait) -> None:
    with connection.cursor() as curseur:
        curseur.execute(f"SELECT coalesce(max(id), 0) FROM {MARQUES}")
        (derniere,) = curseur.fetchone()
        marques = {table for table in (*fait.retires, *fait.ajoutes) if table == MARQUES}
        _ecrire_les_lignes(curseur, fait, {*fait.retires, *fait.ajoutes} - marques)
        # The triggers saw these rows as they saw those of the factory: what they left is put back with the rest.
        curseur.execute(f"DELETE FROM {MARQUES} WHERE id > %s", [derniere])
        _ecrire_les_lignes(curseur, fait, marques)
    for champ, nom, octets in fait.fichiers:
        chemin = Path(champ.storage.path(nom))
        if not chemin.exists() or chemin.read_bytes() != octets:
            chemin.parent.mkdir(parents=True, exist_ok=True)
            chemin.write_bytes(octets)


def _ecrire_les_lignes(curseur: Any, fait: Fait, voulues: set[str]) -> None:
    for table, lignes in fait.retires.items():
        if table not in voulues:
            continue
        if connection.vendor == "sqlite":
            condition = " AND ".join(f'"{c}" IS ?' for c in tables()[table])
            connection.connection.executemany(f'DELETE FROM "{table}" WHERE {condition}', lignes)
        else:
            curseur.execute(f'DELETE FROM "{table}" t WHERE t::text = ANY(%s)', [lignes])
    for table, lignes in fait.ajoutes.items():
        if table not in voulues:
            continue
        if connection.vendor == "sqlite":
            colonnes = ", ".join(f'"{c}"' for c in tables()[table])
            places = ", ".join("?" * len(tables()[table]))
            connection.connection.executemany(f'INSERT INTO "{table}" ({colonnes}) VALUES ({places})', lignes)
        else:
            curseur.execute(f'INSERT INTO "{table}" SELECT (x::"{table}").* FROM unnest(%s::text[]) x', [lignes])


def fichiers_de(nouveaux: Iterable[str]) -> Iterable[tuple[models.FileField, str, bytes]]:
    for modele in apps.get_models():
        for champ in modele._meta.concrete_fields:
            if isinstance(champ, models.FileField) and modele._meta.db_table in nouveaux:
                for nom in modele._base_manager.exclude(**{champ.name: ""}).values_list(champ.name, flat=True):
                    if nom:
                        yield champ, nom, Path(champ.storage.path(nom)).read_bytes()


def place_de(rendu: Any) -> tuple[Any, ...] | None:
    if isinstance(rendu, tuple):
        return tuple(map(place_de, rendu))
    return None if rendu is None else (type(rendu), rendu.pk)


def reprendre(place: tuple[Any, ...] | None) -> Any:
    if place is None:
        return None
    if isinstance(place[0], type):
        return place[0]._base_manager.get(pk=place[1])
    return tuple(map(reprendre, place))


def jouer(fabrique: Callable[..., Any], args: tuple, kwargs: dict, *, retenir: Cle | None) -> Any:
    """The call itself; ``retenir``: and what it wrote is remembered under that key."""
    Etat.en_cours = True
    try:
        avant = photographie() if retenir else {}
        rendu = fabrique(*args, **kwargs)
    finally:
        Etat.en_cours = False
    if retenir:
        apres, fait = photographie(), Fait()
        for table, lignes in apres.items():
            if perdues := avant[table] - lignes:
                fait.retires[table] = list(perdues)
            if neuves := lignes - avant[table]:
                fait.ajoutes[table] = sorted(neuves, key=repr)
        fait.fichiers = list(fichiers_de(fait.ajoutes))
        fait.rendu = place_de(rendu)
        FAITS[retenir] = fait
    return rendu


def retenu(fabrique: Callable[..., Any]) -> Callable[..., Any]:
    """Remembers what a factory makes; it gives back a row, several, or nothing."""

    @functools.wraps(fabrique)
    def appeler(*args: Any, **kwargs: Any) -> Any:
        if SANS_MEMOIRE or Etat.en_cours or not connection.in_atomic_block or not connu():
            return fabrique(*args, **kwargs)
        try:
            appel = (fabrique.__name__, *map(cle_de, args), *((nom, cle_de(v)) for nom, v in sorted(kwargs.items())))
        except TypeError:
            return fabrique(*args, **kwargs)
        cle = (*Etat.chemin, appel)
        DEMANDES[cle] += 1
        if fait := FAITS.get(cle):
            ecrire(fait)
            rendu = reprendre(fait.rendu)
        else:
            rendu = jouer(fabrique, args, kwargs, retenir=cle if DEMANDES[cle] > 1 else None)
        Etat.chemin, Etat.ecritures = cle, ecritures()
        return rendu

    return appeler


def suivre_les_tests(patch: Any) -> None:
    """Each test that rolls back starts from the common database."""
    commencer = TestCase._fixture_setup.__func__

    def _fixture_setup(cas: Any) -> None:
        commencer(cas)
        connection.ensure_connection()
        debut_de_test()

    patch.setattr(TestCase, "_fixture_setup", classmethod(_fixture_setup))
