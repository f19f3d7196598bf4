"""One web field per kind of question: what somebody typed goes in as text, comes out as a value of the Dossier.

Saving never refuses: no field is required and no length is checked here (``regles.py`` says it later). A field fails
only when what was typed cannot be read as a date, an amount or a number.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ..constats import Constat
from ..questionnaire import DECIMAUX, Genre, Option, Question, Referentiel, texte_propre
from ..valeurs import (
    ValeurIllisible,
    date_courte,
    lire_annee,
    lire_date,
    lire_entier,
    lire_montant,
    lire_nombre,
    nombre,
)

LECTEURS: dict[Genre, Callable[[str], Any]] = {
    Genre.ENTIER: lire_entier,
    Genre.ANNEE: lire_annee,
    Genre.NOMBRE: lire_nombre,
    Genre.MONTANT: lire_montant,
    Genre.DATE: lire_date,
}

# What helps a telephone show the right keyboard, and a browser fill in what it knows.
_ATTRIBUTS: dict[Genre, dict[str, str]] = {
    Genre.COURRIEL: {"autocomplete": "email", "inputmode": "email"},
    Genre.TELEPHONE: {"autocomplete": "tel", "inputmode": "tel"},
    Genre.SIRET: {"inputmode": "numeric"},
    Genre.CODE_POSTAL: {"inputmode": "numeric", "autocomplete": "postal-code"},
    Genre.ENTIER: {"inputmode": "numeric"},
    Genre.ANNEE: {"inputmode": "numeric"},
    Genre.NOMBRE: {"inputmode": "decimal"},
    Genre.MONTANT: {"inputmode": "decimal"},
}
# The same, for texts whose kind does not say what they are: by the name of the question (WCAG 1.3.5).
_REMPLIS_SEULS = {
    "structure_nom": "organization",
    "structure_adresse": "street-address",
    "structure_commune": "address-level2",
    "porteur_nom": "name",
    "porteur_fonction": "organization-title",
}
_COURTS = frozenset({Genre.SIRET, Genre.RNA, Genre.UAI, Genre.CODE_POSTAL, Genre.TELEPHONE, Genre.DATE, *LECTEURS})
AIDE_DATE = "Par exemple 12/03/2026."


class Choix(forms.Select):
    """A drop-down list that shows, and keeps, a code that the list does not know (another edition's)."""

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        groupes = super().optgroups(name, value, attrs)
        return [*groupes, *_inconnus(self, groupes, name, value)]


class Cases(forms.CheckboxSelectMultiple):
    """Check boxes that also show, ticked, the codes that the list does not know."""

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        groupes = super().optgroups(name, value, attrs)
        return [*groupes, *_inconnus(self, groupes, name, value)]


def _inconnus(widget: forms.widgets.ChoiceWidget, groupes: list[Any], name: str, value: Iterable[str]) -> list[Any]:
    connus = {str(option["value"]) for _, options, _ in groupes for option in options}
    return [
        (None, [widget.create_option(name, code, f"{code} (hors de cet appel)", True, 900 + rang)], 900 + rang)
        for rang, code in enumerate(code for code in value if code not in connus)
    ]


class ChampReponse(forms.Field):
    """The field of one Question; ``constats`` is what the rules say of its answer."""

    def __init__(self, question: Question, widget: forms.Widget, *, aide: str = "") -> None:
        super().__init__(required=False, label=question.libelle, help_text=aide or question.aide, widget=widget)
        self.question = question
        self.constats: list[Constat] = []

    @property
    def multiligne(self) -> bool:
        return self.question.genre is Genre.TEXTE_LONG

    def to_python(self, value: Any) -> Any:
        return texte_propre(str(value or ""), multiligne=self.multiligne)


class ChampValeur(ChampReponse):
    """Date, amount or number, written and read as French people do."""

    def prepare_value(self, value: Any) -> Any:
        genre = self.question.genre
        if value is None or isinstance(value, str):
            return value
        if genre is Genre.DATE:
            return date_courte(value)
        if genre is Genre.MONTANT:
            return nombre(value, decimales=2)
        return nombre(value) if genre in DECIMAUX or genre is Genre.ENTIER else str(value)

    def to_python(self, value: Any) -> Any:
        texte = str(value or "")
        try:
            # The whole text first: an over-long paste is not a number, whatever its beginning.
            if len(texte) > 200:
                raise ValeurIllisible("Ce texte est trop long pour cette case : écrivez seulement la valeur.")
            if self.question.genre is Genre.MONTANT and self.question.identifiant.endswith("_ht"):
                return lire_montant(texte, taxes="HT")
            return LECTEURS[self.question.genre](texte)
        except ValeurIllisible as illisible:
            raise ValidationError(illisible.message) from illisible


class ChampCoche(ChampReponse):
    def to_python(self, value: Any) -> bool:
        return value not in (None, False, "", "False", "false", "0", "off")


class ChampCases(ChampReponse):
    def __init__(self, question: Question, widget: forms.Widget, options: tuple[Option, ...]) -> None:
        super().__init__(question, widget)
        self.options = options

    def to_python(self, value: Any) -> tuple[str, ...]:
        return tuple(dict.fromkeys(texte_propre(str(code)) for code in value or () if texte_propre(str(code))))


def champ(question: Question, referentiel: Referentiel) -> ChampReponse:
    """The field of a question that is not a table."""
    genre = question.genre
    if genre is Genre.COCHE:
        return ChampCoche(question, forms.CheckboxInput({"class": "form-check-input"}))
    if genre is Genre.CHOIX:
        choix = [("", "Choisissez"), *_choix(referentiel.options(question.options))]
        return ChampReponse(question, Choix({"class": "form-select"}, choices=choix))
    if genre is Genre.CHOIX_MULTIPLE:
        options = referentiel.options(question.options)
        return ChampCases(question, Cases(choices=[(option.code, libelle(option)) for option in options]), options)
    attributs = {"class": "form-control", **_ATTRIBUTS.get(genre, {})}
    if question.identifiant in _REMPLIS_SEULS:
        attributs["autocomplete"] = _REMPLIS_SEULS[question.identifiant]
    if genre in _COURTS:
        attributs["class"] += " court"
    if genre is Genre.TEXTE_LONG:
        return ChampReponse(question, forms.Textarea({**attributs, "rows": 4, "data-compteur": question.maximum or ""}))
    if genre in LECTEURS:
        aide = f"{question.aide} {AIDE_DATE}".strip() if genre is Genre.DATE else ""
        return ChampValeur(question, forms.TextInput(attributs), aide=aide)
    return ChampReponse(question, forms.TextInput(attributs))


def libelle(option: Option) -> str:
    """Label of an option with its code when the code is part of the tree people know (« 1.1.2 … »)."""
    dans_l_arbre = len(option.groupes) > 1
    return f"{option.code} {option.libelle}" if dans_l_arbre else option.libelle


def _choix(options: Iterable[Option]) -> list[Any]:
    """Choices of a drop-down list, under the nearest heading of each."""
    groupes: dict[str, list[tuple[str, str]]] = {}
    for option in options:
        groupes.setdefault(option.groupes[-1] if option.groupes else "", []).append((option.code, libelle(option)))
    choix: list[Any] = []
    for titre, elements in groupes.items():
        choix.extend([(titre, elements)] if titre else elements)
    return choix
