"""Whole rows of several querysets, read by one query that the ORM wrote once (see ``preparees``).

What one object is made of lies in many tables, each with few rows for it: asked one after the other, the questions cost more
than their answers. Each part travels as text, whatever its columns are, and is made into objects as the ORM would.
"""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import CharField, Field, ForeignKey, Model, QuerySet, TextField

from cite_educative.preparees import Objets, Preparee, Valeur, executer

_ENTIERS = frozenset({"AutoField", "BigAutoField", "SmallAutoField"})


class Ensemble:
    """``parts``: querysets without an order, by name, each made of the same values; ``exemples`` are as for ``Preparee``.

    ``lire(*valeurs)`` gives the objects of each part in no order, with what ``select_related`` and ``annotate`` bring. Each
    has ``brute``, its row as it came: equal rows are the same object, drawn the same way.
    """

    def __init__(self, parts: dict[str, Callable[..., QuerySet]], *exemples: Valeur) -> None:
        self.construire, self.exemples = parts, exemples

    @cached_property
    def _parts(self) -> dict[str, "_Part"]:
        ecrites = {nom: _Part(construire, *self.exemples) for nom, construire in self.construire.items()}
        return {nom: part for nom, part in ecrites.items() if part.preparee.sql}

    @cached_property
    def _sql(self) -> str:
        parts = list(self._parts.values())
        largeur = max(len(part.lecteurs) for part in parts)
        avec, choix = [], []
        for rang, part in enumerate(parts):
            colonnes = [f"c{i}" for i in range(len(part.lecteurs))]
            avec.append(f"u{rang}({', '.join(colonnes)}) AS MATERIALIZED ({part.preparee.sql})")
            textes = [f"CAST({colonne} AS text)" for colonne in colonnes]
            textes += ["CAST(NULL AS text)"] * (largeur - len(colonnes))
            choix.append(f"SELECT {rang}, {', '.join(textes)} FROM u{rang}")  # noqa: S608 -- written by the ORM
        return f"WITH {', '.join(avec)} {' UNION ALL '.join(choix)}"

    def lire(self, *valeurs: Valeur) -> dict[str, list[Any]]:
        parts = list(self._parts.items())
        parametres = [un for _, part in parts for un in part.preparee.texte(*valeurs)[1]]
        lus: dict[str, list[Any]] = {nom: [] for nom in self.construire}
        for rang, *ligne in executer(self._sql, parametres):
            nom, part = parts[rang]
            lus[nom].append(part.faire(ligne))
        return lus


class _Part(Objets):
    def __init__(self, construire: Callable[..., QuerySet], *exemples: Valeur) -> None:
        super().__init__(construire, *exemples)
        self.preparee = Preparee(construire, *exemples, entieres=True)

    @cached_property
    def lecteurs(self) -> list[Callable[[str], Any] | None]:
        if not self.preparee.sql:
            return []
        return [_lecteur(champ) for champ in self.preparee.types]

    def faire(self, ligne: list[str | None]) -> Model:
        brute = tuple(ligne[: len(self.lecteurs)])
        valeurs = tuple(
            texte if texte is None or lire is None else lire(texte)
            for texte, lire in zip(brute, self.lecteurs, strict=True)
        )
        objet = self._objet(valeurs, {})
        objet.brute = brute
        return objet


def _lecteur(champ: Field) -> Callable[[str], Any] | None:
    """What makes the value of a column of what its database casts to text; None for text. Raises TypeError for what no part
    has held so far."""
    while isinstance(champ, ForeignKey):
        champ = champ.target_field
    genre = champ.get_internal_type()
    if genre in _ENTIERS or genre.endswith("IntegerField"):
        return int
    if isinstance(champ, CharField | TextField):
        return None
    if genre == "DecimalField":
        precision = Decimal(1).scaleb(-champ.decimal_places)
        return lambda texte: Decimal(texte).quantize(precision)
    lecteurs: dict[str, Callable[[str], Any]] = {
        "BooleanField": lambda texte: texte in ("1", "true", "t"),
        "DateField": date.fromisoformat,
        "DateTimeField": _moment,
        "JSONField": json.loads,
        "UUIDField": champ.to_python,
    }
    if genre not in lecteurs:
        raise TypeError(f"{champ} : {genre}")
    return lecteurs[genre]


def _moment(texte: str) -> datetime:
    """SQLite keeps moments of UTC without saying so; PostgreSQL says it."""
    lu = datetime.fromisoformat(texte)
    return lu.replace(tzinfo=UTC) if lu.tzinfo is None else lu.astimezone(UTC)
