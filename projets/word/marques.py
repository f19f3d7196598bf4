"""What the cells of a form say of themselves: the question that a bookmark, a control or words name."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

from ..questionnaire import Genre, Question, texte_propre
from .formulaire import Formulaire
from .gabarit import aides, cle
from .libelles import autour, detacher
from .recueil import mots_autour
from .structure import Cellule, Tableau
from .texte import Ligne

_SEPARATEUR = re.compile(r"\s*:\s*|\s+[–—=-]+\s+|\t\s*|\s{2,}")


def question_du_signet(formulaire: Formulaire, cellule: Cellule) -> str | None:
    for signet in cellule.signets:
        nom, colonne = formulaire.signets.get(signet, ("", ""))
        if nom in formulaire.simples and not colonne:
            return nom
    return None


def question_des_mots(formulaire: Formulaire, cellule: Cellule) -> str | None:
    """The question whose label opens the cell, on one line or over several."""
    lignes = []
    for ligne in cellule.utiles:
        if ligne.texte and not ligne.boite and (propre := texte_propre(ligne.texte)):
            lignes.append(propre)
            if len(lignes) == 4:
                break
    if not lignes or len(lignes[0]) > 200:
        return None
    tete = ""
    for ligne in lignes:
        tete = f"{tete} {ligne}" if tete else ligne
        if len(tete) > 250:
            break
        question = formulaire.question_exacte(tete)
        if question is not None:
            return question.identifiant if question.genre is not Genre.TABLEAU else None
    question = question_avant_separateur(formulaire, lignes[0])[0]
    return question.identifiant if question is not None and question.genre is not Genre.TABLEAU else None


def question_avant_separateur(formulaire: Formulaire, texte: str) -> tuple[Question | None, str]:
    """« Titre du projet : La mare », « Titre – La mare » -> the question and what follows.

    A label may hold a colon or a dash of its own: the longest beginning that is one wins.
    """
    for separateur in reversed(list(islice(_SEPARATEUR.finditer(texte[:300]), 6))):
        question = formulaire.question_exacte(texte[: separateur.start()])
        if question is not None:
            return question, texte[separateur.end() :].strip()
    return None, ""


def questions_des_etiquettes(formulaire: Formulaire, cellule: Cellule) -> list[str]:
    noms = (formulaire.nom(etiquette).partition(":")[0] for etiquette in cellule.etiquettes)
    return [nom for nom in noms if nom in formulaire.simples]


def sans_libelle(
    formulaire: Formulaire, lignes: Sequence[Ligne], question: Question, fixes: frozenset[str]
) -> list[Ligne]:
    """Lines of a label cell without the label and the help: what somebody wrote there."""
    boites = [ligne for ligne in lignes if ligne.boite and ligne.texte.strip()]  # they float beside the label
    lignes = [ligne for ligne in lignes if not ligne.boite]
    utiles = [ligne for ligne in lignes if ligne.texte.strip()]
    if not utiles:
        return boites
    for nombre in range(1, min(len(utiles), 4) + 1):
        tete = " ".join(texte_propre(ligne.texte) for ligne in utiles[:nombre])
        if formulaire.question_exacte(tete) is question:
            reste = []
            break
        if nombre == 1 and (suite := detacher(tete, question.libelle)) is not None:
            reste = [Ligne(suite)] if suite and cle(suite) not in fixes | {cle("".join(aides(question)))} else []
            break
    else:
        nombre, reste = 1, []  # other words than ours: the first line is the label, but for what stands around it
        debut = utiles[0].texte
        reste = [Ligne(morceau) for morceau in mots_autour(debut, question.libelle, fixes)]
        _, deux_points, suite_typee = texte_propre(debut).partition(":")
        marquee = any(nom.startswith(formulaire.prefixe) for nom in utiles[0].signets)
        if deux_points and suite_typee.strip() and not marquee and autour(debut, question.libelle) is None:
            reste = [Ligne(suite_typee.strip())]
    derniere = next(rang for rang, ligne in enumerate(lignes) if ligne is utiles[nombre - 1])
    suite_de_cellule = lignes[derniere + 1 :]
    reste += [ligne for ligne in suite_de_cellule if cle(ligne.texte) not in fixes]
    reste += boites
    return reste if any(ligne.texte.strip() for ligne in reste) else []


def est_aide(texte: str, question: Question) -> bool:
    return cle(texte) in {cle(question.aide), cle(f"{question.maximum or ''} caractères au plus.")}


def etiquettes_doubles(formulaire: Formulaire, tableaux: Iterable[Tableau]) -> frozenset[str]:
    """Questions whose control is in more than one cell: copied, hence less to be believed than the words beside it."""
    compte: Counter[str] = Counter()
    pile = list(tableaux)
    while pile:
        tableau = pile.pop()
        for rangee in tableau.rangees:
            for cellule in rangee.cellules:
                if cellule.etiquettes:
                    compte.update(set(questions_des_etiquettes(formulaire, cellule)))
                pile += cellule.imbriques
    return frozenset(nom for nom, nombre in compte.items() if nombre > 1)


def tient_du_formulaire(formulaire: Formulaire, tableau: Tableau, *, avec_controles: bool = True) -> bool:
    """Whether a nested table holds a part of the form: our marks, or two of our labels.

    Without ``avec_controles``, a control is not enough: an answer may have been put in a frame, control and all.
    """
    tableaux = {question.identifiant for question in formulaire.tableaux}
    libelles = 0
    for rangee in tableau.rangees:
        for cellule in rangee.cellules:
            if any(nom in formulaire.signets for nom in cellule.signets):
                return True
            if avec_controles and questions_des_etiquettes(formulaire, cellule):
                return True
            if avec_controles and any(
                "." in nom and formulaire.nom(nom).partition(".")[0] in tableaux for nom in cellule.etiquettes
            ):
                return True
            if any(
                tient_du_formulaire(formulaire, imbrique, avec_controles=avec_controles)
                for imbrique in cellule.imbriques
            ):
                return True
        libelles += bool(rangee.cellules) and question_des_mots(formulaire, rangee.cellules[0]) is not None
    return libelles >= 2


def identites(tableau: Tableau) -> set[int]:
    """The table and those inside it, as the lines of their cells remember them."""
    trouvees = {id(tableau.element)}
    for rangee in tableau.rangees:
        for cellule in rangee.cellules:
            for imbrique in cellule.imbriques:
                trouvees |= identites(imbrique)
    return trouvees
