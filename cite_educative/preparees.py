"""Queries that the ORM writes once per process and that are then run with other values.

Making a queryset of some depth costs the CPU of fifty rows; what it writes is the same each time but for a few values. A right
is never in what is kept: who asks is one of the values, or part of the key under which the caller keeps the query.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import NotSupportedError, connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

Valeur = int | str | date | datetime


_GRAND = 2**63  # PostgreSQL's own integers
_PLACE = re.compile(r"%%|%s")


class RequeteInstable(Exception):
    """A query whose text, or a value that was not declared, is not the same from one writing to the next."""


class Preparee:
    """The query of ``construire(*valeurs)``, a ``values_list``, written once: ``lire(*valeurs)`` gives its rows.

    ``exemples`` are values of the types that will come (int within a small integer, str, date, datetime): each must reach the
    query as a parameter of its own. Written twice with different witnesses, so that no constant is taken for one of them and
    no value is frozen that should not be: raises RequeteInstable.
    """

    def __init__(self, construire: Callable[..., QuerySet], *exemples: Valeur, entieres: bool = False) -> None:
        self.sql = ""  # stays so when nothing can ever answer
        try:
            ecrites = [
                self._ecrire(construire, [_temoin(e, rang, tour) for rang, e in enumerate(exemples)]) for tour in (0, 1)
            ]
        except EmptyResultSet:
            return
        (sql, parametres, compilateur, temoins), (autre_sql, autres, _, autres_temoins) = ecrites
        if sql != autre_sql or len(parametres) != len(autres):
            raise RequeteInstable(sql)
        self.places: list[int | None] = []
        for valeur, autre in zip(parametres, autres, strict=True):
            place = next(
                (
                    r
                    for r, (un, deux) in enumerate(zip(temoins, autres_temoins, strict=True))
                    if (valeur, autre) == (un, deux)
                ),
                None,
            )
            if place is None and valeur != autre:
                raise RequeteInstable(f"{valeur} / {autre} : {sql}")
            self.places.append(place)
        if oubliees := set(range(len(exemples))) - set(self.places):
            raise RequeteInstable(f"valeurs {oubliees} : {sql}")
        self.sql, self.fixes = sql, list(parametres)
        if connection.vendor == "postgresql":
            self._figer()
        colonnes = [colonne for colonne, *_ in compilateur.select[: compilateur.col_count]]
        # What a converter asks of its column; the column itself holds the whole query that it was made from.
        self.convertisseurs = {
            rang: (convertisseurs, SimpleNamespace(output_field=colonne.output_field))
            for rang, (convertisseurs, colonne) in compilateur.get_converters(colonnes).items()
        }
        if entieres:  # rows of a model (see ``Objets``)
            self.plan = _plan(compilateur)
            self.types = [colonne.output_field for colonne, *_ in compilateur.select]

    def _figer(self) -> None:
        """What never changes becomes part of the text: a plan that is kept is made for it, with the partial indexes it allows."""
        dites = [
            None if place is not None else connection.ops.compose_sql("%s", [fixe]).replace("%", "%%")
            for place, fixe in zip(self.places, self.fixes, strict=True)
        ]
        suite = iter(dites)
        self.sql = _PLACE.sub(lambda trouve: _dite(trouve[0], suite), self.sql)
        self.places = [place for place in self.places if place is not None]
        self.fixes = [None] * len(self.places)

    @staticmethod
    def _ecrire(
        construire: Callable[..., QuerySet], temoins: Sequence[Valeur]
    ) -> tuple[str, tuple[Any, ...], Any, list[Any]]:
        requete = construire(*temoins).query
        compilateur = requete.get_compiler(connection=connection)
        sql, parametres = compilateur.as_sql()
        return sql, tuple(parametres), compilateur, [_adaptee(temoin) for temoin in temoins]

    def texte(self, *valeurs: Valeur) -> tuple[str, list[Any]]:
        """The SQL and its parameters, to be put inside another query."""
        adaptees = [_adaptee(valeur) for valeur in valeurs]
        return self.sql, [
            fixe if place is None else adaptees[place] for place, fixe in zip(self.places, self.fixes, strict=True)
        ]

    def lire(self, *valeurs: Valeur) -> list[tuple[Any, ...]]:
        if not self.sql:
            return []
        return self.convertir(executer(*self.texte(*valeurs)))

    def convertir(self, lignes: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """Rows of this query as the ORM would give them, when they were read inside another one."""
        return (
            [tuple(self._convertie(ligne)) for ligne in lignes] if self.convertisseurs else [tuple(un) for un in lignes]
        )

    def _convertie(self, ligne: Sequence[Any]) -> list[Any]:
        valeurs = list(ligne)
        for rang, (convertisseurs, colonne) in self.convertisseurs.items():
            for convertir in convertisseurs:
                valeurs[rang] = convertir(valeurs[rang], colonne, connection)
        return valeurs


class Objets:
    """The query of ``construire(*valeurs)``, a queryset of whole rows, written at its first reading (see ``Preparee``).

    What ``select_related`` and ``annotate`` bring comes with each row; what ``prefetch_related`` would, does not.
    """

    def __init__(self, construire: Callable[..., QuerySet], *exemples: Valeur) -> None:
        self.construire, self.exemples = construire, exemples
        self.preparee: Preparee | None = None

    def lire(self, *valeurs: Valeur, **lies: Model) -> list[Any]:
        """The rows; ``lies`` are objects known already that each of them points to, by name of field."""
        if self.preparee is None:
            self.preparee = Preparee(self.construire, *self.exemples, entieres=True)
        lignes = self.preparee.lire(*valeurs)
        return [self._objet(ligne, lies) for ligne in lignes]

    def _objet(self, ligne: tuple[Any, ...], lies: dict[str, Model]) -> Model:
        """As the ORM makes it (``ModelIterable``)."""
        modele, debut, fin, champs, suivants, annotations = self.preparee.plan
        objet = modele.from_db(connection.alias, champs, ligne[debut:fin])
        for suivant in suivants:
            suivant.populate(ligne, objet)
        for nom, place in annotations.items():
            setattr(objet, nom, ligne[place])
        for nom, lie in lies.items():
            setattr(objet, nom, lie)
        return objet


def _plan(compilateur: Any) -> tuple[Any, ...]:
    """What a row is made of: its model, where its columns begin and end, their names, what comes with it, its annotations."""
    classe, colonnes = compilateur.klass_info, compilateur.select
    debut, fin = classe["select_fields"][0], classe["select_fields"][-1] + 1
    champs = [colonne[0].target.attname for colonne in colonnes[debut:fin]]
    suivants = get_related_populators(classe, colonnes, connection.alias)
    return classe["model"], debut, fin, champs, suivants, compilateur.annotation_col_map or {}


def _dite(trouve: str, suite: Iterator[str | None]) -> str:
    """A place of the text: what it always holds, or itself."""
    dite = None if trouve == "%%" else next(suite)
    return trouve if dite is None else dite


def executer(sql: str, valeurs: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a query whose text comes back often.

    On PostgreSQL the server prepares it, once for a connection, then is given the values alone: making the plan of a query over
    fifteen tables costs more than following it (``DB_PREPARER`` in the settings). Raises DatabaseError.
    """
    try:
        return _executer(sql, valeurs)
    except NotSupportedError:  # a migration changed a column that a kept plan gives
        if not _preparer() or connection.in_atomic_block:
            raise
        with connection.cursor() as curseur:
            curseur.execute("DEALLOCATE ALL")
        return _executer(sql, valeurs)


