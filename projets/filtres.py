"""What the coordination looks for in the list of projects: filters, search, order, and what awaits someone.

Every filter on a related table goes through a subquery, so that sums and counts beside it are never multiplied.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.db.models import Case, Count, Exists, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Lower
from django.http import QueryDict
from django.utils import timezone

from correspondants.enums import COORDINATEURS, NaturePorteur
from correspondants.models import Etablissement, Quartier, Utilisateur

from .enums import Statut, StatutBilan
from .models import AvisIEN, Depot, Enjeu, Exercice, Parcours, Projet, Thematique
from .permissions import est_coordinateur
from .temps_scolaire import DELAI_AVIS
from .valeurs import ValeurIllisible, lire_montant

STATUTS_DE_LISTE = [(statut.value, statut.label) for statut in Statut if statut is not Statut.BROUILLON]


# --- what awaits someone --------------------------------------------------------------------------------------------


def nouveaux(projets: QuerySet[Projet]) -> QuerySet[Projet]:
    """Deposited once and not looked at yet."""
    return projets.filter(~Exists(_redepots()), statut=Statut.DEPOSE)


def reponses(projets: QuerySet[Projet]) -> QuerySet[Projet]:
    """Deposited again, after complements or an adjournment."""
    return projets.filter(Exists(_redepots()), statut=Statut.DEPOSE)


def _redepots() -> QuerySet[Depot]:
    return Depot.objects.filter(projet=OuterRef("pk"), rang__gt=1).order_by()


def avis_en_retard(projets: QuerySet[Projet]) -> QuerySet[Projet]:
    limite = timezone.now() - DELAI_AVIS
    tardifs = AvisIEN.objects.attendus().filter(projet=OuterRef("pk"), demande_le__lt=limite).order_by()
    return projets.filter(Exists(tardifs), statut=Statut.AVIS_IEN)


def prets(projets: QuerySet[Projet]) -> QuerySet[Projet]:
    return projets.filter(statut=Statut.PRET)


def bilans_a_examiner(projets: QuerySet[Projet]) -> QuerySet[Projet]:
    deposes = Exercice.objects.filter(projet=OuterRef("pk"), bilan__statut=StatutBilan.DEPOSE).order_by()
    return projets.filter(Exists(deposes))


@dataclass(frozen=True)
class File:
    """One pile of work: its projects are those that ``choisir`` keeps."""

    code: str
    libelle: str
    ton: str
    choisir: Any


FILES = (
    File("nouveaux", "Nouveaux dépôts à vérifier", "info", nouveaux),
    File("reponses", "Dossiers redéposés à relire", "info", reponses),
    File("avis_en_retard", f"Avis attendus depuis plus de {DELAI_AVIS.days} jours", "alerte", avis_en_retard),
    File("prets", "Prêts pour la troïka", "prune", prets),
    File("bilans", "Bilans à examiner", "attente", bilans_a_examiner),
)


# --- filters --------------------------------------------------------------------------------------------------------


class MontantField(forms.CharField):
    """Euros as French people write them: « 1 234,50 »."""

    def clean(self, valeur: Any) -> Decimal | None:
        try:
            montant = lire_montant(super().clean(valeur) or "")
        except ValeurIllisible as erreur:
            raise forms.ValidationError(erreur.message) from erreur
        if montant is not None and abs(montant) >= Decimal(10) ** 10:
            raise forms.ValidationError("Ce montant est beaucoup trop grand.")
        return montant


class MontantFilter(django_filters.Filter):
    field_class = MontantField


def annees_des_budgets() -> list[tuple[str, str]]:
    annees = Exercice.objects.order_by("-annee").values_list("annee", flat=True).distinct()
    return [(str(annee), str(annee)) for annee in annees]


class ProjetFilterSet(django_filters.FilterSet):
    """Filters of the coordination desk. A value that is not understood is said by its field, and ignored."""

    q = django_filters.CharFilter(label="Rechercher", method="filtrer_texte")
    coordination = django_filters.ChoiceFilter(
        label="Coordination", method="filtrer_coordination", empty_label="Tous", choices=[("miens", "Les miens")]
    )
    a_faire = django_filters.ChoiceFilter(
        label="À faire",
        method="filtrer_file",
        empty_label="Tout",
        choices=[(file.code, file.libelle) for file in FILES],
    )
    statut = django_filters.ChoiceFilter(label="Statut", choices=STATUTS_DE_LISTE, empty_label="Tous")
    nature = django_filters.ChoiceFilter(label="Porteur", choices=NaturePorteur.choices, empty_label="Tous")
    thematique = django_filters.ModelChoiceFilter(
        label="Thématique principale",
        queryset=Thematique.objects.filter(appel__courant=True),
        field_name="objectif_principal__enjeu__thematique",
        empty_label="Toutes",
    )
    enjeu = django_filters.ModelChoiceFilter(
        label="Enjeu principal",
        queryset=Enjeu.objects.filter(thematique__appel__courant=True),
        field_name="objectif_principal__enjeu",
        empty_label="Tous",
    )
    parcours = django_filters.ModelChoiceFilter(
        label="Parcours",
        queryset=Parcours.objects.filter(appel__courant=True),
        method="filtrer_lien",
        empty_label="Tous",
    )
    quartier = django_filters.ModelChoiceFilter(
        label="Quartier", queryset=Quartier.objects.all(), method="filtrer_lien", empty_label="Tous"
    )
    etablissement = django_filters.ModelChoiceFilter(
        label="Établissement", queryset=Etablissement.objects.all(), method="filtrer_lien", empty_label="Tous"
    )
    annee = django_filters.ChoiceFilter(
        label="Année civile", choices=annees_des_budgets, method="filtrer_annee", empty_label="Toutes"
    )
    temps_scolaire = django_filters.ChoiceFilter(
        label="Temps scolaire",
        choices=[("oui", "Oui"), ("non", "Non")],
        method="filtrer_temps_scolaire",
        empty_label="Indifférent",
    )
    montant_min = MontantFilter(label="Demandé, de (€)", field_name="demande", lookup_expr="gte")
    montant_max = MontantFilter(label="Demandé, à (€)", field_name="demande", lookup_expr="lte")

    class Meta:
        model = Projet
        fields: tuple[str, ...] = ()

    def __init__(self, donnees: QueryDict, projets: QuerySet[Projet], utilisateur: Utilisateur) -> None:
        self.utilisateur = utilisateur
        super().__init__(donnees, projets)
        if not est_coordinateur(utilisateur):
            del self.filters["coordination"]

    def filtrer_texte(self, projets: QuerySet[Projet], nom: str, valeur: str) -> QuerySet[Projet]:
        return projets.chercher(valeur[:200])

    def filtrer_coordination(self, projets: QuerySet[Projet], nom: str, valeur: str) -> QuerySet[Projet]:
        return projets.filter(coordination__in=COORDINATEURS & self.utilisateur.roles)

    def filtrer_file(self, projets: QuerySet[Projet], nom: str, valeur: str) -> QuerySet[Projet]:
        return next(file for file in FILES if file.code == valeur).choisir(projets)

    def filtrer_lien(self, projets: QuerySet[Projet], nom: str, valeur: Any) -> QuerySet[Projet]:
        """Projects tied to one row of a many-to-many table."""
        return projets.filter(pk__in=valeur.projets.through.objects.filter(**{nom: valeur}).values("projet"))

    def filtrer_annee(self, projets: QuerySet[Projet], nom: str, valeur: str) -> QuerySet[Projet]:
        return projets.filter(pk__in=Exercice.objects.filter(annee=valeur).values("projet"))

    def filtrer_temps_scolaire(self, projets: QuerySet[Projet], nom: str, valeur: str) -> QuerySet[Projet]:
        return projets.filter(temps_scolaire=valeur == "oui")

    @property
    def en_detail(self) -> bool:
        """Whether a filter beyond the first line is in force, or was not understood."""
        premiers = {"q", "statut", "coordination", "a_faire"}
        return any(self.data.get(nom) or nom in self.errors for nom in self.filters if nom not in premiers)

    @property
    def actifs(self) -> list["FiltreActif"]:
        return list(self._actifs())

    def _actifs(self) -> Iterator["FiltreActif"]:
        """Filters in force, each with the address of the same list without it."""
        valides = self.form.cleaned_data if self.form.is_valid() or self.form.cleaned_data else {}
        for nom, valeur in valides.items():
            if valeur in (None, ""):
                continue
            champ = self.form.fields[nom]
            libelles = dict(getattr(champ, "choices", ())) if isinstance(valeur, str) else {}
            yield FiltreActif(str(champ.label), str(libelles.get(valeur, valeur)), adresse_sans(self.data, nom))


@dataclass(frozen=True)
class FiltreActif:
    libelle: str
    valeur: str
    url_sans: str


def adresse_sans(donnees: QueryDict, *noms: str, **remplaces: str) -> str:
    """Query string of the same list without some parameters (and from its first page), or with others."""
    copie = donnees.copy()
    for nom in (*noms, "page"):
        copie.pop(nom, None)
    for nom, valeur in remplaces.items():
        copie[nom] = valeur
    for nom in [nom for nom, valeur in copie.items() if valeur == ""]:
        del copie[nom]
    return f"?{copie.urlencode()}"


# --- order ----------------------------------------------------------------------------------------------------------

TRIS = {
    "numero": F("numero"),
    "titre": Lower("titre"),
    "structure": Lower("structure__nom"),
    "statut": Case(*(When(statut=statut, then=Value(rang)) for rang, statut in enumerate(Statut))),
    "demande": F("demande"),
    "accorde": F("accorde"),
    "depose_le": F("depose_le"),
}
TRI_PAR_DEFAUT = "-depose_le"


def tri_demande(donnees: QueryDict) -> str:
    """The order asked for, or the latest deposits first when it is not one of ours."""
    tri = donnees.get("tri", "")
    return tri if tri.removeprefix("-") in TRIS else TRI_PAR_DEFAUT


def trier(projets: QuerySet[Projet], tri: str) -> QuerySet[Projet]:
    cle = TRIS[tri.removeprefix("-")]
    ordre = cle.desc(nulls_last=True) if tri.startswith("-") else cle.asc(nulls_last=True)
    return projets.order_by(ordre, "-pk")


def avec_avis(projets: QuerySet[Projet]) -> QuerySet[Projet]:
    """Adds ``avis_demandes`` and ``avis_recus``: opinions in force."""
    avis = AvisIEN.objects.en_vigueur().filter(projet=OuterRef("pk")).order_by().values("projet")
    return projets.annotate(
        avis_demandes=Coalesce(Subquery(avis.annotate(n=Count("pk")).values("n")), 0),
        avis_recus=Coalesce(Subquery(avis.exclude(rendu_le=None).annotate(n=Count("pk")).values("n")), 0),
    )
