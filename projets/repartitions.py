"""How the projects of one civil year and of the one before are spread: by thématique, parcours, quartier, funder…

Added up in SQL, both years in the same queries, whose number does not depend on the number of projects.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from correspondants.enums import NaturePorteur
from correspondants.models import Etablissement, Quartier

from .echeances import avec_accorde
from .enums import Financeur, Statut
from .models import (
    Appel,
    ContributionDispositif,
    Dispositif,
    Exercice,
    MontantAccorde,
    Objectif,
    Parcours,
    Projet,
    Thematique,
)
from .valeurs import ZERO, au_centime

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


def _sommes(condition: Q | None = None, suffixe: str = "") -> dict[str, models.Aggregate]:
    """The sums of a Rang over Exercices with ``accorde``, within a condition."""
    valide = EST_VALIDE & condition if condition else EST_VALIDE
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


Annees = tuple[int, int]  # the year, and the one before
Trouves = tuple[dict[Any, Rang], dict[Any, Rang]]  # by key, for each of the two


def totaux(exercices: QuerySet[Exercice], annees: Annees) -> tuple[Rang, Rang]:
    par_annee = {ligne["annee"]: _rang("Total", ligne) for ligne in exercices.values("annee").annotate(**_sommes())}
    return par_annee.get(annees[0], Rang("Total")), par_annee.get(annees[1], Rang("Total"))


def _par(exercices: QuerySet[Exercice], annees: Annees, chemin: str) -> Trouves:
    """Sums by one column; through a many-to-many one, a project counts once for each of its values."""
    trouves: Trouves = ({}, {})
    for ligne in exercices.annotate(cle=F(chemin)).values("annee", "cle").annotate(**_sommes()):
        trouves[annees.index(ligne["annee"])][ligne["cle"]] = _rang("", ligne)
    return trouves


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


def _regrouper(par_objectif: Trouves, objectifs: list[Objectif], cle: Callable[[Objectif], Any]) -> Trouves:
    connus = {objectif.pk: cle(objectif) for objectif in objectifs}
    regroupes: Trouves = ({}, {})
    for groupes, trouves in zip(regroupes, par_objectif, strict=True):
        for pk, rang in trouves.items():
            groupe = connus.get(pk)
            groupes[groupe] = groupes.get(groupe, Rang("")).plus(rang)
    return regroupes


_PLUSIEURS = "Un projet qui en concerne plusieurs compte dans chaque ligne : les lignes ne s’additionnent pas."


def tableaux(
    exercices: QuerySet[Exercice], annees: Annees, appels: list[Appel]
) -> tuple[tuple[Tableau, ...], tuple[Couverture, ...]]:
    """The tables of a year, and the coverage of the strategic objectives."""
    objectifs = list(Objectif.objects.filter(enjeu__thematique__appel__in=appels).select_related("enjeu__thematique"))
    par_objectif = _par(exercices, annees, "projet__objectif_principal")
    enjeux = {objectif.enjeu_id: str(objectif.enjeu) for objectif in objectifs}
    thematiques = {objectif.enjeu.thematique_id: str(objectif.enjeu.thematique) for objectif in objectifs}
    etablissements = list(Etablissement.objects.all())
    par_thematique = _regrouper(par_objectif, objectifs, lambda o: o.enjeu.thematique_id)
    par_enjeu = _regrouper(par_objectif, objectifs, lambda o: o.enjeu_id)

    def plusieurs(code: str, titre: str, chemin: str, libelles: Mapping[Any, str]) -> Tableau:
        return _tableau(code, titre, _par(exercices, annees, chemin), libelles, additif=False, note=_PLUSIEURS)

    parcours = {p.pk: str(p) for p in Parcours.objects.filter(appel__in=appels)}
    dispositifs = {d.pk: str(d) for d in Dispositif.objects.filter(appel__in=appels)}
    faits = (
        _tableau("thematiques", "Par thématique", par_thematique, thematiques, additif=True),
        _tableau("enjeux", "Par enjeu", par_enjeu, enjeux, additif=True),
        _tableau("objectifs", "Par objectif stratégique", par_objectif, {o.pk: str(o) for o in objectifs}, additif=True,
                 note="Chaque projet compte pour son objectif principal."),
        plusieurs("parcours", "Par parcours", "projet__parcours", parcours),
        plusieurs("quartiers", "Par quartier prioritaire", "projet__quartiers",
                  {q.pk: str(q) for q in Quartier.objects.all()}),
        _par_niveau(exercices, annees, etablissements),
        plusieurs("etablissements", "Par établissement", "projet__etablissements", {e.pk: str(e) for e in etablissements}),
        _tableau("natures", "Par nature de porteur", _par(exercices, annees, "projet__nature"),
                 dict(NaturePorteur.choices), additif=True),
        _par_financeur(exercices, annees),
        plusieurs("dispositifs", "Par dispositif lié", "projet__dispositifs", dispositifs),
        *_contributions(par_objectif, appels),
    )  # fmt: skip
    return faits, _couverture(exercices, annees, objectifs, par_objectif)


def _par_niveau(exercices: QuerySet[Exercice], annees: Annees, etablissements: list[Etablissement]) -> Tableau:
    """By level of the établissements on the call's plan: a project of two schools of one level counts once there."""
    niveaux = sorted({e.niveau for e in etablissements if e.niveau is not None})
    if not niveaux:
        return Tableau("niveaux", "Par niveau d’établissement", (), additif=False)
    liens = Projet.etablissements.through.objects
    noms = {n: ", ".join(e.nom for e in etablissements if e.niveau == n) for n in niveaux}
    touches = exercices.annotate(
        **{f"niveau_{n}": Exists(liens.filter(projet=OuterRef("projet"), etablissement__niveau=n)) for n in niveaux}
    )
    sommes: dict[str, models.Aggregate] = {}
    for n in niveaux:
        sommes |= _sommes(Q(**{f"niveau_{n}": True}), f"_{n}")
    trouves: Trouves = ({}, {})
    for ligne in touches.values("annee").annotate(**sommes):
        trouves[annees.index(ligne["annee"])].update({n: _rang("", ligne, f"_{n}") for n in niveaux})
    libelles = {n: f"Niveau {n} ({noms[n]})" for n in niveaux}
    return _tableau("niveaux", "Par niveau d’établissement", trouves, libelles, additif=False, note=_PLUSIEURS)


