"""The projects that wait for a meeting: listed, and put on an agenda. Narrow rows, by a query written once per set of roles."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from cite_educative.preparees import Preparee
from correspondants.models import Utilisateur

from ..models import Projet, SeanceTroika

PRETS_AFFICHES = 200


@dataclass(frozen=True)
class ProjetPret:
    """One row of the list of meetings; ``demande`` in euros."""

    gabarit: ClassVar[str] = "projets/troika/_pret.html"

    pk: int
    numero: str
    titre: str
    structure: str | None
    depose_le: datetime
    demande: Decimal

    @property
    def adresse(self) -> str:
        return reverse("projet", args=[self.numero])


@dataclass(frozen=True)
class ProjetAInscrire(ProjetPret):
    """One box to tick."""

    gabarit: ClassVar[str] = "projets/troika/_pret_a_inscrire.html"


def prets(request: HttpRequest) -> list[ProjetPret]:
    """The first to have been deposited, ``PRETS_AFFICHES`` at most."""
    return [ProjetPret(*ligne) for ligne in _prets(_roles(request), un_appel=False).lire(request.user.pk)]


def nombre_prets(request: HttpRequest) -> int:
    return Projet.objects.visibles_par(request.user).prets().count()


def prets_a_inscrire(request: HttpRequest, seance: SeanceTroika) -> list[ProjetAInscrire]:
    """Those of the call of this meeting."""
    lignes = _prets(_roles(request), un_appel=True).lire(request.user.pk, seance.appel_id)
    return [ProjetAInscrire(*ligne) for ligne in lignes]


def _roles(request: HttpRequest) -> frozenset[str]:
    return frozenset(request.user.roles)


@lru_cache(maxsize=64)
def _prets(roles: frozenset[str], *, un_appel: bool) -> Preparee:
    """For those who hold these roles, one of which opens the meetings: they see every project that was deposited."""

    def lire(compte: int, appel: int = 0) -> QuerySet:
        lignes = Projet.objects.visibles_par(Utilisateur.doublure(compte, None, roles)).prets().avec_montants()
        lignes = lignes.filter(appel=appel) if un_appel else lignes
        champs = ("pk", "numero", "titre", "structure__nom", "depose_le", "demande")
        return lignes.order_by("depose_le", "pk").values_list(*champs)[:PRETS_AFFICHES]

    return Preparee(lire, *([1, 1] if un_appel else [1]))
