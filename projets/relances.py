"""Reminders due on one day: bilans around their due date, late complements and opinions,
revised budgets, money to give back. Into the outbox, once each."""

from array import array
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, Prefetch, QuerySet
from django.utils import timezone

from . import notifications, notifications_versements
from .echeances import EtatBilan, bilans_dus, echeance_due
from .effets import prolonger
from .enums import Statut
from .models import AvisIEN, Courriel, DelegationAvis, DemandeComplements, DemandeReversement, Exercice
from .suivi_financier import avec_attente, budgets_attendus, cents, sommes_a_rendre

MOMENTS = {-30: "-30", -7: "-7", 0: "0", 7: "+7", 30: "+30"}  # days from the due date -> name of the reminder
MOMENTS_COMPLEMENTS = {-3: "-3", 0: "0", 7: "+7"}  # days from the day hoped for
ATTENTES_COMPLEMENTS = (10, 30)  # days from a request that names no day
ATTENTES_BUDGET = (10, 30, 60)  # days from the publication, or from the day the budget was reopened
MOMENTS_SOMMES = {-7: "-7", 0: "0", 7: "+7", 30: "+30"}  # days from the day money is to be given back
JOURS_ENTRE_DEUX_RELANCES = 7  # opinions
TRANCHE = 100  # rows in memory at once, however many wait
# What no reminder says: the file of a project weighs more, once read, than all the rest of its row.
LOURDS = ("donnees", "lecture", "recherche")
LUES = 2_000  # keys read at once
M = TypeVar("M", bound=Model)


def _par_tranches(lignes: QuerySet[M], champ: str = "", du: Callable[[Any], bool] = lambda _: True) -> Iterator[M]:
    """Rows slice after slice, without what is heavy in them. Their keys are read first, with ``champ``, and only those are kept
    for which ``du`` says that something is due: what is written meanwhile moves no slice, and one that is no longer waited
    for when its turn comes is left out."""
    lues = lignes.prefetch_related(None).values_list("pk", *filter(None, [champ])).iterator(LUES)
    cles = array("q", (ligne[0] for ligne in lues if du(ligne[-1])))
    for debut in range(0, len(cles), TRANCHE):
        yield from lignes.filter(pk__in=cles[debut : debut + TRANCHE].tolist())


def _sans_le_lourd(*chemins: str) -> list[str]:
    """The columns to leave unread of the rows that these relations join, ending in ``__``."""
    return [f"{chemin}{nom}" for chemin in chemins for nom in LOURDS]


def relancer_bilans(jour: date) -> int:
    """Reminds the porteurs whose bilan is due in 30 or 7 days, that day, or was 7 or 30 days ago. Number of new mails."""
    attendus = [EtatBilan.ATTENDU, EtatBilan.A_COMPLETER, EtatBilan.EN_RETARD]
    avant = _ecrits("relance_bilan")
    for exercice in _par_tranches(_exercices(attendus, jour)):
        moment = MOMENTS.get((jour - echeance_due(exercice)).days)
        if moment:
            notifications.relance_bilan(exercice, echeance_due(exercice), moment)
    return _ecrits("relance_bilan") - avant


def _exercices(etats: list[EtatBilan], jour: date) -> QuerySet[Exercice]:
    """Bilans still waited for whose due date can be near: one month before, one month after."""
    annees = {jour.year, jour.year - 1, jour.year - 2, (jour + timedelta(days=30)).year}
    return (
        bilans_dus(jour)
        .filter(annee__in=annees, etat__in=etats)
        .select_related("projet__appel", "projet__porteur", "projet__structure", "bilan")
        .defer(*_sans_le_lourd("projet__"), "bilan__lecture")
        .order_by("pk")
    )


def relancer_complements(jour: date) -> int:
    """Reminds the porteurs asked for complements: around the day their answer is hoped for, else 10 and 30 days after.

    Number of new mails.
    """
    ouvertes = (
        DemandeComplements.objects.filter(close_le=None, projet__statut=Statut.A_COMPLETER)
        .select_related("projet__appel", "projet__porteur", "projet__structure")
        .prefetch_related("champs")
        .defer(*_sans_le_lourd("projet__"), "donnees_avant")
        .order_by("pk")
    )
    avant = _ecrits("relance_complements")
    for demande in _par_tranches(ouvertes):
        if demande.attendue_le:
            moment = MOMENTS_COMPLEMENTS.get((jour - demande.attendue_le).days)
        else:
            attente = (jour - timezone.localtime(demande.cree_le).date()).days
            moment = f"j{attente}" if attente in ATTENTES_COMPLEMENTS else None
        if moment:
            notifications.relance_complements(demande, moment)
    return _ecrits("relance_complements") - avant


