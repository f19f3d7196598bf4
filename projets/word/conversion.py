"""From the lines of one cell to the value of its question, with what could not be read and why.

Nothing is guessed and nothing is dropped: what is not the value comes back as a remark with the text, or as lost text.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from ..constats import Gravite
from ..questionnaire import Genre, Question, Referentiel, texte_propre
from ..valeurs import (
    ValeurIllisible,
    jour_contredit,
    lire_annee,
    lire_coche,
    lire_date,
    lire_entier,
    lire_montant,
    lire_nombre,
    ne_dit_rien,
    simplifier,
)
from .cases import CASE, CASE_COCHEE, Entree, entrees_de
from .formulaire import Formulaire
from .gabarit import BORNE, cle, est_un_prompt
from .libelles import Options, autour
from .texte import Ligne

_LECTURES: Mapping[Genre, Callable[[str], Any]] = {
    Genre.ENTIER: lire_entier,
    Genre.ANNEE: lire_annee,
    Genre.NOMBRE: lire_nombre,
    Genre.DATE: lire_date,
}
_PRECISION = re.compile(r"^([^()\n]{1,60}\S)\s*\(([^()\n]{1,200})\)\.?$")
_TAXES = re.compile(r"\bh\.?\s?t\b|ttc|\btaxes?\b|tva", re.IGNORECASE)
_INVITE = re.compile(f"{BORNE}([^{BORNE}\n]{{1,60}}){BORNE}")
EXTRAIT_MAXIMUM = 300
ENTREES_MAXIMUM = 500  # lines of a tick list that are looked at one by one
_COMPACTS: Mapping[Genre, re.Pattern[str]] = {
    Genre.SIRET: re.compile(r"(?<!\d)\d(?:[ .]?\d){13}(?!\d)"),
    Genre.RNA: re.compile(r"\bW ?\d(?: ?\d){8}\b", re.IGNORECASE),
    Genre.UAI: re.compile(r"\b\d{7} ?[A-Z]\b", re.IGNORECASE),
    Genre.CODE_POSTAL: re.compile(r"(?<!\d)\d{2} ?\d{3}(?!\d)"),
}


@dataclass
class Remarque:
    gravite: Gravite
    message: str
    extrait: str


@dataclass
class Reponse:
    """A value as read: ``valeur`` is the question's empty value when nothing could be read."""

    valeur: Any
    remarques: list[Remarque] = field(default_factory=list)
    perdus: list[str] = field(default_factory=list)  # texts that are part of no value

    def illisible(self, message: str, extrait: str) -> None:
        self.remarques.append(Remarque(Gravite.BLOQUANT, message, _couper(extrait)))

    def a_verifier(self, message: str, extrait: str) -> None:
        self.remarques.append(Remarque(Gravite.A_VERIFIER, message, _couper(extrait)))


def _couper(texte: str) -> str:
    texte = texte_propre(texte, multiligne=True)
    return texte if len(texte) <= EXTRAIT_MAXIMUM else texte[: EXTRAIT_MAXIMUM - 1] + "…"


