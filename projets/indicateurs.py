"""The figures of the ANCT's « revue de projets »: each indicator is data, each measure one sum over a civil year.

Two queries for every indicator and for two years together, or what was read of the kept sums. Reads only.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from .annees_tenues import Tenues
from .dossier import CLASSES_VOLONTAIRES
from .enums_portail import MesureANCT
from .models import Compte, Exercice, IndicateurANCT, LigneBilan, Projet
from .repartitions import EST_VALIDE, exercices_de
from .valeurs import INSECABLE, ZERO, au_centime, euros, nombre

Sommes = dict[str, models.Aggregate]


@dataclass(frozen=True)
class Indicateur:
    """One figure, for the year and the one before; None when it means nothing (a share of no project)."""

    code: str
    libelle: str
    perimetre: str
    mesure: str
    unite: str
    valeur: Decimal | int | None
    precedente: Decimal | int | None

    @property
    def en_mots(self) -> str:
        return _en_mots(self.unite, self.valeur)

    @property
    def precedente_en_mots(self) -> str:
        return _en_mots(self.unite, self.precedente)


def _en_mots(unite: str, valeur: Decimal | int | None) -> str:
    if valeur is None:
        return "—"
    if unite == "euros":
        return euros(valeur)
    return f"{nombre(valeur * 100, decimales=1)}{INSECABLE}%" if unite == "part" else nombre(valeur)


def choisis() -> list[IndicateurANCT]:
    """The active indicators of the current call, in their order."""
    return list(
        IndicateurANCT.objects.filter(appel__courant=True, actif=True).select_related("thematique", "parcours").order_by(
            "ordre", "code"
        )
    )  # fmt: skip


def indicateurs_de(
    annee: int, choisis_: Iterable[IndicateurANCT] | None = None, tenues: Tenues | None = None
) -> tuple[Indicateur, ...]:
    """The indicators of the current call (``choisis_``, when they have been read) for one civil year.

    ``tenues``: the kept sums, read for these indicators (``a_lire``); added up live without.
    """
    siens = choisis() if choisis_ is None else list(choisis_)
    if tenues:
        valeurs = {une: {un.pk: _calculer_tenu(un, une, tenues) for un in siens} for une in (annee, annee - 1)}
    else:
        valeurs = _valeurs(siens, annee) if siens else {}
    return tuple(
        Indicateur(
            code=un.code,
            libelle=un.libelle,
            perimetre=un.perimetre,
            mesure=un.get_mesure_display(),
            unite=MesureANCT(un.mesure).unite,
            valeur=valeurs[annee][un.pk],
            precedente=valeurs[annee - 1][un.pk],
        )
        for un in siens
    )


def a_lire(siens: Iterable[IndicateurANCT]) -> dict[str, Any]:
    """What ``annees_tenues.lire`` has to read for these indicators."""
    siens = list(siens)
    return {
        "perimetres": {(un.thematique_id, un.parcours_id) for un in siens},
        "structures": any(un.mesure == MesureANCT.STRUCTURES for un in siens),
    }


def _calculer_tenu(indicateur: IndicateurANCT, annee: int, tenues: Tenues) -> Decimal | int | None:
    comptes, calcul = _MESURES[indicateur.mesure]
    perimetre = (indicateur.thematique_id, indicateur.parcours_id)
    return calcul(*(tenues.revue(annee, perimetre, somme) for *_, somme in comptes.values()))


def _valeurs(indicateurs: Iterable[IndicateurANCT], annee: int) -> dict[int, dict[int, Decimal | int | None]]:
    exercices = _prepares(indicateurs, annee)
    sommes: Sommes = {}
    for un in indicateurs:
        condition = _condition(un)
        for nom, (agregat, champ, valides, _) in _MESURES[un.mesure][0].items():
            filtre = condition & EST_VALIDE if valides else condition
            options = {"distinct": True} if agregat is Count and champ != "pk" else {}
            sommes[f"i{un.pk}_{nom}"] = agregat(champ, filter=filtre, **options)
    lignes = {ligne["annee"]: ligne for ligne in exercices.values("annee").annotate(**sommes)}
    return {une: {un.pk: _calculer(un, lignes.get(une, {})) for un in indicateurs} for une in (annee, annee - 1)}


def _calculer(indicateur: IndicateurANCT, ligne: Mapping[str, Any]) -> Decimal | int | None:
    noms, calcul = _MESURES[indicateur.mesure]
    return calcul(*(ligne.get(f"i{indicateur.pk}_{nom}") or 0 for nom in noms))


def _prepares(indicateurs: Iterable[IndicateurANCT], annee: int) -> QuerySet[Exercice]:
    """Exercices of both years with what the measures add up: nothing is joined, so that no sum is multiplied."""
    cash = Q(compte__sens=Compte.Sens.CHARGE, bilan__depose_le__isnull=False)
    for classe in CLASSES_VOLONTAIRES:
        cash &= ~Q(compte__code__startswith=classe)
    depense = (
        LigneBilan.objects.filter(cash, bilan__exercice=OuterRef("pk"))
        .order_by()
        .values("bilan")
        .annotate(total=Sum("realise"))
        .values("total")
    )
    decimal = models.DecimalField(max_digits=14, decimal_places=2)
    quartiers = Projet.quartiers.through.objects.filter(projet=OuterRef("projet"))
    exercices = exercices_de([annee, annee - 1]).annotate(
        depense=Coalesce(Subquery(depense, output_field=decimal), Value(Decimal(0)), output_field=decimal),
        en_qpv=Exists(quartiers),
    )
    for parcours in {un.parcours_id for un in indicateurs if un.parcours_id}:
        liens = Projet.parcours.through.objects.filter(projet=OuterRef("projet"), parcours=parcours)
        exercices = exercices.annotate(**{f"parcours_{parcours}": Exists(liens)})
    return exercices


def _condition(indicateur: IndicateurANCT) -> Q:
    condition = Q()
    if indicateur.thematique_id:
        condition &= Q(projet__objectif_principal__enjeu__thematique=indicateur.thematique_id)
    if indicateur.parcours_id:
        condition &= Q(**{f"parcours_{indicateur.parcours_id}": True})
    return condition


# --- the measures: what each adds up (aggregate, column, granted projects only?, kept sum), and how it is worked out from there ---

_DEPOSE = Q(bilan__depose_le__isnull=False)


def _entier(valeur: int) -> int:
    return int(valeur)


def _part(partie: int, tout: int) -> Decimal | None:
    return (Decimal(partie) / Decimal(tout)).quantize(Decimal("0.001"), ROUND_HALF_UP) if tout else None


def _par_enfant(accorde: Decimal, enfants: int) -> Decimal | None:
    return (au_centime(accorde) / enfants).quantize(ZERO, ROUND_HALF_UP) if enfants else None


class SiVrai(Sum):
    """How many rows have a boolean column true."""

    def __init__(self, champ: str, **options: Any) -> None:
        vrai = models.Case(models.When(Q(**{champ: True}), then=1), default=0, output_field=models.IntegerField())
        super().__init__(vrai, **options)


class SiDepose(Sum):
    """A sum over the bilans that have been deposited: a draft is its porteur's."""

    def __init__(self, champ: str, **options: Any) -> None:
        depose = models.Case(
            models.When(_DEPOSE, then=Coalesce(F(champ), 0)), default=0, output_field=models.IntegerField()
        )
        super().__init__(depose, **options)


