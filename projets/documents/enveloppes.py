"""Envelopes as the documents of a meeting print them: a table is theirs, what is overrun and why is said here."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from ..blocs import Paragraphe, paragraphes
from ..enveloppes import MotifDepassement
from ..valeurs import euros


def dire_depassement(nom: str, depassement: Decimal, motifs: Iterable[MotifDepassement]) -> Iterator[Paragraphe]:
    """By how much an envelope is overrun, then each reason given, in its author's words; nothing when it is not."""
    if depassement <= 0:
        return
    yield Paragraphe(f"Enveloppe dépassée de {euros(depassement)}.", f"{nom} :", ton="alerte")
    motifs = list(motifs)
    for motif in motifs:
        yield from paragraphes(motif.texte, ton="citation")
        yield Paragraphe(f"{euros(motif.montant)} de dépassement, motivés {motif.signature}.", ton="doux")
    if not motifs:
        yield Paragraphe("Aucun motif n’est enregistré.", ton="doux")
