"""What a meeting leaves in the envelopes: asked, proposed, granted elsewhere, left, by civil year and funder. Reads only."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from correspondants.models import Utilisateur

from . import enveloppes_tenues
from .enums import Financeur
from .enveloppes import MotifDepassement, SituationEnveloppe, situations
from .enveloppes_tenues import Argent
from .models import Decision, SeanceTroika
from .seances import Fiche
from .valeurs import euros

Montants = dict[tuple[int, str], Decimal]  # euros by civil year and funder


@dataclass(frozen=True)
class LigneEnveloppe:
    """One funder, one civil year, in euros: voted; moved since; granted before; pending in other meetings; given by this
    one; left. ``motifs``: why it is overrun."""

    financeur: Financeur
    vote: Decimal
    mouvements: Decimal
    engage: Decimal
    ailleurs: Decimal
    propose: Decimal
    reste: Decimal
    motifs: tuple[MotifDepassement, ...] = ()

    @property
    def depassement(self) -> Decimal:
        return max(-self.reste, Decimal(0))


@dataclass(frozen=True)
class AnneeSimulee:
    """One civil year of a meeting, in euros: asked by the agenda, and each envelope."""

    annee: int
    demande: Decimal
    lignes: tuple[LigneEnveloppe, ...]

    @property
    def propose(self) -> Decimal:
        return sum((ligne.propose for ligne in self.lignes), Decimal(0))

    @property
    def reste(self) -> Decimal:
        return sum((ligne.reste for ligne in self.lignes), Decimal(0))

    @property
    def depassement(self) -> Decimal:
        return max(-self.reste, Decimal(0))


Simulation = dict[int, AnneeSimulee]


def simuler(
    seance: SeanceTroika, agenda: Iterable[Fiche], lecteur: Utilisateur, argent: Argent | None = None
) -> Simulation:
    """Envelopes of every civil year the agenda touches (of every year voted, when it is empty), this meeting set apart.

    What is still pending on the reader's own projects is left out: a difference would tell it. ``argent``: of the call, read
    for this reader already.
    """
    agenda = list(agenda)
    demandes: dict[int, Decimal] = defaultdict(Decimal)
    proposes: Montants = defaultdict(Decimal)
    for fiche in agenda:
        for exercice in fiche.projet.exercices.all():
            demandes[exercice.annee] += exercice.montant_demande
        for montant in fiche.decision.montants.all() if fiche.decision else ():
            proposes[montant.exercice.annee, montant.financeur] += montant.montant
    annees = sorted(demandes) or None
    argent = argent or enveloppes_tenues.lire(seance.appel_id, lecteur.pk)
    toutes = situations([seance.appel_id], annees, lecteur=lecteur, suivi=False, argent=argent)
    annees = set(demandes) or {situation.annee for situation in toutes if situation.dotation}
    return {
        annee: AnneeSimulee(
            annee, demandes[annee], tuple(_lignes(seance, (s for s in toutes if s.annee == annee), proposes))
        )
        for annee in sorted(annees)
    }


def _lignes(
    seance: SeanceTroika, siennes: Iterable[SituationEnveloppe], proposes: Montants
) -> Iterable[LigneEnveloppe]:
    for s in siennes:
        propose, engage, attente = proposes[s.cle], s.engage, s.en_attente
        if seance.est_ouverte:
            attente -= propose
        else:
            engage -= propose
        ligne = LigneEnveloppe(
            s.financeur, s.vote, s.mouvements, engage, attente, propose, s.reste, s.motifs if s.depassement else ()
        )
        if any((ligne.vote, ligne.mouvements, ligne.engage, ligne.ailleurs, ligne.propose)):
            yield ligne


def restes(simulation: Simulation, decision: Decision | None) -> Montants:
    """What each envelope can still give to one project: what is left, and what its own pending decision holds."""
    disponibles: Montants = defaultdict(Decimal)
    for annee, simulee in simulation.items():
        for ligne in simulee.lignes:
            disponibles[annee, ligne.financeur] = ligne.reste
    for montant in decision.montants.all() if decision else ():
        disponibles[montant.exercice.annee, montant.financeur] += montant.montant
    return disponibles


def restes_en_mots(simulation: Simulation, decision: Decision | None) -> dict[tuple[int, str], str]:
    """The same, as a field of the decision says it: « Reste 1 234,50 € »."""
    return {
        cle: "Enveloppe déjà dépassée" if reste < 0 else f"Reste {euros(reste)}"
        for cle, reste in restes(simulation, decision).items()
    }
