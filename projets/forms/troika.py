"""Forms of the troïka room: a meeting, the voices on one point, the decision on one project."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db import transaction
from django.utils import timezone

from correspondants.enums import Role
from correspondants.models import Utilisateur

from .. import gardes
from ..enums import Action, Financeur, SensDecision, Voix
from ..gardes import Contexte
from ..models import AvisTroika, Exercice, PointOrdreDuJour, SeanceTroika
from ..questionnaire import texte_propre
from ..seances import prendre_point
from ..valeurs import ValeurIllisible, lire_montant
from ..workflow import TRANSITIONS

TROP_LONG = "Ce texte fait %(show_value)s signes ; %(limit_value)s au plus."
VERSION_MAX = 2**31 - 1
CONFLIT = (
    "Ce projet vient d’être modifié par quelqu’un d’autre. Ce qui est enregistré maintenant est montré au-dessus de votre "
    "saisie, qui est gardée : comparez, puis enregistrez à nouveau si vous la maintenez."
)


class TexteLong(forms.CharField):
    """A text of several lines, in the portal's one writing."""

    def __init__(self, label: str, *, maximum: int = 5000, lignes: int = 3, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": lignes, "class": "form-control bref"})
        super().__init__(label=label, required=False, max_length=maximum, widget=widget, **options)
        self.error_messages["max_length"] = TROP_LONG

    def to_python(self, value: object) -> str:
        return texte_propre(super().to_python(value), multiligne=True)


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


class VoixForm(forms.Form):
    """The voices a person may record on one point: one's own for a pilot, all three (and the notes) for a coordinator.

    What the page showed travels with the form (hidden initial values): what somebody else changed since is not written
    over, it is shown. ``point.voix`` may be prefetched.
    """

    def __init__(
        self, *args: Any, point: PointOrdreDuJour, pilotes: Sequence[Role], notes: bool, **options: Any
    ) -> None:
        self.point, self.pilotes, self.avec_notes = point, pilotes, notes
        self.actuelles = {avis.pilote: avis for avis in point.voix.all()}
        initial = {"notes": point.notes}
        for pilote, avis in self.actuelles.items():
            initial |= {f"voix_{pilote}": avis.voix, f"motif_{pilote}": avis.motif}
        super().__init__(*args, initial=initial, prefix=f"voix-{point.pk}", **options)
        for pilote in pilotes:
            vide = [] if pilote in self.actuelles else [("", "Pas encore donnée")]
            self.fields[f"voix_{pilote}"] = forms.ChoiceField(
                label=pilote.label,
                choices=vide + Voix.choices,
                required=pilote in self.actuelles,
                show_hidden_initial=True,
                widget=forms.Select(attrs={"class": "form-select"}),
                error_messages={
                    "required": "Une voix donnée peut changer, pas disparaître.",
                    "invalid_choice": "Choisissez une des voix proposées.",
                },
            )
            self.fields[f"motif_{pilote}"] = TexteLong(
                "Motif ou remarque", maximum=2000, lignes=2, show_hidden_initial=True
            )
        if notes:
            self.fields["notes"] = TexteLong(
                "Notes de séance",
                show_hidden_initial=True,
                help_text="Pour les services et le compte rendu, jamais pour le porteur.",
            )

    def lignes(self) -> Iterator[dict[str, Any]]:
        """Each pilot of this form, with its two fields and the voice now recorded."""
        for pilote in self.pilotes:
            yield {
                "pilote": pilote,
                "voix": self[f"voix_{pilote}"],
                "motif": self[f"motif_{pilote}"],
                "actuelle": self.actuelles.get(pilote),
            }

    def clean(self) -> None:
        for pilote in self.pilotes:
            if self.cleaned_data.get(f"motif_{pilote}") and self.cleaned_data.get(f"voix_{pilote}") == "":
                self.add_error(f"voix_{pilote}", "Choisissez la voix, ou effacez son motif.")

    @transaction.atomic
    def enregistrer(self, par: Utilisateur) -> list[str]:
        """Writes what the person changed. Sentences when somebody else changed the same thing meanwhile: nothing is
        then written, what was typed stays in the form, and sending it again is enough to keep it.

        Raises ActionImpossible once the meeting is published, or the project off its agenda.
        """
        prendre_point(self.point)
        self.point.refresh_from_db(fields=["notes"])
        donnees = AvisTroika.objects.filter(point=self.point).select_related("par")
        self.actuelles = {avis.pilote: avis for avis in donnees}
        changees = [pilote for pilote in self.pilotes if self._a_change(f"voix_{pilote}", f"motif_{pilote}")]
        conflits = [phrase for pilote in changees if (phrase := self._conflit_voix(pilote))]
        notes = self.avec_notes and self._a_change("notes")
        if notes and self.point.notes not in (self._vue("notes"), self.cleaned_data["notes"]):
            conflits.append(f"Les notes de séance viennent d’être modifiées : « {self.point.notes} ».")
        if conflits:
            self._montrer_ce_qui_est_enregistre()
            return [*conflits, "Votre saisie est gardée ci-dessous : vérifiez-la, puis enregistrez à nouveau."]
        for pilote in changees:
            AvisTroika.objects.update_or_create(
                point=self.point, pilote=pilote, defaults=self._saisie(pilote) | {"par": par}
            )
        if notes:
            PointOrdreDuJour.objects.filter(pk=self.point.pk).update(notes=self.cleaned_data["notes"])
        return []

    def _saisie(self, pilote: Role) -> dict[str, str]:
        return {"voix": self.cleaned_data[f"voix_{pilote}"], "motif": self.cleaned_data[f"motif_{pilote}"]}

    def _vue(self, champ: str) -> str:
        """What the page showed of one field when it was sent to the person."""
        return texte_propre(self.data.get(self[champ].html_initial_name, ""), multiligne=True)

    def _a_change(self, *champs: str) -> bool:
        return any(self.cleaned_data[champ] != self._vue(champ) for champ in champs)

    def _conflit_voix(self, pilote: Role) -> str:
        avis = self.actuelles.get(pilote)
        en_base = {"voix": avis.voix, "motif": avis.motif} if avis else {"voix": "", "motif": ""}
        vue = {"voix": self._vue(f"voix_{pilote}"), "motif": self._vue(f"motif_{pilote}")}
        if avis is None or en_base in (vue, self._saisie(pilote)):
            return ""
        motif = f" ({avis.motif})" if avis.motif else ""
        return f"{pilote.label} : « {avis.get_voix_display()} »{motif} vient d’être enregistré par {avis.par}."

    def _montrer_ce_qui_est_enregistre(self) -> None:
        """From now on the form has seen what the database holds."""
        self.data = self.data.copy()
        for champ in self.fields:
            genre, _, pilote = champ.partition("_")
            avis = self.actuelles.get(pilote)
            self.data[self[champ].html_initial_name] = (
                self.point.notes if champ == "notes" else getattr(avis, genre, "")
            )


class DecisionForm(forms.Form):
    """The pending decision on one project: what is refused is said by the guards of the workflow, field by field."""

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
        restes: Mapping[tuple[int, str], Decimal],
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
        """Rows of the amounts: a funder, then for each civil year its field and what its envelope can still give."""
        return [
            {
                "financeur": financeur,
                "cellules": [
                    {
                        "champ": self[self.cle(exercice.annee, financeur)],
                        "annee": exercice.annee,
                        "reste": self.restes.get((exercice.annee, financeur)),
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


class RetraitForm(forms.Form):
    """Confirmation that a point goes off the agenda with its voices and its decision."""

    retirer = forms.IntegerField(widget=forms.HiddenInput)
    confirme = forms.CharField(widget=forms.HiddenInput)


def seance_initiale(seance: SeanceTroika) -> dict[str, Any]:
    return {"date": timezone.localtime(seance.date), "lieu": seance.lieu}
