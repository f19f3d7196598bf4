"""Figures of one civil year: money, coverage of the call, public reached, state of the bilans.

A constant number of queries, whatever the number of projects. Decides nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from correspondants.models import Utilisateur

from .annees_en_direct import EnDirect
from .cellules_enveloppes import Cellules
from .echeances import EtatBilan
from .enums import Statut
from .enveloppes import SituationEnveloppe, additionner, situations
from .enveloppes_tenues import Argent
from .models import Appel, Enveloppe, Exercice
from .repartitions import TOUS, ZERO, Couverture, Filtre, Rang, Source, Tableau, Vocabulaire, tableaux
from .valeurs import euros


@dataclass(frozen=True)
class Compte:
    """A count with its label, and the length of its bar."""

    code: str
    libelle: str
    nombre: int
    part: int = 0
    montant: Decimal = ZERO


@dataclass(frozen=True)
class Publics:
    """Children planned by granted projects; people counted by the deposited bilans."""

    prevus: int
    filles: int
    garcons: int
    parents: int
    professionnels: int

    @property
    def enfants(self) -> int:
        return self.filles + self.garcons


@dataclass(frozen=True)
class Annee:
    """Everything the overview of one civil year shows."""

    annee: int
    total: Rang
    precedente: Rang
    statuts: tuple[Compte, ...]
    financements: tuple[SituationEnveloppe, ...]
    financement_total: SituationEnveloppe
    tableaux: tuple[Tableau, ...]
    couverture: tuple[Couverture, ...]
    publics: Publics
    bilans: tuple[Compte, ...]
    justifie: Decimal
    filtre: Filtre

    @property
    def est_vide(self) -> bool:
        return not self.total.projets and not self.financements and not any(c.nombre for c in self.statuts)

    @property
    def justifie_en_mots(self) -> str:
        return f"{euros(self.justifie)} sur {euros(self.total.accorde)} accordés"

    @property
    def deux_annees(self) -> tuple[tuple[int, Rang], ...]:
        return ((self.annee, self.total), (self.annee - 1, self.precedente))

    @property
    def objectifs(self) -> Tableau:
        return self.tableau("objectifs")

    def tableau(self, code: str) -> Tableau:
        return next(tableau for tableau in self.tableaux if tableau.code == code)


def annees_connues() -> list[int]:
    """Civil years with a budget or an envelope, and the current one, the latest first."""
    annees = Exercice.annees_connues(deposes=True, aussi=Enveloppe)
    return sorted({*annees} | {timezone.localdate().year}, reverse=True)


def annee_civile(
    annee: int,
    jour: date | None = None,
    filtre: Filtre = TOUS,
    *,
    lecteur: Utilisateur | None = None,
    tenues: Source | None = None,
) -> Annee:
    """The overview of one civil year: deposited projects that have a budget for it, withdrawn ones left out of sums.

    With a Filtre, everything but the envelopes, which belong to no thématique nor quartier, is about its projects.
    ``lecteur``: what is pending on the projects that this person carries is left out.
    ``tenues``: the kept sums of that year and Filtre (``annees_tenues.lire``); added up live without.
    """
    source = tenues or EnDirect(annee, filtre)
    appels = list(Appel.objects.filter(Q(courant=True) | Q(pk__in=source.appels())))
    mots = Vocabulaire.garde(appels) if tenues else Vocabulaire.de(appels)
    financements = () if filtre.est_actif else enveloppes_de(appels, annee, lecteur, source.enveloppes)
    total, precedente = source.totaux()
    repartitions, couverture = tableaux(source, mots)
    statuts, bilans = source.statuts(), source.bilans(jour or timezone.localdate())
    return Annee(
        annee=annee,
        total=total,
        precedente=precedente,
        statuts=_comptes((s.value, s.label, statuts.get(s.value, 0), ZERO) for s in Statut if s != Statut.BROUILLON),
        financements=financements,
        financement_total=additionner(financements, annee),
        tableaux=repartitions,
        couverture=couverture,
        publics=Publics(total.enfants, *source.publics()),
        bilans=_comptes((etat.value, etat.label, *bilans.get(etat.value, (0, ZERO))) for etat in EtatBilan),
        justifie=source.justifie() if filtre.est_actif else sum((f.justifie for f in financements), ZERO),
        filtre=filtre,
    )


def _comptes(lignes: Iterable[tuple[str, str, int, Decimal]]) -> tuple[Compte, ...]:
    lignes = list(lignes)
    plus_grand = max((nombre for _, _, nombre, _ in lignes), default=0) or 1
    return tuple(Compte(code, libelle, n, 100 * n // plus_grand, montant) for code, libelle, n, montant in lignes)


def appels_de(annee: int) -> list[Appel]:
    """The editions whose envelopes concern a civil year: the current one, those with a vote, those with a budget."""
    votes = Enveloppe.objects.filter(annee=annee).order_by().values("appel")
    budgets = Exercice.objects.filter(annee=annee, projet__depose_le__isnull=False).order_by().values("projet__appel")
    return list(Appel.objects.filter(Q(courant=True) | Q(pk__in=votes) | Q(pk__in=budgets)))


def enveloppes_de(
    appels: Iterable[Appel],
    annee: int,
    lecteur: Utilisateur | None = None,
    tenues: Cellules | None = None,
    argent: Argent | None = None,
) -> tuple[SituationEnveloppe, ...]:
    """Envelopes of one civil year, funder by funder; each says its edition as soon as there are two. ``tenues`` and ``argent``: see
    ``enveloppes.situations``."""
    titres = {appel.pk: appel.titre for appel in appels}
    lignes = situations(titres, [annee], lecteur=lecteur, tenues=tenues, argent=argent)
    if len({ligne.appel for ligne in lignes}) > 1:
        return tuple(replace(ligne, libelle=f"{ligne.libelle}, {titres[ligne.appel]}") for ligne in lignes)
    return lignes
