"""Forms of a meeting while it is held: voices, notes, withdrawals, attendance, place on the agenda.

Each is saved apart from the others, so that two people who write different things never meet.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.db import transaction
from django.utils import timezone

from correspondants.enums import Role
from correspondants.models import Utilisateur

from ..enums import EtatPresence, Fait, Voix
from ..journal import consigner
from ..models import AvisTroika, Deport, PointOrdreDuJour, PresenceSeance, SeanceTroika
from ..seances import PILOTES_EN_ORDRE, prendre, prendre_point
from .ecriture import EcritureDirecte
from .partage import Divergence, LigneCourte, SaisiePartagee, TexteLong

DUREE_MAXIMALE = 240
NOTES_MAXIMUM = 20_000


class VoixForm(SaisiePartagee):
    """The voices a person may record on one point: one's own for a pilot, all three for a coordinator.

    A pilot who withdrew has no field; what was typed for one who withdraws meanwhile comes back with the reason.
    ``point.voix`` and ``point.deports`` may be prefetched.
    """

    def __init__(self, *args: Any, point: PointOrdreDuJour, pilotes: Sequence[Role], **options: Any) -> None:
        self.point = point
        self.actuelles = {avis.pilote: avis for avis in point.voix.all()}
        self.deports = {deport.pilote: deport for deport in point.deports.all()}
        super().__init__(*args, initial=self._valeurs(), prefix=f"voix-{point.pk}", **options)
        self.pilotes = [p for p in pilotes if p not in self.deports or self.add_prefix(f"voix_{p}") in self.data]
        for pilote in self.pilotes:
            vide = [] if pilote in self.actuelles and not self.is_bound else [("", "Pas encore donnée")]
            self.fields[f"voix_{pilote}"] = forms.ChoiceField(
                label=pilote.label,
                choices=vide + Voix.choices,
                required=False,
                show_hidden_initial=True,
                widget=forms.Select(attrs={"class": "form-select"}),
                error_messages={"invalid_choice": "Choisissez une des voix proposées."},
            )
            self.fields[f"motif_{pilote}"] = TexteLong(
                "Motif ou remarque", maximum=2000, lignes=2, show_hidden_initial=True
            )

    def _valeurs(self) -> dict[str, str]:
        """What the database holds, by field."""
        valeurs = {}
        for pilote, avis in self.actuelles.items():
            valeurs |= {f"voix_{pilote}": avis.voix, f"motif_{pilote}": avis.motif}
        return valeurs

    def lignes(self) -> Iterator[dict[str, Any]]:
        """Each pilot of this form, with its two fields, and what somebody else recorded meanwhile."""
        divergences = {divergence.groupe: divergence for divergence in self.divergences}
        for pilote in self.pilotes:
            yield {
                "pilote": pilote,
                "voix": self[f"voix_{pilote}"],
                "motif": self[f"motif_{pilote}"],
                "divergence": divergences.get(pilote),
                "auteur": self.actuelles[pilote].par if pilote in self.actuelles else "",
            }

    def clean(self) -> None:
        for pilote in self.pilotes:
            champ = f"voix_{pilote}"
            if champ in self.errors or self.cleaned_data.get(champ):
                continue
            if self.vue(champ):
                self.add_error(champ, "Une voix donnée peut changer, pas disparaître.")
            elif self.cleaned_data.get(f"motif_{pilote}"):
                self.add_error(champ, "Choisissez la voix, ou effacez son motif.")
            elif len(self.pilotes) == 1:  # a button pressed for one voice records one, or says why it did not
                self.add_error(champ, "Choisissez d’abord la voix.")

    @transaction.atomic
    def enregistrer(self, par: Utilisateur) -> list[str]:
        """Writes what the person changed, and the journal. Sentences when it cannot be: nothing is then written.

        Raises ActionImpossible once the meeting is published, or the project off its agenda.
        """
        prendre_point(self.point)
        self.actuelles = {a.pilote: a for a in AvisTroika.objects.filter(point=self.point).select_related("par")}
        self.deports = {deport.pilote: deport for deport in Deport.objects.filter(point=self.point)}
        changees = [
            pilote
            for pilote in self.pilotes
            if pilote != self.rendu and self.a_change(f"voix_{pilote}", f"motif_{pilote}")
        ]
        retirees = [
            f"{pilote.label} s’est déporté : sa voix ne peut pas être enregistrée. Levez d’abord le déport."
            for pilote in changees
            if pilote in self.deports
        ]
        self.divergences = [d for pilote in changees if (d := self._divergence(pilote))]
        if retirees or self.divergences:
            return self.refuser(self._valeurs(), retirees)
        for pilote in changees:
            self._ecrire(pilote, par)
        return []

    def _ecrire(self, pilote: Role, par: Utilisateur) -> None:
        avant = self.actuelles.get(pilote)
        voix, motif = Voix(self.cleaned_data[f"voix_{pilote}"]), self.cleaned_data[f"motif_{pilote}"]
        AvisTroika.objects.update_or_create(
            point=self.point,
            pilote=pilote,
            defaults={"voix": voix, "motif": motif, "par": par, "saisie_pour": not par.a_role(pilote)},
        )
        au_lieu = f", au lieu de « {avant.get_voix_display()} »" if avant and avant.voix != voix else ""
        phrase = f"{voix.label}{au_lieu}.\n{motif}"
        consigner(self.point.projet, Fait.VOIX, par=par, motif=phrase, au_titre_de=pilote.label)

    def _divergence(self, pilote: Role) -> Divergence | None:
        avis, champs = self.actuelles.get(pilote), (f"voix_{pilote}", f"motif_{pilote}")
        if avis is None or pilote in self.deports or not self.diverge(champs, self._valeurs()):
            return None
        saisie = _voix_en_mots(self.cleaned_data[champs[0]], self.cleaned_data[champs[1]])
        return Divergence(
            pilote, pilote.label, saisie, _voix_en_mots(avis.voix, avis.motif), str(avis.par), avis.modifie_le
        )


def _voix_en_mots(voix: str, motif: str) -> str:
    libelle = Voix(voix).label if voix else "pas encore donnée"
    return f"{libelle} : {motif}" if motif else libelle


class NotesForm(SaisiePartagee):
    """What is said of one project in session. Two people who write at once can join their texts."""

    GARDEE = "Votre saisie est gardée : comparez, puis choisissez ce qui reste, ou réunissez les deux textes."

    def __init__(self, *args: Any, point: PointOrdreDuJour, **options: Any) -> None:
        self.point = point
        super().__init__(*args, initial={"notes": point.notes}, prefix=f"notes-{point.pk}", **options)
        self.fields["notes"] = TexteLong(
            "Notes de séance",
            maximum=NOTES_MAXIMUM,
            lignes=4,
            show_hidden_initial=True,
            help_text="Pour les services et le compte rendu, jamais pour le porteur.",
        )

    @transaction.atomic
    def enregistrer(self, par: Utilisateur) -> list[str]:
        """Writes the notes; sentences when somebody wrote others meanwhile, and nothing is then written.

        Raises ActionImpossible once the meeting is published, or the project off its agenda.
        """
        prendre_point(self.point)
        self.point.refresh_from_db(fields=["notes", "notes_par", "notes_le"])
        actuelles, notes = {"notes": self.point.notes}, self.cleaned_data["notes"]
        if "reunir" in self.data:
            notes = _reunir(self.point.notes, notes)
            if len(notes) > NOTES_MAXIMUM:
                return self.refuser(actuelles, ["Les deux textes réunis seraient trop longs : raccourcissez le vôtre."])
        elif not self.a_change("notes"):
            return []
        elif self.diverge(["notes"], actuelles):
            auteur = str(self.point.notes_par or "")
            self.divergences = [
                Divergence("notes", "Notes de séance", notes, self.point.notes, auteur, self.point.notes_le)
            ]
            return self.refuser(actuelles)
        PointOrdreDuJour.objects.filter(pk=self.point.pk).update(notes=notes, notes_par=par, notes_le=timezone.now())
        return []


def _reunir(enregistrees: str, saisies: str) -> str:
    """Both texts, the recorded one first, without saying the same thing twice."""
    if not saisies or saisies in enregistrees:
        return enregistrees
    return saisies if enregistrees in saisies else f"{enregistrees}\n\n{saisies}"


class DeportForm(forms.Form):
    """A pilot withdraws from one point, and why. ``pilotes`` are those the person may speak for."""

    default_renderer = EcritureDirecte

    def __init__(self, *args: Any, point: PointOrdreDuJour, pilotes: Sequence[Role], **options: Any) -> None:
        self.point = point
        super().__init__(*args, prefix=f"deport-{point.pk}", **options)
        choix = [(pilote.value, pilote.label) for pilote in pilotes]
        self.fields["pilote"] = forms.ChoiceField(
            label="Qui se déporte",
            choices=choix if len(choix) == 1 else [("", "Choisissez"), *choix],
            widget=forms.Select(attrs={"class": "form-select court"}),
            error_messages={
                "required": "Dites quel pilote se déporte.",
                "invalid_choice": "Choisissez un des pilotes proposés.",
            },
        )
        self.fields["motif"] = TexteLong(
            "Motif du déport",
            maximum=500,
            lignes=2,
            required=True,
            help_text="Le lien avec ce projet, en une phrase, par exemple : « membre du bureau de l’association ».",
            error_messages={"required": "Écrivez en une phrase le motif du déport."},
        )

    @property
    def pilote(self) -> Role:
        return Role(self.cleaned_data["pilote"])


class PresencesForm(SaisiePartagee):
    """Who sits at the meeting: the three pilots, and the others in one's own words. ``seance.presences`` is prefetched."""

    def __init__(self, *args: Any, seance: SeanceTroika, **options: Any) -> None:
        self.seance = seance
        self.actuelles = {presence.pilote: presence for presence in seance.presences.all()}
        super().__init__(*args, initial=self._valeurs(), prefix="presences", **options)
        for pilote in PILOTES_EN_ORDRE:
            self.fields[f"etat_{pilote}"] = forms.ChoiceField(
                label="Présence",
                choices=[("", "Pas encore notée"), *EtatPresence.choices],
                required=False,
                show_hidden_initial=True,
                widget=forms.Select(attrs={"class": "form-select"}),
                error_messages={"invalid_choice": "Choisissez une des réponses proposées."},
            )
            self.fields[f"nom_{pilote}"] = LigneCourte("Qui siège", show_hidden_initial=True)
            self.fields[f"represente_par_{pilote}"] = LigneCourte("Représenté par", show_hidden_initial=True)
        self.fields["autres_presents"] = TexteLong(
            "Autres présents", maximum=2000, show_hidden_initial=True, help_text="Une personne par ligne."
        )

    @staticmethod
    def champs_de(pilote: str) -> tuple[str, str, str]:
        return (f"etat_{pilote}", f"nom_{pilote}", f"represente_par_{pilote}")

    def _valeurs(self) -> dict[str, str]:
        valeurs = {"autres_presents": self.seance.autres_presents}
        for pilote, presence in self.actuelles.items():
            reponses = (presence.etat, presence.nom, presence.represente_par)
            valeurs |= dict(zip(self.champs_de(pilote), reponses, strict=True))
        return valeurs

    def lignes(self) -> Iterator[dict[str, Any]]:
        divergences = {divergence.groupe: divergence for divergence in self.divergences}
        for pilote in PILOTES_EN_ORDRE:
            champs = [self[champ] for champ in self.champs_de(pilote)]
            yield {"pilote": pilote, "champs": champs, "divergence": divergences.get(pilote)}

    @property
    def divergence_autres(self) -> Divergence | None:
        return next((divergence for divergence in self.divergences if divergence.groupe == "autres_presents"), None)

    def clean(self) -> None:
        for pilote in PILOTES_EN_ORDRE:
            etat, nom, represente_par = (self.cleaned_data.get(champ) for champ in self.champs_de(pilote))
            champ = f"etat_{pilote}"
            if champ in self.errors:
                continue
            if not etat and (nom or represente_par):
                self.add_error(champ, "Dites si ce pilote est présent, excusé ou absent.")
            if etat == EtatPresence.PRESENT and represente_par:
                self.add_error(
                    f"represente_par_{pilote}",
                    "Un pilote présent n’est pas représenté : effacez ce nom, ou excusez-le.",
                )

    @transaction.atomic
    def enregistrer(self, par: Utilisateur) -> list[str]:
        """Writes what the person changed; sentences when somebody else changed the same thing, nothing then written.

        Raises ActionImpossible once the meeting is published.
        """
        self.seance.autres_presents = prendre(self.seance).autres_presents
        self.actuelles = {p.pilote: p for p in PresenceSeance.objects.filter(seance=self.seance).select_related("par")}
        changees = [p for p in PILOTES_EN_ORDRE if p != self.rendu and self.a_change(*self.champs_de(p))]
        autres = self.rendu != "autres_presents" and self.a_change("autres_presents")
        self.divergences = [d for pilote in changees if (d := self._divergence(pilote))]
        if autres and self.diverge(["autres_presents"], self._valeurs()):
            saisie, enregistre = self.cleaned_data["autres_presents"], self.seance.autres_presents
            self.divergences.append(Divergence("autres_presents", "Autres présents", saisie, enregistre))
        if self.divergences:
            return self.refuser(self._valeurs())
        for pilote in changees:
            self._ecrire(pilote, par)
        if autres:
            saisie = self.cleaned_data["autres_presents"]
            SeanceTroika.objects.filter(pk=self.seance.pk).update(autres_presents=saisie)
        return []

    def _ecrire(self, pilote: Role, par: Utilisateur) -> None:
        etat, nom, represente_par = (self.cleaned_data[champ] for champ in self.champs_de(pilote))
        lignes = PresenceSeance.objects.filter(seance=self.seance, pilote=pilote)
        if not etat:
            lignes.delete()
            return
        PresenceSeance.objects.update_or_create(
            seance=self.seance,
            pilote=pilote,
            defaults={"etat": etat, "nom": nom, "represente_par": represente_par, "par": par},
        )

    def _divergence(self, pilote: Role) -> Divergence | None:
        champs, valeurs = self.champs_de(pilote), self._valeurs()
        if not self.diverge(champs, valeurs):
            return None
        presence = self.actuelles.get(pilote)
        saisie = _presence_en_mots(*(self.cleaned_data[champ] for champ in champs))
        enregistre = _presence_en_mots(*(valeurs.get(champ, "") for champ in champs))
        auteur, le = (str(presence.par), presence.modifie_le) if presence else ("", None)
        return Divergence(pilote, pilote.label, saisie, enregistre, auteur, le)


