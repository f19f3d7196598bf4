"""The proofs joined to a bilan: several files at once, told by their bytes, named without danger."""

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from ..models import Bilan, Piece
from ..questionnaire import texte_propre

JUSTIFICATIFS_MAX = 40
SIGNATURES = ((b"%PDF-", "application/pdf", ".pdf"), (b"\xff\xd8\xff", "image/jpeg", ".jpg"),
              (b"\x89PNG\r\n\x1a\n", "image/png", ".png"))  # fmt: skip


class ChoixDeFichiers(forms.ClearableFileInput):
    allow_multiple_selected = True


class ChampJustificatifs(forms.FileField):
    """Several files at once; each is looked at by the antivirus, then by ``controler_justificatif``."""

    widget = ChoixDeFichiers(attrs={"accept": ".pdf,.jpg,.jpeg,.png", "multiple": True})

    def clean(self, fichiers: Any, initial: Any = None) -> list[UploadedFile]:
        return [fichier for fichier in fichiers or [] if fichier]


def controler_justificatif(fichier: UploadedFile) -> tuple[str, str]:
    """(type, extension) told by the bytes themselves, whatever the name says. Raises ValidationError in French."""
    nom = texte_propre(fichier.name)
    if fichier.size > settings.TELEVERSEMENT_TAILLE_MAX:
        raise ValidationError(f"« {nom} » dépasse 10 Mo : réduisez-le, ou joignez plusieurs fichiers.")
    if not fichier.size:
        raise ValidationError(f"« {nom} » est vide.")
    fichier.seek(0)
    debut = fichier.read(16)
    fichier.seek(0)
    for signature, genre, extension in SIGNATURES:
        if debut.startswith(signature):
            return genre, extension
    raise ValidationError(f"« {nom} » n’est pas un fichier PDF, JPEG ou PNG : convertissez-le avant de le joindre.")


def nom_de_piece(nom: str, extension: str) -> str:
    """The name shown for a file: no path, no invisible character, and the extension that its bytes deserve."""
    propre = texte_propre(PurePath(nom.replace("\\", "/")).name) or "justificatif"
    souche, point, suffixe = propre.rpartition(".")
    connu = f".{suffixe.lower()}" in (extension, ".jpeg" if extension == ".jpg" else extension)
    return f"{(souche if point and connu else propre)[:150] or 'justificatif'}{extension}"


def pieces_retirables(bilan: Bilan) -> Iterable[Piece]:
    """Proofs that can still be taken away: what was sent with a deposit stays."""
    pieces = bilan.exercice.justificatifs
    return pieces.filter(cree_le__gt=bilan.depose_le) if bilan.depose_le else pieces
