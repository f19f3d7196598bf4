"""One form per action of the workflow: what is asked before it is carried out. Validates only; ``executer`` decides."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import Role

from ..constats import Gravite
from ..dossier import SECTIONS, Dossier, questions_de_section
from ..enums import Action, Statut
from ..models import ChampACompleter, Projet, SeanceTroika
from ..notifications import adresses_consultees
from ..permissions import Acteur
from ..presentation import reponse
from ..questionnaire import Question
from ..regles import constater
from ..temps_scolaire import parties_scolaires
from ..valeurs import date_longue
from ..workflow import TRANSITIONS

# Who is told by each mail of a Transition, in words.
QUI_EST_PREVENU = {
    "accuse_reception": "Le porteur reçoit un accusé de réception.",
    "nouveau_depot": "La coordination en charge est prévenue du dépôt.",
    "complements_demandes": "Le porteur reçoit par courriel la liste de ce qu’il doit revoir.",
    "avis_demande": "Chaque autorité concernée reçoit un courriel avec un lien pour rendre son avis.",
    "avis_rendu": "La coordination en charge est prévenue de l’avis.",
    "decision_publiee": "Le porteur reçoit la décision par courriel.",
    "projet_retire": "La coordination en charge est prévenue du retrait.",
    "retrait_avis": "Les autorités à qui un avis est demandé sont prévenues qu’il n’est plus attendu.",
    "retrait_seance": "Les pilotes et les coordinations qui préparent la séance sont prévenus.",
    "projet_clos": "Le porteur est prévenu de la fin du projet.",
}


class SeanceField(forms.ModelChoiceField):
    def label_from_instance(self, seance: SeanceTroika) -> str:
        quand = timezone.localtime(seance.date)
        lieu = f", {seance.lieu}" if seance.lieu else ""
        return f"{date_longue(quand.date())} à {quand:%H} h {quand:%M}{lieu}"


class ActionForm(forms.Form):
    """Confirmation of one action: the version of the project that was read, and what ``executer`` needs."""

    version = forms.CharField(widget=forms.HiddenInput, required=False)  # whatever is not the right one is stale
    titre = ""
    consequences: tuple[str, ...] = ()
    danger = False
    gabarit = "projets/projet/_action_simple.html"

    def __init__(
        self, *args: Any, projet: Projet, action: Action, par: Acteur, champs: Collection[str] = (), **kwargs: Any
    ) -> None:
        """``champs``: questions of the file that the page was opened about."""
        super().__init__(*args, initial={"version": projet.version}, **kwargs)
        self.projet, self.action, self.par, self.champs = projet, action, par, champs

    @property
    def question(self) -> str:
        return self.titre or f"{self.action.label} ?"

    @property
    def prevenus(self) -> list[str]:
        return [QUI_EST_PREVENU[courriel] for courriel in TRANSITIONS[self.action].courriels]

    @property
    def est_prete(self) -> bool:
        """Whether there is something to confirm; otherwise the page says what to do first."""
        return True

    @property
    def est_perimee(self) -> bool:
        """Whether the project changed since the page that was posted was read."""
        return self.cleaned_data.get("version") != str(self.projet.version)

    @property
    def motif(self) -> str:
        return self.cleaned_data.get("motif", "")

    def donnees(self) -> dict[str, Any]:
        return {}


class AvecMotifForm(ActionForm):
    motif = forms.CharField(
        label="Motif", required=False, max_length=2000, widget=forms.Textarea({"rows": 3}), help_text="Facultatif."
    )


class RetirerForm(AvecMotifForm):
    titre = "Retirer votre projet ?"
    danger = True

    @property
    def consequences(self) -> tuple[str, ...]:
        """What is lost, from where the project is now, and what is kept."""
        phrases = ["Le projet sort de l’instruction : il ne sera ni examiné, ni financé."]
        if self.projet.statut == Statut.AVIS_IEN:
            phrases.append("Les avis demandés sur le temps scolaire ne seront plus attendus.")
        if point := self.projet.points.filter(seance__publiee_le=None).select_related("seance").first():
            jour = date_longue(timezone.localtime(point.seance.date).date())
            phrases.append(f"Il quitte l’ordre du jour de la séance du {jour}.")
        phrases.append(
            "Le retrait ne s’annule pas. Mais rien n’est perdu : vous pourrez reprendre le contenu du dossier dans un "
            "nouveau brouillon, qui aura un autre numéro."
        )
        return (*phrases, "Ce dossier reste lisible dans « Mes projets ».")

    @property
    def prevenus(self) -> list[str]:
        """Those who have the project in hand now."""
        concernes = {
            "projet_retire": bool(self.projet.numero),
            "retrait_avis": self.projet.statut == Statut.AVIS_IEN,
            "retrait_seance": self.projet.statut == Statut.INSCRIT,
        }
        return [QUI_EST_PREVENU[nom] for nom, concerne in concernes.items() if concerne]


class DesinscrireForm(AvecMotifForm):
    titre = "Retirer ce projet de l’ordre du jour ?"
    danger = True
    consequences = (
        "Le projet redevient prêt pour la troïka et pourra être inscrit à une autre séance.",
        "Les voix et la décision déjà enregistrées pour cette séance sont effacées.",
    )


class CloreForm(ActionForm):
    titre = "Clore ce projet ?"
    consequences = ("Tous les bilans sont acceptés : le projet est terminé et ne bougera plus.",)


class DeclarerCompletForm(ActionForm):
    titre = "Déclarer ce dossier complet ?"

    @property
    def consequences(self) -> tuple[str, ...]:
        """Which authorities will be asked; an opinion on an unchanged school-time part is kept."""
        return (*self._reponses_du_porteur(), *self._avis_demandes())

    def _reponses_du_porteur(self) -> tuple[str, ...]:
        nombre = ChampACompleter.objects.filter(demande__projet=self.projet, resolu_le=None).count()
        if not nombre:
            return ()
        if nombre == 1:
            return ("La question qui reste à relire parmi les compléments sera close.",)
        return (f"Les {nombre} questions qui restent à relire parmi les compléments seront closes.",)

    def _avis_demandes(self) -> tuple[str, ...]:
        parties = parties_scolaires(self.projet)
        if not parties:
            return ("Aucune intervention sur le temps scolaire : le projet sera prêt pour la troïka.",)
        rendus = list(self.projet.avis_ien.en_vigueur().exclude(rendu_le=None))
        phrases = []
        for partie in parties:
            nom = Role(partie.autorite).label
            if partie.correspondant:
                nom = f"{nom}, {partie.correspondant}"
            if any(partie.est_jugee_par(avis) for avis in rendus):
                phrases.append(f"{nom} : avis déjà rendu, gardé car la partie scolaire n’a pas changé.")
            elif adresses_consultees(partie.autorite, partie.correspondant, self.projet):
                phrases.append(f"{nom} : un avis est demandé sur le temps scolaire.")
            else:
                phrases.append(
                    f"{nom} : un avis est demandé, mais l’annuaire n’a aucune adresse pour cette autorité. Prévenez-la, "
                    "et faites compléter l’annuaire."
                )
        return tuple(phrases)

    @property
    def prevenus(self) -> list[str]:
        return super().prevenus if any("demandé" in phrase for phrase in self._avis_demandes()) else []


class InscrireForm(ActionForm):
    titre = "Inscrire ce projet à l’ordre du jour ?"
    consequences = ("Le porteur voit que son projet est à l’ordre du jour.",)
    seance = SeanceField(SeanceTroika.objects.none(), label="Séance de la troïka", empty_label="Choisissez une séance")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seance"].queryset = seances_ouvertes({self.projet.appel_id})
        self.fields["seance"].error_messages["invalid_choice"] = "Choisissez une séance ouverte."

    @property
    def est_prete(self) -> bool:
        return self.fields["seance"].queryset.exists()

    @property
    def avant(self) -> dict[str, str]:
        """What to do first when there is no meeting to choose."""
        return {
            "titre": "Aucune séance n’est ouverte",
            "texte": "Créez d’abord la prochaine séance de la troïka, puis revenez inscrire ce projet.",
            "url": reverse("troika_nouvelle"),
            "libelle": "Créer une séance",
        }

    def donnees(self) -> dict[str, Any]:
        return {"seance": self.cleaned_data["seance"]}


def seances_ouvertes(appels: set[int]) -> QuerySet[SeanceTroika]:
    return SeanceTroika.objects.ouvertes().filter(appel__in=appels).order_by("date", "pk")


@dataclass(frozen=True)
class LigneQuestion:
    """One question of the file as the coordinator ticks it: what was answered, what the rules say, tick and reason."""

    question: Question
    apercu: str
    constats: tuple[str, ...]
    case: forms.BoundField
    motif: forms.BoundField
    deja: tuple[ChampACompleter, ...] = ()  # what was asked of it before, the latest first


@dataclass(frozen=True)
class SectionQuestions:
    titre: str
    lignes: tuple[LigneQuestion, ...]
    ouverte: bool


class ComplementsForm(ActionForm):
    """Which questions reopen, and why for each; nothing else is sent."""

    titre = "Quels compléments demander au porteur ?"
    gabarit = "projets/projet/_action_complements.html"
    consequences = (
        "Seules les questions cochées seront rouvertes ; le reste du dossier est gardé.",
        "Le projet attendra le nouveau dépôt du porteur.",
    )
    message = forms.CharField(
        label="Message d’ensemble",
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 4}),
        help_text="Facultatif. Le porteur le lira avec la liste des questions.",
    )

    attendue_le = forms.DateField(
        label="Réponse souhaitée avant le",
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text="Facultatif. Le porteur est relancé trois jours avant, le jour même et une semaine après.",
    )

    def clean_attendue_le(self) -> date | None:
        jour = self.cleaned_data["attendue_le"]
        if jour and jour < timezone.localdate():
            raise forms.ValidationError("Cette date est passée : choisissez-en une à venir.")
        return jour

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for section in SECTIONS:
            for une in questions_de_section(section.code):
                self.fields[f"champ_{une.identifiant}"] = forms.BooleanField(
                    label=une.libelle, required=False, initial=une.identifiant in self.champs
                )
                self.fields[f"motif_{une.identifiant}"] = forms.CharField(
                    label=f"Ce qu’il faut corriger dans « {une.libelle} »",
                    required=False,
                    max_length=2000,
                    widget=forms.Textarea({"rows": 2}),
                )

    def clean(self) -> dict[str, Any]:
        donnees = super().clean()
        champs = {}
        for section in SECTIONS:
            for une in questions_de_section(section.code):
                coche, motif = donnees.get(f"champ_{une.identifiant}"), donnees.get(f"motif_{une.identifiant}")
                if coche and motif == "":
                    self.add_error(f"motif_{une.identifiant}", "Écrivez ce qu’il faut corriger.")
                elif motif and not coche:
                    self.add_error(f"motif_{une.identifiant}", "Cochez cette question, ou effacez la remarque.")
                elif coche and motif:
                    champs[une.identifiant] = motif
        if not champs and not self.errors:
            self.add_error(None, "Cochez au moins une question et dites ce qu’il faut corriger.")
        donnees["champs"] = champs
        return donnees

    @property
    def motif(self) -> str:
        return self.cleaned_data.get("message", "")

    def donnees(self) -> dict[str, Any]:
        return {"champs": self.cleaned_data["champs"], "attendue_le": self.cleaned_data["attendue_le"]}

    def sections(self) -> Iterator[SectionQuestions]:
        referentiel, dossier = self.projet.appel.referentiel(), self.projet.contenu
        constats: dict[str, list[str]] = {}
        for constat in constater(dossier, referentiel):
            if constat.gravite is not Gravite.CONSEIL:
                constats.setdefault(constat.champ.partition(".")[0], []).append(constat.message)
        deja: dict[str, list[ChampACompleter]] = {}
        anciens = ChampACompleter.objects.filter(demande__projet=self.projet).select_related("demande")
        for ancien in anciens.order_by("-pk"):
            deja.setdefault(ancien.champ, []).append(ancien)
        for section in SECTIONS:
            lignes = tuple(
                LigneQuestion(
                    une,
                    apercu(dossier, une, referentiel),
                    tuple(constats.get(une.identifiant, ())),
                    self[f"champ_{une.identifiant}"],
                    self[f"motif_{une.identifiant}"],
                    tuple(deja.get(une.identifiant, ())),
                )
                for une in questions_de_section(section.code)
            )
            ouverte = any(ligne.case.value() or ligne.motif.errors or ligne.constats for ligne in lignes)
            yield SectionQuestions(section.titre, lignes, ouverte or section.code == "projet")


def apercu(dossier: Dossier, une: Question, referentiel: Any) -> str:
    """An answer in one line."""
    lue = reponse(dossier, une, referentiel)
    if lue.lignes:
        return f"{len(lue.lignes)} ligne{'s' if len(lue.lignes) > 1 else ''}"
    texte = " ; ".join(lue.elements) or " ".join(lue.texte.split())
    return texte if len(texte) <= 240 else f"{texte[:240].rstrip()}…"


FORMULAIRES: dict[Action, type[ActionForm]] = {
    Action.DEMANDER_COMPLEMENTS: ComplementsForm,
    Action.DECLARER_COMPLET: DeclarerCompletForm,
    Action.INSCRIRE: InscrireForm,
    Action.DESINSCRIRE: DesinscrireForm,
    Action.RETIRER: RetirerForm,
    Action.CLORE: CloreForm,
}


def formulaire_de(action: Action) -> type[ActionForm]:
    """The form of an action; those that have a page of their own get the bare one, which their guards then refuse."""
    return FORMULAIRES.get(action, ActionForm)
