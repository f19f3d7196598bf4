"""The inside of an archive: a tar whose members are checked one by one, and the manifest that ends it. No database here.

In this order: the database cut into parts (``base/<table>/000001.gz``), the files under their own names (``fichiers/…``, in
alphabetical order), ``SOMMES.sha256`` (readable by ``sha256sum -c``), and ``MANIFESTE.json``.
"""

import gzip
import hashlib
import json
import re
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import IO, Any, BinaryIO

from .scelle import ArchiveRefusee, Ecriture, Lecture

FORMAT = 1
MANIFESTE, SOMMES, BASE, FICHIERS = "MANIFESTE.json", "SOMMES.sha256", "base/", "fichiers/"
PART = 4 * 1024 * 1024  # bytes of the database held in memory at once, before compression
ILLISIBLE = "Cette sauvegarde est illisible : elle a été coupée ou altérée."
MANIFESTE_MAX = 64 * 1024 * 1024
_PART_DE_BASE = re.compile(r"base/([a-z0-9_]+)/(\d{6})\.gz")


@dataclass
class Manifeste:
    """What an archive says of itself. ``tables``: lines and columns; ``sequences``: last number given, on PostgreSQL.

    ``absents`` names the files that a line of the database named and that could not be had, with the reason.
    """

    moteur: str
    serveur: str
    le: str
    django: str
    migrations: list[list[str]]
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    sequences: dict[str, list[Any]] = field(default_factory=dict)
    fichiers: int = 0
    octets: int = 0
    absents: list[list[str]] = field(default_factory=list)
    sceau: str = ""
    sommes: str = ""
    format: int = FORMAT

    @classmethod
    def lire(cls, octets: bytes) -> "Manifeste":
        """Raises ArchiveRefusee."""
        try:
            valeurs = json.loads(octets)
            if valeurs["format"] != FORMAT:
                raise ArchiveRefusee(
                    f"Cette sauvegarde est au format {valeurs['format']} : il faut une version du portail qui le connaît."
                )
            return cls(**valeurs)
        except (ValueError, KeyError, TypeError) as erreur:
            raise ArchiveRefusee("Le manifeste de cette sauvegarde est illisible.") from erreur


def nom_sur(nom: str) -> bool:
    """Whether a name stays where it is put: relative, without a way up, nor what a system would read otherwise."""
    parties = nom.split("/")
    return (
        0 < len(nom) <= 500
        and "\\" not in nom
        and ":" not in parties[0]
        and not any(ord(c) < 32 or ord(c) == 127 for c in nom)
        and not any(partie in ("", ".", "..") for partie in parties)
    )


