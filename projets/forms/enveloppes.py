"""Forms of the envelopes: a movement, its cancelling, and the reasons asked when one goes below zero."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from correspondants.models import Utilisateur

from ..enums import Financeur
from ..enveloppes import Cle, SituationEnveloppe
from ..models import Appel, GenreMouvement, MouvementEnveloppe
from ..mouvements import DepassementNonMotive, MouvementRefuse, annuler_mouvement, mouvementer
from ..valeurs import euros, insecables
from .compte import JourInput
from .ecriture import EcritureDirecte
from .partage import TexteLong
from .troika import Montant

Choix = list[Any]


def code(appel: int, cle: Cle) -> str:
    """How a form names an envelope: « 1-2026-ville »."""
    return f"{appel}-{cle[0]}-{cle[1]}"


def choix(appels: Sequence[Appel], annees: Iterable[int], toutes: Iterable[SituationEnveloppe]) -> Choix:
    """Every envelope of some civil years, in their order, voted or not, with what is left; under its call when there are
    several."""
    connues = {(s.appel, *s.cle): s for s in toutes}
    groupes = [
        (
            appel.titre,
            [
                (
                    code(appel.pk, (annee, financeur)),
                    _libelle(annee, financeur, connues.get((appel.pk, annee, financeur))),
                )
                for annee in annees
                for financeur in Financeur
            ],
        )
        for appel in appels
    ]
    return groupes if len(groupes) > 1 else [un for _, siens in groupes for un in siens]


def _libelle(annee: int, financeur: Financeur, situation: SituationEnveloppe | None) -> str:
    reste = "pas encore d’enveloppe" if situation is None else f"reste {euros(situation.reste)}"
    return insecables(f"{financeur.label} {annee} : {reste}")


class ChampEnveloppe(forms.ChoiceField):
    """One envelope: (call, (civil year, funder)) once cleaned."""

    def __init__(self, label: str, propres: Choix, requis: str, **options: Any) -> None:
        super().__init__(
            label=label,
            choices=[("", "Choisissez une enveloppe"), *propres],
            widget=forms.Select(attrs={"class": "form-select"}),
            error_messages={"required": requis, "invalid_choice": "Choisissez une enveloppe de la liste."},
            **options,
        )

    def clean(self, value: Any) -> tuple[int, Cle] | None:
        texte = super().clean(value)
        if not texte:
            return None
        appel, annee, financeur = texte.split("-", 2)
        return int(appel), (int(annee), financeur)


class AvecDepassement(forms.Form):
    """A form that asks why an envelope goes below zero once it is known that it would, and by how much."""

    use_required_attribute = False
    default_renderer = EcritureDirecte  # a list holds every envelope of ten years

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.add_prefix("motif_depassement") in self.data:
            self._demander()

    def _demander(self) -> None:
        self.fields["motif_depassement"] = TexteLong(
            "Pourquoi l’enveloppe passe sous zéro",
            maximum=2000,
            help_text="Ce motif, votre nom et la date sont montrés partout où l’enveloppe l’est.",
        )

    def refuser(self, refus: MouvementRefuse) -> None:
        """Says what was refused on the field it is about."""
        if isinstance(refus, DepassementNonMotive) and "motif_depassement" not in self.fields:
            self._demander()
        self.add_error(refus.champ if refus.champ in self.fields else None, str(refus))


class MouvementForm(AvecDepassement):
    """What every movement says. ``prefix`` tells the forms of one page apart."""

    def __init__(self, *args: Any, enveloppes: Choix, **options: Any) -> None:
        options["initial"] = {"date": timezone.localdate(), "jeton": uuid.uuid4(), **options.get("initial", {})}
        self.enveloppes = enveloppes
        super().__init__(*args, **options)
        demande = self.fields.pop("motif_depassement", None)
        self.poser_les_enveloppes()
        self.fields["montant"] = Montant("Montant, en euros")
        self.fields["montant"].required = True
        self.fields["montant"].error_messages["required"] = "Écrivez un montant plus grand que zéro."
        self.fields["date"] = forms.DateField(
            label="Date de la décision",
            widget=JourInput(),
            error_messages={
                "required": "Indiquez la date de la décision.",
                "invalid": "Cette date n’existe pas : écrivez par exemple 12/03/2026.",
            },
        )
        self.fields["motif"] = TexteLong(
            "Motif",
            maximum=2000,
            lignes=2,
            required=True,
            help_text="La délibération, l’arrêté ou l’accord qui le décide.",
            error_messages={"required": "Écrivez le motif : la délibération, l’arrêté ou l’accord qui le décide."},
        )
        self.fields["jeton"] = forms.UUIDField(widget=forms.HiddenInput, required=False)
        if demande:
            self.fields["motif_depassement"] = demande

    def poser_les_enveloppes(self) -> None:
        raise NotImplementedError

    def clean_date(self) -> date:
        jour = self.cleaned_data["date"]
        if not 2000 <= jour.year <= 2100:
            raise forms.ValidationError("Vérifiez l’année de cette date.")
        return jour

    def bouts(self) -> tuple[int, GenreMouvement, Cle | None, Cle | None]:
        """Call, kind, out of, into."""
        raise NotImplementedError

    def enregistrer(self, par: Utilisateur) -> MouvementEnveloppe | None:
        """The movement; None when it is refused, and the form says why."""
        appel, genre, de, vers = self.bouts()
        donnees = self.cleaned_data
        try:
            return mouvementer(
                Appel.objects.get(pk=appel),
                genre,
                donnees["montant"],
                date=donnees["date"],
                motif=donnees["motif"],
                par=par,
                de=de,
                vers=vers,
                motif_depassement=donnees.get("motif_depassement", ""),
                jeton=donnees["jeton"],
            )
        except MouvementRefuse as refus:
            self.refuser(refus)
            return None


class AjoutForm(MouvementForm):
    """More euros for one envelope, or less."""

    def poser_les_enveloppes(self) -> None:
        self.fields["genre"] = forms.ChoiceField(
            label="Que se passe-t-il ?",
            choices=[
                (GenreMouvement.AJOUT.value, "Ajouter à l’enveloppe"),
                (GenreMouvement.RETRAIT.value, "Retirer de l’enveloppe"),
            ],
            initial=GenreMouvement.AJOUT.value,
            widget=forms.RadioSelect,
            error_messages={"required": "Dites si le montant s’ajoute ou se retire."},
        )
        self.fields["enveloppe"] = ChampEnveloppe("Enveloppe", self.enveloppes, "Choisissez l’enveloppe qui change.")

    def bouts(self) -> tuple[int, GenreMouvement, Cle | None, Cle | None]:
        genre = GenreMouvement(self.cleaned_data["genre"])
        appel, cle = self.cleaned_data["enveloppe"]
        return (appel, genre, None, cle) if genre is GenreMouvement.AJOUT else (appel, genre, cle, None)


class TransfertForm(MouvementForm):
    """Euros that leave one envelope for another one of the same call."""

    def poser_les_enveloppes(self) -> None:
        self.fields["de"] = ChampEnveloppe("De", self.enveloppes, "Choisissez l’enveloppe qui donne.")
        self.fields["vers"] = ChampEnveloppe("Vers", self.enveloppes, "Choisissez l’enveloppe qui reçoit.")

    def clean(self) -> None:
        de, vers = self.cleaned_data.get("de"), self.cleaned_data.get("vers")
        if de and vers and de[0] != vers[0]:
            self.add_error("vers", "Un transfert reste dans un même appel à projets.")

    def bouts(self) -> tuple[int, GenreMouvement, Cle | None, Cle | None]:
        appel, de = self.cleaned_data["de"]
        return appel, GenreMouvement.TRANSFERT, de, self.cleaned_data["vers"][1]


class AnnulationForm(AvecDepassement):
    motif = TexteLong(
        "Pourquoi ce mouvement est annulé",
        maximum=2000,
        required=True,
        error_messages={"required": "Écrivez pourquoi ce mouvement est annulé."},
    )

    def enregistrer(self, mouvement: MouvementEnveloppe, par: Utilisateur) -> bool:
        """Whether it is cancelled; otherwise the form says why not."""
        try:
            annuler_mouvement(
                mouvement,
                motif=self.cleaned_data["motif"],
                par=par,
                motif_depassement=self.cleaned_data.get("motif_depassement", ""),
            )
        except MouvementRefuse as refus:
            self.refuser(refus)
            return False
        return True


class DepassementsForm(forms.Form):
    """Why each envelope that a meeting overruns is let go below zero, when nothing recorded says it."""

    use_required_attribute = False

    def __init__(self, *args: Any, situations: Iterable[SituationEnveloppe], **options: Any) -> None:
        super().__init__(*args, **options)
        self.situations = list(situations)
        for s in self.situations:
            self.fields[self.champ(s)] = TexteLong(
                insecables(f"Pourquoi l’enveloppe {s.nom} est dépassée de {euros(s.depassement)}"),
                maximum=2000,
                required=True,
                help_text="Obligatoire pour publier. Ce motif, votre nom et la date sont montrés partout où l’enveloppe l’est.",
                error_messages={
                    "required": insecables(
                        f"Écrivez pourquoi l’enveloppe {s.nom} est dépassée de {euros(s.depassement)}."
                    )
                },
            )

    @staticmethod
    def champ(situation: SituationEnveloppe) -> str:
        return f"depassement_{situation.annee}_{situation.financeur}"

    def motifs(self) -> dict[Cle, str]:
        return {s.cle: self.cleaned_data.get(self.champ(s), "") for s in self.situations}
