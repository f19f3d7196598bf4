"""The forms of the account: an absence, the password of an invitation, a project handed over."""

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.utils import timezone

from correspondants.models import Correspondant, Utilisateur
from correspondants.suppleances import obstacles, suppleants_possibles

from ..models import Projet
from ..questionnaire import texte_propre


class JourInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class SuppleantField(forms.ModelChoiceField):
    def label_from_instance(self, correspondant: Correspondant) -> str:
        nom = str(correspondant)
        return nom if nom == correspondant.titre else f"{nom} ({correspondant.titre})"


class AbsenceForm(forms.Form):
    """One absence of ``absent``; the rules are those of ``correspondants.suppleances``."""

    use_required_attribute = False

    du = forms.DateField(
        label="Premier jour d’absence",
        widget=JourInput(),
        error_messages={"required": "Dites quel jour commence l’absence.", "invalid": "Cette date n’existe pas."},
    )
    au = forms.DateField(
        label="Dernier jour d’absence",
        help_text="Compris : le lendemain, vos rôles ne sont plus qu’à vous.",
        widget=JourInput(),
        error_messages={"required": "Dites quel jour finit l’absence.", "invalid": "Cette date n’existe pas."},
    )
    suppleant = SuppleantField(
        label="Qui vous supplée",
        queryset=Correspondant.objects.none(),
        empty_label="Choisissez un collègue",
        help_text="Un collègue de l’annuaire, qui a un compte. Il est prévenu par courriel.",
        error_messages={
            "required": "Choisissez la personne qui vous supplée.",
            "invalid_choice": "Choisissez une personne de la liste.",
        },
    )
    motif = forms.CharField(
        label="Motif (facultatif)", max_length=200, required=False, help_text="Votre suppléant le lira."
    )

    def __init__(self, *args: object, absent: Correspondant, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.absent = absent
        self.fields["suppleant"].queryset = suppleants_possibles(absent)
        self.fields["du"].widget.attrs["min"] = self.fields["au"].widget.attrs["min"] = str(timezone.localdate())

    def clean_motif(self) -> str:
        return texte_propre(self.cleaned_data["motif"])

    def clean(self) -> None:
        if not self.errors:
            lus = self.cleaned_data
            for phrase in obstacles(self.absent, lus["suppleant"], lus["du"], lus["au"]):
                self.add_error(None, phrase)


class MotDePasseForm(forms.Form):
    """The password of an account that opens, typed twice, judged as everywhere else."""

    use_required_attribute = False

    mot_de_passe = forms.CharField(
        label="Mot de passe",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Choisissez un mot de passe."},
    )
    confirmation = forms.CharField(
        label="Le même, encore une fois",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Écrivez le mot de passe une seconde fois."},
    )

    def __init__(self, *args: object, compte: Utilisateur, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.compte = compte
        self.fields["mot_de_passe"].help_text = " ".join(password_validators_help_texts())

    def clean(self) -> None:
        premier, second = self.cleaned_data.get("mot_de_passe"), self.cleaned_data.get("confirmation")
        if premier and second and premier != second:
            self.add_error("confirmation", "Les deux mots de passe diffèrent.")
        elif premier:
            try:
                validate_password(premier, self.compte)
            except forms.ValidationError as refus:
                self.add_error("mot_de_passe", refus)


class TransmissionForm(forms.Form):
    """To whom a project goes, with a word for that person."""

    use_required_attribute = False

    courriel = forms.EmailField(
        label="Courriel de votre collègue",
        max_length=254,
        help_text="Une personne de la même structure. Rien ne change tant qu’elle n’a pas accepté.",
        error_messages={
            "required": "Écrivez le courriel de votre collègue.",
            "invalid": "Cette adresse n’a pas la forme nom@domaine.fr : corrigez-la.",
        },
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    message = forms.CharField(
        label="Un mot pour cette personne (facultatif)",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "data-compteur": "1000"}),
    )

    def __init__(self, *args: object, projet: Projet, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if projet.structure:
            aide = f"Une personne de la même structure ({projet.structure.nom}). Rien ne change tant qu’elle n’a pas accepté."
            self.fields["courriel"].help_text = aide

    def clean_message(self) -> str:
        return texte_propre(self.cleaned_data["message"], multiligne=True)
