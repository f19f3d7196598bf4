"""Lines pasted from a spreadsheet -> amounts by account: what was understood, what was not, nothing lost.

Framework-free. ``lire`` never guesses: an account that is not clearly one, or an amount that can be read in two ways, comes
back as it was written for a person to choose. ``inscrire`` puts chosen lines in a Dossier.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from rapidfuzz import fuzz

from .dossier import Charge, Dossier, LigneBudgetPrevue, Produit
from .questionnaire import Option, Referentiel, texte_propre
from .valeurs import ValeurIllisible, insecables, lire_montant, simplifier
from .word.libelles import Options

LONGUEUR_MAX = 60_000  # characters; a budget is far shorter
LIGNES_MAX = 300
LIGNE_MAX = 500  # characters of a line without cells, in which an amount is looked for
MONTANT_MAX = 60  # characters of an amount, however it is written
_CLASSES = {"charges": Charge, "produits": Produit}
_NUMERO = re.compile(r"(\d{2,6})\b[\s.:–—-]*(?=\D|$)")
_ANNEE = re.compile(r"(?:année\s+|exercice\s+|budget\s+)?(20\d\d)(?:\s*\(?€?\)?)?", re.IGNORECASE)
_TOTAL = re.compile(r"(sous[ -]?)?tota(l|ux)\b")
_MONTANT_FINAL = re.compile(r"(.*?[^\d\s.,'’-])[\s:]+(-?\d[\d\s.,'’]*(?:€|euros?|eur)?)", re.IGNORECASE | re.DOTALL)
_CHIFFRES = re.compile(r"[-–−(]?\s*\d[\d\s.,'’]*(?:k?\s*€|euros?|eur)?\s*\)?", re.IGNORECASE)
# Words that half of the accounts could claim: alone, they name none.
_VAGUES = frozenset(
    {"achat", "aide", "autre", "charge", "cout", "depense", "divers", "diver", "exceptionnel", "frai", "financier", "impot",
     "prestation", "produit", "recette", "ressource", "service", "subvention", "taxe", "exterieur", "personnel"}
)  # fmt: skip
_VIDES = frozenset({"", "-", "–", "—", "€"})


@dataclass(frozen=True)
class LigneCollee:
    """One pasted line: its own words, the account it names (empty when not clearly one), its amounts in N and N+1."""

    texte: str
    libelle: str = ""
    champ: str = ""  # « charges » or « produits », empty without account
    compte: str = ""
    montants: tuple[Decimal | None, Decimal | None] = (None, None)
    detail: str = ""
    erreur: str = ""  # what could not be read in it

    @property
    def est_comprise(self) -> bool:
        return bool(self.compte and not self.erreur)


@dataclass(frozen=True)
class Collage:
    """Everything that was pasted: lines with an amount, and the others (headings, totals) as they were."""

    lignes: tuple[LigneCollee, ...] = ()
    laissees: tuple[str, ...] = ()

    @property
    def comprises(self) -> tuple[LigneCollee, ...]:
        return tuple(ligne for ligne in self.lignes if ligne.est_comprise)


def lire(texte: str, referentiel: Referentiel, annee: int | None = None) -> Collage:
    """What a pasted text says. ``annee`` is the year N of the file: a header with years says which column is which."""
    lecture = _Lecture(referentiel, annee)
    for rangee in _rangees(texte[:LONGUEUR_MAX])[:LIGNES_MAX]:
        lecture.ajouter(rangee)
    return lecture.conclure()


# --- cells ----------------------------------------------------------------------------------------------------------


def _rangees(texte: str) -> list[list[str]]:
    """Rows of cells: tabs of a spreadsheet, else semicolons, else wide spaces."""
    texte = texte.replace("\r\n", "\n").replace("\r", "\n")
    if "\t" in texte and texte.count('"') % 2 == 0:  # a lone quote (« 24" ») would swallow the rest
        rangees = list(csv.reader(io.StringIO(texte, newline=""), delimiter="\t"))
    else:
        rangees = [_couper(ligne) for ligne in texte.split("\n")]
    propres = [[texte_propre(cellule) for cellule in rangee] for rangee in rangees]
    return [rangee for rangee in propres if any(rangee)]


def _couper(ligne: str) -> list[str]:
    if "\t" in ligne:
        return ligne.split("\t")
    if ";" in ligne:
        return ligne.split(";")
    cellules = re.split(r"[ \u00a0\u202f]{2,}", ligne.strip())
    if len(cellules) == 1 and len(ligne) <= LIGNE_MAX and (trouve := _MONTANT_FINAL.fullmatch(ligne.strip())):
        return [trouve[1], trouve[2]]
    return cellules


def _est_un_montant(cellule: str) -> bool:
    """Whether a cell is meant as an amount, readable or not."""
    return len(cellule) <= MONTANT_MAX and bool(_CHIFFRES.fullmatch(cellule))


def _est_un_numero(rangee: Sequence[str], rang: int) -> bool:
    """Whether a cell is the number of an account (class 60 to 87), its label in the next cell."""
    suivante = rangee[rang + 1] if rang + 1 < len(rangee) else ""
    return bool(re.fullmatch(r"(?:6\d|7\d|8[67])\d{0,4}", rangee[rang])) and not (
        suivante in _VIDES or _est_un_montant(suivante)
    )


@dataclass
class _Morceau:
    """A label and the cells of its amounts, by column of the sheet; a row of two budgets side by side holds two."""

    libelle: str
    depart: int
    texte: str = ""  # its own cells, as they were
    montants: dict[int, str] = field(default_factory=dict)
    detail: list[str] = field(default_factory=list)


def _morceaux(rangee: Sequence[str]) -> Iterator[_Morceau]:
    """The parts of a row, each from a label to the next label that has an amount of its own."""
    courant: _Morceau | None = None
    attente: list[tuple[int, str]] = []  # words since the last amount: a label if an amount follows, else precisions
    for rang, cellule in enumerate(rangee):
        if cellule in _VIDES:
            continue
        if not _est_un_montant(cellule) or (not attente and _est_un_numero(rangee, rang)):
            attente.append((rang, cellule))
            continue
        if attente and (courant is None or courant.montants):
            if courant is not None:
                courant.texte = _ecrites(rangee[courant.depart : attente[0][0]])
                yield courant
            courant = _Morceau(" ".join(mots for _, mots in attente), attente[0][0])
            attente = []
        elif courant is None:
            courant = _Morceau("", rang)
        courant.montants[rang] = cellule
    if courant is None:
        courant = _Morceau(" ".join(mots for _, mots in attente), attente[0][0] if attente else 0)
    else:
        courant.detail = [mots for _, mots in attente]
    courant.texte = _ecrites(rangee[courant.depart :])
    yield courant


def _ecrites(cellules: Sequence[str]) -> str:
    """Cells as a spreadsheet copies them, so that they can be pasted again."""
    return "\t".join(cellules).strip()


# --- lines ----------------------------------------------------------------------------------------------------------


class _Lecture:
    """One paste being read: rows first, then the columns that they share."""

    def __init__(self, referentiel: Referentiel, annee: int | None) -> None:
        self.comptes = Comptes.de(referentiel)
        self.annee = annee
        self.annees: dict[int, int] = {}  # year written above a column
        self.morceaux: list[_Morceau] = []
        self.laissees: list[str] = []

    def ajouter(self, rangee: Sequence[str]) -> None:
        annees = {rang: int(trouve[1]) for rang, mot in enumerate(rangee) if (trouve := _ANNEE.fullmatch(mot))}
        if annees and not any(_est_un_montant(mot) for rang, mot in enumerate(rangee) if rang not in annees):
            self.annees = annees
            self.laissees.append(_ecrites(rangee))
            return
        for morceau in _morceaux(rangee):
            if not morceau.montants or _TOTAL.match(simplifier(morceau.libelle)):
                self.laissees.append(morceau.texte)
            else:
                self.morceaux.append(morceau)

    def conclure(self) -> Collage:
        return Collage(tuple(self._ligne(morceau) for morceau in self.morceaux), tuple(dict.fromkeys(self.laissees)))

    def _colonnes(self, morceau: _Morceau) -> list[int]:
        """Columns that hold amounts beside labels of the same column: an empty column in between is no year."""
        freres = [m for m in self.morceaux if m.depart == morceau.depart] if morceau.libelle else [morceau]
        return sorted({colonne for frere in freres for colonne in frere.montants})

    def _ligne(self, morceau: _Morceau) -> LigneCollee:
        champ, compte = self.comptes.trouver(morceau.libelle)
        ligne = LigneCollee(morceau.texte, morceau.libelle, champ, compte, detail=" ".join(morceau.detail))
        lus: dict[int, Decimal | None] = {}
        for colonne, cellule in morceau.montants.items():
            try:
                lus[colonne] = _montant(cellule)
            except ValeurIllisible as illisible:
                dite = illisible.message
                ligne = replace(ligne, erreur=dite if cellule in dite else f"« {cellule} » : {dite}")
        montants: list[Decimal | None] = [None, None]
        for colonne, montant in lus.items():
            rang = self._rang(morceau, colonne)
            if rang in (0, 1):
                montants[rang] = montant
            elif montant and montant != sum((m or Decimal(0) for c, m in lus.items() if c != colonne), Decimal(0)):
                ligne = replace(ligne, erreur=self._hors_annee(colonne))
        return replace(ligne, montants=(montants[0], montants[1]), erreur=insecables(ligne.erreur))

    def _rang(self, morceau: _Morceau, colonne: int) -> int:
        """0 for the year N, 1 for N+1, anything else for none of them."""
        if colonne in self.annees:
            return self.annees[colonne] - (self.annee or min(self.annees.values()))
        colonnes = [c for c in self._colonnes(morceau) if c not in self.annees]
        return colonnes.index(colonne) + len({*self.annees} & {*morceau.montants})

    def _hors_annee(self, colonne: int) -> str:
        if colonne in self.annees:
            return f"{self.annees[colonne]} n’est pas une année de ce budget."
        return "Cette ligne a plus de deux montants : gardez celui de chaque année civile."


def _montant(cellule: str) -> Decimal | None:
    """Euros of a cell; « (1 234,50) » is an accountant's minus."""
    entre = re.fullmatch(r"\(\s*(.*?)\s*\)", cellule)
    return lire_montant(f"-{entre[1]}" if entre else cellule)


