"""The outside of an archive: what makes one changed byte, or one missing at the end, a refusal. No database here.

In the clear, the archive is an ordinary tar followed by one line that gives the SHA-256 of all that comes before (``tar``
reads it as it is). With a key, it is cut into chunks of 64 KiB, each encrypted and authenticated by AES-256-GCM under a key
made for this archive alone; the nonce of a chunk says its rank and whether it is the last one, so that none can be changed,
moved, removed or added.
"""

import hashlib
import hmac
import os
from collections.abc import Iterable
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIE = b"CITE-EDUCATIVE-CHIFFREE-1\n"
SEL, TEMOIN, PREFIXE, SCEAU = 16, 16, 7, 16
ENTETE = len(MAGIE) + SEL + TEMOIN + PREFIXE
BLOC = 64 * 1024
FIN = b"\nCITE-EDUCATIVE-SHA256 "
CLE_MIN = 20  # characters


class ArchiveRefusee(Exception):
    """The archive cannot be trusted; ``str()`` says why, in French. Nothing was written."""


class Ecriture(Protocol):
    def write(self, octets: bytes) -> int: ...

    def finir(self) -> None: ...


class Lecture(Protocol):
    chiffree: bool

    def read(self, taille: int = -1) -> bytes: ...

    def finir(self) -> None:
        """Reads what is left and checks the end. Raises ArchiveRefusee."""


def ecriture(sortie: BinaryIO, cle: str = "") -> Ecriture:
    """What is written in it is encrypted when there is a key. ``finir`` closes the archive, not the file."""
    return _EcritureChiffree(sortie, cle) if cle else _EcritureClaire(sortie)


def lecture(fichier: BinaryIO, cles: Iterable[str] = (), *, accepter_en_clair: bool = False) -> Lecture:
    """Opens an archive with the first of the keys that fits. Raises ArchiveRefusee.

    With a key in the settings, an archive in the clear is refused unless asked for: whoever can write where the backups are
    could otherwise put one of theirs in the place of ours.
    """
    cles = [cle for cle in cles if cle]
    debut = fichier.read(ENTETE)
    if debut.startswith(MAGIE):
        return _LectureChiffree(fichier, debut, cles)
    if cles and not accepter_en_clair:
        raise ArchiveRefusee(
            "Une clé est réglée et cette sauvegarde n’est pas chiffrée : rien ne prouve d’où elle vient. "
            "Ajoutez --en-clair si vous êtes sûr de sa provenance."
        )
    return _LectureClaire(fichier)


# --- in the clear -----------------------------------------------------------------------------------------------------


class _EcritureClaire:
    def __init__(self, sortie: BinaryIO) -> None:
        self._sortie, self._empreinte = sortie, hashlib.sha256()

    def write(self, octets: bytes) -> int:
        self._empreinte.update(octets)
        self._sortie.write(octets)
        return len(octets)

    def finir(self) -> None:
        self._sortie.write(FIN + self._empreinte.hexdigest().encode() + b"\n")


class _LectureClaire:
    chiffree = False

    def __init__(self, fichier: BinaryIO) -> None:
        self._reste = fichier.seek(0, os.SEEK_END) - len(FIN) - 65
        fichier.seek(0)
        self._fichier, self._empreinte = fichier, hashlib.sha256()

    def read(self, taille: int = -1) -> bytes:
        voulus = self._reste if taille < 0 else min(taille, self._reste)
        octets = self._fichier.read(voulus) if voulus > 0 else b""
        self._reste -= len(octets)
        self._empreinte.update(octets)
        return octets

    def finir(self) -> None:
        while self.read(BLOC):
            pass
        fin = self._fichier.read()
        if fin != FIN + self._empreinte.hexdigest().encode() + b"\n":
            raise ArchiveRefusee("Ce fichier n’est pas une sauvegarde du portail, ou il a été coupé ou altéré.")


# --- encrypted --------------------------------------------------------------------------------------------------------


def _deriver(cle: str, sel: bytes) -> tuple[AESGCM, bytes]:
    """The cipher of one archive, and what tells a wrong key from a damaged archive. 32 MiB and a tenth of a second."""
    if len(cle) < CLE_MIN:
        raise ArchiveRefusee(f"La clé de sauvegarde est trop courte : il en faut au moins {CLE_MIN} caractères.")
    matiere = Scrypt(salt=sel, length=48, n=2**15, r=8, p=1).derive(cle.encode())
    return AESGCM(matiere[:32]), matiere[32:]


def _nonce(prefixe: bytes, rang: int, dernier: bool) -> bytes:
    return prefixe + rang.to_bytes(4, "big") + (b"\x01" if dernier else b"\x00")


class _EcritureChiffree:
    def __init__(self, sortie: BinaryIO, cle: str) -> None:
        sel, self._prefixe = os.urandom(SEL), os.urandom(PREFIXE)
        self._coffre, temoin = _deriver(cle, sel)
        self._entete = MAGIE + sel + temoin + self._prefixe
        self._sortie, self._tampon, self._rang = sortie, bytearray(), 0
        sortie.write(self._entete)

    def write(self, octets: bytes) -> int:
        self._tampon += octets
        while len(self._tampon) > BLOC:  # a full one may be the last
            self._sceller(bytes(self._tampon[:BLOC]), dernier=False)
            del self._tampon[:BLOC]
        return len(octets)

    def finir(self) -> None:
        self._sceller(bytes(self._tampon), dernier=True)
        self._tampon.clear()

    def _sceller(self, clair: bytes, *, dernier: bool) -> None:
        self._sortie.write(self._coffre.encrypt(_nonce(self._prefixe, self._rang, dernier), clair, self._entete))
        self._rang += 1


class _LectureChiffree:
    chiffree = True

    def __init__(self, fichier: BinaryIO, entete: bytes, cles: list[str]) -> None:
        if len(entete) < ENTETE:
            raise ArchiveRefusee("Cette sauvegarde a été coupée.")
        if not cles:
            raise ArchiveRefusee("Cette sauvegarde est chiffrée : donnez sa clé dans SAUVEGARDE_CLE.")
        sel, temoin = entete[len(MAGIE) :][:SEL], entete[len(MAGIE) + SEL :][:TEMOIN]
        for cle in cles:
            self._coffre, le_sien = _deriver(cle, sel)
            if hmac.compare_digest(le_sien, temoin):
                break
        else:
            raise ArchiveRefusee("La clé n’est pas celle de cette sauvegarde.")
        self._fichier, self._entete, self._prefixe = fichier, entete, entete[-PREFIXE:]
        self._rang, self._clair, self._suite = 0, bytearray(), fichier.read(BLOC + SCEAU)
        self._fini = False

    def _avancer(self) -> None:
        bloc, self._suite = self._suite, self._fichier.read(BLOC + SCEAU)
        self._fini = not self._suite
        try:
            self._clair += self._coffre.decrypt(_nonce(self._prefixe, self._rang, self._fini), bloc, self._entete)
        except InvalidTag as erreur:
            raise ArchiveRefusee("Cette sauvegarde a été coupée ou altérée.") from erreur
        self._rang += 1

    def read(self, taille: int = -1) -> bytes:
        while not self._fini and (taille < 0 or len(self._clair) < taille):
            self._avancer()
        voulus = len(self._clair) if taille < 0 else taille
        octets = bytes(self._clair[:voulus])
        del self._clair[:voulus]
        return octets

    def finir(self) -> None:
        while not self._fini:
            self._clair.clear()
            self._avancer()
