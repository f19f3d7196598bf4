"""How a file and its call travel to the process that reads it, and how the answer comes back: JSON and bytes, no pickle."""

import json
import struct
from decimal import Decimal

from ..questionnaire import Option, Referentiel

REFUSE = 3  # exit code of a file that the gate refused; the reason is on stdout
_LONGUEUR = struct.Struct(">Q")


def coder(octets: bytes, referentiel: Referentiel, formulaire: str) -> bytes:
    """The call and the code of the form as JSON with its length in front, then the file."""
    appel = json.dumps(
        {
            "formulaire": formulaire,
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
    ).encode()
    return _LONGUEUR.pack(len(appel)) + appel + octets


def decoder(message: bytes) -> tuple[bytes, Referentiel, str]:
    (longueur,) = _LONGUEUR.unpack_from(message)
    debut = _LONGUEUR.size
    appel = json.loads(message[debut : debut + longueur])
    appel["plafond_materiel_ht"] = Decimal(appel["plafond_materiel_ht"])
    appel["listes"] = {
        nom: tuple(Option(code, libelle, tuple(groupes), aide) for code, libelle, groupes, aide in options)
        for nom, options in appel["listes"].items()
    }
    formulaire = appel.pop("formulaire")
    return message[debut + longueur :], Referentiel(**appel), formulaire
