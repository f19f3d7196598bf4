"""The revised budget as its porteur fills it: one box per line, lines to add. Kept even when it does not balance."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ..budgets_revises import LIGNES_MAX, Comparaison, LigneVoulue, Methode, comparer
from ..dossier import CLASSES_VOLONTAIRES
from ..models import Compte
from ..questionnaire import texte_propre
from .bilan import ChampMontant, choix_de_comptes


class LigneForm(forms.Form):
    """A line that the asked budget does not have."""

    compte = forms.ChoiceField(label="Compte", required=False)
    detail = forms.CharField(label="Précisions", required=False, max_length=300)
    montant = ChampMontant(label="Montant révisé (€)", required=False)

    def __init__(self, *args: Any, comptes: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["compte"].choices = comptes
        for champ in self.fields.values():
            champ.constats = []

    def clean_detail(self) -> str:
        return texte_propre(self.cleaned_data["detail"])

    def clean(self) -> dict[str, Any]:
        donnees = super().clean()
        ecrite = donnees.get("detail") or donnees.get("montant") is not None or "montant" in self.errors
        if ecrite and not donnees.get("compte") and "compte" not in self.errors:
            self.add_error("compte", "Choisissez le compte de cette ligne.")
        if donnees.get("compte") and donnees.get("montant") is None and "montant" not in self.errors:
            self.add_error("montant", "Écrivez le montant de cette ligne.")
        return donnees


Ajouts = forms.formset_factory(
    LigneForm, extra=1, can_delete=True, max_num=40, absolute_max=LIGNES_MAX, validate_max=True
)


class BudgetForm(forms.Form):
    """One box per line (``ligne_<rang>``), the grant apart: its amount is not the porteur's to choose."""

    def __init__(self, lignes: list[LigneVoulue], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        libelles = dict(Compte.objects.values_list("code", "libelle"))
        self.lignes = lignes
        for rang, ligne in enumerate(lignes):
            if not ligne.est_subvention:
                nom = " ".join(filter(None, (libelles[ligne.compte], ligne.detail)))
                self.fields[f"ligne_{rang}"] = ChampMontant(
                    label=f"Révisé, {nom}", required=False, initial=ligne.montant
                )

    @property
    def voulues(self) -> list[LigneVoulue]:
        """The lines as they were typed; an empty box is zero, a box in error keeps what it was."""
        propres = getattr(self, "cleaned_data", {})
        return [
            replace(ligne, montant=propres[nom] or Decimal(0)) if (nom := f"ligne_{rang}") in propres else ligne
            for rang, ligne in enumerate(self.lignes)
        ]


@dataclass(frozen=True)
class Rangee:
    """One row of the page: asked, revised, gap; ``champ`` when it can be written."""

    ligne: Comparaison
    champ: forms.BoundField | None


@dataclass(frozen=True)
class PartieBudget:
    code: str
    titre: str
    rangees: tuple[Rangee, ...]

    @property
    def demande(self) -> Decimal:
        return sum((rangee.ligne.demande for rangee in self.rangees), Decimal(0))

    @property
    def revise(self) -> Decimal:
        return sum((rangee.ligne.revise for rangee in self.rangees), Decimal(0))

    @property
    def ecart(self) -> Decimal:
        return self.revise - self.demande


PARTIES = (
    ("charges", "Charges", "charge", False),
    ("produits", "Produits", "produit", False),
    ("volontaires-charges", "Contributions volontaires : charges (86)", "charge", True),
    ("volontaires-produits", "Contributions volontaires : produits (87)", "produit", True),
)


def parties(comparaisons: list[Comparaison], form: BudgetForm | None = None) -> list[PartieBudget]:
    """The budget in parts, in the order of the accounts; a part of contributions in kind only when it holds something."""
    champs = dict(_champs(form)) if form else {}
    rangees = [(c, Rangee(c, champs.get((c.sens, c.compte, c.detail)))) for c in comparaisons]
    liste = [
        PartieBudget(
            code,
            titre,
            tuple(
                rangee
                for c, rangee in rangees
                if c.sens == sens and c.compte.startswith(CLASSES_VOLONTAIRES) == volontaire
            ),
        )
        for code, titre, sens, volontaire in PARTIES
    ]
    return [partie for partie in liste if partie.rangees or "volontaires" not in partie.code]


def _champs(form: BudgetForm) -> Iterator[tuple[tuple[str, str, str], forms.BoundField]]:
    for rang, ligne in enumerate(form.lignes):
        if not ligne.est_subvention:
            yield (ligne.sens, ligne.compte, ligne.detail), form[f"ligne_{rang}"]


class SaisieBudget:
    """The whole page: the boxes, the added lines. ``lignes``: the draft, or the proposal that is not kept yet."""

    def __init__(self, demandees: list[LigneVoulue], lignes: list[LigneVoulue], donnees: Any = None) -> None:
        self.demandees, self.lignes = demandees, regrouper([*lignes, *_absentes(demandees, lignes)])
        self.form = BudgetForm(self.lignes, donnees)
        self.ajouts = Ajouts(donnees, prefix="ajouts", form_kwargs={"comptes": choix_de_comptes()})
        self.sens = dict(Compte.objects.values_list("code", "sens"))

    def est_valide(self) -> bool:
        return all([self.form.is_valid(), self.ajouts.is_valid()])  # both show their errors

    @property
    def voulues(self) -> list[LigneVoulue]:
        """What is to be kept, once ``est_valide``: lines neither asked nor filled are dropped."""
        connues = {_cle(ligne) for ligne in self.demandees}
        voulues = [x for x in self.form.voulues if x.montant or x.est_subvention or _cle(x) in connues]
        for form in self.ajouts.forms:
            propre = form.cleaned_data
            if propre.get("compte") and not propre.get("DELETE"):
                ligne = (propre["compte"], self.sens[propre["compte"]], propre["detail"], propre["montant"])
                voulues.append(LigneVoulue(*ligne))
        return regrouper(voulues)

    def parties(self) -> list[PartieBudget]:
        return parties(comparer(self.demandees, self.form.voulues), self.form)


def _cle(ligne: LigneVoulue) -> tuple[str, str, str]:
    return (ligne.sens, ligne.compte, "" if ligne.est_subvention else ligne.detail)


def _absentes(demandees: list[LigneVoulue], lignes: list[LigneVoulue]) -> list[LigneVoulue]:
    """Lines asked that the draft no longer has: shown at zero, so that they can come back."""
    connues = {_cle(ligne) for ligne in lignes}
    return [replace(ligne, montant=Decimal(0)) for ligne in demandees if _cle(ligne) not in connues]


def regrouper(lignes: list[LigneVoulue]) -> list[LigneVoulue]:
    """Two lines of one account that say the same are one: their amounts are added."""
    groupes: dict[tuple[str, str, str], LigneVoulue] = {}
    for ligne in lignes:
        deja = groupes.get(_cle(ligne))
        groupes[_cle(ligne)] = replace(deja, montant=deja.montant + ligne.montant) if deja else ligne
    return list(groupes.values())


class MethodeForm(forms.Form):
    methode = forms.ChoiceField(
        label="Comment proposer les charges",
        choices=[
            (Methode.PRORATA.value, "Réduites dans la même proportion, pour un budget équilibré au centime"),
            (Methode.INCHANGE.value, "Telles que demandées : vous direz quelles ressources complètent"),
        ],
        initial=Methode.PRORATA.value,
        widget=forms.RadioSelect,
    )


class RaisonForm(forms.Form):
    """The reason of a gesture; ``libelle`` and ``aide`` say whose and why."""

    motif = forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), max_length=5000)

    def __init__(self, *args: Any, libelle: str, aide: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["motif"].label, self.fields["motif"].help_text = libelle, aide

    def clean_motif(self) -> str:
        motif = texte_propre(self.cleaned_data["motif"], multiligne=True)
        if not motif:
            raise ValidationError("Écrivez la raison.")
        return motif
