"""How the projects of one civil year and of the one before are spread: by thématique, parcours, quartier, funder…

What is counted comes from a ``Source``: added up live (``annees_en_direct``) or read in the kept sums (``annees_tenues``).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from django.db.models import Q, QuerySet

from correspondants.enums import NaturePorteur
from correspondants.models import Etablissement, Quartier

from .cellules_enveloppes import Cellules
from .echeances import avec_accorde
from .enums import Financeur, Statut
from .faits import Axe
from .models import (
    Appel,
    ContributionDispositif,
    Dispositif,
    Exercice,
    Objectif,
    Parcours,
    Projet,
    Thematique,
)
from .models.referentiels import garder_les_mots
from .valeurs import ZERO

VALIDES = (Statut.VALIDE, Statut.CLOS)
DEUX_ANS = 2


@dataclass(frozen=True)
class Filtre:
    """The projects that are counted: all, or those of one thématique (main objective) and of one quartier."""

    thematique: Thematique | None = None
    quartier: Quartier | None = None

    @property
    def est_actif(self) -> bool:
        return self.thematique is not None or self.quartier is not None

    @property
    def libelle(self) -> str:
        return " · ".join(str(choisi) for choisi in (self.thematique, self.quartier) if choisi)

    def sur(self, exercices: QuerySet[Exercice]) -> QuerySet[Exercice]:
        if self.thematique:
            exercices = exercices.filter(projet__objectif_principal__enjeu__thematique=self.thematique)
        if self.quartier:  # a subquery: joining would count a project once per quartier
            liens = Projet.quartiers.through.objects.filter(quartier=self.quartier)
            exercices = exercices.filter(projet__in=liens.values("projet"))
        return exercices


TOUS = Filtre()


@dataclass(frozen=True)
class Rang:
    """One row of a table: projects deposited and granted, euros asked and granted, children of granted projects."""

    libelle: str
    projets: int = 0
    valides: int = 0
    demande: Decimal = ZERO
    accorde: Decimal = ZERO
    enfants: int = 0
    code: str = ""  # what the plan calls it, when it has a number

    def plus(self, autre: "Rang") -> "Rang":
        return replace(
            self,
            projets=self.projets + autre.projets,
            valides=self.valides + autre.valides,
            demande=self.demande + autre.demande,
            accorde=self.accorde + autre.accorde,
            enfants=self.enfants + autre.enfants,
        )


@dataclass(frozen=True)
class Tableau:
    """``additif`` when each project counts in one row only, so that ``total`` means something.

    ``precedents`` are the same rows, one civil year before. ``accorde_seul`` when only granted euros have a meaning.
    """

    code: str
    titre: str
    rangs: tuple[Rang, ...]
    precedents: tuple[Rang, ...] = ()
    additif: bool = True
    note: str = ""
    accorde_seul: bool = False

    @property
    def total(self) -> Rang:
        return somme(self.rangs)

    @property
    def total_precedent(self) -> Rang:
        return somme(self.precedents)

    @property
    def paires(self) -> tuple[tuple[Rang, Rang], ...]:
        """Each row with the same one a year before."""
        return tuple(zip(self.rangs, self.precedents, strict=True))

    @property
    def sans_projet(self) -> tuple[Rang, ...]:
        return tuple(rang for rang in self.rangs if not rang.valides)


@dataclass(frozen=True)
class Couverture:
    """Granted projects that serve one strategic objective: as their main one, as another one."""

    code: str
    libelle: str
    principaux: int
    secondaires: int


def somme(rangs: Iterable[Rang], libelle: str = "Total") -> Rang:
    total = Rang(libelle)
    for rang in rangs:
        total = total.plus(rang)
    return total


def exercices_de(annees: Iterable[int], filtre: Filtre = TOUS) -> QuerySet[Exercice]:
    """Budgets of deposited projects, withdrawn ones left out, with ``accorde``."""
    deposes = Exercice.objects.filter(annee__in=list(annees), projet__depose_le__isnull=False)
    return filtre.sur(avec_accorde(deposes.exclude(projet__statut__in=[Statut.BROUILLON, Statut.RETIRE])).order_by())


EST_VALIDE = Q(projet__statut__in=VALIDES)

Annees = tuple[int, int]  # the year, and the one before
Trouves = tuple[dict[Any, Rang], dict[Any, Rang]]  # by key, for each of the two


class Source(Protocol):
    """Where the figures of a civil year and of the one before come from, for the projects of one Filtre."""

    annees: Annees
    enveloppes: Cellules | None

    def totaux(self) -> tuple[Rang, Rang]: ...

    def par(self, axe: str) -> Trouves:
        """By the values of an ``Axe``, None for the projects that have none; a project counts once for each of its values."""

    def secondaires(self) -> dict[int, int]:
        """Granted projects of the year that serve each objective beside their main one."""

    def appels(self) -> set[int]:
        """Calls of the projects of both years."""

    def statuts(self) -> dict[str, int]:
        """Projects of the year, withdrawn ones included."""

    def bilans(self, jour: date) -> dict[str, tuple[int, Decimal]]:
        """Number and granted euros of the bilans of the year, by EtatBilan."""

    def publics(self) -> tuple[int, int, int, int]:
        """Girls, boys, parents, professionals counted by the deposited bilans of the year."""

    def justifie(self) -> Decimal:
        """Euros of the year justified by an accepted bilan."""


def _tableau(
    code: str, titre: str, trouves: Trouves, libelles: Mapping[Any, str], *, additif: bool, note: str = ""
) -> Tableau:
    """Every known label, with or without a project, then what has none."""
    rangs, precedents = (
        [Rang(libelle).plus(par_cle.get(cle, Rang(""))) for cle, libelle in libelles.items()] for par_cle in trouves
    )
    restes = [somme((r for cle, r in t.items() if cle not in libelles), "Non précisé") for t in trouves]
    if any(reste.projets for reste in restes):
        rangs.append(restes[0])
        precedents.append(restes[1])
    return Tableau(code, titre, tuple(rangs), tuple(precedents), additif, note)


def _regrouper(par_objectif: Trouves, objectifs: Iterable[Objectif], cle: Callable[[Objectif], Any]) -> Trouves:
    connus = {objectif.pk: cle(objectif) for objectif in objectifs}
    regroupes: Trouves = ({}, {})
    for groupes, trouves in zip(regroupes, par_objectif, strict=True):
        for pk, rang in trouves.items():
            groupe = connus.get(pk)
            groupes[groupe] = groupes.get(groupe, Rang("")).plus(rang)
    return regroupes


_PLUSIEURS = "Un projet qui en concerne plusieurs compte dans chaque ligne : les lignes ne s’additionnent pas."


def tableaux(source: Source, mots: "Vocabulaire") -> tuple[tuple[Tableau, ...], tuple[Couverture, ...]]:
    """The tables of a year, and the coverage of the strategic objectives."""
    objectifs = mots.objectifs
    par_objectif = source.par(Axe.OBJECTIF)
    enjeux = {objectif.enjeu_id: str(objectif.enjeu) for objectif in objectifs}
    thematiques = {objectif.enjeu.thematique_id: str(objectif.enjeu.thematique) for objectif in objectifs}
    par_thematique = _regrouper(par_objectif, objectifs, lambda o: o.enjeu.thematique_id)
    par_enjeu = _regrouper(par_objectif, objectifs, lambda o: o.enjeu_id)

    def plusieurs(code: str, titre: str, axe: str, libelles: Mapping[Any, str]) -> Tableau:
        return _tableau(code, titre, source.par(axe), libelles, additif=False, note=_PLUSIEURS)

    faits = (
        _tableau("thematiques", "Par thématique", par_thematique, thematiques, additif=True),
        _tableau("enjeux", "Par enjeu", par_enjeu, enjeux, additif=True),
        _tableau("objectifs", "Par objectif stratégique", par_objectif, {o.pk: str(o) for o in objectifs}, additif=True,
                 note="Chaque projet compte pour son objectif principal."),
        plusieurs("parcours", "Par parcours", Axe.PARCOURS, mots.parcours),
        plusieurs("quartiers", "Par quartier prioritaire", Axe.QUARTIER, mots.quartiers),
        _par_niveau(source, mots.etablissements),
        plusieurs("etablissements", "Par établissement", Axe.ETABLISSEMENT, {e.pk: str(e) for e in mots.etablissements}),
        _tableau("natures", "Par nature de porteur", source.par(Axe.NATURE), dict(NaturePorteur.choices), additif=True),
        _par_financeur(source.par(Axe.FINANCEUR)),
        plusieurs("dispositifs", "Par dispositif lié", Axe.DISPOSITIF, mots.dispositifs),
        *_contributions(par_objectif, mots.contributions),
    )  # fmt: skip
    return faits, _couverture(source.secondaires(), objectifs, par_objectif)


@dataclass(frozen=True)
class Vocabulaire:
    """The words of some calls that the tables name, whether or not a project has them."""

    objectifs: tuple[Objectif, ...]
    parcours: Mapping[int, str]
    dispositifs: Mapping[int, str]
    quartiers: Mapping[int, str]
    etablissements: tuple[Etablissement, ...]
    contributions: tuple[tuple[ContributionDispositif, tuple[int, ...]], ...]

    @classmethod
    def de(cls, appels: Iterable[Appel]) -> "Vocabulaire":
        pks = sorted(appel.pk for appel in appels)
        objectifs = Objectif.objects.filter(enjeu__thematique__appel__in=pks).select_related("enjeu__thematique")
        liees = (
            ContributionDispositif.objects.filter(dispositif__appel__in=pks)
            .select_related("dispositif")
            .prefetch_related("objectifs")
            .order_by("dispositif__ordre", "dispositif", "rang")
        )
        return cls(
            tuple(objectifs),
            {p.pk: str(p) for p in Parcours.objects.filter(appel__in=pks)},
            {d.pk: str(d) for d in Dispositif.objects.filter(appel__in=pks)},
            {q.pk: str(q) for q in Quartier.objects.all()},
            tuple(Etablissement.objects.all()),
            tuple((liee, tuple(o.pk for o in liee.objectifs.all())) for liee in liees),
        )

    @classmethod
    def garde(cls, appels: Iterable[Appel]) -> "Vocabulaire":
        """The same, kept some seconds by the process and until it changes one of these words itself."""
        appels = list(appels)
        return garder_les_mots(f"annee:{sorted(appel.pk for appel in appels)}", lambda: cls.de(appels))


def _par_niveau(source: Source, etablissements: Iterable[Etablissement]) -> Tableau:
    """By level of the établissements on the call's plan: a project of two schools of one level counts once there."""
    niveaux = sorted({e.niveau for e in etablissements if e.niveau is not None})
    if not niveaux:
        return Tableau("niveaux", "Par niveau d’établissement", (), additif=False)
    noms = {n: ", ".join(e.nom for e in etablissements if e.niveau == n) for n in niveaux}
    libelles = {n: f"Niveau {n} ({noms[n]})" for n in niveaux}
    trouves = source.par(Axe.NIVEAU)
    return _tableau("niveaux", "Par niveau d’établissement", trouves, libelles, additif=False, note=_PLUSIEURS)


