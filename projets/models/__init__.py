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
from .exports import ExportDemande
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
from .pilotage import ContributionDispositif, IndicateurANCT
from .projet import Compteur, Intervention, ModificationConcurrente, Piece, Projet
from .publication import Attribuant, Convention

__all__ = [
    "Appel",
    "Attribuant",
    "AvisIEN",
    "AvisTroika",
    "Bilan",
    "ChampACompleter",
    "Compte",
    "Compteur",
    "ContributionDispositif",
    "Convention",
    "Courriel",
    "Decision",
    "DemandeComplements",
    "Depot",
    "Dispositif",
    "Enjeu",
    "Enveloppe",
    "Exercice",
    "ExportDemande",
    "IndicateurANCT",
    "IndicateurBilan",
    "Intervention",
    "JournalImmuable",
    "LigneBilan",
    "LigneBudget",
    "Materiel",
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
    "echeance",
    "situation_enveloppes",
]
