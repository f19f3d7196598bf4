"""Who a line of the journal speaks of: written as the number of a row, read as a name as long as that row holds one.

The journal never changes and outlives the people it names. So a line ends with « [transmission no 7] » and the pages say the
address beside; once the person is erased the number alone remains, and the chain of fingerprints is as it was.
"""

import re
from collections import defaultdict
from collections.abc import Iterable

from django.db import models

from correspondants.models import Succession

from .models import AvisIEN, Courriel, DelegationAvis, MembreStructure, Passage, Transmission

# Kind of row, as it is written, with what reads it.
GENRES: dict[str, tuple[type[models.Model], tuple[str, ...]]] = {
    "avis": (AvisIEN, ("correspondant",)),
    "courriel": (Courriel, ()),
    "délégation": (DelegationAvis, ()),
    "membre": (MembreStructure, ("structure",)),
    "succession": (Succession, ("poste",)),
    "transmission": (Transmission, ()),
}
_MENTION = re.compile(rf"\[({'|'.join(GENRES)}) no (\d{{1,18}})\]$")


def mentionner(objet: models.Model) -> str:
    """« [transmission no 7] »; ValueError for a kind of row that no line speaks of."""
    for genre, (modele, _) in GENRES.items():
        if isinstance(objet, modele):
            return f"[{genre} no {objet.pk}]"
    raise ValueError(f"Le journal ne sait pas mentionner {type(objet).__name__}.")


def desarmer(motif: str) -> str:
    """A reason somebody typed, which must not pass for a mention: reading it would give away an address."""
    return f"{motif}." if _MENTION.search(motif) else motif


def eclaircir(passages: Iterable[Passage]) -> list[Passage]:
    """The same lines, each with ``mention``: who its number stands for, empty when it speaks of nobody or of an erased row.

    One query per kind of row mentioned, however many lines there are.
    """
    liste = list(passages)
    vises: dict[str, set[int]] = defaultdict(set)
    trouves = [(passage, _MENTION.search(passage.motif)) for passage in liste]
    for _, mention in trouves:
        if mention:
            vises[mention[1]].add(int(mention[2]))
    noms = {
        (genre, objet.pk): _nom(objet)
        for genre, pks in vises.items()
        for objet in GENRES[genre][0].objects.select_related(*GENRES[genre][1]).filter(pk__in=pks)
    }
    for passage, mention in trouves:
        passage.mention = noms.get((mention[1], int(mention[2])), "") if mention else ""
    return liste


def _nom(objet: models.Model) -> str:
    if isinstance(objet, AvisIEN):
        return objet.nom_autorite
    if isinstance(objet, Courriel):
        return objet.destinataire
    return objet.courriel if isinstance(objet, Transmission) else str(objet)
