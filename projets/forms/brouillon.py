"""The small forms beside a draft: where to send its link, whom to write it with."""

from django import forms


class AdresseForm(forms.Form):
    """One address; labels say whose."""

    use_required_attribute = False

    courriel = forms.EmailField(
        label="Votre adresse électronique",
        max_length=254,
        help_text="Nous y envoyons un lien qui ouvre ce dossier pendant sept jours.",
        error_messages={
            "required": "Écrivez une adresse électronique.",
            "invalid": "Cette adresse n’a pas la forme nom@domaine.fr : corrigez-la.",
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class CollegueForm(AdresseForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        courriel = self.fields["courriel"]
        courriel.label = "Courriel de votre collègue"
        courriel.help_text = "Une personne de la même structure. Elle pourra écrire dans ce dossier, pas le déposer."
        courriel.widget.attrs["autocomplete"] = "off"
