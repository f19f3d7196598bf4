"""What the rows of a table of answers say: values by column, totals, headings left out."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..questionnaire import Genre, Question, est_vide, texte_propre
from .conversion import Convertisseur, Remarque, Reponse, texte_saisi
from .donnees import Donnees
from .gabarit import cle, est_un_prompt
from .libelles import Options
from .resultats import Source
from .structure import Cellule, Rangee
from .texte import Ligne

_TOTAL = re.compile(r"(sous)?tota(l|ux)")
_NOMBRES = (Genre.MONTANT, Genre.ENTIER, Genre.NOMBRE)


@dataclass
class LigneLue:
    """One row as read: the dataclass, remarks by column, cells and what located them by column."""

    objet: Any
    remarques: list[tuple[str, Remarque]]
    cellules: dict[str, Any]
    sources: dict[str, Source]
    perdus: list[str]
    element: Any

    def est_vide(self, question: Question) -> bool:
        return est_vide(self.objet, question)


@dataclass
class Total:
    """A row of totals typed or left by the porteur: amount by column."""

    montants: dict[str, Any]
    cellules: dict[str, Any]
    perdus: list[str]


@dataclass(slots=True)
class _Place:
    """One cell of a row with its column (None: of none) and what says so."""

    colonne: Question | None
    source: Source
    cellule: Cellule
    lignes: list[Ligne]
    texte: str
    fusionnee: bool = False


class LectureDesRangees:
    """The rows of one table; ``annee`` is year N of the budget."""

    def __init__(self, donnees: Donnees, convertisseur: Convertisseur, annee: int | None):
        self.donnees = donnees
        self.question = donnees.question
        self.convertisseur = convertisseur
        self.par_nom = {colonne.identifiant: colonne for colonne in self.question.colonnes}
        self.colonnes = self._colonnes_par_annee(annee)
        self.ordre = [self.colonnes[debut] for debut in sorted(self.colonnes)]
        self.entetes = [cle(texte) for texte in donnees.entetes.values()]
        self.au_dessus: dict[int, Cellule] = {}
        premiere = self.question.colonnes[0]
        self.options: Options | None = (
            convertisseur.options(self.question.identifiant, premiere.options) if premiere.options else None
        )

    def lire(self) -> Iterator[LigneLue | Total]:
        """Rows in their order, headings and repeated headers left out."""
        for rangee in self.donnees.rangees:
            if self._est_vierge(rangee):
                self.au_dessus.clear()
                continue
            if self._repete_entete(rangee):
                continue
            places = self._placer(rangee)
            if (self.question.totalise or self.question.preremplie) and (total := self._total(places)) is not None:
                yield total
            elif not self._titre_de_groupe(places):
                yield self._lire_rangee(rangee, places)

    def _colonnes_par_annee(self, annee: int | None) -> dict[int, Question | None]:
        """Columns by place; the years written in the header decide which amount is of year N (None: of neither year)."""
        colonnes: dict[int, Question | None] = dict(self.donnees.colonnes)
        if annee is None or annee not in self.donnees.annees.values():
            return colonnes
        par_annee = {annee + c.annee: c for c in self.question.colonnes if c.annee is not None}
        for place, ecrite in self.donnees.annees.items():
            colonnes[place] = par_annee.get(ecrite)
        return colonnes

    def _est_vierge(self, rangee: Rangee) -> bool:
        """A row that nobody wrote on: nothing, or the preset words of its first cell alone. Most rows of a budget are."""
        for cellule in rangee.cellules:
            if cellule.fusion or (cellule.texte and cellule is not rangee.cellules[0]):
                return False
        if not rangee.cellules or not rangee.cellules[0].texte:
            return True
        premiere = rangee.cellules[0]
        if not self.question.preremplie or self.colonnes.get(premiere.debut) is not self.question.colonnes[0]:
            return False
        return self.options is not None and self.options.exact(premiere.texte) is not None

    def _repete_entete(self, rangee: Rangee) -> bool:
        """A header copied further down, as editors do when a table is cut in two."""
        if len(rangee.cellules) < 2 or len(rangee.cellules) != len(self.entetes):
            return False
        if cle(rangee.cellules[0].texte) != self.entetes[0] or not any(self.entetes):
            return False
        return [cle(cellule.texte) for cellule in rangee.cellules] == self.entetes

    def _placer(self, rangee: Rangee) -> list[_Place]:
        """Each cell of a row with its column: by its tag, its place in the grid, or its rank when the grid was lost."""
        cellules, colonnes, entetes = rangee.cellules, self.colonnes, self.donnees.entetes
        par_rang = len(cellules) == len(self.question.colonnes) and any(
            c.debut not in colonnes and c.debut not in entetes for c in cellules
        )
        connue = Source(self.donnees.source)
        places = []
        for rang, cellule in enumerate(cellules):
            colonne, source = colonnes.get(cellule.debut), connue
            if par_rang and rang < len(self.ordre):
                colonne, source = self.ordre[rang], Source.POSITION
            if len(cellule.etiquettes) == 1 and (marquee := self._marquee(cellule.etiquettes[0])) is not None:
                colonne, source = marquee, Source.CONTROLE
            lignes, fusionnee = cellule.utiles, False
            if cellule.fusion == "continue" and cellule.debut in self.au_dessus and not cellule.texte:
                lignes, fusionnee = self.au_dessus[cellule.debut].utiles, True
            elif cellule.fusion != "continue":
                self.au_dessus.pop(cellule.debut, None)
                if cellule.fusion == "restart":
                    self.au_dessus[cellule.debut] = cellule
            texte = _texte(lignes) if fusionnee or cellule.texte else ""
            places.append(_Place(colonne, source, cellule, lignes, texte, fusionnee))
        return places

    def _marquee(self, etiquette: str) -> Question | None:
        """The column that a tag names; amounts go by the year of their header, never by a tag that was copied."""
        proprietaire, _, nom = self.convertisseur.formulaire.nom(etiquette).partition(".")
        colonne = self.par_nom.get(nom) if proprietaire == self.question.identifiant else None
        return None if colonne is None or colonne.genre is Genre.MONTANT else colonne

    def _total(self, places: Sequence[_Place]) -> Total | None:
        """A row that adds up the others."""
        premiere = self.question.colonnes[0]
        texte = next((p.texte for p in places if p.colonne is premiere), "")
        if not texte or not _TOTAL.match(cle(texte)):
            return None
        if self.options is not None and self.options.exact(texte) is not None:
            return None
        total = Total({}, {}, [])
        general = cle(texte).startswith("total")
        for place in places:
            if general and place.texte and place.colonne is not None and place.colonne.genre is Genre.MONTANT:
                reponse = self.convertisseur.lire(place.colonne, place.lignes)
                if reponse.valeur is None:
                    total.perdus.append(place.texte)
                else:
                    total.montants[place.colonne.identifiant] = reponse.valeur
                    total.cellules[place.colonne.identifiant] = place.cellule.element
        return total

    def _titre_de_groupe(self, places: Sequence[_Place]) -> bool:
        """A heading row (« 60 Achats ») that nobody wrote on."""
        if self.options is None or not self.options.groupes or not places or not places[0].texte:
            return False
        if any(place.texte for place in places[1:]) or places[0].fusionnee:
            return False
        return cle(places[0].texte) in self.options.groupes and self.options.exact(places[0].texte) is None

    def _lire_rangee(self, rangee: Rangee, places: Sequence[_Place]) -> LigneLue:
        lue = LigneLue(None, [], {}, {}, [], rangee.element)
        valeurs: dict[str, Any] = {}
        for place in places:
            colonne = place.colonne
            if colonne is None or colonne.identifiant in valeurs:
                if place.texte and not place.fusionnee:
                    entete = self.donnees.entetes.get(place.cellule.debut, "")
                    lue.perdus.append(f"{entete} : {place.texte}" if entete else place.texte)
                continue
            nom = colonne.identifiant
            lue.cellules[nom] = place.cellule.element
            if not place.texte:
                valeurs[nom] = colonne.vide
                continue
            reponse = self._reponse(colonne, place)
            valeurs[nom] = reponse.valeur
            lue.sources[nom] = place.source
            lue.remarques += [(nom, remarque) for remarque in reponse.remarques]
            lue.perdus += reponse.perdus
        lue.objet = self.question.ligne(**valeurs) if self.question.ligne else None
        return lue

    def _reponse(self, colonne: Question, place: _Place) -> Reponse:
        reponse = self.convertisseur.lire(colonne, place.lignes, tableau=self.question.identifiant, texte=place.texte)
        if not place.fusionnee or colonne.genre not in _NOMBRES:
            return reponse
        fusionnee = Reponse(colonne.vide)  # a number that stands for several rows is counted once at most
        if reponse.valeur is not None:
            fusionnee.a_verifier(
                "Ce nombre est dans une cellule fusionnée : écrivez-le sur une seule ligne.", place.texte
            )
        return fusionnee


def _texte(lignes: Sequence[Ligne]) -> str:
    brut = texte_saisi([ligne.texte for ligne in lignes])
    if not brut or brut.isspace():
        return ""
    texte = texte_propre(brut, multiligne=True)
    return "" if est_un_prompt(texte) else texte
