"""The figures of the ANCT's « revue de projets »: each indicator is data, each measure one sum over a civil year.

Two queries for every indicator and for two years together. Reads only.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from .dossier import CLASSES_VOLONTAIRES
from .enums_portail import MesureANCT
from .models import Appel, Compte, Exercice, IndicateurANCT, LigneBilan, Projet
from .repartitions import EST_VALIDE, ZERO, au_centime, exercices_de
from .valeurs import INSECABLE, euros, nombre

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


def indicateurs_de(annee: int) -> tuple[Indicateur, ...]:
    """The active indicators of the current call, in their order, for one civil year."""
    appel = Appel.objects.filter(courant=True).first()
    choisis = list(
        IndicateurANCT.objects.filter(appel=appel, actif=True).select_related("thematique", "parcours") if appel else ()
    )
    valeurs = _valeurs(choisis, annee) if choisis else {}
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
        for un in choisis
    )


def _valeurs(indicateurs: Iterable[IndicateurANCT], annee: int) -> dict[int, dict[int, Decimal | int | None]]:
    exercices = _prepares(indicateurs, annee)
    sommes: Sommes = {}
    for un in indicateurs:
        condition = _condition(un)
        for nom, (agregat, champ, valides) in _MESURES[un.mesure][0].items():
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


# --- the measures: what each adds up (aggregate, column, granted projects only?), and how it is worked out from there ---

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


_Compte = tuple[type[models.Aggregate], str, bool]
_MESURES: dict[str, tuple[dict[str, _Compte], Callable[..., Decimal | int | None]]] = {
    MesureANCT.PROJETS_DEPOSES: ({"n": (Count, "pk", False)}, _entier),
    MesureANCT.PROJETS_VALIDES: ({"n": (Count, "pk", True)}, _entier),
    MesureANCT.STRUCTURES: ({"n": (Count, "projet__structure", True)}, _entier),
    MesureANCT.PARTENAIRES: ({"n": (Sum, "projet__nombre_partenaires", True)}, _entier),
    MesureANCT.ENFANTS_PREVUS: ({"n": (Sum, "projet__nombre_enfants", True)}, _entier),
    MesureANCT.ENFANTS_TOUCHES: (
        {"f": (SiDepose, "bilan__filles", True), "g": (SiDepose, "bilan__garcons", True)}, lambda f, g: int(f + g)
    ),
    MesureANCT.PARENTS_PREVUS: ({"n": (Sum, "projet__nombre_parents", True)}, _entier),
    MesureANCT.PARENTS_TOUCHES: ({"n": (SiDepose, "bilan__parents", True)}, _entier),
    MesureANCT.PROFESSIONNELS_TOUCHES: ({"n": (SiDepose, "bilan__professionnels", True)}, _entier),
    MesureANCT.MONTANT_DEMANDE: ({"n": (Sum, "montant_demande", False)}, au_centime),
    MesureANCT.MONTANT_ACCORDE: ({"n": (Sum, "accorde", False)}, au_centime),
    MesureANCT.MONTANT_DEPENSE: ({"n": (Sum, "depense", False)}, au_centime),
    MesureANCT.COUT_PAR_ENFANT: (
        {"a": (Sum, "accorde", False), "e": (Sum, "projet__nombre_enfants", True)}, _par_enfant
    ),
    MesureANCT.PART_QPV: ({"p": (SiVrai, "en_qpv", True), "n": (Count, "pk", True)}, _part),
    MesureANCT.PART_SCOLAIRE: ({"p": (SiVrai, "projet__temps_scolaire", True), "n": (Count, "pk", True)}, _part),
}  # fmt: skip
