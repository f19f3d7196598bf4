"""The minutes of a published meeting: who spoke, votes, decisions, amounts, motives, as they were on that day."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from correspondants.models import Utilisateur

from ..dossier import Dossier
from ..enums import Financeur
from ..models import AvisIEN, Decision, PointOrdreDuJour, SeanceTroika
from ..permissions import peut_voir_deliberations
from ..seances import PILOTES_EN_ORDRE
from ..valeurs import date_longue
from .pdf import rendre


@dataclass(frozen=True)
class VoixRapportee:
    pilote: str
    voix: str
    motif: str
    par: str


@dataclass(frozen=True)
class MontantRapporte:
    """One civil year, in euros: asked, then given by each funder."""

    annee: int
    demande: Decimal
    accordes: tuple[tuple[str, Decimal], ...]
    total: Decimal


@dataclass(frozen=True)
class PointRapporte:
    """One project of the minutes; without its deliberations for a reader who carries it."""

    rang: int
    numero: str
    titre: str
    structure: str
    visible: bool
    avis: tuple[AvisIEN, ...]
    voix: tuple[VoixRapportee, ...]
    decision: Decision
    montants: tuple[MontantRapporte, ...]
    notes: str


@dataclass(frozen=True)
class CompteRendu:
    cite: str
    appel_titre: str
    date: datetime
    lieu: str
    publie_le: date
    publie_par: str
    presences: tuple[tuple[str, str], ...]  # pilot, « 3 voix sur 4 projets, par … »
    points: tuple[PointRapporte, ...]
    totaux: tuple[tuple[int, str, Decimal], ...]  # civil year, funder, euros

    @classmethod
    def de(cls, seance: SeanceTroika, lecteur: Utilisateur) -> "CompteRendu":
        """What the reader may read of a published meeting."""
        points = list(
            seance.points.select_related("projet__structure", "decision").prefetch_related(
                "projet__avis_ien__correspondant", "projet__depots", "voix__par", "decision__montants__exercice"
            )
        )
        return cls(
            cite=seance.appel.cite,
            appel_titre=seance.appel.titre,
            date=seance.date,
            lieu=seance.lieu,
            publie_le=timezone.localtime(seance.publiee_le).date(),
            publie_par=str(seance.publiee_par),
            presences=tuple((pilote.label, _presence(pilote, points)) for pilote in PILOTES_EN_ORDRE),
            points=tuple(
                _rapporter(rang, point, seance, peut_voir_deliberations(lecteur, point.projet))
                for rang, point in enumerate(points, 1)
            ),
            totaux=_totaux(points),
        )


def _presence(pilote: str, points: list[PointOrdreDuJour]) -> str:
    """Attendance is read from the voices: how many, recorded by whom."""
    voix = [v for point in points for v in point.voix.all() if v.pilote == pilote]
    personnes = ", ".join(dict.fromkeys(str(v.par) for v in voix))
    if not voix:
        return "aucune voix"
    projets = "1 projet" if len(points) == 1 else f"{len(points)} projets"
    return f"{len(voix)} voix sur {projets}, par {personnes}"


def _totaux(points: list[PointOrdreDuJour]) -> tuple[tuple[int, str, Decimal], ...]:
    sommes: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for point in points:
        for montant in point.decision.montants.all():
            sommes[montant.exercice.annee, montant.financeur] += montant.montant
    return tuple((annee, Financeur(financeur).label, somme) for (annee, financeur), somme in sorted(sommes.items()))


def _rapporter(rang: int, point: PointOrdreDuJour, seance: SeanceTroika, visible: bool) -> PointRapporte:
    """One point as it was when the decisions were published: the deposit of that day, not what came after."""
    depot = next((d for d in point.projet.depots.all() if d.cree_le <= seance.publiee_le), None)
    dossier = Dossier.depuis_json(depot.donnees) if depot else point.projet.contenu
    return PointRapporte(
        rang=rang,
        numero=point.projet.numero,
        titre=dossier.titre,
        structure=dossier.structure_nom,
        visible=visible,
        avis=tuple(_avis_du_jour(point.projet.avis_ien.all(), seance.publiee_le)),
        voix=tuple(
            VoixRapportee(v.get_pilote_display(), v.get_voix_display(), v.motif, str(v.par)) for v in point.voix.all()
        )
        if visible
        else (),
        decision=point.decision,
        montants=tuple(_montants(point.decision, dossier)),
        notes=point.notes if visible else "",
    )


def _avis_du_jour(avis: Iterable[AvisIEN], jour: datetime) -> Iterable[AvisIEN]:
    """The last opinion of each authority on the day of the publication."""
    rendus = sorted((a for a in avis if a.est_rendu and a.rendu_le <= jour), key=lambda a: a.rendu_le)
    return {(a.autorite, a.correspondant_id): a for a in rendus}.values()


def _montants(decision: Decision, dossier: Dossier) -> list[MontantRapporte]:
    accordes: dict[int, list[tuple[str, Decimal]]] = defaultdict(list)
    for montant in decision.montants.all():
        accordes[montant.exercice.annee].append((montant.get_financeur_display(), montant.montant))
    return [
        MontantRapporte(
            annee,
            dossier.montant_demande(annee),
            tuple(accordes[annee]),
            sum((somme for _, somme in accordes[annee]), Decimal(0)),
        )
        for annee in sorted({*dossier.annees, *accordes})
    ]


def compte_rendu(rapport: CompteRendu) -> bytes:
    """The minutes as an accessible PDF."""
    jour = date_longue(timezone.localtime(rapport.date).date())
    return rendre(
        "projets/documents/compte_rendu.html",
        {
            "rapport": rapport,
            "cite": rapport.cite,
            "appel_titre": rapport.appel_titre,
            "reference": f"Troïka du {jour}",
        },
        titre=f"Compte rendu de la troïka du {jour}",
    )
