"""What is typed about payments: a movement, the conditions of one funder, a sum asked back, the filters of the overview."""

import uuid
from datetime import timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.utils import timezone

from ..enums import ConditionsVersement, Fait, Financeur
from ..journal import consigner
from ..models import Convention, Exercice
from ..models.journal import tenir
from ..permissions import Acteur
from ..questionnaire import texte_propre
from ..suivi_financier import Suivi
from ..valeurs import euros, insecables
from ..versements import Saisie, raison_proposee
from .bilan import ChampMontant

DELAI_REVERSEMENT = timedelta(days=60)


def _date(**attributs: str) -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", **attributs}, format="%Y-%m-%d")


class MouvementForm(forms.Form):
    """A payment, or money given back: ``rendu`` says which."""

    financeur = forms.ChoiceField(label="Financeur", widget=forms.RadioSelect)
    montant = ChampMontant(label="Montant (€)")
    date = forms.DateField(label="Date du paiement", widget=_date(), help_text="Celle du virement ou du mandat.")
    reference = forms.CharField(
        label="Référence", required=False, max_length=100, help_text="Numéro de mandat ou de virement, s’il y en a un."
    )
    observation = forms.CharField(
        label="Observation", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    derogation = forms.CharField(
        label="Pourquoi verser avant que tout soit réuni",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Obligatoire s’il manque une condition : cette raison reste au journal.",
    )
    cle = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, suivi: Suivi, *args: Any, rendu: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lignes = [ligne for ligne in suivi.lignes if (ligne.paye if rendu else ligne.accorde)]
        dit = "versés, {} à rendre" if rendu else "accordés, {} à verser"
        self.fields["financeur"].choices = [
            (
                ligne.financeur.value,
                insecables(
                    f"{ligne.financeur.label} : {euros(ligne.paye if rendu else ligne.accorde)} "
                    + dit.format(euros(ligne.a_rendre if rendu else ligne.reste))
                ),
            )
            for ligne in lignes
        ]
        if len(lignes) == 1:
            self.fields["financeur"].initial = lignes[0].financeur.value
        self.fields["date"].initial = timezone.localdate()
        self.fields["cle"].initial = uuid.uuid4()
        if rendu:
            self.fields["date"].label = "Date à laquelle la somme a été rendue"
            self.fields["date"].help_text = ""
        if rendu or not any(ligne.manques for ligne in lignes):
            del self.fields["derogation"]

    def clean_reference(self) -> str:
        return texte_propre(self.cleaned_data["reference"])

    def clean_date(self) -> Any:
        jour = self.cleaned_data["date"]
        if jour > timezone.localdate():
            raise forms.ValidationError("Cette date est à venir : enregistrez le paiement une fois qu’il est fait.")
        if jour.year < 2000:
            raise forms.ValidationError("Vérifiez l’année de cette date.")
        return jour

    def clean_montant(self) -> Any:
        if not self.cleaned_data["montant"]:
            raise forms.ValidationError("Écrivez un montant supérieur à zéro.")
        return self.cleaned_data["montant"]

    @property
    def saisie(self) -> Saisie:
        propre = self.cleaned_data
        return Saisie(
            propre["financeur"],
            propre["montant"],
            propre["date"],
            propre["reference"],
            texte_propre(propre["observation"], multiligne=True),
            texte_propre(propre.get("derogation", ""), multiligne=True),
            propre["cle"],
        )


class ConditionsForm(forms.ModelForm):
    """How and when one funder pays for one civil year: read by the porteur."""

    class Meta:
        model = Convention
        fields = ("versement", "modalites", "avance", "a_signer", "signee_le", "verse_du", "verse_au")
        widgets = {nom: _date() for nom in ("signee_le", "verse_du", "verse_au")}
        labels = {
            "versement": "La subvention est versée",
            "avance": "Part versée avant le bilan, en %",
            "verse_du": "Versement prévu à partir du",
            "verse_au": "et jusqu’au",
            "signee_le": "Convention signée le",
            "a_signer": "Rien n’est versé avant la signature de la convention",
        }
        help_texts = {
            "avance": "Le solde attend alors que le bilan soit accepté. Laissez vide si tout peut être versé avant.",
            "modalites": "Le porteur lit ce texte. Obligatoire si la subvention est versée « autrement ».",
            "signee_le": "Laissez vide tant qu’elle n’est pas signée, ou s’il n’y en a pas.",
            "verse_du": "Le porteur lit ces dates : laissez vide si elles ne sont pas connues.",
        }

    @property
    def titre(self) -> str:
        return Financeur(self.instance.financeur).label

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


class Conditions:
    """The conditions of every funder of one Exercice, on one page."""

    def __init__(self, suivi: Suivi, donnees: Any = None) -> None:
        self.exercice: Exercice = suivi.exercice
        self.is_bound = donnees is not None
        self.formulaires = [
            ConditionsForm(
                donnees,
                instance=ligne.convention or Convention(exercice=suivi.exercice, financeur=ligne.financeur),
                prefix=ligne.financeur.value,
            )
            for ligne in suivi.lignes
            if ligne.accorde
        ]

    def is_valid(self) -> bool:
        fautifs = [form for form in self.formulaires if not form.is_valid()]  # each shows its errors
        return not fautifs

    @transaction.atomic
    def enregistrer(self, par: Acteur) -> bool:
        """Writes what changed, with one line in the journal; False when nothing did."""
        tenir([self.exercice.projet_id])
        deja = dict(self.exercice.conventions.values_list("financeur", "pk"))
        changes = []
        for form in self.formulaires:
            if not form.has_changed():
                continue
            pk = deja.get(form.instance.financeur)
            if pk and not form.instance.pk:  # somebody else wrote it meanwhile: the same row is completed
                form.instance.pk, form.instance._state.adding = pk, False
            form.save()
            changes.append(form.titre)
        if changes:
            motif = f"{self.exercice.annee} : {', '.join(changes)}"
            consigner(self.exercice.projet, Fait.CONDITIONS_VERSEMENT, par=par, motif=motif)
        return bool(changes)


class DemandeForm(forms.Form):
    """Asking money back: until when, and why."""

    avant_le = forms.DateField(label="À rendre avant le", widget=_date())
    motif = forms.CharField(
        label="Pourquoi cette somme est à rendre",
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=5000,
        help_text="Le porteur lit ce texte dans son courriel et dans la lettre.",
    )

    def __init__(self, suivi: Suivi, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["avant_le"].initial = timezone.localdate() + DELAI_REVERSEMENT
        self.fields["motif"].initial = raison_proposee(suivi)

    def clean_avant_le(self) -> Any:
        if self.cleaned_data["avant_le"] <= timezone.localdate():
            raise forms.ValidationError("Donnez au porteur une date à venir.")
        return self.cleaned_data["avant_le"]

    def clean_motif(self) -> str:
        return texte_propre(self.cleaned_data["motif"], multiligne=True)
