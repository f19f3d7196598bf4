"""What runs in the process of ``processus.executer``: one file, its answer; the souche has set the limits before."""

import json
from typing import Any

from ..questionnaire import Referentiel
from .annotation import annoter
from .formulaires import FORMULAIRES
from .lecture import lire
from .processus import REFUSE, decoder
from .refus import FichierRefuse
from .resultats import constat_depuis_json


def _lire(octets: bytes, referentiel: Referentiel, formulaire: str) -> bytes:
    return json.dumps(lire(octets, referentiel, FORMULAIRES[formulaire]).vers_json()).encode()


def _annoter(octets: bytes, referentiel: Referentiel, formulaire: str, constats: list[dict[str, Any]]) -> bytes:
    return annoter(octets, map(constat_depuis_json, constats), referentiel, FORMULAIRES[formulaire])


GESTES = {"lire": _lire, "annoter": _annoter}


def traiter(message: bytes) -> tuple[int, bytes]:
    """What the gesture makes (code 0) or the refusal (code REFUSE) of a message of ``processus.coder``."""
    demande, referentiel, octets = decoder(message)
    try:
        return 0, GESTES[demande.pop("geste")](octets, referentiel, **demande)
    except FichierRefuse as refus:
        return REFUSE, json.dumps({"code": refus.code, "message": refus.message}).encode()
