"""The fields of a bilan: what was typed is shown back exactly as it was when it cannot be read."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ..dossier_bilan import TEXTE_MAXIMUM
from ..questionnaire import texte_propre
from ..regles_bilan import effectif_impossible, montant_impossible
from ..valeurs import ValeurIllisible, date_courte, lire_date, lire_entier, lire_montant, nombre


def _court(valeur: Any) -> str:
    """What was typed in a small box. Raises ValeurIllisible for a whole text pasted there."""
    texte = "" if valeur is None else str(valeur)
    if len(texte) > 200:
        raise ValeurIllisible("Ce texte est trop long pour cette case : écrivez seulement le nombre.")
    return texte


class ChampMontant(forms.CharField):
    """Euros as French people type them; shown back with two decimals, or exactly as typed when they cannot be read."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, valeur: Any) -> Decimal | None:
        try:
            montant = lire_montant(_court(valeur))
        except ValeurIllisible as erreur:
            raise ValidationError(erreur.message) from erreur
        if phrase := montant_impossible(montant):
            raise ValidationError(phrase)
        return montant

    def run_validators(self, valeur: Any) -> None:
        """Everything is said by ``to_python``; validators of texts do not know numbers."""

    def prepare_value(self, valeur: Any) -> Any:
        return nombre(valeur, decimales=2) if isinstance(valeur, Decimal) else valeur


class ChampEffectif(forms.CharField):
    """A number of people."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})

    def to_python(self, valeur: Any) -> int | None:
        try:
            entier = lire_entier(_court(valeur))
        except ValeurIllisible as erreur:
            raise ValidationError(erreur.message) from erreur
        if phrase := effectif_impossible(entier):
            raise ValidationError(phrase)
        return entier

    def run_validators(self, valeur: Any) -> None:
        """As for amounts."""


class ChampDate(forms.CharField):
    """A day as French people type it."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "court"})

    def to_python(self, valeur: Any) -> date | None:
        try:
            return lire_date(_court(valeur))
        except ValeurIllisible as erreur:
            raise ValidationError(erreur.message) from erreur

    def run_validators(self, valeur: Any) -> None:
        """As for amounts."""

    def prepare_value(self, valeur: Any) -> Any:
        return date_courte(valeur) if isinstance(valeur, date) else valeur


class ChampTexte(forms.CharField):
    """A free text, cleaned of what no editor can show; too long is said, never cut."""

    widget = forms.Textarea

    def __init__(self, *, lignes: int = 4, maximum: int = TEXTE_MAXIMUM, **options: Any) -> None:
        super().__init__(required=False, max_length=maximum, **options)
        self.widget.attrs |= {"rows": lignes, "data-compteur": maximum}
        self.widget.attrs.pop("maxlength", None)

    def to_python(self, valeur: Any) -> str:
        return texte_propre(str(valeur or ""), multiligne=True)
