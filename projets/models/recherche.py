# ruff: noqa: S608 -- names that are constants
"""Looking for words in projects, by the index that the database keeps (``index_recherche``, or the trigrams of PostgreSQL)."""

from collections.abc import Iterable
from typing import Any, Self, TypeVar

from django.db import connection, models
from django.db.models import Q
from django.db.models.expressions import OrderBy, RawSQL

from correspondants.models import cle_de_nom

from .. import index_recherche

_INDEX, _RANGS = index_recherche.INDEX, index_recherche.RANGS
_TROUVES = (
    f"SELECT r.projet AS id FROM {_INDEX} CROSS JOIN {_RANGS} r ON r.rang = {_INDEX}.rowid WHERE {_INDEX} MATCH %s"
)
_DEPOSES_TROUVES = f"SELECT rowid FROM {_INDEX} WHERE {_INDEX} MATCH %s AND rowid > {index_recherche.DEPOSES}"
# SQL of two moments, both included, and the parameters of either.
Bornes = tuple[tuple[str, str], list[Any]]
M = TypeVar("M", bound=models.Model)


def cherche_des_debuts(texte: str) -> bool:
    """Whether some of these words are so short that they are looked for at the beginning of words only."""
    return any(len(mot) < index_recherche.LETTRES for mot in cle_de_nom(texte).split())


def est_dans_l_index(texte: str) -> bool:
    """Whether an index apart finds what holds these words, in the order of the deposits."""
    return bool(cle_de_nom(texte).split()) and index_recherche.est_en_service(connection)


def trouves_par_l_index(texte: str) -> tuple[str, list[Any]] | None:
    """The query, and its parameters, of the keys (``id``) that an index apart finds. None: there is no such index, or no word."""
    return _trouves(texte) if est_dans_l_index(texte) else None


def deposes_trouves(texte: str) -> tuple[str, list[Any]] | None:
    """The query, and its parameters, of the deposited rows that an index apart finds: their numbers there, without reading them.
    None: there is no such index, or no word."""
    return (_DEPOSES_TROUVES, [_formule(texte)]) if est_dans_l_index(texte) else None


def compter_les_deposes(texte: str, borne: int) -> int | None:
    """How many deposited rows hold every word, ``borne`` at most, as an index apart tells without reading them."""
    if not (trouves := deposes_trouves(texte)):
        return None
    with connection.cursor() as curseur:
        curseur.execute(f"SELECT COUNT(*) FROM ({trouves[0]} LIMIT {int(borne)}) c", trouves[1])
        return curseur.fetchone()[0]


def ordre_des_depots(*, recule: bool = False) -> tuple[OrderBy]:
    """The order of ``dans_l_ordre_des_depots``, which is that of the deposits, then of the keys."""
    return (OrderBy(RawSQL(f"{_INDEX}.rowid", []), descending=recule),)  # noqa: S611


def lies_aux_trouves(
    modele: type[models.Model], texte: str, liens: str, alias: str, entre: Bornes | None = None
) -> tuple[str, list[Any]]:
    """What follows « FROM » to read the rows of another table whose column ``liens`` is the key of a row of ``modele`` that
    holds every word, as they are found: a bound stops there, however many answer. ``entre``: an index apart looks nowhere else
    than among those deposited between two moments."""
    table = liens.partition(".")[0]
    if est_dans_l_index(texte):
        (sql, parametres), jointure = _trouves(texte, entre), "CROSS JOIN"  # in this order
    else:
        mots = cle_de_nom(texte).split()
        cles = modele._default_manager.get_queryset()._qui_contiennent(mots).order_by().values("pk")
        (sql, parametres), jointure = cles.query.sql_with_params(), "JOIN"
        sql, parametres = f"SELECT pk AS id FROM ({sql}) c" if ' AS "pk"' in sql else sql, list(parametres)
    return f"({sql}) trouves {jointure} {table} {alias} ON {alias}.{liens.partition('.')[2]} = trouves.id", parametres


