"""The pieces a document of the portal is made of, before anybody knows whether it will be a PDF or a Word file.

What is said once here reads the same in both: ``documents.pdf.rendre_blocs`` and ``documents.docx.ecrire`` draw them.
Framework-free; ``vers_json`` and ``depuis_json`` keep them.
"""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from .valeurs import insecables

# What XML refuses, what cannot be seen, and the marks that turn the direction of everything after them.
_REFUSES = re.compile(
    "[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]"
)


def propre(texte: str) -> str:
    """A text as it is printed: nothing that a document refuses, French no-break spaces; the ends of lines are kept."""
    lignes = _REFUSES.sub("", texte.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return insecables(
        "\n".join(re.sub(r"[ \t\x0b\x85\u2028\u2029]+", " ", ligne).strip(" ") for ligne in lignes)
    ).strip("\n")


@dataclass(frozen=True)
class Titre:
    """A heading, which opens a page of its own with ``nouvelle_page``. Level 1 is the title of the document."""

    genre: ClassVar[str] = "titre"
    texte: str
    niveau: int = 2
    nouvelle_page: bool = False


@dataclass(frozen=True)
class Paragraphe:
    """``etiquette`` is its bold beginning; ``ton``: "", "doux", "alerte", "chapo" or "citation" (somebody's words)."""

    genre: ClassVar[str] = "paragraphe"
    texte: str
    etiquette: str = ""
    ton: str = ""


@dataclass(frozen=True)
class Liste:
    genre: ClassVar[str] = "liste"
    elements: tuple[str, ...]


@dataclass(frozen=True)
class Faits:
    """Labels and values: a band at the head of a document, or (``est_detaille``) one line each."""

    genre: ClassVar[str] = "faits"
    titre: str
    couples: tuple[tuple[str, str], ...]
    est_detaille: bool = False


@dataclass(frozen=True)
class Tableau:
    """``nombres`` are the columns set to the right; ``parts`` the share of each in the width; ``total``: the last row is one."""

    genre: ClassVar[str] = "tableau"
    legende: str
    entetes: tuple[str, ...]
    rangees: tuple[tuple[str, ...], ...]
    nombres: tuple[int, ...] = ()
    parts: tuple[int, ...] = ()
    total: bool = False

    @property
    def largeurs(self) -> list[int]:
        """Widths in % of all columns but the last, by steps of five."""
        parts = self.parts or (1,) * len(self.entetes)
        return [max(5, round(20 * part / sum(parts)) * 5) for part in parts[:-1]]

    @property
    def colonnes(self) -> list[tuple[str, bool]]:
        """Each header with whether it heads numbers."""
        return [(texte, rang in self.nombres) for rang, texte in enumerate(self.entetes)]

    @property
    def cellules(self) -> list[list[tuple[str, bool]]]:
        return [[(texte, rang in self.nombres) for rang, texte in enumerate(rangee)] for rangee in self.rangees]


@dataclass(frozen=True)
class Lignes:
    """Room for notes by hand; ``niveau`` is that of its heading."""

    genre: ClassVar[str] = "lignes"
    titre: str
    nombre: int
    niveau: int = 3

    @property
    def rangs(self) -> range:
        return range(self.nombre)


Bloc = Titre | Paragraphe | Liste | Faits | Tableau | Lignes
_GENRES: dict[str, type] = {classe.genre: classe for classe in (Titre, Paragraphe, Liste, Faits, Tableau, Lignes)}


@dataclass(frozen=True)
class Imprime:
    """A whole document: what its head and its margins say, then its blocks, the title (level 1) first."""

    titre: str
    cite: str
    appel_titre: str
    reference: str
    blocs: tuple[Bloc, ...]
    filigrane: str = ""  # "projet" or "provisoire" on every page, when the document is not final

    def __post_init__(self) -> None:
        nettoyer(self)


def nettoyer(objet: Any) -> None:
    """Makes every text of a new frozen dataclass ``propre``, down to the blocks it holds."""
    for champ in dataclasses.fields(objet):
        object.__setattr__(objet, champ.name, _propre_partout(getattr(objet, champ.name)))


def _propre_partout(valeur: Any) -> Any:
    if isinstance(valeur, str):
        return propre(valeur)
    if isinstance(valeur, tuple):
        return tuple(_propre_partout(une) for une in valeur)
    if type(valeur) in _GENRES.values():
        champs = {champ.name: _propre_partout(getattr(valeur, champ.name)) for champ in dataclasses.fields(valeur)}
        return type(valeur)(**champs)
    return valeur


def paragraphes(texte: str, etiquette: str = "", ton: str = "") -> Iterator[Paragraphe]:
    """One paragraph per line of a free text; lines that hold nothing are dropped."""
    for rang, ligne in enumerate(ligne for ligne in texte.splitlines() if ligne.strip()):
        yield Paragraphe(ligne, etiquette if rang == 0 else "", ton)


def tableau(
    legende: str,
    entetes: Sequence[str],
    rangees: Iterable[Sequence[str]],
    *,
    nombres: Iterable[int] = (),
    parts: Iterable[int] = (),
    total: bool = False,
) -> Tableau:
    lignes = tuple(tuple(une) for une in rangees)
    return Tableau(legende, tuple(entetes), lignes, tuple(nombres), tuple(parts), total)


def vers_json(blocs: Iterable[Bloc]) -> list[dict[str, Any]]:
    return [{"genre": bloc.genre, **dataclasses.asdict(bloc)} for bloc in blocs]


def depuis_json(donnees: Iterable[dict[str, Any]]) -> tuple[Bloc, ...]:
    """Inverse of ``vers_json``; lists are tuples again."""
    return tuple(
        _GENRES[une["genre"]](**{cle: en_tuple(valeur) for cle, valeur in une.items() if cle != "genre"})
        for une in donnees
    )


def en_tuple(valeur: Any) -> Any:
    return tuple(en_tuple(une) for une in valeur) if isinstance(valeur, list) else valeur
