"""The names under which files are kept and given back: never a path, nothing invisible, and the extension that the bytes deserve.

A system opens a file by the end of its name. A Word file is a zip, in which a page with a program can be laid as it is: called
« dossier.hta », it would run at the first double click of whoever instructs the project.
"""

from pathlib import PurePath

from django.core.exceptions import SuspiciousFileOperation
from django.utils.text import get_valid_filename, slugify

from .questionnaire import texte_propre

MIME_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# The first is the one given; the others are left as they came.
EXTENSIONS = {
    MIME_DOCX: (".docx",),
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
}
_CONNUES = {".bin", *(extension for extensions in EXTENSIONS.values() for extension in extensions)}


def nom_garde(nom: str, type_mime: str, defaut: str = "fichier") -> str:
    """The name shown for a file of this type; of an unknown type, only a name that none of ours contradicts."""
    propre = texte_propre(PurePath(nom.replace("\\", "/")).name) or defaut
    souche, point, suffixe = propre.rpartition(".")
    suffixe = f".{suffixe.lower()}" if point else ""
    permises = EXTENSIONS.get(type_mime) or _CONNUES
    if suffixe in permises:
        return f"{souche[:150] or defaut}{suffixe if type_mime not in EXTENSIONS else permises[0]}"
    return f"{propre[:150].rstrip('. ') or defaut}{EXTENSIONS[type_mime][0] if type_mime in EXTENSIONS else '.bin'}"


def nom_propre(nom: str, defaut: str = "fichier") -> str:
    """A name that no system misreads: letters, digits, dots and hyphens, 150 characters at most."""
    racine, point, extension = nom.rpartition(".")
    racine, extension = (racine, extension) if point else (nom, "")
    try:
        racine = get_valid_filename(racine.strip(" .") or defaut)[:140].strip("._") or defaut
    except SuspiciousFileOperation:  # nothing but signs: « !!! »
        racine = defaut
    extension = slugify(extension)[:8]
    return f"{racine}.{extension}" if extension else racine
