"""The forms of the register of images and of the public presentation of a project."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from ..models import PriseDeVues, Vitrine
from ..questionnaire import texte_propre
from .compte import JourInput
from .justificatifs import controler_justificatif
from .partage import LigneCourte, TexteLong

DATE_FAUSSE = "Cette date n’existe pas."


class PriseForm(forms.ModelForm):
    """A shooting: what its authorisations are given for."""

    use_required_attribute = False

    intitule = LigneCourte("Ce qui est photographié ou filmé", help_text="Par exemple : atelier théâtre, restitution.")
    date = forms.DateField(
        label="Date",
        widget=JourInput(),
        error_messages={"required": "Dites quel jour a lieu la prise de vues.", "invalid": DATE_FAUSSE},
    )
    lieu = LigneCourte("Lieu")
    usage = TexteLong(
        "Usage prévu",
        maximum=1000,
        help_text="Où les images seront montrées. L’affichage est exclu par l’autorisation de l’appel.",
    )

    class Meta:
        model = PriseDeVues
        fields = ("intitule", "date", "lieu", "usage")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for nom, phrase in (
            ("intitule", "Dites ce qui est photographié ou filmé."),
            ("lieu", "Écrivez le lieu de la prise de vues."),
            ("usage", "Dites où les images seront montrées."),
        ):
            self.fields[nom].required = True
            self.fields[nom].error_messages["required"] = phrase


class ComptesForm(forms.Form):
    use_required_attribute = False

    personnes = forms.IntegerField(
        label="Personnes reconnaissables sur les images gardées",
        min_value=0,
        max_value=10_000,
        required=False,
        help_text="Zéro si personne n’est reconnaissable. Laissez vide si vous ne le savez pas encore.",
    )
    autorisations = forms.IntegerField(
        label="Autorisations signées, reçues depuis le début",
        min_value=0,
        max_value=10_000,
        error_messages={"required": "Écrivez un nombre, zéro s’il n’y en a pas encore."},
    )
    gardees_par = LigneCourte(
        "Qui garde les feuilles signées", help_text="Une fonction et un lieu, par exemple : direction de l’école."
    )


class RetraitForm(forms.Form):
    use_required_attribute = False

    recu_le = forms.DateField(
        label="Reçu le",
        widget=JourInput(),
        initial=timezone.localdate,
        error_messages={"required": "Dites quel jour vous l’avez reçu.", "invalid": DATE_FAUSSE},
    )
    nombre = forms.IntegerField(label="Autorisations retirées", min_value=1, max_value=10_000, initial=1)
    precisions = LigneCourte("Précisions", maximum=300, help_text="Sans nom d’enfant ni de parent.")


class PhotoForm(forms.Form):
    use_required_attribute = False

    photo = forms.FileField(
        label="Une photo",
        help_text="JPEG ou PNG, 10\u00a0Mo au plus. Le lieu et la date cachés dans l’image sont effacés.",
        widget=forms.FileInput({"accept": ".jpg,.jpeg,.png"}),
        error_messages={"required": "Choisissez une photo.", "empty": "Ce fichier est vide."},
    )
    texte_alternatif = LigneCourte(
        "Ce que montre la photo",
        maximum=250,
        help_text="Pour les personnes qui ne la voient pas. Sans nom : « Deux enfants plantent un arbre. »",
    )

    def clean_photo(self) -> UploadedFile:
        fichier = self.cleaned_data["photo"]
        genre, _ = controler_justificatif(fichier)
        if not genre.startswith("image/"):
            raise ValidationError("Choisissez une image JPEG ou PNG : un PDF n’est pas une photo.")
        return fichier

    def clean_texte_alternatif(self) -> str:
        texte = self.cleaned_data["texte_alternatif"]
        if not texte:
            raise ValidationError("Décrivez la photo en une phrase.")
        return texte


class VitrineForm(forms.Form):
    use_required_attribute = False

    resume = TexteLong(
        "Le projet en quelques phrases",
        maximum=800,
        lignes=5,
        help_text="Ce que l’on fait, avec qui, pour quoi. Aucun nom d’enfant.",
    )
    accord = forms.BooleanField(
        label="J’accepte que ce texte, le titre du projet, le nom de la structure et ses photos autorisées soient publics",
        error_messages={"required": "Cochez la case pour donner votre accord."},
    )

    def __init__(self, *args: Any, vitrine: Vitrine | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if vitrine:
            self.initial = {"resume": vitrine.resume, "accord": bool(vitrine.consenti_le)}

    def clean_resume(self) -> str:
        resume = texte_propre(self.cleaned_data["resume"], multiligne=True)
        if not resume:
            raise ValidationError("Présentez votre projet en quelques phrases.")
        return resume
