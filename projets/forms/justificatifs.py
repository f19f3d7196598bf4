"""The proofs joined to a bilan: several files at once, told by their bytes, named without danger."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from ..antivirus import examiner_tous
from ..models import Bilan, Piece
from ..noms_de_fichiers import EXTENSIONS, nom_garde
from ..pieces_jointes.processus import nettoyer_protege
from ..pieces_jointes.verdict import Nettoyee, PieceRefusee
from ..questionnaire import texte_propre
from ..valeurs import insecables

JUSTIFICATIFS_MAX = 40
SIGNATURES = (
    (b"%PDF-", "application/pdf", ".pdf"),
    (b"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
)
EN_MEME_TEMPS = 4  # files looked into at once


class ChoixDeFichiers(forms.ClearableFileInput):
    allow_multiple_selected = True


class ChampJustificatifs(forms.FileField):
    """Several files at once; ``examiner_justificatifs`` looks at each."""

    widget = ChoixDeFichiers(attrs={"accept": ".pdf,.jpg,.jpeg,.png", "multiple": True})

    def clean(self, fichiers: Any, initial: Any = None) -> list[UploadedFile]:
        return [fichier for fichier in fichiers or [] if fichier]


def controler_justificatif(fichier: UploadedFile) -> tuple[str, str]:
    """(type, extension) told by the first bytes, whatever the name says. Raises ValidationError in French."""
    if phrase := _taille_refusee(fichier):
        raise ValidationError(phrase)
    fichier.seek(0)
    debut = fichier.read(16)
    fichier.seek(0)
    for signature, genre, extension in SIGNATURES:
        if debut.startswith(signature):
            return genre, extension
    raise ValidationError(
        _phrase(fichier, "n’est pas un fichier PDF, JPEG ou PNG : convertissez-le avant de le joindre.")
    )


def examiner_justificatifs(fichiers: Iterable[UploadedFile]) -> dict[UploadedFile, Nettoyee | str]:
    """What is kept of each file, or the sentence that says why it is refused: size, then antivirus, then what it holds.

    It may take seconds: to be asked before anybody waits for the database.
    """
    fichiers = list(fichiers)
    verdicts: dict[UploadedFile, Nettoyee | str] = {f: phrase for f in fichiers if (phrase := _taille_refusee(f))}
    infectes = examiner_tous(fichier for fichier in fichiers if fichier not in verdicts)
    verdicts |= {f: _phrase(f, f"n’est pas joint. {refus.message}") for f, refus in infectes.items()}
    restants = [fichier for fichier in fichiers if fichier not in verdicts]
    with ThreadPoolExecutor(EN_MEME_TEMPS) as ouvriers:
        return verdicts | dict(zip(restants, ouvriers.map(_nettoyer, restants), strict=True))


def _taille_refusee(fichier: UploadedFile) -> str:
    if fichier.size > settings.TELEVERSEMENT_TAILLE_MAX:
        return _phrase(fichier, "dépasse 10 Mo : réduisez-le, ou joignez plusieurs fichiers.")
    return "" if fichier.size else _phrase(fichier, "est vide.")


def _nettoyer(fichier: UploadedFile) -> Nettoyee | str:
    fichier.seek(0)
    try:
        return nettoyer_protege(fichier.read())
    except PieceRefusee as refus:
        return _phrase(fichier, f"n’est pas joint : {refus.message}")


def _phrase(fichier: UploadedFile, suite: str) -> str:
    return insecables(f"« {texte_propre(fichier.name)} » {suite}")


def nom_de_piece(nom: str, extension: str) -> str:
    """The name shown for a proof whose bytes deserve this extension."""
    return nom_garde(nom, next(mime for mime, finales in EXTENSIONS.items() if extension in finales), "justificatif")


def pieces_retirables(bilan: Bilan) -> Iterable[Piece]:
    """Proofs that can still be taken away: what was sent with a deposit stays."""
    pieces = bilan.exercice.justificatifs
    return pieces.filter(cree_le__gt=bilan.depose_le) if bilan.depose_le else pieces
