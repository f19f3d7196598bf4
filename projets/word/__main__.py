"""What runs in the process of ``processus.executer``: one file on stdin, its answer on stdout, limits set before anything."""

import gc
import json
import resource
import sys
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


def servir(memoire: int, secondes: int) -> None:
    """Reads stdin, writes what the gesture makes (exit 0) or the refusal (exit REFUSE); dies when a limit is passed."""
    for ressource, limite in (
        (resource.RLIMIT_AS, memoire),
        (resource.RLIMIT_CPU, secondes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(ressource, (limite, limite))
    gc.disable()  # one file, then the end
    demande, referentiel, octets = decoder(sys.stdin.buffer.read())
    try:
        reponse, code = GESTES[demande.pop("geste")](octets, referentiel, **demande), 0
    except FichierRefuse as refus:
        reponse, code = json.dumps({"code": refus.code, "message": refus.message}).encode(), REFUSE
    sys.stdout.buffer.write(reponse)
    sys.stdout.buffer.flush()
    sys.exit(code)