def _presence_en_mots(etat: str, nom: str, represente_par: str) -> str:
    morceaux = [EtatPresence(etat).label if etat else "Pas encore notée", nom]
    return ", ".join(filter(None, [*morceaux, f"représenté par {represente_par}" if represente_par else ""]))


class PlaceForm(forms.Form):
    """Where a point stands on the agenda, and for how many minutes."""

    default_renderer = EcritureDirecte

    position = forms.IntegerField(
        label="Place",
        min_value=1,
        max_value=9999,
        widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
        error_messages={
            "required": "Indiquez la place du projet.",
            "invalid": "La place est un nombre entier.",
            "min_value": "La première place est la place 1.",
            "max_value": "Cette place est trop grande.",
        },
    )
    duree = forms.IntegerField(
        label="Minutes",
        min_value=1,
        max_value=DUREE_MAXIMALE,
        widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
        error_messages={
            "required": "Indiquez la durée, en minutes.",
            "invalid": "La durée est un nombre entier de minutes.",
            "min_value": "Comptez au moins une minute.",
            "max_value": f"Comptez {DUREE_MAXIMALE} minutes au plus.",
        },
    )

    def __init__(self, *args: Any, point: int, **options: Any) -> None:
        super().__init__(*args, auto_id=f"id_place-{point}-%s", **options)
