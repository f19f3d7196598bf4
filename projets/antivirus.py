"""The antivirus at the door: a file that arrives goes through it before anything else is done with it, or is refused."""

import hashlib
import logging
from collections.abc import Iterable

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from cite_educative.clamd import AntivirusMuet, analyser

from .word.refus import FichierRefuse

logger = logging.getLogger(__name__)


def examiner(octets: bytes) -> None:
    """Lets a file through, at once when no antivirus is set. Raises FichierRefuse: « virus », or « antivirus » without verdict.

    The door stays shut while the antivirus is silent: nobody would know which files came in without being looked at.
    """
    if not settings.CLAMAV_URL:
        return
    empreinte = hashlib.sha256(octets).hexdigest()
    try:
        signature = analyser(octets, settings.CLAMAV_URL)
    except AntivirusMuet as panne:
        logger.error("fichier refusé motif=antivirus sha256=%s taille=%d panne=%s", empreinte, len(octets), panne)
        raise FichierRefuse("antivirus") from panne
    if signature:
        logger.warning("fichier refusé motif=virus sha256=%s taille=%d signature=%s", empreinte, len(octets), signature)
        raise FichierRefuse("virus")


def examiner_tous(fichiers: Iterable[UploadedFile]) -> dict[UploadedFile, FichierRefuse]:
    """Those of several files that the antivirus refuses. Silent for one, it is not waited for again: the next are refused."""
    refuses: dict[UploadedFile, FichierRefuse] = {}
    if not settings.CLAMAV_URL:
        return refuses
    panne: FichierRefuse | None = None
    for fichier in fichiers:
        try:
            if panne:
                raise panne
            fichier.seek(0)
            examiner(fichier.read())
        except FichierRefuse as refus:
            refuses[fichier] = refus
            panne = refus if refus.code == "antivirus" else None
        finally:
            fichier.seek(0)
    return refuses
