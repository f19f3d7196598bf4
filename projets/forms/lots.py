"""What is typed for an action on several projects, and which projects were chosen. Validates only."""

import uuid
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from ..lots import MAXIMUM
from ..messagerie import LONGUEUR_MAX
from ..models import Projet, SeanceTroika
from ..questionnaire import texte_propre
from .coordination import SeanceField, seances_ouvertes

Choisis = list[tuple[Projet, int]]


def versions_lues(donnees: QueryDict) -> dict[str, int]:
    """Ticked projects: number -> the version that was read. What cannot be one is left out."""
    versions = {}
    for jeton in donnees.getlist("projets")[: MAXIMUM + 1]:
        numero, _, version = jeton.partition(":")
        if version.isascii() and version.isdigit() and "\x00" not in numero:
            versions[numero[:12]] = int(version[:9])
    return versions


def choisis_parmi(projets: QuerySet[Projet], versions: dict[str, int]) -> Choisis:
    trouves = projets.filter(numero__in=list(versions)).order_by("numero")[:MAXIMUM]
    return [(projet, versions[projet.numero]) for projet in trouves]


class LotForm(forms.Form):
    """Confirmation of a lot. ``jeton`` names it: what is sent twice is done once."""

    jeton = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, donnees: QueryDict | None, *, choisis: Choisis) -> None:
        super().__init__(donnees, initial={"jeton": uuid.uuid4()})

    @property
    def est_prete(self) -> bool:
        """Whether there is something to choose from."""
        return True

    def donnees(self) -> dict[str, Any]:
        """What the gesture needs, beside the projects."""
        return {}


class InscrireLotForm(LotForm):
    seance = SeanceField(SeanceTroika.objects.none(), label="Séance de la troïka", empty_label="Choisissez une séance")

    def __init__(self, donnees: QueryDict | None, *, choisis: Choisis) -> None:
        super().__init__(donnees, choisis=choisis)
        champ = self.fields["seance"]
        champ.queryset = seances_ouvertes({projet.appel_id for projet, _ in choisis})
        champ.error_messages["invalid_choice"] = "Choisissez une séance ouverte."

    @property
    def est_prete(self) -> bool:
        return self.fields["seance"].queryset.exists()

    def donnees(self) -> dict[str, Any]:
        return {"seance": self.cleaned_data["seance"]}


class EcrireLotForm(LotForm):
    texte = forms.CharField(
        label="Votre message",
        max_length=LONGUEUR_MAX,
        help_text="Le numéro et le titre de chaque projet sont rappelés dans le courriel.",
        error_messages={
            "required": "Écrivez votre message.",
            "max_length": "Le message fait %(show_value)s signes ; %(limit_value)s au plus.",
        },
        widget=forms.Textarea(attrs={"rows": 6, "data-compteur": str(LONGUEUR_MAX)}),
    )

    def clean_texte(self) -> str:
        texte = texte_propre(self.cleaned_data["texte"], multiligne=True)
        if not texte:
            raise forms.ValidationError("Écrivez votre message.")
        return texte

    def donnees(self) -> dict[str, Any]:
        return {"texte": self.cleaned_data["texte"]}


FORMULAIRES: dict[str, type[LotForm]] = {"inscrire": InscrireLotForm, "ecrire": EcrireLotForm}


def formulaire_de_lot(code: str) -> type[LotForm]:
    return FORMULAIRES.get(code, LotForm)
