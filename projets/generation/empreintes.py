"""The journal of the copies: every line fingerprinted and chained as ``projets.chaine`` does, prepared once per model."""

import hashlib
from collections.abc import Callable
from typing import Any

from ..chaine import CHAMPS_DU_PASSAGE, canonique

_JALONS = {"le": "@le@", "precedente": "@precedente@", "projet_id": "@projet@", "par_id": "@par@"}


def sceau_de_ligne(ligne: dict[str, Any]) -> Callable[[int, int | None, str, str], str]:
    """Fingerprint of the copies of a line: of their project, author, moment (ISO, UTC, with microseconds) and of the fingerprint
    before.

    The canonical form is written once with marks where the copies differ; filling them gives what ``canonique`` would.
    """
    valeurs = {champ: ligne[champ] for champ in CHAMPS_DU_PASSAGE} | _JALONS
    valeurs["pour_services"] = bool(valeurs["pour_services"])
    texte = canonique(valeurs).decode("utf-8", "surrogatepass").replace("%", "%%")
    for nom, forme in (
        ("le", '"%(le)s"'),
        ("precedente", '"%(precedente)s"'),
        ("projet", "%(projet)s"),
        ("par", "%(par)s"),
    ):
        texte = texte.replace(f'"@{nom}@"', forme)

    def empreinte(projet: int, par: int | None, le: str, precedente: str) -> str:
        dit = texte % {"le": le, "precedente": precedente, "projet": projet, "par": "null" if par is None else par}
        return hashlib.sha256(dit.encode("utf-8", "surrogatepass")).hexdigest()

    return empreinte
