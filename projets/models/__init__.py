"""Everything that happens to a project, as tables."""

from .agenda import FluxAgenda
from .appel import Appel, Enveloppe
from .bilan import Bilan, IndicateurBilan, LigneBilan
from .communication import LogoCommunication, SupportCommunication
from .comptes import Compte
from .compteur import Compteur
from .conservation import DureeConservation, durees, en_clair
from .courriel import Courriel
from .courriers import Lettre, ModeleLettre, PapierEnTete
from .cumuls import SOMMES, ARecompter, Cumul, FaitExercice
from .delegation import DelegationAvis
from .elements import Dispositif, Enjeu, Objectif, Orientation, Parcours, Thematique, TrancheAge, Transversalite
from .enveloppes import DepassementEnveloppe, GenreMouvement, MouvementEnveloppe
from .exports import ExportDemande
from .filtre import FiltreEnregistre
from .finances import (
    Exercice,
    LigneBudget,
    Materiel,
    MontantAccorde,
    echeance,
    echeance_prolongee,
)
from .identite import Identite, IdentiteEnVigueur, IdentitePubliee, identite_en_vigueur
from .images import MONTRES, Photo, PriseDeVues, RetraitAutorisation, Vitrine
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
from .journal import JournalImmuable, Passage, Sceau
from .membres import MembreStructure
from .message import LectureMessages, Message, MessageImmuable, avec_non_lus
from .modification import Auteur, Modification
from .partage import Partage
from .pilotage import ContributionDispositif, IndicateurANCT
from .pouls import Pouls
from .projet import Intervention, ModificationConcurrente, Piece, Projet
from .publication import Attribuant, Convention
from .reception import ReceptionCourriels
from .retours_bilan import RetourBilan
from .salle import Deport, PresenceSeance
from .transmission import Transmission
from .versements import BudgetRevise, DemandeReversement, LigneRevisee, Versement

__all__ = [
    "MONTRES",
    "SOMMES",
    "ARecompter",
    "Appel",
    "Attribuant",
    "Auteur",
    "AvisIEN",
    "AvisTroika",
    "Bilan",
    "BudgetRevise",
    "ChampACompleter",
    "Compte",
    "Compteur",
    "ContributionDispositif",
    "Convention",
    "Courriel",
    "Cumul",
    "Decision",
    "DelegationAvis",
    "DemandeComplements",
    "DemandeReversement",
    "DepassementEnveloppe",
    "Deport",
    "Depot",
    "Dispositif",
    "DureeConservation",
    "Enjeu",
    "Enveloppe",
    "Exercice",
    "ExportDemande",
    "FaitExercice",
    "FiltreEnregistre",
    "FluxAgenda",
    "GenreMouvement",
    "Identite",
    "IdentiteEnVigueur",
    "IdentitePubliee",
    "IndicateurANCT",
    "IndicateurBilan",
    "Intervention",
    "JournalImmuable",
    "LectureMessages",
    "Lettre",
    "LigneBilan",
    "LigneBudget",
    "LigneRevisee",
    "LogoCommunication",
    "Materiel",
    "MembreStructure",
    "Message",
    "MessageImmuable",
    "ModeleLettre",
    "Modification",
    "ModificationConcurrente",
    "MontantAccorde",
    "MouvementEnveloppe",
    "Objectif",
    "Orientation",
    "PapierEnTete",
    "Parcours",
    "Partage",
    "Passage",
    "Photo",
    "Piece",
    "PointOrdreDuJour",
    "Pouls",
    "PresenceSeance",
    "PriseDeVues",
    "Projet",
    "ReceptionCourriels",
    "RetourBilan",
    "RetraitAutorisation",
    "Sceau",
    "SeanceTroika",
    "SupportCommunication",
    "Thematique",
    "TrancheAge",
    "Transmission",
    "Transversalite",
    "Versement",
    "Vitrine",
    "avec_non_lus",
    "durees",
    "echeance",
    "echeance_prolongee",
    "en_clair",
    "identite_en_vigueur",
]
