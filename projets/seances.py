"""One meeting of the troïka, read and written: sheets of the agenda, hours, order, voices.

Decisions and statuts go through ``workflow``; here is what a meeting holds beside them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import accumulate

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from correspondants.enums import PILOTES, Role
from correspondants.models import Utilisateur

from . import lecture_seance
from .constats import Constat, Gravite
from .dossier import Dossier
from .enums import SensDecision
from .enveloppes import Cle
from .lecture_seance import PointLu
from .models import (
    AvisIEN,
    AvisTroika,
    Decision,
    Deport,
    Exercice,
    PointOrdreDuJour,
    Projet,
    SeanceTroika,
)
from .models.projet import edition_en_mots
from .permissions import peut_voir_deliberations
from .questionnaire import Referentiel
from .regles import constater
from .valeurs import nombre
from .workflow import ActionImpossible, ModificationConcurrente, publier_seance

PILOTES_EN_ORDRE = tuple(role for role in Role if role in PILOTES)


# --- reading --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Voix:
    """The place of one pilot: the voice given, or None; the déport that withdraws it, or None."""

    pilote: Role
    avis: AvisTroika | None
    deport: Deport | None = None
    apres_decision: bool = False  # given or changed after the pending decision was recorded
    avant_seance: bool = False  # given before the hour of the meeting


@dataclass
class Fiche:
    """What the meeting reads of one project. ``visible`` is false for the porteur of the project: no deliberation."""

    lu: PointLu
    rang: int
    debut: datetime  # when it should be spoken of
    visible: bool
    referentiel: Referentiel
    attend_le_lecteur: bool = False  # whether the voice of who reads is not given yet
    voix: tuple[Voix, ...] = ()
    decision: Decision | None = None
    formulaires: dict[str, object] = field(default_factory=dict)  # "voix", "decision": forms of who may use them

    @property
    def point(self) -> PointOrdreDuJour:
        return self.lu.point

    @property
    def retards(self) -> tuple[Exercice, ...]:
        """Overdue bilans of the other projects of its structure."""
        return self.lu.retards

    @property
    def edition(self) -> str:
        """« 2e année », of a renewed project."""
        return edition_en_mots(self.lu.edition)

    # Worked out for who shows them only: a piece of page that is kept asks for none.

    @cached_property
    def dossier(self) -> Dossier:
        return self.projet.contenu

    @property
    def resume(self) -> str:
        return self.dossier.resume

    @property
    def structure(self) -> str:
        return self.dossier.structure_nom

    @cached_property
    def public(self) -> str:
        return _public(self.dossier, self.referentiel)

    @cached_property
    def constats(self) -> tuple[Constat, ...]:
        return tuple(c for c in constater(self.dossier, self.referentiel) if c.gravite is not Gravite.CONSEIL)

    @property
    def projet(self) -> Projet:
        return self.point.projet

    @property
    def avis_scolaires(self) -> list[AvisIEN]:
        return self.projet.avis_en_vigueur

    @property
    def nombre_voix(self) -> int:
        return sum(voix.avis is not None for voix in self.voix)

    @property
    def voix_attendues(self) -> int:
        """How many pilots have to speak: those who did not withdraw."""
        return sum(voix.deport is None for voix in self.voix)

    @property
    def deports(self) -> list[Deport]:
        return [voix.deport for voix in self.voix if voix.deport]

    @property
    def est_a_reprendre(self) -> bool:
        """Whether a pilot withdrew after the pending decision: it has to be recorded again."""
        decision = self.decision
        return bool(decision and not decision.publiee and any(d.le > decision.modifiee_le for d in self.deports))

    @property
    def fin(self) -> datetime:
        return self.debut + timedelta(minutes=self.point.duree_minutes)

    @property
    def demande(self) -> Decimal:
        return sum((exercice.montant_demande for exercice in self.projet.exercices.all()), Decimal(0))


def fiches(seance: SeanceTroika, lecteur: Utilisateur) -> list[Fiche]:
    """The agenda in order, in the same number of queries however long it is."""
    lus = lecture_seance.lire(seance).points
    referentiel = seance.appel.referentiel() if lus else None
    durees = accumulate((timedelta(minutes=lu.point.duree_minutes) for lu in lus), initial=timedelta())
    return [
        _fiche(rang, seance.date + attente, lu, lecteur, referentiel)
        for rang, (lu, attente) in enumerate(zip(lus, durees, strict=False), 1)
    ]


def _fiche(rang: int, debut: datetime, lu: PointLu, lecteur: Utilisateur, referentiel: Referentiel) -> Fiche:
    point = lu.point
    visible = peut_voir_deliberations(lecteur, point.projet)
    fiche = Fiche(lu, rang, debut, visible, referentiel)
    if visible:
        fiche.decision = getattr(point, "decision", None)
        donnees = {avis.pilote: avis for avis in point.voix.all()}
        deports = {deport.pilote: deport for deport in point.deports.all()}
        fiche.voix = tuple(
            _voix(pilote, donnees.get(pilote), deports.get(pilote), fiche.decision, point.seance.date)
            for pilote in PILOTES_EN_ORDRE
        )
        fiche.attend_le_lecteur = point.seance.est_ouverte and any(
            voix.avis is None and voix.deport is None and voix.pilote in lecteur.roles for voix in fiche.voix
        )
    return fiche


def _voix(
    pilote: Role, avis: AvisTroika | None, deport: Deport | None, decision: Decision | None, seance: datetime
) -> Voix:
    changee = bool(avis and decision and not decision.publiee and avis.modifie_le > decision.modifiee_le)
    return Voix(pilote, avis, deport, changee, avant_seance=bool(avis and avis.modifie_le < seance))


def _public(dossier: object, referentiel: Referentiel) -> str:
    """« 25 enfants et jeunes (6-10 ans : 25), 10 parents »."""
    tranches = [
        f"{referentiel.libelle('tranches_age', e.tranche)} : {nombre((e.filles or 0) + (e.garcons or 0))}"
        for e in dossier.effectifs
        if (e.filles or 0) + (e.garcons or 0)
    ]
    morceaux = []
    if tranches:
        morceaux.append(f"{nombre(dossier.nombre_enfants)} enfants et jeunes ({', '.join(tranches)})")
    if dossier.nombre_parents:
        morceaux.append(f"{nombre(dossier.nombre_parents)} parents")
    if dossier.nombre_professionnels:
        morceaux.append(f"{nombre(dossier.nombre_professionnels)} professionnels")
    return ", ".join(morceaux)


# --- writing --------------------------------------------------------------------------------------------------------


def prendre(seance: SeanceTroika) -> SeanceTroika:
    """The meeting, held until the end of the transaction. Raises ActionImpossible once its decisions are published."""
    ouverte = SeanceTroika.objects.ouvertes().select_for_update(no_key=True).filter(pk=seance.pk).first()
    if ouverte is None:
        raise ActionImpossible("Les décisions de cette séance sont publiées : elle ne se modifie plus.")
    return ouverte


def prendre_point(point: PointOrdreDuJour) -> None:
    """Holds one project of the agenda until the end of the transaction, so that nobody takes it off or publishes it
    meanwhile. Raises ActionImpossible when that is done already."""
    tenu = Projet.objects.select_for_update(no_key=True).filter(pk=point.projet_id).first()
    if tenu is None or not SeanceTroika.objects.ouvertes().filter(pk=point.seance_id, points=point.pk).exists():
        raise ActionImpossible("Ce projet n’est plus à l’ordre du jour d’une séance ouverte.")


@transaction.atomic
def modifier(seance: SeanceTroika, **champs: object) -> None:
    """Date and place of a meeting that is not published. Raises ActionImpossible."""
    tenue = prendre(seance)
    if any(getattr(tenue, nom) != valeur for nom, valeur in champs.items()):
        suite = {"sequence": F("sequence") + 1, "modifiee_le": timezone.now()}
        SeanceTroika.objects.filter(pk=seance.pk).update(**champs, **suite)


@transaction.atomic
def deplacer(seance: SeanceTroika, point: int, pas: int) -> None:
    """Moves one point up (-1) or down (+1) and numbers the agenda again. Raises ActionImpossible."""
    points = _agenda_tenu(seance)
    depart = _rang_de(points, point)
    _renumeroter(points, depart, depart + pas)


@transaction.atomic
def placer(seance: SeanceTroika, point: int, rang: int, duree: int) -> None:
    """Puts one point at a place of the agenda (from 1; beyond the end is the end), for so many minutes."""
    points = _agenda_tenu(seance)
    depart = _rang_de(points, point)
    points[depart].duree_minutes = duree
    _renumeroter(points, depart, rang - 1)


def _agenda_tenu(seance: SeanceTroika) -> list[PointOrdreDuJour]:
    prendre(seance)
    return list(seance.points.order_by("rang", "pk"))


def _rang_de(points: list[PointOrdreDuJour], point: int) -> int:
    depart = next((i for i, p in enumerate(points) if p.pk == point), None)
    if depart is None:
        raise ActionImpossible("Ce projet n’est plus à l’ordre du jour de la séance.")
    return depart


def _renumeroter(points: list[PointOrdreDuJour], depart: int, arrivee: int) -> None:
    points.insert(max(0, min(arrivee, len(points) - 1)), points.pop(depart))
    for rang, p in enumerate(points, 1):
        p.rang = rang
    PointOrdreDuJour.objects.bulk_update(points, ["rang", "duree_minutes"])


def empreinte(points: Iterable[PointOrdreDuJour]) -> str:
    """What a person saw before publishing: the agenda and the version of each project."""
    return ",".join(sorted(f"{point.projet_id}:{point.projet.version}" for point in points))


@transaction.atomic
def publier(seance: SeanceTroika, vue: str, par: Utilisateur, motifs: Mapping[Cle, str] | None = None) -> int:
    """Publishes what was seen, and nothing else: the number of decisions. ``motifs``: why an envelope is overrun.

    Raises as ``workflow.publier_seance``, and ModificationConcurrente when a decision changed since the page was shown.
    """
    passages = publier_seance(seance, par=par, motifs=motifs)
    publiees = sorted(f"{passage.projet_id}:{passage.projet.version - 1}" for passage in passages)
    if ",".join(publiees) != vue:
        raise ModificationConcurrente
    return len(passages)


def obstacles_publication(agenda: Iterable[Fiche]) -> list[str]:
    """Why the decisions cannot be published yet: sentences, none when they can."""
    agenda = list(agenda)
    if not agenda:
        return ["L’ordre du jour est vide : il n’y a rien à publier."]
    manques = [
        f"Projet {fiche.projet.numero}, {fiche.projet.titre}\u00a0: pas encore de décision."
        for fiche in agenda
        if fiche.visible and not fiche.decision
    ]
    deports = [
        f"Un pilote s’est déporté du projet {fiche.projet.numero} depuis la décision : enregistrez-la de nouveau."
        for fiche in agenda
        if fiche.est_a_reprendre
    ]
    voix = [
        f"Il manque une voix sur le projet {fiche.projet.numero} depuis que sa décision est enregistrée."
        for fiche in agenda
        if fiche.decision and fiche.nombre_voix < fiche.voix_attendues
    ]
    siens = [
        f"Vous portez le projet {fiche.projet.numero} : c’est à une autre personne de la coordination de publier."
        for fiche in agenda
        if not fiche.visible
    ]
    return manques + deports + voix + siens


def total_accorde(agenda: Iterable[Fiche]) -> Decimal:
    """Euros that the visible decisions of a meeting grant."""
    return sum(
        (f.decision.total_accorde for f in agenda if f.decision and SensDecision(f.decision.sens).accorde), Decimal(0)
    )
