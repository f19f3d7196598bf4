"""Keeping the filters of the desk under a name. Validates and saves a person's own filters."""

from django import forms
from django.db import transaction

from correspondants.models import Utilisateur

from ..models import FiltreEnregistre
from ..questionnaire import texte_propre


class NomField(forms.CharField):
    def __init__(self, **options: object) -> None:
        super().__init__(
            label="Nom du filtre",
            max_length=60,
            error_messages={
                "required": "Donnez un nom à ce filtre.",
                "max_length": "Ce nom fait %(show_value)s signes ; %(limit_value)s au plus.",
            },
            **options,
        )

    def clean(self, valeur: object) -> str:
        nom = texte_propre(super().clean(valeur))
        if not nom:
            raise forms.ValidationError(self.error_messages["required"])
        return nom


class EnregistrerFiltreForm(forms.Form):
    """The filters in force, under a name; the same name again takes the new filters."""

    nom = NomField()

    def __init__(self, donnees: object, *, utilisateur: Utilisateur, parametres: str) -> None:
        super().__init__(donnees)
        self.utilisateur, self.parametres = utilisateur, parametres

    def clean(self) -> dict[str, object]:
        donnees = super().clean()
        siens = FiltreEnregistre.objects.filter(utilisateur=self.utilisateur)
        if not self.parametres:
            raise forms.ValidationError("Choisissez d’abord des filtres : la liste entière n’a pas besoin de nom.")
        if len(self.parametres) > FiltreEnregistre._meta.get_field("parametres").max_length:
            raise forms.ValidationError("Ces filtres sont trop longs pour être enregistrés : retirez-en.")
        if not siens.filter(nom=donnees.get("nom")).exists() and siens.count() >= FiltreEnregistre.MAXIMUM:
            raise forms.ValidationError(
                f"Vous avez déjà {FiltreEnregistre.MAXIMUM} filtres enregistrés : supprimez-en un d’abord."
            )
        return donnees

    def enregistrer(self) -> bool:
        """Keeps the filter; whether it is a new one."""
        siens = FiltreEnregistre.objects.filter(utilisateur=self.utilisateur)
        _, nouveau = FiltreEnregistre.objects.update_or_create(
            utilisateur=self.utilisateur,
            nom=self.cleaned_data["nom"],
            defaults={"parametres": self.parametres},
            create_defaults={"parametres": self.parametres, "ordre": siens.count()},
        )
        return nouveau


class FiltreForm(forms.ModelForm):
    """Name and default of a filter already kept."""

    nom = NomField()

    class Meta:
        model = FiltreEnregistre
        fields = ("nom", "par_defaut")
        labels = {"par_defaut": "Appliquer ce filtre à l’ouverture de la coordination"}

    def clean_nom(self) -> str:
        nom = self.cleaned_data["nom"]
        autres = FiltreEnregistre.objects.filter(utilisateur=self.instance.utilisateur).exclude(pk=self.instance.pk)
        if autres.filter(nom=nom).exists():
            raise forms.ValidationError("Un autre de vos filtres porte déjà ce nom.")
        return nom

    @transaction.atomic
    def save(self, commit: bool = True) -> FiltreEnregistre:
        if self.cleaned_data["par_defaut"]:
            FiltreEnregistre.objects.filter(utilisateur=self.instance.utilisateur).update(par_defaut=False)
        return super().save(commit)
