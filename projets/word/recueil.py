"""The words of a document that answer nothing we know: what the form says by itself is set aside, the rest is kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..questionnaire import texte_propre
from .gabarit import cle
from .libelles import autour, proche
from .structure import Rangee
from .texte import Ligne

_SEUIL_FIXE = 92.0
_COMPARAISONS_MAXIMUM = 3000  # texts compared to every sentence of the form: few of a real document are not exact


@dataclass
class Fragment:
    """Text that answers nothing we know; ``pres_de`` is what comes just before it."""

    texte: str
    pres_de: str
    element: Any


class Recueil:
    """What is left of one document. ``pres_de`` is the last title or label that was met."""

    def __init__(self, fixes: frozenset[str]):
        self.fixes = fixes
        self.fragments: list[Fragment] = []
        self.pres_de = ""
        self._comparaisons = 0

    def est_fixe(self, texte: str) -> bool:
        """Whether the blank form says this by itself, or nearly."""
        cherchee = cle(texte)
        if not cherchee or cherchee in self.fixes:
            return True
        if not 12 < len(cherchee) < 300 or self._comparaisons >= _COMPARAISONS_MAXIMUM:
            return False
        self._comparaisons += 1
        return proche(cherchee, self.fixes, seuil=_SEUIL_FIXE) is not None

    def perdre(self, lignes: Iterable[Ligne], element: Any) -> None:
        gardees = [ligne.texte for ligne in lignes if ligne.texte.strip() and not self.est_fixe(ligne.texte)]
        if gardees:
            self.ajouter("\n".join(gardees), element)

    def perdre_rangee(self, rangee: Rangee) -> None:
        """A row of a table that is none of ours comes back on one line, its cells apart."""
        textes = []
        for cellule in rangee.cellules:
            lignes = [ligne.texte for ligne in cellule.utiles if ligne.texte.strip() and not self.est_fixe(ligne.texte)]
            if lignes:
                textes.append("\n".join(lignes))
        if textes:
            element = rangee.cellules[0].element
            self.ajouter(textes[0] if len(textes) == 1 else " | ".join(t.replace("\n", " ") for t in textes), element)

    def ajouter(self, texte: str, element: Any) -> None:
        propre = texte_propre(texte, multiligne=True)
        if not any(caractere.isalnum() for caractere in propre):
            return
        self.fragments.append(Fragment(propre, self.pres_de, element))

    def perdre_autour(self, texte: str, libelle: str, element: Any) -> None:
        """Words that somebody wrote beside a label, on its line."""
        self.perdre([Ligne(morceau) for morceau in mots_autour(texte, libelle, self.fixes)], element)


def mots_autour(texte: str, libelle: str, fixes: frozenset[str]) -> list[str]:
    """What stands around a label and is neither its numbering nor said by the form."""
    morceaux = autour(texte_propre(texte), libelle) or ()
    return [m for m in morceaux if len(cle(m)) > 2 and not cle(m).isdecimal() and cle(m) not in fixes | _MENTIONS]


_MENTIONS = frozenset({"obligatoire", "facultatif", "question", "suite"})
