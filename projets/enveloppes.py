"""The envelopes of each civil year and funder: voted, moved, committed, paid, justified, left; and what takes one below zero.

Here is the one definition of what is left, for the room, the pages, the files and the guards. What changes an envelope after
its vote is written by ``mouvements``. Amounts in euros, added up in SQL by a number of queries that never changes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet, Sum, Value
from django.utils import timezone

from correspondants.models import Utilisateur

from . import enveloppes_tenues
from .cellules_enveloppes import Cellules, CleEntiere
from .enums import Financeur
from .enveloppes_tenues import CHAMPS_MOTIF, PERSONNE, Argent, LigneMotif
from .justifications import justifies, justifies_tenus
from .models import (
    Appel,
    DepassementEnveloppe,
    Enveloppe,
    Exercice,
    MontantAccorde,
    MouvementEnveloppe,
    Versement,
)
from .models.enveloppes import GenreMouvement
from .valeurs import ZERO, au_centime, date_longue

Cle = tuple[int, str]  # civil year, funder
_EUROS = models.DecimalField(max_digits=14, decimal_places=2)
_RANGS = {financeur.value: rang for rang, financeur in enumerate(Financeur)}


@dataclass(frozen=True)
class MotifDepassement:
    """Why an envelope was let go below zero: by how much in all on that day, who wrote it, when, and what took it there."""

    montant: Decimal
    texte: str
    par: str
    le: datetime
    cause: str
    en_attente: bool = False  # a decision that is not published holds it

    @property
    def signature(self) -> str:
        """« par …, le 12 mars 2026 (décision sur le projet 2026-0004) »."""
        return f"par {self.par}, le {date_longue(timezone.localtime(self.le).date())} ({self.cause})"


@dataclass(frozen=True)
class SituationEnveloppe:
    """One funder, one civil year of one call, or (``financeur`` None) the sum of several.

    ``transferts``: received less given. ``engage``: granted by published decisions; ``en_attente``: by those that are not.
    ``paye``: paid out less given back. ``justifie``: granted, less what is to give back, once the bilan is accepted.
    ``motifs``: of one that is overrun.
    """

    libelle: str
    annee: int
    financeur: Financeur | None = None
    appel: int | None = None
    vote: Decimal = ZERO
    ajouts: Decimal = ZERO
    retraits: Decimal = ZERO
    transferts: Decimal = ZERO
    engage: Decimal = ZERO
    en_attente: Decimal = ZERO
    paye: Decimal = ZERO
    justifie: Decimal = ZERO
    motifs: tuple[MotifDepassement, ...] = ()

    @property
    def cle(self) -> Cle:
        return self.annee, self.financeur

    @property
    def nom(self) -> str:
        """« Ville 2026 »."""
        return f"{self.libelle} {self.annee}"

    @property
    def mouvements(self) -> Decimal:
        """What additions, withdrawals and transfers changed since the vote."""
        return self.ajouts - self.retraits + self.transferts

    @property
    def dotation(self) -> Decimal:
        """What can be granted in all."""
        return self.vote + self.mouvements

    @property
    def reste(self) -> Decimal:
        """What can still be granted; below zero when the envelope is overrun."""
        return self.dotation - self.engage - self.en_attente

    @property
    def reste_publie(self) -> Decimal:
        """What is left when nothing but published decisions is told."""
        return self.dotation - self.engage

    @property
    def depassement(self) -> Decimal:
        return max(-self.reste, ZERO)

    @property
    def depassement_publie(self) -> Decimal:
        return max(-self.reste_publie, ZERO)

    @property
    def motifs_publies(self) -> tuple[MotifDepassement, ...]:
        """The reasons that tell nothing of a pending decision."""
        return tuple(motif for motif in self.motifs if not motif.en_attente)

    @property
    def part(self) -> int | None:
        """Share of the envelope that is taken, pending decisions included, in %; None when there is nothing to take."""
        return int(100 * (self.engage + self.en_attente) / self.dotation) if self.dotation > 0 else None

    @property
    def est_a_motiver(self) -> bool:
        """Whether the envelope is overrun by more than what somebody ever gave a reason for."""
        return self.depassement > max((motif.montant for motif in self.motifs), default=ZERO)


_SOMMES = ("vote", "ajouts", "retraits", "transferts", "engage", "en_attente", "paye", "justifie")


def additionner(situations: Iterable[SituationEnveloppe], annee: int, libelle: str = "Total") -> SituationEnveloppe:
    """Several envelopes added up. One that is overrun takes from the sum what the others still have."""
    situations = list(situations)
    sommes = {champ: sum((getattr(s, champ) for s in situations), ZERO) for champ in _SOMMES}
    return SituationEnveloppe(libelle, annee, **sommes)


def situations(
    appels: Iterable[Appel | int],
    annees: Iterable[int] | None = None,
    *,
    lecteur: Utilisateur | None = None,
    au: datetime | None = None,
    suivi: bool = True,
    tenues: Cellules | None = None,
    argent: Argent | None = None,
    motifs: bool = True,
) -> tuple[SituationEnveloppe, ...]:
    """Every envelope of some calls and civil years (None: all) with a vote, a movement or a grant; by year, then funder.

    ``lecteur``: what is pending on the projects that this person carries is left out, for a difference would tell it.
    ``au``: as they were just before that moment, with nothing but the decisions published by then.
    ``suivi``: with what is paid and justified, which is long to add up and changes nothing of what is left.
    ``tenues``: the kept sums, for showing only (``cellules_tenues``); what is granted is added up live without.
    ``argent``: all that makes what is left, read already for this reader; of the one call, for showing, without ``suivi``.
    ``motifs``: with the reasons of those that are overrun, which change nothing of what is left either.
    """
    portee = _Portee(tuple(getattr(appel, "pk", appel) for appel in appels), None if annees is None else tuple(annees))
    connus: dict[CleEntiere, dict[str, Any]] = defaultdict(dict)
    votes = _votes_et_mouvements(portee, au) if argent is None else argent.votes
    _ranger_les_votes(connus, ((cle, *reste) for cle, *reste in votes if portee.contient(cle)))
    en_direct = tenues is None or au is not None
    if argent is not None:
        montants: Iterable[tuple[CleEntiere, Decimal, Decimal]] = (
            un for un in argent.accordes if portee.contient(un[0])
        )
    else:
        montants = _montants(portee, lecteur, au) if en_direct else _montants_tenus(portee, lecteur, tenues)
    for cle, engage, en_attente in montants:
        if engage or en_attente:
            connus[cle] |= {"engage": engage, "en_attente": en_attente}
    if suivi and tenues is not None:
        _lire_le_suivi_tenu(connus, portee, tenues)
    elif suivi:
        _lire_le_suivi(connus, portee)
    toutes = [
        SituationEnveloppe(
            Financeur(financeur).label, annee, Financeur(financeur), appel, **connus[appel, annee, financeur]
        )
        for appel, annee, financeur in sorted(connus, key=lambda cle: (cle[1], cle[0], _RANGS[cle[2]]))
    ]
    # Of another moment, or of now: who asks for the first adds to it what one meeting grants.
    depassees = [(s.appel, *s.cle) for s in toutes if au is not None or s.depassement or s.depassement_publie]
    tous = tenues is None and argent is None
    lus = _motifs(depassees, lecteur, au, tous=tous) if depassees and motifs else {}
    return tuple(replace(s, motifs=tuple(lus.get((s.appel, *s.cle), ()))) for s in toutes)


def _lire_le_suivi(connus: dict[CleEntiere, dict[str, Any]], portee: "_Portee") -> None:
    for ligne in portee.sur(Versement.objects.all(), "exercice__projet__appel", "exercice__annee").soldes(
        "exercice__projet__appel", "exercice__annee", "financeur"
    ):
        cle = (ligne["exercice__projet__appel"], ligne["exercice__annee"], ligne["financeur"])
        if ligne["paye"]:
            connus[cle]["paye"] = au_centime(ligne["paye"])
    for cle, montant in justifies(portee.sur(Exercice.objects.all(), "projet__appel")).items():
        connus[cle]["justifie"] = montant


@dataclass(frozen=True)
class _Portee:
    """The calls and civil years that are looked at."""

    appels: tuple[int, ...]
    annees: tuple[int, ...] | None

    def sur(self, lignes: QuerySet[Any], appel: str = "appel", annee: str = "annee") -> QuerySet[Any]:
        lignes = lignes.filter(**{f"{appel}__in": self.appels})
        return lignes if self.annees is None else lignes.filter(**{f"{annee}__in": self.annees})

    def contient(self, cle: CleEntiere) -> bool:
        return cle[0] in self.appels and (self.annees is None or cle[1] in self.annees)


def _votes_et_mouvements(portee: _Portee, au: datetime | None) -> Iterator[tuple[CleEntiere, str, Decimal, int]]:
    """One query: votes under no kind, then each end of the movements (1: what comes in, -1: what goes out)."""
    alors = Q(annule_le=None) if au is None else (Q(annule_le=None) | Q(annule_le__gte=au)) & Q(saisi_le__lt=au)
    votes = portee.sur(Enveloppe.objects.all()).order_by().annotate(genre=Value(""), sens=Value(0))
    bouts = [
        portee.sur(MouvementEnveloppe.objects.filter(alors), f"{bout}__appel", f"{bout}__annee")
        .sommes(bout)
        .annotate(sens=Value(sens))
        for bout, sens in (("destination", 1), ("source", -1))
    ]
    lus = votes.values_list("appel", "annee", "financeur", "genre", "montant", "sens").union(*bouts, all=True)
    for *cle, genre, total, sens in lus:
        yield tuple(cle), genre, au_centime(total), sens


def _ranger_les_votes(
    connus: dict[CleEntiere, dict[str, Any]], votes: Iterable[tuple[CleEntiere, str, Decimal, int]]
) -> None:
    for cle, genre, montant, sens in votes:
        champs = connus[cle]
        if not sens:
            champs["vote"] = montant
        elif genre == "transfert":
            champs["transferts"] = champs.get("transferts", ZERO) + sens * montant
        else:
            champs["ajouts" if sens > 0 else "retraits"] = montant


def _montants(
    portee: _Portee, lecteur: Utilisateur | None, au: datetime | None
) -> Iterator[tuple[CleEntiere, Decimal, Decimal]]:
    """Granted by published decisions, and by those that are pending."""
    publies, attente = Q(decision__publiee=True), Q(decision__publiee=False)
    if lecteur is not None:
        attente &= ~Q(exercice__projet__porteur=lecteur.pk)
    if au is not None:
        publies &= Q(decision__point__seance__publiee_le__lt=au)
        attente = Q(pk__in=[])
    lignes = portee.sur(MontantAccorde.objects.all(), "exercice__projet__appel", "exercice__annee").order_by()
    sommes = lignes.values_list("exercice__projet__appel", "exercice__annee", "financeur").annotate(
        engage=Sum("montant", filter=publies, default=Decimal(0)),
        en_attente=Sum("montant", filter=attente, default=Decimal(0)),
    )
    for *cle, engage, en_attente in sommes:
        yield tuple(cle), au_centime(engage), au_centime(en_attente)


def _montants_tenus(
    portee: _Portee, lecteur: Utilisateur | None, tenues: Cellules
) -> Iterator[tuple[CleEntiere, Decimal, Decimal]]:
    siens: dict[CleEntiere, Decimal] = {}
    if lecteur is not None and any(une.en_attente for une in tenues.values()):
        lignes = portee.sur(MontantAccorde.objects.all(), "exercice__projet__appel", "exercice__annee").order_by()
        lignes = lignes.filter(decision__publiee=False, exercice__projet__porteur=lecteur.pk)
        sommes = lignes.values_list("exercice__projet__appel", "exercice__annee", "financeur")
        siens = {tuple(cle): au_centime(total) for *cle, total in sommes.annotate(total=Sum("montant"))}
    for cle, une in tenues.items():
        if portee.contient(cle):
            yield cle, une.engage, une.en_attente - siens.get(cle, ZERO)


def _lire_le_suivi_tenu(connus: dict[CleEntiere, dict[str, Any]], portee: _Portee, tenues: Cellules) -> None:
    vues = {cle: une for cle, une in tenues.items() if portee.contient(cle)}
    for cle, une in vues.items():
        if une.paye:
            connus[cle]["paye"] = une.paye
    for cle, montant in justifies_tenus(vues).items():
        connus[cle]["justifie"] = montant


def _motifs(
    cles: Iterable[CleEntiere], lecteur: Utilisateur | None, au: datetime | None, *, tous: bool
) -> dict[CleEntiere, list[MotifDepassement]]:
    """Reasons given for some envelopes, the last first; none that a pending decision on the reader's own project holds.
    Without ``tous``: the last of each, for a page."""
    if tous or au is not None:
        lignes = DepassementEnveloppe.objects.en_vigueur()
        if lecteur is not None:
            lignes = lignes.exclude(decision__publiee=False, decision__point__projet__porteur=lecteur.pk)
        if au is not None:
            lignes = lignes.filter(le__lte=au)
        siennes = [lignes.filter(appel=appel, annee=annee, financeur=financeur) for appel, annee, financeur in cles]
        lues = map(LigneMotif._make, reduce(or_, siennes).values_list(*CHAMPS_MOTIF))
    else:
        lues = enveloppes_tenues.motifs(cles, PERSONNE if lecteur is None else lecteur.pk)
    motifs: dict[CleEntiere, list[MotifDepassement]] = defaultdict(list)
    for un in lues:
        en_attente = un.decision is not None and not un.publiee
        motif = MotifDepassement(un.montant, un.motif, un.nom or un.email, un.le, _cause(un), en_attente)
        motifs[un.appel, un.annee, un.financeur].append(motif)
    return motifs


def _cause(un: LigneMotif) -> str:
    if un.decision is not None:
        return f"décision sur le projet {un.numero}"
    if un.mouvement is not None:
        annulation = "annulation : " if un.annule_le else ""
        return f"{annulation}{GenreMouvement(un.genre).label.lower()} du {date_longue(un.date)}"
    return f"publication de la séance du {date_longue(timezone.localtime(un.seance_le).date())}"


def tenir(appel: int) -> None:
    """Holds the envelopes of a call until the end of the transaction: what is left is read after, and written by one only.

    The call's row stands for them all, for a grant may be of a funder that voted nothing. Who also holds projects holds
    them first. On SQLite an IMMEDIATE transaction holds the whole database.
    """
    list(Appel.objects.select_for_update(no_key=True).filter(pk=appel).values_list("pk"))
