"""The body of a Word document as tables, rows, cells and loose lines, whatever the editors wrapped them in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .noms import W, enfants
from .texte import Ligne, lire_lignes, lire_paragraphe


@dataclass(slots=True)
class Cellule:
    element: Any
    debut: int  # first column of the grid it covers
    largeur: int  # number of columns of the grid it covers
    fusion: str  # "" alone, "restart" first of a vertical merge, "continue" below it
    lignes: list[Ligne]
    imbriques: list["Tableau"] = field(default_factory=list)
    lus: set[int] = field(default_factory=set)  # identities of nested tables read for themselves

    @property
    def utiles(self) -> list[Ligne]:
        """Lines of the cell without those of the nested tables that were read as questions."""
        if not self.lus:
            return self.lignes
        return [ligne for ligne in self.lignes if id(ligne.conteneur) not in self.lus]

    @property
    def texte(self) -> str:
        return "\n".join(ligne.texte for ligne in self.utiles).strip()

    @property
    def propres(self) -> list[Ligne]:
        """Lines of the cell itself, nested tables left out."""
        return [ligne for ligne in self.lignes if ligne.conteneur is None]

    @property
    def etiquettes(self) -> list[str]:
        return [nom for ligne in self.propres for nom in ligne.etiquettes]

    @property
    def signets(self) -> list[str]:
        return [nom for ligne in self.propres for nom in ligne.signets]


@dataclass(slots=True)
class Rangee:
    element: Any
    cellules: list[Cellule]


@dataclass(slots=True)
class Tableau:
    element: Any
    rangees: list[Rangee]


Bloc = Tableau | Ligne


def blocs(corps: Any) -> Iterator[tuple[Bloc, Any]]:
    """Tables and loose lines of a body in order, each with its element."""
    for element in enfants(corps, f"{W}p", f"{W}tbl"):
        if element.tag == f"{W}tbl":
            yield lire_tableau(element), element
        else:
            for ligne in lire_paragraphe(element):
                yield ligne, element


def lire_tableau(element: Any) -> Tableau:
    """Rows and cells of a table; deleted rows and cells are left out."""
    rangees = []
    for tr in enfants(element, f"{W}tr"):
        proprietes = tr.find(f"{W}trPr")
        debut = 0
        if proprietes is not None:
            if proprietes.find(f"{W}del") is not None:
                continue
            debut = _entier(proprietes.find(f"{W}gridBefore"), 0)
        cellules = []
        for tc in enfants(tr, f"{W}tc"):
            cellule = _cellule(tc, debut)
            if cellule is not None:
                cellules.append(cellule)
                debut += cellule.largeur
        _etiquettes_de_rangee(tr, cellules)
        rangees.append(Rangee(tr, cellules))
    return Tableau(element, rangees)


def _cellule(tc: Any, debut: int) -> Cellule | None:
    proprietes = tc.find(f"{W}tcPr")
    largeur, fusion = 1, ""
    if proprietes is not None:
        if proprietes.find(f"{W}cellDel") is not None:
            return None
        largeur = max(1, _entier(proprietes.find(f"{W}gridSpan"), 1))
        verticale = proprietes.find(f"{W}vMerge")
        if verticale is not None:
            fusion = "restart" if verticale.get(f"{W}val") == "restart" else "continue"
    cellule = Cellule(tc, debut, largeur, fusion, lire_lignes(tc))
    cellule.imbriques = [lire_tableau(table) for table in enfants(tc, f"{W}tbl")]
    return cellule


def _etiquettes_de_rangee(tr: Any, cellules: list[Cellule]) -> None:
    """Controls around whole cells carry their tag outside of the cell: give it to the cell."""
    par_element = {id(cellule.element): cellule for cellule in cellules}
    for sdt in tr.iterchildren(f"{W}sdt"):
        etiquette = sdt.find(f"{W}sdtPr/{W}tag")
        nom = etiquette.get(f"{W}val") if etiquette is not None else None
        for tc in enfants(sdt, f"{W}tc") if nom else ():
            cellule = par_element.get(id(tc))
            if cellule is not None:
                if not cellule.lignes:
                    cellule.lignes.append(Ligne())
                cellule.lignes[0].etiquettes.append(nom)


def _entier(element: Any, defaut: int) -> int:
    valeur = element.get(f"{W}val") if element is not None else None
    return min(int(valeur), 1000) if valeur and valeur.isdecimal() and len(valeur) < 9 else defaut
