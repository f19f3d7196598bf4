"""Words looked for in a text, by their beginning, without regard to accents, case nor the mark of the plural. Framework-free."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

MOT_LE_PLUS_COURT = 2
PLURIEL = 4  # letters from which a final s or x may be a plural
MOTS_MAX = 10
MOT_LE_PLUS_LONG = 60
GARDEES = 0x3000  # characters whose reduction is kept: letters and signs of the scripts of Europe, and then some


@dataclass(frozen=True)
class Morceau:
    """A piece of a text; ``trouve`` when it is what was looked for."""

    texte: str
    trouve: bool


def _reduire(lettre: str) -> str:
    """One character as it is compared: no accent, no case; a blank for what is neither letter nor figure.

    A full stop stays: « 1.1.2 » is one word, and the end of a sentence does not change the beginning of its last one.
    """
    if lettre == ".":
        return lettre
    decompose = unicodedata.normalize("NFKD", lettre.replace("œ", "oe").replace("Œ", "oe").replace("’", " "))
    gardees = "".join(c if c.isalnum() else " " for c in decompose if not unicodedata.combining(c)).lower()
    return gardees or ("" if unicodedata.combining(lettre) else " ")


class _Reductions(dict[int, str]):
    """What each character becomes, worked out once for those that people write: a whole text is then compared at once."""

    def __missing__(self, code: int) -> str:
        reduite = _reduire(chr(code))
        if code < GARDEES:
            self[code] = reduite
        return reduite


_REDUCTIONS = _Reductions()


def reduire(texte: str) -> str:
    return texte.translate(_REDUCTIONS)


def mots_de(cherche: str) -> list[str]:
    """The words to look for, each once; « parents » also finds « parent »."""
    mots = []
    for mot in (un.strip(".") for un in reduire(cherche).split()[:MOTS_MAX]):
        racine = mot[:-1] if len(mot) > PLURIEL and mot[-1] in "sx" else mot
        if len(racine) >= MOT_LE_PLUS_COURT or racine.isdigit():
            mots.append(racine[:MOT_LE_PLUS_LONG])
    return list(dict.fromkeys(mots))


def contient(texte: str, mots: Sequence[str]) -> bool:
    """Whether a text holds every word, at the beginning of one of its own."""
    reduit = f" {reduire(texte)}"
    return all(f" {mot}" in reduit for mot in mots)


def surligner(texte: str, mots: Sequence[str]) -> tuple[Morceau, ...]:
    """The text in pieces, whole: what answers one of the words is told apart. Joined, the pieces are the text."""
    reduit, places = " ", [0]  # the place in the text of each reduced character
    for rang, lettre in enumerate(texte):
        reduite = _REDUCTIONS[ord(lettre)]
        reduit += reduite
        places += [rang] * len(reduite)
    marques = [False] * len(texte)
    for mot in mots:
        debut = reduit.find(f" {mot}")
        while debut >= 0:
            for place in places[debut + 1 : debut + 1 + len(mot)]:
                marques[place] = True
            debut = reduit.find(f" {mot}", debut + len(mot))
    morceaux: list[Morceau] = []
    for lettre, marque in zip(texte, marques, strict=True):
        if morceaux and morceaux[-1].trouve == marque:
            morceaux[-1] = Morceau(morceaux[-1].texte + lettre, marque)
        else:
            morceaux.append(Morceau(lettre, marque))
    return tuple(morceaux)


def extrait(texte: str, mots: Sequence[str], longueur: int = 220) -> str:
    """The part of a text where a word is first found, cut between words, with « … » where it was cut."""
    propre = " ".join(texte.split())
    if len(propre) <= longueur:
        return propre
    reduit = f" {reduire(propre)}"  # ligatures may shift it by a letter or two: the place is only a middle
    trouves = [place for mot in mots if (place := reduit.find(f" {mot}")) >= 0]
    debut = max(0, min(min(trouves, default=0) - longueur // 3, len(propre) - longueur))
    if debut:
        debut = propre.find(" ", debut) + 1 or debut
    fin = debut + longueur
    if fin < len(propre):
        fin = max(propre.rfind(" ", debut, fin), debut + 1)
    return ("… " if debut else "") + propre[debut:fin].strip() + (" …" if fin < len(propre) else "")
