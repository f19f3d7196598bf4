"""The small forms of the porteur: choosing a Word file, confirming an address."""

from allauth.account.forms import RequestLoginCodeForm
from allauth.account.models import EmailAddress
from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from correspondants.models import Utilisateur

from ..word.refus import MESSAGES, TAILLE_MAXIMALE

ATTRIBUTS_FICHIER = {
    "class": "form-control",
    "accept": ".docx,application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "data-taille-max": TAILLE_MAXIMALE,
}


class FichierForm(forms.Form):
    """A Word file to read; what is in it is judged by ``projets.word``, its weight is judged here."""

    use_required_attribute = False

    fichier = forms.FileField(
        label="Votre dossier Word",
        help_text="Un document Word (.docx) de 10\u00a0Mo au plus.",
        allow_empty_file=True,  # an empty file gets the sentence of the gate, like any other that cannot be read
        error_messages={"required": "Choisissez le fichier Word à déposer.", "invalid": "Choisissez un fichier Word."},
        widget=forms.FileInput(ATTRIBUTS_FICHIER),
    )

    def clean_fichier(self) -> UploadedFile:
        fichier = self.cleaned_data["fichier"]
        if fichier.size > min(TAILLE_MAXIMALE, settings.TELEVERSEMENT_TAILLE_MAX):
            raise forms.ValidationError(MESSAGES["trop_lourd"])
        return fichier


class CourrielForm(RequestLoginCodeForm):
    """The address a code is sent to. The answer is the same whether the address already had an account or not."""

    use_required_attribute = False

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "Votre adresse électronique"
        self.fields["email"].help_text = "Nous y envoyons un code, puis les nouvelles de votre projet."
        self.fields["email"].error_messages |= {
            "required": "Écrivez votre adresse électronique.",
            "invalid": "Cette adresse n’a pas la forme nom@domaine.fr : corrigez-la.",
        }
        self.fields["email"].widget.attrs.pop("placeholder", None)

    def ouvrir_compte(self) -> None:
        """Makes the account of an address that has none, not verified: the code will do it.

        A closed account is neither opened again nor revealed: its owner gets the message for unknown addresses.
        """
        courriel = self.cleaned_data["email"].lower()
        if self._user is None and not Utilisateur.objects.filter(email__iexact=courriel).exists():
            self._user = Utilisateur.objects.create_user(courriel)
        if self._user is not None and not EmailAddress.objects.filter(email__iexact=courriel).exists():
            premiere = not self._user.emailaddress_set.exists()
            EmailAddress.objects.create(user=self._user, email=courriel, primary=premiere, verified=False)
