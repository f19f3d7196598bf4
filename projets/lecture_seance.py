"""One meeting with all that it says of the projects of its agenda, read by one query however long the agenda is."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from cite_educative.preparees import Objets

from .ensembles import Ensemble
from .enums import GenreBilan, Statut, StatutBilan
from .models import (
    AvisIEN,
    AvisTroika,
    Deport,
    Exercice,
    MontantAccorde,
    PointOrdreDuJour,
    PresenceSeance,
    Projet,
    SeanceTroika,
    echeance,
    echeance_prolongee,
)
from .models.projet import editions

_SECRETS = (
    "password",
    "last_login",
    "date_joined",
    "is_superuser",
    "is_staff",
    "is_active",
)  # of an account, useless here
EN_COURS = [statut for statut in Statut if statut is not Statut.CLOS]


@dataclass(frozen=True)
class PointLu:
    """A point of the agenda with everything that hangs on it as if it had been prefetched; ``retards``: the overdue bilans of
    its structure, other projects'; ``edition``: of its project. ``brut``: all of it as the database said it."""

    point: PointOrdreDuJour
    retards: tuple[Exercice, ...]
    edition: int
    brut: tuple[Any, ...]


@dataclass(frozen=True)
class SeanceLue:
    points: tuple[PointLu, ...]
    presences: tuple[PresenceSeance, ...]


def seance(pk: int) -> SeanceTroika | None:
    """One meeting, with its call and who published it."""
    return next(iter(_SEANCE.lire(pk)), None)


def lire(seance: SeanceTroika) -> SeanceLue:
    """The agenda in its order; ``seance`` and its points know their attendance, voices, amounts… without asking for them."""
    lus = _AGENDA.lire(seance.pk)
    aujourdhui = timezone.localdate()
    exercices = _par(sorted(lus["exercices"], key=lambda e: e.annee), "projet_id")
    connus = {exercice.pk: exercice for exercice in lus["exercices"]}
    voix = _par(sorted(lus["voix"], key=lambda v: v.pilote), "point_id")
    deports = _par(sorted(lus["deports"], key=lambda d: d.pilote), "point_id")
    avis = _par(sorted(lus["avis"], key=lambda a: a.pk), "projet_id")
    retards: dict[int, list[Exercice]] = defaultdict(list)
    for exercice in sorted(lus["retards"], key=lambda e: (-e.projet_id, e.annee)):
        if _du_le(exercice) < aujourdhui:
            retards[exercice.projet.structure_id].append(exercice)
    for montant in lus["montants"]:
        if montant.exercice_id in connus:
            montant.exercice = connus[montant.exercice_id]
    ordre = sorted(lus["montants"], key=lambda m: (m.exercice.annee, m.exercice_id, m.financeur))
    montants = _par(ordre, "decision_id")
    points = sorted(lus["points"], key=lambda p: (p.rang, p.pk))
    numeros = editions([point.projet for point in points], _reconduits(points))
    seance._prefetched_objects_cache = {"presences": sorted(lus["presences"], key=lambda p: p.pilote)}
    rendus = []
    for point in points:
        projet, decision = point.projet, getattr(point, "decision", None)
        siens = [*exercices[projet.pk], *voix[point.pk], *deports[point.pk], *avis[projet.pk]]
        point.seance, projet.avis_en_vigueur = seance, avis[projet.pk]
        point._prefetched_objects_cache = {"voix": voix[point.pk], "deports": deports[point.pk]}
        projet._prefetched_objects_cache = {"exercices": exercices[projet.pk]}
        if decision is not None:
            decision._prefetched_objects_cache = {"montants": montants[decision.pk]}
            siens += montants[decision.pk]
        dus = tuple(e for e in retards[projet.structure_id] if e.projet_id != projet.pk)
        brut = (point.brute, *(un.brute for un in (*siens, *dus)))
        rendus.append(PointLu(point, dus, numeros[projet.pk], brut))
    return SeanceLue(tuple(rendus), tuple(lus["presences"]))


