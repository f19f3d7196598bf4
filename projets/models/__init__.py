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
from .courriers import Lettre, ModeleLettre, PapierEnTete
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
from .projet import Compteur, Intervention, ModificationConcurrente, Piece, Projet
from .salle import Deport, PresenceSeance

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
    "Deport",
    "Depot",
    "Dispositif",
    "Enjeu",
    "Enveloppe",
    "Exercice",
    "IndicateurBilan",
    "Intervention",
    "JournalImmuable",
    "Lettre",
    "LigneBilan",
    "LigneBudget",
    "Materiel",
    "ModeleLettre",
    "ModificationConcurrente",
    "MontantAccorde",
    "Objectif",
    "Orientation",
    "PapierEnTete",
    "Parcours",
    "Passage",
    "Piece",
    "PointOrdreDuJour",
    "PresenceSeance",
    "Projet",
    "SeanceTroika",
    "Thematique",
    "TrancheAge",
    "Transversalite",
    "echeance",
    "situation_enveloppes",
]
