"""The passages of a Word file that answered no question, as one part of the form of a file: a list of questions and two
buttons for each, and for those already settled what was done and how to take it back.

The buttons belong to the form of the file: whatever is typed there is saved by the same click.
"""

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import cached_property

from .. import reception
from ..models import Auteur, ModificationConcurrente, Projet
from ..questionnaire import Referentiel
from ..rangement import (
    Fragment,
    Rangement,
    RangementRefuse,
    destinations,
    fragments,
    phrase,
    suggestion,
)

AFFICHES = 20  # passages with their list of questions; a file that is not the form can hold hundreds
LONG = 600  # characters, or lines, beyond which a passage is folded
LIGNES_LONGUES = 8
VERBES = ("ranger", "remplacer", "ecarter", "remettre")
TOUS = "tous"  # every passage that has a question
ANCRE = "passages"


@dataclass(frozen=True)
class Geste:
    """What was clicked: a verb, the key of a passage, and for « remplacer » the question whose answer is replaced."""

    verbe: str
    cle: str
    champ: str = ""

    @property
    def ancre(self) -> str:
        """Where the person finds the passage again."""
        return ANCRE if self.cle == TOUS else f"passage-{self.cle}"


def geste_de(data: QueryDict) -> Geste | None:
    """The button of a passage among what was posted, None when another one was clicked."""
    for verbe in VERBES:
        if verbe in data:
            cle, _, champ = data[verbe].partition(":")
            return Geste(verbe, cle, champ if verbe == "remplacer" else "")
    return None


@dataclass
class PassageAffiche:
    """One passage on the page: ``champ`` lists where it can go, ``phrase`` says where it went."""

    fragment: Fragment
    numero: int
    champ: forms.BoundField | None = None
    phrase: str = ""
    remplacement: tuple[str, str] | None = None
    remplacer: str = ""  # value of the button that replaces the answer

    @property
    def ancre(self) -> str:
        return f"passage-{self.fragment.cle}"

    @property
    def est_long(self) -> bool:
        texte = self.fragment.texte
        return len(texte) > LONG or texte.count("\n") >= LIGNES_LONGUES


