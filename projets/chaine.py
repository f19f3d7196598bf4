"""The fingerprints that chain the lines of the journal and its seals. Pure functions over plain values; no database here.

A line's ``empreinte`` is the SHA-256 of the canonical JSON of everything it says and of the fingerprint of the line before it
in the same chain (one chain per project, one for the portal). Its primary key, unknown when it is written, is left out.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

# Everything a line says, in the names of the columns. Adding a field here would change every fingerprint already written.
CHAMPS_DU_PASSAGE = (
    "projet_id",
    "rang",
    "action",
    "de",
    "vers",
    "par_id",
    "au_titre_de",
    "motif",
    "pour_services",
    "le",
    "voie",
    "reperage",
    "adresse",
    "precedente",
)


def canonique(valeurs: Mapping[str, Any]) -> bytes:
    """The one way of writing values down: sorted keys, no spaces, UTF-8, moments in UTC with microseconds."""
    return json.dumps(
        {cle: _ecrire(valeur) for cle, valeur in valeurs.items()},
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode("utf-8", "surrogatepass")


def _ecrire(valeur: Any) -> Any:
    if isinstance(valeur, datetime):
        return valeur.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(valeur, str):
        return str(valeur)  # the member of an enumeration is its value
    return valeur


def empreinte_du_passage(valeurs: Mapping[str, Any]) -> str:
    """Fingerprint of a line, from a mapping that holds at least ``CHAMPS_DU_PASSAGE``."""
    return hashlib.sha256(canonique({champ: valeurs[champ] for champ in CHAMPS_DU_PASSAGE})).hexdigest()


def empreinte_du_sceau(
    *, rang: int, le: datetime, passages: int, dernier: int, tetes: Iterable[Iterable[Any]], precedente: str
) -> str:
    """Fingerprint of a seal: how many lines there were, where each chain that moved had come to, and the seal before."""
    return hashlib.sha256(
        canonique(
            {
                "rang": rang,
                "le": le,
                "passages": passages,
                "dernier": dernier,
                "tetes": [list(tete) for tete in tetes],
                "precedente": precedente,
            }
        )
    ).hexdigest()
