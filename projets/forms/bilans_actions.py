"""What is asked before something is done to a bilan. Validates only; ``bilans`` decides."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms

from .. import bilans
from ..models import Bilan, RetourBilan
from ..retours_bilan import GROUPES, Sujet, sujets
from ..valeurs import date_longue, insecables
from .champs import AIDE_DATE
from .champs_bilan import ChampDate


class ActionBilanForm(forms.Form):
    def __init__(self, *args: Any, bilan: Bilan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bilan = bilan

    def donnees(self) -> dict[str, Any]:
        """What the action needs besides the bilan and the person."""
        return dict(self.cleaned_data)


class RouvrirForm(ActionBilanForm):
    motif = forms.CharField(
        label="Pourquoi le rouvrir",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=5000,
        help_text="Le porteur lit ce texte dans son courriel et en tête du bilan.",
    )


class ProlongerForm(ActionBilanForm):
    echeance = ChampDate(label="Bilan à remettre le", help_text=AIDE_DATE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        premiere, derniere = map(date_longue, bilans.bornes_de_prolongation(self.bilan))
        self.fields["echeance"].initial = bilans.echeance_proposee(self.bilan)
        limite = f"le {derniere} : la loi ne permet pas plus tard"
        self.fields["echeance"].help_text = insecables(
            f"Le bilan reste dû {limite}."
            if premiere == derniere
            else f"Du {premiere} au plus tôt, et au plus tard {limite}."
        )

    def clean_echeance(self) -> Any:
        echeance = self.cleaned_data["echeance"]
        if phrase := bilans.refus_d_echeance(self.bilan, echeance):
            raise forms.ValidationError(phrase)
        return echeance


@dataclass(frozen=True)
class LigneSujet:
    """One answer of the bilan as the coordinator ticks it: what it says, what was asked of it before, tick and sentence."""

    sujet: Sujet
    case: forms.BoundField
    demande: forms.BoundField
    deja: tuple[RetourBilan, ...]


@dataclass(frozen=True)
class GroupeSujets:
    titre: str
    lignes: tuple[LigneSujet, ...]
    ouvert: bool


class RenvoyerForm(ActionBilanForm):
    """Which answers, lines and proofs are to be completed, and what for each; a message for the whole."""

    motif = forms.CharField(
        label="Message d’ensemble",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Facultatif si vous cochez au moins une réponse. Le porteur le lit dans son courriel et en tête du bilan.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sujets = sujets(self.bilan)
        for sujet in self.sujets:
            self.fields[f"champ_{sujet.champ}"] = forms.BooleanField(label=sujet.libelle, required=False)
            self.fields[f"demande_{sujet.champ}"] = forms.CharField(
                label=insecables(f"Ce qu’il faut compléter dans « {sujet.libelle} »"),
                required=False,
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def clean(self) -> dict[str, Any]:
        donnees, demandes = super().clean(), {}
        for sujet in self.sujets:
            coche, demande = donnees.get(f"champ_{sujet.champ}"), donnees.get(f"demande_{sujet.champ}")
            if coche and demande == "":
                self.add_error(f"demande_{sujet.champ}", "Écrivez ce qu’il faut compléter.")
            elif demande and not coche:
                self.add_error(f"demande_{sujet.champ}", "Cochez cette réponse, ou effacez la remarque.")
            elif coche and demande:
                demandes[sujet.champ] = demande
        if not demandes and not donnees.get("motif") and not self.errors:
            self.add_error(None, "Cochez au moins une réponse, ou écrivez un message d’ensemble.")
        donnees["demandes"] = demandes
        return donnees

    def donnees(self) -> dict[str, Any]:
        return {"motif": self.cleaned_data["motif"], "demandes": self.cleaned_data["demandes"]}

    def groupes(self) -> Iterator[GroupeSujets]:
        deja: dict[str, list[RetourBilan]] = {}
        for ancien in self.bilan.retours.order_by("-pk"):
            deja.setdefault(ancien.champ, []).append(ancien)
        for rang, titre in enumerate(GROUPES):
            lignes = tuple(
                LigneSujet(
                    sujet,
                    self[f"champ_{sujet.champ}"],
                    self[f"demande_{sujet.champ}"],
                    tuple(deja.get(sujet.champ, ())),
                )
                for sujet in self.sujets
                if sujet.groupe == titre
            )
            fautif = any(ligne.case.value() or ligne.demande.errors for ligne in lignes)
            yield GroupeSujets(titre, lignes, fautif or rang == 0)
