"""What runs in the process of ``processus.nettoyer_protege``: one file, what is kept of it; the souche has set the limits."""

import json

from .nettoyage import nettoyer
from .processus import LONGUEUR, REFUSE
from .verdict import PieceRefusee


def traiter(octets: bytes) -> tuple[int, bytes]:
    """What is kept of a file (code 0), or the code of the refusal (code REFUSE)."""
    try:
        gardee = nettoyer(octets)
    except PieceRefusee as refus:
        return REFUSE, json.dumps([refus.code, refus.message]).encode()
    dit = {"type_mime": gardee.type_mime, "extension": gardee.extension, "retraits": gardee.retraits}
    entete = json.dumps(dit).encode()
    return 0, LONGUEUR.pack(len(entete)) + entete + gardee.octets
