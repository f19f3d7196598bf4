"""Bilans that a structure should have given back, told to its porteur before depositing. Reads only, blocks nothing.

The decision waits for them (``gardes.bilans_de_la_structure``); the deposit does not. A person reads the projects they
carry; of those that a colleague carries, only that they exist, and once logged in.
"""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from correspondants.models import Utilisateur

from .dossier import Dossier
from .enregistrement import structure_connue
from .gardes import exercices_en_retard
from .models import Exercice, Projet

SOURCE = (
    "Arrêté du 11 octobre 2006 : le compte rendu financier est remis dans les six mois qui suivent l’exercice pour lequel la "
    "subvention a été accordée."
)


@dataclass(frozen=True)
class BilanManquant:
    """One overdue bilan of a project that the reader carries: civil year, project, due date, page where it is filled."""

    annee: int
    numero: str
    titre: str
    echeance: date
    url: str


@dataclass(frozen=True)
class BilansManquants:
    """``siens``: those the reader can give back; ``autres``: how many wait for somebody else of the same structure."""

    siens: tuple[BilanManquant, ...] = ()
    autres: int = 0
    source: str = SOURCE

    def __bool__(self) -> bool:
        return bool(self.siens or self.autres)


def de_la_personne(utilisateur: Utilisateur) -> BilansManquants:
    """What one person owes, before they start a new project."""
    if not utilisateur.is_authenticated:
        return BilansManquants()
    return _trier(utilisateur, Projet.objects.filter(porteur=utilisateur).values("structure"), autres=False)


def du_dossier(utilisateur: Utilisateur, dossier: Dossier, projet: Projet | None = None) -> BilansManquants:
    """What the structure named in a file owes for its other projects, for the person who is about to deposit it."""
    if not utilisateur.is_authenticated:
        return BilansManquants()
    structure = structure_connue(dossier)
    if structure is None:
        return BilansManquants()
    return _trier(utilisateur, [structure.pk], sauf=projet)


def _trier(
    utilisateur: Utilisateur, structures: object, *, sauf: Projet | None = None, autres: bool = True
) -> BilansManquants:
    dus = [e for e in exercices_en_retard(structures) if sauf is None or e.projet_id != sauf.pk]
    siens = [exercice for exercice in dus if exercice.projet.porteur_id == utilisateur.pk]
    return BilansManquants(
        tuple(_manquant(exercice) for exercice in sorted(siens, key=lambda e: (e.echeance_bilan, e.pk))),
        len(dus) - len(siens) if autres else 0,
    )


def _manquant(exercice: Exercice) -> BilanManquant:
    projet = exercice.projet
    url = reverse("bilan_modifier", args=[projet.numero, exercice.annee])
    return BilanManquant(exercice.annee, projet.numero, projet.titre, exercice.echeance_bilan, url)
