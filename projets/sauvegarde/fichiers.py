"""The files of the portal, to and from the storage, whatever it is made of (folder or S3).

Why the database goes first: a file is in the storage before the line that names it is committed, under a name drawn at
random that never serves twice; it is never written over. So every file that a snapshot of the database names is already
there when it is copied afterwards, as it was. The only thing that may happen is that it was erased since (an export that
expired, a proof taken back): the line is then gone too, which is looked at before calling it a fault.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection

from .archive import FICHIERS, Ecrivain, Manifeste, Membre, nom_sur
from .bases import colonnes_de_fichiers, nommer
from .scelle import ArchiveRefusee

EN_MEMOIRE = 16 * 1024 * 1024  # bytes of one file; a larger one waits on disk
MORCEAU = 1 << 20


def copier(noms: dict[str, str], ecrivain: Ecrivain, manifeste: Manifeste) -> list[str]:
    """Adds the files to the archive; returns a French sentence for each fault. ``noms``: name -> SHA-256 expected, or nothing.

    A file that is not there, or not what it was, does not prevent the backup of all the others: it is said.
    """
    fautes = []
    for nom in sorted(noms):
        if not nom_sur(nom):
            manifeste.absents.append([nom, "nom interdit"])
            fautes.append(f"« {nom} » : son nom n’est pas de ceux que le portail donne.")
            continue
        try:
            flux = default_storage.open(nom, "rb")
        except FileNotFoundError:
            encore = _encore_nomme(nom)
            manifeste.absents.append([nom, "absent" if encore else "effacé pendant la sauvegarde"])
            if encore:
                fautes.append(f"« {nom} » : le fichier n’est plus là.")
            continue
        with flux, _tampon(flux.chunks(MORCEAU)) as (tampon, taille, sha256):
            if noms[nom] and noms[nom] != sha256:
                fautes.append(f"« {nom} » : il a changé depuis son arrivée ; il est sauvegardé tel qu’il est.")
            ecrivain.ajouter(FICHIERS + nom, tampon, taille, sha256)
            manifeste.fichiers += 1
            manifeste.octets += taille
    return fautes


def _encore_nomme(nom: str) -> bool:
    with connection.cursor() as curseur:
        for table, colonne, _ in colonnes_de_fichiers():
            ou = f"{nommer(table)} WHERE {nommer(colonne)}"
            curseur.execute(f"SELECT 1 FROM {ou} = %s LIMIT 1", [nom])  # noqa: S608
            if curseur.fetchone():
                return True
    return False


@contextmanager
def _tampon(morceaux: Iterator[bytes]) -> Iterator[tuple[BinaryIO, int, str]]:
    """A stream read whole, with its size and SHA-256, before anything is made of it."""
    empreinte = hashlib.sha256()
    with tempfile.SpooledTemporaryFile(max_size=EN_MEMOIRE) as tampon:
        for morceau in morceaux:
            empreinte.update(morceau)
            tampon.write(morceau)
        taille = tampon.tell()
        tampon.seek(0)
        yield tampon, taille, empreinte.hexdigest()


def deja_la(membre: Membre) -> bool:
    """Whether the storage holds a file of this name with other bytes; the member is read."""
    membre.flux.vider()
    return default_storage.exists(membre.fichier) and _empreinte(membre.fichier) != membre.flux.empreinte.hexdigest()


def _empreinte(nom: str) -> str:
    empreinte = hashlib.sha256()
    with default_storage.open(nom, "rb") as flux:
        for morceau in flux.chunks(MORCEAU):
            empreinte.update(morceau)
    return empreinte.hexdigest()


def remettre(membre: Membre) -> bool:
    """Puts a file of the archive in the storage under its own name; False when it was there already, byte for byte."""
    with _tampon(iter(lambda: membre.flux.read(MORCEAU), b"")) as (tampon, _, sha256):
        if default_storage.exists(membre.fichier):
            if _empreinte(membre.fichier) == sha256:
                return False
            default_storage.delete(membre.fichier)
        ecrit = default_storage.save(membre.fichier, File(tampon, name=membre.fichier))
        if ecrit != membre.fichier:
            default_storage.delete(ecrit)
            raise ArchiveRefusee(f"Le stockage n’accepte pas le nom « {membre.fichier} ».")
        return True
