"""What the coordination looks for in the list of projects: filters, search, order; what a saved filter may hold.

Every filter on a related table goes through a subquery, so that sums and counts beside it are never multiplied.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from typing import Any

import django_filters
from django import forms
from django.db import connection
from django.db.models import Count, Exists, F, Func, Model, OuterRef, QuerySet, Subquery, Window
from django.db.models.functions import Coalesce, RowNumber
from django.forms.models import ModelChoiceIterator
from django.http import QueryDict
from django.utils import timezone

from cite_educative.preparees import Preparee
from correspondants.enums import COORDINATEURS, NaturePorteur
from correspondants.models import Etablissement, Quartier, Utilisateur

from . import bilans_tenus, cumuls
from .bureau import FILES
from .enums import Statut
from .fraicheur import retenir
from .models import AvisIEN, Enjeu, Exercice, FaitExercice, Objectif, Parcours, Projet, Thematique
from .models.ordres import RangStatut
from .models.recherche import cherche_des_debuts
from .permissions import est_coordinateur, est_des_services
from .tris import TRI_PAR_DEFAUT, de_l_annee, tri_demande
from .valeurs import ValeurIllisible, lire_montant

STATUTS_DE_LISTE = [(statut.value, statut.label) for statut in Statut if statut is not Statut.BROUILLON]


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


GARDE = 60  # seconds that a process keeps the choices of a list: a word changed in the administration is seen that late


# What the form of the filters offers: one list each, with the columns that its rows are named after.
_LISTES: tuple[tuple[QuerySet[Any], tuple[str, ...]], ...] = (
    (Thematique.objects.filter(appel__courant=True), ("code", "libelle")),
    (Enjeu.objects.filter(thematique__appel__courant=True), ("code", "libelle")),
    (Parcours.objects.filter(appel__courant=True), ("libelle",)),
    (Quartier.objects.all(), ("nom",)),
    (Etablissement.objects.all(), ("nom",)),
)


def vocabulaire() -> dict[type[Model], tuple[tuple[str, str], ...]]:
    """The choices of every list, and the civil years of the budgets (``Exercice``), read together once a minute for everybody."""
    return retenir("", "vocabulaire", _lire_le_vocabulaire, GARDE)


def _lire_le_vocabulaire() -> dict[type[Model], tuple[tuple[str, str], ...]]:
    trouves: dict[type[Model], list[tuple[str, str]]] = {lignes.model: [] for lignes, _ in _LISTES} | {Exercice: []}
    with connection.cursor() as curseur:
        curseur.execute(*_lecture_du_vocabulaire())
        for liste, _, pk, *mots in sorted(curseur.fetchall(), key=lambda ligne: ligne[:2]):
            if liste == len(_LISTES):
                trouves[Exercice].append((str(pk), str(pk)))
                continue
            lignes, champs = _LISTES[liste]
            # Named as everywhere else: by the model.
            trouves[lignes.model].append((str(pk), str(lignes.model(**dict(zip(champs, mots, strict=False))))))
    return {modele: tuple(choix) for modele, choix in trouves.items()}


@cache
def _lecture_du_vocabulaire() -> tuple[str, list[Any]]:
    parts, parametres = [], []
    for liste, (lignes, champs) in enumerate(_LISTES):
        ordre = [F(nom) for nom in lignes.model._meta.ordering]
        rang = Window(RowNumber(), order_by=ordre)
        mots = [champs[0], champs[-1]]
        choix = lignes.annotate(rang=rang, mot=F(mots[0]), autre=F(mots[1])).order_by()
        sql, valeurs = Preparee(lambda choix=choix: choix.values_list("rang", "pk", "mot", "autre")).texte()
        parts.append(f"SELECT {liste}, l{liste}.* FROM ({sql}) l{liste}")  # noqa: S608 -- written by the ORM
        parametres += valeurs
    annees = Exercice.requete_des_annees()
    parts.append(f"SELECT {len(_LISTES)}, -n, n, '', '' FROM ({annees}) annees")  # noqa: S608 -- our own tables
    return " UNION ALL ".join(parts), parametres


class ChoixGardes(ModelChoiceIterator):
    """The rows to choose from."""

    def __iter__(self) -> Iterator[tuple[Any, str]]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        yield from vocabulaire()[self.queryset.model]


class LigneChoisieField(forms.ModelChoiceField):
    iterator = ChoixGardes

    def to_python(self, value: Any) -> Any:
        """What is not offered is not looked for."""
        if value not in self.empty_values and str(value) not in dict(vocabulaire()[self.queryset.model]):
            raise forms.ValidationError(self.error_messages["invalid_choice"], "invalid_choice", {"value": value})
        return super().to_python(value)


class LigneChoisieFilter(django_filters.Filter):
    """One row of a vocabulary that everybody sees alike."""

    field_class = LigneChoisieField


def annees_des_budgets() -> list[tuple[str, str]]:
    return list(vocabulaire()[Exercice])


RARES = 2000


def _nombreux(lignes: QuerySet[Any]) -> bool:
    return lignes.values("pk")[: RARES + 1].count() > RARES


class _SansIndex(Func):
    """A column under a form that no index knows."""

    template = "COALESCE(%(expressions)s, %(expressions)s)"


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
    statut = django_filters.MultipleChoiceFilter(
        label="Statut", choices=STATUTS_DE_LISTE, method="filtrer_statuts", widget=forms.CheckboxSelectMultiple
    )
    nature = django_filters.ChoiceFilter(
        label="Porteur", choices=NaturePorteur.choices, method="filtrer_nature", empty_label="Tous"
    )
    thematique = LigneChoisieFilter(
        label="Thématique principale",
        queryset=_LISTES[0][0],
        method="filtrer_objectif",
        empty_label="Toutes",
    )
    enjeu = LigneChoisieFilter(
        label="Enjeu principal",
        queryset=_LISTES[1][0],
        method="filtrer_objectif",
        empty_label="Tous",
    )
    parcours = LigneChoisieFilter(
        label="Parcours",
        queryset=_LISTES[2][0],
        method="filtrer_lien",
        empty_label="Tous",
    )
    quartier = LigneChoisieFilter(label="Quartier", queryset=_LISTES[3][0], method="filtrer_lien", empty_label="Tous")
    etablissement = LigneChoisieFilter(
        label="Établissement", queryset=_LISTES[4][0], method="filtrer_lien", empty_label="Tous"
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
    montant_min = MontantFilter(label="Demandé, de (€)", method="filtrer_montant")
    montant_max = MontantFilter(label="Demandé, à (€)", method="filtrer_montant")

    class Meta:
        model = Projet
        fields: tuple[str, ...] = ()

    def __init__(
        self, donnees: QueryDict, projets: QuerySet[Projet], utilisateur: Utilisateur, *, tenus: bool = False
    ) -> None:
        """``tenus``: kept facts may answer, of what is only shown."""
        self.utilisateur = utilisateur
        self.tri, self.pour_compter = tri_demande(donnees).removeprefix("-"), False
        self.faits_permis = tenus and est_des_services(utilisateur)
        super().__init__(donnees, projets)
        if not est_coordinateur(utilisateur):
            del self.filters["coordination"]

    @cached_property
    def faits_a_jour(self) -> bool:
        return self.faits_permis and cumuls.a_jour()

    @cached_property
    def dans_l_annee(self) -> bool:
        """Whether ``qs`` is to be put in the order that its civil year gives (``tris.de_l_annee``)."""
        return self.tri == "depose_le" and "annee" in self._valides() and self.faits_a_jour

    @property
    def a_compter(self) -> QuerySet[Any]:
        """The rows of ``qs``, asked to be counted and not put in order: what an index gathers is then always best."""
        self.errors  # noqa: B018 -- reads the form
        if self.dans_l_annee:
            valides = self._valides()
            seule = FaitExercice.objects.filter(annee=valides["annee"], depose_le__isnull=False)
            return seule if len(valides) == 1 else self.qs  # the index alone says it, or the year is walked
        self.pour_compter = True
        try:
            return self.filter_queryset(self.queryset.all())
        finally:
            self.pour_compter = False

    def _parmi(self, projets: QuerySet[Projet], liens: QuerySet[Any], chemin: str, valeur: Any) -> QuerySet[Projet]:
        """The projects of some rows of another table, that holds each project once. Few: gathered, then put in order. Many: the
        list is walked in its order and each project asked, for a page is soon full."""
        if self.pour_compter:
            return projets.filter(**{chemin: valeur})
        if _nombreux(liens):
            return projets.filter(Exists(liens.filter(projet=OuterRef("pk"))))
        return projets.filter(pk__in=liens.values("projet")[: RARES + 1])

    def _ou(self, projets: QuerySet[Projet], champ: str, index: str = "", **condition: Any) -> QuerySet[Projet]:
        """The projects that meet a condition (« in », « gte »…) on a column of theirs: gathered or walked, as above. ``index``:
        the order that the index of the column gives too, for one value."""
        propre = {f"{champ}__{genre}": valeur for genre, valeur in condition.items()}
        un_seul = all(genre != "in" or len(valeur) == 1 for genre, valeur in condition.items())
        if self.pour_compter or (index == self.tri and un_seul):
            return projets.filter(**propre)
        choisis = Projet.objects.deposes().filter(**propre).order_by()
        if not _nombreux(choisis):
            # Bounded, so that no planner takes them one by one out of the whole list in its order.
            return projets.filter(pk__in=choisis.values("pk")[: RARES + 1])
        sans = {f"sans_index_{champ}__{genre}": valeur for genre, valeur in condition.items()}
        return projets.alias(**{f"sans_index_{champ}": _SansIndex(champ)}).filter(**sans)

    def filtrer_texte(self, projets: QuerySet[Projet], nom: str, valeur: str) -> QuerySet[Projet]:
        if self.pour_compter:
            return projets.chercher_pour_compter(valeur[:200])
        return projets.chercher_en_ordre(valeur[:200], RARES)

    def filtrer_coordination(self, projets: QuerySet[Projet], nom: str, valeur: str) -> QuerySet[Projet]:
        return self._ou(projets, "coordination", **{"in": sorted(COORDINATEURS & self.utilisateur.roles)})

    def filtrer_statuts(self, projets: QuerySet[Projet], nom: str, valeurs: list[str]) -> QuerySet[Projet]:
        """Any of them; all of them is the same as none."""
        if len(valeurs) == len(STATUTS_DE_LISTE):
            return projets
        if self.tri == "statut" and not self.pour_compter:
            rangs = [rang for rang, statut in enumerate(Statut) if statut in valeurs]
            bornes = {
                "rang_statut__range": (min(rangs), max(rangs))
            }  # a range, for SQLite orders by no « in » nor « = »
            sans = {"sans_index_statut__in": valeurs} if len(rangs) > 1 else {}
            return projets.alias(rang_statut=RangStatut("statut"), sans_index_statut=_SansIndex("statut")).filter(
                **bornes, **sans
            )
        return self._ou(projets, "statut", "depose_le", **{"in": valeurs})

    def filtrer_nature(self, projets: QuerySet[Projet], nom: str, valeur: str) -> QuerySet[Projet]:
        return self._ou(projets, "nature", "depose_le", **{"in": [valeur]})

    def filtrer_montant(self, projets: QuerySet[Projet], nom: str, valeur: Decimal) -> QuerySet[Projet]:
        """Both ends at once: few projects may lie between two amounts, and many beyond each."""
        bornes = {
            genre: borne
            for genre, champ in (("gte", "montant_min"), ("lte", "montant_max"))
            if (borne := self.form.cleaned_data.get(champ)) is not None
        }
        if len(bornes) == 2 and nom == "montant_max":
            return projets
        return self._ou(projets, "montant_demande", "demande", **bornes)

    def filtrer_file(self, projets: QuerySet[Projet], nom: str, valeur: str) -> QuerySet[Projet]:
        autrui = projets.exclude(porteur=self.utilisateur)  # nobody has one’s own project to examine
        if valeur == "bilans_en_retard" and self.faits_a_jour:
            return autrui.filter(pk__in=bilans_tenus.retardes(timezone.localdate()).values("projet"))
        return next(file for file in FILES if file.code == valeur).choisir(autrui, self.utilisateur, timezone.now())

    def filtrer_lien(self, projets: QuerySet[Projet], nom: str, valeur: Any) -> QuerySet[Projet]:
        """Projects tied to one row of a many-to-many table."""
        chemin = nom if nom == "parcours" else f"{nom}s"
        return self._parmi(projets, valeur.projets.through.objects.filter(**{nom: valeur}), chemin, valeur)

    def filtrer_annee(self, projets: QuerySet[Projet], nom: str, valeur: str) -> QuerySet[Projet]:
        if self.dans_l_annee and not self.pour_compter:
            return de_l_annee(projets, valeur)
        liens = Exercice.objects.filter(annee=valeur).order_by()
        return self._parmi(projets, liens, "exercices__annee", valeur)

    def filtrer_objectif(self, projets: QuerySet[Projet], nom: str, valeur: Any) -> QuerySet[Projet]:
        """Projects whose main objective is under one row of the tree of the call."""
        objectifs = Objectif.objects.filter(**{nom: valeur} if nom == "enjeu" else {"enjeu__thematique": valeur})
        cles = list(objectifs.order_by().values_list("pk", flat=True))
        return self._ou(projets, "objectif_principal", "depose_le", **{"in": cles})

    def filtrer_temps_scolaire(self, projets: QuerySet[Projet], nom: str, valeur: str) -> QuerySet[Projet]:
        return self._ou(projets, "temps_scolaire", "depose_le", **{"in": [valeur == "oui"]})

    @property
    def cherche_des_debuts(self) -> bool:
        """Whether the reader is to be told how short words are looked for."""
        return cherche_des_debuts(self.data.get("q", ""))

    @property
    def en_detail(self) -> bool:
        """Whether a filter beyond the first line is in force, or was not understood."""
        premiers = {"q", "statut", "coordination", "a_faire"}
        return any(self.data.get(nom) or nom in self.errors for nom in self.filters if nom not in premiers)

    @property
    def actifs(self) -> list["FiltreActif"]:
        return list(self._actifs())

    def _actifs(self) -> Iterator["FiltreActif"]:
        """Filters in force, each with the address of the same list without it; one per statut."""
        for nom, valeur in self._valides().items():
            champ = self.form.fields[nom]
            if isinstance(valeur, list):
                for une in valeur:
                    libelle = str(dict(champ.choices)[une])
                    yield FiltreActif(str(champ.label), libelle, adresse_sans_valeur(self.data, nom, une))
                continue
            libelles = dict(getattr(champ, "choices", ())) if isinstance(valeur, str) else {}
            yield FiltreActif(str(champ.label), str(libelles.get(valeur, valeur)), adresse_sans(self.data, nom))

    def _valides(self) -> dict[str, Any]:
        valides = self.form.cleaned_data if self.form.is_valid() or self.form.cleaned_data else {}
        return {nom: valeur for nom, valeur in valides.items() if valeur not in (None, "", [])}

    @property
    def ignores(self) -> list[str]:
        """Labels of the filters whose value is not understood, or no longer exists."""
        return [str(self.form.fields[nom].label) for nom in self.form.errors if nom in self.form.fields]

    @property
    def parametres_connus(self) -> str:
        """Query string of what is understood, and of the order: what a saved filter keeps."""
        propres = QueryDict(mutable=True)
        for nom in self._valides():
            propres.setlist(nom, [valeur for valeur in self.data.getlist(nom) if valeur])
        tri = tri_demande(self.data)
        if tri != TRI_PAR_DEFAUT:
            propres["tri"] = tri
        return propres.urlencode()


@dataclass(frozen=True)
class FiltreActif:
    libelle: str
    valeur: str
    url_sans: str


def adresse_sans_valeur(donnees: QueryDict, nom: str, valeur: str) -> str:
    """Query string of the same list without one of the values of a parameter."""
    copie = donnees.copy()
    copie.setlist(nom, [autre for autre in copie.getlist(nom) if autre != valeur])
    return adresse_sans(copie)


def adresse_sans(donnees: QueryDict, *noms: str, **remplaces: str) -> str:
    """Query string of the same list without some parameters (and from its first page), or with others."""
    copie = donnees.copy()
    for nom in (*noms, "page"):
        copie.pop(nom, None)
    for nom, valeur in remplaces.items():
        copie[nom] = valeur
    for nom, valeurs in list(copie.lists()):
        copie.setlist(nom, [valeur for valeur in valeurs if valeur != ""])
    return f"?{copie.urlencode()}"


def avec_avis(projets: QuerySet[Projet]) -> QuerySet[Projet]:
    """Adds ``avis_demandes`` and ``avis_recus``: opinions in force."""
    avis = AvisIEN.objects.en_vigueur().filter(projet=OuterRef("pk")).order_by().values("projet")
    return projets.annotate(
        avis_demandes=Coalesce(Subquery(avis.annotate(n=Count("pk")).values("n")), 0),
        avis_recus=Coalesce(Subquery(avis.exclude(rendu_le=None).annotate(n=Count("pk")).values("n")), 0),
    )
