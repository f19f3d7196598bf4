"""The process that looks into one joined file for the portal: its own, limited in time and memory, killed beyond.

As ``word.processus``: forked from the souche, nothing is pickled, the file is written nowhere.
"""

import json
import logging
import struct

from ..souche.client import Interrompue, confier
from .verdict import Nettoyee, PieceRefusee

SECONDES = 10  # of processor time; a busy machine may take PATIENCE times as long to give them
PATIENCE = 4
MEMOIRE = 900 * 1024 * 1024
REFUSE = 3  # code of a file that was refused; the reason follows
_MODULE = "projets.pieces_jointes.__main__"
LONGUEUR = struct.Struct(">Q")

journal = logging.getLogger(__name__)


def nettoyer_protege(octets: bytes) -> Nettoyee:
    """``nettoyage.nettoyer`` in a process of its own. Raises PieceRefusee, however badly it ended."""
    try:
        code, reponse = confier(_MODULE, octets, memoire=MEMOIRE, secondes=SECONDES, delai=SECONDES * PATIENCE)
    except Interrompue as fin:
        journal.error("Justificatif refusé, vérification interrompue : %s", fin)
        raise PieceRefusee("trop_complexe" if fin.limite else "abime") from fin
    if code == REFUSE:
        raise PieceRefusee(*json.loads(reponse))
    (longueur,) = LONGUEUR.unpack_from(reponse)
    fin_entete = LONGUEUR.size + longueur
    dit = json.loads(reponse[LONGUEUR.size : fin_entete])
    return Nettoyee(reponse[fin_entete:], dit["type_mime"], dit["extension"], tuple(dit["retraits"]))
