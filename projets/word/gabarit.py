"""What the writer and the reader of the Word form both know: names of tags and bookmarks, prompts, displayed texts.

The form carries each answer three times over (control tag, bookmark around the label, label), because every editor loses
some of them. Nothing here touches XML.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from ..questionnaire import Genre, Option, Question, Referentiel
from ..valeurs import INSECABLE, insecables

PROMPTS: Mapping[Genre, str] = {
    Genre.COURRIEL: "adresse électronique…",
    Genre.TELEPHONE: "numéro de téléphone…",
    Genre.SIRET: "14 chiffres…",
    Genre.RNA: "W et 9 chiffres…",
    Genre.UAI: "7 chiffres et 1 lettre…",
    Genre.CODE_POSTAL: "5 chiffres…",
    Genre.ENTIER: "nombre…",
    Genre.ANNEE: "année…",
    Genre.NOMBRE: "nombre…",
    Genre.MONTANT: "montant…",
    Genre.DATE: "jj/mm/aaaa",
    Genre.CHOIX: "Choisissez…",
}
PROMPT_TEXTE = "Écrivez ici…"

# What Word itself shows in an empty control, in the languages our porteurs' copies speak.
_PROMPTS_DE_WORD = (
    "Cliquez ou appuyez ici pour entrer du texte.",
    "Cliquez ici pour entrer du texte.",
    "Cliquez ici pour taper du texte.",
    "Cliquez ou appuyez ici pour entrer une date.",
    "Cliquez ici pour entrer une date.",
    "Choisissez un élément.",
    "Choisir un élément.",
    "Click or tap here to enter text.",
    "Click here to enter text.",
    "Click or tap to enter a date.",
    "Click here to enter a date.",
    "Choose an item.",
    "Espace réservé pour le texte",
    "Texte de substitution",
    "Placeholder text",
)

LOGO = "Emplacement du logo de votre structure"
PHRASE_A_INSERER = "Phrase à faire figurer sur tous vos supports :"
LOGOS_A_INSERER = "Logos à faire figurer :"
TOTAL = "Total hors contributions volontaires (86, 87)"
TOTAL_SIMPLE = "Total"
TITRE_TETE = "Titre du dossier et logo"
DESCRIPTION_TETE = "À gauche, le titre du dossier et l’appel à projets ; à droite, la place du logo de la structure."
DESCRIPTION_QUESTIONS = "Une question par ligne : à gauche la question, à droite votre réponse."
INDICATION_LIGNES = "Ajoutez autant de lignes que nécessaire."

# --- keys -----------------------------------------------------------------------------------------------------------

_CLE_GARDEE = 200  # characters
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae"})
_NUMEROTATION = re.compile(
    r"^\s*(?:(?:(?:question|q\.?|n°|no|n)\s*)?(?:\d{1,2}|[a-zA-Z]|[ivxIVX]{1,4})(?:\.\d{1,2})*\s*(?:[.):°–—-]\s*)+"
    r"|(?:question|q\.?|n°)\s*\d{1,2}\s+|[•·▪–—-]\s*)(?=\D)",
    re.IGNORECASE,
)
_MENTION = re.compile(r"\s*\((?:obligatoire|facultatif|facultative|optionnel)\)[\s:*]*$", re.IGNORECASE)


def cle(texte: str) -> str:
    """What makes two texts the same for us: NFKD without accents, lower case, letters and digits only."""
    return _cle_gardee(texte) if len(texte) <= _CLE_GARDEE else _cle(texte)


def _cle(texte: str) -> str:
    if texte.isascii():
        return "".join(filter(str.isalnum, texte.lower()))
    decompose = unicodedata.normalize("NFKD", texte.translate(_LIGATURES))
    return "".join(c for c in decompose.casefold() if c.isalnum())


_cle_gardee = lru_cache(maxsize=8192)(_cle)  # labels come back in every cell; long answers do not


def cle_libelle(texte: str) -> str:
    """Key of a label: its numbering (« 1.3 », « b) », « Question 4 : ») and « (obligatoire) » say nothing."""
    nu = _MENTION.sub("", texte) if "(" in texte else texte
    return cle(_NUMEROTATION.sub("", nu)) or cle(texte)


BORNE = "\u200b"  # zero-width space: no canonical answer holds one, hence a prompt between two is never an answer


def prompt(question: Question) -> str:
    """The grey text of an empty control."""
    return f"{BORNE}{PROMPTS.get(question.genre, PROMPT_TEXTE)}{BORNE}"


CLES_PROMPTS = frozenset(cle(texte) for texte in (*PROMPTS.values(), PROMPT_TEXTE, *_PROMPTS_DE_WORD))
_PROMPT_MAXIMUM = 100  # characters


def est_un_prompt(texte: str) -> bool:
    """Whether a text is what an empty control shows."""
    return len(texte) <= _PROMPT_MAXIMUM and cle(texte) in CLES_PROMPTS


# --- names inside the file ------------------------------------------------------------------------------------------

_LONGUEUR_SIGNET = 40  # Word cuts longer names


def nom_de_signet(prefixe: str, *morceaux: str) -> str:
    """A bookmark name that Word accepts: letters, digits, underscores, 40 characters; a long one is cut and stamped."""
    entier = "_".join(morceaux)
    nom = prefixe + re.sub(r"[^A-Za-z0-9]", "_", entier)
    if len(nom) <= _LONGUEUR_SIGNET and re.fullmatch(r"[\w.-]+", entier, re.ASCII):
        return nom
    return f"{nom[: _LONGUEUR_SIGNET - 9]}_{zlib.crc32(entier.encode()):08x}"


# --- displayed texts ------------------------------------------------------------------------------------------------


def libelle_affiche(question: Question) -> str:
    """Label, with the star of the compulsory questions."""
    libelle = insecables(question.libelle)
    return f"{libelle}{INSECABLE}*" if question.obligatoire else libelle


def entete_affichee(question: Question, colonne: Question, annee: int | None) -> str:
    """Header of one column: the years in full when they are known, and what the rows are for preset tables."""
    if colonne.annee is not None and annee is not None:
        return f"Année {annee + colonne.annee} (€)"
    if question.preremplie and colonne is question.colonnes[0]:
        return f"{question.libelle} – {colonne.libelle[0].lower()}{colonne.libelle[1:]}"
    return colonne.libelle


def affichages(options: Iterable[Option]) -> dict[str, str]:
    """Code -> what the form shows for it, never twice the same.

    A numbered code is shown before its label (« 1.1.1 Favoriser… »); the only account of a class takes the class's title.
    """
    options = tuple(options)
    classes: dict[tuple[str, ...], int] = {}
    for option in options:
        classes[option.groupes] = classes.get(option.groupes, 0) + 1
    textes: dict[str, str] = {}
    for option in options:
        texte = option.libelle or option.code
        if re.fullmatch(r"\d+(\.\d+)+", option.code):
            texte = f"{option.code} {texte}"
        elif classes[option.groupes] == 1 and est_sa_classe(option):
            texte = option.groupes[-1]
        textes[option.code] = " ".join(texte.split())
    vus: dict[str, int] = {}
    for texte in textes.values():
        vus[cle(texte)] = vus.get(cle(texte), 0) + 1
    return {code: f"{texte} ({code})" if vus[cle(texte)] > 1 else texte for code, texte in textes.items()}


def est_sa_classe(option: Option) -> bool:
    """Whether the heading above an option says the same as the option: « 66 Charges financières »."""
    return bool(option.groupes) and re.sub(r"^\d+", "", cle(option.groupes[-1])) == cle(option.libelle)


def titres_de_groupe(options: Iterable[Option]) -> Iterator[tuple[Option, tuple[str, ...]]]:
    """Each option with the headings that open before it (those that differ from the option before)."""
    precedents: tuple[str, ...] = ()
    seules: dict[tuple[str, ...], int] = {}
    options = tuple(options)
    for option in options:
        seules[option.groupes] = seules.get(option.groupes, 0) + 1
    for option in options:
        groupes = () if seules[option.groupes] == 1 and est_sa_classe(option) else option.groupes
        communs = 0
        while communs < min(len(groupes), len(precedents)) and groupes[communs] == precedents[communs]:
            communs += 1
        yield option, groupes[communs:]
        precedents = groupes


def consigne_longueur(question: Question) -> str:
    """« 1 500 caractères au plus » for the long texts."""
    if question.genre is not Genre.TEXTE_LONG or not question.maximum:
        return ""
    return f"{question.maximum:,} caractères au plus.".replace(",", "\u202f")


def aides(question: Question) -> tuple[str, ...]:
    """The lines of help under a label."""
    return tuple(insecables(texte) for texte in (question.aide, consigne_longueur(question)) if texte)


def description_tableau(question: Question) -> str:
    """The alternative text of a table of answers."""
    return question.aide or f"{question.libelle} : une ligne d’en-tête, puis une ligne par réponse."


def phrase_citee(referentiel: Referentiel) -> str:
    return f"«\u00a0{referentiel.phrase_communication}\u00a0»" if referentiel.phrase_communication else ""


def version_affichee(referentiel: Referentiel) -> str:
    return f"Formulaire version {referentiel.version}"
