"""Reads a deposited Word form back into its answers, and says what it could not read and what it could not place.

``lire`` passes the file through the safety gate first; ``lire_protege`` does the same in a separate process with hard limits
of time and memory. Nothing is dropped: an unreadable answer stays empty with an anomaly that quotes it, and text that
answers no question comes back in ``non_reconnu``.
"""

import json

from ..questionnaire import Referentiel
from .analyse import Analyse, autres_parties
from .controle import controler
from .formulaire import Formulaire
from .formulaires import DOSSIER
from .processus import executer
from .refus import FichierRefuse
from .resultats import Lecture, NonReconnu, Source

__all__ = ["FichierRefuse", "Lecture", "NonReconnu", "Source", "lire", "lire_protege"]


def lire(octets: bytes, referentiel: Referentiel, formulaire: Formulaire = DOSSIER) -> Lecture:
    """Reads a file in this process. Raises FichierRefuse when the gate refuses it."""
    archive = controler(octets)
    analyse = Analyse(archive.document, referentiel, formulaire)
    analyse.non_reconnu += autres_parties(archive, referentiel, formulaire)
    return analyse.lecture()


def lire_protege(
    octets: bytes, referentiel: Referentiel, formulaire: Formulaire = DOSSIER, **limites: float
) -> Lecture:
    """Same as ``lire``, in a process of its own that is killed when it passes its limits (``processus.executer``)."""
    lue = executer("lire", octets, referentiel, formulaire=formulaire.code, **limites)
    try:
        return Lecture.depuis_json(formulaire.classe, json.loads(lue))
    except (ValueError, KeyError, TypeError) as erreur:
        raise FichierRefuse("illisible") from erreur
