"""What a questionnaire is: questions as metadata of frozen dataclasses, their options, one canonical writing, JSON.

Framework-free, and without a single question of its own: those are in ``dossier.py``.
"""

import dataclasses
import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any


class Genre(StrEnum):
    """What kind of answer a question takes; the Python type of each is in ``VIDES``."""

    TEXTE = "texte"
    TEXTE_LONG = "texte_long"
    COURRIEL = "courriel"
    TELEPHONE = "telephone"
    SIRET = "siret"
    RNA = "rna"
    UAI = "uai"
    CODE_POSTAL = "code_postal"
    ENTIER = "entier"
    ANNEE = "annee"
    NOMBRE = "nombre"  # decimal number, two places
    MONTANT = "montant"  # euros, two places
    DATE = "date"
    COCHE = "coche"
    CHOIX = "choix"
    CHOIX_MULTIPLE = "choix_multiple"
    TABLEAU = "tableau"


VIDES: dict[Genre, Any] = {
    Genre.ENTIER: None,
    Genre.ANNEE: None,
    Genre.NOMBRE: None,
    Genre.MONTANT: None,
    Genre.DATE: None,
    Genre.COCHE: False,
    Genre.CHOIX_MULTIPLE: (),
    Genre.TABLEAU: (),
}  # every other Genre is text and empty is ""

DECIMAUX = frozenset({Genre.NOMBRE, Genre.MONTANT})
ENTIERS = frozenset({Genre.ENTIER, Genre.ANNEE})


@dataclass(frozen=True)
class Option:
    """One possible answer: ``groupes`` are the headings above it, outermost first (thématique, then enjeu)."""

    code: str
    libelle: str
    groupes: tuple[str, ...] = ()
    aide: str = ""


@dataclass(frozen=True)
class Referentiel:
    """What an Appel brings to a file: lists of options by name, cap, sentence, form version. Built by ``Appel.referentiel()``."""

    appel: str
    titre: str
    cite: str
    version: str
    listes: Mapping[str, tuple[Option, ...]]
    plafond_materiel_ht: Decimal
    phrase_communication: str = ""
    texte_logos: str = ""
    vacances: tuple[tuple[date, date], ...] = ()  # of the schools: first and last days
    degres: Mapping[str, str] = field(default_factory=dict)  # code of an établissement -> "premier" | "second"
    index: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)  # what readers work out once from it

    @property
    def empreinte(self) -> str:
        """Changes with anything it says."""
        if "empreinte" not in self.index:
            self.index["empreinte"] = hashlib.blake2b(repr(self).encode(), digest_size=16).hexdigest()
        return self.index["empreinte"]

    def options(self, nom: str) -> tuple[Option, ...]:
        return self.listes[nom]

    def codes(self, nom: str) -> frozenset[str]:
        return frozenset(option.code for option in self.listes[nom])

    def libelle(self, nom: str, code: str) -> str:
        """Label of a code in one list; the code itself when the list does not know it (another edition's code)."""
        return next((option.libelle for option in self.listes[nom] if option.code == code), code)


@dataclass(frozen=True)
class Section:
    code: str
    titre: str
    aide: str = ""


@dataclass(frozen=True)
class Question:
    """One question: its identifier is the JSON key, the Word tag and bookmark, and the name of the web field."""

    identifiant: str
    libelle: str
    genre: Genre
    section: str
    aide: str = ""
    obligatoire: bool = False
    options: str = ""  # name of the list in the Referentiel, for CHOIX, CHOIX_MULTIPLE and preset rows
    maximum: int | None = None  # characters for texts, value for numbers
    ligne: type | None = None  # dataclass of one row, for TABLEAU
    preremplie: bool = False  # TABLEAU whose first column lists every option (accounts, age bands)
    fermee: bool = False  # TABLEAU whose rows are given: people fill them and add none
    annee: int | None = None  # column of an amount of civil year N + annee

    @property
    def colonnes(self) -> tuple["Question", ...]:
        return questions_de(self.ligne) if self.ligne else ()

    @property
    def totalise(self) -> bool:
        """Whether a table ends with a row of totals: amounts by account."""
        genres = [colonne.genre for colonne in self.colonnes]
        return bool(genres) and genres[0] is Genre.CHOIX and Genre.MONTANT in genres

    @property
    def vide(self) -> Any:
        return VIDES.get(self.genre, "")


def champ_question(libelle: str, genre: Genre = Genre.TEXTE, section: str = "", **autres: Any) -> Any:
    """A dataclass field that carries its Question; ``identifiant`` is completed from the field's own name."""
    question = Question("", libelle, genre, section, **autres)
    return field(default=question.vide, metadata={"question": question})


@cache
def questions_de(classe: type) -> tuple[Question, ...]:
    """The questions of a dataclass (Dossier or one kind of row), in the order of the form."""
    return tuple(
        dataclasses.replace(champ.metadata["question"], identifiant=champ.name) for champ in dataclasses.fields(classe)
    )


# --- canonical form -------------------------------------------------------------------------------------------------

