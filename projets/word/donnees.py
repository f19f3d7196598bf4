"""Tables whose rows are answers (partners, interventions, budget…): which question they hold, and what their rows say."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..dossier import QUESTIONS
from ..questionnaire import Genre, Question, est_vide, texte_propre
from .conversion import Convertisseur, Remarque, Reponse, texte_saisi
from .gabarit import CLES_PROMPTS, TOTAL, cle, cle_libelle, signets_connus
from .libelles import colonnes_par_cle, proche
from .structure import Cellule, Rangee, Tableau
from .texte import Ligne

TABLEAUX = tuple(question for question in QUESTIONS if question.genre is Genre.TABLEAU)
_PAR_NOM = {question.identifiant: question for question in TABLEAUX}
_ANNEE = re.compile(
    r"(?:annee|budget|montant|exercice|civile|n1?|de|en|pour|l)*(20\d\d)(?:euros?|eur|ttc|n1?)*"
)  # on keys
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

    @property
    def rangees(self) -> list[Rangee]:
        return self.tableau.rangees[self.rang_entete + 1 :]


def reconnaitre(tableau: Tableau, legende: Question | None, deja: frozenset[str] = frozenset()) -> Donnees | None:
    """Which question a table answers; None when its rows are not answers of a table."""
    for rang, rangee in enumerate(tableau.rangees[:_RANGEES_D_ENTETE]):
        indices = {question.identifiant: _indices(rangee, question) for question in TABLEAUX}
        question = _meilleure(indices, tableau, rangee, legende, deja)
        if question is not None:
            return _donnees(question, tableau, rang, indices[question.identifiant])
    return _sans_entete(tableau, legende)


def _annee(entete: str) -> int | None:
    """The civil year of a header such as « Année 2026 (€) »."""
    trouvee = _ANNEE.fullmatch(cle(entete)) if len(entete) < 60 else None
    return int(trouvee[1]) if trouvee else None


@dataclass
class _Indice:
    """What the header cells say for one question: column by place, and by what."""

    colonnes: dict[int, Question] = field(default_factory=dict)
    par_signet: int = 0
    par_libelle: int = 0


def _indices(rangee: Rangee, question: Question) -> _Indice:
    indice = _Indice()
    par_cle = colonnes_par_cle(question)
    par_nom = {colonne.identifiant: colonne for colonne in question.colonnes}
    prises: set[str] = set()
    for cellule in rangee.cellules:
        connus = [signets_connus()[nom] for nom in cellule.signets if nom in signets_connus()]
        nom = next((colonne for identifiant, colonne in connus if identifiant == question.identifiant and colonne), "")
        ecrite = par_cle.get(cle_libelle(cellule.texte))
        if ecrite is not None and ecrite.identifiant not in prises:
            indice.par_libelle += 1
        colonne = par_nom.get(nom) if nom else ecrite
        if ecrite is not None and nom and ecrite.identifiant != nom:
            colonne = ecrite  # the header was given another name: the name counts
        if colonne is None and (trouvee := proche(cle(cellule.texte), par_cle)):
            colonne = par_cle[trouvee[0]]
            indice.par_libelle += colonne.identifiant not in prises
        if colonne is not None and colonne.identifiant not in prises:
            prises.add(colonne.identifiant)
            indice.colonnes[cellule.debut] = colonne
            indice.par_signet += bool(nom)
    return indice


def _meilleure(
    indices: Mapping[str, _Indice], tableau: Tableau, rangee: Rangee, legende: Question | None, deja: frozenset[str]
) -> Question | None:
    """The question that explains most of the header cells; options and titles part the budgets."""
    annees = sum(_annee(c.texte) is not None for c in rangee.cellules)
    notes: list[tuple[float, Question]] = []
    for question in TABLEAUX:
        indice = indices[question.identifiant]
        montants = sum(colonne.genre is Genre.MONTANT for colonne in question.colonnes)
        trouvees = len(indice.colonnes) + (min(annees, montants) if montants == 2 else 0)
        assez = 2 * trouvees >= len(question.colonnes) and trouvees >= 2 and indice.par_libelle >= 1
        if not (indice.par_signet or assez):
            continue
        note = trouvees / len(question.colonnes) + indice.par_signet
        note += 0.5 * (legende is question) - 0.1 * (question.identifiant in deja)
        notes.append((note, question))
    if not notes:
        return None
    meilleure = max(note for note, _ in notes)
    egales = [question for note, question in notes if meilleure - note < 0.5]
    if len(egales) > 1 and legende not in egales:
        egales.sort(key=lambda q: (-_options_reconnues(q, tableau), q.identifiant in deja))
    elif legende in egales:
        return legende
    return egales[0]


def _options_reconnues(question: Question, tableau: Tableau) -> int:
    """Rows marked as a preset option of this question."""
    prefixe = f"opt_{question.identifiant}_"
    return sum(nom.startswith(prefixe) for r in tableau.rangees for c in r.cellules[:1] for nom in c.signets)


def _donnees(question: Question, tableau: Tableau, rang: int, indice: _Indice) -> Donnees:
    donnees = Donnees(
        question, tableau, rang, dict(indice.colonnes), source="signet" if indice.par_signet else "libelle"
    )
    rangee = tableau.rangees[rang]
    manquantes = [colonne for colonne in question.colonnes if colonne not in donnees.colonnes.values()]
    avec_annees = [colonne for colonne in question.colonnes if colonne.genre is Genre.MONTANT]
    for place, cellule in enumerate(rangee.cellules):
        donnees.entetes[cellule.debut] = texte_propre(cellule.texte)
        if len(avec_annees) == 2 and (annee := _annee(cellule.texte)):
            donnees.annees[cellule.debut] = annee
        if cellule.debut in donnees.colonnes or place >= len(question.colonnes):
            continue
        attendue = question.colonnes[place]
        if attendue in manquantes and len(rangee.cellules) == len(question.colonnes):
            donnees.colonnes[cellule.debut] = attendue  # a header retyped in its place
            manquantes.remove(attendue)
    return donnees


def _sans_entete(tableau: Tableau, legende: Question | None) -> Donnees | None:
    """A table that lost its header: known by the tags of its cells, its preset rows or the title above it."""
    for question in TABLEAUX:
        largeur = len(question.colonnes)
        marquees = _options_reconnues(question, tableau) if question.preremplie else 0
        etiquetees = sum(
            nom.startswith(f"{question.identifiant}.")
            for r in tableau.rangees
            for c in r.cellules
            for nom in c.etiquettes
        )
        titre = legende is question and any(len(r.cellules) == largeur for r in tableau.rangees)
        if (marquees >= 2 or etiquetees or titre) and any(len(r.cellules) == largeur for r in tableau.rangees):
            modele = next(r for r in tableau.rangees if len(r.cellules) == largeur)
            colonnes = {c.debut: colonne for c, colonne in zip(modele.cellules, question.colonnes, strict=True)}
            return Donnees(question, tableau, -1, colonnes, source="position")
    return None


# --- rows -----------------------------------------------------------------------------------------------------------


@dataclass
class LigneLue:
    """One row as read: the dataclass, remarks by column, cells by column."""

    objet: Any
    remarques: list[tuple[str, Remarque]]
    cellules: dict[str, Any]
    perdus: list[str]
    element: Any

    def est_vide(self, question: Question) -> bool:
        return est_vide(self.objet, question)


@dataclass
class Total:
    """A row of totals typed or left by the porteur: amount by column."""

    montants: dict[str, Any]
    cellules: dict[str, Any]


def lire_rangees(donnees: Donnees, convertisseur: Convertisseur, annee: int | None) -> Iterator[LigneLue | Total]:
    """Rows of a table, headings and repeated headers left out; ``annee`` is year N of the budget."""
    colonnes = _colonnes_par_annee(donnees, annee)
    au_dessus: dict[int, Cellule] = {}
    for rangee in donnees.rangees:
        if _repete_entete(rangee, donnees):
            continue
        places = _placer(rangee, donnees, colonnes, au_dessus)
        premiere = donnees.question.colonnes[0].identifiant
        if donnees.question.preremplie and (total := _total(places, premiere, donnees, convertisseur)) is not None:
            yield total
            continue
        if _titre_de_groupe(rangee, places, donnees, convertisseur):
            continue
        yield _lire_rangee(rangee, places, donnees, convertisseur)


def _colonnes_par_annee(donnees: Donnees, annee: int | None) -> dict[int, Question | None]:
    """Columns by place; the years written in the header decide which amount is of year N (None: of neither year)."""
    colonnes: dict[int, Question | None] = dict(donnees.colonnes)
    if annee is None or annee not in donnees.annees.values():
        return colonnes
    par_nom = {colonne.identifiant: colonne for colonne in donnees.question.colonnes}
    for place, ecrite in donnees.annees.items():
        nom = {annee: "montant_n", annee + 1: "montant_n1"}.get(ecrite, "")
        colonnes[place] = par_nom.get(nom)
    return colonnes


def _repete_entete(rangee: Rangee, donnees: Donnees) -> bool:
    """A header copied further down, as editors do when a table is cut in two."""
    textes = [cle(c.texte) for c in rangee.cellules]
    return len(textes) > 1 and any(textes) and textes == [cle(t) for t in donnees.entetes.values()]


@dataclass
class _Place:
    colonne: Question | None
    cellule: Cellule
    lignes: list[Ligne]
    fusionnee: bool = False


def _placer(
    rangee: Rangee, donnees: Donnees, colonnes: Mapping[int, Question | None], au_dessus: dict[int, Cellule]
) -> list[_Place]:
    """Each cell of a row with its column: by its tag, its place in the grid, or its rank when the grid was lost."""
    par_nom = {colonne.identifiant: colonne for colonne in donnees.question.colonnes}
    ordre = [colonnes[debut] for debut in sorted(colonnes)]
    par_rang = len(rangee.cellules) == len(donnees.question.colonnes) and any(
        c.debut not in colonnes and c.debut not in donnees.entetes for c in rangee.cellules
    )
    places = []
    for rang, cellule in enumerate(rangee.cellules):
        colonne = colonnes.get(cellule.debut)
        if par_rang and rang < len(ordre):
            colonne = ordre[rang]
        for etiquette in cellule.etiquettes:
            proprietaire, _, nom = etiquette.partition(".")
            if proprietaire == donnees.question.identifiant and nom in par_nom and len(cellule.etiquettes) == 1:
                colonne = par_nom[nom] if par_nom[nom].genre is not Genre.MONTANT else colonne
        lignes, fusionnee = cellule.utiles, False
        if cellule.fusion == "continue" and cellule.debut in au_dessus and not cellule.texte:
            lignes, fusionnee = au_dessus[cellule.debut].utiles, True
        elif cellule.fusion != "continue":
            au_dessus.pop(cellule.debut, None)
            if cellule.fusion == "restart":
                au_dessus[cellule.debut] = cellule
        places.append(_Place(colonne, cellule, lignes, fusionnee))
    return places


def _total(places: Sequence[_Place], premiere: str, donnees: Donnees, convertisseur: Convertisseur) -> Total | None:
    """A row that adds up the others."""
    texte = next((_texte(p.lignes) for p in places if p.colonne and p.colonne.identifiant == premiere), "")
    if not texte.strip() or not re.match(r"(sous)?tota(l|ux)", cle(texte)):
        return None
    options = convertisseur.options(donnees.question.identifiant, donnees.question.colonnes[0].options)
    if options.exact(texte) is not None:
        return None
    total = Total({}, {})
    general = cle(texte) == cle(TOTAL) or cle(texte).startswith("total")
    for place in places:
        if general and place.colonne is not None and place.colonne.genre is Genre.MONTANT:
            reponse = convertisseur.lire(place.colonne, place.lignes)
            if reponse.valeur is not None:
                total.montants[place.colonne.identifiant] = reponse.valeur
                total.cellules[place.colonne.identifiant] = place.cellule.element
    return total


def _titre_de_groupe(rangee: Rangee, places: Sequence[_Place], donnees: Donnees, convertisseur: Convertisseur) -> bool:
    """A heading row (« 60 Achats ») that nobody wrote on."""
    if not donnees.question.preremplie:
        return False
    pleines = [_texte(p.lignes) for p in places if _texte(p.lignes)]
    if len(pleines) != 1 or not rangee.cellules or places[0].cellule.texte != pleines[0]:
        return False
    options = convertisseur.options(donnees.question.identifiant, donnees.question.colonnes[0].options)
    return cle(pleines[0]) in options.groupes and options.exact(pleines[0]) is None


def _texte(lignes: Sequence[Ligne]) -> str:
    brut = texte_saisi([ligne.texte for ligne in lignes])
    if not brut or brut.isspace():
        return ""
    texte = texte_propre(brut, multiligne=True)
    return "" if cle(texte) in CLES_PROMPTS else texte


def _lire_rangee(rangee: Rangee, places: Sequence[_Place], donnees: Donnees, convertisseur: Convertisseur) -> LigneLue:
    question = donnees.question
    valeurs: dict[str, Any] = {}
    remarques: list[tuple[str, Remarque]] = []
    cellules: dict[str, Any] = {}
    perdus: list[str] = []
    for place in places:
        texte = _texte(place.lignes)
        colonne = place.colonne
        if colonne is None or colonne.identifiant in valeurs:
            if texte and not place.fusionnee:
                entete = donnees.entetes.get(place.cellule.debut, "")
                perdus.append(f"{entete} : {texte}" if entete else texte)
            continue
        cellules[colonne.identifiant] = place.cellule.element
        reponse = convertisseur.lire(colonne, place.lignes, tableau=question.identifiant)
        if place.fusionnee and colonne.genre in (Genre.MONTANT, Genre.ENTIER, Genre.NOMBRE):
            fusionnee = Reponse(colonne.vide)
            if reponse.valeur is not None:
                fusionnee.a_verifier(
                    "Ce nombre est dans une cellule fusionnée : écrivez-le sur une seule ligne.", texte
                )
            reponse = fusionnee
        valeurs[colonne.identifiant] = reponse.valeur
        remarques += [(colonne.identifiant, remarque) for remarque in reponse.remarques]
        perdus += reponse.perdus
    return LigneLue(question.ligne(**valeurs), remarques, cellules, perdus, rangee.element)
