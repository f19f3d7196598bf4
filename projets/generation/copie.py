"""Copying a family of models inside the database: one statement per table, by shifting keys, dates and years."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection

from ..models import Projet
from .ecrivain import LOTS, est_postgresql, reserver
from .graphe import Colonne, Role, Table
from .modeles import Famille


@dataclass(frozen=True)
class Lot:
    """One copy of a family: its rank among them, its cité, and by how much its years and its events move back."""

    rang: int
    cite: int
    annees_contenu: int
    annees: int
    jours: int


@dataclass(frozen=True)
class Portee:
    """Keys of the models in one table, and where those of the copies begin. Copy n of key k is ``k + decalage + n × taille``."""

    premier: int
    dernier: int
    base: int
    par_cite: bool

    @property
    def taille(self) -> int:
        return self.dernier - self.premier + 1

    @property
    def decalage(self) -> int:
        return self.base - self.premier

    def copie(self, cle: int | None, lot: Lot) -> int | None:
        if cle is None or not self.premier <= cle <= self.dernier:
            return cle
        return cle + self.decalage + (lot.cite if self.par_cite else lot.rang) * self.taille


@dataclass
class Portees:
    """The ranges of one family, table by table; a table where the models have no row has none."""

    par_table: dict[str, Portee] = field(default_factory=dict)

    def __getitem__(self, table: str) -> Portee | None:
        return self.par_table.get(table)


def bornes(avant: dict[str, int], apres: dict[str, int]) -> dict[str, tuple[int, int]]:
    """First and last key of what was written between two readings of ``derniers``."""
    return {table: (avant[table] + 1, apres[table]) for table in apres if apres[table] > avant[table]}


def derniers(tables: Iterable[Table]) -> dict[str, int]:
    """Last key of each table."""
    with connection.cursor() as curseur:
        trouves = {}
        for table in tables:
            curseur.execute(f"SELECT COALESCE(MAX(id), 0) FROM {connection.ops.quote_name(table.nom)}")
            trouves[table.nom] = curseur.fetchone()[0]
    return trouves


def reserver_les_cles(ecrites: dict[str, tuple[int, int]], copies: int, par_cite: bool) -> dict[str, Portee]:
    return {
        table: Portee(premier, dernier, reserver(table, copies * (dernier - premier + 1)), par_cite)
        for table, (premier, dernier) in ecrites.items()
    }


# --- moments --------------------------------------------------------------------------------------------------------


def reculer(jour: date, annees: int) -> date:
    """The same day some years before, the 28th for a 29 February."""
    bissextile = annees and (jour.month, jour.day) == (2, 29)
    return jour.replace(year=jour.year - annees, day=28 if bissextile else jour.day)


@dataclass(frozen=True)
class Calendrier:
    """When the copies of a family's events happened: each step of the models moves by its own number of days."""

    jalons: tuple[tuple[datetime, int], ...]
    fin: datetime

    @classmethod
    def de(cls, famille: Famille) -> "Calendrier":
        return cls(tuple(famille.jalons), famille.fin)

    def jours(self, moment: datetime) -> int | None:
        """Days of the step in which a row was written; None for a moment that was still to come."""
        if moment > self.fin:
            return None
        return next((jours for debut, jours in reversed(self.jalons) if moment >= debut), self.jalons[0][1])

    def deplacement(self, moment: datetime) -> "Deplacement":
        moment = moment.astimezone(UTC)
        return Deplacement(moment.date(), moment.isoformat(timespec="microseconds")[10:], self.jours(moment))

    def sql(self, colonne: str) -> str:
        """The same, as an expression over the temporary table of the lots."""
        cas = " ".join(
            f"WHEN {colonne} >= {_litteral(debut)} THEN {jours} + l.jours" for debut, jours in reversed(self.jalons[1:])
        )
        ecart = (
            f"CASE WHEN {colonne} > {_litteral(self.fin)} THEN ABS(l.jours) % 45 {cas} "
            f"ELSE {self.jalons[0][1]} + l.jours END"
        )
        return _deplace(colonne, "l.annees", ecart, heure=True)


@dataclass(frozen=True)
class Deplacement:
    """A moment of the models, ready to be moved: days change from lot to lot, the time of day never does."""

    jour: date
    heure: str  # from « T » to the time zone, with microseconds
    jours: int | None  # as ``Calendrier.jours``

    def jour_de(self, lot: Lot) -> str:
        jours = abs(lot.jours) % 45 if self.jours is None else self.jours + lot.jours
        return _jour_deplace(self.jour, lot.annees, jours)

    def iso(self, lot: Lot) -> str:
        return self.jour_de(lot) + self.heure


@lru_cache(maxsize=1 << 15)
def _jour_deplace(jour: date, annees: int, jours: int) -> str:
    return (reculer(jour, annees) + timedelta(days=jours)).isoformat()


def _litteral(moment: datetime) -> str:
    texte = moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return f"TIMESTAMPTZ '{texte}+00'" if est_postgresql() else f"'{texte}'"


def _deplace(colonne: str, annees: str, jours: str = "0", *, heure: bool = False) -> str:
    if est_postgresql():
        deplace = f"({colonne} - make_interval(years => {annees}) + make_interval(days => ({jours})::int))"
        return deplace if heure else f"{deplace}::date"
    # SQLite holds text; « date() » loses the time of day, that is put back as it was.
    jour = f"date(substr({colonne}, 1, 10), '-' || {annees} || ' years', ({jours}) || ' days')"
    return f"{jour} || substr({colonne}, 11)" if heure else jour