_Compte = tuple[type[models.Aggregate], str, bool, str]
_MESURES: dict[str, tuple[dict[str, _Compte], Callable[..., Decimal | int | None]]] = {
    MesureANCT.PROJETS_DEPOSES: ({"n": (Count, "pk", False, "projets")}, _entier),
    MesureANCT.PROJETS_VALIDES: ({"n": (Count, "pk", True, "valides")}, _entier),
    MesureANCT.STRUCTURES: ({"n": (Count, "projet__structure", True, "structures")}, _entier),
    MesureANCT.PARTENAIRES: ({"n": (Sum, "projet__nombre_partenaires", True, "partenaires")}, _entier),
    MesureANCT.ENFANTS_PREVUS: ({"n": (Sum, "projet__nombre_enfants", True, "enfants")}, _entier),
    MesureANCT.ENFANTS_TOUCHES: (
        {"f": (SiDepose, "bilan__filles", True, "filles"), "g": (SiDepose, "bilan__garcons", True, "garcons")},
        lambda f, g: int(f + g),
    ),
    MesureANCT.PARENTS_PREVUS: ({"n": (Sum, "projet__nombre_parents", True, "parents")}, _entier),
    MesureANCT.PARENTS_TOUCHES: ({"n": (SiDepose, "bilan__parents", True, "parents_touches")}, _entier),
    MesureANCT.PROFESSIONNELS_TOUCHES: ({"n": (SiDepose, "bilan__professionnels", True, "professionnels")}, _entier),
    MesureANCT.MONTANT_DEMANDE: ({"n": (Sum, "montant_demande", False, "demande")}, au_centime),
    MesureANCT.MONTANT_ACCORDE: ({"n": (Sum, "accorde", False, "accorde")}, au_centime),
    MesureANCT.MONTANT_DEPENSE: ({"n": (Sum, "depense", False, "depense")}, au_centime),
    MesureANCT.COUT_PAR_ENFANT: (
        {"a": (Sum, "accorde", False, "accorde"), "e": (Sum, "projet__nombre_enfants", True, "enfants")}, _par_enfant
    ),
    MesureANCT.PART_QPV: ({"p": (SiVrai, "en_qpv", True, "en_qpv"), "n": (Count, "pk", True, "valides")}, _part),
    MesureANCT.PART_SCOLAIRE: (
        {"p": (SiVrai, "projet__temps_scolaire", True, "scolaire"), "n": (Count, "pk", True, "valides")}, _part
    ),
}  # fmt: skip
