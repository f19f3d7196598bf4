"""The body of a Word document as tables, rows, cells and loose lines, whatever the editors wrapped them in."""

from collections.abc import Iterator, Sequence
from typing import Any

from .noms import ENVELOPPES, W, enfants
from .texte import Lecteur, Ligne, lire_lignes

_AUCUN: frozenset[int] = frozenset()


class Cellule:
    """One cell: its place in the grid, its lines, and the tables inside it."""

    __slots__ = (
        "_texte",
        "debut",
        "element",
        "etiquettes",
        "fusion",
        "imbriques",
        "largeur",
        "lignes",
        "lus",
        "signets",
    )

    def __init__(self, element: Any, debut: int, largeur: int, fusion: str, lecteur: Lecteur):
        self.element = element
        self.debut = debut  # first column of the grid it covers
        self.largeur = largeur  # number of columns of the grid it covers
        self.fusion = fusion  # "" alone, "restart" first of a vertical merge, "continue" below it
        self.lignes, tables = lecteur.lire_cellule(element)
        self.imbriques = [lire_tableau(table) for table in tables] if tables else ()
        self.lus: frozenset[int] = _AUCUN  # identities of the nested tables that were read for themselves
        self._texte: str | None = None
        self.etiquettes: Sequence[str] = ()  # of the cell itself, nested tables left out; the same for bookmarks
        self.signets: Sequence[str] = ()
        for ligne in self.lignes:
            if ligne.etiquettes and ligne.conteneur is None:
                self.etiquettes = (*self.etiquettes, *ligne.etiquettes)
            if ligne.signets and ligne.conteneur is None:
                self.signets = (*self.signets, *ligne.signets)

    def lire_a_part(self, tables: set[int]) -> None:
        """Takes nested tables out of the words of the cell."""
        self.lus = self.lus | tables
        self._texte = None

    @property
    def utiles(self) -> list[Ligne]:
        """Lines of the cell without those of the nested tables that were read as questions."""
        if not self.lus:
            return self.lignes
        return [ligne for ligne in self.lignes if id(ligne.conteneur) not in self.lus]

    @property
    def texte(self) -> str:
        if self._texte is None:
            lignes = self.utiles
            self._texte = (lignes[0].texte if len(lignes) == 1 else "\n".join(ligne.texte for ligne in lignes)).strip()
        return self._texte

    def etiqueter(self, nom: str) -> None:
        """A control around the whole cell carries its tag outside of it."""
        if not self.lignes:
            self.lignes.append(Ligne())
        premiere = self.lignes[0]
        premiere.etiquettes = [*premiere.etiquettes, nom]
        self.etiquettes = (*self.etiquettes, nom)


class Rangee:
    """One row; ``libelles`` keeps what its label cells say, once looked for."""

    __slots__ = ("cellules", "element", "libelles")

    def __init__(self, element: Any, cellules: list[Cellule]):
        self.element = element
        self.cellules = cellules
        self.libelles: Any = None


class Tableau:
    __slots__ = ("element", "rangees")

    def __init__(self, element: Any, rangees: list[Rangee]):
        self.element = element
        self.rangees = rangees


Bloc = Tableau | Ligne


def blocs(corps: Any) -> Iterator[tuple[Bloc, Any]]:
    """Tables and loose lines of a body in order, each with its element."""
    for element in enfants(corps, f"{W}p", f"{W}tbl"):
        if element.tag == _TBL:
            yield lire_tableau(element), element
        else:
            for ligne in lire_lignes(element):
                yield ligne, element


def lire_tableau(element: Any) -> Tableau:
    """Rows and cells of a table; deleted rows and cells are left out."""
    rangees, lecteur = [], Lecteur()
    for tr in enfants(element, _TR):
        debut = _debut_de_rangee(tr)
        if debut is not None:
            cellules: list[Cellule] = []
            _lire_cellules(tr, cellules, debut, (), lecteur)
            rangees.append(Rangee(tr, cellules))
    return Tableau(element, rangees)


def _debut_de_rangee(tr: Any) -> int | None:
    """First column of the grid that the row covers; None for a row that was deleted under track changes."""
    debut = 0
    if len(tr):
        for proprietes in (tr[0], tr[1] if len(tr) > 1 else tr[0]):  # tblPrEx may come before trPr
            if proprietes.tag == _TRPR:
                for propriete in proprietes:
                    if propriete.tag == f"{W}del":
                        return None
                    if propriete.tag == f"{W}gridBefore":
                        debut = _entier(propriete, 0)
    return debut


def _lire_cellules(
    parent: Any, cellules: list[Cellule], debut: int, etiquettes: Sequence[str], lecteur: Lecteur
) -> int:
    """Cells of a row, also inside the wrappers that editors add; returns the first free column of the grid."""
    for enfant in parent:
        nom = enfant.tag
        if nom == _TC:
            cellule = _cellule(enfant, debut, lecteur)
            if cellule is not None:
                for etiquette in etiquettes:
                    cellule.etiqueter(etiquette)
                cellules.append(cellule)
                debut += cellule.largeur
        elif nom in ENVELOPPES:
            autres = etiquettes
            if nom == f"{W}sdt":
                etiquette = enfant.find(f"{W}sdtPr/{W}tag")
                if etiquette is not None and etiquette.get(f"{W}val"):
                    autres = (*etiquettes, etiquette.get(f"{W}val"))
            debut = _lire_cellules(enfant, cellules, debut, autres, lecteur)
    return debut


def _cellule(tc: Any, debut: int, lecteur: Lecteur) -> Cellule | None:
    largeur, fusion = 1, ""
    if len(tc) and tc[0].tag == _TCPR:
        for propriete in tc[0]:
            nom = propriete.tag
            if nom == _SPAN:
                largeur = max(1, _entier(propriete, 1))
            elif nom == _VMERGE:
                fusion = "restart" if propriete.get(f"{W}val") == "restart" else "continue"
            elif nom == f"{W}cellDel":
                return None
    return Cellule(tc, debut, largeur, fusion, lecteur)


def _entier(element: Any, defaut: int) -> int:
    valeur = element.get(f"{W}val")
    return min(int(valeur), 1000) if valeur and valeur.isdecimal() and len(valeur) < 9 else defaut


_TBL, _TR, _TC = f"{W}tbl", f"{W}tr", f"{W}tc"
_TRPR, _TCPR, _SPAN, _VMERGE = f"{W}trPr", f"{W}tcPr", f"{W}gridSpan", f"{W}vMerge"
