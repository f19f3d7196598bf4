"""The form of the communication kit: the supports a porteur made."""

from collections.abc import Iterable

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from ..communication import SupportRefuse, joindre_support
from ..models import Piece, Projet
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

    phrase = forms.BooleanField(label="La phrase demandée y figure", required=False)
    logos = forms.BooleanField(label="Les logos demandés y figurent", required=False)

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
                joindre_support(projet, nom_de_piece(fichier.name, verdict.extension), verdict, par=par, **self._dits())
                gardes += 1
            except SupportRefuse as refus:
                self.add_error("supports", str(refus))
        return gardes

    def _dits(self) -> dict[str, bool]:
        return {nom: self.cleaned_data[nom] for nom in ("phrase", "logos")}


class DeclarationForm(forms.Form):
    """Two boxes per support already kept: ``phrase_<pk>`` and ``logos_<pk>``."""

    def __init__(self, *args: object, supports: Iterable[Piece], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.supports = list(supports)
        for piece in self.supports:
            dit = getattr(piece, "support", None)
            for nom, libelle in (("phrase", "La phrase y figure"), ("logos", "Les logos y figurent")):
                self.fields[f"{nom}_{piece.pk}"] = forms.BooleanField(
                    label=libelle, required=False, initial=bool(dit and getattr(dit, nom))
                )

    @property
    def lignes(self) -> list[tuple[Piece, forms.BoundField, forms.BoundField]]:
        return [(piece, self[f"phrase_{piece.pk}"], self[f"logos_{piece.pk}"]) for piece in self.supports]

    @property
    def dits(self) -> dict[int, tuple[bool, bool]]:
        """What was ticked, by support."""
        return {
            piece.pk: (self.cleaned_data[f"phrase_{piece.pk}"], self.cleaned_data[f"logos_{piece.pk}"])
            for piece in self.supports
        }
