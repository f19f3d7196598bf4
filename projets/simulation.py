"""What a meeting leaves in the envelopes: asked, proposed, granted elsewhere, left, by civil year and funder. Reads only."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from correspondants.models import Utilisateur

from .enums import Financeur
from .models import Decision, Enveloppe, MontantAccorde, SeanceTroika, situation_enveloppes
from .seances import Fiche

Montants = dict[tuple[int, str], Decimal]  # euros by civil year and funder


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


def simuler(seance: SeanceTroika, agenda: Iterable[Fiche], lecteur: Utilisateur) -> Simulation:
    """Envelopes of every civil year the agenda touches (of every year voted, when it is empty), this meeting set apart.

    What is still pending on the reader's own projects is left out: a difference would tell it.
    """
    agenda = list(agenda)
    demandes: dict[int, Decimal] = defaultdict(Decimal)
    proposes: Montants = defaultdict(Decimal)
    for fiche in agenda:
        for exercice in fiche.projet.exercices.all():
            demandes[exercice.annee] += exercice.montant_demande
        for montant in fiche.decision.montants.all() if fiche.decision else ():
            proposes[montant.exercice.annee, montant.financeur] += montant.montant
    annees = set(demandes) or set(Enveloppe.objects.filter(appel=seance.appel).values_list("annee", flat=True))
    siens = _en_attente_pour(seance, lecteur)
    return {
        annee: AnneeSimulee(annee, demandes[annee], tuple(_lignes(seance, annee, proposes, siens)))
        for annee in sorted(annees)
    }


def _en_attente_pour(seance: SeanceTroika, porteur: Utilisateur) -> Montants:
    """Pending amounts of the projects that a person carries."""
    montants = MontantAccorde.objects.filter(
        decision__publiee=False, exercice__projet__appel=seance.appel_id, exercice__projet__porteur=porteur
    )
    sommes = montants.values_list("exercice__annee", "financeur").annotate(total=Sum("montant")).order_by()
    return defaultdict(Decimal, {(annee, financeur): total for annee, financeur, total in sommes})


def _lignes(seance: SeanceTroika, annee: int, proposes: Montants, siens: Montants) -> Iterable[LigneEnveloppe]:
    for situation in situation_enveloppes(seance.appel, annee):
        cle = (annee, situation["financeur"])
        propose, cache = proposes[cle], siens[cle]
        engage, attente = situation["engage"], situation["en_attente"] - cache
        if seance.est_ouverte:
            attente -= propose
        else:
            engage -= propose
        ligne = LigneEnveloppe(
            situation["financeur"], situation["vote"], engage, attente, propose, situation["reste"] + cache
        )
        if any((ligne.vote, ligne.engage, ligne.ailleurs, ligne.propose)):
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