_INVISIBLES = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e"))
_LIGNES = dict.fromkeys(map(ord, "\u2028\u2029"), "\n")
_TABLE = _INVISIBLES | _LIGNES | {0x2011: "-"}  # LibreOffice makes a plain hyphen of a no-break one
_INTERDITS = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_A_REPRENDRE = re.compile(f"{_INTERDITS.pattern[:-1]}{''.join(map(chr, _TABLE))}]")  # most texts have none of these
_SANS_NUMERO = frozenset(
    {"", "NÉANT", "NEANT", "AUCUN", "AUCUNE", "RIEN", "VIDE", "N/A", "NA", "NC", "SO", "S.O", "S/O", "SANSOBJET"}
)
_COMPACTS = frozenset({Genre.SIRET, Genre.RNA, Genre.UAI, Genre.CODE_POSTAL})


def texte_propre(texte: str, *, multiligne: bool = False) -> str:
    """The same words in one writing: NFC, plain spaces, no invisible or forbidden character, no blank at the ends.

    What XML cannot hold (control characters, lone surrogates, U+FFFE) is dropped: no editor could have shown it.
    """
    if _A_REPRENDRE.search(texte):
        texte = _INTERDITS.sub("", texte.replace("\r\n", "\n").replace("\r", "\n").translate(_TABLE))
    if not texte.isascii() and not unicodedata.is_normalized(
        "NFC", texte
    ):  # last: what was dropped may have parted letters
        texte = unicodedata.normalize("NFC", texte)
    if not multiligne or "\n" not in texte:
        return " ".join(texte.split())
    return "\n".join(" ".join(ligne.split()) for ligne in texte.split("\n")).strip()


def normaliser(objet: Any) -> Any:
    """Canonical copy of a Dossier or of one row: clean texts, amounts to the cent, empty rows dropped, lists sorted once.

    ``normaliser(normaliser(d)) == normaliser(d)``; what the forms and the Word reading give is always canonical.
    """
    valeurs = {}
    for une in questions_de(type(objet)):
        valeur = getattr(objet, une.identifiant)
        if une.genre is Genre.TABLEAU:
            lignes = tuple(normaliser(ligne) for ligne in valeur)
            valeur = tuple(ligne for ligne in lignes if not est_vide(ligne, une))
        elif une.genre is Genre.CHOIX_MULTIPLE:
            valeur = tuple(dict.fromkeys(valeur))
        elif une.genre in DECIMAUX:
            valeur = None if valeur is None else valeur.quantize(Decimal("0.01"))
        elif isinstance(valeur, str):
            valeur = texte_propre(valeur, multiligne=une.genre is Genre.TEXTE_LONG)
            if une.genre in _COMPACTS:  # « 123 456 789 00012 » is the same SIRET
                valeur = "".join(valeur.split()).upper()
                valeur = "" if valeur.strip("-–—./_…") in _SANS_NUMERO else valeur
        valeurs[une.identifiant] = valeur
    return type(objet)(**valeurs)


def est_vide(ligne: Any, tableau: Question) -> bool:
    """Whether a row says nothing; the label of a preset row alone says nothing."""
    colonnes = tableau.colonnes[1:] if tableau.preremplie else tableau.colonnes
    return all(getattr(ligne, colonne.identifiant) == colonne.vide for colonne in colonnes)


def vers_json(objet: Any) -> dict[str, Any]:
    """Plain dict: dates ISO, amounts strings with two decimals, tuples lists. Inverse of ``depuis_json``."""
    donnees = {}
    for une in questions_de(type(objet)):
        valeur = getattr(objet, une.identifiant)
        if une.genre is Genre.TABLEAU:
            valeur = [vers_json(ligne) for ligne in valeur]
        elif une.genre is Genre.CHOIX_MULTIPLE:
            valeur = list(valeur)
        elif isinstance(valeur, Decimal):
            valeur = f"{valeur:.2f}"
        elif isinstance(valeur, date):
            valeur = valeur.isoformat()
        donnees[une.identifiant] = valeur
    return donnees


def depuis_json(classe: type, donnees: Mapping[str, Any]) -> Any:
    """Object of a dict as ``vers_json`` writes it; unknown keys are ignored, missing ones are empty.

    Raises ValueError when a value is not of its question's kind.
    """
    if not isinstance(donnees, Mapping):
        raise ValueError(f"un objet est attendu, pas {donnees!r}")
    return classe(
        **{
            une.identifiant: _valeur_depuis_json(une, donnees[une.identifiant])
            for une in questions_de(classe)
            if une.identifiant in donnees
        }
    )


def _valeur_depuis_json(une: Question, valeur: Any) -> Any:
    """One value from JSON, checked against the kind of its question."""
    if valeur is None and une.vide is None:
        return None
    attendu = {Genre.TABLEAU: list, Genre.CHOIX_MULTIPLE: list, Genre.COCHE: bool}.get(
        une.genre, int if une.genre in ENTIERS else str
    )
    if not isinstance(valeur, attendu) or (attendu is int and isinstance(valeur, bool)):
        raise ValueError(f"{une.identifiant} : {valeur!r} n’est pas de la forme attendue ({une.genre})")
    if une.genre is Genre.TABLEAU:
        return tuple(depuis_json(une.ligne, ligne) for ligne in valeur)
    if une.genre is Genre.CHOIX_MULTIPLE:
        return tuple(str(code) for code in valeur)
    try:
        if une.genre in DECIMAUX:
            montant = Decimal(valeur)
            if not montant.is_finite():
                raise ValueError
            return montant
        return date.fromisoformat(valeur) if une.genre is Genre.DATE else valeur
    except (ArithmeticError, ValueError) as erreur:
        raise ValueError(f"{une.identifiant} : {valeur!r} n’est pas de la forme attendue ({une.genre})") from erreur
