"""The lines of a tick list: the box of each, typed or drawn, its words, and what made it stand out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..questionnaire import texte_propre
from ..valeurs import CASES_VIDES, COCHES
from .libelles import Options
from .texte import Ligne

CASE = re.compile(f"[{''.join(sorted(COCHES | CASES_VIDES))}]")
CASE_COCHEE = re.compile(f"[{''.join(sorted(COCHES))}]")
_CASE_ET_VARIANTE = re.compile(f"[{''.join(sorted(COCHES | CASES_VIDES))}\ufe0e\ufe0f]")
_CROIX = r"[xX✗✘✓✔]"
_TYPEE = re.compile(rf"^[\[({{]\s*({_CROIX}?)\s*[\])}}]\s*(.*)$|^({_CROIX})(?:\s*[-:.]\s*|\s+)(.*)$", re.DOTALL)
_APRES = re.compile(rf"^(.*\S)\s*[\[({{]\s*({_CROIX}?)\s*[\])}}]$|^(.*\S)\s+({_CROIX})$", re.DOTALL)
_OUI_NON = re.compile(r"^(.*\S)\s*[:=]\s*(oui|non)$", re.IGNORECASE | re.DOTALL)


@dataclass(slots=True)
class Entree:
    """One line of a tick list: ``etat`` is None when it has no box."""

    texte: str
    etat: bool | None
    etiquettes: Sequence[str]
    signets: Sequence[str]
    contredite: bool = False
    soulignee: bool = False
    barree: bool = False


def entrees_de(ligne: Ligne, options: Options | None = None) -> list[Entree]:
    """The options of one line: usually one, several when boxes follow each other on it."""
    texte = ligne.texte
    places = [trouvee.start() for trouvee in CASE.finditer(texte)]
    if len(places) <= 1:
        entree = _entree(texte, ligne.etiquettes, ligne.signets, options)
        entree.soulignee, entree.barree = ligne.soulignee, ligne.barree
        return [entree]
    avant = not texte[places[-1] + 1 :].strip() and texte[: places[0]].strip()  # « Oui ☒ Non ☐ »
    bornes = [0, *(rang + 1 for rang in places)] if avant else [*places, len(texte)]
    morceaux = [texte[debut:fin] for debut, fin in pairwise(bornes)]
    if not avant and texte[: places[0]].strip():
        morceaux[0] = texte[: places[0]] + morceaux[0]
    alignes = len(ligne.etiquettes) == len(morceaux)
    return [_entree(m, [ligne.etiquettes[rang]] if alignes else [], [], options) for rang, m in enumerate(morceaux)]


def _entree(texte: str, etiquettes: Sequence[str], signets: Sequence[str], options: Options | None) -> Entree:
    """Box, typed cross and words of one option; words that are an option as they stand hold no cross."""
    etat: bool | None = None
    if CASE.search(texte):
        etat = CASE_COCHEE.search(texte) is not None
        texte = _CASE_ET_VARIANTE.sub(" ", texte)
    nu = texte_propre(texte).removeprefix("| ")  # a box and its words in two cells of a nested table
    marque, reste = (None, nu) if options and options.est_affichee(nu) else _croix(nu)
    if marque is None and options and nu[-1:] in ("x", "X") and options.est_affichee(nu[:-1]):
        marque, reste = True, nu[:-1]  # a cross typed against the last letter
    if marque is None:
        return Entree(nu, etat, etiquettes, signets)
    return Entree(reste, marque or bool(etat), etiquettes, signets, contredite=marque and etat is False)


def _croix(texte: str) -> tuple[bool | None, str]:
    """A typed mark before or after the words: (ticked or not, words), (None, text) without any."""
    if texte in ("x", "X"):
        return True, ""
    if trouve := _TYPEE.match(texte):
        if trouve[2] is not None:
            return bool(trouve[1]), trouve[2]
        return True, trouve[4]
    if trouve := _APRES.match(texte):
        if trouve[1] is not None:
            return bool(trouve[2]), trouve[1]
        return True, trouve[3]
    if trouve := _OUI_NON.match(texte):
        return trouve[2].lower() == "oui", trouve[1]
    return None, texte
