"""The process that reads or annotates one file for the portal: started afresh, limited in time and memory, killed beyond.

Safe from a threaded server: nothing is forked. Everything travels as JSON and bytes, nothing is pickled; the file goes
through stdin and is written nowhere.
"""

import json
import logging
import struct
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from ..questionnaire import Option, Referentiel
from .refus import FichierRefuse

SECONDES = 3.0  # of processor time; a busy machine may take PATIENCE times as long to give them
PATIENCE = 4
MEMOIRE = 300 * 1024 * 1024
REFUSE = 3  # exit code of a file that was refused; the reason is on stdout
_RACINE = Path(__file__).resolve().parents[2]
_COMMANDE = "import sys; sys.path.insert(0, {racine!r}); from projets.word.__main__ import servir; servir({memoire}, {secondes})"
_LONGUEUR = struct.Struct(">Q")

journal = logging.getLogger(__name__)


def executer(
    geste: str,
    octets: bytes,
    referentiel: Referentiel,
    *,
    secondes: float = SECONDES,
    memoire: int = MEMOIRE,
    **donnees: Any,
) -> bytes:
    """What one gesture of ``__main__.GESTES`` makes of a file. Raises FichierRefuse, for whatever reason it did not end well.

    ``secondes`` of processor time, ``memoire`` in bytes; ``donnees`` is what the gesture needs besides, as JSON.
    """
    commande = _COMMANDE.format(racine=str(_RACINE), memoire=int(memoire), secondes=max(1, int(secondes)))
    try:
        fini = subprocess.run(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-I", "-c", commande],
            input=coder({"geste": geste, "referentiel": referentiel_vers_json(referentiel), **donnees}, octets),
            capture_output=True,
            timeout=secondes * PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as erreur:
        raise FichierRefuse("trop_long") from erreur
    if fini.returncode == 0:
        return fini.stdout
    if fini.returncode == REFUSE:
        refus = json.loads(fini.stdout)
        raise FichierRefuse(refus["code"], refus["message"])
    erreurs = fini.stderr.decode(errors="replace")
    journal.error("Lecture Word interrompue (code %s) : %s", fini.returncode, erreurs[-2000:])
    raise FichierRefuse("trop_long" if "MemoryError" in erreurs or fini.returncode < 0 else "illisible")


def coder(demande: dict[str, Any], octets: bytes) -> bytes:
    """What is asked as JSON with its length in front, then the file."""
    entete = json.dumps(demande).encode()
    return _LONGUEUR.pack(len(entete)) + entete + octets


def decoder(message: bytes) -> tuple[dict[str, Any], Referentiel, bytes]:
    (longueur,) = _LONGUEUR.unpack_from(message)
    debut = _LONGUEUR.size
    demande = json.loads(message[debut : debut + longueur])
    return demande, _referentiel_depuis_json(demande.pop("referentiel")), message[debut + longueur :]


def referentiel_vers_json(referentiel: Referentiel) -> dict[str, Any]:
    return {
        "appel": referentiel.appel,
        "titre": referentiel.titre,
        "cite": referentiel.cite,
        "version": referentiel.version,
        "plafond_materiel_ht": str(referentiel.plafond_materiel_ht),
        "phrase_communication": referentiel.phrase_communication,
        "texte_logos": referentiel.texte_logos,
        "degres": dict(referentiel.degres),
        "listes": {
            nom: [[o.code, o.libelle, list(o.groupes), o.aide] for o in options]
            for nom, options in referentiel.listes.items()
        },
    }


def _referentiel_depuis_json(appel: dict[str, Any]) -> Referentiel:
    appel["plafond_materiel_ht"] = Decimal(appel["plafond_materiel_ht"])
    appel["listes"] = {
        nom: tuple(Option(code, libelle, tuple(groupes), aide) for code, libelle, groupes, aide in options)
        for nom, options in appel["listes"].items()
    }
    return Referentiel(**appel)
