"""A Dossier as people read it: sections of labels and displayed values, for the project page, the PDF and comparisons.

Framework-free; made from the one description in ``dossier.py``.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .dossier import CLASSES_VOLONTAIRES, SECTIONS, Dossier, questions_de_section
from .questionnaire import DECIMAUX, Genre, Question, Referentiel
from .valeurs import date_longue, euros, nombre

COLONNES_LISIBLES = 6


@dataclass(frozen=True)
class Reponse:
    """One question with its answer as text, list of texts, or table. ``est_vide`` when nothing was answered."""

    question: Question
    texte: str = ""
    elements: tuple[str, ...] = ()
    colonnes: tuple[str, ...] = ()
    lignes: tuple[tuple[str, ...], ...] = ()
    numeriques: tuple[bool, ...] = ()  # per column: aligned to the right
    totaux: tuple[str, ...] = ()

    @property
    def est_vide(self) -> bool:
        return not (self.texte or self.elements or self.lignes)

    @property
    def est_simple(self) -> bool:
        """One text, and nothing to lay out."""
        return bool(self.texte) and not (self.elements or self.lignes)

    @property
    def est_large(self) -> bool:
        """Whether a table has too many columns for a page: each row is then read as a list."""
        return bool(self.lignes) and len(self.colonnes) > COLONNES_LISIBLES


@dataclass(frozen=True)
class SectionAffichee:
    code: str
    titre: str
    reponses: tuple[Reponse, ...]


def presenter(dossier: Dossier, referentiel: Referentiel) -> tuple[SectionAffichee, ...]:
    """The whole file, section by section, in the order of the form."""
    return tuple(
        SectionAffichee(
            section.code,
            section.titre,
            tuple(reponse(dossier, question, referentiel) for question in questions_de_section(section.code)),
        )
        for section in SECTIONS
    )


def reponse(dossier: Any, question: Question, referentiel: Referentiel) -> Reponse:
    """One answer of a Dossier, or of a DossierBilan."""
    valeur = getattr(dossier, question.identifiant)
    if question.genre is Genre.TABLEAU:
        return _tableau(dossier, question, valeur, referentiel)
    if question.genre is Genre.CHOIX_MULTIPLE:
        return Reponse(question, elements=tuple(_choix(question, code, referentiel) for code in valeur))
    return Reponse(question, texte=afficher(question, valeur, referentiel))


def afficher(question: Question, valeur: Any, referentiel: Referentiel) -> str:
    """One plain value as a French reader writes it; empty when there is none."""
    if question.genre is Genre.COCHE:
        return "Oui" if valeur else "Non"
    if valeur is None or valeur == "":
        return ""
    if question.genre is Genre.MONTANT:
        return euros(valeur)
    if question.genre is Genre.DATE:
        return date_longue(valeur)
    if question.genre is Genre.CHOIX:
        return _choix(question, valeur, referentiel)
    if question.genre is Genre.ANNEE:
        return str(valeur)
    if question.genre in (Genre.ENTIER, Genre.NOMBRE):
        return nombre(valeur)
    return str(valeur)


def _choix(question: Question, code: str, referentiel: Referentiel) -> str:
    libelle = referentiel.libelle(question.options, code)
    return f"{code} {libelle}" if question.options == "objectifs" and libelle != code else libelle


def _tableau(dossier: Any, question: Question, lignes: tuple[Any, ...], referentiel: Referentiel) -> Reponse:
    colonnes = list(question.colonnes)
    titres = [colonne.libelle for colonne in colonnes]
    if dossier.annee and any(colonne.annee is not None for colonne in colonnes):
        annees = {c.identifiant: dossier.annee + c.annee for c in colonnes if c.annee is not None}
        colonnes = [c for c in colonnes if annees.get(c.identifiant, dossier.annee) in dossier.annees]
        titres = [f"{annees[c.identifiant]} (€)" if c.identifiant in annees else c.libelle for c in colonnes]
    totaux: tuple[str, ...] = ()
    if question.totalise and lignes:
        totaux = tuple(
            "Total hors contributions volontaires"
            if rang == 0
            else euros(_total(lignes, colonne.identifiant))
            if colonne.genre is Genre.MONTANT
            else ""
            for rang, colonne in enumerate(colonnes)
        )
    return Reponse(
        question,
        colonnes=tuple(titres),
        lignes=tuple(
            tuple(afficher(colonne, getattr(ligne, colonne.identifiant), referentiel) for colonne in colonnes)
            for ligne in lignes
        ),
        numeriques=tuple(colonne.genre in DECIMAUX or colonne.genre is Genre.ENTIER for colonne in colonnes),
        totaux=totaux,
    )


def _total(lignes: tuple[Any, ...], champ: str) -> Decimal:
    return sum(
        (getattr(ligne, champ) or Decimal(0) for ligne in lignes if not ligne.compte.startswith(CLASSES_VOLONTAIRES)),
        Decimal(0),
    )
