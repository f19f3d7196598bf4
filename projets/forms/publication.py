"""What a coordinator completes before the grants of a project can be published: its structure, and each convention."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db import transaction

from correspondants.enums import NaturePorteur
from correspondants.models import Structure

from ..enums import ConditionsVersement, Fait, Financeur
from ..identifiants import rna_valide, siret_valide
from ..journal import consigner
from ..models import Convention, Exercice
from ..permissions import Acteur
from ..publication import subventions_de


def sans_espaces(texte: str) -> str:
    return "".join(texte.split()).upper()


class StructureForm(forms.ModelForm):
    """Identifiers of the beneficiary. They belong to the structure: its other projects get them too."""

    siret = forms.CharField(label="SIRET", required=False, max_length=30, help_text="14 chiffres.")
    rna = forms.CharField(
        label="RNA", required=False, max_length=20, help_text="W suivi de 9 chiffres, pour une association sans SIRET."
    )

    class Meta:
        model = Structure
        fields = ("siret", "rna", "personne_physique")

    def clean_siret(self) -> str:
        siret = sans_espaces(self.cleaned_data["siret"])
        if siret and not siret_valide(siret):
            raise forms.ValidationError("Ce numéro n’est pas un SIRET : vérifiez ses 14 chiffres.")
        return siret

    def clean_rna(self) -> str:
        rna = sans_espaces(self.cleaned_data["rna"])
        if rna and not rna_valide(rna):
            raise forms.ValidationError("Ce numéro n’est pas un RNA : W suivi de 9 chiffres.")
        if rna and self.instance.nature != NaturePorteur.ASSOCIATION:
            raise forms.ValidationError("Seule une association a un numéro RNA.")
        return rna


class ConventionForm(forms.ModelForm):
    class Meta:
        model = Convention
        fields = ("signee_le", "reference", "versement", "modalites", "verse_du", "verse_au")
        widgets = {
            nom: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            for nom in ("signee_le", "verse_du", "verse_au")
        }
        help_texts = {
            "signee_le": "Laissez vide pour la date de publication de la décision.",
            "reference": "Laissez vide pour le numéro du projet.",
            "verse_du": "Laissez vide pour l’année civile entière.",
        }

    def clean(self) -> dict[str, Any]:
        donnees = super().clean()
        du, au = donnees.get("verse_du"), donnees.get("verse_au")
        if au and not du:
            self.add_error("verse_du", "Indiquez aussi la première date de versement.")
        if du and au and au < du:
            self.add_error("verse_au", "La dernière date de versement précède la première.")
        if donnees.get("versement") == ConditionsVersement.AUTRE and not donnees.get("modalites", "").strip():
            self.add_error("modalites", "Décrivez comment la subvention est versée.")
        return donnees

    @property
    def titre(self) -> str:
        return Financeur(self.instance.financeur).label


class PublicationForm:
    """The structure of a project and its convention with each funder for one civil year, in one page."""

    def __init__(self, exercice: Exercice, donnees: Mapping[str, Any] | None = None) -> None:
        self.exercice = exercice
        structure = exercice.projet.structure
        self.structure = StructureForm(donnees, instance=structure, prefix="structure") if structure else None
        connues = {une.financeur: une for une in exercice.conventions.all()}
        financeurs = [une.financeur for une in subventions_de(exercice.annee, exercice.projet.numero)]
        if not financeurs:  # a natural person's grants are not listed, and can be listed again from here
            financeurs = list(dict.fromkeys(exercice.montants_accordes.publies().values_list("financeur", flat=True)))
        self.conventions = [
            ConventionForm(
                donnees,
                instance=connues.get(financeur) or Convention(exercice=exercice, financeur=financeur),
                prefix=f"convention-{financeur}",
            )
            for financeur in financeurs
        ]

    @property
    def formulaires(self) -> list[forms.ModelForm]:
        return [*([self.structure] if self.structure else []), *self.conventions]

    def is_valid(self) -> bool:
        fautifs = [formulaire for formulaire in self.formulaires if not formulaire.is_valid()]  # each shows its errors
        return not fautifs

    @transaction.atomic
    def enregistrer(self, par: Acteur) -> bool:
        """Writes what changed, with one line in the journal; False when nothing did."""
        Exercice.objects.select_for_update().get(pk=self.exercice.pk)  # two people create no convention twice
        deja = dict(self.exercice.conventions.values_list("financeur", "pk"))
        for convention in self.conventions:
            convention.instance.pk = convention.instance.pk or deja.get(convention.instance.financeur)
        changes = {formulaire: _changes(formulaire) for formulaire in self.formulaires if _changes(formulaire)}
        for formulaire in changes:
            formulaire.save()
        if changes:
            libelles = ", ".join(libelle for siens in changes.values() for libelle in siens)
            consigner(self.exercice.projet, Fait.CONVENTION, par=par, motif=f"{self.exercice.annee} : {libelles}")
        return bool(changes)


def _changes(formulaire: forms.ModelForm) -> list[str]:
    """Labels of what a valid form changes: a SIRET typed with other spaces is the same."""
    return [
        str(formulaire.fields[nom].label)
        for nom, valeur in formulaire.cleaned_data.items()
        if (valeur or None) != (formulaire.initial.get(nom) or None)
    ]
