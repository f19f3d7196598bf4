"""Archives: the bilans of one civil year with their proofs, the letters of one meeting."""

import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any, BinaryIO

from ..lettres import Courrier
from ..models import Bilan
from ..noms_de_fichiers import nom_garde
from . import lettre
from .compte_financier import CompteFinancier, bilan_pdf

MANQUANTS = (
    "Ces justificatifs ne sont plus dans la réserve du portail : dites-le à qui l’exploite (« verifier --fichiers »),\n"
    "ils sont peut-être dans une sauvegarde.\n\n"
)
VIDE = "Aucun bilan {annee} n’a encore été déposé.\n"


def ecrire(annee: int, sortie: BinaryIO, jour: date, suivre: Callable[[Iterable[Any]], Iterable[Any]] = iter) -> None:
    """One bilan in memory at a time. Names are made safe: what a visitor typed never becomes a path."""
    bilans = (
        Bilan.objects.deposes()
        .filter(exercice__annee=annee)
        .select_related("exercice__projet__appel", "exercice__projet__structure")
        .order_by("exercice__projet__numero")
    )
    vide, perdus = True, []
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        for bilan in suivre(bilans.iterator(chunk_size=100)):
            vide = False
            dossier = nom_sur(f"{bilan.exercice.projet.numero} {bilan.exercice.projet.titre}", 80)
            archive.writestr(f"{dossier}/bilan-{annee}.pdf", bilan_pdf(CompteFinancier.de(bilan, jour)))
            for rang, piece in enumerate(bilan.exercice.justificatifs, 1):
                nom = f"{dossier}/justificatifs/{rang:02d} {nom_sur(nom_garde(piece.nom, piece.type_attendu), 100)}"
                try:
                    source = piece.fichier.open("rb")
                except FileNotFoundError:  # one lost file must not keep a whole year's accounts from being closed
                    perdus.append(nom)
                    continue
                with source, archive.open(nom, "w") as cible:
                    for morceau in source.chunks():
                        cible.write(morceau)
        if perdus:
            archive.writestr("FICHIERS-MANQUANTS.txt", MANQUANTS + "".join(f"- {nom}\n" for nom in perdus))
        if vide:
            archive.writestr("LISEZ-MOI.txt", VIDE.format(annee=annee))


TOUTES = "toutes-les-lettres.pdf"
SANS_LETTRE = "Aucune lettre n’a été écrite pour cette séance.\n"


def lettres(courriers: Iterable[Courrier]) -> Iterator[bytes]:
    """A zip given while it is made, piece by piece: each letter as PDF and Word, then all of them in one PDF to print."""
    tampon, documents = _Tampon(), []
    with zipfile.ZipFile(tampon, "w", zipfile.ZIP_DEFLATED) as archive:
        for courrier in courriers:
            documents.append(lettre.mettre_en_pages(courrier))
            archive.writestr(f"{nom_sur(courrier.reference, 40)}.pdf", lettre.assembler(documents[-1:]))
            archive.writestr(f"{nom_sur(courrier.reference, 40)}.docx", lettre.word(courrier))
            yield tampon.vider()
        if documents:
            archive.writestr(TOUTES, lettre.assembler(documents, "Lettres de la séance"))
        else:
            archive.writestr("LISEZ-MOI.txt", SANS_LETTRE)
    yield tampon.vider()


class _Tampon(io.RawIOBase):
    """What was written since it was last emptied."""

    def __init__(self) -> None:
        self.octets = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, octets: bytes) -> int:
        self.octets += octets
        return len(octets)

    def vider(self) -> bytes:
        pris, self.octets = bytes(self.octets), bytearray()
        return pris


def nom_sur(nom: str, longueur: int) -> str:
    """A file name that every system accepts: plain letters, no separator, no leading dot, the extension kept."""
    simple = unicodedata.normalize("NFKD", nom).encode("ascii", "ignore").decode()
    simple = re.sub(r"[^A-Za-z0-9._ -]+|\.\.+", "-", simple)
    simple = re.sub(r"-{2,}", "-", simple).strip(" .-") or "fichier"
    souche, point, extension = simple.rpartition(".")
    if not point or len(extension) > 5:
        return simple[:longueur].rstrip(" .-")
    return f"{souche[: longueur - len(extension) - 1].rstrip(' .-') or 'fichier'}.{extension}"
