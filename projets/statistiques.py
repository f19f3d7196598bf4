"""Figures of one civil year, added up in SQL: money, coverage of the call, public reached, state of the bilans.

A constant number of queries, whatever the number of projects. Decides nothing and writes nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from correspondants.enums import NaturePorteur
from correspondants.models import Etablissement, Quartier

from .echeances import EtatBilan, avec_accorde, bilans_dus
from .enums import Financeur, Statut
from .models import (
    Appel,
    Bilan,
    Enveloppe,
    Exercice,
    Objectif,
    Parcours,
    situation_enveloppes,
)
from .valeurs import euros

ZERO = Decimal("0.00")
_VALIDES = (Statut.VALIDE, Statut.CLOS)


def au_centime(montant: Decimal | int | None) -> Decimal:
    """A sum to the cent: SQLite adds amounts up as floating point numbers."""
    return Decimal(montant or 0).quantize(ZERO)


@dataclass(frozen=True)
class Rang:
    """One row of a table: projects deposited and granted, euros asked and granted, children of granted projects."""

    libelle: str
    projets: int = 0
    valides: int = 0
    demande: Decimal = ZERO
    accorde: Decimal = ZERO
    enfants: int = 0
    part: int = 0  # length of the bar, in % of the longest

    def plus(self, autre: "Rang") -> "Rang":
        return Rang(
            self.libelle,
            self.projets + autre.projets,
            self.valides + autre.valides,
            self.demande + autre.demande,
            self.accorde + autre.accorde,
            self.enfants + autre.enfants,
        )


@dataclass(frozen=True)
class Tableau:
    """``additif`` when each project counts in one row only, so that ``total`` means something."""

    code: str
    titre: str
    rangs: tuple[Rang, ...]
    additif: bool = True
    note: str = ""

    @property
    def total(self) -> Rang:
        return somme(self.rangs)

    @property
    def sans_projet(self) -> tuple[Rang, ...]:
        return tuple(rang for rang in self.rangs if not rang.valides)


@dataclass(frozen=True)
class Compte:
    """A count with its label, and the length of its bar."""

    code: str
    libelle: str
    nombre: int
    part: int = 0
    montant: Decimal = ZERO


@dataclass(frozen=True)
class Financement:
    """One funder for one civil year, in euros; ``part`` is the share of the vote that is committed, in %."""

    libelle: str
    vote: Decimal
    engage: Decimal
    en_attente: Decimal
    reste: Decimal
    part: int = 0


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
    financements: tuple[Financement, ...]
    financement_total: Financement
    tableaux: tuple[Tableau, ...]
    publics: Publics
    bilans: tuple[Compte, ...]
    justifie: Decimal

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
        return next(tableau for tableau in self.tableaux if tableau.code == "objectifs")


def somme(rangs: Iterable[Rang], libelle: str = "Total") -> Rang:
    total = Rang(libelle)
    for rang in rangs:
        total = total.plus(rang)
    return total


def annees_connues() -> list[int]:
    """Civil years with a budget or an envelope, and the current one, the latest first."""
    deposes = Exercice.objects.filter(projet__depose_le__isnull=False)
    annees = set(deposes.order_by().values_list("annee", flat=True).distinct())
    annees |= set(Enveloppe.objects.order_by().values_list("annee", flat=True).distinct())
    return sorted(annees | {timezone.localdate().year}, reverse=True)


def annee_civile(annee: int, jour: date | None = None) -> Annee:
    """The overview of one civil year: deposited projects that have a budget for it, withdrawn ones left out of sums."""
    exercices = _exercices(annee)
    appels = list(Appel.objects.filter(Q(courant=True) | Q(pk__in=exercices.values("projet__appel"))))
    financements = _financements(appels, annee)
    bilans, justifie = _bilans(annee, jour)
    return Annee(
        annee=annee,
        total=_total(exercices),
        precedente=_total(_exercices(annee - 1)),
        statuts=_statuts(annee),
        financements=financements,
        financement_total=_financement(
            "Total",
            sum((f.vote for f in financements), ZERO),
            sum((f.engage for f in financements), ZERO),
            sum((f.en_attente for f in financements), ZERO),
        ),
        tableaux=_tableaux(exercices, appels),
        publics=_publics(annee, exercices),
        bilans=bilans,
        justifie=justifie,
    )


def _exercices(annee: int) -> QuerySet[Exercice]:
    return avec_accorde(
        Exercice.objects.filter(annee=annee, projet__depose_le__isnull=False).exclude(
            projet__statut__in=[Statut.BROUILLON, Statut.RETIRE]
        )
    ).order_by()


_VALIDE = Q(projet__statut__in=_VALIDES)


def _sommes(condition: Q | None = None, suffixe: str = "") -> dict[str, models.Aggregate]:
    """The sums of a Rang over Exercices with ``accorde``, within a condition."""
    valide = _VALIDE & condition if condition else _VALIDE
    return {
        f"projets{suffixe}": Count("pk", filter=condition),
        f"valides{suffixe}": Count("pk", filter=valide),
        f"demande{suffixe}": Sum("montant_demande", filter=condition),
        f"total_accorde{suffixe}": Sum("accorde", filter=condition),
        f"enfants{suffixe}": Sum("projet__nombre_enfants", filter=valide),
    }


def _rang(libelle: str, sommes: Mapping[str, Any], suffixe: str = "") -> Rang:
    return Rang(
        libelle,
        sommes[f"projets{suffixe}"] or 0,
        sommes[f"valides{suffixe}"] or 0,
        au_centime(sommes[f"demande{suffixe}"]),
        au_centime(sommes[f"total_accorde{suffixe}"]),
        sommes[f"enfants{suffixe}"] or 0,
    )


def _total(exercices: QuerySet[Exercice]) -> Rang:
    return _rang("Total", exercices.aggregate(**_sommes()))


def _par(exercices: QuerySet[Exercice], chemin: str) -> dict[Any, Rang]:
    """Sums by one column; through a many-to-many one, a project counts once for each of its values."""
    lignes = exercices.annotate(cle=F(chemin)).values("cle").annotate(**_sommes())
    return {ligne["cle"]: _rang("", ligne) for ligne in lignes}


def _avec_parts(rangs: Iterable[Rang]) -> tuple[Rang, ...]:
    rangs = tuple(rangs)
    champ = "accorde" if any(rang.accorde for rang in rangs) else "demande"
    plus_grand = max((getattr(rang, champ) for rang in rangs), default=ZERO) or Decimal(1)
    return tuple(Rang(**{**vars(rang), "part": int(100 * getattr(rang, champ) / plus_grand)}) for rang in rangs)


def _tableau(
    code: str,
    titre: str,
    trouves: dict[Any, Rang],
    libelles: Mapping[Any, str],
    *,
    additif: bool,
    note: str = "",
) -> Tableau:
    """Every known label, with or without a project, then what has none."""
    rangs = [Rang(libelle).plus(trouves.get(cle, Rang(""))) for cle, libelle in libelles.items()]
    reste = somme((rang for cle, rang in trouves.items() if cle not in libelles), "Non précisé")
    if reste.projets:
        rangs.append(reste)
    return Tableau(code, titre, _avec_parts(rangs), additif, note)


def _regrouper(
    par_objectif: dict[Any, Rang], objectifs: list[Objectif], cle: Callable[[Objectif], Any]
) -> dict[Any, Rang]:
    groupes: dict[Any, Rang] = {}
    connus = {objectif.pk: cle(objectif) for objectif in objectifs}
    for pk, rang in par_objectif.items():
        groupe = connus.get(pk)
        groupes[groupe] = groupes.get(groupe, Rang("")).plus(rang)
    return groupes


_PLUSIEURS = "Un projet qui en concerne plusieurs compte dans chaque ligne : les lignes ne s’additionnent pas."


def _tableaux(exercices: QuerySet[Exercice], appels: list[Appel]) -> tuple[Tableau, ...]:
    objectifs = list(Objectif.objects.filter(enjeu__thematique__appel__in=appels).select_related("enjeu__thematique"))
    par_objectif = _par(exercices, "projet__objectif_principal")
    enjeux = {objectif.enjeu_id: str(objectif.enjeu) for objectif in objectifs}
    thematiques = {objectif.enjeu.thematique_id: str(objectif.enjeu.thematique) for objectif in objectifs}
    parcours = {p.pk: str(p) for p in Parcours.objects.filter(appel__in=appels)}
    etablissements = list(Etablissement.objects.all())
    par_thematique = _regrouper(par_objectif, objectifs, lambda o: o.enjeu.thematique_id)
    par_enjeu = _regrouper(par_objectif, objectifs, lambda o: o.enjeu_id)
    return (
        _tableau("thematiques", "Par thématique", par_thematique, thematiques, additif=True),
        _tableau("enjeux", "Par enjeu", par_enjeu, enjeux, additif=True),
        _tableau("objectifs", "Par objectif stratégique", par_objectif, {o.pk: str(o) for o in objectifs}, additif=True,
                 note="Chaque projet compte pour son objectif principal."),
        _tableau("parcours", "Par parcours", _par(exercices, "projet__parcours"), parcours, additif=False,
                 note=_PLUSIEURS),
        _tableau("quartiers", "Par quartier prioritaire", _par(exercices, "projet__quartiers"),
                 {q.pk: str(q) for q in Quartier.objects.all()}, additif=False, note=_PLUSIEURS),
        _par_niveau(exercices, etablissements),
        _tableau("etablissements", "Par établissement", _par(exercices, "projet__etablissements"),
                 {e.pk: str(e) for e in etablissements}, additif=False, note=_PLUSIEURS),
        _tableau("natures", "Par nature de porteur", _par(exercices, "projet__nature"), dict(NaturePorteur.choices),
                 additif=True),
    )  # fmt: skip


def _par_niveau(exercices: QuerySet[Exercice], etablissements: list[Etablissement]) -> Tableau:
    """By level of the établissements on the call's plan: a project of two schools of one level counts once there."""
    niveaux = sorted({e.niveau for e in etablissements if e.niveau is not None})
    if not niveaux:
        return Tableau("niveaux", "Par niveau d’établissement", (), additif=False)
    liens = Exercice._meta.get_field("projet").related_model.etablissements.through.objects
    noms = {n: ", ".join(e.nom for e in etablissements if e.niveau == n) for n in niveaux}
    touches = exercices.annotate(
        **{f"niveau_{n}": Exists(liens.filter(projet=OuterRef("projet"), etablissement__niveau=n)) for n in niveaux}
    )
    sommes: dict[str, models.Aggregate] = {}
    for n in niveaux:
        sommes |= _sommes(Q(**{f"niveau_{n}": True}), f"_{n}")
    valeurs = touches.aggregate(**sommes)
    rangs = [_rang(f"Niveau {n} ({noms[n]})", valeurs, f"_{n}") for n in niveaux]
    return Tableau("niveaux", "Par niveau d’établissement", _avec_parts(rangs), additif=False, note=_PLUSIEURS)


