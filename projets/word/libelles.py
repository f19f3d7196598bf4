"""Which key or option a text names: exact key first, then likeness, never a coin tossed between two."""

import re
from collections.abc import Callable, Iterable

from rapidfuzz import fuzz, process

from ..questionnaire import Option, texte_propre
from .gabarit import affichages, cle

RESSEMBLANCE = 86.0
MARGE = 3.0
_LONGUEUR_MINIMALE = 6  # shorter keys look like too many things
_NUMERO = re.compile(r"\b\d+(?:\.\d+)+\b")
_SEPARATEURS = " \t*:–—-.)\u00a0\u202f"
_LONGUEUR_EXAMINEE = 1000  # characters in which a label is looked for


def proche(cherchee: str, cles: Iterable[str], *, seuil: float = RESSEMBLANCE) -> tuple[str, float] | None:
    """The key that looks like this one, clearly more than any other, and how much (0 to 100)."""
    if len(cherchee) < _LONGUEUR_MINIMALE or len(cherchee) > 300:
        return None
    trouvees = process.extract(cherchee, list(cles), scorer=fuzz.ratio, limit=2, score_cutoff=seuil - MARGE)
    if not trouvees or trouvees[0][1] < seuil:
        return None
    if len(trouvees) > 1 and trouvees[0][1] - trouvees[1][1] < MARGE:
        return None
    return trouvees[0][0], trouvees[0][1]


def autour(texte: str, libelle: str) -> tuple[str, str] | None:
    """What stands before and after a label in a text, writing aside; None when the label is not there as whole words."""
    voulue = cle(libelle)
    lue, places = "", []
    for rang, caractere in enumerate(texte[:_LONGUEUR_EXAMINEE]):
        morceau = cle(caractere)
        lue += morceau
        places += [rang] * len(morceau)
    debut = lue.find(voulue) if voulue else -1
    if debut < 0:
        return None
    avant, apres = texte[: places[debut]], texte[places[debut + len(voulue) - 1] + 1 :]
    if (avant and avant[-1].isalnum()) or (apres and apres[0].isalnum()):
        return None
    return avant.strip(), apres.lstrip(_SEPARATEURS).rstrip()


def detacher(texte: str, libelle: str) -> str | None:
    """What follows a label on its own line (« Titre du projet : La mare » -> « La mare »); None when it does not start so."""
    voulue = cle(libelle)
    if not voulue or cle(texte[:1]) != voulue[:1]:
        return None
    trouve = autour(texte, libelle)
    return trouve[1] if trouve and not trouve[0] else None


class Options:
    """The options of one question, found again by what the form shows, by label, by code or by bookmark (``signet``)."""

    def __init__(self, options: tuple[Option, ...], signet: Callable[[str], str]):
        self.textes = affichages(options)
        self.codes = frozenset(self.textes)
        self._exacts = {texte_propre(texte): code for code, texte in self.textes.items()}
        self._signets = {signet(option.code): option.code for option in options}
        self.groupes = frozenset(cle(groupe) for option in options for groupe in option.groupes)
        self._cles: dict[str, set[str]] = {}
        for option in options:
            for texte in (self.textes[option.code], option.libelle, option.code):
                self._cles.setdefault(cle(texte), set()).add(option.code)
        self._cles.pop("", None)

    def par_signet(self, signets: Iterable[str]) -> str | None:
        return next((self._signets[nom] for nom in signets if nom in self._signets), None)

    def est_affichee(self, texte: str) -> bool:
        """Whether a text is, to the letter, what the form shows for an option."""
        return texte_propre(texte) in self._exacts

    def exact(self, texte: str) -> str | None:
        """Code of a text that is one option and no other, writing aside."""
        texte = texte_propre(texte)
        if texte in self._exacts:
            return self._exacts[texte]
        codes = self._cles.get(cle(texte), ())
        return next(iter(codes)) if len(codes) == 1 else None

    def trouver(self, texte: str) -> str | None:
        """Code of a text written by somebody: exact, by its number, by its beginning, then by likeness."""
        if (code := self.exact(texte)) is not None:
            return code
        texte = texte_propre(texte)
        if numero := _NUMERO.search(texte[:_LONGUEUR_EXAMINEE]):
            return self._par_numero(numero[0], texte)
        cherchee = cle(texte)
        if len(cherchee) >= 4:
            debuts = {code for k, codes in self._cles.items() if k.startswith(cherchee) for code in codes}
            if len(debuts) == 1:
                return debuts.pop()
            if (code := self._par_debut(texte, cherchee)) is not None:
                return code
        trouvee = proche(cherchee, self._cles)
        codes = self._cles[trouvee[0]] if trouvee else ()
        return next(iter(codes)) if len(codes) == 1 else None

    def _par_debut(self, texte: str, cherchee: str) -> str | None:
        """The one option that a text begins with, words of its own after: « Association loi 1901 »."""
        debut = max((k for k in self._cles if len(k) > 4 and cherchee.startswith(k)), key=len, default="")
        codes = self._cles.get(debut, set())
        ecrits = set(self.decouper(texte))  # « 1.1.2 Dynamiser… », « CLAS – Contrat local… » say one option twice
        if len(ecrits) == 1:
            return ecrits.pop()
        if ecrits or len(codes) != 1 or detacher(texte, debut) is None:
            return None
        return next(iter(codes))

    def decouper(self, texte: str) -> list[str]:
        """Codes of options written one after another on a line; empty unless they make the whole of it."""
        reste, codes = cle(texte), []
        while reste:
            trouvee = max((k for k in self._cles if reste.startswith(k)), key=len, default="")
            if len(self._cles.get(trouvee, ())) != 1 or len(codes) > len(self.codes):
                return []
            codes.append(next(iter(self._cles[trouvee])))
            reste = reste[len(trouvee) :]
            if reste.startswith("et") and not any(k.startswith(reste[:4]) for k in self._cles):
                reste = reste[2:]
        return codes if len(codes) > 1 else []

    def _par_numero(self, numero: str, texte: str) -> str | None:
        """« 1.1.2 » with whatever follows, unless another number follows."""
        if numero not in self.codes or len(_NUMERO.findall(texte)) > 1:
            return None
        return numero