def _par_financeur(trouves: Trouves) -> Tableau:
    """Published grants by funder. A project paid by two funders counts in both rows; the euros add up."""
    libelles = {f.value: f.label for f in Financeur if any(f.value in t for t in trouves)}
    tableau = _tableau("financeurs", "Par financeur", trouves, libelles, additif=True)
    return replace(tableau, accorde_seul=True, note="Un projet financé par deux financeurs compte dans chaque ligne.")


def _contributions(
    par_objectif: Trouves, liees: Iterable[tuple[ContributionDispositif, tuple[int, ...]]]
) -> Iterable[Tableau]:
    """For each dispositif whose objectives are matched with those of the call: what goes to each of them."""
    par_dispositif: dict[Dispositif, list[tuple[ContributionDispositif, tuple[int, ...]]]] = {}
    for liee, objectifs in liees:
        par_dispositif.setdefault(liee.dispositif, []).append((liee, objectifs))
    for dispositif, contributions in par_dispositif.items():
        nom = dispositif.sigle or dispositif.libelle
        rangs, precedents = (
            tuple(
                replace(
                    somme((par_cle[pk] for pk in objectifs if pk in par_cle), liee.libelle),
                    code=str(liee.rang),
                )
                for liee, objectifs in contributions
            )
            for par_cle in par_objectif
        )
        yield Tableau(
            f"contribution-{dispositif.code}",
            f"Contribution aux objectifs : {nom}",
            rangs,
            precedents,
            additif=False,
            note="D’après l’objectif principal de chaque projet et la table de correspondance de la cité éducative. "
            "Un objectif qui sert plusieurs lignes compte dans chacune.",
        )


def _couverture(
    secondaires: Mapping[int, int], objectifs: Iterable[Objectif], par_objectif: Trouves
) -> tuple[Couverture, ...]:
    return tuple(
        Couverture(o.code, o.libelle, par_objectif[0].get(o.pk, Rang("")).valides, secondaires.get(o.pk, 0))
        for o in objectifs
    )
