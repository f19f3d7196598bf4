"""What the form of the filters of the desk offers: its vocabulary, read in one query, and the fields that choose in it."""

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

import django_filters
from django import forms
from django.db.models import F, Model, QuerySet, Window
from django.db.models.functions import RowNumber
from django.forms.models import ModelChoiceIterator

from cite_educative.preparees import Preparee, executer
from correspondants.models import Etablissement, Quartier

from .fraicheur import retenir
from .models import Enjeu, Exercice, Objectif, Parcours, Thematique
from .valeurs import ValeurIllisible, lire_montant


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
LISTES: tuple[tuple[QuerySet[Any], tuple[str, ...]], ...] = (
    (Thematique.objects.filter(appel__courant=True), ("code", "libelle")),
    (Enjeu.objects.filter(thematique__appel__courant=True), ("code", "libelle")),
    (Parcours.objects.filter(appel__courant=True), ("libelle",)),
    (Quartier.objects.all(), ("nom",)),
    (Etablissement.objects.all(), ("nom",)),
)


# The objectives of each row above them, by the name of its filter.
_OBJECTIFS = (("thematique", "enjeu__thematique"), ("enjeu", "enjeu"))


class Vocabulaire(NamedTuple):
    """``choix`` of every list, with the civil years of the budgets (``Exercice``); ``objectifs``: the keys of those under one row
    of the tree of the call, by the name of the filter and the key of the row."""

    choix: dict[type[Model], tuple[tuple[str, str], ...]]
    objectifs: dict[tuple[str, int], tuple[int, ...]]


def vocabulaire() -> Vocabulaire:
    """Read together once a minute for everybody."""
    return retenir("", "vocabulaire", _lire_le_vocabulaire, GARDE)


def _lire_le_vocabulaire() -> Vocabulaire:
    trouves: dict[type[Model], list[tuple[str, str]]] = {lignes.model: [] for lignes, _ in LISTES} | {Exercice: []}
    objectifs: dict[tuple[str, int], list[int]] = {}
    for liste, rang, pk, *mots in sorted(executer(*_lecture_du_vocabulaire()), key=lambda ligne: ligne[:2]):
        if liste == len(LISTES):
            trouves[Exercice].append((str(pk), str(pk)))
            continue
        if liste > len(LISTES):
            objectifs.setdefault((_OBJECTIFS[liste - len(LISTES) - 1][0], rang), []).append(pk)
            continue
        lignes, champs = LISTES[liste]
        # Named as everywhere else: by the model.
        trouves[lignes.model].append((str(pk), str(lignes.model(**dict(zip(champs, mots, strict=False))))))
    return Vocabulaire(
        {modele: tuple(choix) for modele, choix in trouves.items()},
        {au_dessus: tuple(cles) for au_dessus, cles in objectifs.items()},
    )


@cache
def _lecture_du_vocabulaire() -> tuple[str, list[Any]]:
    parts, parametres = [], []
    for liste, (lignes, champs) in enumerate(LISTES):
        ordre = [F(nom) for nom in lignes.model._meta.ordering]
        rang = Window(RowNumber(), order_by=ordre)
        mots = [champs[0], champs[-1]]
        choix = lignes.annotate(rang=rang, mot=F(mots[0]), autre=F(mots[1])).order_by()
        sql, valeurs = Preparee(lambda choix=choix: choix.values_list("rang", "pk", "mot", "autre")).texte()
        parts.append(f"SELECT {liste}, l{liste}.* FROM ({sql}) l{liste}")  # noqa: S608 -- written by the ORM
        parametres += valeurs
    annees = Exercice.requete_des_annees()
    parts.append(f"SELECT {len(LISTES)}, -n, n, '', '' FROM ({annees}) annees")  # noqa: S608 -- our own tables
    for liste, (_, chemin) in enumerate(_OBJECTIFS, len(LISTES) + 1):
        objectifs = Objectif.objects.filter(enjeu__thematique__appel__courant=True).order_by()
        sql, valeurs = Preparee(lambda objectifs=objectifs, chemin=chemin: objectifs.values_list(chemin, "pk")).texte()
        parts.append(f"SELECT {liste}, o{liste}.*, '', '' FROM ({sql}) o{liste}")  # noqa: S608 -- written by the ORM
        parametres += valeurs
    return " UNION ALL ".join(parts), parametres


class ChoixGardes(ModelChoiceIterator):
    """The rows to choose from."""

    def __iter__(self) -> Iterator[tuple[Any, str]]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        yield from vocabulaire().choix[self.queryset.model]


class LigneChoisieField(forms.ModelChoiceField):
    iterator = ChoixGardes

    def to_python(self, value: Any) -> Any:
        """The row, of which only the key is known. What is not offered is not looked for."""
        if value in self.empty_values:
            return None
        if str(value) not in dict(vocabulaire().choix[self.queryset.model]):
            raise forms.ValidationError(self.error_messages["invalid_choice"], "invalid_choice", {"value": value})
        return self.queryset.model(pk=int(value))


class LigneChoisieFilter(django_filters.Filter):
    """One row of a vocabulary that everybody sees alike."""

    field_class = LigneChoisieField


def annees_des_budgets() -> list[tuple[str, str]]:
    return list(vocabulaire().choix[Exercice])