def _par_financeur(exercices: QuerySet[Exercice], annees: Annees) -> Tableau:
    """Published grants by funder. A project paid by two funders counts in both rows; the euros add up."""
    lignes = (
        MontantAccorde.objects.publies()
        .filter(exercice__in=exercices.values("pk"), montant__gt=0)
        .order_by()
        .values("exercice__annee", "financeur")
        .annotate(total=Sum("montant"), nombre=Count("exercice", distinct=True))
    )
    trouves: Trouves = ({}, {})
    for ligne in lignes:
        rang = Rang("", ligne["nombre"], ligne["nombre"], ZERO, au_centime(ligne["total"]))
        trouves[annees.index(ligne["exercice__annee"])][ligne["financeur"]] = rang
    libelles = {f.value: f.label for f in Financeur if any(f.value in t for t in trouves)}
    tableau = _tableau("financeurs", "Par financeur", trouves, libelles, additif=True)
    return replace(tableau, accorde_seul=True, note="Un projet financé par deux financeurs compte dans chaque ligne.")


def _contributions(par_objectif: Trouves, appels: list[Appel]) -> Iterable[Tableau]:
    """For each dispositif whose objectives are matched with those of the call: what goes to each of them."""
    liees = (
        ContributionDispositif.objects.filter(dispositif__appel__in=appels)
        .select_related("dispositif")
        .prefetch_related("objectifs")
        .order_by("dispositif__ordre", "dispositif", "rang")
    )
    par_dispositif: dict[Dispositif, list[ContributionDispositif]] = {}
    for liee in liees:
        par_dispositif.setdefault(liee.dispositif, []).append(liee)
    for dispositif, contributions in par_dispositif.items():
        nom = dispositif.sigle or dispositif.libelle
        rangs, precedents = (
            tuple(
                replace(
                    somme((par_cle[o.pk] for o in liee.objectifs.all() if o.pk in par_cle), liee.libelle),
                    code=str(liee.rang),
                )
                for liee in contributions
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
    exercices: QuerySet[Exercice], annees: Annees, objectifs: list[Objectif], par_objectif: Trouves
) -> tuple[Couverture, ...]:
    valides = exercices.filter(EST_VALIDE, annee=annees[0]).annotate(cle=F("projet__objectifs_secondaires"))
    secondaires = {ligne["cle"]: ligne["n"] for ligne in valides.values("cle").annotate(n=Count("pk"))}
    return tuple(
        Couverture(o.code, o.libelle, par_objectif[0].get(o.pk, Rang("")).valides, secondaires.get(o.pk, 0))
        for o in objectifs
    )
