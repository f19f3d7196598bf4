"""A picture rewritten from its pixels: no place, no date, no name of a camera, nothing that was hidden behind it."""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = {"PNG": ("image/png", ".png"), "JPEG": ("image/jpeg", ".jpg")}
PIXELS_MAX = 50_000_000  # what a good telephone makes; more is a bomb, or a poster to be sent as PDF
COTE_MAX = 12_000
TROP_GRANDE = "Cette image est trop grande\u00a0: réduisez-la à 6\u202f000\u00a0pixels de côté au plus."


class ImageRefusee(Exception):
    """The bytes are not a picture that the portal takes; ``str()`` says why, in French."""


@dataclass(frozen=True)
class ImagePropre:
    octets: bytes
    type_mime: str
    extension: str
    largeur: int
    hauteur: int


def repeindre(octets: bytes, cote: int = COTE_MAX) -> ImagePropre:
    """The same picture, upright, at most ``cote`` pixels a side, with its pixels and nothing else.

    EXIF data (where a child was, and when) and whatever follows the picture in the file are left out. Raises ImageRefusee.
    """
    try:
        with Image.open(io.BytesIO(octets), formats=tuple(FORMATS)) as lue:
            genre = lue.format
            if lue.width * lue.height > PIXELS_MAX or max(lue.size) > COTE_MAX:
                raise ImageRefusee(TROP_GRANDE)
            droite = ImageOps.exif_transpose(lue)
            droite.load()
    except Image.DecompressionBombError as refus:  # told before our own limit, when it is much beyond
        raise ImageRefusee(TROP_GRANDE) from refus
    except UnidentifiedImageError as refus:
        raise ImageRefusee("Ce fichier n’est pas une image JPEG ou PNG que nous sachions lire.") from refus
    except (OSError, SyntaxError, ValueError, MemoryError, EOFError) as refus:
        raise ImageRefusee(
            "Cette image est abîmée : ouvrez-la, enregistrez-la de nouveau, puis renvoyez-la."
        ) from refus
    modes = ("RGB", "RGBA", "L", "LA") if genre == "PNG" else ("RGB", "L")
    if droite.mode not in modes:
        droite = droite.convert("RGBA" if genre == "PNG" else "RGB")
    droite.thumbnail((cote, cote))
    nue = Image.new(droite.mode, droite.size)
    nue.paste(droite)
    sortie = io.BytesIO()
    nue.save(sortie, genre, **({"optimize": True} if genre == "PNG" else {"quality": 88, "progressive": True}))
    return ImagePropre(sortie.getvalue(), *FORMATS[genre], *nue.size)