def _trouves(texte: str, entre: Bornes | None = None) -> tuple[str, list[Any]]:
    if not entre:
        return _TROUVES, [_formule(texte)]
    (de, a), parametres = entre
    debut, fin = (index_recherche.rang_au_plus_tot(moment, "%%s") for moment in (f"({de})", f"({a})"))
    sql = f"{_TROUVES} AND {_INDEX}.rowid >= {debut} AND {_INDEX}.rowid < {fin} + {index_recherche.PLACES}"
    return sql, [_formule(texte), *parametres * 4]  # each moment is read twice


def _formule(texte: str) -> str:
    return index_recherche.formule(cle_de_nom(texte).split())


class RechercheQuerySet(models.QuerySet[M]):
    """Of a model whose column ``recherche`` holds what is looked into: no accent, no case, no punctuation.

    A word of one or two letters is looked for at the beginning of words: anywhere, it would find nearly everything, and no
    index knows it.
    """

    def chercher(self, texte: str) -> Self:
        """Projects whose number, title, structure or summary hold every word, without regard to accents or case."""
        if est_dans_l_index(texte):
            return self.filter(pk__in=RawSQL(_TROUVES, [_formule(texte)]))  # noqa: S611
        return self.chercher_un_a_un(texte)

    def cles_trouvees(self, texte: str, entre: Bornes | None = None) -> Any:
        """Keys of what ``chercher`` finds among all rows, to be put after « in » in another query: no row is read for them
        when the index has them all. ``entre``: as in ``lies_aux_trouves``."""
        if est_dans_l_index(texte):
            return RawSQL(*_trouves(texte, entre))  # noqa: S611
        return self.chercher_un_a_un(texte).order_by().values("pk")

    def en_trouve_plus(self, texte: str, seuil: int) -> bool:
        """Whether more than that many deposited rows hold every word: one query, that stops there."""
        nombre = compter_les_deposes(texte, seuil + 1)
        return (self.chercher_un_a_un(texte).order_by()[: seuil + 1].count() if nombre is None else nombre) > seuil

    def chercher_un_a_un(self, texte: str) -> Self:
        """The same, read project after project: for a page of an ordered list, when very many answer."""
        return self._qui_contiennent(cle_de_nom(texte).split())

    def dans_l_ordre_des_depots(self, texte: str) -> Self:
        """The same, walked in the index itself (``est_dans_l_index`` said yes) to be put in the order ``ordre_des_depots``: no more
        rows are read than the page asks for."""
        # The « + » leave one way only to go: the index, the number, the project.
        table = self.model._meta.db_table
        return self.extra(  # noqa: S610 -- no other way to join tables that are no model's
            tables=[_INDEX, _RANGS],
            where=[f"{_INDEX} MATCH %s", f"{_RANGS}.rang = +{_INDEX}.rowid", f"{table}.id = +{_RANGS}.projet"],
            params=[_formule(texte)],
        )

    def chercher_pour_compter(self, texte: str) -> Self:
        """The same, given as they are found: a count to a bound stops there."""
        return self.dans_l_ordre_des_depots(texte) if est_dans_l_index(texte) else self.chercher_un_a_un(texte)

    def recents_qui_contiennent(self, texte: str) -> Self:
        """The same, the last deposited first, the drafts last."""
        if est_dans_l_index(texte):
            return self.dans_l_ordre_des_depots(texte).order_by(*ordre_des_depots(recule=True))
        return self.chercher_un_a_un(texte).order_by("-depose_le", "-pk")

    def _qui_contiennent(self, mots: Iterable[str]) -> Self:
        trouves = self
        for mot in mots:
            if len(mot) < index_recherche.LETTRES:
                trouves = trouves.filter(Q(recherche__startswith=mot) | Q(recherche__contains=f" {mot}"))
            else:
                trouves = trouves.filter(recherche__contains=mot)
        return trouves
