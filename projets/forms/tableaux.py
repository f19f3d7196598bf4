"""The tables of the project form: preset rows (accounts, age bands) and rows that people add and remove.

A table reads back what was posted into rows of the Dossier, and remembers which form each row came from.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from ..constats import Constat
from ..dossier import QUESTIONS, Dossier
from ..questionnaire import Genre, Option, Question, Referentiel, est_vide, normaliser
from .champs import champ

LIGNES_MAX = 200  # rows of one table: more is not a project file
COLONNES_EN_TABLEAU = 5  # beyond, a row is shown as a card
AJOUTER = {
    "partenaires": "Ajouter un partenaire",
    "interventions": "Ajouter une intervention",
    "materiels": "Ajouter un matériel",
    "indicateurs": "Ajouter un indicateur",
    "charges": "Ajouter une ligne de charges",
    "produits": "Ajouter une ligne de produits",
}


def ranger(dossier: Dossier, referentiel: Referentiel) -> Dossier:
    """The same file with every multiple choice and every preset table in the order of the options of the call."""
    changements: dict[str, Any] = {}
    for une in QUESTIONS:
        valeur = getattr(dossier, une.identifiant)
        if une.genre is Genre.CHOIX_MULTIPLE:
            rangs = _rangs(une, referentiel)
            changements[une.identifiant] = tuple(sorted(valeur, key=lambda code, r=rangs: r.get(code, len(r))))
        elif une.preremplie:
            changements[une.identifiant] = tuple(sorted(valeur, key=_cle(une, referentiel)))
    return dossier.remplacer(**changements)


def _rangs(une: Question, referentiel: Referentiel) -> dict[str, int]:
    return {option.code: rang for rang, option in enumerate(referentiel.options(une.options))}


def _cle(tableau: Question, referentiel: Referentiel) -> Any:
    """Sorting key of the rows of a preset table; rows of an unknown code come last, as they are."""
    rangs, premiere = _rangs(tableau, referentiel), tableau.colonnes[0].identifiant
    return lambda ligne: rangs.get(getattr(ligne, premiere), len(rangs))


class LigneForm(forms.Form):
    """One row of a table; ``fixe`` when its first column is the label of the row."""

    use_required_attribute = False

    def __init__(
        self, *args: Any, tableau: Question, referentiel: Referentiel, fixe: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.constats: list[Constat] = []
        self.intitule = ""  # what the row is called in a sentence, when its first column is its label
        for colonne in tableau.colonnes[1 if fixe else 0 :]:
            self.fields[colonne.identifiant] = champ(colonne, referentiel)
        if "etablissement" in self.fields:
            self.fields["etablissement"].widget.attrs["list"] = "liste-etablissements"
        if "montant_n" in self.fields:  # lets the style sheet see that a cell is empty
            for nom in ("detail", "montant_n", "montant_n1"):
                self.fields[nom].widget.attrs["placeholder"] = " "
        if "prix_unitaire_ht" in self.fields:
            self.fields["prix_unitaire_ht"].widget.attrs["data-plafond"] = str(referentiel.plafond_materiel_ht)

    def lire(self, avant: Any, classe: type) -> Any:
        """The row as typed. A cell that was not on the page keeps ``avant``; one that cannot be read is empty."""
        self.full_clean()
        valeurs = {}
        for nom in self.fields:
            if nom != "DELETE":
                if self.add_prefix(nom) not in self.data:
                    valeurs[nom] = getattr(avant, nom)
                elif nom in self.cleaned_data:
                    valeurs[nom] = self.cleaned_data[nom]
        return normaliser(classe(**valeurs))


LignesFormSet = forms.formset_factory(
    LigneForm, extra=1, can_delete=True, max_num=LIGNES_MAX, absolute_max=2 * LIGNES_MAX
)


class Tableau:
    """One TABLEAU question: a form for each preset row, a formset for the rows people add.

    ``lignes`` are the rows of the Dossier; ``formulaires`` the form of each of them, in the same order.
    """

    def __init__(
        self, question: Question, avant: tuple[Any, ...], referentiel: Referentiel, data: QueryDict | None
    ) -> None:
        self.question, self.referentiel = question, referentiel
        self.options = referentiel.options(question.options) if question.preremplie else ()
        self.premiere = question.colonnes[0].identifiant
        fixes, libres = self._repartir(avant)
        parametres = {"tableau": question, "referentiel": referentiel}
        self.fixes = {
            option.code: LigneForm(
                data,
                prefix=f"{question.identifiant}-{option.code}",
                initial=vars(fixes[option.code]) if option.code in fixes else {},
                fixe=True,
                **parametres,
            )
            for option in self.options
        }
        for option in self.options:
            self.fixes[option.code].intitule = option.libelle
        prefixe = f"{question.identifiant}_plus" if question.preremplie else question.identifiant
        poste = data is not None and f"{prefixe}-TOTAL_FORMS" in data
        if poste:
            # Without initial values: a row equal to the one that stood there before is still a row.
            self.libres = LignesFormSet(data, prefix=prefixe, form_kwargs=parametres)
            poste = self.libres.management_form.is_valid()
        if not poste:
            initiales = [vars(ligne) for ligne in libres]
            self.libres = LignesFormSet(prefix=prefixe, initial=initiales, form_kwargs=parametres)
        if question.preremplie and not poste:
            self.libres.extra = 1 if libres or question.identifiant in AJOUTER else 0
        if data is None:
            self.lignes, self.formulaires = avant, self._places(avant)
        else:
            self._lire(fixes, libres, poste)

    def _repartir(self, lignes: tuple[Any, ...]) -> tuple[dict[str, Any], list[Any]]:
        """Rows that have a preset place, by code, and the others: second line of one account, unknown code."""
        codes = {option.code for option in self.options}
        fixes: dict[str, Any] = {}
        libres = []
        for ligne in lignes:
            code = getattr(ligne, self.premiere)
            if code in codes and code not in fixes:
                fixes[code] = ligne
            else:
                libres.append(ligne)
        return fixes, libres

    def _places(self, lignes: tuple[Any, ...]) -> list[LigneForm]:
        fixes, _ = self._repartir(lignes)
        prises, suivantes, places = set(), iter(self.libres.forms), []
        for ligne in lignes:
            code = getattr(ligne, self.premiere)
            fixe = code in fixes and code not in prises
            prises.add(code)
            places.append(self.fixes[code] if fixe else next(suivantes))
        return places

    def _lire(self, fixes: Mapping[str, Any], libres: list[Any], poste: bool) -> None:
        classe = self.question.ligne
        lues = [
            (
                normaliser(classe(**{**vars(form.lire(fixes.get(code) or classe(), classe)), self.premiere: code})),
                form,
            )
            for code, form in self.fixes.items()
        ]
        if poste:
            retirees = self._cochees()
            lues += [(form.lire(classe(), classe), form) for form in self.libres.forms if form not in retirees]
        else:
            lues += list(zip(libres, self.libres.forms, strict=False))
        lues = [(ligne, form) for ligne, form in lues if not est_vide(ligne, self.question)]
        if self.question.preremplie:
            cle = _cle(self.question, self.referentiel)
            lues.sort(key=lambda paire: cle(paire[0]))
        self.lignes = tuple(ligne for ligne, _ in lues)
        self.formulaires = [form for _, form in lues]

    def _cochees(self) -> list[LigneForm]:
        """Rows that somebody removed."""
        return [form for form in self.libres.forms if f"{form.prefix}-DELETE" in self.libres.data]

    @property
    def erreurs(self) -> Iterator[tuple[forms.BoundField, str]]:
        retirees = self._cochees() if self.libres.is_bound else []
        for form in (*self.fixes.values(), *self.libres.forms):
            if form.is_bound and form not in retirees:
                for nom, phrases in form.errors.items():
                    yield form[nom], str(phrases[0])

    # --- for the template ---

    @property
    def groupes(self) -> list[tuple[str, list[tuple[str, str, LigneForm]]]]:
        """Preset rows (label, code, form) under their heading; a heading that repeats its only row is the row's label."""
        groupes: dict[str, list[Option]] = {}
        for option in self.options:
            groupes.setdefault(option.groupes[0] if option.groupes else "", []).append(option)
        resultat = []
        for titre, options in groupes.items():
            seule = len(options) == 1 and titre.endswith(options[0].libelle)
            lignes = [(titre if seule else o.libelle, o.code, self.fixes[o.code]) for o in options]
            resultat.append(("" if seule else titre, lignes))
        return resultat

    @property
    def colonnes(self) -> tuple[Question, ...]:
        return self.question.colonnes

    @property
    def en_fiches(self) -> bool:
        return len(self.question.colonnes) > COLONNES_EN_TABLEAU

    @property
    def ajouter(self) -> str:
        return AJOUTER.get(self.question.identifiant, "")
