"""What ``purger`` erases: for each kind of data, what is older than its length of conservation. Nothing else ages here.

Every object goes in a transaction of its own: killed in the middle, the purge is done again the next time. Nothing is written
with ``simuler``: the same questions are asked, and counted.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, ProtectedError, Q, QuerySet, Subquery
from django.utils import timezone

from correspondants.lieux import Structure
from correspondants.models import Correspondant, Invitation, Utilisateur

from . import effacement, index_recherche, notifications_comptes
from .enums import Statut
from .enums_portail import Conservation
from .models import (
    Courriel,
    DelegationAvis,
    MembreStructure,
    ModificationConcurrente,
    Partage,
    Passage,
    Projet,
    Transmission,
    durees,
)

journal = logging.getLogger(__name__)

PREAVIS = timedelta(days=30)  # between the mail that warns and the end of an account
LOT = 500


@dataclass
class Ligne:
    """One line of the report. ``jours``: None when the data says itself when it ends."""

    libelle: str
    jours: int | None
    concernes: int = 0
    faits: int = 0
    remarque: str = ""


def purger(*, simuler: bool, maintenant: datetime | None = None) -> list[Ligne]:
    """Applies every length of conservation; the report, in the order of ``Conservation``."""
    maintenant = maintenant or timezone.now()
    gardes = durees()
    gestes: dict[Conservation, Callable[[datetime, bool, Ligne], None]] = {
        Conservation.BROUILLON: _brouillons,
        Conservation.PROJET_SANS_SUITE: _projets_sans_suite,
        Conservation.PROJET_CLOS: _projets_clos,
        Conservation.COURRIEL: _courriels,
        Conservation.LIEN: _liens,
        Conservation.TRACE: _traces,
        Conservation.COMPTE: _comptes,
    }
    rapport = []
    for categorie, geste in gestes.items():
        ligne = Ligne(categorie.label, gardes[categorie])
        geste(maintenant - timedelta(days=gardes[categorie]), simuler, ligne)
        rapport.append(ligne)
    sessions = Session.objects.filter(expire_date__lt=maintenant)
    expirees = Ligne("Sessions expirées", None, sessions.count())
    if not simuler:
        expirees.faits = sessions.delete()[0]
    if any(ligne.faits for ligne in rapport):
        index_recherche.oublier(connection)
    return [*rapport, expirees, _structures(simuler)]


def _structures(simuler: bool) -> Ligne:
    """Organisations that nothing is left of: a deposit makes them, and the project that needed them is gone."""
    seules = Structure.objects.filter(projets=None, membres=None)
    ligne = Ligne("Structures sans projet ni membre", None, seules.count())
    for structure in [] if simuler else _par_lots(seules):
        try:
            ligne.faits += bool(structure.delete()[0])
        except ProtectedError:  # a deposit took it up meanwhile
            journal.info("structure %s reprise pendant la purge", structure.pk)
    return ligne


def _brouillons(limite: datetime, simuler: bool, ligne: Ligne) -> None:
    vieux = Projet.objects.filter(statut=Statut.BROUILLON, depose_le=None, modifie_le__lt=limite)
    ligne.concernes = vieux.count()
    for projet in [] if simuler else _par_lots(vieux):
        ligne.faits += effacement.supprimer_brouillon(projet)


def finis_avant(limite: datetime, *statuts: Statut) -> QuerySet[Projet]:
    """Projects in one of these statuts since before a moment, and whose people are still named.

    The date kept beside the statut says where to look, by its index; the journal, which nothing rewrites, has the last word: a
    process of an older version, which knows nothing of that date, must not have anybody erased too early.
    """
    derniers = Passage.objects.filter(projet=OuterRef("pk"), vers=OuterRef("statut")).exclude(de=OuterRef("statut"))
    derniers = derniers.order_by("-rang").values("le")[:1]
    finis = Projet.objects.filter(statut__in=statuts, statut_depuis__lt=limite, anonymise_le=None)
    return finis.exclude(depose_le=None).annotate(fini_le=Subquery(derniers)).filter(fini_le__lt=limite)


def _projets_sans_suite(limite: datetime, simuler: bool, ligne: Ligne) -> None:
    _anonymiser(finis_avant(limite, *effacement.SANS_SUITE), simuler, ligne)


def _projets_clos(limite: datetime, simuler: bool, ligne: Ligne) -> None:
    _anonymiser(finis_avant(limite, Statut.CLOS), simuler, ligne)


def _anonymiser(projets: QuerySet[Projet], simuler: bool, ligne: Ligne) -> None:
    ligne.concernes = projets.count()
    for projet in [] if simuler else _par_lots(projets):
        try:
            effacement.anonymiser_projet(projet, f"{ligne.libelle} : gardés {ligne.jours} jours.")
        except ModificationConcurrente:
            journal.info("projet %s modifié pendant la purge : la prochaine s’en occupera", projet.pk)
        else:
            ligne.faits += 1


def _courriels(limite: datetime, simuler: bool, ligne: Ligne) -> None:
    """The text goes, with what its links let do; that a mail was sent, when and about what, stays with its project."""
    vieux = Courriel.objects.filter(etat__in=effacement.COURRIELS_FINIS, cree_le__lt=limite).exclude(
        texte=effacement.TEXTE_EFFACE
    )
    ligne.concernes = vieux.count()
    if not simuler:
        ligne.faits = vieux.update(texte=effacement.TEXTE_EFFACE, html="", erreur="")


def _liens(limite: datetime, simuler: bool, ligne: Ligne) -> None:
    """Those that opened nothing for so long. A delegation by which an opinion was given says who gave it: it stays."""
    invitations = Invitation.objects.filter(cree_le__lt=limite)
    transmissions = Transmission.objects.filter(cree_le__lt=limite, acceptee_le=None)
    membres = MembreStructure.objects.filter(cree_le__lt=limite, accepte_le=None)
    partages = Partage.objects.filter(cree_le__lt=limite, accepte_le=None)
    delegations = DelegationAvis.objects.filter(lien_expire_le__lt=limite, avis__delegation=None)
    for vieux in (invitations, transmissions, membres, partages, delegations):
        ligne.concernes += vieux.count()
        if not simuler:
            with transaction.atomic():
                ligne.faits += vieux.delete()[0]


def _traces(limite: datetime, simuler: bool, ligne: Ligne) -> None:
    """Django's own list of what was done in the administration: the journal keeps what matters of it."""
    vieilles = LogEntry.objects.filter(action_time__lt=limite)
    ligne.concernes = vieilles.count()
    if not simuler:
        ligne.faits = vieilles.delete()[0]