class Convertisseur:
    """Reads cells of one form for one call; the index of each list of options is kept with the call."""

    def __init__(self, referentiel: Referentiel, formulaire: Formulaire):
        self.referentiel = referentiel
        self.formulaire = formulaire

    def options(self, proprietaire: str, liste: str) -> Options:
        """Index of a list, with the bookmarks of the question that shows it."""
        nom = ("options", self.formulaire.code, proprietaire, liste)
        trouvees: Options | None = self.referentiel.index.get(nom)
        if trouvees is None:
            signet = partial(self.formulaire.signet_option, proprietaire)
            trouvees = self.referentiel.index[nom] = Options(self.referentiel.listes.get(liste, ()), signet)
        return trouvees

    def lire(
        self, question: Question, lignes: Sequence[Ligne], *, tableau: str = "", texte: str | None = None
    ) -> Reponse:
        """Value of a question from the lines of its cell.

        ``tableau`` is the identifier of the table of a column; ``texte`` the words of the lines, when they are known.
        """
        if question.genre is Genre.CHOIX_MULTIPLE:
            return self._choix_multiple(question, lignes)
        if texte is None:
            texte = texte_saisi([ligne.texte for ligne in lignes])
        if not texte or texte.isspace():
            return Reponse(question.vide)
        if question.genre is Genre.CHOIX:
            return self._choix(question, lignes, texte, tableau or question.identifiant)
        if question.genre is Genre.COCHE:
            return _coche(texte)
        if question.genre is Genre.MONTANT:
            taxes = "HT" if "HT" in question.libelle.split() else "TTC"
            return _valeur(question, texte, lambda saisi: lire_montant(saisi, taxes=taxes))
        if question.genre in _LECTURES:
            return _valeur(question, texte, _LECTURES[question.genre])
        if question.genre in _COMPACTS:
            return _compacte(question, texte)
        return Reponse(texte_propre(texte, multiligne=question.genre is Genre.TEXTE_LONG))

    # --- choices ----------------------------------------------------------------------------------------------------

    def _choix(self, question: Question, lignes: Sequence[Ligne], texte: str, proprietaire: str) -> Reponse:
        options = self.options(proprietaire, question.options)
        if not texte.strip() or est_un_prompt(texte):
            return Reponse("")
        if CASE.search(texte) and options.exact(texte) is None:
            return self._choix_par_cases(question, lignes, texte)
        code = options.exact(texte)
        if code is None and (code := options.trouver(texte)) is not None:
            ajout = _ajout(texte, options.textes[code], code)
            return Reponse(code, perdus=[ajout] if ajout else [])
        if code is not None:
            return Reponse(code)
        code = options.par_signet(nom for ligne in lignes for nom in ligne.signets)
        if code is not None and (precision := _precision(texte, options.textes[code])) is not None:
            return Reponse(code, perdus=[precision])  # the preset text, with words added
        if ne_dit_rien(texte):
            return Reponse("")
        reponse = Reponse("")
        reponse.illisible(f"« {_abreger(texte)} » n’est pas un des choix proposés : choisissez dans la liste.", texte)
        return reponse

    def _choix_par_cases(self, question: Question, lignes: Sequence[Ligne], texte: str) -> Reponse:
        multiple = self._choix_multiple(question, lignes)
        reponse = Reponse("", multiple.remarques, multiple.perdus)
        if len(multiple.valeur) == 1:
            reponse.valeur = multiple.valeur[0]
        elif multiple.valeur:
            reponse.illisible("Une seule réponse est possible ici : gardez une seule case cochée.", texte)
        return reponse

    def _choix_multiple(self, question: Question, lignes: Sequence[Ligne]) -> Reponse:
        options = self.options(question.identifiant, question.options)
        reponse = Reponse(())
        toutes = (entree for ligne in lignes for entree in entrees_de(ligne, options))
        entrees = list(islice(toutes, ENTREES_MAXIMUM))
        if reste := "\n".join(entree.texte for entree in toutes).strip():
            reponse.perdus.append(reste)
        avec_cases = any(entree.etat is not None for entree in entrees)
        coches: set[str] = set()
        vues: set[str] = set()
        nues: list[tuple[str, Entree]] = []
        for entree in entrees:
            if not entree.texte.strip() and entree.etat is None:
                continue
            code = self._code_de(entree, question, options)
            if code is None:
                self._entree_inconnue(entree, options, reponse, coches, avec_cases=avec_cases)
                continue
            if not options.est_affichee(entree.texte) and (ajout := _ajout(entree.texte, options.textes[code], code)):
                reponse.perdus.append(ajout)
            if entree.etat is None:
                nues.append((code, entree))
            else:
                vues.add(code)
                if entree.etat:
                    coches.add(code)
                if entree.contredite:
                    reponse.a_verifier(
                        "Une croix est écrite à côté d’une case vide : nous lisons ce choix comme coché.", entree.texte
                    )
        self._sans_case(nues, vues, options, reponse, coches, avec_cases=avec_cases)
        if not coches:
            self._mis_en_evidence(entrees, question, options, reponse, coches)
        reponse.valeur = tuple(code for code in options.textes if code in coches)
        return reponse

    def _code_de(self, entree: "Entree", question: Question, options: Options) -> str | None:
        """Option of a line: its own words first, then its control, its bookmark, then likeness."""
        if (code := options.exact(entree.texte)) is not None:
            return code
        for etiquette in entree.etiquettes:
            proprietaire, _, code = self.formulaire.nom(etiquette).partition(":")
            if proprietaire == question.identifiant and code in options.codes:
                return code
        return options.par_signet(entree.signets) or (options.trouver(entree.texte) if entree.texte else None)

    def _mis_en_evidence(
        self, entrees: Sequence["Entree"], question: Question, options: Options, reponse: Reponse, coches: set[str]
    ) -> None:
        """Choices in bold, underlined, in colour, or left when the others are struck through, beside boxes that are empty."""
        lignes = [(entree, code) for entree in entrees if (code := self._code_de(entree, question, options))]
        en_evidence = [(e, code) for e, code in lignes if e.soulignee and not e.barree]
        if not 0 < len(en_evidence) < len(lignes):
            en_evidence = [(e, code) for e, code in lignes if not e.barree]
        if not 0 < len(en_evidence) < len(lignes):
            return
        for entree, code in en_evidence:
            coches.add(code)
            reponse.a_verifier(
                "Aucune case n’est cochée, mais ce choix est mis en évidence : nous le lisons comme coché.",
                entree.texte,
            )

    @staticmethod
    def _sans_case(
        nues: list[tuple[str, "Entree"]], vues: set[str], options: Options, reponse: Reponse, coches: set[str],
        *, avec_cases: bool,
    ) -> None:  # fmt: skip
        """Options written without a box: answers typed by hand, unless the boxes of a whole list were lost."""
        codes = {code for code, _ in nues}
        if not avec_cases and len(codes) > 2 and codes == options.codes:
            reponse.illisible(
                "Les cases de cette liste ont disparu : gardez seulement les choix qui vous concernent.",
                "\n".join(entree.texte for _, entree in nues),
            )
            return
        for code, entree in nues:
            if avec_cases and code not in vues:
                reponse.a_verifier(
                    "La case de cette ligne a disparu : écrivez X devant si vous la choisissez.", entree.texte
                )
                continue
            coches.add(code)
            if avec_cases:
                reponse.a_verifier("Ce choix est écrit à part de sa case : nous le lisons comme coché.", entree.texte)

    @staticmethod
    def _entree_inconnue(
        entree: "Entree", options: Options, reponse: Reponse, coches: set[str], *, avec_cases: bool
    ) -> None:
        """A line that is no option: a heading, several options on one line, or words of the porteur."""
        texte = texte_propre(entree.texte)
        if not texte or cle(texte) in options.groupes or est_un_prompt(texte) or not cle(texte):
            return
        if entree.etat is None and ne_dit_rien(texte):
            return
        if entree.etat is None:
            if codes := options.decouper(texte[:5000]):
                coches.update(codes)
                return
            for separateur in (r";|•|\s/\s", r"[;,/•]|\set\s|\s-\s"):  # a label may hold a comma
                morceaux = [morceau.strip() for morceau in re.split(separateur, texte[:5000]) if morceau.strip()]
                trouves = [options.trouver(morceau) for morceau in morceaux[:60]]
                if len(morceaux) > 1 and len(morceaux) == len(trouves) and all(trouves):
                    coches.update(code for code in trouves if code)
                    return
        reponse.perdus.append(texte)
        if entree.etat or not avec_cases:
            reponse.a_verifier(f"« {_abreger(texte)} » n’est pas un des choix proposés.", texte)