def _statuts(annee: int) -> tuple[Compte, ...]:
    nombres = dict(
        Exercice.objects.filter(annee=annee, projet__depose_le__isnull=False)
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


def _financements(appels: list[Appel], annee: int) -> tuple[Financement, ...]:
    """Envelopes of one civil year, funder by funder, all editions together."""
    totaux: dict[str, list[Decimal]] = {}
    for appel in appels:
        for situation in situation_enveloppes(appel, annee):
            total = totaux.setdefault(situation["financeur"], [ZERO, ZERO, ZERO])
            for rang, champ in enumerate(("vote", "engage", "en_attente")):
                total[rang] += au_centime(situation[champ])
    return tuple(_financement(f.label, *totaux[f]) for f in Financeur if f in totaux)


def _financement(libelle: str, vote: Decimal, engage: Decimal, en_attente: Decimal) -> Financement:
    part = int(100 * engage / vote) if vote else 0
    return Financement(libelle, vote, engage, en_attente, vote - engage - en_attente, min(part, 100))


def _bilans(annee: int, jour: date | None) -> tuple[tuple[Compte, ...], Decimal]:
    """Bilans of the year by state, with the euros granted that they are to justify; and the euros justified."""
    lignes = {
        ligne["etat"]: ligne
        for ligne in bilans_dus(jour)
        .filter(annee=annee)
        .order_by()
        .values("etat")
        .annotate(nombre=Count("pk"), montant=Sum("accorde"))
    }
    comptes = _comptes(
        (
            etat.value,
            etat.label,
            lignes.get(etat.value, {}).get("nombre", 0),
            au_centime(lignes.get(etat.value, {}).get("montant")),
        )
        for etat in EtatBilan
    )
    return comptes, next(compte.montant for compte in comptes if compte.code == EtatBilan.ACCEPTE)


def _publics(annee: int, exercices: QuerySet[Exercice]) -> Publics:
    prevus = exercices.filter(_VALIDE).aggregate(n=Sum("projet__nombre_enfants", default=0))["n"]
    champs = ("filles", "garcons", "parents", "professionnels")
    comptes = (
        Bilan.objects.deposes()
        .filter(exercice__annee=annee)
        .aggregate(**{champ: Sum(champ, default=0) for champ in champs})
    )
    return Publics(prevus, *(comptes[champ] for champ in champs))
