"""The two questions of the directory."""

from django import forms

from .enums import NaturePorteur
from .orientation import Destination, TempsScolaire


class OrientationForm(forms.Form):
    """``destination`` once both answers are in. Its fields are optional to the browser: an empty page is no error."""

    nature = forms.ChoiceField(
        label="1. Qui porte le projet ?",
        choices=NaturePorteur,
        widget=forms.RadioSelect,
        error_messages={"required": "Dites qui porte le projet."},
    )
    temps = forms.ChoiceField(
        label="2. Une partie du projet a-t-elle lieu pendant la classe ?",
        choices=TempsScolaire,
        widget=forms.RadioSelect,
        error_messages={"required": "Dites si une partie du projet a lieu pendant la classe."},
    )

    @property
    def destination(self) -> Destination | None:
        """Where the project goes, in rules of today; None when nobody is in charge of this kind of porteur."""
        reponses = self.cleaned_data
        return Destination.de(NaturePorteur(reponses["nature"]), TempsScolaire(reponses["temps"]))
