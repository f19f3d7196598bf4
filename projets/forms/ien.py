"""The forms of the authorities: one opinion, several at once, a request handed on, the search of what was given."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from correspondants.models import cle_de_nom

from ..enums import SensAvis, Temps
from ..liste_avis import chercher
from ..models import AvisIEN, Intervention
from ..questionnaire import texte_propre
from ..valeurs import insecables

CHOISISSEZ = "Choisissez un avis : favorable, favorable avec réserves ou défavorable."
QUI_LIT = "Obligatoire pour un avis réservé ou défavorable. La coordination et la troïka le lisent ; le porteur ne le voit pas."
MOTIF_MAX = 5000


def champ_motif(**options: Any) -> forms.CharField:
    return forms.CharField(
        required=False,
        max_length=MOTIF_MAX,
        error_messages={"max_length": "Le motif fait %(show_value)s signes ; %(limit_value)s au plus."},
        widget=forms.Textarea(attrs={"rows": 3, "data-compteur": str(MOTIF_MAX)}),
        **options,
    )


class AvisForm(forms.Form):
    """``sens`` is the button that was pressed; the motive may stay empty for a favourable opinion only.

    ``vu`` is the moment of the opinion on screen when it is being corrected; empty when it is given for the first time.
    """

    motif = champ_motif(label="Motif", help_text=QUI_LIT)
    sens = forms.ChoiceField(
        label="Avis", choices=SensAvis.choices, error_messages={"required": CHOISISSEZ, "invalid_choice": CHOISISSEZ}
    )
    vu = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_motif(self) -> str:
        return texte_propre(self.cleaned_data["motif"], multiligne=True)

    def clean_vu(self) -> datetime | None:
        """A moment that cannot be read is that of no opinion."""
        try:
            moment = parse_datetime(self.cleaned_data["vu"])
        except ValueError:
            return None
        return moment if moment and timezone.is_aware(moment) else None

    def clean(self) -> None:
        sens = self.cleaned_data.get("sens")
        if sens and sens != SensAvis.FAVORABLE and not self.cleaned_data.get("motif") and "motif" not in self.errors:
            self.add_error("motif", motif_manquant(sens))

    @property
    def est_une_correction(self) -> bool:
        return bool(self.data.get("vu"))


def motif_manquant(sens: str) -> str:
    return insecables(f"Écrivez le motif de l’avis « {SensAvis(sens).label.lower()} ».")


_ADRESSE_WEB = re.compile(r"https?:|www\.|://|\w\.(?:com|net|org|fr|info|io|ru|cn|xyz|top|eu)\b", re.IGNORECASE)


def sans_adresse_web(texte: str) -> str:
    """What is written to an address that somebody typed carries no link. Raises ValidationError."""
    if _ADRESSE_WEB.search(texte):
        raise forms.ValidationError("N’écrivez pas d’adresse internet ici : le lien utile sera dans le courriel.")
    return texte


class TransmettreForm(forms.Form):
    nom = forms.CharField(label="Prénom et nom", max_length=80)
    courriel = forms.EmailField(
        label="Adresse électronique professionnelle",
        max_length=254,
        error_messages={"invalid": "Écrivez une adresse complète, comme prenom.nom@exemple.fr."},
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )
    message = forms.CharField(
        label="Un mot pour l’accompagner",
        required=False,
        max_length=500,
        help_text="Facultatif.",
        widget=forms.Textarea(attrs={"rows": 2, "data-compteur": "500"}),
    )

    def clean_nom(self) -> str:
        nom = texte_propre(self.cleaned_data["nom"])
        if not nom:
            raise forms.ValidationError("Écrivez le prénom et le nom de la personne.")
        return sans_adresse_web(nom)

    def clean_message(self) -> str:
        return sans_adresse_web(texte_propre(self.cleaned_data["message"], multiligne=True))


class LotAvisForm(forms.Form):
    """One opinion for several requests: a common motive, or one per project where it differs."""

    MAXIMUM = 30

    sens = forms.ChoiceField(
        label="Votre avis, le même pour tous ces projets",
        choices=SensAvis.choices,
        widget=forms.RadioSelect,
        error_messages={"required": CHOISISSEZ, "invalid_choice": CHOISISSEZ},
    )
    motif = champ_motif(
        label="Motif commun",
        help_text="Obligatoire pour un avis réservé ou défavorable, sauf si chaque projet a le sien. "
        "La coordination et la troïka le lisent ; le porteur ne le voit pas.",
    )

    def __init__(self, donnees: QueryDict | None, *, demandes: list[AvisIEN]) -> None:
        super().__init__(donnees)
        self.demandes = demandes
        for avis in demandes:
            self.fields[f"motif_{avis.pk}"] = champ_motif(label=f"Un autre motif pour {avis.projet.numero}")

    @classmethod
    def choisis(cls, donnees: QueryDict) -> list[int]:
        """Primary keys ticked, in order, without what is not one."""
        cles = [cle for cle in donnees.getlist("avis") if cle.isascii() and cle.isdigit() and len(cle) < 19]
        return [int(cle) for cle in dict.fromkeys(cles)]

    def clean(self) -> None:
        for nom in [nom for nom in self.fields if nom.startswith("motif")]:
            if nom in self.cleaned_data:
                self.cleaned_data[nom] = texte_propre(self.cleaned_data[nom], multiligne=True)
        sens = self.cleaned_data.get("sens")
        sans = [avis for avis in self.demandes if not self.motif_de(avis)]
        if sens and sens != SensAvis.FAVORABLE and sans and not self.errors:
            self.add_error("motif", motif_manquant(sens))

    def motif_de(self, avis: AvisIEN) -> str:
        return self.cleaned_data.get(f"motif_{avis.pk}") or self.cleaned_data.get("motif", "")


class HistoriqueForm(forms.Form):
    """Search among the opinions given; whatever cannot be read filters nothing."""

    q = forms.CharField(label="Projet ou structure", required=False, max_length=200)
    sens = forms.ChoiceField(label="Avis", required=False, choices=[("", "Tous"), *SensAvis.choices])
    annee = forms.TypedChoiceField(label="Année", required=False, coerce=int, empty_value=None)
    etablissement = forms.TypedChoiceField(
        label="École ou établissement",
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={
            "invalid_choice": "Sélectionnez un choix valide. Ce choix ne fait pas partie de ceux disponibles."
        },
    )

    def __init__(self, donnees: QueryDict, *, annees: Iterable[int], ecoles: Iterable[tuple[int, str]]) -> None:
        """``annees``: those that an opinion was given in; ``ecoles``: key and name of those that one was given on."""
        super().__init__(donnees)
        self.fields["annee"].choices = [("", "Toutes"), *((annee, str(annee)) for annee in annees)]
        self.fields["etablissement"].choices = [("", "Tous"), *ecoles]

    @property
    def est_active(self) -> bool:
        return self.is_valid() and any(self.cleaned_data.values())

    def trouves(self, rendus: QuerySet[AvisIEN]) -> tuple[QuerySet[AvisIEN], QuerySet[AvisIEN] | int]:
        """Those of ``rendus`` that are looked for: asked for a page; and asked to be counted, or how many."""
        self.is_valid()
        choix, trouves = self.cleaned_data, rendus
        if choix.get("sens"):
            trouves = trouves.filter(sens=choix["sens"])
        if choix.get("annee"):
            trouves = trouves.filter(rendu_le__year=choix["annee"])
        if choix.get("etablissement"):
            la = Intervention.objects.filter(
                projet=OuterRef("projet"), temps=Temps.SCOLAIRE, etablissement=choix["etablissement"]
            )
            trouves = trouves.filter(Exists(la))
        if texte := cle_de_nom(choix.get("q") or ""):
            return chercher(trouves, texte)
        return trouves, trouves
