"""Forms of the troïka room: a meeting, the decision on one project. Those of the session are in ``salle``."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from correspondants.models import Utilisateur

from .. import gardes
from ..enums import Action, Financeur, SensDecision
from ..gardes import Contexte
from ..models import Decision, Exercice, PointOrdreDuJour, SeanceTroika
from ..questionnaire import texte_propre
from ..valeurs import ValeurIllisible, euros, lire_montant
from ..workflow import TRANSITIONS
from .ecriture import EcritureDirecte
from .partage import TROP_LONG, Divergence, TexteLong

VERSION_MAX = 2**31 - 1
CONFLIT = (
    "Ce projet vient d’être modifié par quelqu’un d’autre. Ce qui est enregistré maintenant est montré au-dessus de votre "
    "saisie, qui est gardée : comparez, puis enregistrez à nouveau si vous la maintenez."
)


class Montant(forms.CharField):
    """Euros as French people write them; empty is zero."""

    def __init__(self, label: str) -> None:
        attributs = {"inputmode": "decimal", "autocomplete": "off", "class": "form-control nombre"}
        super().__init__(label=label, required=False, max_length=40, widget=forms.TextInput(attributs))
        self.error_messages["max_length"] = "Ce n’est pas un montant : écrivez par exemple 1 234,50."

    def clean(self, value: object) -> Decimal:
        try:
            return lire_montant(super().clean(value)) or Decimal(0)
        except ValeurIllisible as illisible:
            raise forms.ValidationError(illisible.message) from illisible


class SeanceForm(forms.Form):
    date = forms.DateTimeField(
        label="Date et heure",
        widget=forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "class": "form-control court"}
        ),
        error_messages={
            "required": "Indiquez la date et l’heure de la séance.",
            "invalid": "Indiquez une date et une heure, par exemple 12/03/2026 14:30.",
        },
    )
    lieu = forms.CharField(
        label="Lieu",
        required=False,
        max_length=200,
        error_messages={"max_length": TROP_LONG},
        help_text="Par exemple : salle du conseil, ou visioconférence.",
    )

    def clean_date(self) -> datetime:
        moment = self.cleaned_data["date"]
        if not 2000 <= timezone.localtime(moment).year <= 2100:
            raise forms.ValidationError("Vérifiez l’année de la séance.")
        return moment

    def clean_lieu(self) -> str:
        return texte_propre(self.cleaned_data["lieu"])

    @property
    def est_passee(self) -> bool:
        return self.cleaned_data["date"] < timezone.now()


class DecisionForm(forms.Form):
    """The pending decision on one project: what is refused is said by the guards of the workflow, field by field."""

    default_renderer = EcritureDirecte

    version = forms.IntegerField(min_value=0, max_value=VERSION_MAX, widget=forms.HiddenInput)
    sens = forms.ChoiceField(
        label="Décision",
        choices=SensDecision.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choisissez une décision.",
            "invalid_choice": "Choisissez une des décisions proposées.",
        },
    )
    reserves = TexteLong("Réserves", help_text="Obligatoires pour une validation sous réserves : le porteur les lira.")
    motif = TexteLong(
        "Motif", help_text="Obligatoire pour un ajournement ou un refus : le porteur le lira, avec ce qu’il peut faire."
    )
    hors_temps_scolaire = forms.BooleanField(
        label="Validé hors temps scolaire seulement",
        required=False,
        help_text="Obligatoire pour valider quand un avis sur le temps scolaire est défavorable.",
    )
    justification_depassement = TexteLong(
        "Justification d’un dépassement d’enveloppe",
        lignes=2,
        help_text="À remplir seulement si un montant dépasse ce qui reste dans une enveloppe.",
    )

    def __init__(
        self,
        *args: Any,
        point: PointOrdreDuJour,
        par: Utilisateur,
        restes: Mapping[tuple[int, str], str],
        **options: Any,
    ) -> None:
        self.point, self.par, self.restes = point, par, restes
        self.conflit = False
        self.exercices: list[Exercice] = list(point.projet.exercices.all())
        super().__init__(*args, initial=self._initial(), prefix=f"decision-{point.pk}", **options)
        for exercice in self.exercices:
            for financeur in Financeur:
                self.fields[self.cle(exercice.annee, financeur)] = Montant(f"{financeur.label}, {exercice.annee}")
        if not point.projet.temps_scolaire:
            del self.fields["hors_temps_scolaire"]

    @staticmethod
    def cle(annee: int, financeur: str) -> str:
        return f"montant_{annee}_{financeur}"

    def _initial(self) -> dict[str, Any]:
        initial: dict[str, Any] = {"version": self.point.projet.version}
        decision = getattr(self.point, "decision", None)
        if decision is None:
            return initial
        for champ in ("sens", "reserves", "motif", "hors_temps_scolaire", "justification_depassement"):
            initial[champ] = getattr(decision, champ)
        for montant in decision.montants.all():
            initial[self.cle(montant.exercice.annee, montant.financeur)] = f"{montant.montant:.2f}".replace(".", ",")
        return initial

    def tableau(self) -> list[dict[str, Any]]:
        """Rows of the amounts: a funder, then for each civil year its field, what its envelope can still give, and what
        the pending decision holds."""
        decision = getattr(self.point, "decision", None)
        montants = decision.montants.all() if decision else ()
        enregistres = {(m.exercice.annee, m.financeur): m.montant for m in montants}
        return [
            {
                "financeur": financeur,
                "cellules": [
                    {
                        "champ": self[self.cle(exercice.annee, financeur)],
                        "annee": exercice.annee,
                        "reste": self.restes.get((exercice.annee, financeur), "Pas d’enveloppe"),
                        "enregistre": enregistres.get((exercice.annee, financeur), Decimal(0)),
                    }
                    for exercice in self.exercices
                ],
            }
            for financeur in Financeur
        ]

    @property
    def version_actuelle(self) -> int:
        """What the next sending will have seen: the page shows the recorded decision beside the form."""
        return self.point.projet.version

    def donnees(self) -> dict[str, Any]:
        """What ``workflow.executer`` takes for ``decider``, the motive apart."""
        return {
            "sens": SensDecision(self.cleaned_data["sens"]),
            "reserves": self.cleaned_data["reserves"],
            "hors_temps_scolaire": self.cleaned_data.get("hors_temps_scolaire", False),
            "justification_depassement": self.cleaned_data["justification_depassement"],
            "montants": {
                (exercice.annee, financeur): montant
                for exercice in self.exercices
                for financeur in Financeur
                if (montant := self.cleaned_data[self.cle(exercice.annee, financeur)])
            },
        }

    @property
    def divergences(self) -> list[Divergence]:
        """After a conflict, what was typed beside what is recorded now, question by question."""
        decision = getattr(self.point, "decision", None) if self.conflit else None
        return list(self._divergences(decision)) if decision else []

    def _divergences(self, decision: Decision) -> Iterator[Divergence]:
        montants = {(m.exercice.annee, m.financeur): m.montant for m in decision.montants.all()}
        lignes = [
            ("Décision", self._saisi("sens"), decision.sens, lambda sens: dict(SensDecision.choices).get(sens, sens)),
            *((champ, self._saisi(champ), getattr(decision, champ), str) for champ in _TEXTES),
            (
                "hors_temps_scolaire",
                bool(self._saisi("hors_temps_scolaire")),
                decision.hors_temps_scolaire,
                _oui_ou_non,
            ),
        ]
        for exercice in self.exercices:
            for financeur in Financeur:
                cle = self.cle(exercice.annee, financeur)
                lignes.append((cle, self._saisi(cle), montants.get((exercice.annee, financeur), Decimal(0)), _en_euros))
        for champ, saisie, enregistre, en_mots in lignes:
            libelle = self.fields[champ].label if champ in self.fields else champ
            if saisie != enregistre and (champ in self.fields or champ == "Décision"):
                signature = (str(decision.par), decision.modifiee_le)
                yield Divergence("", libelle, en_mots(saisie), en_mots(enregistre), *signature)

    def _saisi(self, champ: str) -> Any:
        """What was typed, read when it can be, as it is otherwise."""
        return self.cleaned_data.get(champ, self.data.get(self.add_prefix(champ), ""))

    def signaler_conflit(self) -> None:
        self.conflit = True
        self.add_error(None, CONFLIT)

    def clean(self) -> None:
        if self.cleaned_data.get("version") != self.point.projet.version and "version" not in self.errors:
            self.signaler_conflit()
        if self.errors:
            return
        contexte = Contexte(self.point.projet, self.par, self.cleaned_data["motif"], self.donnees())
        for exigence in TRANSITIONS[Action.DECIDER].exigences:
            if phrase := exigence(contexte):
                self.add_error(self._champ_de(exigence), phrase)

    def _champ_de(self, exigence: gardes.Garde) -> str | None:
        """The field a guard speaks of; None for the whole decision."""
        champs = {
            gardes.decision_motivee: "reserves" if self.cleaned_data.get("sens") == SensDecision.RESERVES else "motif",
            gardes.temps_scolaire_respecte: "hors_temps_scolaire",
            gardes.enveloppes_respectees: "justification_depassement",
        }
        champ = champs.get(exigence)
        return champ if champ in self.fields else None


_TEXTES = ("reserves", "motif", "justification_depassement")


def _oui_ou_non(valeur: bool) -> str:
    return "oui" if valeur else "non"


def _en_euros(valeur: Decimal | str) -> str:
    return euros(valeur) if isinstance(valeur, Decimal) else valeur


class RetraitForm(forms.Form):
    """Confirmation that a point goes off the agenda with its voices and its decision."""

    retirer = forms.IntegerField(widget=forms.HiddenInput)
    confirme = forms.CharField(widget=forms.HiddenInput)


def seance_initiale(seance: SeanceTroika) -> dict[str, Any]:
    return {"date": timezone.localtime(seance.date), "lieu": seance.lieu}
