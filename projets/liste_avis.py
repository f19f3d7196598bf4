"""The opinions that one person is asked for and has given, as the list shows them: every query is written once (``preparees``).

Whose they are is never in what is kept: the account and the lines of the directory are values of the query, the authorities
that the person holds are in its key.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import ExtractYear

from cite_educative.preparees import Objets, Preparee, reunir
from correspondants.enums import AUTORITES
from correspondants.models import Etablissement, Utilisateur

from .enums import Statut, Temps
from .models import AvisIEN, Intervention
from .pagination import COMPTE_MAX

MONTRES = 50  # of those waited for, and of those that wait for their porteur
PAR_PAGE = 20
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


class Lecture:
    """What one person reads of the opinions: each method is one query, without what the person is given to search."""

    def __init__(self, utilisateur: Utilisateur) -> None:
        lignes = sorted(utilisateur.lignes)
        self.requetes = _requetes(AUTORITES & utilisateur.roles, len(lignes))
        self.valeurs = (utilisateur.pk, *lignes)

    def attendus(self) -> list[Attendu]:
        """The oldest requests first."""
        return [Attendu(*ligne) for ligne in self.requetes.attendus.lire(*self.valeurs)]

    def suspendus(self) -> list[tuple[str, str]]:
        """Number and title of the projects that went back to their porteur, the last request first."""
        return self.requetes.suspendus.lire(*self.valeurs)

    def nombres(self) -> Nombres:
        comptes = self.requetes.comptes
        if not all(preparee.sql for preparee, _ in comptes):  # nothing can ever answer
            return Nombres()
        ecrites = [(preparee.texte(*self.valeurs), forme) for preparee, forme in comptes]
        parts = [(forme.format(texte), parametres) for (texte, parametres), forme in ecrites]
        lus = {rang: int(nombre) for rang, nombre in reunir(parts)}  # PostgreSQL gives a year as a decimal
        return Nombres(*(lus.get(rang) for rang in range(len(comptes))))

    def ecoles(self) -> list[tuple[int, str]]:
        """Key and name of the schools that an opinion was given on."""
        return self.requetes.ecoles.lire(*self.valeurs)

    def derniers(self) -> list[AvisIEN]:
        """The first page of ``rendus``."""
        return self.requetes.derniers.lire(*self.valeurs)


class _Requetes:
    """Those of who holds these authorities under so many lines of the directory."""

    def __init__(self, autorites: frozenset[str], lignes: int) -> None:
        self.autorites, self.exemples = autorites, range(1, lignes + 2)
        self.attendus = self._lignes(
            lambda avis: (
                self._attendus(avis)
                .order_by("demande_le", "pk")
                .values_list("pk", "projet__numero", "projet__titre", "projet__structure__nom", "demande_le")[:MONTRES]
            )
        )
        self.suspendus = self._lignes(
            lambda avis: (
                avis.attendus()
                .filter(projet__statut__in=[Statut.A_COMPLETER, Statut.DEPOSE])
                .order_by("-demande_le", "pk")
                .values_list("projet__numero", "projet__titre")[:MONTRES]
            )
        )
        annees = [self._lignes(lambda avis, sens=sens: self._annee(avis, sens)) for sens in ("", "-")]
        self.comptes = (
            (self._lignes(lambda avis: self._attendus(avis).order_by().values_list("pk")[:COMPTE_MAX]), _COMBIEN),
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
    def _attendus(avis: QuerySet[AvisIEN]) -> QuerySet[AvisIEN]:
        return avis.attendus().filter(projet__statut=Statut.AVIS_IEN)

    @staticmethod
    def _rendus(avis: QuerySet[AvisIEN]) -> QuerySet[AvisIEN]:
        return avis.exclude(rendu_le=None)

    def _annee(self, avis: QuerySet[AvisIEN], sens: str) -> QuerySet[AvisIEN]:
        """Of the first or the last, read at one end of the index."""
        return self._rendus(avis).order_by(f"{sens}rendu_le").values_list(ExtractYear("rendu_le"))[:1]

    def _ecoles(self, avis: QuerySet[AvisIEN]) -> QuerySet[Etablissement]:
        """Asked school by school: each stops at the first opinion that it finds."""
        siens = self._rendus(avis).order_by().filter(projet=OuterRef("projet"))
        la = Intervention.objects.filter(Exists(siens), etablissement=OuterRef("pk"), temps=Temps.SCOLAIRE).order_by()
        return Etablissement.objects.filter(Exists(la)).order_by("ordre", "nom").values_list("pk", "nom")


_COMBIEN = "SELECT COUNT(*) FROM ({}) lus"
_requetes = lru_cache(maxsize=32)(_Requetes)
