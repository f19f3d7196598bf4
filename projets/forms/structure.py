"""The form that lets a colleague into a structure. Validates only; ``membres`` decides."""

from django import forms


class InvitationForm(forms.Form):
    use_required_attribute = False

    courriel = forms.EmailField(
        label="Courriel de la personne",
        max_length=254,
        help_text="Une personne qui travaille ou agit pour la structure. Rien ne change tant qu’elle n’a pas accepté.",
        error_messages={
            "required": "Écrivez le courriel de la personne.",
            "invalid": "Cette adresse n’a pas la forme nom@domaine.fr : corrigez-la.",
        },
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
