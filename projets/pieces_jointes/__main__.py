"""What runs in the process of ``processus.nettoyer_protege``: one file on stdin, what is kept of it on stdout."""

import json
import resource
import sys

from .nettoyage import nettoyer
from .processus import LONGUEUR, REFUSE
from .verdict import PieceRefusee


def servir(memoire: int, secondes: int) -> None:
    """Reads stdin, writes what is kept of it (exit 0) or the code of the refusal (exit REFUSE); dies beyond its limits."""
    for ressource, limite in (
        (resource.RLIMIT_AS, memoire),
        (resource.RLIMIT_CPU, secondes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(ressource, (limite, limite))
    try:
        gardee = nettoyer(sys.stdin.buffer.read())
    except PieceRefusee as refus:
        sys.stdout.buffer.write(json.dumps([refus.code, refus.message]).encode())
        sys.stdout.buffer.flush()
        sys.exit(REFUSE)
    dit = {"type_mime": gardee.type_mime, "extension": gardee.extension, "retraits": gardee.retraits}
    entete = json.dumps(dit).encode()
    sys.stdout.buffer.write(LONGUEUR.pack(len(entete)) + entete + gardee.octets)
    sys.stdout.buffer.flush()
