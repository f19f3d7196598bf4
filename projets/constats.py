"""What is said of an answer: how grave, which one, why. Framework-free, and without any rule."""

from dataclasses import dataclass
from enum import StrEnum

from .valeurs import insecables


class Gravite(StrEnum):
    BLOQUANT = "bloquant"  # the file cannot be deposited
    A_VERIFIER = "a_verifier"  # somebody has to look
    CONSEIL = "conseil"  # the file would be better


@dataclass(frozen=True)
class Constat:
    """What a rule, or the reading of a file, says of one answer.

    ``champ`` is an identifier (``titre``) or a cell (``materiels.0.prix_unitaire_ht``), empty for the whole file;
    ``source`` the sentence of the call or the text the rule comes from; ``extrait`` what the porteur wrote.
    """

    champ: str
    gravite: Gravite
    message: str
    source: str = ""
    extrait: str = ""

    def __post_init__(self) -> None:
        for champ in ("message", "source"):
            object.__setattr__(self, champ, insecables(getattr(self, champ)))

    @property
    def est_bloquant(self) -> bool:
        return self.gravite is Gravite.BLOQUANT
