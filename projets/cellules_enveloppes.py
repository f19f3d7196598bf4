"""The kept sums of the envelopes, in euros: what ``enveloppes`` shows of them without adding up."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from . import cumuls
from .faits import Axe
from .models import SOMMES

CleEntiere = tuple[int, int, str]  # call, civil year, funder
_RANGS = [SOMMES.index(nom) for nom in ("accorde", "en_attente", "paye", "justifiable", "rendu")]


class Cellule(NamedTuple):
    """Kept sums of one envelope: euros, ``rendu`` being the exact part of ``justifiable`` to give back."""

    engage: Decimal
    en_attente: Decimal
    paye: Decimal
    justifiable: Decimal
    rendu: Decimal


Cellules = dict[CleEntiere, Cellule]


def cellules_tenues(annees: Iterable[int] | None = None) -> Cellules | None:
    """The kept sums of the envelopes of some civil years (None: all); None when they are not up to date."""
    return en_cellules(cumuls.lire(annees, {"": (Axe.ENVELOPPE,)})) if cumuls.a_jour() else None


def en_cellules(lignes: Iterable[tuple[Any, ...]]) -> Cellules:
    """From rows of ``cumuls.lire`` of that axis."""
    trouvees = {}
    for annee, _, _, cle, *sommes in lignes:
        appel, _, financeur = cle.partition(":")
        euros = [Decimal(sommes[rang]).scaleb(-2) for rang in _RANGS[:-1]]
        trouvees[int(appel), annee, financeur] = Cellule(*euros, Decimal(sommes[_RANGS[-1]]).scaleb(-6))
    return trouvees
