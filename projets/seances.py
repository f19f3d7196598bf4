"""One meeting of the troïka, read and written: sheets of the agenda, order, voices, what is left in the envelopes.

Decisions and statuts go through ``workflow``; here is what a meeting holds beside them.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction
from django.db.models import Prefetch

from correspondants.enums import PILOTES, Role
from correspondants.models import Utilisateur

from .constats import Constat, Gravite
from .enums import Financeur, SensDecision
from .gardes import exercices_en_retard
from .models import (
    AvisIEN,
    AvisTroika,
    Decision,
    Enveloppe,
    Exercice,
    PointOrdreDuJour,
    Projet,
    SeanceTroika,
    situation_enveloppes,
)
from .permissions import peut_voir_deliberations
from .questionnaire import Referentiel
from .regles import constater
from .valeurs import nombre
from .workflow import ActionImpossible, ModificationConcurrente, publier_seance

PILOTES_EN_ORDRE = tuple(role for role in Role if role in PILOTES)


# --- reading --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Voix:
    """The place of one pilot: the voice given, or None."""

    pilote: Role
    avis: AvisTroika | None
    apres_decision: bool = False  # given or changed after the pending decision was recorded


@dataclass
class Fiche:
    """What the meeting reads of one project. ``visible`` is false for the porteur of the project: no deliberation."""

    point: PointOrdreDuJour
    rang: int
    visible: bool
    resume: str = ""
    structure: str = ""
    public: str = ""
    constats: tuple[Constat, ...] = ()
    retards: tuple[Exercice, ...] = ()
    voix: tuple[Voix, ...] = ()
    decision: Decision | None = None
    formulaires: dict[str, object] = field(default_factory=dict)  # "voix", "decision": forms of who may use them

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
    def demande(self) -> Decimal:
        return sum((exercice.montant_demande for exercice in self.projet.exercices.all()), Decimal(0))


def fiches(seance: SeanceTroika, lecteur: Utilisateur) -> list[Fiche]:
    """The agenda in order, in the same number of queries however long it is."""
    points = list(
        seance.points.select_related(
            "projet__structure", "projet__objectif_principal", "decision__par"
        ).prefetch_related(
            "projet__exercices",
            "voix__par",
            "decision__montants__exercice",
            Prefetch(
                "projet__avis_ien",
                AvisIEN.objects.en_vigueur().select_related("correspondant"),
                to_attr="avis_en_vigueur",
            ),
        )
    )
    referentiel = seance.appel.referentiel() if points else None
    retards = defaultdict(list)
    for exercice in exercices_en_retard({p.projet.structure_id for p in points} - {None}) if points else ():
        retards[exercice.projet.structure_id].append(exercice)
    return [_fiche(rang, point, lecteur, referentiel, retards) for rang, point in enumerate(points, 1)]


def _fiche(
    rang: int,
    point: PointOrdreDuJour,
    lecteur: Utilisateur,
    referentiel: Referentiel,
    retards: dict[int, list[Exercice]],
) -> Fiche:
    dossier = point.projet.contenu
    fiche = Fiche(
        point,
        rang,
        visible=peut_voir_deliberations(lecteur, point.projet),
        resume=dossier.resume,
        structure=dossier.structure_nom,
        public=_public(dossier, referentiel),
        constats=tuple(c for c in constater(dossier, referentiel) if c.gravite is not Gravite.CONSEIL),
        retards=tuple(e for e in retards[point.projet.structure_id] if e.projet_id != point.projet_id),
    )
    if fiche.visible:
        fiche.decision = getattr(point, "decision", None)
        donnees = {avis.pilote: avis for avis in point.voix.all()}
        fiche.voix = tuple(_voix(pilote, donnees.get(pilote), fiche.decision) for pilote in PILOTES_EN_ORDRE)
    return fiche


def _voix(pilote: Role, avis: AvisTroika | None, decision: Decision | None) -> Voix:
    changee = bool(avis and decision and not decision.publiee and avis.modifie_le > decision.modifiee_le)
    return Voix(pilote, avis, changee)


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


# --- what is left ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LigneEnveloppe:
    """One funder, one civil year, in euros: voted; granted before; pending in other meetings; given by this one; left."""

    financeur: Financeur
    vote: Decimal
    engage: Decimal
    ailleurs: Decimal
    propose: Decimal
    reste: Decimal

    @property
    def depassement(self) -> Decimal:
        return max(-self.reste, Decimal(0))


Simulation = dict[int, tuple[LigneEnveloppe, ...]]


def simuler(seance: SeanceTroika, agenda: Iterable[Fiche]) -> Simulation:
    """Envelopes of every civil year the agenda touches (of every year voted, when it is empty), this meeting set apart."""
    points = [fiche.point for fiche in agenda]
    annees = {exercice.annee for point in points for exercice in point.projet.exercices.all()}
    if not annees:
        annees = set(Enveloppe.objects.filter(appel=seance.appel).values_list("annee", flat=True))
    proposes: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for point in points:
        for montant in point.decision.montants.all() if hasattr(point, "decision") else ():
            proposes[montant.exercice.annee, montant.financeur] += montant.montant
    return {annee: tuple(_lignes_enveloppes(seance, annee, proposes)) for annee in sorted(annees)}


def _lignes_enveloppes(
    seance: SeanceTroika, annee: int, proposes: dict[tuple[int, str], Decimal]
) -> Iterable[LigneEnveloppe]:
    for situation in situation_enveloppes(seance.appel, annee):
        propose = proposes[annee, situation["financeur"]]
        engage, attente = situation["engage"], situation["en_attente"]
        if seance.est_ouverte:
            attente -= propose
        else:
            engage -= propose
        yield LigneEnveloppe(situation["financeur"], situation["vote"], engage, attente, propose, situation["reste"])


def restes(simulation: Simulation, decision: Decision | None) -> dict[tuple[int, str], Decimal]:
    """What each envelope can still give to one project: what is left, and what its own pending decision holds."""
    disponibles: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for annee, lignes in simulation.items():
        for ligne in lignes:
            disponibles[annee, ligne.financeur] = ligne.reste
    for montant in decision.montants.all() if decision else ():
        disponibles[montant.exercice.annee, montant.financeur] += montant.montant
    return disponibles


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
    prendre(seance)
    SeanceTroika.objects.filter(pk=seance.pk).update(**champs)


@transaction.atomic
def deplacer(seance: SeanceTroika, point: int, pas: int) -> None:
    """Moves one point up (-1) or down (+1) and numbers the agenda again. Raises ActionImpossible."""
    prendre(seance)
    points = list(seance.points.order_by("rang", "pk"))
    depart = next((i for i, p in enumerate(points) if p.pk == point), None)
    if depart is None:
        raise ActionImpossible("Ce projet n’est plus à l’ordre du jour de la séance.")
    arrivee = max(0, min(depart + pas, len(points) - 1))
    points.insert(arrivee, points.pop(depart))
    for rang, p in enumerate(points, 1):
        p.rang = rang
    PointOrdreDuJour.objects.bulk_update(points, ["rang"])


def empreinte(points: Iterable[PointOrdreDuJour]) -> str:
    """What a person saw before publishing: the agenda and the version of each project."""
    return ",".join(sorted(f"{point.projet_id}:{point.projet.version}" for point in points))


@transaction.atomic
def publier(seance: SeanceTroika, vue: str, par: Utilisateur) -> int:
    """Publishes what was seen, and nothing else: the number of decisions.

    Raises as ``workflow.publier_seance``, and ModificationConcurrente when a decision changed since the page was shown.
    """
    passages = publier_seance(seance, par=par)
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
        f"Le projet {fiche.projet.numero}, « {fiche.projet.titre} », n’a pas encore de décision."
        for fiche in agenda
        if not hasattr(fiche.point, "decision")
    ]
    siens = [
        f"Vous portez le projet {fiche.projet.numero} : c’est à une autre personne de la coordination de publier."
        for fiche in agenda
        if not fiche.visible
    ]
    return manques + siens


def total_accorde(agenda: Iterable[Fiche]) -> Decimal:
    """Euros that the visible decisions of a meeting grant."""
    return sum(
        (f.decision.total_accorde for f in agenda if f.decision and SensDecision(f.decision.sens).accorde), Decimal(0)
    )
