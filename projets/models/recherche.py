# ruff: noqa: S608 -- names that are constants
"""Looking for words in projects, by the index that the database keeps (``index_recherche``, or the trigrams of PostgreSQL)."""

from collections.abc import Iterable
from typing import Any, Self, TypeVar

from django.db import connection, models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from correspondants.models import cle_de_nom

from .. import index_recherche

_TROUVES = f"SELECT rowid FROM {index_recherche.INDEX} WHERE {index_recherche.INDEX} MATCH %s"
M = TypeVar("M", bound=models.Model)


def cherche_des_debuts(texte: str) -> bool:
    """Whether some of these words are so short that they are looked for at the beginning of words only."""
    return any(len(mot) < index_recherche.LETTRES for mot in cle_de_nom(texte).split())


def trouves_par_l_index(texte: str) -> tuple[str, list[Any]] | None:
    """The query, and its parameters, of the rows that an index apart finds; None: there is none, or no word."""
    mots = cle_de_nom(texte).split()
    return (_TROUVES, [index_recherche.formule(mots)]) if mots and index_recherche.est_en_service(connection) else None


def lies_aux_trouves(modele: type[models.Model], texte: str, liens: str, alias: str) -> tuple[str, list[Any]]:
    """What follows « FROM » to read the rows of another table whose column ``liens`` is the key of a row of ``modele`` that
    holds every word, as they are found: a bound stops there, however many answer."""
    table = liens.partition(".")[0]
    if trouves := trouves_par_l_index(texte):
        sql, jointure = trouves[0], "CROSS JOIN"  # in this order
        sql, parametres = sql.replace("SELECT rowid", "SELECT rowid AS id"), trouves[1]
    else:
        mots = cle_de_nom(texte).split()
        cles = modele._default_manager.get_queryset()._qui_contiennent(mots).order_by().values("pk")
        (sql, parametres), jointure = cles.query.sql_with_params(), "JOIN"
        sql, parametres = f"SELECT pk AS id FROM ({sql}) c" if ' AS "pk"' in sql else sql, list(parametres)
    return f"({sql}) trouves {jointure} {table} {alias} ON {alias}.{liens.partition('.')[2]} = trouves.id", parametres


class RechercheQuerySet(models.QuerySet[M]):
    """Of a model whose column ``recherche`` holds what is looked into: no accent, no case, no punctuation.

    A word of one or two letters is looked for at the beginning of words: anywhere, it would find nearly everything, and no
    index knows it.
    """

    def chercher(self, texte: str) -> Self:
        """Projects whose number, title, structure or summary hold every word, without regard to accents or case."""
        mots = cle_de_nom(texte).split()
        if mots and index_recherche.est_en_service(connection):
            return self.filter(pk__in=RawSQL(_TROUVES, [index_recherche.formule(mots)]))  # noqa: S611
        return self._qui_contiennent(mots)

    def cles_trouvees(self, texte: str) -> Any:
        """Keys of what ``chercher`` finds among all rows, to be put after « in » in another query: no row is read for them
        when the index has them all."""
        mots = cle_de_nom(texte).split()
        if mots and index_recherche.est_en_service(connection):
            return RawSQL(_TROUVES, [index_recherche.formule(mots)])  # noqa: S611
        return self._qui_contiennent(mots).order_by().values("pk")

    def en_trouve_plus(self, texte: str, seuil: int) -> bool:
        """Whether more than that many rows hold every word: one query, that stops there."""
        if trouves := trouves_par_l_index(texte):
            sql, parametres = trouves
        else:
            sql, parametres = (
                self._qui_contiennent(cle_de_nom(texte).split()).order_by().values("pk").query.sql_with_params()
            )
        with connection.cursor() as curseur:
            curseur.execute(f"SELECT COUNT(*) FROM ({sql} LIMIT {int(seuil) + 1}) c", parametres)
            return curseur.fetchone()[0] > seuil

    def chercher_un_a_un(self, texte: str) -> Self:
        """The same, read project after project: for a page of an ordered list, when very many answer."""
        return self._qui_contiennent(cle_de_nom(texte).split())

    def chercher_pour_compter(self, texte: str) -> Self:
        """The same, given as they are found: a count to a bound stops there."""
        mots = cle_de_nom(texte).split()
        if mots and index_recherche.est_en_service(connection):
            index = index_recherche.INDEX
            return self.extra(  # noqa: S610 -- no other way to join a table that is no model's
                tables=[index],
                where=[f"{index}.rowid = projets_projet.id", f"{index} MATCH %s"],
                params=[index_recherche.formule(mots)],
            )
        return self._qui_contiennent(mots)

    def _qui_contiennent(self, mots: Iterable[str]) -> Self:
        trouves = self
        for mot in mots:
            if len(mot) < index_recherche.LETTRES:
                trouves = trouves.filter(Q(recherche__startswith=mot) | Q(recherche__contains=f" {mot}"))
            else:
                trouves = trouves.filter(recherche__contains=mot)
        return trouves