class Ecrivain:
    """Writes members as they come, in flat memory; ``finir`` adds the sums and the manifest, and closes all."""

    def __init__(self, sortie: Ecriture) -> None:
        self._sortie = sortie
        self._tar = tarfile.open(fileobj=sortie, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._sommes = tempfile.TemporaryFile()  # noqa: SIM115

    def ajouter(self, nom: str, flux: BinaryIO, taille: int, sha256: str) -> None:
        membre = tarfile.TarInfo(nom)
        membre.size, membre.mode = taille, 0o600
        self._tar.addfile(membre, flux)
        self._tar.members.clear()  # tarfile keeps every one of them
        self._sommes.write(f"{sha256}  {nom}\n".encode())

    def ajouter_part(self, table: str, rang: int, octets: bytes) -> None:
        """A part of the database, compressed."""
        comprime = gzip.compress(octets, compresslevel=4, mtime=0)
        with tempfile.SpooledTemporaryFile(max_size=2 * PART) as flux:
            flux.write(comprime)
            flux.seek(0)
            sha256 = hashlib.sha256(comprime).hexdigest()
            self.ajouter(f"{BASE}{table}/{rang:06d}.gz", flux, len(comprime), sha256)

    def close(self) -> None:
        """Whatever happened: nothing is written any more."""
        self._sommes.close()

    def finir(self, manifeste: Manifeste) -> None:
        self._sommes.seek(0)
        empreinte, taille = hashlib.sha256(), 0
        while morceau := self._sommes.read(1 << 20):
            empreinte.update(morceau)
            taille += len(morceau)
        manifeste.sommes = empreinte.hexdigest()
        self._sommes.seek(0)
        membre = tarfile.TarInfo(SOMMES)
        membre.size, membre.mode = taille, 0o600
        self._tar.addfile(membre, self._sommes)
        self._sommes.close()
        octets = json.dumps(asdict(manifeste), ensure_ascii=False, indent=1).encode()
        with tempfile.SpooledTemporaryFile(max_size=PART) as flux:
            flux.write(octets)
            flux.seek(0)
            membre = tarfile.TarInfo(MANIFESTE)
            membre.size, membre.mode = len(octets), 0o600
            self._tar.addfile(membre, flux)
        self._tar.close()
        self._sortie.finir()


@dataclass
class Membre:
    """One member being read: a part of the database (``table``) or a file (``fichier``, its name in the storage)."""

    flux: "_Flux"
    taille: int
    table: str = ""
    rang: int = 0
    fichier: str = ""

    def decomprimer(self) -> bytes:
        """The part of the database, never larger than what the portal writes. Raises ArchiveRefusee."""
        machine = zlib.decompressobj(wbits=31)
        try:
            clair = machine.decompress(self.flux.read(), PART + 1)
        except zlib.error as erreur:
            raise ArchiveRefusee(f"Une partie de la table {self.table} est illisible.") from erreur
        if len(clair) > PART or not machine.eof:
            raise ArchiveRefusee(f"Une partie de la table {self.table} n’a pas la taille attendue.")
        return clair


class _Flux:
    """The bytes of one member, counted and summed as they are read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self.empreinte = source, hashlib.sha256()

    def read(self, taille: int = -1) -> bytes:
        try:
            octets = self._source.read(taille)
        except (tarfile.TarError, OSError) as erreur:
            raise ArchiveRefusee(ILLISIBLE) from erreur
        self.empreinte.update(octets)
        return octets

    def vider(self) -> None:
        while self.read(1 << 20):
            pass


class Lecteur:
    """Reads an archive once, from its first member to its seal. Iterate, then ask for ``manifeste``.

    Every fault is an ArchiveRefusee, whatever an enemy put in the file: only ordinary members, with names that stay in
    their place, in their order, each with its sum.
    """

    def __init__(self, source: Lecture) -> None:
        self._source = source
        self.manifeste: Manifeste | None = None
        self.fichiers = self.octets = 0

    def __iter__(self) -> Iterator[Membre]:
        try:
            with (
                tempfile.TemporaryFile() as sommes,
                tarfile.open(fileobj=self._source, mode="r|", bufsize=tarfile.BLOCKSIZE * 128) as tar,
            ):
                yield from self._membres(tar, sommes)
        except (tarfile.TarError, EOFError, OSError, ValueError, OverflowError) as erreur:
            raise ArchiveRefusee(ILLISIBLE) from erreur
        self._source.finir()
        if self.manifeste is None:
            raise ArchiveRefusee("Cette sauvegarde n’est pas entière : son manifeste manque.")

    def _membres(self, tar: tarfile.TarFile, sommes: BinaryIO) -> Iterator[Membre]:
        dernier = ("", "")
        for entree in tar:
            tar.members.clear()
            if not entree.isreg() or self.manifeste is not None:
                raise ArchiveRefusee("Cette sauvegarde contient ce que le portail n’y met pas.")
            flux = _Flux(tar.extractfile(entree))
            if entree.name == MANIFESTE:
                self._lire_le_manifeste(flux, sommes)
                continue
            if entree.name == SOMMES:
                self._comparer(flux, sommes)
                dernier = ("z", "")
                continue
            membre, rang = self._membre(entree, flux)
            if rang <= dernier:
                raise ArchiveRefusee(f"Cette sauvegarde n’est pas en ordre : « {entree.name[:100]} ».")
            dernier = rang
            yield membre
            flux.vider()
            sommes.write(f"{flux.empreinte.hexdigest()}  {entree.name}\n".encode("utf-8", "surrogateescape"))

    def _membre(self, entree: tarfile.TarInfo, flux: _Flux) -> tuple[Membre, tuple[str, str]]:
        if part := _PART_DE_BASE.fullmatch(entree.name):
            if entree.size > 2 * PART:
                raise ArchiveRefusee(f"Une partie de la table {part[1]} n’a pas la taille attendue.")
            return Membre(flux, entree.size, table=part[1], rang=int(part[2])), ("a", entree.name)
        nom = entree.name.removeprefix(FICHIERS)
        if nom == entree.name or not nom_sur(nom):
            raise ArchiveRefusee(f"Cette sauvegarde contient un nom interdit : « {entree.name[:100]} ».")
        self.fichiers += 1
        self.octets += entree.size
        return Membre(flux, entree.size, fichier=nom), ("b", nom)

    def _comparer(self, flux: _Flux, sommes: BinaryIO) -> None:
        """The sums that the archive gives are those that were just made."""
        fin = sommes.tell()
        sommes.seek(0)
        while morceau := flux.read(1 << 20):
            if morceau != sommes.read(len(morceau)):
                raise ArchiveRefusee("Le contenu de cette sauvegarde ne correspond pas à ses empreintes.")
        if sommes.tell() != fin:
            raise ArchiveRefusee("Le contenu de cette sauvegarde ne correspond pas à ses empreintes.")
        self._somme_des_sommes = flux.empreinte.hexdigest()

    def _lire_le_manifeste(self, flux: _Flux, sommes: BinaryIO) -> None:
        octets = flux.read(MANIFESTE_MAX)
        manifeste = Manifeste.lire(octets)
        if manifeste.sommes != getattr(self, "_somme_des_sommes", None):
            raise ArchiveRefusee("Le manifeste de cette sauvegarde ne correspond pas à son contenu.")
        if (manifeste.fichiers, manifeste.octets) != (self.fichiers, self.octets):
            raise ArchiveRefusee("Le manifeste de cette sauvegarde ne compte pas ce qu’elle contient.")
        self.manifeste = manifeste