class PassagesForm(forms.Form):
    """The lists of questions of a project's passages. ``ouvertes``: questions that may change (None: all)."""

    use_required_attribute = False

    def __init__(
        self,
        projet: Projet,
        referentiel: Referentiel,
        ouvertes: Collection[str] | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        self.projet, self.referentiel, self.ouvertes = projet, referentiel, ouvertes
        self.fragments = fragments(projet.lecture)
        self.refus: dict[str, RangementRefuse] = {}
        self.groupes = destinations(ouvertes)
        a_ranger = [fragment for fragment in self.fragments if not fragment.est_regle]
        self.proposes = {fragment.cle: self._propose(fragment) for fragment in a_ranger[:AFFICHES]}
        posees = {
            _nom(cle): propose if data is None or _nom(cle) not in data else data[_nom(cle)]
            for cle, propose in self.proposes.items()
        }
        super().__init__(None if data is None else posees, initial=posees)
        choix = [("", "Choisissez une question")]
        choix += [(titre, [(une.identifiant, une.libelle) for une in questions]) for titre, questions in self.groupes]
        for cle in self.proposes:
            self.fields[_nom(cle)] = forms.ChoiceField(
                choices=choix,
                required=False,
                label="Ranger dans…",
                error_messages={"invalid_choice": "Choisissez une question de la liste."},
                widget=forms.Select({"class": "form-select"}),
            )

    def _propose(self, fragment: Fragment) -> str:
        """What somebody chose, else what the title beside the passage says."""
        return suggestion(fragment, self.referentiel, self.ouvertes) if fragment.vers is None else fragment.vers

    def executer(self, geste: Geste, auteur: Auteur) -> bool:
        """Does what was asked and saves it; False when some of it was refused: each reason is beside its passage."""
        avant = apres = self._rangement()
        gestes = list(self._un_par_un(geste))
        if not gestes:
            self.refuser(geste.cle, RangementRefuse("Choisissez d’abord une question pour un passage au moins."))
        for seul in gestes:
            try:
                apres = self._appliquer(apres, seul)
            except RangementRefuse as refus:
                self.refuser(seul.cle, refus)
        if apres is not avant:
            try:
                reception.enregistrer_rangement(self.projet, apres, auteur)
            except ModificationConcurrente as concurrence:
                self.projet.refresh_from_db()
                self.refuser(geste.cle, RangementRefuse(str(concurrence)))
            self.fragments = fragments(self.projet.lecture)
        return not self.refus

    def attendre(self, geste: Geste) -> None:
        """Refuses a gesture as long as answers of the file cannot be read."""
        self.refuser(geste.cle, RangementRefuse("Corrigez d’abord les réponses signalées ; ce passage attend ici."))

    def fait(self, geste: Geste) -> str:
        """What a gesture did, in a sentence."""
        if geste.cle == TOUS:
            return f"C’est rangé, et tout est enregistré. Passages encore à ranger\u00a0: {self.a_ranger}."
        fragment = next(fragment for fragment in self.fragments if fragment.cle == geste.cle)
        if not fragment.est_regle:
            return "Ce passage est de nouveau à ranger."
        return f"{phrase(fragment, self.referentiel)} Tout est enregistré."

    def _rangement(self) -> Rangement:
        """The file as it is saved. Each passage remembers the question chosen for it, for the next time it is shown."""
        self.full_clean()
        notes = [
            dataclasses.replace(f, vers=self.cleaned_data.get(_nom(f.cle), f.vers)) if f.cle in self.proposes else f
            for f in self.fragments
        ]
        return Rangement(self.projet.contenu, tuple(notes), self.referentiel, self.ouvertes)

    def _un_par_un(self, geste: Geste) -> Iterator[Geste]:
        if (geste.verbe, geste.cle) != ("ranger", TOUS):
            yield geste
            return
        for cle in self.proposes:
            if self[_nom(cle)].value():
                yield Geste("ranger", cle)

    def _appliquer(self, rangement: Rangement, geste: Geste) -> Rangement:
        if geste.verbe == "ranger":
            nom = _nom(geste.cle)
            if nom in self.errors:
                raise RangementRefuse(str(self.errors[nom][0]))
            return rangement.ranger(geste.cle, self.cleaned_data.get(nom, ""))
        if geste.verbe == "remplacer":
            return rangement.ranger(geste.cle, geste.champ, remplacer=True)
        return rangement.ecarter(geste.cle) if geste.verbe == "ecarter" else rangement.remettre(geste.cle)

    def refuser(self, cle: str, refus: RangementRefuse) -> None:
        """Keeps the reason of a refusal, beside the passage when it is still on the page."""
        self.refus[cle] = refus
        nom = _nom(cle)
        if nom in self.fields:
            if not self.errors.get(nom):
                self.add_error(nom, refus.message)
            self.fields[nom].widget.attrs["class"] += " is-invalid"

    # --- for the template ---

    @property
    def erreurs(self) -> list[dict[str, str]]:
        """Anchor and sentence of each refusal, for the summary of the page."""
        ancres = {cle: self[_nom(cle)].auto_id for cle in self.refus if _nom(cle) in self.fields}
        return [{"ancre": ancres.get(cle, ANCRE), "message": refus.message} for cle, refus in self.refus.items()]

    @property
    def a_ranger(self) -> int:
        return sum(not fragment.est_regle for fragment in self.fragments)

    @cached_property
    def affiches(self) -> list[PassageAffiche]:
        """Passages of the page in the order of the file; settled ones only where the person may still take them back."""
        passages = []
        for numero, fragment in enumerate(self.fragments, 1):
            if fragment.est_regle and self._peut_revenir(fragment):
                passages.append(PassageAffiche(fragment, numero, phrase=phrase(fragment, self.referentiel)))
            elif not fragment.est_regle and fragment.cle in self.proposes:
                passages.append(self._a_ranger(fragment, numero))
        return passages

    def _a_ranger(self, fragment: Fragment, numero: int) -> PassageAffiche:
        affiche = PassageAffiche(fragment, numero, champ=self[_nom(fragment.cle)])
        refus = self.refus.get(fragment.cle)
        if refus is not None and refus.remplacement:
            affiche.remplacement = refus.remplacement
            affiche.remplacer = f"{fragment.cle}:{affiche.champ.value()}"
        return affiche

    def _peut_revenir(self, fragment: Fragment) -> bool:
        return not fragment.champ or self.ouvertes is None or fragment.champ in self.ouvertes

    @property
    def autres(self) -> list[Fragment]:
        """Passages beyond those that have their list: to be read now, to be put away next."""
        return [fragment for fragment in self.fragments if not fragment.est_regle and fragment.cle not in self.proposes]


def _nom(cle: str) -> str:
    return f"destination-{cle}"