def _par(objets: Iterable[Any], champ: str) -> defaultdict[int, list[Any]]:
    rangees: defaultdict[int, list[Any]] = defaultdict(list)
    for objet in objets:
        rangees[getattr(objet, champ)].append(objet)
    return rangees


def _du_le(exercice: Exercice) -> date:
    """``Exercice.echeance_bilan``, without reading the other years of its project."""
    genre = GenreBilan.INTERMEDIAIRE if exercice.suivi else GenreBilan.DEFINITIF
    return echeance_prolongee(echeance(exercice.projet.appel, exercice.annee, genre), exercice.prolonge_au)


def _reconduits(points: Iterable[PointOrdreDuJour]) -> dict[int, int | None]:
    """Of which project each of the editions before was made, as far as the agenda says."""
    connus = {}
    for point in points:
        chaine = [point.projet.reconduit_de_id, point.avant_1, point.avant_2]
        connus |= {pk: avant for pk, avant in pairwise(chaine) if pk is not None}
    return connus


def _sauf_secrets(*comptes: str) -> list[str]:
    return [f"{compte}__{champ}" for compte in comptes for champ in _SECRETS]


def _points(seance: int) -> QuerySet[PointOrdreDuJour]:
    lies = ("projet__structure", "projet__objectif_principal", "decision__par", "notes_par")
    avant = "projet__reconduit_de"
    return (
        PointOrdreDuJour.objects.filter(seance=seance)
        .select_related(*lies)
        .defer("projet__lecture", *_sauf_secrets("decision__par", "notes_par"))
        .annotate(
            avant_1=F(f"{avant}__reconduit_de"),
            avant_2=F(f"{avant}__reconduit_de__reconduit_de"),
        )
        .order_by()
    )


def _retards(seance: int) -> QuerySet[Exercice]:
    """Granted years of the structures of the agenda, whose bilan is not given back (``gardes.exercices_en_retard``).

    A closed project owes nothing any more: most are, and none of theirs is looked at.
    """
    structures = Projet.objects.filter(points__seance=seance).order_by().values("structure")
    accordes = MontantAccorde.objects.filter(exercice=OuterRef("pk"), decision__publiee=True, montant__gt=0).order_by()
    plus_tard = Exercice.objects.filter(projet=OuterRef("projet"), annee__gt=OuterRef("annee")).order_by()
    return (
        Exercice.objects.filter(Exists(accordes), projet__structure__in=structures, projet__statut__in=EN_COURS)
        .exclude(bilan__statut__in=[StatutBilan.DEPOSE, StatutBilan.ACCEPTE])
        .select_related("projet__appel", "bilan")
        .only(
            "projet", "annee", "projet__numero", "projet__structure", "projet__appel__bilan_intermediaire_mois",
            "projet__appel__bilan_intermediaire_jour", "projet__appel__bilan_definitif_mois", "bilan__exercice",
            "bilan__prolonge_au",
        )
        .annotate(suivi=Exists(plus_tard))
        .order_by()
    )  # fmt: skip


def _de_quelqu_un(lignes: QuerySet) -> QuerySet:
    return lignes.select_related("par").defer(*_sauf_secrets("par")).order_by()


_SEANCE = Objets(
    lambda seance: (
        SeanceTroika.objects.filter(pk=seance)
        .select_related("appel", "publiee_par")
        .defer(*_sauf_secrets("publiee_par"))
        .order_by()
    ),
    1,
)
_AGENDA = Ensemble(
    {
        "points": _points,
        "exercices": lambda seance: Exercice.objects.filter(projet__points__seance=seance).order_by(),
        "voix": lambda seance: _de_quelqu_un(AvisTroika.objects.filter(point__seance=seance)),
        "deports": lambda seance: _de_quelqu_un(Deport.objects.filter(point__seance=seance)),
        "montants": lambda seance: MontantAccorde.objects.filter(decision__point__seance=seance).order_by(),
        "avis": lambda seance: (
            AvisIEN.objects.en_vigueur()
            .filter(projet__points__seance=seance)
            .select_related("correspondant")
            .order_by()
        ),
        "retards": _retards,
        "presences": lambda seance: _de_quelqu_un(PresenceSeance.objects.filter(seance=seance)),
    },
    1,
)
