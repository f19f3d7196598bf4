"""The passages of a Word file that answered no question, and what the porteur does with each: put it in an answer, leave
it out, take it back.

Framework-free: a ``Rangement`` is changed into another, and ``reception`` saves it. Nothing is cut, and no former answer
is lost: what was there before is kept beside the passage, in the JSON of the reading.
"""

import dataclasses
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Self

from .constats import Gravite
from .dossier import QUESTIONS, SECTIONS, Dossier, question
from .presentation import afficher
from .questionnaire import Genre, Question, Referentiel, normaliser, texte_propre
from .regles import FORMES
from .valeurs import insecables
from .word.conversion import Convertisseur
from .word.formulaires import DOSSIER
from .word.texte import Ligne

LIBRES = frozenset({Genre.TEXTE, Genre.TEXTE_LONG})
# A row has columns that a passage does not tell apart, and an engagement is taken by a person, not by a text.
SANS_TEXTE = frozenset({Genre.TABLEAU, Genre.COCHE})
EXTRAIT = 60
LONGUEUR = 3000  # characters beyond which a passage is no value, nor the longest list of choices
_A_LA_MAIN = "Répondez vous-même à la question, puis choisissez « Ne pas garder »."
_FORMES = {champ: (est_bien_forme, message) for champ, est_bien_forme, _, message in FORMES}


class RangementRefuse(Exception):
    """A passage stays where it is; ``message`` says in French why and what to do.

    ``remplacement`` is the answer that is there and the one that was read, as people write them, when the person may
    choose between the two.
    """

    def __init__(self, message: str, remplacement: tuple[str, str] | None = None):
        self.message = insecables(message)
        self.remplacement = remplacement
        super().__init__(self.message)


@dataclass(frozen=True)
class Fragment:
    """One passage. Once ``est_regle``, ``champ`` is the question it went to (none: not kept), with the answer before and
    after as JSON; until then ``vers`` is the question that was chosen for it, None when nobody chose.

    ``cle`` is the print of its words, and its rank among equals: two tabs speak of the same passage.
    """

    cle: str
    texte: str
    pres_de: str = ""
    note: str = ""  # what the person should know of the last thing done with it
    vers: str | None = None
    est_regle: bool = False
    champ: str = ""
    avant: Any = None
    apres: Any = None

    @property
    def question(self) -> Question | None:
        return question(self.champ) if self.champ else None


# --- the JSON of a reading ------------------------------------------------------------------------------------------


def fragments(lecture: Mapping[str, Any]) -> tuple[Fragment, ...]:
    """Every passage of a reading in the order of the file, the settled ones at their place among the others."""
    entrees = [(entree, False) for entree in lecture.get("non_reconnu", ())]
    for reglee in sorted(lecture.get("ranges", ()), key=lambda entree: entree["rang"]):
        entrees.insert(reglee["rang"], (reglee, True))
    vus: dict[str, int] = {}
    resultat = []
    for entree, est_regle in entrees:
        texte, pres_de = entree["texte"], entree.get("pres_de", "")
        empreinte = hashlib.sha256(f"{pres_de}\0{texte}".encode()).hexdigest()[:16]
        vus[empreinte] = vus.get(empreinte, 0) + 1
        cle = empreinte if vus[empreinte] == 1 else f"{empreinte}-{vus[empreinte]}"
        autres = {nom: entree[nom] for nom in ("note", "vers", "champ", "avant", "apres") if nom in entree}
        resultat.append(Fragment(cle, texte, pres_de, est_regle=est_regle, **autres))
    return tuple(resultat)


def garder(lecture: Mapping[str, Any], gardes: Collection[Fragment]) -> dict[str, Any]:
    """The same reading with its passages as they are now; inverse of ``fragments``."""
    non_reconnu, ranges = [], []
    for rang, fragment in enumerate(gardes):
        entree: dict[str, Any] = {"texte": fragment.texte, "pres_de": fragment.pres_de}
        if fragment.note:
            entree["note"] = fragment.note
        if fragment.est_regle:
            reste = {"rang": rang, "champ": fragment.champ, "avant": fragment.avant, "apres": fragment.apres}
            ranges.append(entree | reste)
        else:
            non_reconnu.append(entree if fragment.vers is None else entree | {"vers": fragment.vers})
    return dict(lecture) | {"non_reconnu": non_reconnu} | ({"ranges": ranges} if ranges or "ranges" in lecture else {})


def tout_ecarter(lecture: Mapping[str, Any]) -> dict[str, Any]:
    """The reading of somebody who has seen its passages: those that wait are not kept, and can still be put back."""
    return garder(lecture, [f if f.est_regle else _ecarte(f) for f in fragments(lecture)])


def _ecarte(fragment: Fragment) -> Fragment:
    return dataclasses.replace(fragment, est_regle=True, champ="", avant=None, apres=None, note="")


# --- where a passage can go -----------------------------------------------------------------------------------------


