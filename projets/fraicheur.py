"""What a process remembers of counts, pages and sums until something happens: the mark that tells it, and what is kept under it.

A right is never kept here: what is kept says in its key for whom it was read.
"""

import hashlib
from collections.abc import Callable, Iterable
from functools import cache
from typing import TypeVar

from django.core.cache import caches
from django.db import models
from django.utils import timezone

from cite_educative.preparees import executer
from correspondants.models import Utilisateur

from .enums_portail import EtatCourriel
from .models import (
    AvisIEN,
    Bilan,
    BudgetRevise,
    Courriel,
    Exercice,
    LectureMessages,
    Message,
    MontantAccorde,
    Passage,
    Piece,
    PointOrdreDuJour,
    Projet,
    SeanceTroika,
    Versement,
)

FRAICHEUR = 20  # seconds: what waits since a given day, and what was changed without a trace, is seen that late
_TRACES: tuple[type[models.Model], ...] = (
    Passage, Courriel, Message, Projet, Exercice, Bilan, AvisIEN, MontantAccorde, SeanceTroika, PointOrdreDuJour, Versement,
    Piece, BudgetRevise,
)  # fmt: skip

memoire = caches["memoire"]
T = TypeVar("T")


def marque(utilisateur: Utilisateur) -> str:
    """What changes with everything that is done in the portal: the last line of the journal, mail, message, project…, the
    last mail that did not leave, and what this person has read. One query, each part answered by an end of an index.

    A line whose transaction began before another's and ended after it moves nothing: hence ``FRAICHEUR``.
    """
    return dire_la_marque(executer(requete_de_la_marque(), [utilisateur.pk])[0])


def dire_la_marque(ligne: Iterable[object]) -> str:
    """The mark, of the row that ``requete_de_la_marque`` gives."""
    return "-".join(str(un or 0) for un in ligne)


def marque_publique() -> str:
    """What changes with all that visitors read: every gesture that changes it (an example published, a setting of the call,
    an authorisation withdrawn) writes a line of the journal; and with the day. The same for all processes."""
    dernier = Passage.objects.order_by("-pk").values_list("pk", flat=True).first()
    return f"{dernier or 0}:{timezone.localdate()}"


@cache
def requete_de_la_marque() -> str:
    """One row; its one parameter is the person's key."""
    derniers = ", ".join(f"(SELECT MAX(id) FROM {modele._meta.db_table})" for modele in _TRACES)  # noqa: S608
    lus = LectureMessages._meta.db_table
    seances = f"(SELECT SUM(sequence) FROM {SeanceTroika._meta.db_table})"  # noqa: S608 -- changed dates and places
    echecs = f"(SELECT MAX(id) FROM {Courriel._meta.db_table} WHERE etat = '{EtatCourriel.ECHEC}')"  # noqa: S608
    return f"SELECT {derniers}, {seances}, {echecs}, (SELECT SUM(lu_jusqu_a) FROM {lus} WHERE utilisateur_id = %s)"  # noqa: S608


def retenir(marque_: str, quoi: str, lire: Callable[[], T], secondes: int = FRAICHEUR) -> T:
    """What ``lire`` gives, read once for this mark. ``quoi`` names it, and for whom; the value must never change."""
    cle = f"retenu:{hashlib.blake2b(f'{marque_}|{quoi}'.encode(), digest_size=16).hexdigest()}"
    retenu = memoire.get(cle)
    if retenu is None:
        retenu = lire()
        memoire.set(cle, retenu, secondes)
    return retenu