# --- accounts -------------------------------------------------------------------------------------------------------


class Comptes:
    """The accounts of a call, found again by number, by label, by the words of a label; never one of two."""

    def __init__(self, options: dict[str, tuple[Option, ...]]) -> None:
        self.champs = {option.code: champ for champ, liste in options.items() for option in liste}
        self.options = [option for liste in options.values() for option in liste]

    @classmethod
    def de(cls, referentiel: Referentiel) -> "Comptes":
        """Worked out once for each call."""
        cle = "collage.comptes"
        if cle not in referentiel.index:
            referentiel.index[cle] = cls({champ: referentiel.options(f"comptes_{champ}") for champ in _CLASSES})
        return referentiel.index[cle]

    def trouver(self, texte: str) -> tuple[str, str]:
        """Field and code of the account that a label names, two empty texts when it is not clearly one."""
        if not texte:
            return "", ""
        if texte in self.champs:
            return self.champs[texte], texte
        numero, nu = self._numero(texte)
        candidats = self._de_classe(numero)
        compte = self._par_numero(candidats, numero) or self._par_libelle(candidats, nu or texte)
        if not compte and numero and len(candidats) == 1:
            compte = candidats[0].code
        return (self.champs[compte], compte) if compte else ("", "")

    def _numero(self, texte: str) -> tuple[str, str]:
        trouve = _NUMERO.match(texte)
        return (trouve[1], texte[trouve.end() :].strip()) if trouve else ("", texte)

    def _de_classe(self, numero: str) -> list[Option]:
        """The accounts of the class of a number (« 6063 » -> 60), all of them without one."""
        if not numero:
            return self.options
        return [o for o in self.options if o.code.split("-")[0] == numero[:2]]

    def _par_numero(self, candidats: list[Option], numero: str) -> str:
        """« 758 » is the account whose label starts so."""
        trouves = [o.code for o in candidats if len(numero) > 2 and o.libelle.startswith(f"{numero[:3]} ")]
        return trouves[0] if len(trouves) == 1 else ""

    def _par_libelle(self, candidats: list[Option], texte: str) -> str:
        if not candidats:
            return ""
        mots = _mots(texte)
        memes = [o.code for o in candidats if mots and mots == _mots(o.libelle)]  # « Prestation de service »
        if len(memes) == 1:
            return memes[0]
        options = Options(tuple(candidats), lambda code: code)
        if mots <= _VAGUES:
            return options.exact(texte) or ""
        return options.trouver(texte) or self._par_mots(candidats, texte)

    def _par_mots(self, candidats: list[Option], texte: str) -> str:
        """The one account whose label has all the words of the text, or nearly: « subvention cité éducative », « CAF »."""
        mots = _mots(texte)
        trouves = [o.code for o in candidats if mots and mots <= _mots(o.libelle)]
        if len(trouves) == 1:
            return trouves[0]
        notes = sorted(
            ((fuzz.token_sort_ratio(simplifier(texte), simplifier(o.libelle)), o.code) for o in candidats), reverse=True
        )
        if notes and notes[0][0] >= 84 and (len(notes) == 1 or notes[0][0] - notes[1][0] >= 4):
            return notes[0][1]
        return ""


