"""Reading and annotating as the portal does them: in a process apart, with hard limits, so that the web process loads neither
lxml nor the reader."""

import json
from collections.abc import Iterable

from ..constats import Constat
from ..questionnaire import Referentiel
from .formulaire import Formulaire
from .formulaires import DOSSIER
from .processus import executer
from .refus import FichierRefuse
from .resultats import Lecture, constat_vers_json


def lire_protege(
    octets: bytes, referentiel: Referentiel, formulaire: Formulaire = DOSSIER, **limites: float
) -> Lecture:
    """Same as ``lecture.lire``, in a process of its own that is killed when it passes its limits (``processus.executer``)."""
    lue = executer("lire", octets, referentiel, formulaire=formulaire.code, **limites)
    try:
        return Lecture.depuis_json(formulaire.classe, json.loads(lue))
    except (ValueError, KeyError, TypeError) as erreur:
        raise FichierRefuse("illisible") from erreur


def annoter_protege(
    octets: bytes, constats: Iterable[Constat], referentiel: Referentiel, formulaire: Formulaire = DOSSIER
) -> bytes:
    """Same as ``annotation.annoter``, in a process of its own that is killed when it passes its limits."""
    plats = [constat_vers_json(constat) for constat in constats]
    return executer("annoter", octets, referentiel, formulaire=formulaire.code, constats=plats)
