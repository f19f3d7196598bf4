"""A picture that somebody sent, first read in the process with limits: no decoder of the web sees an enemy's bytes."""

from ..images import COTE_MAX, ImagePropre, ImageRefusee, repeindre
from .processus import nettoyer_protege
from .verdict import PieceRefusee


def repeindre_protege(octets: bytes, cote: int = COTE_MAX) -> ImagePropre:
    """``images.repeindre`` of what the limited process has already drawn again. Raises ImageRefusee."""
    try:
        gardee = nettoyer_protege(octets)
    except PieceRefusee as refus:
        raise ImageRefusee(refus.message[:1].upper() + refus.message[1:]) from refus
    if not gardee.type_mime.startswith("image/"):
        raise ImageRefusee("Choisissez une image JPEG ou PNG : un PDF n’est pas une photo.")
    return repeindre(gardee.octets, cote)
