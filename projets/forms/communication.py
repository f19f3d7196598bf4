"""The form of the communication kit: the supports a porteur made."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from ..communication import SupportRefuse, joindre_support
from ..models import Projet
from ..permissions import Acteur
from .justificatifs import ChampJustificatifs, examiner_justificatifs, nom_de_piece


class SupportsForm(forms.Form):
    """Several supports at once; a good one is kept even when another is refused."""

    use_required_attribute = False

    supports = ChampJustificatifs(
        label="Affiches, articles, captures d’écran",
        help_text="PDF, JPEG ou PNG, 10\u00a0Mo au plus chacun. Le lieu et la date cachés dans une photo sont effacés.",
        error_messages={"required": "Choisissez au moins un fichier."},
    )

    def clean_supports(self) -> list[UploadedFile]:
        if not self.cleaned_data["supports"]:
            raise ValidationError("Choisissez au moins un fichier.")
        return self.cleaned_data["supports"]

    def joindre(self, projet: Projet, par: Acteur) -> int:
        """Keeps what can be kept and gives how many; what was refused is an error of the field."""
        gardes = 0
        for fichier, verdict in examiner_justificatifs(self.cleaned_data["supports"]).items():
            if isinstance(verdict, str):
                self.add_error("supports", verdict)
                continue
            try:
                joindre_support(projet, nom_de_piece(fichier.name, verdict.extension), verdict, par=par)
                gardes += 1
            except SupportRefuse as refus:
                self.add_error("supports", str(refus))
        return gardes