def relancer_budgets(jour: date) -> int:
    """Reminds the porteurs whose revised budget has been awaited for 10, 30 or 60 days. Number of new mails."""
    attendus = (
        avec_attente(budgets_attendus(Exercice.objects.filter(projet__statut=Statut.VALIDE)))
        .select_related("projet__appel", "projet__porteur", "projet__structure", "budget_revise")
        .defer(*_sans_le_lourd("projet__"))
        .order_by("pk")
    )

    def attente(depuis: datetime | None) -> int:
        return (jour - timezone.localtime(depuis).date()).days if depuis else -1

    avant = _ecrits("relance_budget_revise")
    for exercice in _par_tranches(attendus, "attendu_depuis", lambda depuis: attente(depuis) in ATTENTES_BUDGET):
        depuis, jours = timezone.localtime(exercice.attendu_depuis).date(), attente(exercice.attendu_depuis)
        notifications_versements.relance_budget_revise(exercice, exercice.accorde, depuis, f"j{jours}")
    return _ecrits("relance_budget_revise") - avant


def relancer_sommes(jour: date) -> int:
    """Reminds the porteurs asked to give money back, 7 days before the day it is due, that day, 7 and 30 days after."""
    demandes = (
        DemandeReversement.objects.filter(remise_le=None, avant_le__in=[jour - timedelta(j) for j in MOMENTS_SOMMES])
        .select_related("exercice__projet__appel", "exercice__projet__porteur", "exercice__projet__structure")
        .defer(*_sans_le_lourd("exercice__projet__"))
        .order_by("pk")
    )
    dettes = {
        exercice.pk: cents(exercice.a_rendre)
        for exercice in sommes_a_rendre(Exercice.objects.filter(demandes_reversement__in=demandes))
    }
    avant = _ecrits("relance_somme_a_rendre")
    for demande in demandes:
        if reste := dettes.get(demande.exercice_id):
            moment = MOMENTS_SOMMES[(jour - demande.avant_le).days]
            notifications_versements.relance_somme_a_rendre(demande, reste, moment)
    return _ecrits("relance_somme_a_rendre") - avant


def relancer_avis(jour: date) -> int:
    """Reminds the authorities whose opinion was asked 7, 14, 21… days ago, and their delegates. Number of new mails.

    The links of a reminder open again for their whole time; a revoked one is not written again.
    """
    attendus = (
        AvisIEN.objects.attendus()
        .filter(projet__statut=Statut.AVIS_IEN)
        .select_related("projet__appel", "projet__structure", "projet__porteur", "correspondant")
        .prefetch_related(Prefetch("delegations", DelegationAvis.objects.filter(revoquee_le=None)))
        .defer(*_sans_le_lourd("projet__"), "partie")
        .order_by("pk")
    )

    def attente(demande_le: datetime) -> int:
        return (jour - timezone.localtime(demande_le).date()).days

    def est_du(demande_le: datetime) -> bool:
        return attente(demande_le) > 0 and attente(demande_le) % JOURS_ENTRE_DEUX_RELANCES == 0

    avant = _ecrits("relance_avis")
    for avis in _par_tranches(attendus, "demande_le", est_du):
        relancer(avis, str(attente(avis.demande_le) // JOURS_ENTRE_DEUX_RELANCES))
    return _ecrits("relance_avis") - avant


@transaction.atomic
def relancer(avis: AvisIEN, rang: str) -> None:
    """Reminds one authority and its delegates. ``rang`` names the reminder: the same one never leaves twice."""
    if avis.lien_revoque_le is None:
        prolonger(avis)
        notifications.relance_avis(avis, rang)
    for delegation in avis.delegations.all():
        prolonger(delegation)
        notifications.relance_avis(avis, rang, delegation)


def _ecrits(gabarit: str) -> int:
    return Courriel.objects.filter(gabarit=gabarit).count()
