"""What the cells of a form say of themselves: the question that a bookmark, a control or words name."""

from collections import Counter
from collections.abc import Iterable, Sequence

from ..dossier import QUESTIONS
from ..questionnaire import Genre, Question, texte_propre
from .donnees import TABLEAUX
from .gabarit import cle, signets_connus
from .libelles import detacher, question_exacte
from .structure import Cellule, Tableau
from .texte import Ligne

PAR_NOM = {question.identifiant: question for question in QUESTIONS}


def question_du_signet(cellule: Cellule) -> str | None:
    noms = [signets_connus()[nom] for nom in cellule.signets if nom in signets_connus()]
    return next((nom for nom, colonne in noms if not colonne and PAR_NOM[nom].genre is not Genre.TABLEAU), None)


def question_des_mots(cellule: Cellule) -> str | None:
    """The question whose label opens the cell, on one line or over several."""
    lignes = [texte_propre(ligne.texte) for ligne in cellule.utiles if ligne.texte.strip() and not ligne.boite]
    if not lignes or len(lignes[0]) > 200:
        return None
    for nombre in range(1, min(len(lignes), 4) + 1):
        question = question_exacte(" ".join(lignes[:nombre]))
        if question is not None:
            return question.identifiant if question.genre is not Genre.TABLEAU else None
    debut, deux_points, _ = lignes[0].partition(":")
    question = question_exacte(debut) if deux_points else None
    return question.identifiant if question is not None and question.genre is not Genre.TABLEAU else None


def questions_des_etiquettes(cellule: Cellule) -> list[str]:
    noms = (nom.partition(":")[0] for nom in cellule.etiquettes)
    return [nom for nom in noms if nom in PAR_NOM and PAR_NOM[nom].genre is not Genre.TABLEAU]


def sans_libelle(lignes: Sequence[Ligne], question: Question, fixes: frozenset[str]) -> list[Ligne]:
    """Lines of a label cell without the label and the help: what somebody wrote there."""
    utiles = [ligne for ligne in lignes if ligne.texte.strip()]
    if not utiles:
        return []
    for nombre in range(1, min(len(utiles), 4) + 1):
        tete = " ".join(texte_propre(ligne.texte) for ligne in utiles[:nombre])
        suite = detacher(tete, question.libelle)
        if question_exacte(tete) is question or (nombre == 1 and suite is not None):
            reste = [Ligne([suite])] if suite and question_exacte(tete) is not question else []
            break
    else:
        nombre, reste = 1, []  # other words than ours: the first line is the label
        _, deux_points, suite_typee = texte_propre(utiles[0].texte).partition(":")
        if deux_points and suite_typee.strip() and not any(nom.startswith("cel_") for nom in utiles[0].signets):
            reste = [Ligne([suite_typee.strip()])]
    derniere = next(rang for rang, ligne in enumerate(lignes) if ligne is utiles[nombre - 1])
    suite_de_cellule = lignes[derniere + 1 :]
    reste += [ligne for ligne in suite_de_cellule if cle(ligne.texte) not in fixes]
    return reste if any(ligne.texte.strip() for ligne in reste) else []


def est_aide(texte: str, question: Question) -> bool:
    return cle(texte) in {cle(question.aide), cle(f"{question.maximum or ''} caractères au plus.")}


def etiquettes_doubles(tableaux: Iterable[Tableau]) -> frozenset[str]:
    """Questions whose control is in more than one cell: copied, hence less to be believed than the words beside it."""
    compte: Counter[str] = Counter()
    pile = list(tableaux)
    while pile:
        tableau = pile.pop()
        for rangee in tableau.rangees:
            for cellule in rangee.cellules:
                compte.update(set(questions_des_etiquettes(cellule)))
                pile += cellule.imbriques
    return frozenset(nom for nom, nombre in compte.items() if nombre > 1)


def tient_du_formulaire(tableau: Tableau) -> bool:
    """Whether a nested table holds a part of the form: our marks, or two of our labels."""
    libelles = 0
    for rangee in tableau.rangees:
        for cellule in rangee.cellules:
            if any(nom in signets_connus() for nom in cellule.signets) or questions_des_etiquettes(cellule):
                return True
            if any(
                nom.partition(".")[0] in {q.identifiant for q in TABLEAUX} and "." in nom for nom in cellule.etiquettes
            ):
                return True
            if any(tient_du_formulaire(imbrique) for imbrique in cellule.imbriques):
                return True
        libelles += bool(rangee.cellules) and question_des_mots(rangee.cellules[0]) is not None
    return libelles >= 2


def identites(tableau: Tableau) -> set[int]:
    """The table and those inside it, as the lines of their cells remember them."""
    identites = {id(tableau.element)}
    for rangee in tableau.rangees:
        for cellule in rangee.cellules:
            for imbrique in cellule.imbriques:
                identites |= identites(imbrique)
    return identites
