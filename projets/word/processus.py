"""The process that reads or annotates one file for the portal: its own, limited in time and memory, killed beyond.

It is forked from the souche (``projets.souche``), never from the web process. Everything travels as JSON and bytes, nothing is
pickled; the file is written nowhere.
"""

import json
import logging
import struct
from decimal import Decimal
from typing import Any

from ..questionnaire import Option, Referentiel
from ..souche.client import Interrompue, confier
from .refus import FichierRefuse

SECONDES = 3.0  # of processor time; a busy machine may take PATIENCE times as long to give them
PATIENCE = 4
MEMOIRE = 300 * 1024 * 1024
REFUSE = 3  # code of a file that was refused; the reason follows
_MODULE = "projets.word.__main__"
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
    demande = coder({"geste": geste, "referentiel": referentiel_vers_json(referentiel), **donnees}, octets)
    try:
        code, reponse = confier(_MODULE, demande, memoire=memoire, secondes=int(secondes), delai=secondes * PATIENCE)
    except Interrompue as fin:
        journal.error("Lecture Word interrompue : %s", fin)
        raise FichierRefuse("trop_long" if fin.limite else "illisible") from fin
    if code == REFUSE:
        refus = json.loads(reponse)
        raise FichierRefuse(refus["code"], refus["message"])
    return reponse


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
