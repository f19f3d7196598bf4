"""Reads a deposited Word form back into its answers, and says what it could not read and what it could not place.

``lire`` passes the file through the safety gate first; the portal calls ``protege.lire_protege``, which does it in a process
apart. Nothing is dropped: an unreadable answer stays empty with an anomaly that quotes it, and text that
answers no question comes back in ``non_reconnu``.
"""

from ..questionnaire import Referentiel
from .analyse import Analyse, autres_parties
from .controle import controler
from .formulaire import Formulaire
from .formulaires import DOSSIER
from .refus import FichierRefuse
from .resultats import Lecture, NonReconnu, Source

__all__ = ["FichierRefuse", "Lecture", "NonReconnu", "Source", "lire"]


def lire(octets: bytes, referentiel: Referentiel, formulaire: Formulaire = DOSSIER) -> Lecture:
    """Reads a file in this process. Raises FichierRefuse when the gate refuses it."""
    archive = controler(octets)
    analyse = Analyse(archive.document, referentiel, formulaire)
    analyse.non_reconnu += autres_parties(archive, referentiel, formulaire)
    return analyse.lecture()
