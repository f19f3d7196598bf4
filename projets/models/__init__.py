"""Everything that happens to a project, as tables."""

from .appel import (
    Appel,
    Compte,
    Dispositif,
    Enjeu,
    Enveloppe,
    Objectif,
    Orientation,
    Parcours,
    Thematique,
    TrancheAge,
    Transversalite,
)
from .bilan import Bilan, IndicateurBilan, LigneBilan
from .courriel import Courriel
from .filtre import FiltreEnregistre
from .finances import Exercice, LigneBudget, Materiel, MontantAccorde, echeance, situation_enveloppes
from .instruction import (
    AvisIEN,
    AvisTroika,
    ChampACompleter,
    Decision,
    DemandeComplements,
    Depot,
    PointOrdreDuJour,
    SeanceTroika,
)
from .journal import JournalImmuable, Passage
from .message import LectureMessages, Message, MessageImmuable, avec_non_lus
from .projet import Compteur, Intervention, ModificationConcurrente, Piece, Projet

__all__ = [
    "Appel",
    "AvisIEN",
    "AvisTroika",
    "Bilan",
    "ChampACompleter",
    "Compte",
    "Compteur",
    "Courriel",
    "Decision",
    "DemandeComplements",
    "Depot",
    "Dispositif",
    "Enjeu",
    "Enveloppe",
    "Exercice",
    "FiltreEnregistre",
    "IndicateurBilan",
    "Intervention",
    "JournalImmuable",
    "LectureMessages",
    "LigneBilan",
    "LigneBudget",
    "Materiel",
    "Message",
    "MessageImmuable",
    "ModificationConcurrente",
    "MontantAccorde",
    "Objectif",
    "Orientation",
    "Parcours",
    "Passage",
    "Piece",
    "PointOrdreDuJour",
    "Projet",
    "SeanceTroika",
    "Thematique",
    "TrancheAge",
    "Transversalite",
    "avec_non_lus",
    "echeance",
    "situation_enveloppes",
]
