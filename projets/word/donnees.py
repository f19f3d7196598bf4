"""Tables whose rows are answers (partners, interventions, budget…): which question they hold, and where its columns are.

What their rows say is read in ``rangees.py``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..questionnaire import Question, texte_propre
from .formulaire import Formulaire
from .gabarit import cle, cle_libelle
from .libelles import proche
from .structure import Rangee, Tableau

_ANNEE = re.compile(
    r"(?:annee|budget|montant|exercice|civile|n1?|de|en|pour|l)*(20\d\d)(?:euros?|eur|ttc|n1?)*"
)  # on keys
_MOITIES = 4  # columns of two budgets side by side at the least
_RANGEES_D_ENTETE = 3  # the header is looked for in the first rows


@dataclass
class Donnees:
    """One table of answers as found: columns by their place in the grid."""

    question: Question
    tableau: Tableau
    rang_entete: int  # -1 when the header row is gone
    colonnes: dict[int, Question]
    annees: dict[int, int] = field(default_factory=dict)  # place in the grid -> civil year written in the header
    source: str = "libelle"
    entetes: dict[int, str] = field(default_factory=dict)
    suite: bool = False  # goes on with the table before it, which an editor or a person cut in two

    @property
    def rangees(self) -> list[Rangee]:
        return self.tableau.rangees[self.rang_entete + 1 :]


class Reconnaissance:
    """Finds which question of a form a table answers."""

    def __init__(self, formulaire: Formulaire):
        self.formulaire = formulaire

    def reconnaitre(
        self,
        tableau: Tableau,
        legende: Question | None,
        deja: frozenset[str],
        libelles: Callable[[Rangee], Mapping[int, Any]],
    ) -> Donnees | None:
        """Which question a table answers; None when its rows are not answers of a table.

        ``legende`` is the question whose title stands above, ``deja`` those that another table answers already,
        ``libelles`` tells which cells of a row are labels of plain questions.
        """
        for rang, rangee in enumerate(tableau.rangees[:_RANGEES_D_ENTETE]):
            if self._pose_des_questions(rangee, libelles(rangee)):
                continue
            indices = self._indices(rangee)
            question = self._meilleure(indices, tableau, rangee, legende, deja)
            if question is not None:
                return _donnees(question, tableau, rang, indices[question.identifiant])
        return self._sans_entete(tableau, legende)

    def partager(self, tableau: Tableau) -> tuple[Tableau, Tableau] | None:
        """The two halves of a budget written side by side, charges on the left and produits on the right (Cerfa 12156)."""
        for rangee in tableau.rangees[:_RANGEES_D_ENTETE]:
            if len(rangee.cellules) < _MOITIES:
                continue
            places: dict[str, int] = {}
            for cellule in rangee.cellules:
                for question in self._totalises:
                    premieres = self._premieres[question.identifiant]
                    if len(cellule.texte) < 100 and cle_libelle(cellule.texte) in premieres:
                        places.setdefault(question.identifiant, cellule.debut)
            debuts = sorted(places.values())
            if len(debuts) == 2 and debuts[0] < debuts[1]:
                return _moitie(tableau, 0, debuts[1]), _moitie(tableau, debuts[1], None)
        return None

    @cached_property
    def _totalises(self) -> tuple[Question, ...]:
        return tuple(question for question in self.formulaire.tableaux if question.totalise)

    @cached_property
    def _premieres(self) -> Mapping[str, frozenset[str]]:
        """Keys that head the first column of one budget, and of no other."""
        par_question: dict[str, set[str]] = {}
        for question in self._totalises:
            colonnes = self.formulaire.colonnes_par_cle[question.identifiant]
            siennes = {lue for lue, colonne in colonnes.items() if colonne is question.colonnes[0]}
            par_question[question.identifiant] = siennes | {cle_libelle(question.libelle)}
        return {
            nom: frozenset(cles.difference(*(autres for autre, autres in par_question.items() if autre != nom)))
            for nom, cles in par_question.items()
        }

    def _pose_des_questions(self, rangee: Rangee, libelles: Mapping[int, Any]) -> bool:
        """Whether a row asks questions: it is then no header, unless one of its cells is marked as such."""
        if not libelles or 2 * len(libelles) < len(rangee.cellules):
            return False
        marques = (self.formulaire.signets.get(nom, ("", "")) for c in rangee.cellules for nom in c.signets)
        return not any(colonne for _, colonne in marques)

    def _indices(self, rangee: Rangee) -> dict[str, "_Indice"]:
        """What the cells of a row would say as headers, by question."""
        indices = {question.identifiant: _Indice() for question in self.formulaire.tableaux}
        cles = [(cellule, cle_libelle(cellule.texte)) for cellule in rangee.cellules if len(cellule.texte) <= 300]
        for cellule, lue in cles:
            marques = dict(self.formulaire.signets[nom] for nom in cellule.signets if nom in self.formulaire.signets)
            for nom, par_cle in self.formulaire.colonnes_par_cle.items():
                indice = indices[nom]
                ecrite = par_cle.get(lue)
                marquee = marques.get(nom)
                if ecrite is not None and ecrite.identifiant not in indice.prises:
                    indice.par_libelle += 1
                    indice.garder(cellule.debut, ecrite, par_signet=bool(marquee))  # the name counts more than the mark
                elif ecrite is None and marquee:
                    colonne = next(c for c in self.formulaire.par_nom[nom].colonnes if c.identifiant == marquee)
                    indice.garder(cellule.debut, colonne, par_signet=True)
        if len(cles) > 1 and not any(len(indice.colonnes) == len(cles) for indice in indices.values()):
            self._par_ressemblance(cles, indices)
        return indices

    def _par_ressemblance(self, cles: list[tuple[Any, str]], indices: Mapping[str, "_Indice"]) -> None:
        """Headers with a typing error, where at least one was recognised or the row has the width of the table."""
        for nom, par_cle in self.formulaire.colonnes_par_cle.items():
            indice = indices[nom]
            if not indice.colonnes and len(cles) != len(self.formulaire.par_nom[nom].colonnes):
                continue
            for cellule, lue in cles:
                if cellule.debut not in indice.colonnes and (trouvee := proche(lue, par_cle)):
                    colonne = par_cle[trouvee[0]]
                    indice.par_libelle += colonne.identifiant not in indice.prises
                    indice.garder(cellule.debut, colonne, par_signet=False)

    def _meilleure(
        self,
        indices: Mapping[str, "_Indice"],
        tableau: Tableau,
        rangee: Rangee,
        legende: Question | None,
        deja: frozenset[str],
    ) -> Question | None:
        """The question that explains most of the header cells; options and titles part the budgets."""
        annees = sum(_annee(c.texte) is not None for c in rangee.cellules)
        notes: list[tuple[float, Question]] = []
        for question in self.formulaire.tableaux:
            indice = indices[question.identifiant]
            par_annee = sum(colonne.annee is not None for colonne in question.colonnes)
            trouvees = len(indice.colonnes) + min(annees, par_annee)
            assez = 2 * trouvees >= len(question.colonnes) and trouvees >= 2 and indice.par_libelle >= 1
            if not (indice.par_signet or assez):
                continue
            note = trouvees / len(question.colonnes) + indice.par_signet
            if question.totalise and question.colonnes[0] in indice.colonnes.values():
                note += 0.6  # two budgets share their other columns
            note += 0.5 * (legende is question) - 0.1 * (question.identifiant in deja)
            notes.append((note, question))
        if not notes:
            return None
        meilleure = max(note for note, _ in notes)
        egales = [question for note, question in notes if meilleure - note < 0.5]
        if legende in egales:
            return legende
        if len(egales) > 1:
            egales.sort(key=lambda q: (-self._options_reconnues(q, tableau), q.identifiant in deja))
        return egales[0]

    def _options_reconnues(self, question: Question, tableau: Tableau) -> int:
        """Rows marked as an option of this question."""
        prefixe = f"{self.formulaire.prefixe_option}{question.identifiant}_"
        return sum(nom.startswith(prefixe) for r in tableau.rangees for c in r.cellules[:1] for nom in c.signets)

    def _sans_entete(self, tableau: Tableau, legende: Question | None) -> Donnees | None:
        """A table that lost its header: known by the tags of its cells, its preset rows or the title above it."""
        largeurs = {len(rangee.cellules) for rangee in tableau.rangees}
        etiquettes = [self.formulaire.nom(nom) for r in tableau.rangees for c in r.cellules for nom in c.etiquettes]
        for question in self.formulaire.tableaux:
            largeur = len(question.colonnes)
            if largeur not in largeurs:
                continue
            etiquetees = any(nom.startswith(f"{question.identifiant}.") for nom in etiquettes)
            if legende is question or etiquetees or self._options_reconnues(question, tableau) >= 2:
                modele = next(r for r in tableau.rangees if len(r.cellules) == largeur)
                colonnes = {c.debut: colonne for c, colonne in zip(modele.cellules, question.colonnes, strict=True)}
                return Donnees(question, tableau, -1, colonnes, source="position")
        return None


@dataclass
class _Indice:
    """What the header cells say for one question: column by place, and by what."""

    colonnes: dict[int, Question] = field(default_factory=dict)
    prises: set[str] = field(default_factory=set)
    par_signet: int = 0
    par_libelle: int = 0

    def garder(self, place: int, colonne: Question, *, par_signet: bool) -> None:
        if colonne.identifiant not in self.prises:
            self.prises.add(colonne.identifiant)
            self.colonnes[place] = colonne
            self.par_signet += par_signet


def _moitie(tableau: Tableau, debut: int, fin: int | None) -> Tableau:
    """The columns of a table from one place of the grid to another."""
    dedans = [
        Rangee(r.element, [c for c in r.cellules if c.debut >= debut and (fin is None or c.debut < fin)])
        for r in tableau.rangees
    ]
    return Tableau(tableau.element, [rangee for rangee in dedans if rangee.cellules])


def _annee(entete: str) -> int | None:
    """The civil year of a header such as « Année 2026 (€) »."""
    trouvee = _ANNEE.fullmatch(cle(entete)) if 4 <= len(entete) < 60 else None
    return int(trouvee[1]) if trouvee else None


def _donnees(question: Question, tableau: Tableau, rang: int, indice: _Indice) -> Donnees:
    donnees = Donnees(
        question, tableau, rang, dict(indice.colonnes), source="signet" if indice.par_signet else "libelle"
    )
    rangee = tableau.rangees[rang]
    manquantes = [colonne for colonne in question.colonnes if colonne not in donnees.colonnes.values()]
    par_annee = any(colonne.annee is not None for colonne in question.colonnes)
    for place, cellule in enumerate(rangee.cellules):
        donnees.entetes[cellule.debut] = texte_propre(cellule.texte)
        if par_annee and (annee := _annee(cellule.texte)):
            donnees.annees[cellule.debut] = annee
        if cellule.debut in donnees.colonnes or place >= len(question.colonnes):
            continue
        attendue = question.colonnes[place]
        if attendue in manquantes and len(rangee.cellules) == len(question.colonnes):
            donnees.colonnes[cellule.debut] = attendue  # a header retyped in its place
            manquantes.remove(attendue)
    return donnees
