"""What a visitor reads of the call: may I apply, how, until when, whom do I call; its tree, its calendar. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from correspondants.enums import COORDINATEURS, Role
from correspondants.models import Correspondant, RegleRoutage

from .enums import GenreBilan
from .models import Appel, Enjeu, Thematique, echeance
from .surlignage import Morceau, contient, mots_de, surligner


@dataclass(frozen=True)
class Interlocuteur:
    """One coordination: the kinds of porteurs it follows, and whom to call there."""

    coordination: str
    natures: tuple[str, ...]
    personnes: tuple[Correspondant, ...]


def interlocuteurs() -> list[Interlocuteur]:
    """Who may apply and whom they call, in the order of the roles: « Le dépôt des projets »."""
    regles = list(RegleRoutage.objects.prefetch_related("correspondants"))
    trouves = []
    for role in Role:
        siennes = [regle for regle in regles if regle.role == role]
        if role not in COORDINATEURS or not siennes:
            continue
        nommees = {un.pk: un for regle in siennes for un in regle.correspondants.all() if un.actif}
        personnes = nommees.values() or Correspondant.objects.joignables_pour(role)
        natures = sorted(siennes, key=lambda regle: _rang_de(regle.nature))
        trouves.append(
            Interlocuteur(role.label, tuple(regle.get_nature_display() for regle in natures), tuple(personnes))
        )
    return trouves


def _rang_de(nature: str) -> int:
    choix = [valeur for valeur, _ in RegleRoutage._meta.get_field("nature").choices]
    return choix.index(nature) if nature in choix else len(choix)


# --- calendar -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Echeance:
    """One date of the call, or a moment in words when it is no single day."""

    moment: date | str
    titre: str
    texte: str
    passee: bool = False


def calendrier(appel: Appel) -> list[Echeance]:
    """From the deposit to the last bilan, for an action of this year and, over a school year, of the next."""
    jour, annee = timezone.localdate(), timezone.localdate().year
    depot = appel.depots_jusqu_au
    liste = [
        Echeance(
            depot or "Toute l’année",
            "Dépôt des dossiers",
            "Dernier jour pour déposer." if depot else "Au fil de l’eau : il n’y a pas de date limite.",
            appel.depots_clos,
        )
    ]
    liste.append(
        Echeance("Ensuite", "Vérification, avis, troïka", "Vous suivez chaque étape en ligne et recevez un courriel.")
    )
    intermediaire = echeance(appel, annee, GenreBilan.INTERMEDIAIRE)
    liste.append(
        Echeance(
            intermediaire,
            f"Bilan intermédiaire {annee}",
            f"Pour une action financée sur {annee} et {annee + 1}.",
            intermediaire < jour,
        )
    )
    liste += [
        Echeance(
            echeance(appel, une, GenreBilan.DEFINITIF), f"Bilan définitif {une}", f"De ce qui est dépensé en {une}."
        )
        for une in (annee, annee + 1)
    ]
    return liste


# --- the tree ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Feuille:
    """One objectif; ``morceaux`` is its label, the words looked for being told apart."""

    code: str
    libelle: str
    morceaux: tuple[Morceau, ...]


@dataclass(frozen=True)
class Branche:
    enjeu: Enjeu
    feuilles: tuple[Feuille, ...]


@dataclass(frozen=True)
class Arbre:
    """A thématique with its branches; all of it, or what answers the words looked for."""

    thematique: Thematique
    branches: tuple[Branche, ...]

    @property
    def nombre(self) -> int:
        return sum(len(branche.feuilles) for branche in self.branches)


def arbres(appel: Appel, cherche: str = "") -> list[Arbre]:
    """The tree of the call; with words, only the objectives whose label holds them all (or whose code begins so)."""
    mots = mots_de(cherche)
    thematiques = Thematique.objects.filter(appel=appel).prefetch_related("enjeux__objectifs")
    trouves = [Arbre(une, tuple(_branches(une, mots))) for une in thematiques]
    return [arbre for arbre in trouves if arbre.branches or not mots]


def _branches(thematique: Thematique, mots: Sequence[str]) -> list[Branche]:
    branches = []
    for enjeu in thematique.enjeux.all():
        feuilles = tuple(
            Feuille(objectif.code, objectif.libelle, surligner(objectif.libelle, mots))
            for objectif in enjeu.objectifs.all()
            if not mots or contient(str(objectif), mots)
        )
        if feuilles or not mots:
            branches.append(Branche(enjeu, feuilles))
    return branches
