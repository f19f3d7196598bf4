"""The form of one opinion on school time."""

from django import forms

from ..enums import SensAvis
from ..questionnaire import texte_propre


class AvisForm(forms.Form):
    """``sens`` is the button that was pressed; the motive may stay empty for a favourable opinion only."""

    motif = forms.CharField(
        label="Motif",
        required=False,
        max_length=5000,
        help_text="Obligatoire pour un avis réservé ou défavorable : le porteur et la troïka le liront.",
        error_messages={"max_length": "Le motif fait %(show_value)s signes ; %(limit_value)s au plus."},
        widget=forms.Textarea(attrs={"rows": 4, "data-compteur": "5000"}),
    )
    sens = forms.ChoiceField(
        label="Avis",
        choices=SensAvis.choices,
        error_messages={
            "required": "Choisissez un avis : favorable, favorable avec réserves ou défavorable.",
            "invalid_choice": "Choisissez un avis : favorable, favorable avec réserves ou défavorable.",
        },
    )

    def clean_motif(self) -> str:
        return texte_propre(self.cleaned_data["motif"], multiligne=True)

    def clean(self) -> None:
        sens = self.cleaned_data.get("sens")
        if sens and sens != SensAvis.FAVORABLE and not self.cleaned_data.get("motif") and "motif" not in self.errors:
            self.add_error("motif", f"Écrivez le motif de l’avis « {SensAvis(sens).label.lower()} ».")
