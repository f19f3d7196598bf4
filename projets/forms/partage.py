"""What the forms of the troïka room share: long texts, and values that several people may write at once.

What the page showed travels with the form (hidden initial values). What somebody else wrote since is never written over:
it is set beside what was typed, and the person chooses.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from ..questionnaire import texte_propre
from ..valeurs import date_longue
from .ecriture import EcritureDirecte

TROP_LONG = "Ce texte fait %(show_value)s signes ; %(limit_value)s au plus."


class TexteLong(forms.CharField):
    """A text of several lines, in the portal's one writing."""

    def __init__(self, label: str, *, maximum: int = 5000, lignes: int = 3, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": lignes, "class": "form-control bref"})
        options.setdefault("required", False)
        super().__init__(label=label, max_length=maximum, widget=widget, **options)
        self.error_messages["max_length"] = TROP_LONG

    def to_python(self, value: object) -> str:
        return texte_propre(super().to_python(value), multiligne=True)


class LigneCourte(forms.CharField):
    """A text of one line, in the portal's one writing."""

    def __init__(self, label: str, *, maximum: int = 200, **options: Any) -> None:
        widget = forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"})
        super().__init__(label=label, required=False, max_length=maximum, widget=widget, **options)
        self.error_messages["max_length"] = TROP_LONG

    def to_python(self, value: object) -> str:
        return texte_propre(super().to_python(value))


@dataclass(frozen=True)
class Divergence:
    """One value that somebody recorded while another was being typed. ``groupe`` names what is given up or kept."""

    groupe: str
    libelle: str
    saisie: str
    enregistre: str
    par: str = ""
    le: datetime | None = None

    @property
    def signature(self) -> str:
        """« par …, le 12 mars 2026 à 14:32 », or nothing."""
        if self.le is None:
            return ""
        moment = timezone.localtime(self.le)
        return f"par {self.par}, le {date_longue(moment.date())} à {moment:%H:%M}"

    @property
    def phrase(self) -> str:
        signature = f" {self.signature}" if self.signature else ""
        return f"{self.libelle}, valeur enregistrée entre-temps{signature} : « {self.enregistre or 'rien'} »."


class SaisiePartagee(forms.Form):
    """A form that knows what its page showed. Subclasses compare inside the transaction that holds the rows."""

    GARDEE = "Votre saisie est gardée : comparez, puis choisissez."
    default_renderer = EcritureDirecte

    def __init__(self, *args: Any, **options: Any) -> None:
        self.divergences: list[Divergence] = []
        super().__init__(*args, **options)

    @property
    def rendu(self) -> str:
        """The group whose recorded value the person takes instead of what was typed."""
        return str(self.data.get("prendre", ""))

    def vue(self, champ: str) -> str:
        """What the page showed of one field when it was sent to the person."""
        return texte_propre(self.data.get(self[champ].html_initial_name, ""), multiligne=True)

    def a_change(self, *champs: str) -> bool:
        return any(self.cleaned_data[champ] != self.vue(champ) for champ in champs)

    def diverge(self, champs: Iterable[str], actuelles: Mapping[str, str]) -> bool:
        """Whether the recorded values are neither those that the page showed nor those that were typed."""
        return any(actuelles.get(champ, "") != self.vue(champ) for champ in champs) and any(
            actuelles.get(champ, "") != self.cleaned_data[champ] for champ in champs
        )

    def avoir_vu(self, actuelles: Mapping[str, str]) -> None:
        """From now on the form has seen what the database holds: sending it again keeps what was typed."""
        self.data = self.data.copy()
        for champ in self.fields:
            self.data[self[champ].html_initial_name] = actuelles.get(champ, "")

    def refuser(self, actuelles: Mapping[str, str], phrases: Iterable[str] = ()) -> list[str]:
        """What to say of a form that was not written."""
        self.avoir_vu(actuelles)
        return [*phrases, *(divergence.phrase for divergence in self.divergences), self.GARDEE]
