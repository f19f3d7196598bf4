"""The journal of the copies: every line fingerprinted and chained as ``projets.chaine`` does, prepared once per model."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..chaine import CHAMPS_DU_PASSAGE, canonique

_JALONS = {"le": "@le@", "precedente": "@precedente@", "projet_id": "@projet@", "par_id": "@par@"}


def sceau_de_ligne(ligne: dict[str, Any]) -> Callable[[int, int | None, datetime, str], str]:
    """Fingerprint of the copies of a line: of their project, author, moment (UTC) and of the fingerprint before.

    The canonical form is written once with marks where the copies differ; filling them gives what ``canonique`` would.
    """
    valeurs = {champ: ligne[champ] for champ in CHAMPS_DU_PASSAGE} | _JALONS
    valeurs["pour_services"] = bool(valeurs["pour_services"])
    texte = canonique(valeurs).decode("utf-8", "surrogatepass")
    avant, noms = [], []
    for morceau in re.split(r'("@(?:le|precedente|projet|par)@")', texte):
        (noms if morceau[1:-1] in _JALONS.values() else avant).append(morceau)
    debut, *suites = avant
    ordre = [nom[2:-2] for nom in noms]

    def empreinte(projet: int, par: int | None, le: datetime, precedente: str) -> str:
        remplis = {
            "le": f'"{le.isoformat(timespec="microseconds")}"',
            "precedente": f'"{precedente}"',
            "projet": str(projet),
            "par": "null" if par is None else str(par),
        }
        dit = debut + "".join(remplis[nom] + suite for nom, suite in zip(ordre, suites, strict=True))
        return hashlib.sha256(dit.encode("utf-8", "surrogatepass")).hexdigest()

    return empreinte
