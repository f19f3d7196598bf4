"""What the writer and the reader of the Word form both know: names of tags and bookmarks, prompts, displayed texts.

The form carries each answer three times over (control tag, bookmark around the label, label), because every editor loses
some of them. Nothing here touches XML.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from ..dossier import QUESTIONS, SECTIONS
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

TITRE_FORMULAIRE = "Dossier de projet"
LOGO = "Emplacement du logo de votre structure"
CONSIGNES = (
    "Comment remplir ce dossier",
    "Écrivez à droite de chaque question. Les questions marquées d’une étoile (*) sont obligatoires pour déposer.",
    "Pour ajouter une ligne à un tableau : touche Tabulation dans la dernière cellule, ou copiez une ligne.",
    "Pour cocher une case, cliquez dessus ; si votre logiciel ne le permet pas, écrivez un X à côté.",
    "Aucun nom d’enfant n’est demandé : n’en écrivez pas.",
)
PHRASE_A_INSERER = "Phrase à faire figurer sur tous vos supports :"
LOGOS_A_INSERER = "Logos à faire figurer :"
TOTAL = "Total hors contributions volontaires (86, 87)"
TOTAL_SIMPLE = "Total"
INDICATION_LIGNES = "Ajoutez autant de lignes que nécessaire."

# Labels of former versions of the form and usual ways of retyping ours; they only locate an answer.
AUTRES_LIBELLES: Mapping[str, tuple[str, ...]] = {
    "structure_nom": ("Structure", "Nom de l’association", "Raison sociale", "Nom de l’organisme", "Dénomination"),
    "structure_nature": ("Nature juridique", "Type de structure", "Statut juridique"),
    "structure_siret": ("N° SIRET", "Numéro SIRET", "N° de SIRET", "SIRET de la structure"),
    "structure_rna": ("RNA", "N° RNA", "Numéro RNA"),
    "structure_uai": ("UAI", "N° UAI", "Code UAI", "RNE", "Code RNE"),
    "structure_adresse": ("Adresse de la structure", "Adresse postale", "Siège social"),
    "structure_code_postal": ("CP",),
    "structure_commune": ("Ville",),
    "representant_nom": ("Nom du représentant légal", "Nom et prénom du représentant légal"),
    "representant_fonction": ("Qualité du représentant légal",),
    "porteur_nom": ("Contact", "Nom du contact", "Personne à joindre", "Porteur du projet", "Nom du porteur de projet"),
    "porteur_fonction": ("Fonction du contact", "Fonction du porteur de projet"),
    "porteur_courriel": ("E-mail", "Mail", "Adresse électronique", "Adresse mail", "Adresse e-mail", "Mél"),
    "porteur_telephone": ("Tél", "Numéro de téléphone", "N° de téléphone"),
    "titre": ("Intitulé du projet", "Nom du projet", "Titre de l’action", "Intitulé de l’action"),
    "projet_precedent": ("Projet précédent", "Titre ou numéro du projet précédent"),
    "resume": ("Résumé du projet",),
    "contexte": ("Contexte", "Diagnostic", "Contexte du projet", "Besoins"),
    "description": ("Description du projet", "Description de l’action ou du projet", "Descriptif de l’action"),
    "objectif_principal": ("Objectif principal",),
    "objectifs_secondaires": ("Objectifs secondaires", "Autres objectifs"),
    "orientations": ("Orientations",),
    "transversalites": ("Transversalités",),
    "dispositifs": ("Dispositifs", "Dispositifs liés"),
    "nombre_parents": ("Nombre de parents",),
    "nombre_professionnels": ("Nombre de professionnels",),
    "quartiers": ("Quartiers", "Quartiers prioritaires", "QPV", "QPV concernés"),
    "etablissements": ("Établissements", "Établissements scolaires concernés"),
    "autres_lieux": ("Autres lieux",),
    "date_debut": ("Début du projet", "Début", "Date de début du projet"),
    "date_fin": ("Fin du projet", "Fin", "Date de fin du projet"),
    "annee": ("Année civile", "Année du budget", "Année N"),
    "communication_plan": ("Communication", "Actions de communication"),
    "signature_lieu": ("Lieu de signature",),
    "signature_date": ("Date de signature", "Date"),
    "signataire_qualite": ("Fonction du signataire",),
}


# --- keys -----------------------------------------------------------------------------------------------------------

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae"})
_NUMEROTATION = re.compile(
    r"^\s*(?:(?:\d{1,2}|[a-zA-Z]|[ivxIVX]{1,4})(?:\.\d{1,2})*\s*(?:[.)°–—-]\s*)+|[•·▪–—-]\s*)(?=\D)"
)


@lru_cache(maxsize=8192)
def cle(texte: str) -> str:
    """What makes two texts the same for us: NFKD without accents, lower case, letters and digits only."""
    decompose = unicodedata.normalize("NFKD", texte.translate(_LIGATURES))
    return "".join(c for c in decompose.casefold() if c.isalnum())


def cle_libelle(texte: str) -> str:
    """Key of a label: its numbering (« 1.3 », « b) ») says nothing."""
    return cle(_NUMEROTATION.sub("", texte)) or cle(texte)


BORNE = "\u200b"  # zero-width space: no canonical answer holds one, hence a prompt between two is never an answer


def prompt(question: Question) -> str:
    """The grey text of an empty control."""
    return f"{BORNE}{PROMPTS.get(question.genre, PROMPT_TEXTE)}{BORNE}"


CLES_PROMPTS = frozenset(cle(texte) for texte in (*PROMPTS.values(), PROMPT_TEXTE, *_PROMPTS_DE_WORD))


# --- names inside the file ------------------------------------------------------------------------------------------

SIGNET = "cel_"
SIGNET_OPTION = "opt_"
_LONGUEUR_SIGNET = 40  # Word cuts longer names


def _nom(prefixe: str, *morceaux: str) -> str:
    """A bookmark name that Word accepts: letters, digits, underscores, 40 characters; a long one is cut and stamped."""
    entier = "_".join(morceaux)
    nom = prefixe + re.sub(r"[^A-Za-z0-9]", "_", entier)
    if len(nom) <= _LONGUEUR_SIGNET and re.fullmatch(r"[\w.-]+", entier, re.ASCII):
        return nom
    return f"{nom[: _LONGUEUR_SIGNET - 9]}_{zlib.crc32(entier.encode()):08x}"


def signet(question: str, colonne: str = "") -> str:
    """Bookmark around the label of a question, or of one column of a table."""
    return _nom(SIGNET, question, colonne) if colonne else _nom(SIGNET, question)


def signet_option(question: str, code: str) -> str:
    """Bookmark around the text of one option: a line of a tick list or a preset row."""
    return _nom(SIGNET_OPTION, question, code)


@lru_cache(maxsize=1)
def signets_connus() -> Mapping[str, tuple[str, str]]:
    """Bookmark -> (question, column or empty)."""
    connus = {signet(q.identifiant): (q.identifiant, "") for q in QUESTIONS}
    for q in QUESTIONS:
        connus |= {signet(q.identifiant, c.identifiant): (q.identifiant, c.identifiant) for c in q.colonnes}
    return connus


# --- displayed texts ------------------------------------------------------------------------------------------------


def libelle_affiche(question: Question) -> str:
    """Label, with the star of the compulsory questions."""
    libelle = insecables(question.libelle)
    return f"{libelle}{INSECABLE}*" if question.obligatoire else libelle


def entete_affichee(question: Question, colonne: Question, annee: int | None) -> str:
    """Header of one column: the years in full when they are known, and what the rows are for preset tables."""
    if colonne.identifiant in ("montant_n", "montant_n1") and annee is not None:
        return f"Année {annee + (colonne.identifiant == 'montant_n1')} (€)"
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


def phrase_citee(referentiel: Referentiel) -> str:
    return f"«\u00a0{referentiel.phrase_communication}\u00a0»" if referentiel.phrase_communication else ""


def version_affichee(referentiel: Referentiel) -> str:
    return f"Formulaire version {referentiel.version}"


def textes_fixes(referentiel: Referentiel) -> frozenset[str]:
    """Keys of everything the blank form says by itself: what is not among them was written by the porteur."""
    textes = [referentiel.titre, referentiel.cite, TITRE_FORMULAIRE, LOGO, *CONSIGNES, PHRASE_A_INSERER, TOTAL]
    textes += [phrase_citee(referentiel), referentiel.phrase_communication, referentiel.texte_logos, INDICATION_LIGNES]
    textes += [TOTAL_SIMPLE, LOGOS_A_INSERER, version_affichee(referentiel)]
    textes += [texte for section in SECTIONS for texte in (section.titre, section.aide)]
    for question in QUESTIONS:
        textes += [question.libelle, *aides(question), *(c.libelle for c in question.colonnes)]
        textes += [entete_affichee(question, c, None) for c in question.colonnes]
        if question.options:
            options = referentiel.options(question.options)
            textes += [groupe for option in options for groupe in option.groupes]
    textes.append(f"{LOGOS_A_INSERER} {referentiel.texte_logos}")
    return CLES_PROMPTS | {cle(texte) for texte in textes} - {""}
