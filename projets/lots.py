"""Actions on several projects at once: who may, what would be set aside and why, and the gesture for each project.

A table, not a view per action. Each project goes by itself: one that is refused stops none of the others. What is
done twice (double click, page sent again) is said to be done already, and is not done again.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone

from correspondants.models import Utilisateur

from . import notifications
from .echeances import bilans_retardes, echeance_due
from .enums import Action, Fait, Statut
from .journal import consigner
from .messagerie import MessageRefuse, ecrire_message
from .models import AvisIEN, Courriel, DelegationAvis, ModificationConcurrente, Passage, Projet
from .permissions import coordonne, est_porteur, peut_ecrire_au_porteur
from .relances import relancer
from .valeurs import insecables
from .workflow import TRANSITIONS, ActionImpossible, executer

MAXIMUM = 200  # projects at once: a few seconds of work, and a report one can still read


class Ecarte(Exception):
    """The gesture was not made for one project; ``str()`` says why, in French."""

    def __init__(self, phrase: str) -> None:
        super().__init__(insecables(phrase))


class DejaFait(Ecarte):
    """The same person already made this gesture: nothing is wrong."""


@dataclass(frozen=True)
class Geste:
    """What one lot was asked: by whom, with what was typed, under the name of its form (``jeton``)."""

    par: Utilisateur
    jeton: uuid.UUID
    donnees: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Resultat:
    projet: Projet
    phrase: str = ""


@dataclass(frozen=True)
class Rapport:
    faits: tuple[Resultat, ...]
    deja: tuple[Resultat, ...]
    refuses: tuple[Resultat, ...]


@dataclass(frozen=True)
class ActionDeLot:
    """``question`` and ``fait``: (singular, plural with ``{n}``). ``ecarter``: sentences by project that cannot be done
    now, in a number of queries that does not depend on how many there are."""

    code: str
    libelle: str
    icone: str
    question: tuple[str, str]
    fait: tuple[str, str]
    consequence: str
    bouton: str
    ecarter: Callable[[Sequence[Projet], Utilisateur], dict[int, str]]
    appliquer: Callable[[Projet, Geste], None]
    transition: Action | None = None

    def titre(self, nombre: int) -> str:
        """What is asked about so many projects; about none, only what it was."""
        return _accorder(self.question, nombre) if nombre else self.libelle

    def bilan(self, nombre: int) -> str:
        return _accorder(self.fait, nombre)


def _accorder(formes: tuple[str, str], nombre: int) -> str:
    singulier, pluriel = formes
    return insecables((singulier if nombre < 2 else pluriel).format(n=nombre))


def realiser(action: ActionDeLot, choisis: Sequence[tuple[Projet, int]], geste: Geste) -> Rapport:
    """Makes the gesture for each project, with the version that was read; one transaction each."""
    faits, deja, refuses = [], [], []
    for projet, version in choisis:
        try:
            if projet.version != version:
                raise _change_depuis(action, projet, geste.par)
            with transaction.atomic():
                action.appliquer(projet, geste)
        except DejaFait as dit:
            deja.append(Resultat(projet, str(dit)))
        except (Ecarte, ActionImpossible, ModificationConcurrente, MessageRefuse) as refus:
            refuses.append(Resultat(projet, str(refus)))
        else:
            faits.append(Resultat(projet))
    return Rapport(tuple(faits), tuple(deja), tuple(refuses))


def _change_depuis(action: ActionDeLot, projet: Projet, par: Utilisateur) -> Exception:
    """The project is not what was read: because this person just did this very thing, or because of somebody else."""
    dernier = Passage.objects.filter(projet=projet, action__in=Action.values).order_by("-pk").first()
    if dernier and dernier.action == action.transition and dernier.par_id == par.pk:
        return DejaFait("C’est déjà fait.")
    return ModificationConcurrente()


# --- transitions ------------------------------------------------------------------------------------------------------


def _ecarter_par_transition(action: Action) -> Callable[[Sequence[Projet], Utilisateur], dict[int, str]]:
    transition = TRANSITIONS[action]

    def ecarter(projets: Sequence[Projet], par: Utilisateur) -> dict[int, str]:
        phrases = {}
        for projet in projets:
            if projet.statut not in transition.depuis:
                phrases[projet.pk] = f"le projet est « {Statut(projet.statut).label} »"
            elif not transition.acteur(par, projet):
                phrases[projet.pk] = f"cela revient à {transition.qui}"
        return {pk: insecables(phrase) for pk, phrase in phrases.items()}

    return ecarter


def _executer(action: Action) -> Callable[[Projet, Geste], None]:
    def appliquer(projet: Projet, geste: Geste) -> None:
        executer(projet, action, par=geste.par, **geste.donnees)

    return appliquer


# --- reminders --------------------------------------------------------------------------------------------------------


def _ecarter_avis(projets: Sequence[Projet], par: Utilisateur) -> dict[int, str]:
    attendus = set(_avis_attendus(projets).values_list("projet", flat=True))
    return _ecarter_relances(projets, par, attendus, "aucun avis n’est attendu")


def _ecarter_bilans(projets: Sequence[Projet], par: Utilisateur) -> dict[int, str]:
    retards = set(bilans_retardes().filter(projet__in=projets).order_by().values_list("projet", flat=True))
    return _ecarter_relances(projets, par, retards, "aucun bilan n’est en retard")


def _ecarter_relances(projets: Sequence[Projet], par: Utilisateur, concernes: set[int], sinon: str) -> dict[int, str]:
    phrases = {}
    for projet in projets:
        if not coordonne(par, projet):
            phrases[projet.pk] = "cela revient à la coordination en charge"
        elif projet.pk not in concernes:
            phrases[projet.pk] = sinon
    return phrases


def _avis_attendus(projets: Sequence[Projet]) -> Any:
    return AvisIEN.objects.attendus().filter(projet__in=projets, projet__statut=Statut.AVIS_IEN)


def _relancer_avis(projet: Projet, geste: Geste) -> None:
    _exiger(_ecarter_avis([projet], geste.par), projet)
    _pas_deux_fois(projet, "relance_avis")
    attendus = list(
        _avis_attendus([projet])
        .select_related("projet__appel", "projet__structure", "projet__porteur", "correspondant")
        .prefetch_related(Prefetch("delegations", DelegationAvis.objects.filter(revoquee_le=None)))
    )
    sans_adresse = [avis for avis in attendus if not _est_joignable(avis)]
    if len(sans_adresse) == len(attendus):
        noms = ", ".join(avis.get_autorite_display() for avis in sans_adresse)
        raise Ecarte(f"L’annuaire n’a pas d’adresse, ou le lien est révoqué, pour : {noms}.")
    for avis in attendus:
        relancer(avis, _du_jour())
    consigner(projet, Fait.RELANCE, par=geste.par, motif="Avis sur le temps scolaire")


def _est_joignable(avis: AvisIEN) -> bool:
    return bool(avis.delegations.all() or (avis.lien_revoque_le is None and notifications.adresses_de(avis)))


def _relancer_bilans(projet: Projet, geste: Geste) -> None:
    _exiger(_ecarter_bilans([projet], geste.par), projet)
    _pas_deux_fois(projet, "relance_bilan")
    if not notifications.courriels_du_porteur(projet):
        raise Ecarte("Ce projet n’a plus de porteur à qui écrire.")
    retards = bilans_retardes().filter(projet=projet).select_related("projet__appel", "projet__porteur")
    for exercice in retards.order_by("annee"):
        notifications.relance_bilan(exercice, echeance_due(exercice), f"+{_du_jour()}")
    consigner(projet, Fait.RELANCE, par=geste.par, motif="Bilans en retard")


def _exiger(ecartes: dict[int, str], projet: Projet) -> None:
    if projet.pk in ecartes:
        raise Ecarte(f"{ecartes[projet.pk]}.".capitalize())


def _du_jour() -> str:
    """Names the reminders of one day: the same one never leaves twice."""
    return f"{timezone.localdate():%Y%m%d}"


def _pas_deux_fois(projet: Projet, gabarit: str) -> None:
    """One reminder a day is enough, whoever or whatever sent it."""
    minuit = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    if Courriel.objects.filter(projet=projet, gabarit=gabarit, cree_le__gte=minuit).exists():
        raise DejaFait("Déjà relancé aujourd’hui.")


# --- messages ---------------------------------------------------------------------------------------------------------


def _ecarter_messages(projets: Sequence[Projet], par: Utilisateur) -> dict[int, str]:
    phrases = {}
    for projet in projets:
        if est_porteur(par, projet):
            phrases[projet.pk] = "c’est votre propre projet"
        elif not peut_ecrire_au_porteur(par, projet):
            phrases[projet.pk] = "cela revient aux coordinations"
        elif projet.porteur_id is None:
            phrases[projet.pk] = "ce projet n’a plus de porteur à qui écrire"
    return phrases


def _ecrire(projet: Projet, geste: Geste) -> None:
    _exiger(_ecarter_messages([projet], geste.par), projet)
    jeton = uuid.uuid5(geste.jeton, str(projet.pk))
    _, nouveau = ecrire_message(projet, par=geste.par, texte=geste.donnees["texte"], interne=False, jeton=jeton)
    if not nouveau:
        raise DejaFait("Ce message est déjà envoyé.")


# --- the table --------------------------------------------------------------------------------------------------------


ACTIONS: dict[str, ActionDeLot] = {
    action.code: action
    for action in (
        ActionDeLot(
            "inscrire", "Inscrire à la troïka", "calendrier",
            ("Inscrire {n} projet à l’ordre du jour ?", "Inscrire {n} projets à l’ordre du jour ?"),
            ("{n} projet inscrit à l’ordre du jour", "{n} projets inscrits à l’ordre du jour"),
            "Les porteurs verront que leur projet est à l’ordre du jour.",
            "Inscrire à l’ordre du jour",
            _ecarter_par_transition(Action.INSCRIRE), _executer(Action.INSCRIRE), Action.INSCRIRE,
        ),
        ActionDeLot(
            "declarer_complet", "Déclarer complets", "coche",
            ("Déclarer {n} dossier complet ?", "Déclarer {n} dossiers complets ?"),
            ("{n} dossier déclaré complet", "{n} dossiers déclarés complets"),
            "Pour chaque projet qui a une part sur le temps scolaire, l’avis de l’autorité concernée est demandé par "
            "courriel ; les autres deviennent prêts pour la troïka.",
            "Déclarer complets",
            _ecarter_par_transition(Action.DECLARER_COMPLET), _executer(Action.DECLARER_COMPLET),
            Action.DECLARER_COMPLET,
        ),
        ActionDeLot(
            "relancer_avis", "Relancer les avis", "horloge",
            ("Relancer les avis attendus sur {n} projet ?", "Relancer les avis attendus sur {n} projets ?"),
            ("{n} projet relancé", "{n} projets relancés"),
            "Chaque autorité reçoit un rappel avec son lien personnel ; un seul par projet et par jour.",
            "Envoyer les rappels",
            _ecarter_avis, _relancer_avis,
        ),
        ActionDeLot(
            "relancer_bilans", "Relancer les bilans en retard", "cloche",
            ("Relancer les bilans en retard de {n} projet ?", "Relancer les bilans en retard de {n} projets ?"),
            ("{n} porteur relancé", "{n} porteurs relancés"),
            "Chaque porteur reçoit un rappel avec le lien de son bilan prérempli ; un seul par projet et par jour.",
            "Envoyer les rappels",
            _ecarter_bilans, _relancer_bilans,
        ),
        ActionDeLot(
            "ecrire", "Écrire aux porteurs", "courriel",
            ("Écrire au porteur de {n} projet ?", "Écrire aux porteurs de {n} projets ?"),
            ("Message envoyé au porteur de {n} projet", "Message envoyé aux porteurs de {n} projets"),
            "Le même texte est ajouté aux échanges de chaque projet, et envoyé par courriel à son porteur.",
            "Envoyer le message",
            _ecarter_messages, _ecrire,
        ),
    )
}  # fmt: skip


def separer(
    action: ActionDeLot, choisis: Sequence[tuple[Projet, int]], par: Utilisateur
) -> tuple[list[tuple[Projet, int]], list[Resultat]]:
    """Before anything is done: the projects it concerns, and those set aside with their reason."""
    ecartes = action.ecarter([projet for projet, _ in choisis], par)
    retenus = [(projet, version) for projet, version in choisis if projet.pk not in ecartes]
    return retenus, list(_avec_raison(choisis, ecartes))


def _avec_raison(choisis: Sequence[tuple[Projet, int]], ecartes: dict[int, str]) -> Iterator[Resultat]:
    for projet, _ in choisis:
        if projet.pk in ecartes:
            yield Resultat(projet, ecartes[projet.pk])


__all__ = ["ACTIONS", "MAXIMUM", "ActionDeLot", "Geste", "Rapport", "Resultat", "realiser", "separer"]
