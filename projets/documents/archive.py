"""Every deposited bilan of one civil year in one zip: its PDF and its proofs, one folder per project."""

import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, BinaryIO

from ..models import Bilan
from .compte_financier import CompteFinancier, bilan_pdf

VIDE = "Aucun bilan {annee} n’a encore été déposé.\n"


def ecrire(annee: int, sortie: BinaryIO, jour: date, suivre: Callable[[Iterable[Any]], Iterable[Any]] = iter) -> None:
    """One bilan in memory at a time. Names are made safe: what a visitor typed never becomes a path."""
    bilans = (
        Bilan.objects.deposes()
        .filter(exercice__annee=annee)
        .select_related("exercice__projet__appel", "exercice__projet__structure")
        .order_by("exercice__projet__numero")
    )
    vide = True
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        for bilan in suivre(bilans.iterator(chunk_size=100)):
            vide = False
            dossier = nom_sur(f"{bilan.exercice.projet.numero} {bilan.exercice.projet.titre}", 80)
            archive.writestr(f"{dossier}/bilan-{annee}.pdf", bilan_pdf(CompteFinancier.de(bilan, jour)))
            for rang, piece in enumerate(bilan.exercice.justificatifs, 1):
                with (
                    piece.fichier.open("rb") as source,
                    archive.open(f"{dossier}/justificatifs/{rang:02d} {nom_sur(piece.nom, 100)}", "w") as cible,
                ):
                    for morceau in source.chunks():
                        cible.write(morceau)
        if vide:
            archive.writestr("LISEZ-MOI.txt", VIDE.format(annee=annee))


def nom_sur(nom: str, longueur: int) -> str:
    """A file name that every system accepts: plain letters, no separator, no leading dot, the extension kept."""
    simple = unicodedata.normalize("NFKD", nom).encode("ascii", "ignore").decode()
    simple = re.sub(r"[^A-Za-z0-9._ -]+|\.\.+", "-", simple)
    simple = re.sub(r"-{2,}", "-", simple).strip(" .-") or "fichier"
    souche, point, extension = simple.rpartition(".")
    if not point or len(extension) > 5:
        return simple[:longueur].rstrip(" .-")
    return f"{souche[: longueur - len(extension) - 1].rstrip(' .-') or 'fichier'}.{extension}"
