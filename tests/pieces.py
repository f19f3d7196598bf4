"""Files that people join, harmless and hostile, made by the libraries that read them."""

import io

import pikepdf
from PIL import Image


def pdf(prepare=None, **options):
    """A document of one page; ``prepare`` changes it before it is written."""
    document, sortie = pikepdf.Pdf.new(), io.BytesIO()
    document.add_blank_page(page_size=(200, 200))
    if prepare:
        prepare(document)
    document.save(sortie, deterministic_id=not options.get("encryption"), **options)
    return sortie.getvalue()


def image(genre="JPEG", taille=(40, 30), mode="RGB", **options):
    sortie = io.BytesIO()
    Image.new(mode, taille, 128).save(sortie, genre, **options)
    return sortie.getvalue()


PDF, JPEG, PNG = pdf(), image(), image("PNG")
