"""The figures of a civil year and of the one before, added up in SQL from the projects: the reference of the kept sums.

Both years in the same queries, whose number does not depend on the number of projects.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Sum

from correspondants.models import Etablissement

from .echeances import bilans_dus
from .faits import Axe
from .justifications import justifies
from .models import Bilan, Exercice, MontantAccorde, Projet
from .repartitions import EST_VALIDE, TOUS, Annees, Filtre, Rang, Trouves, exercices_de
from .valeurs import ZERO, au_centime

_CHEMINS = {
    Axe.OBJECTIF: "projet__objectif_principal",
    Axe.PARCOURS: "projet__parcours",
    Axe.QUARTIER: "projet__quartiers",
    Axe.ETABLISSEMENT: "projet__etablissements",
    Axe.NATURE: "projet__nature",
    Axe.DISPOSITIF: "projet__dispositifs",
}


class EnDirect:
    """A ``repartitions.Source``."""

    enveloppes = None

    def __init__(self, annee: int, filtre: Filtre = TOUS) -> None:
        self.annees: Annees = (annee, annee - 1)
        self.filtre = filtre

    @cached_property
    def _exercices(self) -> models.QuerySet[Exercice]:
        return exercices_de(self.annees, self.filtre)

    @cached_property
    def _de_l_annee(self) -> models.QuerySet[Exercice]:
        """Whatever became of their projects."""
        return self.filtre.sur(Exercice.objects.filter(annee=self.annees[0]))

    def appels(self) -> set[int]:
        return set(self._exercices.values_list("projet__appel", flat=True).distinct())

    def totaux(self) -> tuple[Rang, Rang]:
        sommes = self._exercices.values("annee").annotate(**_sommes())
        par_annee = {ligne["annee"]: _rang("Total", ligne) for ligne in sommes}
        return par_annee.get(self.annees[0], Rang("Total")), par_annee.get(self.annees[1], Rang("Total"))

    def par(self, axe: str) -> Trouves:
        if axe == Axe.NIVEAU:
            return self._par_niveau()
        if axe == Axe.FINANCEUR:
            return self._par_financeur()
        trouves: Trouves = ({}, {})
        lignes = self._exercices.annotate(cle=F(_CHEMINS[axe])).values("annee", "cle").annotate(**_sommes())
        for ligne in lignes:
            trouves[self.annees.index(ligne["annee"])][ligne["cle"]] = _rang("", ligne)
        return trouves

    def _par_niveau(self) -> Trouves:
        niveaux = set(Etablissement.objects.order_by().exclude(niveau=None).values_list("niveau", flat=True))
        liens = Projet.etablissements.through.objects
        touches = self._exercices.annotate(
            **{f"niveau_{n}": Exists(liens.filter(projet=OuterRef("projet"), etablissement__niveau=n)) for n in niveaux}
        )
        sommes: dict[str, models.Aggregate] = {}
        for n in niveaux:
            sommes |= _sommes(Q(**{f"niveau_{n}": True}), f"_{n}")
        trouves: Trouves = ({}, {})
        for ligne in touches.values("annee").annotate(**sommes) if niveaux else ():
            trouves[self.annees.index(ligne["annee"])].update({n: _rang("", ligne, f"_{n}") for n in niveaux})
        return trouves

    def _par_financeur(self) -> Trouves:
        lignes = (
            MontantAccorde.objects.publies()
            .filter(exercice__in=self._exercices.values("pk"), montant__gt=0)
            .order_by()
            .values("exercice__annee", "financeur")
            .annotate(total=Sum("montant"), nombre=Count("exercice", distinct=True))
        )
        trouves: Trouves = ({}, {})
        for ligne in lignes:
            rang = Rang("", ligne["nombre"], ligne["nombre"], ZERO, au_centime(ligne["total"]))
            trouves[self.annees.index(ligne["exercice__annee"])][ligne["financeur"]] = rang
        return trouves

    def secondaires(self) -> dict[int, int]:
        valides = self._exercices.filter(EST_VALIDE, annee=self.annees[0])
        lignes = valides.annotate(cle=F("projet__objectifs_secondaires")).values("cle").annotate(n=Count("pk"))
        return {ligne["cle"]: ligne["n"] for ligne in lignes}

    def statuts(self) -> dict[str, int]:
        deposes = self._de_l_annee.filter(projet__depose_le__isnull=False).order_by()
        return dict(deposes.values_list("projet__statut").annotate(nombre=Count("pk")))

    def bilans(self, jour: date) -> dict[str, tuple[int, Decimal]]:
        dus = self.filtre.sur(bilans_dus(jour).filter(annee=self.annees[0])).order_by()
        lignes = dus.values_list("etat").annotate(nombre=Count("pk"), montant=Sum("accorde"))
        return {etat: (nombre, au_centime(montant)) for etat, nombre, montant in lignes}

    def publics(self) -> tuple[int, int, int, int]:
        champs = ("filles", "garcons", "parents", "professionnels")
        siens = Bilan.objects.deposes().filter(exercice__in=self._de_l_annee.values("pk"))
        comptes = siens.aggregate(**{champ: Sum(champ, default=0) for champ in champs})
        return tuple(comptes[champ] for champ in champs)

    def justifie(self) -> Decimal:
        return sum(justifies(self._de_l_annee).values(), ZERO)


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
