"""The process that reads one file for ``lecture.lire_protege``: file on stdin, JSON on stdout, limits set before anything."""

import json
import resource
import sys

from .formulaires import FORMULAIRES
from .lecture import lire
from .processus import REFUSE, decoder
from .refus import FichierRefuse


def servir(memoire: int, secondes: int) -> None:
    """Reads stdin, writes the Lecture (exit 0) or the refusal (exit REFUSE); dies when a limit is passed."""
    for ressource, limite in (
        (resource.RLIMIT_AS, memoire),
        (resource.RLIMIT_CPU, secondes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(ressource, (limite, limite))
    try:
        octets, referentiel, formulaire = decoder(sys.stdin.buffer.read())
        reponse, code = lire(octets, referentiel, FORMULAIRES[formulaire]).vers_json(), 0
    except FichierRefuse as refus:
        reponse, code = {"code": refus.code, "message": refus.message}, REFUSE
    sys.stdout.buffer.write(json.dumps(reponse).encode())
    sys.stdout.buffer.flush()
    sys.exit(code)
