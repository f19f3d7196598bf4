"""The form of one message about a project, in one thread or the other. Validates only."""

import uuid

from django import forms

from ..messagerie import LONGUEUR_MAX
from ..questionnaire import texte_propre


class MessageForm(forms.Form):
    """``jeton`` names the sending: a double click writes once. ``preuve`` lets the text survive a session that ended."""

    texte = forms.CharField(
        label="Votre message",
        max_length=LONGUEUR_MAX,
        error_messages={
            "required": "Écrivez votre message.",
            "max_length": "Le message fait %(show_value)s signes ; %(limit_value)s au plus.",
        },
        widget=forms.Textarea(attrs={"rows": 4, "data-compteur": str(LONGUEUR_MAX)}),
    )
    fil = forms.ChoiceField(choices=[("porteur", "porteur"), ("interne", "interne")], widget=forms.HiddenInput)
    jeton = forms.UUIDField(widget=forms.HiddenInput)
    preuve = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, fil: str = "", preuve: str = "", texte: str = "", **kwargs: object) -> None:
        initial = {"fil": fil, "jeton": uuid.uuid4(), "preuve": preuve, "texte": texte}
        super().__init__(*args, initial=initial, auto_id=f"{fil or 'message'}_%s", **kwargs)

    def clean_texte(self) -> str:
        texte = texte_propre(self.cleaned_data["texte"], multiligne=True)
        if not texte:
            raise forms.ValidationError("Écrivez votre message.")
        return texte

    @property
    def est_interne(self) -> bool:
        return self.cleaned_data["fil"] == "interne"
