"""The guided path of a deposit: the pages of each section, where each one stands, what is left to answer and in how long.

Framework-free. Sections and questions are those of ``dossier.py``; what is wrong is said by ``regles.py``, never here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from math import ceil

from .constats import Constat, Gravite
from .dossier import SECTIONS, Dossier, question, questions_de_section
from .questionnaire import Genre, Question, Section

# Sections too long for one page of a telephone: title of each page, and the question it begins with.
_PAGES = {
    "porteur": (("La structure", "structure_nom"), ("Les personnes", "representant_nom")),
    "projet": (
        ("L’idée", "titre"),
        ("Le besoin et l’action", "contexte"),
        ("Les partenaires", "partenaires"),
    ),
    "objectifs": (("Les objectifs de la stratégie", "objectif_principal"), ("Parcours et orientations", "parcours")),
    "public": (("Les personnes concernées", "effectifs"), ("Les lieux", "quartiers")),
}
# Seconds that an answer takes when its author knows what to say; a table counts for a few rows.
_SECONDES = {
    Genre.TEXTE: 20,
    Genre.TEXTE_LONG: 120,
    Genre.COURRIEL: 15,
    Genre.TELEPHONE: 15,
    Genre.SIRET: 30,
    Genre.RNA: 30,
    Genre.UAI: 30,
    Genre.CHOIX: 20,
    Genre.CHOIX_MULTIPLE: 40,
    Genre.TABLEAU: 150,
}
_SECONDES_PAR_DEFAUT = 10
_SECONDES_PAR_ERREUR = 45


class Avancement(StrEnum):
    """Where a section stands, from its porteur's side."""

    A_COMMENCER = "a_commencer"
    COMMENCEE = "commencee"
    ERREURS = "erreurs"
    COMPLETE = "complete"
    FACULTATIVE = "facultative"  # nothing is asked there, and nothing was answered


_ALLURES = {
    Avancement.A_COMMENCER: ("À commencer", "neutre", "crayon"),
    Avancement.COMMENCEE: ("Commencé", "info", "crayon"),
    Avancement.COMPLETE: ("Complet", "succes", "coche-cercle"),
    Avancement.FACULTATIVE: ("Facultatif", "neutre", "info"),
}


@dataclass(frozen=True)
class Page:
    """One page of a section: ``rang`` from 1 to ``total``; ``titre`` is the section's when it holds in one page."""

    section: Section
    rang: int
    total: int
    titre: str
    questions: tuple[Question, ...]

    @property
    def noms(self) -> frozenset[str]:
        return frozenset(une.identifiant for une in self.questions)


@dataclass(frozen=True)
class EtatSection:
    """``erreurs``: answers that block the deposit; ``manquantes``: those still to give; ``a_verifier``: to look at."""

    section: Section
    avancement: Avancement
    erreurs: int = 0
    manquantes: int = 0
    a_verifier: int = 0

    @property
    def titre(self) -> str:
        return titre_sans_numero(self.section)

    @property
    def texte(self) -> str:
        if self.avancement is Avancement.ERREURS:
            return f"{self.erreurs} erreur{'s' if self.erreurs > 1 else ''}"
        return _ALLURES[self.avancement][0]

    @property
    def ton(self) -> str:
        return "alerte" if self.avancement is Avancement.ERREURS else _ALLURES[self.avancement][1]

    @property
    def icone(self) -> str:
        return "attention" if self.avancement is Avancement.ERREURS else _ALLURES[self.avancement][2]

    @property
    def est_a_faire(self) -> bool:
        return self.avancement not in (Avancement.COMPLETE, Avancement.FACULTATIVE)


@dataclass(frozen=True)
class Reste:
    """What stands between a file and its deposit; ``minutes`` for who has the answers at hand, zero when nothing is left."""

    reponses: int
    erreurs: int
    minutes: int

    def __bool__(self) -> bool:
        return bool(self.reponses or self.erreurs)


def titre_sans_numero(section: Section) -> str:
    return section.titre.partition(". ")[2] or section.titre


