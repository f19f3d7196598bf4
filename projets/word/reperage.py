"""Where each answer of the form is in a Word body: rows of questions, tables of answers, loose text between them.

Tags, bookmarks and labels vote for each row; what is left is tried by former labels, by likeness, then by position. Values
are not read here (``conversion.py``), only found.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from ..questionnaire import Genre, Question, texte_propre
from .conversion import texte_saisi
from .donnees import Donnees, Reconnaissance
from .formulaire import Formulaire
from .gabarit import cle, cle_libelle, entete_affichee
from .libelles import autour, detacher
from .marques import (
    est_aide,
    etiquettes_doubles,
    identites,
    question_avant_separateur,
    question_des_mots,
    question_du_signet,
    questions_des_etiquettes,
    sans_libelle,
    tient_du_formulaire,
)
from .recueil import Recueil
from .resultats import Source
from .structure import Bloc, Cellule, Rangee, Tableau, blocs
from .texte import Ligne


@dataclass
class Reperee:
    """One place of the document that answers a question."""

    question: Question
    source: Source
    surete: float
    lignes: list[Ligne]
    element: Any  # the cell or the paragraph of the answer
    reste: list[Ligne] = field(default_factory=list)  # words found in the label cell
    intitule: str = ""  # the label as it was retyped
    au_dessous: bool = False  # in the row below its label, without a control that says so


class Reperage:
    """One pass over a body: what answers, tables of answers, what is left."""

    def __init__(self, corps: Any, formulaire: Formulaire, fixes: frozenset[str]):
        self.formulaire = formulaire
        self.recueil = Recueil(fixes)
        self._reconnaissance = Reconnaissance(formulaire)
        self.reperees: list[Reperee] = []
        self.donnees: list[Donnees] = []
        self.ancres: dict[str, Any] = {}  # question -> element of its title
        self._restantes: list[tuple[Tableau, int, Rangee, str]] = []
        self._legende: Question | None = None
        self._courante: Reperee | None = None
        self._au_dessus: Reperee | None = None  # the question of the row above, while it has no answer
        blocs_lus = list(blocs(corps))
        self._doubles = etiquettes_doubles(formulaire, (bloc for bloc, _ in blocs_lus if isinstance(bloc, Tableau)))
        self._suivre(blocs_lus)
        self._rangees_restantes()

    def _suivre(self, suite: Iterable[tuple[Bloc, Any]]) -> None:
        """Tables and loose lines in their order: of the body, or of a cell that holds the form."""
        for bloc, element in suite:
            if isinstance(bloc, Tableau):
                self._courante = None
                self._tableau(bloc)
            else:
                self._ligne(bloc, element)

    # --- tables -----------------------------------------------------------------------------------------------------

    def _tableau(self, tableau: Tableau) -> None:
        if moities := self._reconnaissance.partager(tableau):
            for moitie in moities:
                self._tableau(moitie)
            return
        deja = frozenset(donnees.question.identifiant for donnees in self.donnees)
        donnees = self._reconnaissance.reconnaitre(tableau, self._legende, deja, self._libelles)
        if donnees is None and (precedente := self._suite_possible(tableau)):
            donnees = Donnees(precedente.question, tableau, -1, precedente.colonnes, precedente.annees, "position")
        if donnees is not None and donnees.rang_entete >= 0 and self._porte_des_questions(tableau, donnees):
            donnees = None
        if donnees is not None:
            precedente = self.donnees[-1] if self.donnees else None
            donnees.suite = (
                precedente is not None
                and precedente.question is donnees.question
                and self._legende is None
                and self.recueil.pres_de == donnees.question.libelle
            )
            self.donnees.append(donnees)
            self._legende = None
            self.recueil.pres_de = donnees.question.libelle
            for rangee in tableau.rangees[: max(donnees.rang_entete, 0)]:
                self.recueil.perdre_rangee(rangee)
            if donnees.rang_entete >= 0:
                self._mots_des_entetes(donnees)
            return
        for rang, rangee in enumerate(tableau.rangees):
            if self._mise_en_page(rangee):
                continue
            self._imbriques(rangee)
            if not self._rangee(rangee):
                self._restantes.append((tableau, rang, rangee, self.recueil.pres_de))
        self._legende = None

    def _mots_des_entetes(self, donnees: Donnees) -> None:
        """Words that somebody wrote beside the header of a column."""
        connues = self.formulaire.colonnes_par_cle[donnees.question.identifiant]
        for cellule in donnees.tableau.rangees[donnees.rang_entete].cellules:
            colonne = donnees.colonnes.get(cellule.debut)
            if colonne is not None and cle_libelle(cellule.texte) not in connues:
                affichee = entete_affichee(donnees.question, colonne, None)
                libelle = affichee if autour(cellule.texte, affichee) else colonne.libelle
                self.recueil.perdre_autour(cellule.texte, libelle, cellule.element)

    def _reponse_au_dessous(self, rangee: Rangee) -> bool:
        """A row without label under a question without answer: the answer was typed below."""
        derniere = self.reperees[-1] if self.reperees else None
        cellules = [cellule for cellule in rangee.cellules if cellule.texte]
        if derniere is None or derniere is not self._au_dessus or len(cellules) != 1:
            return False
        noms = {nom for cellule in rangee.cellules for nom in questions_des_etiquettes(self.formulaire, cellule)}
        if noms and noms != {derniere.question.identifiant}:
            return False
        if len(rangee.cellules) > 1 and cellules[0] is rangee.cellules[0]:
            return False  # a label that nobody answered
        if all(map(self.recueil.est_fixe, cellules[0].texte.split("\n"))):
            return False
        derniere.lignes, derniere.element, self._au_dessus = cellules[0].utiles, cellules[0].element, None
        derniere.au_dessous = not noms
        return True

    def _suite_possible(self, tableau: Tableau) -> Donnees | None:
        """The table that this one continues: cut in two by an editor, same columns, nothing written between."""
        if not self.donnees or self._courante is not None or self._legende is not None:
            return None
        derniere = self.donnees[-1]
        if self.recueil.pres_de != derniere.question.libelle:
            return None
        largeur = len(derniere.question.colonnes)
        largeurs = {len(rangee.cellules) for rangee in tableau.rangees}
        if largeurs == {largeur} or (
            derniere.question.totalise and max(largeurs, default=0) == largeur
        ):  # headings, totals
            return derniere if not any(self._libelles(rangee) for rangee in tableau.rangees) else None
        return None

    def _porte_des_questions(self, tableau: Tableau, donnees: Donnees) -> bool:
        """Whether a table that looks like answers is in fact a list of questions of the form."""
        if donnees.source == "signet":
            return False
        return sum(bool(self._libelles(r)) for r in tableau.rangees) >= max(2, len(tableau.rangees) // 2)

    def _mise_en_page(self, rangee: Rangee) -> bool:
        """A row that only arranges the page: its cells hold tables of the form, and are read as so many bodies."""
        imbriques = [imbrique for cellule in rangee.cellules for imbrique in cellule.imbriques]
        if not any(tient_du_formulaire(self.formulaire, i) for i in imbriques) or self._libelles(rangee):
            return False
        for cellule in rangee.cellules:
            self._courante = None
            self._suivre(blocs(cellule.element))
        return True

    def _imbriques(self, rangee: Rangee) -> None:
        """Nested tables that hold questions are read for themselves; the others are words of their cell."""
        nommee = any(cellule.imbriques for cellule in rangee.cellules) and bool(self._libelles(rangee))
        for cellule in rangee.cellules:
            for imbrique in cellule.imbriques:
                if tient_du_formulaire(self.formulaire, imbrique, avec_controles=not nommee):
                    cellule.lire_a_part(identites(imbrique))
                    rangee.libelles = None
                    self._tableau(imbrique)

    def _rangee(self, rangee: Rangee) -> bool:
        """Reads a row of questions; False when nothing sure is said of it."""
        libelles = self._libelles(rangee)
        if not libelles:
            return self._reponse_au_dessous(rangee) or self._rangee_sans_libelle(rangee)
        if len(libelles) == 1 and 0 < max(libelles) == len(rangee.cellules) - 1 and rangee.cellules[0].texte:
            (place, (nom, source)) = next(iter(libelles.items()))  # label and answer were exchanged
            self._reponse(self.formulaire.par_nom[nom], source, 0.8, rangee.cellules[place], rangee.cellules[:place])
            return True
        places = [*libelles, len(rangee.cellules)]
        for place, suivante in pairwise(places):
            nom, source = libelles[place]
            valeurs = rangee.cellules[place + 1 : suivante]
            self._reponse(self.formulaire.par_nom[nom], source, source.surete, rangee.cellules[place], valeurs)
        for cellule in rangee.cellules[: places[0]]:
            self.recueil.perdre(cellule.utiles, cellule.element)
        return True

    def _libelles(self, rangee: Rangee) -> dict[int, tuple[str, Source]]:
        """Places of the label cells of a row: question and what says so. Tag, bookmark and words vote."""
        if rangee.libelles is None:
            rangee.libelles = self._chercher_libelles(rangee)
        return rangee.libelles

    def _chercher_libelles(self, rangee: Rangee) -> dict[int, tuple[str, Source]]:
        indices: dict[int, tuple[str | None, str | None]] = {}
        precedente_est_libelle = False
        for place, cellule in enumerate(rangee.cellules):
            par_signet = question_du_signet(self.formulaire, cellule)
            par_mots = None if precedente_est_libelle else question_des_mots(self.formulaire, cellule)
            precedente_est_libelle = par_signet is not None or par_mots is not None
            if precedente_est_libelle:
                indices[place] = (par_signet, par_mots)
        places = sorted(indices)
        trouvees: dict[int, tuple[str, Source]] = {}
        for rang, place in enumerate(places):
            fin = places[rang + 1] if rang + 1 < len(places) else len(rangee.cellules)
            etiquettes = [
                nom for c in rangee.cellules[place:fin] for nom in questions_des_etiquettes(self.formulaire, c)
            ]
            trouvees[place] = self._voter(etiquettes, *indices[place])
        return trouvees

    def _voter(self, etiquettes: Sequence[str], signet: str | None, mots: str | None) -> tuple[str, Source]:
        votes: Counter[str] = Counter()
        for nom in dict.fromkeys(etiquettes):
            votes[nom] += 40 if nom in self._doubles else 100
        if signet:
            votes[signet] += 90
        if mots:
            votes[mots] += 95
        gagnante = votes.most_common(1)[0][0]
        if gagnante in etiquettes:
            return gagnante, Source.CONTROLE
        return gagnante, Source.SIGNET if gagnante == signet else Source.LIBELLE

    def _rangee_sans_libelle(self, rangee: Rangee) -> bool:
        """A row whose label was retyped beyond recognition: its controls still say which answers it holds."""
        trouve = False
        for place, cellule in enumerate(rangee.cellules):
            noms = list(dict.fromkeys(questions_des_etiquettes(self.formulaire, cellule)))
            if len(noms) == 1:
                trouve = True
                question = self.formulaire.par_nom[noms[0]]
                surete = 0.7 if noms[0] in self._doubles else 1.0
                suite = rangee.cellules[place + 1 :]
                if any(questions_des_etiquettes(self.formulaire, c) for c in suite):
                    suite = []
                lignes = [ligne for c in (cellule, *suite) for ligne in c.utiles]
                if len(rangee.cellules) == 1:
                    lignes = sans_libelle(self.formulaire, lignes, question, self.recueil.fixes)
                self.reperees.append(Reperee(question, Source.CONTROLE, surete, lignes, cellule.element))
                self.recueil.pres_de = question.libelle
        return trouve

    def _reponse(
        self, question: Question, source: Source, surete: float, libelle: Cellule, valeurs: Sequence[Cellule]
    ) -> None:
        """The value is every cell after the label; words left in the label cell are the value of an empty one."""
        lignes = [ligne for cellule in valeurs for ligne in cellule.utiles]
        reste = sans_libelle(self.formulaire, libelle.utiles, question, self.recueil.fixes)
        element = valeurs[0].element if valeurs else libelle.element
        if reste and not valeurs:
            lignes, reste = reste, []
        self.ancres.setdefault(question.identifiant, libelle.element)
        self.reperees.append(Reperee(question, source, surete, lignes, element, reste))
        sans_reponse = not reste and not texte_saisi([ligne.texte for ligne in lignes]).strip()
        self._au_dessus = self.reperees[-1] if sans_reponse else None
        self.recueil.pres_de = question.libelle

    # --- loose lines ------------------------------------------------------------------------------------------------

    def _ligne(self, ligne: Ligne, element: Any) -> None:
        """A paragraph outside of tables: title, sentence of the form, answer after its label, or words to place."""
        texte = texte_propre(ligne.texte)
        connus = self.formulaire.signets
        nom = next((connus[s] for s in ligne.signets if s in connus), None)
        question = self.formulaire.par_nom[nom[0]] if nom and not nom[1] else None
        if question is None and len(texte) < 150:
            question = self.formulaire.question_exacte(texte)
        if question is not None and question.genre is Genre.TABLEAU:
            self._legende, self._courante, self.recueil.pres_de = question, None, question.libelle
            self.ancres[question.identifiant] = element
            self.recueil.perdre_autour(texte, question.libelle, element)
            return
        if not texte and not ligne.etiquettes:
            if self._courante is not None:
                self._courante.lignes.append(ligne)
            return
        if self._reponse_de_paragraphe(ligne, texte, question, element):
            return
        if self.recueil.est_fixe(texte):
            if self._courante is not None and not self._reste_ouverte(self._courante.question, texte):
                self._courante = None
            self.recueil.pres_de = texte
            return
        if self._courante is not None:
            self._courante.lignes.append(ligne)
        else:
            self.recueil.perdre([ligne], element)

    def _reste_ouverte(self, question: Question, texte: str) -> bool:
        """Whether words of the form stand inside an answer: the help of its question, the headings of a tick list."""
        if est_aide(texte, question):
            return True
        titres = {cle(section.titre) for section in self.formulaire.sections}
        return question.genre is Genre.CHOIX_MULTIPLE and cle(texte) not in titres

    def _reponse_de_paragraphe(self, ligne: Ligne, texte: str, question: Question | None, element: Any) -> bool:
        """« Titre du projet : La mare » or a label alone above its answer; also a control of ours in a paragraph."""
        etiquettes = [n for n in map(self.formulaire.nom, ligne.etiquettes) if n in self.formulaire.par_nom]
        suite: str | None = None
        if question is not None:
            suite = detacher(texte, question.libelle)
            suite = texte.partition(":")[2].strip() if suite is None else suite
        else:
            question, suite = question_avant_separateur(self.formulaire, ligne.texte.replace("\u00a0", " ").strip())
        if question is None and len(etiquettes) == 1:
            question, suite = self.formulaire.par_nom[etiquettes[0]], texte
        if question is None or question.genre is Genre.TABLEAU:
            return False
        source = (
            Source.CONTROLE
            if question.identifiant in etiquettes
            else Source.SIGNET
            if ligne.signets
            else Source.LIBELLE
        )
        lignes = [Ligne(suite, (), ligne.signets)] if suite else []
        self._courante = Reperee(question, source, source.surete - 0.05, lignes, element)
        self.reperees.append(self._courante)
        self.recueil.pres_de = question.libelle
        return True

    # --- what is left -----------------------------------------------------------------------------------------------

    def _rangees_restantes(self) -> None:
        """Rows that nothing sure named: former labels, likeness, then the place between two known rows."""
        trouvees = {reperee.question.identifiant for reperee in self.reperees}
        encore = []
        for restante in self._restantes:
            nom = self._par_ressemblance(restante[2], trouvees)
            if nom is None:
                encore.append(restante)
            else:
                trouvees.add(nom)
        for tableau, rang, rangee, pres_de in encore:
            if not self._par_position(tableau, rang, rangee, trouvees):
                self.recueil.pres_de = pres_de
                self.recueil.perdre_rangee(rangee)

    def _par_ressemblance(self, rangee: Rangee, trouvees: set[str]) -> str | None:
        if not 1 < len(rangee.cellules) <= 4:
            return None
        libelle = rangee.cellules[0]
        premiere = next((ligne.texte for ligne in libelle.utiles if ligne.texte.strip()), "")
        trouvee = self.formulaire.question_proche(premiere) or self.formulaire.question_proche(libelle.texte)
        if trouvee is None or trouvee[0].identifiant in trouvees or trouvee[0].genre is Genre.TABLEAU:
            return None
        self._reponse_renommee(trouvee[0], Source.LIBELLE, trouvee[1], rangee)
        return trouvee[0].identifiant

    def _par_position(self, tableau: Tableau, rang: int, rangee: Rangee, trouvees: set[str]) -> bool:
        """The only missing question between two known neighbours of the same table."""
        if len(rangee.cellules) != 2 or not rangee.cellules[0].texte:
            return False
        avant, apres = self._voisine(tableau, rang, -1), self._voisine(tableau, rang, 1)
        if avant is None or apres is None or self.formulaire.rangs[apres] - self.formulaire.rangs[avant] != 2:
            return False
        question = self.formulaire.questions[self.formulaire.rangs[avant] + 1]
        if question.identifiant in trouvees or question.genre is Genre.TABLEAU:
            return False
        trouvees.add(question.identifiant)
        self._reponse_renommee(question, Source.POSITION, Source.POSITION.surete, rangee)
        return True

    def _voisine(self, tableau: Tableau, rang: int, pas: int) -> str | None:
        place = rang + pas
        if not 0 <= place < len(tableau.rangees):
            return None
        elements = {id(cellule.element) for cellule in tableau.rangees[place].cellules}
        return next((r.question.identifiant for r in self.reperees if id(r.element) in elements), None)

    def _reponse_renommee(self, question: Question, source: Source, surete: float, rangee: Rangee) -> None:
        """The label cell holds other words than ours: all of them are the label."""
        lignes = [ligne for cellule in rangee.cellules[1:] for ligne in cellule.utiles]
        element, intitule = rangee.cellules[1].element, texte_propre(rangee.cellules[0].texte)
        self.reperees.append(Reperee(question, source, surete, lignes, element, intitule=intitule))
        self.ancres.setdefault(question.identifiant, rangee.cellules[0].element)
