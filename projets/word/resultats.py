"""What a reading gives back, and its plain form for JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, Self, TypeVar

from ..constats import Constat, Gravite
from ..questionnaire import depuis_json, vers_json

AUTEUR_DU_PORTAIL = "Portail de la cité éducative"  # signs the comments that the portal writes, and finds them again


class Source(StrEnum):
    """What located an answer, the surest first."""

    CONTROLE = "controle"
    SIGNET = "signet"
    LIBELLE = "libelle"
    POSITION = "position"

    @property
    def surete(self) -> float:
        return {"controle": 1.0, "signet": 0.98, "libelle": 0.95, "position": 0.6}[self]


@dataclass(frozen=True)
class NonReconnu:
    """Text that answers no question, as it was typed; ``pres_de`` is the title or the label just before it."""

    texte: str
    pres_de: str = ""

    def __str__(self) -> str:
        return self.texte


Contenu = TypeVar("Contenu")  # what the form is filled with: a Dossier, a DossierBilan


@dataclass(frozen=True)
class Lecture(Generic[Contenu]):
    """What a file says: canonical answers, anomalies, the words that found no place, and how answers were found.

    ``provenances`` and ``suretes`` are by question (``titre``) and by cell (``materiels.0.annee``): what located the answer,
    and how sure that is (0 to 1).
    """

    dossier: Contenu
    anomalies: tuple[Constat, ...] = ()
    non_reconnu: tuple[NonReconnu, ...] = ()
    provenances: Mapping[str, Source] = field(default_factory=dict)
    suretes: Mapping[str, float] = field(default_factory=dict)

    def vers_json(self) -> dict[str, Any]:
        """Plain dict, inverse of ``depuis_json``."""
        return {
            "dossier": vers_json(self.dossier),
            "anomalies": [constat_vers_json(constat) for constat in self.anomalies],
            "non_reconnu": [{"texte": f.texte, "pres_de": f.pres_de} for f in self.non_reconnu],
            "provenances": {champ: str(source) for champ, source in self.provenances.items()},
            "suretes": dict(self.suretes),
        }

    @classmethod
    def depuis_json(cls, classe: type[Contenu], donnees: Mapping[str, Any]) -> Self:
        return cls(
            depuis_json(classe, donnees["dossier"]),
            tuple(map(constat_depuis_json, donnees["anomalies"])),
            tuple(NonReconnu(f["texte"], f["pres_de"]) for f in donnees["non_reconnu"]),
            {champ: Source(source) for champ, source in donnees["provenances"].items()},
            dict(donnees["suretes"]),
        )


def constat_vers_json(constat: Constat) -> dict[str, str]:
    return {
        "champ": constat.champ,
        "gravite": str(constat.gravite),
        "message": constat.message,
        "source": constat.source,
        "extrait": constat.extrait,
    }


def constat_depuis_json(donnees: Mapping[str, Any]) -> Constat:
    return Constat(
        donnees["champ"],
        Gravite(donnees["gravite"]),
        donnees["message"],
        donnees.get("source", ""),
        donnees.get("extrait", ""),
    )
