"""The minutes of a meeting: who was there, votes, decisions, amounts, motives, as they were on the day of publication.

Before it, the services read a draft of them, marked on every page.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from correspondants.enums import Role
from correspondants.models import Utilisateur

from ..blocs import Bloc, Faits, Imprime, Paragraphe, Titre, paragraphes, tableau
from ..dossier import Dossier
from ..enums import Financeur
from ..enveloppes import MotifDepassement, SituationEnveloppe, situations
from ..models import AvisIEN, Decision, PointOrdreDuJour, PresenceSeance, SeanceTroika
from ..permissions import peut_voir_deliberations
from ..seances import PILOTES_EN_ORDRE
from ..valeurs import date_longue, euros
from .enveloppes import dire_depassement

PROVISOIRE = "provisoire"  # across the pages of minutes that are not published


@dataclass(frozen=True)
class VoixRapportee:
    pilote: str
    voix: str
    motif: str
    par: str  # « donnée par … », « saisie par … »


@dataclass(frozen=True)
class MontantRapporte:
    """One civil year, in euros: asked, then given by each funder."""

    annee: int
    demande: Decimal
    accordes: tuple[tuple[str, Decimal], ...]
    total: Decimal


@dataclass(frozen=True)
class PointRapporte:
    """One project of the minutes; without its deliberations for a reader who carries it.

    ``decision`` is None as long as none is recorded, or while that reader may not know it.
    """

    rang: int
    numero: str
    titre: str
    structure: str
    visible: bool
    avis: tuple[AvisIEN, ...]
    voix: tuple[VoixRapportee, ...]
    decision: Decision | None
    montants: tuple[MontantRapporte, ...]
    notes: str
    deports: tuple[tuple[str, str], ...]  # pilot, reason


@dataclass(frozen=True)
class CompteRendu:
    cite: str
    appel_titre: str
    date: datetime
    lieu: str
    publie_le: date | None
    publie_par: str
    notes: str
    presences: tuple[tuple[str, str, str], ...]  # pilot, « présent, … », « 3 voix sur 4 projets, par … »
    autres_presents: str
    points: tuple[PointRapporte, ...]
    totaux: tuple[tuple[int, str, Decimal], ...]  # civil year, funder, euros
    enveloppes: tuple["EnveloppeApres", ...]

    @property
    def est_provisoire(self) -> bool:
        return self.publie_le is None

    @classmethod
    def de(cls, seance: SeanceTroika, lecteur: Utilisateur) -> "CompteRendu":
        """What the reader may read of a meeting, in the same number of queries however long it was."""
        points = list(
            seance.points.select_related("projet__structure", "decision").prefetch_related(
                "projet__avis_ien__correspondant",
                "projet__depots",
                "voix__par",
                "deports",
                "decision__montants__exercice",
            )
        )
        presences = {presence.pilote: presence for presence in seance.presences.all()}
        limite = seance.publiee_le or timezone.now()
        visibles = [peut_voir_deliberations(lecteur, point.projet) for point in points]
        # Sums of a meeting that is not published would tell its porteur what was decided of one hidden project.
        sommes = points if not seance.est_ouverte or all(visibles) else []
        return cls(
            cite=seance.appel.cite,
            appel_titre=seance.appel.titre,
            date=seance.date,
            lieu=seance.lieu,
            publie_le=timezone.localtime(seance.publiee_le).date() if seance.publiee_le else None,
            publie_par=str(seance.publiee_par or ""),
            notes=seance.notes,
            presences=tuple(
                (pilote.label, _presence(presences.get(pilote)), _voix_donnees(pilote, points))
                for pilote in PILOTES_EN_ORDRE
            ),
            autres_presents=seance.autres_presents,
            points=tuple(
                _rapporter(rang, point, seance, limite, visible)
                for rang, (point, visible) in enumerate(zip(points, visibles, strict=True), 1)
            ),
            totaux=_totaux(sommes),
            enveloppes=tuple(_enveloppes(seance, sommes, limite)),
        )


@dataclass(frozen=True)
class EnveloppeApres:
    """One funder, one civil year, in euros: its envelope; granted by the meetings before; by this one; what is left."""

    annee: int
    financeur: str
    dotation: Decimal
    avant: Decimal
    ici: Decimal
    motifs: tuple[MotifDepassement, ...] = ()

    @property
    def reste(self) -> Decimal:
        return self.dotation - self.avant - self.ici


def _enveloppes(seance: SeanceTroika, points: list[PointOrdreDuJour], limite: datetime) -> Iterator[EnveloppeApres]:
    """As they were when this meeting was published: what later meetings gave, and later movements, are left out."""
    ici = _sommes(points)
    trouvees = {s.cle: s for s in situations([seance.appel_id], {annee for annee, _ in ici}, au=limite)}
    for cle in sorted({*trouvees, *ici}):
        annee, financeur = cle
        s = trouvees.get(cle) or SituationEnveloppe(Financeur(financeur).label, annee, Financeur(financeur))
        if s.dotation or s.engage or ici.get(cle):
            yield EnveloppeApres(annee, s.libelle, s.dotation, s.engage, ici.get(cle, Decimal(0)), s.motifs)


def _presence(presence: PresenceSeance | None) -> str:
    """« Présent, … », « Excusé, représenté par … »."""
    if presence is None:
        return "non notée"
    suppleant = f"représenté par {presence.represente_par}" if presence.represente_par else ""
    return ", ".join(filter(None, (presence.get_etat_display(), presence.nom, suppleant)))


def _voix_donnees(pilote: Role, points: list[PointOrdreDuJour]) -> str:
    """How many voices were given for a pilot, and who recorded them."""
    voix = [v for point in points for v in point.voix.all() if v.pilote == pilote]
    personnes = ", ".join(dict.fromkeys(str(v.par) for v in voix))
    if not voix:
        return "aucune voix"
    projets = "1 projet" if len(points) == 1 else f"{len(points)} projets"
    return f"{len(voix)} voix sur {projets}, par {personnes}"


def _sommes(points: list[PointOrdreDuJour]) -> dict[tuple[int, str], Decimal]:
    """Euros by civil year and funder."""
    sommes: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for point in points:
        for montant in point.decision.montants.all() if hasattr(point, "decision") else ():
            sommes[montant.exercice.annee, montant.financeur] += montant.montant
    return sommes


def _totaux(points: list[PointOrdreDuJour]) -> tuple[tuple[int, str, Decimal], ...]:
    return tuple(
        (annee, Financeur(financeur).label, somme) for (annee, financeur), somme in sorted(_sommes(points).items())
    )


def _rapporter(
    rang: int, point: PointOrdreDuJour, seance: SeanceTroika, limite: datetime, visible: bool
) -> PointRapporte:
    """One point as it was when the decisions were published: the deposit of that day, not what came after."""
    depot = next((d for d in point.projet.depots.all() if d.cree_le <= limite), None)
    decision = getattr(point, "decision", None) if visible or not seance.est_ouverte else None
    dossier = Dossier.depuis_json(depot.donnees) if depot else point.projet.contenu
    return PointRapporte(
        rang=rang,
        numero=point.projet.numero,
        titre=dossier.titre,
        structure=dossier.structure_nom,
        visible=visible,
        avis=tuple(_avis_du_jour(point.projet.avis_ien.all(), limite)) if visible else (),
        voix=tuple(
            VoixRapportee(
                v.get_pilote_display(),
                v.get_voix_display(),
                v.motif,
                f"{'saisie' if v.saisie_pour else 'donnée'} par {v.par}",
            )
            for v in point.voix.all()
        )
        if visible
        else (),
        decision=decision,
        montants=tuple(_montants(decision, dossier)),
        notes=point.notes if visible else "",
        deports=tuple((d.get_pilote_display(), d.motif) for d in point.deports.all()) if visible else (),
    )


def _avis_du_jour(avis: Iterable[AvisIEN], jour: datetime) -> Iterable[AvisIEN]:
    """The last opinion of each authority on the day of the publication."""
    rendus = sorted((a for a in avis if a.est_rendu and a.rendu_le <= jour), key=lambda a: a.rendu_le)
    return {(a.autorite, a.correspondant_id): a for a in rendus}.values()


def _montants(decision: Decision | None, dossier: Dossier) -> list[MontantRapporte]:
    accordes: dict[int, list[tuple[str, Decimal]]] = defaultdict(list)
    for montant in decision.montants.all() if decision else ():
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


# --- drawn ----------------------------------------------------------------------------------------------------------


def composer(seance: SeanceTroika, lecteur: Utilisateur) -> Imprime:
    """The minutes for one reader, ready for PDF or Word."""
    rapport = CompteRendu.de(seance, lecteur)
    jour = date_longue(timezone.localtime(rapport.date).date())
    blocs: list[Bloc] = [*_tete(rapport)]
    for point in rapport.points:
        blocs += _point(point, rapport.est_provisoire)
    return Imprime(
        titre=f"Compte rendu {'provisoire ' if rapport.est_provisoire else ''}de la troïka du {jour}",
        cite=rapport.cite,
        appel_titre=rapport.appel_titre,
        reference=f"Troïka du {jour}",
        blocs=tuple(blocs),
        filigrane=PROVISOIRE if rapport.est_provisoire else "",
    )


def _tete(rapport: CompteRendu) -> Iterator[Bloc]:
    moment = timezone.localtime(rapport.date)
    yield Titre("Compte rendu de la troïka", 1)
    faits = [("Séance du", f"{date_longue(moment.date())} à {moment:%H:%M}")]
    if rapport.lieu:
        faits.append(("Lieu", rapport.lieu))
    faits.append(("Projets examinés", str(len(rapport.points))))
    if rapport.publie_le:
        faits.append(("Décisions publiées le", f"{date_longue(rapport.publie_le)} par {rapport.publie_par}"))
    yield Faits("La séance", tuple(faits))
    if rapport.est_provisoire:
        yield Paragraphe(
            "Compte rendu provisoire : les décisions ne sont pas publiées et peuvent encore changer. Ne le transmettez pas.",
            ton="alerte",
        )
    yield tableau("Présences", ("Pilote", "Présence", "Voix données"), rapport.presences, parts=(4, 6, 7))
    yield from paragraphes(rapport.autres_presents, "Autres présents :")
    if rapport.notes:
        yield Titre("Notes sur la séance", 3)
        yield from paragraphes(rapport.notes)
    if rapport.totaux:
        rangees = [(str(annee), financeur, euros(montant)) for annee, financeur, montant in rapport.totaux]
        total = sum((montant for _, _, montant in rapport.totaux), Decimal(0))
        if len(rangees) > 1:
            rangees.append(("Total", "", euros(total)))
        entetes = ("Année civile", "Financeur", "Montant")
        yield tableau(
            "Montants accordés dans cette séance",
            entetes,
            rangees,
            nombres=(2,),
            parts=(2, 5, 3),
            total=len(rangees) > 1,
        )
    if rapport.enveloppes:
        yield tableau(
            "Enveloppes après la séance",
            ("Année", "Financeur", "Enveloppe", "Accordé avant", "Accordé ici", "Reste"),
            [
                (str(e.annee), e.financeur, euros(e.dotation), euros(e.avant), euros(e.ici), euros(e.reste))
                for e in rapport.enveloppes
            ],
            nombres=(2, 3, 4, 5),
            parts=(2, 5, 4, 4, 4, 4),
        )
        for e in rapport.enveloppes:
            yield from dire_depassement(f"{e.financeur} {e.annee}", -e.reste, e.motifs)


def _point(point: PointRapporte, provisoire: bool) -> Iterator[Bloc]:
    yield Titre(f"{point.rang}. {point.titre}")
    yield Paragraphe(f"Projet {point.numero}, {point.structure}")
    for avis in point.avis:
        etiquette = f"Avis sur le temps scolaire, {avis.nom_autorite} :"
        yield from paragraphes(f"{avis.get_sens_display().lower()}. {avis.motif}", etiquette)
    if point.visible:
        rangees = [(voix.pilote, f"{voix.voix}\n{voix.par}", voix.motif or "—") for voix in point.voix]
        if rangees:
            yield tableau("Voix", ("Pilote", "Voix", "Motif ou remarque"), rangees, parts=(4, 4, 7))
        for pilote, motif in point.deports:
            yield from paragraphes(f"n’a pas pris part à la décision. {motif}", f"Déport, {pilote} :")
        if point.notes:
            yield Titre("Notes de séance", 3)
            yield from paragraphes(point.notes)
    elif provisoire:
        yield Paragraphe("Vous portez ce projet : ses délibérations ne vous sont pas montrées.", ton="doux")
        return
    yield from _decision(point)


def _decision(point: PointRapporte) -> Iterator[Bloc]:
    decision = point.decision
    if decision is None:
        yield Titre("Décision : pas encore enregistrée", 3)
        return
    suite = ", hors temps scolaire seulement" if decision.hors_temps_scolaire else ""
    yield Titre(f"Décision : {decision.get_sens_display().lower()}{suite}", 3)
    yield from paragraphes(decision.reserves, "Réserves :")
    yield from paragraphes(decision.motif, "Motif :")
    if point.visible:
        yield from paragraphes(decision.justification_depassement, "Dépassement d’enveloppe :")
    if point.montants:
        rangees = [
            (
                str(montant.annee),
                euros(montant.demande),
                "\n".join(f"{financeur} : {euros(somme)}" for financeur, somme in montant.accordes) or "—",
                euros(montant.total),
            )
            for montant in point.montants
        ]
        entetes = ("Année civile", "Demandé", "Accordé, par financeur", "Total accordé")
        yield tableau("Montants", entetes, rangees, nombres=(1, 3), parts=(2, 3, 6, 3))
