"""Reads a deposited Word form back into its answers, and says what it could not read and what it could not place.

``lire`` passes the file through the safety gate first; ``lire_protege`` does the same in a separate process with hard limits
of time and memory. Nothing is dropped: an unreadable answer stays empty with an anomaly that quotes it, and text that
answers no question comes back in ``non_reconnu``.
"""

import json
import logging
import subprocess
import sys
from pathlib import Path

from ..questionnaire import Referentiel
from .analyse import Analyse, autres_parties
from .controle import controler
from .formulaire import Formulaire
from .formulaires import DOSSIER
from .processus import REFUSE, coder
from .refus import FichierRefuse
from .resultats import Lecture, NonReconnu, Source

__all__ = ["FichierRefuse", "Lecture", "NonReconnu", "Source", "lire", "lire_protege"]

SECONDES = 4.5  # of processor time; a busy machine may take PATIENCE times as long to give them
PATIENCE = 4
MEMOIRE = 300 * 1024 * 1024
_RACINE = Path(__file__).resolve().parents[2]
_COMMANDE = "import sys; sys.path.insert(0, {racine!r}); from projets.word.__main__ import servir; servir({memoire}, {secondes})"

journal = logging.getLogger(__name__)


def lire(octets: bytes, referentiel: Referentiel, formulaire: Formulaire = DOSSIER) -> Lecture:
    """Reads a file in this process. Raises FichierRefuse when the gate refuses it."""
    archive = controler(octets)
    analyse = Analyse(archive.document, referentiel, formulaire)
    analyse.non_reconnu += autres_parties(archive, referentiel, formulaire)
    return analyse.lecture()


def lire_protege(
    octets: bytes,
    referentiel: Referentiel,
    formulaire: Formulaire = DOSSIER,
    *,
    secondes: float = SECONDES,
    memoire: int = MEMOIRE,
) -> Lecture:
    """Same as ``lire``, in a process of its own that is killed when it passes ``secondes`` (CPU) or ``memoire`` (bytes).

    Safe from a threaded server: a fresh interpreter is started, nothing is forked. Raises FichierRefuse, for whatever reason
    the reading did not end well.
    """
    commande = _COMMANDE.format(racine=str(_RACINE), memoire=int(memoire), secondes=max(1, int(secondes)))
    try:
        fini = subprocess.run(  # noqa: S603 - our own interpreter and code, the file goes through stdin
            [sys.executable, "-I", "-c", commande],
            input=coder(octets, referentiel, formulaire.code),
            capture_output=True,
            timeout=secondes * PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as erreur:
        raise FichierRefuse("trop_long") from erreur
    try:
        if fini.returncode == REFUSE:
            refus = json.loads(fini.stdout)
            raise FichierRefuse(refus["code"], refus["message"])
        if fini.returncode == 0:
            return Lecture.depuis_json(formulaire.classe, json.loads(fini.stdout))
    except (ValueError, KeyError, TypeError) as erreur:
        raise FichierRefuse("illisible") from erreur
    journal.error(
        "Lecture Word interrompue (code %s) : %s", fini.returncode, fini.stderr.decode(errors="replace")[-2000:]
    )
    raise FichierRefuse("trop_long" if b"MemoryError" in fini.stderr or fini.returncode < 0 else "illisible")