def _ajout(texte: str, affiche: str, code: str) -> str | None:
    """The line of an option on which somebody added words; None when it says the option and no more."""
    autres = autour(texte, affiche)
    if autres is None or cle("".join(autres)) in ("", cle(code)):
        return None
    return texte_propre(texte)


def _precision(texte: str, affiche: str) -> str | None:
    """What was added to a preset text; None when it is another text."""
    propre = texte_propre(texte)
    if affiche and affiche in propre:
        return propre
    return propre if len(cle(affiche)) > 5 and cle(propre).startswith(cle(affiche)) else None


# --- plain values ---------------------------------------------------------------------------------------------------


def texte_saisi(lignes: Sequence[str]) -> str:
    """What was typed in a cell: nothing when only a prompt is there, and without the prompt that was left beside it."""
    texte = "\n".join(lignes)
    if BORNE in texte:
        texte = _INVITE.sub(lambda trouvee: "" if est_un_prompt(trouvee[1]) else trouvee[0], texte)
    return "" if est_un_prompt(texte) else texte


def _valeur(question: Question, texte: str, lire: Callable[[str], Any]) -> Reponse:
    reponse = Reponse(question.vide)
    try:
        reponse.valeur = lire(texte)
    except ValeurIllisible as erreur:
        if (precisee := _sans_precision(texte, lire)) is None:
            reponse.illisible(erreur.message, texte)
            return reponse
        reponse.valeur = precisee
        reponse.perdus.append(texte)
        reponse.a_verifier(
            "Nous n’avons gardé que la valeur : la précision entre parenthèses n’a pas de place ici.", texte
        )
    if question.genre is Genre.DATE and reponse.valeur and (message := jour_contredit(texte, reponse.valeur)):
        reponse.a_verifier(message, texte)
    return reponse


