"""Two people on one file: what one typed is set against what is saved, answer by answer, from what the page had shown.

Framework-free. A page carries the fingerprints of the answers it showed (``empreintes``): an answer left untouched never
overwrites, an answer changed on one side only is kept, and one changed on both sides is a conflict that a person settles.
The rows of a table are compared one by one: by their account or age band when they have one, else by what they say.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from .dossier import Dossier, question
from .questionnaire import Question, vers_json

_ABSENTE = ""  # the fingerprint of a row that is not there


@dataclass(frozen=True)
class Fusion:
    """The file to save, and the questions (identifiers) that both sides changed: those keep what is saved."""

    dossier: Dossier
    conflits: tuple[str, ...]


def _empreinte(valeur: Any) -> str:
    texte = json.dumps(valeur, ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(texte.encode()).hexdigest()[:12]


def _lignes(une: Question, lignes: tuple[Any, ...]) -> dict[str, Any]:
    """Rows of a preset table by the code of their first column (a second row of one code has a rank), others by place."""
    if not une.preremplie:
        return {str(rang): ligne for rang, ligne in enumerate(lignes)}
    premiere, par_cle = une.colonnes[0].identifiant, {}
    for ligne in lignes:
        code = cle = getattr(ligne, premiere)
        rang = 1
        while cle in par_cle:
            rang += 1
            cle = f"{code}#{rang}"
        par_cle[cle] = ligne
    return par_cle


def empreintes(dossier: Dossier, noms: Collection[str]) -> dict[str, str]:
    """Fingerprints of these answers, and of each row of their tables (``charges/60-ACHATS``, ``partenaires/0``)."""
    donnees, resultat = vers_json(dossier), {}
    for nom in noms:
        une = question(nom)
        resultat[nom] = _empreinte(donnees[nom])
        if une.ligne:
            for cle, ligne in _lignes(une, getattr(dossier, nom)).items():
                resultat[f"{nom}/{cle}"] = _empreinte(vers_json(ligne))
    return resultat


def fusionner(vu: Mapping[str, str], saisi: Dossier, actuel: Dossier, noms: Collection[str]) -> Fusion:
    """Three sides: ``vu`` (fingerprints of what the page showed), what was typed, what is saved now.

    A question of ``noms`` that ``vu`` does not know counts as shown as it is saved. ``saisi`` and ``actuel`` are in the same
    writing and order (``ranger``); every question that is not in ``noms`` keeps what is saved.
    """
    de_saisi, d_actuel = empreintes(saisi, noms), empreintes(actuel, noms)
    valeurs, conflits = {}, []
    for nom in noms:
        lu, present = de_saisi[nom], d_actuel[nom]
        montre = vu.get(nom, present)
        if lu in (montre, present):
            continue
        if present == montre:
            valeurs[nom] = getattr(saisi, nom)
            continue
        une = question(nom)
        lignes = None
        if une.preremplie:
            lignes = _fusionner_lignes(une, vu, saisi, actuel, de_saisi, d_actuel)
        elif une.ligne:
            montrees = [empreinte for cle, empreinte in vu.items() if cle.startswith(f"{nom}/")]
            lignes = _fusionner_libres(montrees, getattr(saisi, nom), getattr(actuel, nom))
        if lignes is None:
            conflits.append(nom)
        else:
            valeurs[nom] = lignes
    return Fusion(actuel.remplacer(**valeurs), tuple(conflits))


def _fusionner_lignes(
    une: Question,
    vu: Mapping[str, str],
    saisi: Dossier,
    actuel: Dossier,
    de_saisi: Mapping[str, str],
    d_actuel: Mapping[str, str],
) -> tuple[Any, ...] | None:
    """The rows of both sides, None when one of them changed on both. The caller puts them in the order of the call."""
    nom = une.identifiant
    typees, presentes = _lignes(une, getattr(saisi, nom)), _lignes(une, getattr(actuel, nom))
    gardees = []
    for cle in dict.fromkeys((*presentes, *typees)):
        chemin = f"{nom}/{cle}"
        lu, present, montre = (cote.get(chemin, _ABSENTE) for cote in (de_saisi, d_actuel, vu))
        if lu in (montre, present):
            ligne = presentes.get(cle)
        elif present == montre:
            ligne = typees.get(cle)
        else:
            return None
        if ligne is not None:
            gardees.append(ligne)
    return tuple(gardees)


def _fusionner_libres(
    montrees: list[str], typees: tuple[Any, ...], presentes: tuple[Any, ...]
) -> tuple[Any, ...] | None:
    """Rows without a name of their own: what each side added, less what each side removed; a row changed is both.

    None when both sides touched the same row. Rows already saved keep their order, those of the page that saves follow.
    """
    base = Counter(montrees)
    ici = Counter(_empreinte(vers_json(ligne)) for ligne in typees)
    la = Counter(_empreinte(vers_json(ligne)) for ligne in presentes)
    a_retirer = base - ici
    if a_retirer & (base - la):
        return None
    # What both added alike is one row.
    a_ajouter = (ici - base) - (la - base)
    gardees = []
    for ligne in presentes:
        empreinte = _empreinte(vers_json(ligne))
        if a_retirer[empreinte]:
            a_retirer[empreinte] -= 1
        else:
            gardees.append(ligne)
    for ligne in typees:
        empreinte = _empreinte(vers_json(ligne))
        if a_ajouter[empreinte]:
            a_ajouter[empreinte] -= 1
            gardees.append(ligne)
    return tuple(gardees)
