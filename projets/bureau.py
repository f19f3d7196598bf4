"""The piles of the coordination desk: which projects await a person, and since when. Reads only; ``piles`` reads them.

A pile is a filter of the list (``choisir``), so that « tout voir » shows exactly what was counted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from correspondants.models import Utilisateur

from .echeances import bilans_retardes
from .enums import Statut, StatutBilan
from .models import AvisIEN, Depot, Exercice, Message, Projet
from .permissions import est_coordinateur
from .temps_scolaire import DELAI_AVIS

MEMOIRE_MESSAGES = timedelta(days=180)  # an older message left unread is no longer today's work

Choix = Callable[[QuerySet[Projet], Utilisateur, datetime], QuerySet[Projet]]  # as things are at that moment


@dataclass(frozen=True)
class Perimetre:
    """Whose work is looked at: deposited projects of others, those of some coordinations or (None) of all."""

    utilisateur: Utilisateur
    coordinations: frozenset[str] | None

    def projets(self) -> QuerySet[Projet]:
        return Projet.objects.deposes_visibles_par(self.utilisateur).filter(self.par())

    def par(self, chemin: str = "") -> Q:
        """The condition on a project, reached from another table by ``chemin`` (« projet__ »)."""
        condition = Q(**{f"{chemin}depose_le__isnull": False}) & ~Q(**{f"{chemin}porteur": self.utilisateur})
        if self.coordinations is not None:
            condition &= Q(**{f"{chemin}coordination__in": sorted(self.coordinations)})
        return condition


@dataclass(frozen=True)
class File:
    """One kind of work. ``commune``: everybody's, not only that of the coordination in charge.

    ``depuis`` is the moment of the project that the pile is sorted by, when projects are what waits; ``ancre`` the place of
    their page that tells of it. ``lot`` is the code of the action in lot behind the button; empty: the button is a link.
    """

    code: str
    libelle: str
    vide: str  # how the pile is named when it is empty
    ton: str
    icone: str
    verbe: str
    choisir: Choix
    commune: bool = False
    depuis: Callable[[], object] | None = None
    ancre: str = ""
    lot: str = ""


# --- which projects -------------------------------------------------------------------------------------------------


def nouveaux(projets: QuerySet[Projet], utilisateur: Utilisateur, a: datetime) -> QuerySet[Projet]:
    """Deposited once and not looked at yet."""
    return projets.filter(~Exists(_redepots()), statut=Statut.DEPOSE)


def reponses(projets: QuerySet[Projet], utilisateur: Utilisateur, a: datetime) -> QuerySet[Projet]:
    """Deposited again, after complements or an adjournment."""
    return projets.filter(Exists(_redepots()), statut=Statut.DEPOSE)


def _redepots() -> QuerySet[Depot]:
    return Depot.objects.filter(projet=OuterRef("pk"), rang__gt=1).order_by()


def avis_en_retard(projets: QuerySet[Projet], utilisateur: Utilisateur, a: datetime) -> QuerySet[Projet]:
    return projets.filter(pk__in=avis_tardifs(a).order_by().values("projet"), statut=Statut.AVIS_IEN)


def avis_tardifs(a: datetime) -> QuerySet[AvisIEN]:
    return AvisIEN.objects.attendus().filter(demande_le__lt=a - DELAI_AVIS)


def prets(projets: QuerySet[Projet], utilisateur: Utilisateur, a: datetime) -> QuerySet[Projet]:
    return projets.filter(statut=Statut.PRET)


def bilans_a_examiner(projets: QuerySet[Projet], utilisateur: Utilisateur, a: datetime) -> QuerySet[Projet]:
    return projets.filter(pk__in=bilans_deposes().values("projet"))


def bilans_deposes() -> QuerySet[Exercice]:
    return Exercice.objects.filter(bilan__statut=StatutBilan.DEPOSE).order_by()


def bilans_en_retard(projets: QuerySet[Projet], utilisateur: Utilisateur, a: datetime) -> QuerySet[Projet]:
    return projets.filter(
        pk__in=bilans_retardes(timezone.localdate(a)).order_by().values("projet"), statut=Statut.VALIDE
    )


def messages_a_lire(projets: QuerySet[Projet], utilisateur: Utilisateur, a: datetime) -> QuerySet[Projet]:
    """From the porteurs in one's charge; from colleagues, on any project."""
    return projets.filter(pk__in=non_lus(utilisateur, a).values("projet"))


def non_lus(utilisateur: Utilisateur, a: datetime) -> QuerySet[Message]:
    recents = Message.objects.filter(cree_le__gte=a - MEMOIRE_MESSAGES)
    messages = recents.non_lus_par(utilisateur).order_by()
    if est_coordinateur(utilisateur):
        charge = Q(projet__coordination__in=utilisateur.roles)
        messages = messages.filter(Q(interne=True) | charge)
    return messages


def _depuis_le_redepot() -> Subquery:
    return Subquery(Depot.objects.filter(projet=OuterRef("pk")).order_by("-rang").values("cree_le")[:1])


FILES = (
    File(
        "nouveaux", "Nouveaux dépôts à vérifier", "nouveaux dépôts", "info", "deposer", "Vérifier",
        nouveaux, depuis=lambda: F("depose_le"),
    ),
    File(
        "reponses", "Dossiers redéposés à relire", "réponses aux compléments", "info", "repeter", "Relire",
        reponses, depuis=_depuis_le_redepot, ancre="#complements",
    ),
    File(
        "messages", "Messages à lire", "messages", "info", "bulle", "Répondre",
        messages_a_lire, commune=True, ancre="#messages",
    ),
    File(
        "avis_en_retard", f"Avis attendus depuis plus de {DELAI_AVIS.days} jours", "avis en retard", "alerte", "horloge",
        "Relancer", avis_en_retard, ancre="#avis", lot="relancer_avis",
    ),
    File(
        "prets", "Prêts pour la troïka", "projets prêts pour la troïka", "prune", "calendrier", "Inscrire",
        prets, commune=True, depuis=lambda: F("statut_depuis"), lot="inscrire",
    ),
    File("bilans", "Bilans à examiner", "bilans à examiner", "attente", "livre", "Examiner", bilans_a_examiner),
    File(
        "bilans_en_retard", "Bilans en retard", "bilans en retard", "alerte", "cloche", "Relancer",
        bilans_en_retard, ancre="#bilans", lot="relancer_bilans",
    ),
)  # fmt: skip
