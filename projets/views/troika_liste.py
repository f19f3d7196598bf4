"""The rows of the list of meetings, counted meeting by meeting for those of the page only, by queries written once."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import ClassVar

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from cite_educative.preparees import Preparee
from correspondants.models import Utilisateur

from ..models import PointOrdreDuJour, Projet, SeanceTroika

PAR_PAGE = 20


@dataclass(frozen=True)
class SeanceOuverte:
    """``nombre``: projects of its agenda; ``decides``: those with a decision that may be told."""

    gabarit: ClassVar[str] = "projets/troika/_seance_ouverte.html"

    pk: int
    date: datetime
    lieu: str
    nombre: int
    decides: int
    passee: bool


@dataclass(frozen=True)
class SeancePubliee:
    gabarit: ClassVar[str] = "projets/troika/_seance_publiee.html"

    pk: int
    date: datetime
    lieu: str
    publiee_le: datetime
    decides: int


def ouvertes(lecteur: Utilisateur) -> list[SeanceOuverte]:
    maintenant = timezone.now()
    return [SeanceOuverte(*ligne, ligne[1] < maintenant) for ligne in _ouvertes().lire(lecteur.pk)]


class Publiees:
    """Published meetings, the last first, for a Paginator."""

    ordered = True

    def __init__(self, lecteur: Utilisateur) -> None:
        self.lecteur = lecteur

    def count(self) -> int:
        return SeanceTroika.objects.exclude(publiee_le=None).count()

    def __getitem__(self, tranche: slice) -> list[SeancePubliee]:
        return [SeancePubliee(*ligne) for ligne in _publiees(tranche.start, tranche.stop).lire(self.lecteur.pk)]


def _points() -> QuerySet[PointOrdreDuJour]:
    return PointOrdreDuJour.objects.filter(seance=OuterRef("pk")).order_by().values("seance")


def _nombre(points: QuerySet) -> Coalesce:
    return Coalesce(Subquery(points.annotate(n=Count("pk")).values("n")), 0)


def _decides(lecteur: int) -> Coalesce:
    """A pending decision on one's own project is not even counted."""
    a_dire = Q(seance__publiee_le__isnull=False) | ~Q(projet__porteur=lecteur)
    return _nombre(_points().filter(a_dire, decision__isnull=False))


@cache
def _ouvertes() -> Preparee:
    def lire(lecteur: int) -> QuerySet:
        # As ``_decides`` counts them before publication; one's own projects are read once, rather than each of the agenda.
        siens = Projet.objects.filter(porteur=lecteur).order_by().values("pk")
        decides = _nombre(_points().filter(decision__isnull=False).exclude(projet__in=siens))
        lignes = SeanceTroika.objects.ouvertes().annotate(nombre=_nombre(_points()), decides=decides)
        return lignes.order_by("date", "pk").values_list("pk", "date", "lieu", "nombre", "decides")

    return Preparee(lire, 1)


@lru_cache(maxsize=16)
def _publiees(debut: int, fin: int) -> Preparee:
    def lire(lecteur: int) -> QuerySet:
        publiees = SeanceTroika.objects.exclude(publiee_le=None).order_by("-date", "-pk")
        # Those of the page first: what is said of each is counted for no other.
        lignes = SeanceTroika.objects.filter(pk__in=publiees.values("pk")[debut:fin]).annotate(
            decides=_decides(lecteur)
        )
        champs = ("pk", "date", "lieu", "publiee_le", "decides")
        return lignes.order_by("-date", "-pk").values_list(*champs)

    return Preparee(lire, 1)