def _par_lots(objets: QuerySet) -> list:
    """At most so many at once: the rest is for the next time."""
    return list(objets.order_by("pk")[:LOT])


# --- accounts ---------------------------------------------------------------------------------------------------------


def comptes_inactifs(limite: datetime) -> QuerySet[Utilisateur]:
    """Accounts that nobody opened since, without a post in the directory nor a project under way."""
    postes = Correspondant.objects.filter(utilisateur=OuterRef("pk"), actif=True)
    en_cours = Projet.objects.filter(porteur=OuterRef("pk")).exclude(depose_le=None)
    en_cours = en_cours.exclude(statut__in=[*effacement.SANS_SUITE, Statut.CLOS])
    return (
        Utilisateur.objects.filter(Q(last_login__lt=limite) | Q(last_login=None), date_joined__lt=limite)
        .exclude(is_superuser=True)
        .exclude(email__endswith=f"@{effacement.DOMAINE}")
        .exclude(Exists(postes))
        .exclude(Exists(en_cours))
    )


def _comptes(limite: datetime, simuler: bool, ligne: Ligne) -> None:
    """Warned first, by a mail that opening the account is enough to answer; erased a month later."""
    avertis = 0
    inactifs = comptes_inactifs(limite)
    ligne.concernes = inactifs.count()
    for compte in _par_lots(inactifs):
        averti = Courriel.objects.filter(cle__startswith=f"{_evenement(compte)}:").order_by("pk").first()
        if averti is None:
            avertis += 1
            if not simuler:
                notifications_comptes.compte_inactif(compte, _evenement(compte), PREAVIS.days)
        elif averti.cree_le < timezone.now() - PREAVIS and not simuler:
            try:
                effacement.effacer_compte(compte, par=None, motif=f"Inactif depuis {ligne.jours} jours, prévenu.")
            except (effacement.EffacementImpossible, ModificationConcurrente) as refus:
                journal.info("compte %s gardé : %s", compte.pk, refus)
            else:
                ligne.faits += 1
    if avertis:
        ligne.remarque = f"{avertis} à prévenir" if simuler else f"{avertis} prévenus"


def _evenement(compte: Utilisateur) -> str:
    """One warning per time of silence: whoever came back is warned again, years later."""
    depuis = compte.last_login or compte.date_joined
    return f"compte-inactif:{compte.pk}:{depuis:%Y%m%d}"
