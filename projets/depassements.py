"""Envelopes that go below zero: what would take one there, by how much, and the reason that has to be given and kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone

from correspondants.models import Utilisateur

from .enums import Fait, Financeur
from .enveloppes import Cle, SituationEnveloppe, situations
from .journal import consigner
from .models import Decision, DepassementEnveloppe, MontantAccorde, MouvementEnveloppe, Projet, SeanceTroika
from .valeurs import ZERO, au_centime, euros

_RANGS = {financeur.value: rang for rang, financeur in enumerate(Financeur)}


@dataclass(frozen=True)
class Depassement:
    """One envelope that something would take below zero: what is left before, and after."""

    annee: int
    financeur: Financeur
    avant: Decimal
    apres: Decimal

    @property
    def cle(self) -> Cle:
        return self.annee, self.financeur

    @property
    def phrase(self) -> str:
        """« Ville 2026 : 800,00 € pour un reste de 500,00 €, soit un dépassement de 300,00 € »."""
        pris = euros(self.avant - self.apres)
        fin = f", soit un dépassement de {euros(-self.apres)}"
        return f"{self.financeur.label} {self.annee} : {pris} pour un reste de {euros(self.avant)}{fin}"


def depassements_de(projet: Projet, montants: Mapping[Cle, Decimal]) -> list[Depassement]:
    """Envelopes that these grants of one project would take below zero, in place of what it holds now."""
    montants = {cle: montant for cle, montant in montants.items() if montant}
    if not montants:
        return []
    annees = {annee for annee, _ in montants}
    restes = {s.cle: s.reste for s in situations([projet.appel_id], annees, suivi=False)}
    siens = MontantAccorde.objects.filter(exercice__projet=projet, exercice__annee__in=annees).order_by()
    for annee, financeur, total in siens.values_list("exercice__annee", "financeur").annotate(total=Sum("montant")):
        restes[annee, financeur] += au_centime(total)
    trouves = (
        Depassement(annee, Financeur(financeur), avant, avant - montant)
        for (annee, financeur), montant in montants.items()
        if (avant := restes.get((annee, financeur), ZERO)) < montant
    )
    return sorted(trouves, key=lambda d: (d.annee, _RANGS[d.financeur]))


def noter(
    appel: int,
    depassements: Iterable[Depassement],
    motif: str,
    par: Utilisateur,
    *,
    le: datetime | None = None,
    **cause: Decision | MouvementEnveloppe | SeanceTroika,
) -> None:
    """Keeps why envelopes go below zero; ``cause`` is ``decision``, ``mouvement`` or ``seance``."""
    DepassementEnveloppe.objects.bulk_create(
        DepassementEnveloppe(
            appel_id=appel,
            annee=depassement.annee,
            financeur=depassement.financeur,
            montant=-depassement.apres,
            motif=motif.strip(),
            par=par,
            le=le or timezone.now(),
            **cause,
        )
        for depassement in depassements
    )


def depassees_par(seance: SeanceTroika, lecteur: Utilisateur | None = None) -> list[SituationEnveloppe]:
    """Envelopes below zero that the decisions of a meeting draw on, as one person may know them."""
    montants = MontantAccorde.objects.filter(decision__point__seance=seance).order_by()
    cles = set(montants.values_list("exercice__annee", "financeur"))
    if not cles:
        return []
    trouvees = situations([seance.appel_id], {annee for annee, _ in cles}, lecteur=lecteur, suivi=False)
    return [situation for situation in trouvees if situation.cle in cles and situation.depassement]


def a_motiver(seance: SeanceTroika) -> list[SituationEnveloppe]:
    """Those that are overrun by more than any reason explains."""
    return [situation for situation in depassees_par(seance) if situation.est_a_motiver]


def motiver_publication(seance: SeanceTroika, motifs: Mapping[Cle, str], par: Utilisateur, le: datetime) -> list[str]:
    """Keeps the reasons given when a meeting is published, in the caller's transaction and while it holds the envelopes.

    Sentences when a reason is missing: nothing may then be published.
    """
    refus = []
    for situation in a_motiver(seance):
        motif = motifs.get(situation.cle, "").strip()
        depassement = Depassement(*situation.cle, ZERO, situation.reste)
        if not motif:
            refus.append(
                f"L’enveloppe {situation.nom} est dépassée de {euros(situation.depassement)} : écrivez pourquoi avant de "
                "publier."
            )
            continue
        noter(seance.appel_id, [depassement], motif, par, le=le, seance=seance)
        phrase = f"{situation.nom} : dépassement de {euros(situation.depassement)}.\n{motif}"
        consigner(None, Fait.DEPASSEMENT, par=par, motif=phrase)
    return refus