def _sans_precision(texte: str, lire: Callable[[str], Any]) -> Any:
    """The value before a remark in brackets (« 1 234 € (devis joint) »); None when there is none, or taxes are meant."""
    trouvee = _PRECISION.match(texte.strip())
    if trouvee is None or _TAXES.search(trouvee[2]):
        return None
    try:
        return lire(trouvee[1])
    except ValeurIllisible:
        return None


def _compacte(question: Question, texte: str) -> Reponse:
    """A number such as a SIRET; words around a single one are given back, « néant » is nothing."""
    propre = texte_propre(texte)
    if ne_dit_rien(propre):
        return Reponse("")
    trouves = list(_COMPACTS[question.genre].finditer(propre))
    if len(trouves) == 1 and " " in propre and trouves[0][0] != propre:
        autour_du_nombre = propre[: trouves[0].start()] + propre[trouves[0].end() :]
        utile = autour_du_nombre.casefold().replace(question.libelle.split(" ")[0].casefold(), "")
        return Reponse(trouves[0][0], perdus=[propre] if any(c.isalnum() for c in utile) else [])
    return Reponse(propre)


def _coche(texte: str) -> Reponse:
    reponse = Reponse(False)
    if len(CASE.findall(texte)) == 2:  # « ☒ oui ☐ non »
        choisies = {simplifier(e.texte) for e in entrees_de(Ligne(texte.replace("\n", " "))) if e.etat}
        if choisies <= {"oui", "non"} and len(choisies) < 2:
            reponse.valeur = "oui" in choisies
            return reponse
    try:
        reponse.valeur = lire_coche(texte)
    except ValeurIllisible as erreur:
        reponse.illisible(erreur.message, texte)
        return reponse
    if reponse.valeur and CASE.search(texte) and not CASE_COCHEE.search(texte):
        reponse.a_verifier("La case est vide mais une réponse est écrite à côté : nous la lisons comme cochée.", texte)
    return reponse


def _abreger(texte: str, longueur: int = 60) -> str:
    texte = texte_propre(texte)
    return texte if len(texte) <= longueur else texte[: longueur - 1] + "…"
