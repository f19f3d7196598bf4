# ruff: noqa: S608 -- our own tables and columns, and what the ORM wrote
"""The opinions that one person is asked for and has given, as the list shows them: every query is written once (``preparees``).

Whose they are is never in what is kept: the account and the lines of the directory are values of the query, the authorities
that the person holds are in its key.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import NamedTuple

from django.db import connection
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import ExtractYear

from cite_educative.preparees import Objets, Preparee, executer, reunir
from correspondants.enums import AUTORITES
from correspondants.models import Etablissement, Structure, Utilisateur

from .enums import Statut, Temps
from .models import AvisIEN, Intervention, Projet
from .models.recherche import est_dans_l_index, trouves_par_l_index
from .pagination import COMPTE_MAX, PaginateurParCles

MONTRES = 50  # of those waited for, and of those that wait for their porteur
PAR_PAGE = 20
DES_ECOLES = 1_000  # the last opinions given, whose schools are offered
PREMIERS = 4 * COMPTE_MAX  # projects found, whose opinions are counted one by one
_SUSPENDUS = (Statut.A_COMPLETER, Statut.DEPOSE)
_RENDU = (
    "sens", "motif", "autorite", "rendu_le", "corrige_le", "remplace", "par_lien", "projet__numero", "projet__titre",
    "projet__statut", "par__nom", "par__email", "correspondant__nom", "correspondant__fonction", "delegation__nom",
)  # fmt: skip


class Attendu(NamedTuple):
    """An opinion waited for."""

    pk: int
    numero: str
    titre: str
    structure: str | None
    demande_le: datetime


@dataclass(frozen=True)
class Attente:
    """What is waited for: how many (up to ``COMPTE_MAX``), the oldest requests; number and title of the projects that went back
    to their porteur, the last request first."""

    nombre: int = 0
    attendus: tuple[Attendu, ...] = ()
    suspendus: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Nombres:
    """How many are waited for and were given, each up to ``COMPTE_MAX``; the first and the last year of the latter."""

    attendus: int = 0
    rendus: int = 0
    premiere: int | None = None
    derniere: int | None = None

    @property
    def annees(self) -> list[int]:
        """The years of the opinions given, the last first."""
        return [] if self.premiere is None else list(range(self.derniere, self.premiere - 1, -1))


def rendus(utilisateur: Utilisateur) -> QuerySet[AvisIEN]:
    """The opinions given that this person may read, the last first, with what a row shows of each."""
    return a_montrer(AvisIEN.objects.visibles_par(utilisateur).exclude(rendu_le=None))


def a_montrer(avis: QuerySet[AvisIEN]) -> QuerySet[AvisIEN]:
    """Neither the files of the projects nor the school parts are read for a list."""
    return (
        avis.select_related("projet", "par", "correspondant", "delegation").only(*_RENDU).order_by("-rendu_le", "-pk")
    )


def chercher(avis: QuerySet[AvisIEN], texte: str) -> tuple[QuerySet[AvisIEN], QuerySet[AvisIEN] | int]:
    """Those on the projects that hold some words: asked for a page; and asked to be counted, or how many (``COMPTE_MAX`` at most).

    Few projects: they are gathered. Many: the opinions are walked in their order and each project asked, for a page is soon full.
    """
    reunis, nombre = avis.filter(projet__in=Projet.objects.cles_trouvees(texte)), _compter_les_trouves(avis, texte)
    a_compter = reunis if nombre is None else nombre
    if nombre != COMPTE_MAX and not Projet.objects.en_trouve_plus(texte, COMPTE_MAX):
        return reunis, a_compter
    qui_contient = Projet.objects.filter(pk=OuterRef("projet")).chercher_un_a_un(texte).order_by()
    return avis.filter(Exists(qui_contient)), a_compter


def _compter_les_trouves(avis: QuerySet[AvisIEN], texte: str) -> int | None:
    """How many of these opinions are on projects that hold some words, ``COMPTE_MAX`` at most: each project asked of its own
    as it is found. None: not so many on the first projects found, and others were."""
    dits, valeurs = avis.select_related(None).order_by().values_list("projet").query.sql_with_params()
    if trouves := trouves_par_l_index(texte):
        sql = f"({trouves[0]}) t CROSS JOIN ({dits}) a ON a.projet = t.id"
    else:
        cles = Projet.objects.chercher_un_a_un(texte).order_by().values_list("pk")
        trouves = cles[: PREMIERS + 1].query.sql_with_params()
        # « OFFSET 0 » keeps the planner from gathering every opinion first.
        sql = f"({trouves[0]}) t(id) CROSS JOIN LATERAL (SELECT 1 FROM ({dits}) a(projet) WHERE a.projet = t.id OFFSET 0) s"
    with connection.cursor() as curseur:
        curseur.execute(f"SELECT COUNT(*) FROM (SELECT 1 FROM {sql} LIMIT {COMPTE_MAX}) n", [*trouves[1], *valeurs])
        (nombre,) = curseur.fetchone()
    if nombre < COMPTE_MAX and not est_dans_l_index(texte) and Projet.objects.en_trouve_plus(texte, PREMIERS):
        return None
    return nombre


def paginer(
    trouves: QuerySet[AvisIEN], a_compter: QuerySet[AvisIEN] | int, nombre: int | None = None
) -> PaginateurParCles:
    """The pages of some of ``rendus``: their keys, then the rows of a page. ``nombre``: how many, when they were counted."""

    def lignes(pks: list[int]) -> dict[int, AvisIEN]:
        return {un.pk: un for un in a_montrer(AvisIEN.objects.filter(pk__in=pks))}

    ordre = (F("rendu_le").desc(), F("pk").desc())
    cles = trouves.select_related(None).only("pk")
    comptees = a_compter if isinstance(a_compter, int) else a_compter.select_related(None).only("pk")
    pages = PaginateurParCles(lambda: cles, lignes, lambda: ordre, PAR_PAGE, compte=lambda: comptees)
    if nombre is not None:
        pages.count = nombre
    return pages


class Lecture:
    """What one person reads of the opinions: each method is one query, without what the person is given to search."""

    def __init__(self, utilisateur: Utilisateur) -> None:
        lignes = sorted(utilisateur.lignes)
        self.requetes = _requetes(AUTORITES & utilisateur.roles, len(lignes))
        self.valeurs = (utilisateur.pk, *lignes)

    @cached_property
    def attente(self) -> Attente:
        """Looked for once, counted and shown."""
        if not (preparee := self.requetes.attente).sql:
            return Attente()
        texte, parametres = preparee.texte(*self.valeurs)
        attendus, suspendus, nombre = [], [], 0
        for quoi, pk, numero, titre, structure, demande_le in executer(_ATTENTE.format(texte), parametres):
            if quoi == _NOMBRE:
                nombre = pk
            else:
                lue = Attendu(pk, numero, titre, structure, _moment(demande_le))
                (attendus if quoi == _ATTENDU else suspendus).append(lue)
        attendus.sort(key=lambda un: (un.demande_le, un.pk))
        suspendus.sort(key=lambda un: (-un.demande_le.timestamp(), un.pk))
        return Attente(
            min(nombre, COMPTE_MAX), tuple(attendus), tuple((un.numero, un.titre) for un in suspendus)
        )  # fmt: skip

    def nombres(self) -> Nombres:
        comptes = self.requetes.comptes
        if not all(preparee.sql for preparee, _ in comptes):  # nothing can ever answer
            return Nombres()
        ecrites = [(preparee.texte(*self.valeurs), forme) for preparee, forme in comptes]
        parts = [(forme.format(texte), parametres) for (texte, parametres), forme in ecrites]
        lus = {rang: int(nombre) for rang, nombre in reunir(parts)}  # PostgreSQL gives a year as a decimal
        return Nombres(self.attente.nombre, *(lus.get(rang) for rang in range(len(comptes))))

    def ecoles(self) -> list[tuple[int, str]]:
        """Key and name of the schools that one of the last ``DES_ECOLES`` opinions was given on."""
        return self.requetes.ecoles.lire(*self.valeurs)

    def derniers(self) -> list[AvisIEN]:
        """The first page of ``rendus``."""
        return self.requetes.derniers.lire(*self.valeurs)


class _Requetes:
    """Those of who holds these authorities under so many lines of the directory."""

    def __init__(self, autorites: frozenset[str], lignes: int) -> None:
        self.autorites, self.exemples = autorites, range(1, lignes + 2)
        self.attente = self._lignes(
            lambda avis: (
                avis.attendus()
                .filter(projet__statut__in=[Statut.AVIS_IEN, *_SUSPENDUS])
                .order_by()
                .values_list("pk", "projet", "demande_le", "projet__statut")
            )
        )
        annees = [self._lignes(lambda avis, sens=sens: self._annee(avis, sens)) for sens in ("", "-")]
        self.comptes = (
            (self._lignes(lambda avis: self._rendus(avis).order_by().values_list("pk")[:COMPTE_MAX]), _COMBIEN),
            *((preparee, "{}") for preparee in annees),
        )
        self.ecoles = self._lignes(self._ecoles)
        self.derniers = Objets(
            lambda compte, *siennes: a_montrer(self._rendus(self._miens(compte, *siennes)))[:PAR_PAGE], *self.exemples
        )

    def _miens(self, compte: int, *lignes: int) -> QuerySet[AvisIEN]:
        return AvisIEN.objects.visibles_par(Utilisateur.doublure(compte, None, self.autorites, lignes))

    def _lignes(self, quoi: Callable[[QuerySet[AvisIEN]], QuerySet]) -> Preparee:
        return Preparee(lambda compte, *lignes: quoi(self._miens(compte, *lignes)), *self.exemples)

    @staticmethod
    def _rendus(avis: QuerySet[AvisIEN]) -> QuerySet[AvisIEN]:
        return avis.exclude(rendu_le=None)

    def _annee(self, avis: QuerySet[AvisIEN], sens: str) -> QuerySet[AvisIEN]:
        """Of the first or the last, read at one end of the index."""
        return self._rendus(avis).order_by(f"{sens}rendu_le").values_list(ExtractYear("rendu_le"))[:1]

    def _ecoles(self, avis: QuerySet[AvisIEN]) -> QuerySet[Etablissement]:
        """Of the last opinions: a school that never had one would have all that is done there looked at."""
        derniers = self._rendus(avis).order_by("-rendu_le").values("projet")[:DES_ECOLES]
        la = Intervention.objects.filter(projet__in=derniers, temps=Temps.SCOLAIRE, etablissement__isnull=False)
        siennes = la.order_by().values("etablissement")
        return Etablissement.objects.filter(pk__in=siennes).order_by("ordre", "nom").values_list("pk", "nom")


def _moment(valeur: datetime | str) -> datetime:
    """A moment read by hand: SQLite keeps them as words."""
    return datetime.fromisoformat(valeur).replace(tzinfo=UTC) if isinstance(valeur, str) else valeur


def _ou(statuts: Iterable[Statut]) -> str:
    parmi = ", ".join("'" + un.value + "'" for un in statuts)
    return f"SELECT * FROM attente WHERE statut IN ({parmi})"


_NOMBRE, _ATTENDU, _SUSPENDU = 0, 1, 2
_MONTRER = (
    "SELECT {quoi}, t.pk, p.numero, p.titre, s.nom, t.demande_le FROM ({ou} ORDER BY {ordre} LIMIT "
    + str(MONTRES)
    + ") t "
    f"JOIN {Projet._meta.db_table} p ON p.id = t.projet LEFT JOIN {Structure._meta.db_table} s ON s.id = p.structure_id"
)
_ATTENTE = " ".join(
    (
        "WITH attente(pk, projet, demande_le, statut) AS MATERIALIZED ({})",
        f"SELECT {_NOMBRE} AS quoi, COUNT(*) AS pk, '' AS numero, '' AS titre, '' AS nom, NULL AS demande_le",
        f"FROM ({_ou([Statut.AVIS_IEN])}) n",
        "UNION ALL",
        _MONTRER.format(quoi=_ATTENDU, ou=_ou([Statut.AVIS_IEN]), ordre="demande_le, pk"),
        "UNION ALL",
        _MONTRER.format(quoi=_SUSPENDU, ou=_ou(_SUSPENDUS), ordre="demande_le DESC, pk"),
    )
)
_COMBIEN = "SELECT COUNT(*) FROM ({}) lus"
_requetes = lru_cache(maxsize=32)(_Requetes)
