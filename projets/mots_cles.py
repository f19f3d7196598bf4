"""The words in braces that the wording of a letter may hold, and how they are replaced. Framework-free, knows no project.

Never ``str.format``: a wording could then reach into our objects. A word that is not in the list is a mistake that the
administration is told of, and stays as it is written.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from .valeurs import insecables


@dataclass(frozen=True)
class MotCle:
    """``est_un_bloc``: a table, a list or paragraphs, which stand alone on their line."""

    aide: str
    est_un_bloc: bool = False


MOTS_CLES: dict[str, MotCle] = {
    "titre": MotCle("titre du projet"),
    "numero": MotCle("numéro du projet"),
    "structure": MotCle("nom de la structure"),
    "cite": MotCle("nom de la cité éducative"),
    "date_seance": MotCle("date de la séance"),
    "lien": MotCle("adresse de la page du projet"),
    "total_demande": MotCle("total demandé, en euros"),
    "total_accorde": MotCle("total accordé, en euros"),
    "montants": MotCle("tableau des montants par année civile et par financeur", est_un_bloc=True),
    "obligations": MotCle("liste de ce que le porteur a à faire", est_un_bloc=True),
    "reserves": MotCle("réserves de la troïka", est_un_bloc=True),
    "motif": MotCle("motif de la décision", est_un_bloc=True),
}
# What a kind of letter cannot leave out.
NECESSAIRES: dict[str, tuple[str, ...]] = {
    "valide": ("montants", "obligations"),
    "reserves": ("montants", "reserves", "obligations"),
    "ajourne": ("motif",),
    "refuse": ("motif",),
}
_MOT = re.compile(r"\{([^{}\n]*)\}")


def anomalies(texte: str, permis: Collection[str], sens: str = "") -> list[str]:
    """What is wrong with a wording: sentences, none when it can be used. ``sens`` asks for the words it cannot do without."""
    trouves = _MOT.findall(texte)
    fautes = [
        f"« {{{mot}}} » n’est pas un mot connu ici. Mots possibles : {', '.join('{' + un + '}' for un in permis)}."
        for mot in dict.fromkeys(trouves)
        if mot not in permis
    ]
    if re.search(r"[{}]", _MOT.sub("", texte)):
        fautes.append("Une accolade n’est pas fermée, ou pas ouverte : écrivez par exemple {titre}.")
    for ligne in texte.splitlines():
        seuls = [mot for mot in _MOT.findall(ligne) if mot in MOTS_CLES and MOTS_CLES[mot].est_un_bloc]
        fautes += [f"Laissez « {{{mot}}} » seul sur sa ligne." for mot in seuls if ligne.strip() != f"{{{mot}}}"]
    manquants = [mot for mot in NECESSAIRES.get(sens, ()) if mot not in trouves]
    fautes += [f"Il manque « {{{mot}}} » : {MOTS_CLES[mot].aide}." for mot in manquants]
    return [insecables(faute) for faute in fautes]


def remplacer(texte: str, valeurs: Mapping[str, str]) -> str:
    """The text with the known words replaced in one pass: braces that a porteur typed are never read as ours."""
    return _MOT.sub(lambda trouve: valeurs.get(trouve[1], trouve[0]), texte)


def bloc_seul(ligne: str) -> str:
    """The name of the block that a line consists of; empty for a line of text."""
    trouve = _MOT.fullmatch(ligne.strip())
    return trouve[1] if trouve and trouve[1] in MOTS_CLES and MOTS_CLES[trouve[1]].est_un_bloc else ""
