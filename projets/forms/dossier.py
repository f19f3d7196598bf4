"""The whole project file as one web form, made from the questions of ``dossier.py``: no question is written twice.

``FormulaireDossier`` shows a Dossier, reads what was posted back into a Dossier, and ties what the rules say to the
very field it speaks of. It saves nothing and refuses nothing: an answer that cannot be read keeps its former value, its
error and the typed text; all the others are in ``dossier``.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import cached_property

from ..budget import TableauSynthese, synthese_de_colonne, tabuler
from ..complements import LONGUEUR_REPONSE
from ..constats import Constat, Gravite
from ..dossier import QUESTIONS, SECTIONS, Dossier
from ..presentation import Reponse, reponse
from ..questionnaire import Genre, Question, Referentiel, normaliser
from .champs import champ
from .tableaux import LigneForm, Tableau, ranger

CASES = "cases"  # names the check boxes that were on the page: an unticked box is posted by nobody


class ReponsesForm(forms.Form):
    """Every question that is not a table."""

    use_required_attribute = False

    def __init__(self, *args: Any, questions: Iterable[Question], referentiel: Referentiel, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for une in questions:
            self.fields[une.identifiant] = champ(une, referentiel)


class ReponsesAuxDemandesForm(forms.Form):
    """A few words to the coordination beside each question it named: optional, one field per question."""

    use_required_attribute = False

    def __init__(self, data: QueryDict | None, *, initiales: Mapping[str, str]) -> None:
        super().__init__(data)
        for nom, initiale in initiales.items():
            self.fields[f"reponse_{nom}"] = forms.CharField(
                label="Votre réponse à la coordination",
                help_text="Facultatif : ce que vous avez changé, ou pourquoi vous ne changez rien.",
                required=False,
                initial=initiale,
                max_length=LONGUEUR_REPONSE,
                widget=forms.Textarea({"rows": 2}),
            )

    def de(self, nom: str) -> forms.BoundField | None:
        return self[f"reponse_{nom}"] if f"reponse_{nom}" in self.fields else None

    @property
    def textes(self) -> dict[str, str]:
        """Answers that were on the page and could be read, by question."""
        if not self.is_bound:
            return {}
        self.full_clean()
        return {
            champ.removeprefix("reponse_"): texte for champ, texte in self.cleaned_data.items() if champ in self.data
        }


@dataclass
class QuestionAffichee:
    """One question on the page: a field, a table, or (``lecture``) its answer to read."""

    question: Question
    champ: forms.BoundField | None = None
    tableau: Tableau | None = None
    lecture: Reponse | None = None
    motif: str = ""
    reponse: forms.BoundField | None = None  # what the porteur answers to the coordination, when it asked
    constats: list[Constat] = field(default_factory=list)

    @property
    def ancre(self) -> str:
        return f"id_{self.question.identifiant}"

    @property
    def forme(self) -> str:
        """Which partial of ``templates/projets/porteur/questions/`` draws it."""
        genre = self.question.genre
        if self.lecture is not None:
            return "lecture"
        if genre is Genre.TABLEAU:
            if self.question.preremplie:
                return "budget" if self.question.identifiant in ("charges", "produits") else "preremplie"
            return "fiches" if self.tableau.en_fiches else "lignes"
        return {Genre.COCHE: "coche", Genre.CHOIX_MULTIPLE: "cases"}.get(genre, "champ")

    @property
    def gabarit(self) -> str:
        return f"projets/porteur/questions/_{self.forme}.html"

    @property
    def arbre(self) -> list[tuple[str, list[tuple[str, list[Any]]]]]:
        """Check boxes of a multiple choice under their two headings, outermost first (empty when there is none)."""
        options = {option.code: option.groupes for option in self.champ.field.options}
        arbre: dict[str, dict[str, list[Any]]] = {}
        for case in self.champ.subwidgets:
            groupes = (*options.get(str(case.data["value"]), ()), "", "")
            arbre.setdefault(groupes[0], {}).setdefault(groupes[1], []).append(case)
        return [(titre, list(sous.items())) for titre, sous in arbre.items()]


@dataclass
class SectionAffichee:
    """One section of the page with its state, in the porteur's words."""

    code: str
    titre: str
    aide: str
    questions: list[QuestionAffichee]
    etat: str = ""
    ton: str = "neutre"
    icone: str = ""
    ouverte: bool = False


