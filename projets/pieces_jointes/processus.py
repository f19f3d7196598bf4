"""The process that looks into one joined file for the portal: started afresh, limited in time and memory, killed beyond.

As ``word.processus``: nothing is forked, nothing is pickled, the file goes through stdin and is written nowhere.
"""

import json
import logging
import struct
import subprocess
import sys
from pathlib import Path

from .verdict import Nettoyee, PieceRefusee

SECONDES = 10  # of processor time; a busy machine may take PATIENCE times as long to give them
PATIENCE = 4
MEMOIRE = 900 * 1024 * 1024
REFUSE = 3  # exit code of a file that was refused; the reason is on stdout
_RACINE = Path(__file__).resolve().parents[2]
_COMMANDE = (
    "import sys; sys.path.insert(0, {racine!r}); from projets.pieces_jointes.__main__ import servir; servir({m}, {s})"
)
LONGUEUR = struct.Struct(">Q")

journal = logging.getLogger(__name__)


def nettoyer_protege(octets: bytes) -> Nettoyee:
    """``nettoyage.nettoyer`` in a process of its own. Raises PieceRefusee, however badly it ended."""
    commande = _COMMANDE.format(racine=str(_RACINE), m=MEMOIRE, s=SECONDES)
    try:
        fini = subprocess.run(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-I", "-c", commande],
            input=octets,
            capture_output=True,
            timeout=SECONDES * PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as erreur:
        raise PieceRefusee("trop_complexe") from erreur
    if fini.returncode == 0:
        (longueur,) = LONGUEUR.unpack_from(fini.stdout)
        fin = LONGUEUR.size + longueur
        dit = json.loads(fini.stdout[LONGUEUR.size : fin])
        return Nettoyee(fini.stdout[fin:], dit["type_mime"], dit["extension"], tuple(dit["retraits"]))
    if fini.returncode == REFUSE:
        raise PieceRefusee(*json.loads(fini.stdout))
    erreurs = fini.stderr.decode(errors="replace")
    journal.error("Justificatif refusé, vérification interrompue (code %s) : %s", fini.returncode, erreurs[-2000:])
    raise PieceRefusee("trop_complexe" if "MemoryError" in erreurs or fini.returncode < 0 else "abime")