def _executer(sql: str, valeurs: Sequence[Any]) -> list[tuple[Any, ...]]:
    with _curseur() as curseur:
        curseur.execute(sql, _typees(valeurs))
        return curseur.fetchall()


@cache
def _classe_de_curseur() -> type:
    """psycopg's cursor whose values the server puts in their places; it only comes with PostgreSQL."""

    class Curseur(connection.Database.Cursor):
        def execute(self, query: str, params: Sequence[Any] | None = None, **options: Any) -> Any:
            try:
                return super().execute(query, params, **options)
            finally:
                if connection.queries_logged:  # Django reads there what was asked, values included
                    self._query = SimpleNamespace(query=connection.ops.compose_sql(query, params).encode())

    return Curseur


def _curseur() -> Any:
    """Django's cursor, but for who puts the values in their places: the server, when it may keep the query."""
    if not _preparer():
        return connection.cursor()
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return connection._prepare_cursor(_classe_de_curseur()(connection.connection))


def _typees(valeurs: Sequence[Any]) -> Sequence[Any]:
    """Each integer of the same type, however small it is: the type of a value is part of what the server keeps."""
    if not _preparer():
        return valeurs
    entier = connection.Database.types.numeric.Int8
    return [entier(valeur) if type(valeur) is int and -_GRAND < valeur < _GRAND else valeur for valeur in valeurs]


def _preparer() -> bool:
    return connection.vendor == "postgresql" and bool(connection.settings_dict["OPTIONS"].get("prepare_threshold"))


def _temoin(exemple: Valeur, rang: int, tour: int) -> Valeur:
    """A value of the type of ``exemple`` that no query holds."""
    if isinstance(exemple, datetime):
        return datetime(1901 + tour, 1 + rang // 28, 1 + rang % 28, 3, 4, 5, 678901, tzinfo=UTC)
    if isinstance(exemple, date):
        return date(1901 + tour, 1 + rang // 28, 1 + rang % 28)
    return f"\ue000{tour}.{rang}" if isinstance(exemple, str) else 32_000 - 2 * rang - tour


def _adaptee(valeur: Valeur) -> Any:
    """As the ORM gives it to the database."""
    if isinstance(valeur, datetime):
        return connection.ops.adapt_datetimefield_value(valeur)
    return connection.ops.adapt_datefield_value(valeur) if isinstance(valeur, date) else valeur


def reunir(parts: Sequence[tuple[str, Sequence[Any]]]) -> list[tuple[Any, ...]]:
    """The rows of several queries of the same columns, read at once, each after the rank of its query."""
    if not parts:
        return []
    sql = " UNION ALL ".join(
        f"SELECT {rang}, u{rang}.* FROM ({texte}) u{rang}"  # noqa: S608 -- written by the ORM
        for rang, (texte, _) in enumerate(parts)
    )
    return [tuple(ligne) for ligne in executer(sql, [un for _, parametres in parts for un in parametres])]


def completer(cles: Sequence[int], taille: int) -> list[int]:
    """As many keys as the query has places: the last one again, or none that exists."""
    return [*cles, *[cles[-1] if cles else 0] * (taille - len(cles))]