class FormulaireDossier:
    """The form of a file. ``data`` is what was posted, ``modifiables`` the questions that may change (None: all).

    ``motifs`` is why a question was reopened, ``reponses`` what was answered to the coordination. ``dossier`` is what is
    shown, or what was typed: canonical, in the order of the call; ``erreurs`` the answers that could not be read.
    """

    def __init__(
        self,
        dossier: Dossier,
        referentiel: Referentiel,
        data: QueryDict | None = None,
        *,
        modifiables: Collection[str] | None = None,
        motifs: Mapping[str, str] | None = None,
        reponses: Mapping[str, str] | None = None,
    ) -> None:
        self.avant, self.referentiel, self.data, self.motifs = dossier, referentiel, data, motifs or {}
        ouvertes = [une for une in QUESTIONS if modifiables is None or une.identifiant in modifiables]
        simples = [une for une in ouvertes if une.genre is not Genre.TABLEAU]
        self.form = ReponsesForm(data, initial=vars(dossier), questions=simples, referentiel=referentiel)
        self.tableaux = {
            une.identifiant: Tableau(une, getattr(dossier, une.identifiant), referentiel, data)
            for une in ouvertes
            if une.genre is Genre.TABLEAU
        }
        self.reponses = ReponsesAuxDemandesForm(data, initiales=reponses or {})
        self.dossier = dossier if data is None else self._lire()
        self._fautifs = list(self._chercher_fautifs())
        self.constats: list[tuple[Constat, str]] = []
        self._de_question: dict[str, list[Constat]] = {}

    def _lire(self) -> Dossier:
        self.form.full_clean()
        sur_la_page = {*self.data, *self.data.getlist(CASES)}
        valeurs: dict[str, Any] = {nom: valeur for nom, valeur in self.form.cleaned_data.items() if nom in sur_la_page}
        for nom, tableau in self.tableaux.items():
            valeurs[nom] = tableau.lignes
        return ranger(normaliser(self.avant.remplacer(**valeurs)), self.referentiel)

    def _chercher_fautifs(self) -> Iterator[tuple[forms.BoundField, str]]:
        if self.data is None:
            return
        for nom, phrases in self.form.errors.items():
            yield self.form[nom], str(phrases[0])
        for nom, phrases in self.reponses.errors.items():
            yield self.reponses[nom], str(phrases[0])
        for tableau in self.tableaux.values():
            yield from tableau.erreurs

    @property
    def erreurs(self) -> list[tuple[str, str]]:
        """Answers that could not be read: anchor of the field, sentence."""
        return [(fautif.auto_id, f"{self._nom(fautif)}\u00a0: {phrase}") for fautif, phrase in self._fautifs]

    @property
    def illisibles(self) -> list[tuple[str, str]]:
        """The same, said beside the field itself: without its name."""
        return [(fautif.auto_id, phrase) for fautif, phrase in self._fautifs]

    def _nom(self, fautif: forms.BoundField) -> str:
        """What a field is called far from it: a cell of money goes by its account and its year."""
        nom = {"montant_n": self.annees[0], "montant_n1": self.annees[1]}.get(fautif.name, fautif.label)
        intitule = getattr(fautif.form, "intitule", "")
        return f"{intitule}, {nom}" if intitule else str(nom)

    def poser(self, constats: Iterable[Constat]) -> None:
        """Ties each Constat to the field it speaks of, and keeps it with its anchor for the summary."""
        for fautif, _ in self._fautifs:
            _rougir(fautif)
        for constat in constats:
            nom, *cellule = constat.champ.split(".")
            form = self._ligne(nom, cellule)
            if form is not None and cellule[1] in form.fields:
                self._au_champ(form[cellule[1]], constat)
            elif nom in self.form.fields:
                self._au_champ(self.form[nom], constat)
            else:
                if form is not None:
                    form.constats.append(constat)
                self._de_question.setdefault(nom, []).append(constat)
                self.constats.append((constat, f"id_{nom}" if nom else ""))

    def _ligne(self, nom: str, cellule: list[str]) -> LigneForm | None:
        tableau = self.tableaux.get(nom)
        if tableau is None or len(cellule) != 2 or not cellule[0].isdecimal():
            return None
        rang = int(cellule[0])
        return tableau.formulaires[rang] if rang < len(tableau.formulaires) else None

    def _au_champ(self, lie: forms.BoundField, constat: Constat) -> None:
        lie.field.constats.append(constat)
        attributs = lie.field.widget.attrs
        morceaux = (f"{lie.auto_id}_helptext" if lie.help_text else "", f"{lie.auto_id}_error" if lie.errors else "")
        attributs["aria-describedby"] = " ".join(m for m in (*morceaux, f"{lie.auto_id}_constats") if m)
        if constat.est_bloquant:
            _rougir(lie)
        self.constats.append((constat, lie.auto_id))

    # --- for the template ---

    @cached_property
    def resume(self) -> list[tuple[str, str, list[tuple[Constat, str]]]]:
        """Every Constat by gravity: code, title, constats with their anchors; gravities without any are left out."""
        titres = {
            Gravite.BLOQUANT: "À corriger avant de déposer",
            Gravite.A_VERIFIER: "À vérifier",
            Gravite.CONSEIL: "Conseils",
        }
        groupes = ((g.value, titre, [p for p in self.constats if p[0].gravite is g]) for g, titre in titres.items())
        return [groupe for groupe in groupes if groupe[2]]

    @property
    def nombre_bloquants(self) -> int:
        return sum(constat.est_bloquant for constat, _ in self.constats)

    @cached_property
    def sections(self) -> list[SectionAffichee]:
        fautives = self._questions_fautives()
        sections = []
        for section in SECTIONS:
            questions = [self._question(une) for une in QUESTIONS if une.section == section.code]
            affichee = SectionAffichee(section.code, section.titre, section.aide, questions)
            self._situer(affichee, fautives)
            sections.append(affichee)
        if self.data is None and not any(section.ouverte for section in sections):
            next((s for s in sections if s.ton == "neutre" and s.etat == "À remplir"), sections[0]).ouverte = True
        return sections

    @property
    def ouvertes(self) -> list[QuestionAffichee]:
        """The questions that may be answered here, in the order of the form: those of one page of the guided path."""
        return [self._question(une) for une in QUESTIONS if une.identifiant in {*self.form.fields, *self.tableaux}]

    def _questions_fautives(self) -> set[str]:
        return {ancre.removeprefix("id_").split("-")[0].removesuffix("_plus") for ancre, _ in self.erreurs}

    def _question(self, une: Question) -> QuestionAffichee:
        nom = une.identifiant
        affichee = QuestionAffichee(une, motif=self.motifs.get(nom, ""), constats=self._de_question.get(nom, []))
        affichee.reponse = self.reponses.de(nom)
        if nom in self.tableaux:
            affichee.tableau = self.tableaux[nom]
        elif nom in self.form.fields:
            affichee.champ = self.form[nom]
        else:
            affichee.lecture = reponse(self.avant, une, self.referentiel)
        return affichee

    def _situer(self, section: SectionAffichee, fautives: set[str]) -> None:
        """State of a section: what is still to do there, or that it is complete."""
        noms = {affichee.question.identifiant for affichee in section.questions}
        constats = [constat for constat, _ in self.constats if constat.champ.split(".")[0] in noms]
        bloquants = sum(constat.est_bloquant for constat in constats) + len(noms & fautives)
        verifier = sum(constat.gravite is Gravite.A_VERIFIER for constat in constats)
        remplie = any(getattr(self.dossier, une.question.identifiant) != une.question.vide for une in section.questions)
        obligatoire = any(une.question.obligatoire for une in section.questions)
        reouverte = any(une.motif for une in section.questions)
        if remplie and bloquants:
            section.etat, section.ton, section.icone = f"{bloquants} à corriger", "alerte", "attention"
        elif bloquants or (not remplie and obligatoire):
            section.etat, section.ton, section.icone = "À remplir", "neutre", "crayon"
        elif reouverte:
            section.etat, section.ton, section.icone = "À revoir", "attente", "bulle"
        elif verifier:
            section.etat, section.ton, section.icone = f"{verifier} à vérifier", "attente", "oeil"
        elif remplie:
            section.etat, section.ton, section.icone = "Complète", "succes", "coche-cercle"
        else:
            section.etat, section.ton, section.icone = "Facultative", "neutre", "info"
        section.ouverte = bool(noms & fautives) or reouverte or (section.ton == "alerte" and not self.motifs)

    @property
    def etablissements(self) -> tuple[str, ...]:
        """Names offered while typing the school of an intervention."""
        return tuple(option.libelle for option in self.referentiel.options("etablissements"))

    @property
    def cases(self) -> list[str]:
        return [
            nom for nom, lie in self.form.fields.items() if lie.question.genre in (Genre.COCHE, Genre.CHOIX_MULTIPLE)
        ]

    @property
    def annees(self) -> tuple[str, str]:
        """Headings of the two columns of money."""
        annee = self.dossier.annee
        return (str(annee), str(annee + 1)) if annee else ("Année N", "Année N+1")

    @property
    def synthese(self) -> TableauSynthese:
        """Totals of the two columns of the budget as it stands, and of both."""
        return tabuler((synthese_de_colonne(self.dossier, 0), synthese_de_colonne(self.dossier, 1)), complet=True)


def _rougir(lie: forms.BoundField) -> None:
    attributs = lie.field.widget.attrs
    if "class" in attributs and "is-invalid" not in attributs["class"]:
        attributs["class"] += " is-invalid"


__all__ = ["FormulaireDossier", "ranger"]