@cache
def pages(code: str) -> tuple[Page, ...]:
    """The pages of a section, in the order of its questions. KeyError when there is no such section."""
    section = {une.code: une for une in SECTIONS}[code]
    decoupage = _PAGES.get(code, ((titre_sans_numero(section), questions_de_section(code)[0].identifiant),))
    debuts = {premiere: titre for titre, premiere in decoupage}
    groupes: list[tuple[str, list[Question]]] = []
    for une in questions_de_section(code):
        if une.identifiant in debuts:
            groupes.append((debuts[une.identifiant], []))
        groupes[-1][1].append(une)
    return tuple(Page(section, rang, len(groupes), titre, tuple(qs)) for rang, (titre, qs) in enumerate(groupes, 1))


@cache
def page_de(champ: str) -> Page:
    """The page where a question, or a cell of its table, is answered."""
    une = question(champ.split(".")[0])
    return next(page for page in pages(une.section) if une.identifiant in page.noms)


def est_sans_reponse(dossier: Dossier, constat: Constat) -> bool:
    """Whether a Constat speaks of a question that was not answered yet: nothing to reproach, something to do."""
    champ = constat.champ
    return bool(champ) and "." not in champ and getattr(dossier, champ) == question(champ).vide


def situer(dossier: Dossier, constats: Iterable[Constat]) -> tuple[EtatSection, ...]:
    """Where each section stands, in the order of the form."""
    par_section: dict[str, list[Constat]] = {}
    for constat in constats:
        if constat.champ:
            par_section.setdefault(question(constat.champ.split(".")[0]).section, []).append(constat)
    return tuple(_etat(section, dossier, par_section.get(section.code, [])) for section in SECTIONS)


def _etat(section: Section, dossier: Dossier, constats: list[Constat]) -> EtatSection:
    questions = questions_de_section(section.code)
    bloquants = [constat for constat in constats if constat.est_bloquant]
    manquantes = len({constat.champ for constat in bloquants if est_sans_reponse(dossier, constat)})
    erreurs = sum(not est_sans_reponse(dossier, constat) for constat in bloquants)
    verifier = sum(c.gravite is Gravite.A_VERIFIER and not est_sans_reponse(dossier, c) for c in constats)
    remplie = any(getattr(dossier, une.identifiant) != une.vide for une in questions)
    if erreurs:
        avancement = Avancement.ERREURS
    elif manquantes:
        avancement = Avancement.COMMENCEE if remplie else Avancement.A_COMMENCER
    else:
        avancement = Avancement.COMPLETE if remplie else Avancement.FACULTATIVE
    return EtatSection(section, avancement, erreurs, manquantes, verifier)


def reste(dossier: Dossier, constats: Iterable[Constat]) -> Reste:
    """Answers to give and errors to correct before the deposit, and the minutes they take (by five beyond ten)."""
    bloquants = [constat for constat in constats if constat.est_bloquant]
    manquantes = {constat.champ for constat in bloquants if est_sans_reponse(dossier, constat)}
    erreurs = sum(not est_sans_reponse(dossier, constat) for constat in bloquants)
    secondes = sum(_SECONDES.get(question(champ).genre, _SECONDES_PAR_DEFAUT) for champ in manquantes)
    minutes = ceil((secondes + erreurs * _SECONDES_PAR_ERREUR) / 60)
    return Reste(len(manquantes), erreurs, minutes if minutes <= 10 else ceil(minutes / 5) * 5)


def suivante(etats: Iterable[EtatSection], apres: str) -> EtatSection | None:
    """The section to propose after one: the next that is not complete, then those left behind; None when all is done.

    An optional section is proposed once, on the way: nobody is sent back to it.
    """
    etats = list(etats)
    rang = next(rang for rang, etat in enumerate(etats) if etat.section.code == apres)
    for etat in etats[rang + 1 :]:
        if etat.avancement is not Avancement.COMPLETE:
            return etat
    return next((etat for etat in etats[:rang] if etat.est_a_faire), None)