def destinations(ouvertes: Collection[str] | None = None) -> list[tuple[str, list[Question]]]:
    """Questions that a text can answer, by title of section; ``ouvertes`` are those that may change (None: all)."""
    groupes = []
    for section in SECTIONS:
        questions = [une for une in QUESTIONS if une.section == section.code and _accepte(une, ouvertes)]
        if questions:
            groupes.append((section.titre, questions))
    return groupes


def _accepte(une: Question, ouvertes: Collection[str] | None) -> bool:
    return une.genre not in SANS_TEXTE and (ouvertes is None or une.identifiant in ouvertes)


def suggestion(fragment: Fragment, referentiel: Referentiel, ouvertes: Collection[str] | None = None) -> str:
    """The question that the title beside a passage names, when the passage can be read as its answer; else empty."""
    une = DOSSIER.question_exacte(fragment.pres_de)
    if une is None and (proche := DOSSIER.question_proche(fragment.pres_de)):
        une = proche[0]
    if une is None or not _accepte(une, ouvertes):
        return ""
    try:
        _lire(une, fragment.texte, referentiel)
    except RangementRefuse:
        return ""
    return une.identifiant


# --- what is done with it -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rangement:
    """A file and its passages. Each gesture gives another one, or raises ``RangementRefuse`` and changes nothing."""

    dossier: Dossier
    fragments: tuple[Fragment, ...]
    referentiel: Referentiel
    ouvertes: Collection[str] | None = None

    def ranger(self, cle: str, champ: str, *, remplacer: bool = False) -> Self:
        """Puts a passage in the answer to a question; ``remplacer``: even in place of another one."""
        fragment = self._trouver(cle, est_regle=False)
        if not champ:
            raise RangementRefuse("Choisissez la question à laquelle ce passage répond, ou « Ne pas garder ».")
        une = next(
            (q for _, questions in destinations(self.ouvertes) for q in questions if q.identifiant == champ), None
        )
        if une is None:
            raise RangementRefuse("Cette question ne peut pas recevoir de passage : choisissez-en une dans la liste.")
        lue, note = _lire(une, fragment.texte, self.referentiel)
        avant = getattr(self.dossier, champ)
        apres = self._joindre(une, avant, lue, remplacer=remplacer)
        regle = dataclasses.replace(
            fragment,
            est_regle=True,
            champ=champ,
            avant=_en_json(champ, avant),
            apres=_en_json(champ, apres),
            note=note,
            vers=None,
        )
        return self._avec(regle, self.dossier.remplacer(**{champ: apres}))

    def ecarter(self, cle: str) -> Self:
        """Leaves a passage out of the file."""
        return self._avec(_ecarte(self._trouver(cle, est_regle=False)))

    def remettre(self, cle: str) -> Self:
        """Takes a settled passage back, out of the answer it went to; an answer that was rewritten since is left alone."""
        fragment = self._trouver(cle, est_regle=True)
        une, dossier, note = fragment.question, self.dossier, ""
        if une is not None:
            if not _accepte(une, self.ouvertes):
                raise RangementRefuse(f"« {une.libelle} » n’est pas rouverte : ce passage y reste.")
            champ = une.identifiant
            avant, apres = _de_json(champ, fragment.avant), _de_json(champ, fragment.apres)
            reprise, valeur = _reprendre(une, getattr(dossier, champ), avant, apres)
            dossier = dossier.remplacer(**{champ: valeur})
            if not reprise:
                note = (
                    f"La réponse à « {une.libelle} » a changé depuis : elle reste telle quelle. "
                    "Retirez-en ce passage s’il y est encore."
                )
        rendu = Fragment(cle, fragment.texte, fragment.pres_de, insecables(note), vers=fragment.champ or None)
        return self._avec(rendu, dossier)

    def _trouver(self, cle: str, *, est_regle: bool) -> Fragment:
        for fragment in self.fragments:
            if fragment.cle == cle and fragment.est_regle == est_regle:
                return fragment
        raise RangementRefuse("Ce passage a déjà changé de place, peut-être dans un autre onglet : voyez où il en est.")

    def _avec(self, change: Fragment, dossier: Dossier | None = None) -> Self:
        return dataclasses.replace(
            self,
            dossier=dossier or self.dossier,
            fragments=tuple(change if fragment.cle == change.cle else fragment for fragment in self.fragments),
        )

    def _joindre(self, une: Question, avant: Any, lue: Any, *, remplacer: bool) -> Any:
        """The answer with what was read: after what is there when it can hold both."""
        if une.genre is Genre.CHOIX_MULTIPLE:
            rangs = {option.code: rang for rang, option in enumerate(self.referentiel.options(une.options))}
            return tuple(sorted(dict.fromkeys((*avant, *lue)), key=lambda code: rangs.get(code, len(rangs))))
        if avant in (une.vide, lue):
            return lue
        if une.genre in LIBRES:
            return f"{avant}{_lien(une, avant)}{lue}"
        if remplacer:
            return lue
        ecrits = (afficher(une, avant, self.referentiel), afficher(une, lue, self.referentiel))
        raise RangementRefuse(
            f"« {une.libelle} » a déjà une réponse, « {ecrits[0]} », et ce passage se lit « {ecrits[1]} ». "
            "Gardez l’une ou l’autre.",
            ecrits,
        )