# --- in SQL ---------------------------------------------------------------------------------------------------------


def copier(
    table: Table, portees: Portees, calendrier: Calendrier, du_projet: str = "", cles: Iterable[int] = ()
) -> None:
    """Copies one table for every lot of the temporary table.

    ``du_projet``: a column whose value is that of the copied project, written before; then only the rows of ``cles``.
    """
    portee = portees[table.nom]
    if portee is None:
        return
    nom = connection.ops.quote_name(table.nom)
    expressions = {colonne.nom: _expression(colonne, portee, portees, calendrier) for colonne in table.colonnes}
    ou = f"s.id BETWEEN {portee.premier} AND {portee.dernier}"
    source = f"{LOTS} l CROSS JOIN {nom} s"
    if du_projet:
        expressions[du_projet] = f"p.{connection.ops.quote_name(du_projet)}"
        source += f" CROSS JOIN {connection.ops.quote_name(Projet._meta.db_table)} p"
        ou = f"s.id IN ({', '.join(map(str, cles))}) AND p.id = {expressions['projet_id']}"
    colonnes = ", ".join(map(connection.ops.quote_name, expressions))
    with connection.cursor() as curseur:
        curseur.execute(
            f"INSERT INTO {nom} ({colonnes}) SELECT {', '.join(expressions.values())} FROM {source} WHERE {ou} "
            "ORDER BY l.rang, s.id"
        )


def _expression(colonne: Colonne, portee: Portee, portees: Portees, calendrier: Calendrier) -> str:
    nom = f"s.{connection.ops.quote_name(colonne.nom)}"
    ecrire: dict[Role, Callable[[], str]] = {
        Role.CLE: lambda: _decalee(nom, portee),
        Role.LIEN: lambda: _lien(nom, portees[colonne.cible._meta.db_table]),
        Role.MOMENT: lambda: calendrier.sql(nom),
        Role.JOUR: lambda: _deplace(nom, "l.annees", "l.jours"),
        Role.JOUR_DU_CONTENU: lambda: _deplace(nom, "l.annees_contenu"),
        Role.ANNEE: lambda: f"{nom} - l.annees_contenu",
        Role.UNIQUE: lambda: f"{nom} || '-' || l.rang",
        Role.UUID: lambda: "gen_random_uuid()" if est_postgresql() else "lower(hex(randomblob(16)))",
        Role.SECRET: lambda: "md5(random()::text || gen_random_uuid())" if est_postgresql() else "hex(randomblob(16))",
    }
    return ecrire.get(colonne.role, lambda: nom)()


def _decalee(nom: str, portee: Portee) -> str:
    return f"{nom} + {portee.decalage} + l.{'cite' if portee.par_cite else 'rang'} * {portee.taille}"


def _lien(nom: str, portee: Portee | None) -> str:
    if portee is None:
        return nom
    return f"CASE WHEN {nom} BETWEEN {portee.premier} AND {portee.dernier} THEN {_decalee(nom, portee)} ELSE {nom} END"


# --- in Python ------------------------------------------------------------------------------------------------------


Rendu = Callable[[Lot], Any]


def lignes_de(table: Table, portee: Portee) -> list[dict[str, Any]]:
    """The models' rows as the database holds them, by column, in the order of their keys."""
    nom = connection.ops.quote_name(table.nom)
    colonnes = ", ".join(connection.ops.quote_name(colonne.nom) for colonne in table.colonnes)
    with connection.cursor() as curseur:
        curseur.execute(
            f"SELECT {colonnes} FROM {nom} WHERE id BETWEEN %s AND %s ORDER BY id", [portee.premier, portee.dernier]
        )
        return [dict(zip((c.nom for c in table.colonnes), ligne, strict=True)) for ligne in curseur.fetchall()]


def moment_de(valeur: Any) -> datetime:
    """A moment as PostgreSQL or SQLite gives it."""
    moment = valeur if isinstance(valeur, datetime) else datetime.fromisoformat(valeur)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def moment_ecrit(iso: str) -> str:
    """A moment in UTC, in ISO with its microseconds, as the database takes it: SQLite holds the text that Django would write."""
    if est_postgresql():
        return iso
    return f"{iso[:10]} {iso[11:26]}".removesuffix(".000000")


def rendu(colonne: Colonne, valeur: Any, portee: Portee, portees: Portees, calendrier: Calendrier) -> Rendu | None:
    """How a value changes from lot to lot; None when it does not."""
    if valeur is None or colonne.role in (Role.CONSTANT, Role.UNIQUE, Role.UUID, Role.SECRET):
        return None
    if colonne.role is Role.CLE:
        return lambda lot: portee.copie(valeur, lot)
    if colonne.role is Role.LIEN:
        cible = portees[colonne.cible._meta.db_table]
        return (lambda lot: cible.copie(valeur, lot)) if cible and cible.premier <= valeur <= cible.dernier else None
    if colonne.role is Role.MOMENT:
        deplacement = calendrier.deplacement(moment_de(valeur))
        return lambda lot: moment_ecrit(deplacement.iso(lot))
    if colonne.role is Role.ANNEE:
        return lambda lot: valeur - lot.annees_contenu
    jour = valeur if isinstance(valeur, date) else date.fromisoformat(valeur)
    if colonne.role is Role.JOUR_DU_CONTENU:
        return lambda lot: _ecrire_jour(reculer(jour, lot.annees_contenu))
    return lambda lot: _ecrire_jour(reculer(jour, lot.annees) + timedelta(days=lot.jours))


def _ecrire_jour(jour: date) -> Any:
    return jour if est_postgresql() else jour.isoformat()
