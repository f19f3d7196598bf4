"""A joined file made harmless: images are drawn again from their pixels, PDFs lose what acts by itself.

Everything a picture carried besides its pixels goes (place and time of the shot, camera, thumbnails, comments, whatever
follows its end). A PDF that holds nothing active is kept as it came, so that an electronic signature stays valid. To be run
in a process with limits: ``processus.nettoyer_protege``.
"""

import io
from collections.abc import Iterator
from typing import Any

import pikepdf

from ..images import ImageRefusee, repeindre
from .verdict import Nettoyee, PieceRefusee

COTE_MAX = 5_000  # pixels; beyond, an image is reduced: an invoice stays legible
TAILLE_MAX = 10 * 1024 * 1024
OBJETS_MAX = 300_000
QUALITE = 88

_ACTIONS = {
    "/JavaScript": "programme",
    "/Launch": "lancement",
    "/GoToR": "lancement",
    "/GoToE": "lancement",
    "/SubmitForm": "lancement",
    "/ImportData": "lancement",
    "/Rendition": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/RichMediaExecute": "media",
    "/GoTo3DView": "media",
}
_CLES = {
    "/JS": "programme",
    "/JavaScript": "programme",
    "/XFA": "programme",
    "/EmbeddedFiles": "fichiers",
    "/EF": "fichiers",
    "/AF": "fichiers",
    "/RichMediaContent": "media",
    "/RichMediaSettings": "media",
}
_ANNOTATIONS = {
    "/FileAttachment": "fichiers",
    "/RichMedia": "media",
    "/Screen": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/3D": "media",
}


def nettoyer(octets: bytes) -> Nettoyee:
    """The harmless version of a PDF, JPEG or PNG, told by its bytes. Raises PieceRefusee."""
    if octets.startswith(b"%PDF-"):
        return _pdf(octets)
    if octets.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return _image(octets)
    raise PieceRefusee("inconnu")


# --- images ---------------------------------------------------------------------------------------------------------


def _image(octets: bytes) -> Nettoyee:
    try:
        peinte = repeindre(octets, COTE_MAX)
    except ImageRefusee as refus:
        raise PieceRefusee("image", str(refus)) from refus
    except Exception as erreur:  # a decoder fed with an enemy's bytes may raise anything
        raise PieceRefusee("abime") from erreur
    if len(peinte.octets) > TAILLE_MAX:
        raise PieceRefusee("trop_lourd")
    return Nettoyee(peinte.octets, peinte.type_mime, peinte.extension)


# --- PDF ------------------------------------------------------------------------------------------------------------


def _pdf(octets: bytes) -> Nettoyee:
    try:
        with pikepdf.open(io.BytesIO(octets)) as pdf:
            if not len(pdf.pages):
                raise PieceRefusee("abime")
            retraits = _desarmer(pdf)
            # What had to be repaired could be read otherwise by another reader: only our reading of it is kept.
            if not retraits and not pdf.get_warnings():
                return Nettoyee(octets, "application/pdf", ".pdf")
            sortie = io.BytesIO()
            pdf.save(sortie, deterministic_id=True)  # sent twice, it is recognised
        with pikepdf.open(sortie) as relu:
            if _desarmer(relu):
                raise PieceRefusee("actif")
    except PieceRefusee:
        raise
    except pikepdf.PasswordError as protege:
        raise PieceRefusee("protege") from protege
    except MemoryError as trop:
        raise PieceRefusee("trop_complexe") from trop
    except Exception as erreur:  # as for images
        raise PieceRefusee("abime") from erreur
    return Nettoyee(sortie.getvalue(), "application/pdf", ".pdf", tuple(sorted(retraits)))


def _desarmer(pdf: pikepdf.Pdf) -> set[str]:
    """Takes out of a PDF what acts by itself, wherever it is. Codes of what was found."""
    trouves: set[str] = set()
    for rang, objet in enumerate(pdf.objects):
        if rang > OBJETS_MAX:
            raise PieceRefusee("trop_complexe")
        for dictionnaire in _dictionnaires(objet):
            trouves |= _desarmer_un(dictionnaire)
    for page in pdf.pages:
        trouves |= _sans_annotations_actives(page.obj)
    return trouves


def _dictionnaires(objet: Any) -> Iterator[Any]:
    """The dictionaries of one object, those inside included; references are other objects, seen in their turn."""
    pile = [objet]
    while pile:
        un = pile.pop()
        if isinstance(un, pikepdf.Stream):
            un = un.stream_dict
        if isinstance(un, pikepdf.Dictionary):
            yield un
            pile.extend(valeur for valeur in un.values() if _est_interieur(valeur))
        elif isinstance(un, pikepdf.Array):
            pile.extend(valeur for valeur in un if _est_interieur(valeur))


def _est_interieur(valeur: Any) -> bool:
    return isinstance(valeur, (pikepdf.Dictionary, pikepdf.Array)) and not valeur.is_indirect


def _desarmer_un(dictionnaire: Any) -> set[str]:
    trouves = set()
    action = _nom(dictionnaire.get("/S"))
    if action in _ACTIONS:
        trouves.add(_ACTIONS[action])
        _vider(dictionnaire)
        return trouves
    for cle, code in _CLES.items():
        if cle in dictionnaire:
            trouves.add(code)
            del dictionnaire[cle]
    # What starts by itself, at the opening or on an event, is kept only when it shows a page of the document.
    if "/AA" in dictionnaire:
        del dictionnaire["/AA"]
        trouves.add("programme")
    ouverture = dictionnaire.get("/OpenAction")
    if isinstance(ouverture, pikepdf.Dictionary) and _nom(ouverture.get("/S")) not in ("/GoTo", ""):
        del dictionnaire["/OpenAction"]
        trouves.add("programme")
    return trouves


def _sans_annotations_actives(page: Any) -> set[str]:
    annotations = page.get("/Annots")
    if not isinstance(annotations, pikepdf.Array):
        return set()
    gardees, trouves = [], set()
    for annotation in annotations:
        genre = _nom(annotation.get("/Subtype")) if isinstance(annotation, pikepdf.Dictionary) else ""
        if genre in _ANNOTATIONS:
            trouves.add(_ANNOTATIONS[genre])
        else:
            gardees.append(annotation)
    if trouves:
        page["/Annots"] = pikepdf.Array(gardees)
    return trouves


def _nom(valeur: Any) -> str:
    return str(valeur) if isinstance(valeur, pikepdf.Name) else ""


def _vider(dictionnaire: Any) -> None:
    for cle in list(dictionnaire.keys()):
        del dictionnaire[cle]
