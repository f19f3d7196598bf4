"""The safety gate: nothing of a file is believed before it has passed here, and nothing of it is written to disk.

``controler(octets)`` gives an ``Archive`` (XML parts in memory, safe to parse) or raises ``FichierRefuse``. Counting and
looking for traps in the XML is in ``contenu.py``; the sentences are in ``refus.py``.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from posixpath import dirname, join, normpath
from typing import Any

from lxml import etree

from .contenu import verifier_contenu, verifier_liens, verifier_types
from .refus import MO, TAILLE_MAXIMALE, FichierRefuse, est_ole, reconnaitre, reconnaitre_zip

__all__ = ["Archive", "FichierRefuse", "controler"]

ENTREES_MAXIMUM = 400
XML_MAXIMUM = 8 * MO
TOTAL_MAXIMUM = 60 * MO
BALISES_MAXIMUM = 600_000  # in all parts together
RAPPORT_MAXIMUM = 200  # a page of text is compressed 10 to 30 times, a blank form 50
_RAPPORT_DES = MO  # bytes: under that, a ratio says nothing
_ENTETE_LOCAL = struct.Struct("<4s22xHH")
_NOM_INTERDIT = re.compile(r"(^|/)\.\.(/|$)|\\|^/|^[A-Za-z]:|\x00")
_XML = (".xml", ".rels", ".vml")
_ENCODAGES = re.compile(rb"""<\?xml[^>]{0,80}encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_ENCODAGES_ADMIS = frozenset({b"utf-8", b"utf8", b"utf-16", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252"})
_STRICT = b"http://purl.oclc.org/ooxml/"
_TRANSITIONNEL = (
    (
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    ),
    (b"http://purl.oclc.org/ooxml/officeDocument/math", b"http://schemas.openxmlformats.org/officeDocument/2006/math"),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
)


@dataclass(frozen=True)
class Archive:
    """The XML parts of a .docx that passed the gate; ``principale`` is the name of the document part."""

    parties: Mapping[str, bytes]
    principale: str
    noms: tuple[str, ...] = ()  # of every entry, XML or not
    strict: bool = False  # whether the document was in the strict namespaces, read here as the usual ones
    _arbres: dict[str, Any] = field(default_factory=dict, repr=False)

    def arbre(self, nom: str) -> Any:
        """Root element of a part, parsed once without entities, network or huge trees."""
        if nom not in self._arbres:
            self._arbres[nom] = analyser(self.parties[nom])
        return self._arbres[nom]

    @property
    def document(self) -> Any:
        return self.arbre(self.principale)

    def liees(self, genre: str) -> Iterator[str]:
        """Names of the parts that the document part calls by one kind of relation (``header``, ``footnotes``…)."""
        relations = chemin_relations(self.principale)
        if relations not in self.parties:
            return
        donnees = {self.principale}  # a part is given once, however many relations lead to it
        for lien in self.arbre(relations):
            if isinstance(lien.tag, str) and (lien.get("Type") or "").endswith(f"/{genre}"):
                nom = _cible(self.principale, lien.get("Target") or "")
                if lien.get("TargetMode") != "External" and nom in self.parties and nom not in donnees:
                    donnees.add(nom)
                    yield nom


def controler(octets: bytes) -> Archive:
    """Passes the whole gate or raises FichierRefuse. Bounded in time and memory whatever the file."""
    if not octets:
        raise FichierRefuse("vide")
    if len(octets) > TAILLE_MAXIMALE:
        raise FichierRefuse("trop_lourd")
    if not octets.startswith(b"PK\x03\x04"):
        raise FichierRefuse(reconnaitre(octets))
    try:
        parties, noms = _decompresser(octets)
        return _ouvrir(parties, noms)
    except FichierRefuse:
        raise
    except (
        zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, OSError, NotImplementedError,
        RuntimeError, ValueError, KeyError, IndexError, AttributeError, TypeError, OverflowError,
    ) as erreur:  # fmt: skip
        raise FichierRefuse("abime") from erreur


def analyser(octets: bytes) -> Any:
    """Parsed root of one XML part. Raises FichierRefuse when it is malformed or declares a document type."""
    analyseur = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        racine = etree.fromstring(octets, analyseur)
    except (etree.XMLSyntaxError, ValueError) as erreur:
        raise FichierRefuse("abime") from erreur
    if racine is None:
        raise FichierRefuse("abime")
    if racine.getroottree().docinfo.internalDTD is not None:
        raise FichierRefuse("suspect")
    return racine


# --- the zip --------------------------------------------------------------------------------------------------------


def _decompresser(octets: bytes) -> tuple[dict[str, bytes], list[str]]:
    """XML parts, and the names of every entry; the other entries are read through (sizes, sums) but not kept."""
    with zipfile.ZipFile(BytesIO(octets)) as archive:
        entrees = archive.infolist()
        noms = [entree.filename for entree in entrees]
        _verifier_entrees(octets, archive, entrees)
        parties: dict[str, bytes] = {}
        total = balises = 0
        for entree in entrees:
            if entree.is_dir():
                continue
            est_xml = entree.filename.lower().endswith(_XML) or entree.filename == "mimetype"
            contenu = _lire(archive, entree, XML_MAXIMUM if est_xml else TOTAL_MAXIMUM - total)
            total += len(contenu)
            if total > TOTAL_MAXIMUM:
                raise FichierRefuse("trop_complexe")
            if est_ole(contenu):
                raise FichierRefuse("macros" if "vba" in entree.filename.lower() else "objet")
            if est_xml and len(contenu) > max(_RAPPORT_DES, RAPPORT_MAXIMUM * entree.compress_size):
                raise FichierRefuse("trop_complexe")
            if est_xml:
                balises += contenu.count(b"<")
                if balises > BALISES_MAXIMUM:
                    raise FichierRefuse("trop_complexe")
                parties[entree.filename] = _verifier_xml(contenu)
    return parties, noms


def _verifier_entrees(octets: bytes, archive: zipfile.ZipFile, entrees: list[zipfile.ZipInfo]) -> None:
    """Number, names, flags, methods, declared sizes, and no byte of the file that belongs to two entries or to none first."""
    if not entrees:
        raise FichierRefuse("abime")
    if len(entrees) > ENTREES_MAXIMUM or sum(entree.file_size for entree in entrees) > TOTAL_MAXIMUM:
        raise FichierRefuse("trop_complexe")
    noms = [entree.orig_filename for entree in entrees]
    if any(_NOM_INTERDIT.search(nom) for nom in noms) or len({nom.casefold() for nom in noms}) < len(noms):
        raise FichierRefuse("suspect")
    if any(entree.flag_bits & 0x41 for entree in entrees):
        raise FichierRefuse("protege")
    if any(entree.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entree in entrees):
        raise FichierRefuse("suspect")
    fin = 0
    for entree in sorted(entrees, key=lambda e: e.header_offset):
        debut = entree.header_offset
        if debut < fin or (fin == 0 and debut != 0):
            raise FichierRefuse("suspect")
        signature, nom, supplement = _ENTETE_LOCAL.unpack_from(octets, debut)
        if signature != b"PK\x03\x04":
            raise FichierRefuse("abime")
        fin = debut + _ENTETE_LOCAL.size + nom + supplement + entree.compress_size
    if fin > archive.start_dir:
        raise FichierRefuse("suspect")


def _lire(archive: zipfile.ZipFile, entree: zipfile.ZipInfo, plafond: int) -> bytes:
    """Content of one entry, never more than the cap whatever the entry declares."""
    if entree.file_size > plafond:
        raise FichierRefuse("trop_complexe")
    with archive.open(entree) as flux:
        contenu = flux.read(plafond + 1)
    if len(contenu) > plafond:
        raise FichierRefuse("trop_complexe")
    return contenu


def _verifier_xml(contenu: bytes) -> bytes:
    """What is looked at before parsing: encoding, document types."""
    debut = contenu[:400].replace(b"\x00", b"")
    if (declare := _ENCODAGES.search(debut)) and declare[1].lower() not in _ENCODAGES_ADMIS:
        raise FichierRefuse("suspect")
    if debut.startswith((b"\x4c\x6f\xa7", b"+ADw")):  # EBCDIC, UTF-7
        raise FichierRefuse("suspect")
    if b"\x00" in contenu[:4]:
        contenu_simple = contenu.replace(b"\x00", b"")
        if b"<!DOCTYPE" in contenu_simple or b"<!ENTITY" in contenu_simple:
            raise FichierRefuse("suspect")
    elif b"<!DOCTYPE" in contenu or b"<!ENTITY" in contenu:
        raise FichierRefuse("suspect")
    return contenu


def en_transitionnel(contenu: bytes) -> bytes:
    """A part of a strict document with the usual namespaces."""
    for strict, usuel in _TRANSITIONNEL:
        contenu = contenu.replace(strict, usuel)
    return contenu


def en_strict(contenu: bytes) -> bytes:
    """Inverse of ``en_transitionnel``."""
    for strict, usuel in _TRANSITIONNEL:
        contenu = contenu.replace(usuel, strict)
    return contenu


# --- the package ----------------------------------------------------------------------------------------------------


def _ouvrir(parties: dict[str, bytes], noms: list[str]) -> Archive:
    """Finds the document part and looks for what a form has no use for."""
    mimetype = parties.pop("mimetype", b"")
    strict = any(_STRICT in contenu for contenu in parties.values())
    if strict:
        parties = {nom: en_transitionnel(contenu) for nom, contenu in parties.items()}
    if "[Content_Types].xml" not in parties or "_rels/.rels" not in parties:
        raise FichierRefuse(reconnaitre_zip(noms, mimetype))
    archive = Archive(parties, _principale(parties), tuple(noms), strict)
    verifier_types(archive.arbre("[Content_Types].xml"), archive.principale, noms)
    for nom in parties:
        if nom.endswith(".rels"):
            verifier_liens(archive.arbre(nom))
    if archive.principale not in parties:
        raise FichierRefuse("abime")
    verifier_contenu(archive.document)
    for genre in ("header", "footer", "footnotes", "endnotes", "comments"):
        for nom in archive.liees(genre):
            verifier_contenu(archive.arbre(nom), corps=False)
    return archive


def _principale(parties: Mapping[str, bytes]) -> str:
    """Target of the officeDocument relation: Word Online calls it document2.xml."""
    cibles = [
        _cible("", lien.get("Target") or "")
        for lien in analyser(parties["_rels/.rels"])
        if isinstance(lien.tag, str) and (lien.get("Type") or "").endswith("/officeDocument")
    ]
    if len(cibles) != 1:
        raise FichierRefuse("suspect" if cibles else "inconnu")
    return cibles[0]


def _cible(source: str, cible: str) -> str:
    """Name of the part that a relation of ``source`` aims at."""
    return cible.lstrip("/") if cible.startswith("/") else normpath(join(dirname(source), cible))


def chemin_relations(nom: str) -> str:
    """Name of the part that holds the relations of another."""
    dossier, _, fichier = nom.rpartition("/")
    return f"{dossier}/_rels/{fichier}.rels" if dossier else f"_rels/{fichier}.rels"