def _mots(texte: str) -> set[str]:
    mots = re.findall(r"[a-z]+", simplifier(texte))
    return {mot.removesuffix("s") for mot in mots if len(mot) > 2 and mot not in {"les", "des", "aux", "une", "par"}}


# --- writing in a file ----------------------------------------------------------------------------------------------


def inscrire(dossier: Dossier, lignes: Iterable[LigneCollee]) -> Dossier:
    """The file with these lines. The first line of an account takes the place of the one that stands there, cell by cell
    (an empty amount erases nothing); the next ones are lines of their own. Lines without account are left aside."""
    budgets: dict[str, list[LigneBudgetPrevue]] = {champ: list(getattr(dossier, champ)) for champ in _CLASSES}
    prises: set[tuple[str, int]] = set()
    for collee in lignes:
        if not collee.compte:
            continue
        lues = {
            cle: valeur
            for cle, valeur in (
                ("detail", collee.detail),
                ("montant_n", collee.montants[0]),
                ("montant_n1", collee.montants[1]),
            )
            if valeur not in (None, "")
        }
        lignes_du_champ = budgets[collee.champ]
        rang = premier_rang(lignes_du_champ, collee.compte)
        if rang is None or (collee.champ, rang) in prises:
            lignes_du_champ.append(_CLASSES[collee.champ](compte=collee.compte, **lues))
            rang = len(lignes_du_champ) - 1 if rang is None else rang
        else:
            lignes_du_champ[rang] = replace(lignes_du_champ[rang], **lues)
        prises.add((collee.champ, rang))
    return dossier.remplacer(**{champ: tuple(lignes) for champ, lignes in budgets.items()})


def premier_rang(lignes: Sequence[LigneBudgetPrevue], compte: str) -> int | None:
    return next((rang for rang, ligne in enumerate(lignes) if ligne.compte == compte), None)
