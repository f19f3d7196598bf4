"""What the coordination looks for in the list of projects: filters, search, order; what a saved filter may hold.

Every filter on a related table goes through a subquery, so that sums and counts beside it are never multiplied.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from math import isqrt
from typing import Any, NamedTuple

import django_filters
from django import forms
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Exists, Func, Model, OuterRef, QuerySet, Subquery
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils import timezone

from cite_educative.preparees import reunir
from correspondants.enums import COORDINATEURS, NaturePorteur
from correspondants.models import Utilisateur

from . import bilans_tenus, cumuls
from .bureau import FILES
from .choix_filtres import LISTES, LigneChoisieFilter, MontantFilter, annees_des_budgets, vocabulaire
from .enums import Statut
from .models import AvisIEN, Exercice, FaitExercice, Projet
from .models.ordres import RangStatut
from .models.recherche import (
    cherche_des_debuts,
    compter_les_deposes,
    deposes_trouves,
    est_dans_l_index,
    ordre_des_depots,
)
from .ouverture import Ouverture
from .pagination import COMPTE_MAX
from .permissions import est_coordinateur, est_des_services
from .tris import TRI_PAR_DEFAUT, de_l_annee, ordre_de, tri_demande

STATUTS_DE_LISTE = [(statut.value, statut.label) for statut in Statut if statut is not Statut.BROUILLON]


RARES = 2000


Filtrage = Callable[[QuerySet[Projet]], QuerySet[Projet]]


class _Sonde(NamedTuple):
    """What is to be asked in one of two ways, according to how many rows a query gives: more than ``seuil``, or not."""

    sql: str  # empty: it gives none
    parametres: Sequence[Any]
    seuil: int
    rares: Filtrage
    nombreux: Filtrage


def _texte(lignes: QuerySet[Any]) -> tuple[str, Sequence[Any]]:
    try:
        return lignes.order_by().values("pk").query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return "", ()


def _sonder(projets: QuerySet[Projet], sondes: Sequence[_Sonde]) -> QuerySet[Projet]:
    """The projects that meet all that waited for an answer: one query gives them all."""
    comptes = [
        (f"SELECT COUNT(*) FROM ({sonde.sql} LIMIT {sonde.seuil + 1}) c", sonde.parametres)  # noqa: S608 -- written by the ORM
        if sonde.sql
        else ("SELECT 0", ())
        for sonde in sondes
    ]
    for sonde, (_, nombre) in zip(sondes, sorted(reunir(comptes)), strict=True):
        projets = (sonde.nombreux if nombre > sonde.seuil else sonde.rares)(projets)
    return projets


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
        queryset=LISTES[0][0],
        method="filtrer_objectif",
        empty_label="Toutes",
    )
    enjeu = LigneChoisieFilter(
        label="Enjeu principal",
        queryset=LISTES[1][0],
        method="filtrer_objectif",
        empty_label="Tous",
    )
    parcours = LigneChoisieFilter(
        label="Parcours",
        queryset=LISTES[2][0],
        method="filtrer_lien",
        empty_label="Tous",
    )
    quartier = LigneChoisieFilter(label="Quartier", queryset=LISTES[3][0], method="filtrer_lien", empty_label="Tous")
    etablissement = LigneChoisieFilter(
        label="Établissement", queryset=LISTES[4][0], method="filtrer_lien", empty_label="Tous"
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
        self, donnees: QueryDict, projets: QuerySet[Projet], utilisateur: Utilisateur, *,
        tenus: bool = False, ouverture: Ouverture | None = None,
    ) -> None:  # fmt: skip
        """``tenus``: kept facts may answer, of what is only shown; ``ouverture``: what is known already of now."""
        self.utilisateur = utilisateur
        self.tri, self.pour_compter = tri_demande(donnees).removeprefix("-"), False
        self.par_l_annee = False
        self.ouverture, self.sondes = ouverture, []
        self.faits_permis = tenus and est_des_services(utilisateur)
        super().__init__(donnees, projets)
        if not est_coordinateur(utilisateur):
            del self.filters["coordination"]

    @cached_property
    def faits_a_jour(self) -> bool:
        return self.faits_permis and ((self.ouverture is not None and self.ouverture.a_jour) or cumuls.a_jour())

    @cached_property
    def dans_l_annee(self) -> bool:
        """Whether ``qs`` is to be put in the order that its civil year gives (``tris.de_l_annee``)."""
        return self.tri == "depose_le" and "annee" in self._valides() and self.faits_a_jour

    @cached_property
    def mots_seuls(self) -> str:
        """The words looked for, when they are all that is and an index apart finds them among all that was deposited."""
        texte = self._valides().get("q", "")[:200]
        seuls = self.faits_permis and len(self._valides()) == 1 and est_dans_l_index(texte)
        return texte if seuls else ""

    @property
    def dans_les_trouves(self) -> bool:
        """Whether ``qs`` is to be put in the order of that index, which is that of the deposits."""
        return self.tri == "depose_le" and bool(self.mots_seuls)

    def ordre(self, tri: str) -> tuple[OrderBy, ...]:
        """What ``qs`` is to be put in the order ``tri`` by."""
        if self.dans_les_trouves:
            return ordre_des_depots(recule=tri.startswith("-"))
        return ordre_de(tri, dans_l_annee=self.dans_l_annee)

    @property
    def a_compter(self) -> QuerySet[Any] | int:
        """The rows of ``qs``, asked to be counted and not put in order: what an index gathers is then always best; or how many,
        ``COMPTE_MAX`` at most."""
        if self.mots_seuls:
            return compter_les_deposes(self.mots_seuls, COMPTE_MAX)
        valides = self._valides()
        if set(valides) == {"annee", "q"} and self.faits_a_jour and est_dans_l_index(valides["q"][:200]):
            return bilans_tenus.compter_de_l_annee(valides["q"][:200], int(valides["annee"]))
        if self.dans_l_annee:
            seule = FaitExercice.objects.filter(annee=valides["annee"], depose_le__isnull=False)
            return seule if len(valides) == 1 else self.qs  # the index alone says it, or the year is walked
        self.pour_compter, self.par_l_annee = True, "annee" in self._valides() and self.faits_a_jour
        try:
            return self.filter_queryset(self.queryset.all())
        finally:
            self.pour_compter = False

    def filter_queryset(self, projets: QuerySet[Projet]) -> QuerySet[Projet]:
        """The projects that meet every filter, asked so that the order may begin by another table when none lacks its row there."""
        self.sondes = []
        projets = super().filter_queryset(projets)
        if self.tri == "structure" and not self.pour_compter:
            sans = Projet.objects.deposes().filter(structure=None)
            self.sondes.append(
                _Sonde(*_texte(sans), 0, lambda lus: lus.filter(structure__nom__isnull=False), lambda lus: lus)
            )
        return _sonder(projets, self.sondes)

    @cached_property
    def rares(self) -> int:
        """How many rows are gathered and sorted rather than found by walking the list: a far page would be walked to for longer."""
        page = self.data.get("page", "")
        loin = min(int(page), COMPTE_MAX) if page.isascii() and page.isdigit() and len(page) < 6 else 1
        return RARES * isqrt(max(loin, 1))

    def _selon(
        self, projets: QuerySet[Projet], lignes: tuple[str, Sequence[Any]], rares: Filtrage, nombreux: Filtrage
    ) -> QuerySet[Projet]:
        """The same projects: what they must meet is put once all filters have said what they wait for."""
        self.sondes.append(_Sonde(*lignes, self.rares, rares, nombreux))
        return projets

    def _parmi(self, projets: QuerySet[Projet], liens: QuerySet[Any], chemin: str, valeur: Any) -> QuerySet[Projet]:
        """The projects of some rows of another table, that holds each project once. Few: gathered, then put in order. Many: the
        list is walked in its order and each project asked, for a page is soon full."""
        if self.pour_compter and self.par_l_annee:  # the year is walked to its bound
            return projets.filter(Exists(liens.filter(projet=OuterRef("pk"))))
        if self.pour_compter:
            return projets.filter(**{chemin: valeur})
        return self._selon(
            projets,
            _texte(liens),
            lambda lus: lus.filter(pk__in=liens.values("projet")[: self.rares + 1]),
            lambda lus: lus.filter(Exists(liens.filter(projet=OuterRef("pk")))),
        )

    def _ou(self, projets: QuerySet[Projet], champ: str, index: str = "", **condition: Any) -> QuerySet[Projet]:
        """The projects that meet a condition (« in », « gte »…) on a column of theirs: gathered or walked, as above. ``index``:
        the order that the index of the column gives too, for one value."""
        propre = {f"{champ}__{genre}": valeur for genre, valeur in condition.items()}
        un_seul = all(genre != "in" or len(valeur) == 1 for genre, valeur in condition.items())
        # SQLite would walk the whole of a civil year, in its order, for the few that answer.
        autre_ordre = self.dans_l_annee and connection.vendor == "sqlite"
        if self.pour_compter or (index == self.tri and un_seul and not autre_ordre):
            return projets.filter(**propre)
        choisis = Projet.objects.deposes().filter(**propre).order_by()
        sans = {f"sans_index_{champ}__{genre}": valeur for genre, valeur in condition.items()}
        # Walked in the order of a civil year, PostgreSQL has to know how many answer, and takes no index of the filter for it.
        connu = self.dans_l_annee and connection.vendor == "postgresql"
        return self._selon(
            projets,
            _texte(choisis),
            # Bounded, so that no planner takes them one by one out of the whole list in its order.
            lambda lus: lus.filter(pk__in=choisis.values("pk")[: self.rares + 1]),
            lambda lus: (
                lus.filter(**propre)
                if connu
                else lus.alias(**{f"sans_index_{champ}": _SansIndex(champ)}).filter(**sans)
            ),
        )

    def filtrer_texte(self, projets: QuerySet[Projet], nom: str, valeur: str) -> QuerySet[Projet]:
        if self.pour_compter:
            return projets.chercher_pour_compter(valeur[:200])
        if self.dans_les_trouves:
            return projets.dans_l_ordre_des_depots(self.mots_seuls)
        if (trouves := deposes_trouves(valeur[:200])) is None:
            return projets.chercher(valeur[:200])
        return self._selon(
            projets, trouves, lambda lus: lus.chercher(valeur[:200]), lambda lus: lus.chercher_un_a_un(valeur[:200])
        )

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
            appels = self.ouverture.appels if self.ouverture else None
            return autrui.filter(pk__in=bilans_tenus.retardes(timezone.localdate(), appels).values("projet"))
        return next(file for file in FILES if file.code == valeur).choisir(autrui, self.utilisateur, timezone.now())

    def filtrer_lien(self, projets: QuerySet[Projet], nom: str, valeur: Any) -> QuerySet[Projet]:
        """Projects tied to one row of a many-to-many table."""
        chemin = nom if nom == "parcours" else f"{nom}s"
        return self._parmi(projets, valeur.projets.through.objects.filter(**{nom: valeur}), chemin, valeur)

    def filtrer_annee(self, projets: QuerySet[Projet], nom: str, valeur: str) -> QuerySet[Projet]:
        if self.par_l_annee if self.pour_compter else self.dans_l_annee:
            return de_l_annee(projets, valeur)
        liens = Exercice.objects.filter(annee=valeur).order_by()
        return self._parmi(projets, liens, "exercices__annee", valeur)

    def filtrer_objectif(self, projets: QuerySet[Projet], nom: str, valeur: Any) -> QuerySet[Projet]:
        """Projects whose main objective is under one row of the tree of the call."""
        cles = list(vocabulaire().objectifs.get((nom, valeur.pk), ()))
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
            choix = str(valeur.pk) if isinstance(valeur, Model) else valeur
            libelles = dict(getattr(champ, "choices", ())) if isinstance(choix, str) else {}
            yield FiltreActif(str(champ.label), str(libelles.get(choix, choix)), adresse_sans(self.data, nom))

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
