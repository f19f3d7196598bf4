"""One Word form as its writer and its reader both know it: questions, labels, bookmarks, and what the blank form says.

Nothing here knows which forms there are: ``formulaires.py`` has them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ..questionnaire import Genre, Question, Referentiel, Section, questions_de
from .gabarit import (
    CLES_PROMPTS,
    DESCRIPTION_QUESTIONS,
    DESCRIPTION_TETE,
    INDICATION_LIGNES,
    LOGO,
    LOGOS_A_INSERER,
    PHRASE_A_INSERER,
    TITRE_TETE,
    TOTAL,
    TOTAL_SIMPLE,
    aides,
    cle,
    cle_libelle,
    description_tableau,
    entete_affichee,
    nom_de_signet,
    phrase_citee,
    version_affichee,
)
from .libelles import proche

_AUTRE_LIBELLE = 0.9  # how sure a former or usual label is


@dataclass(frozen=True, eq=False)
class Formulaire:
    """The form of one dataclass of answers. Two forms never share a bookmark, so that one is not taken for the other."""

    code: str
    classe: type
    sections: tuple[Section, ...]
    titre: str
    consignes: tuple[str, ...]  # the first is their title
    non_reconnu: str  # what to say of a document that is not this form
    pris_pour_un_autre: str  # what to say of this form when another is asked for
    prefixe: str  # of the bookmarks around labels
    prefixe_option: str  # of the bookmarks around options
    prefixe_etiquette: str = ""  # of the tags of controls
    hauteur_texte: int = 2600  # of the cell of a long text at the most, in twentieths of a point
    autres_libelles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    autres_colonnes: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return questions_de(self.classe)

    @cached_property
    def par_nom(self) -> Mapping[str, Question]:
        return {question.identifiant: question for question in self.questions}

    @cached_property
    def simples(self) -> Mapping[str, Question]:
        """The questions that are answered in one cell."""
        return {nom: question for nom, question in self.par_nom.items() if question.genre is not Genre.TABLEAU}

    @cached_property
    def tableaux(self) -> tuple[Question, ...]:
        return tuple(question for question in self.questions if question.genre is Genre.TABLEAU)

    @cached_property
    def rangs(self) -> Mapping[str, int]:
        return {question.identifiant: rang for rang, question in enumerate(self.questions)}

    def questions_de_section(self, code: str) -> tuple[Question, ...]:
        return tuple(question for question in self.questions if question.section == code)

    def question(self, champ: str) -> Question:
        """The question of ``titre`` or, for a cell, ``interventions.0.lieu``. Raises KeyError."""
        nom, *reste = champ.split(".")
        trouvee = self.par_nom[nom]
        if len(reste) == 2:
            return {colonne.identifiant: colonne for colonne in trouvee.colonnes}[reste[1]]
        return trouvee

    # --- bookmarks --------------------------------------------------------------------------------------------------

    def signet(self, question: str, colonne: str = "") -> str:
        """Bookmark around the label of a question, or of one column of a table."""
        return nom_de_signet(self.prefixe, *filter(None, (question, colonne)))

    def signet_option(self, question: str, code: str) -> str:
        """Bookmark around the text of one option: a line of a tick list or a preset row."""
        return nom_de_signet(self.prefixe_option, question, code)

    def etiquette(self, nom: str) -> str:
        """Tag of the control of a question (``titre``), of a column (``materiels.annee``) or an option (``parcours:citoyen``)."""
        return f"{self.prefixe_etiquette}{nom}"

    def nom(self, etiquette: str) -> str:
        """Inverse of ``etiquette``; empty for the tag of another form."""
        prefixe = self.prefixe_etiquette
        return etiquette[len(prefixe) :] if etiquette.startswith(prefixe) else ""

    @cached_property
    def signets(self) -> Mapping[str, tuple[str, str]]:
        """Bookmark -> (question, column or empty)."""
        connus = {self.signet(nom): (nom, "") for nom in self.par_nom}
        for question in self.tableaux:
            nom = question.identifiant
            connus |= {self.signet(nom, c.identifiant): (nom, c.identifiant) for c in question.colonnes}
        return connus

    # --- labels -----------------------------------------------------------------------------------------------------

    @cached_property
    def _par_cle(self) -> Mapping[str, Question]:
        """Key of the label as the form writes it, alone or run into its help -> question."""
        avec_aide = {cle("".join((q.libelle, *aides(q)))): q for q in self.questions if q.genre is not Genre.TABLEAU}
        return avec_aide | {cle_libelle(question.libelle): question for question in self.questions}

    @cached_property
    def _plus_long(self) -> int:
        """Characters beyond which a text is no label, however numbered and spaced."""
        return 2 * max(map(len, self._par_cle))

    @cached_property
    def _par_autre_cle(self) -> Mapping[str, Question]:
        """Key of a former or usual label -> question; the ones that would name two questions are left out."""
        connus: dict[str, Question | None] = {}
        for question in self.questions:
            for texte in self.autres_libelles.get(question.identifiant, ()):
                connus[cle(texte)] = None if cle(texte) in connus else question
        return {k: q for k, q in connus.items() if q and k not in self._par_cle}

    def question_exacte(self, texte: str) -> Question | None:
        """The question whose label a text is, numbering and writing aside."""
        if not texte or len(texte) > self._plus_long:
            return None
        return self._par_cle.get(cle(texte)) or self._par_cle.get(cle_libelle(texte))

    def question_proche(self, texte: str) -> tuple[Question, float] | None:
        """By another usual label, or by likeness, with how sure that is (0 to 1)."""
        cherchee = cle_libelle(texte)
        if (question := self._par_autre_cle.get(cherchee)) is not None:
            return question, _AUTRE_LIBELLE
        trouvee = proche(cherchee, self._par_cle)
        return (self._par_cle[trouvee[0]], trouvee[1] / 100) if trouvee else None

    @cached_property
    def colonnes_par_cle(self) -> Mapping[str, Mapping[str, Question]]:
        """Table -> key of a header -> its column."""
        return {question.identifiant: self._colonnes(question) for question in self.tableaux}

    def _colonnes(self, question: Question) -> Mapping[str, Question]:
        connues: dict[str, Question] = {}
        autres = self.autres_colonnes.get(question.identifiant, {})
        for colonne in question.colonnes:
            textes = (entete_affichee(question, colonne, None), colonne.libelle, *autres.get(colonne.identifiant, ()))
            for texte in textes:
                connues.setdefault(cle_libelle(texte), colonne)
        return connues

    # --- what the blank form says -----------------------------------------------------------------------------------

    def textes_fixes(self, referentiel: Referentiel) -> frozenset[str]:
        """Keys of everything the blank form says by itself: what is not among them was written by the porteur."""
        fixes: frozenset[str] | None = referentiel.index.get(("textes_fixes", self.code))
        if fixes is None:
            fixes = CLES_PROMPTS | {cle(texte) for texte in self._textes(referentiel)} - {""}
            referentiel.index["textes_fixes", self.code] = fixes
        return fixes

    def _textes(self, referentiel: Referentiel) -> Iterable[str]:
        yield from (referentiel.titre, referentiel.cite, self.titre, LOGO, *self.consignes, INDICATION_LIGNES)
        yield from (PHRASE_A_INSERER, phrase_citee(referentiel), referentiel.phrase_communication)
        yield from (LOGOS_A_INSERER, referentiel.texte_logos, f"{LOGOS_A_INSERER} {referentiel.texte_logos}")
        yield from (TOTAL, TOTAL_SIMPLE, version_affichee(referentiel))
        yield from (f"{TITRE_TETE}{DESCRIPTION_TETE}", TITRE_TETE, DESCRIPTION_TETE, DESCRIPTION_QUESTIONS)
        for section in self.sections:  # some editors write the alternative text of a table above it
            yield from (section.titre, section.aide, f"{section.titre}{DESCRIPTION_QUESTIONS}")
        for question in self.questions:
            yield from (question.libelle, *aides(question), *(c.libelle for c in question.colonnes))
            if question.ligne:
                yield from (description_tableau(question), f"{question.libelle}{description_tableau(question)}")
            yield from (entete_affichee(question, c, None) for c in question.colonnes)
            if question.options:
                yield from (groupe for o in referentiel.options(question.options) for groupe in o.groupes)
