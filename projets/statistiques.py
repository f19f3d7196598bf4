"""Figures of one civil year, added up in SQL: money, coverage of the call, public reached, state of the bilans.

A constant number of queries, whatever the number of projects. Decides nothing and writes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from correspondants.models import Utilisateur

from .echeances import EtatBilan, bilans_dus
from .enums import Statut
from .enveloppes import SituationEnveloppe, additionner, justifies, situations
from .models import Appel, Bilan, Enveloppe, Exercice
from .repartitions import (
    EST_VALIDE,
    TOUS,
    ZERO,
    Couverture,
    Filtre,
    Rang,
    Tableau,
    au_centime,
    exercices_de,
    tableaux,
    totaux,
)
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
    annees = set(Exercice.annees_connues(deposes=True))
    annees |= set(Enveloppe.objects.order_by().values_list("annee", flat=True).distinct())
    return sorted(annees | {timezone.localdate().year}, reverse=True)


def annee_civile(
    annee: int, jour: date | None = None, filtre: Filtre = TOUS, *, lecteur: Utilisateur | None = None
) -> Annee:
    """The overview of one civil year: deposited projects that have a budget for it, withdrawn ones left out of sums.

    With a Filtre, everything but the envelopes, which belong to no thématique nor quartier, is about its projects.
    ``lecteur``: what is pending on the projects that this person carries is left out.
    """
    annees = (annee, annee - 1)
    exercices = exercices_de(annees, filtre)
    appels = list(Appel.objects.filter(Q(courant=True) | Q(pk__in=exercices.values("projet__appel"))))
    financements = () if filtre.est_actif else enveloppes_de(appels, annee, lecteur)
    total, precedente = totaux(exercices, annees)
    repartitions, couverture = tableaux(exercices, annees, appels)
    return Annee(
        annee=annee,
        total=total,
        precedente=precedente,
        statuts=_statuts(annee, filtre),
        financements=financements,
        financement_total=additionner(financements, annee),
        tableaux=repartitions,
        couverture=couverture,
        publics=_publics(annee, exercices, filtre),
        bilans=_bilans(annee, jour, filtre),
        justifie=sum(justifies(filtre.sur(Exercice.objects.filter(annee=annee))).values(), ZERO)
        if filtre.est_actif
        else sum((f.justifie for f in financements), ZERO),
        filtre=filtre,
    )


def _statuts(annee: int, filtre: Filtre) -> tuple[Compte, ...]:
    nombres = dict(
        filtre.sur(Exercice.objects.filter(annee=annee, projet__depose_le__isnull=False))
        .order_by()
        .values_list("projet__statut")
        .annotate(nombre=Count("pk"))
    )
    return _comptes(
        (statut.value, statut.label, nombres.get(statut.value, 0), ZERO)
        for statut in Statut
        if statut != Statut.BROUILLON
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
    appels: Iterable[Appel], annee: int, lecteur: Utilisateur | None = None
) -> tuple[SituationEnveloppe, ...]:
    """Envelopes of one civil year, funder by funder; each says its edition as soon as there are two."""
    titres = {appel.pk: appel.titre for appel in appels}
    lignes = situations(titres, [annee], lecteur=lecteur)
    if len({ligne.appel for ligne in lignes}) > 1:
        return tuple(replace(ligne, libelle=f"{ligne.libelle}, {titres[ligne.appel]}") for ligne in lignes)
    return lignes


def _bilans(annee: int, jour: date | None, filtre: Filtre) -> tuple[Compte, ...]:
    """Bilans of the year by state, with the euros granted that they are to justify."""
    lignes = {
        ligne["etat"]: ligne
        for ligne in filtre.sur(bilans_dus(jour).filter(annee=annee))
        .order_by()
        .values("etat")
        .annotate(nombre=Count("pk"), montant=Sum("accorde"))
    }
    return _comptes(
        (
            etat.value,
            etat.label,
            lignes.get(etat.value, {}).get("nombre", 0),
            au_centime(lignes.get(etat.value, {}).get("montant")),
        )
        for etat in EtatBilan
    )


def _publics(annee: int, exercices: QuerySet[Exercice], filtre: Filtre) -> Publics:
    prevus = exercices.filter(EST_VALIDE, annee=annee).aggregate(n=Sum("projet__nombre_enfants", default=0))["n"]
    champs = ("filles", "garcons", "parents", "professionnels")
    comptes = (
        Bilan.objects.deposes()
        .filter(exercice__in=filtre.sur(Exercice.objects.filter(annee=annee)).values("pk"))
        .aggregate(**{champ: Sum(champ, default=0) for champ in champs})
    )
    return Publics(prevus, *(comptes[champ] for champ in champs))