def _lien(une: Question, avant: str) -> str:
    """What separates two pieces of one free text."""
    if une.genre is Genre.TEXTE_LONG:
        return "\n"
    return " " if avant.endswith((",", ";", ":")) else " ; "


def _lire(une: Question, texte: str, referentiel: Referentiel) -> tuple[Any, str]:
    """A passage read as a cell of the Word form is: its canonical value, and what to check in it.

    Raises RangementRefuse when it is not a value of this question, or not only that.
    """
    refus = f"Ce passage ne peut pas répondre à « {une.libelle} ». "
    if une.genre not in LIBRES and len(texte) > LONGUEUR:
        raise RangementRefuse(f"{refus}Il est trop long. {_A_LA_MAIN}")
    reponse = Convertisseur(referentiel, DOSSIER).lire(une, [Ligne(ligne) for ligne in texte.split("\n")])
    for remarque in reponse.remarques:
        if remarque.gravite is Gravite.BLOQUANT:
            raise RangementRefuse(f"{refus}{remarque.message} {_A_LA_MAIN}")
    if reponse.perdus:
        raise RangementRefuse(f"{refus}« {abreger(reponse.perdus[0])} » n’est pas un des choix proposés. {_A_LA_MAIN}")
    valeur = getattr(normaliser(Dossier(**{une.identifiant: reponse.valeur})), une.identifiant)
    if valeur == une.vide:
        raise RangementRefuse(f"{refus}Il n’y a rien à y lire : choisissez une autre question, ou « Ne pas garder ».")
    est_bien_forme, message = _FORMES.get(une.identifiant, (None, ""))
    if est_bien_forme and not est_bien_forme(valeur):
        raise RangementRefuse(f"{refus}{message} {_A_LA_MAIN}")
    return valeur, " ".join(remarque.message for remarque in reponse.remarques)


def _reprendre(une: Question, actuelle: Any, avant: Any, apres: Any) -> tuple[bool, Any]:
    """Whether what was added to an answer could be taken out of it, and the answer then."""
    if actuelle == apres:
        return True, avant
    if une.genre is Genre.CHOIX_MULTIPLE:
        return True, tuple(code for code in actuelle if code in avant or code not in apres)
    if une.genre in LIBRES:
        # The passage must still stand by itself: never a piece of a sentence that somebody wrote since.
        lien = "\n" if une.genre is Genre.TEXTE_LONG else " ; "
        ajoutee = apres.removeprefix(avant).removeprefix(lien)
        entiere = f"{lien}{actuelle}{lien}"
        if ajoutee and f"{lien}{ajoutee}{lien}" in entiere:
            reste = entiere.replace(f"{lien}{ajoutee}{lien}", lien, 1)
            return True, reste.removeprefix(lien).removesuffix(lien)
    return False, actuelle


def _en_json(champ: str, valeur: Any) -> Any:
    return Dossier(**{champ: valeur}).vers_json()[champ]


def _de_json(champ: str, valeur: Any) -> Any:
    return getattr(Dossier.depuis_json({champ: valeur}), champ)


# --- what is said of it ---------------------------------------------------------------------------------------------


def phrase(fragment: Fragment, referentiel: Referentiel) -> str:
    """Where a settled passage went, and what it did to the answer that was there."""
    une = fragment.question
    if une is None:
        return "Écarté : ce n’est pas une réponse."
    avant, apres = _de_json(une.identifiant, fragment.avant), _de_json(une.identifiant, fragment.apres)
    ou = f"« {une.libelle} »"
    if avant == apres:
        return insecables(f"Déjà dans {ou} : rien n’a changé.")
    if une.genre is Genre.CHOIX_MULTIPLE:
        codes = [code for code in apres if code not in avant]
        choix = ", ".join(f"« {referentiel.libelle(une.options, code)} »" for code in codes)
        return insecables(f"Coché dans {ou} : {choix}.")
    if une.genre in LIBRES and avant and apres.startswith(avant):
        comment = "à la ligne" if une.genre is Genre.TEXTE_LONG else "à la suite"
        return insecables(f"Ajouté {comment}, à la fin de {ou}.")
    if une.genre in LIBRES:
        return insecables(f"Mis dans {ou}, qui était vide.")
    lu = f"Lu « {afficher(une, apres, referentiel)} » dans {ou}"
    ancienne = f", à la place de « {afficher(une, avant, referentiel)} »" if avant != une.vide else ""
    return insecables(f"{lu}{ancienne}.")


def abreger(texte: str, longueur: int = EXTRAIT) -> str:
    """The first words of a passage, on one line."""
    texte = texte_propre(texte)
    return texte if len(texte) <= longueur else texte[: longueur - 1] + "…"
