"""The piles of the coordination desk: what awaits a person, since when, and the gesture that settles it. Reads only.

A pile is a filter of the list (``choisir``), so that « tout voir » shows exactly what was counted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from correspondants.models import Utilisateur

from .echeances import EtatBilan, bilans_dus, echeance_due
from .enums import GenreBilan, Statut, StatutBilan
from .models import Appel, AvisIEN, Depot, Exercice, Message, Passage, Projet, SeanceTroika, echeance
from .permissions import est_coordinateur

DELAI_AVIS = timedelta(days=15)  # beyond it, an opinion asked for is late
LIGNES = 3  # rows of each pile on the desk
COMPTE_MAX = 1000  # beyond it, a pile says « 1 000 et plus »: counting further would only be slow

Choix = Callable[[QuerySet[Projet], Utilisateur], QuerySet[Projet]]


@dataclass(frozen=True)
class Attente:
    """One thing that waits. ``lot`` is the code of the action in lot behind the button; empty: the button is a link."""

    numero: str
    titre: str
    structure: str
    depuis: datetime | date
    url: str
    jeton: str
    lot: str = ""


@dataclass(frozen=True)
class File:
    """One kind of work. ``commune``: everybody's, not only that of the coordination in charge."""

    code: str
    libelle: str
    vide: str  # how the pile is named when it is empty
    ton: str
    icone: str
    verbe: str
    choisir: Choix
    lignes: Callable[[QuerySet[Projet], Utilisateur], list[Attente]]
    commune: bool = False


@dataclass(frozen=True)
class Pile:
    file: File
    nombre: int
    lignes: tuple[Attente, ...]
    url: str
    actif: bool

    @property
    def nombre_en_mots(self) -> str:
        return "1\u00a0000 et plus" if self.nombre >= COMPTE_MAX else str(self.nombre)


@dataclass(frozen=True)
class Suite:
    """What comes next, when nothing waits."""

    seance: SeanceTroika | None
    echeance: date | None


# --- which projects -------------------------------------------------------------------------------------------------


def nouveaux(projets: QuerySet[Projet], utilisateur: Utilisateur) -> QuerySet[Projet]:
    """Deposited once and not looked at yet."""
    return projets.filter(~Exists(_redepots()), statut=Statut.DEPOSE)


def reponses(projets: QuerySet[Projet], utilisateur: Utilisateur) -> QuerySet[Projet]:
    """Deposited again, after complements or an adjournment."""
    return projets.filter(Exists(_redepots()), statut=Statut.DEPOSE)


def _redepots() -> QuerySet[Depot]:
    return Depot.objects.filter(projet=OuterRef("pk"), rang__gt=1).order_by()


def avis_en_retard(projets: QuerySet[Projet], utilisateur: Utilisateur) -> QuerySet[Projet]:
    tardifs = AvisIEN.objects.attendus().filter(demande_le__lt=timezone.now() - DELAI_AVIS)
    return projets.filter(pk__in=tardifs.order_by().values("projet"), statut=Statut.AVIS_IEN)


def prets(projets: QuerySet[Projet], utilisateur: Utilisateur) -> QuerySet[Projet]:
    return projets.filter(statut=Statut.PRET)


def bilans_a_examiner(projets: QuerySet[Projet], utilisateur: Utilisateur) -> QuerySet[Projet]:
    return projets.filter(pk__in=_bilans_deposes().values("projet"))


def _bilans_deposes() -> QuerySet[Exercice]:
    return Exercice.objects.filter(bilan__statut=StatutBilan.DEPOSE).order_by()


def bilans_en_retard(projets: QuerySet[Projet], utilisateur: Utilisateur) -> QuerySet[Projet]:
    return projets.filter(pk__in=bilans_retardes().order_by().values("projet"), statut=Statut.VALIDE)


def bilans_retardes() -> QuerySet[Exercice]:
    """Granted Exercices of running projects whose bilan was due and has not come."""
    return bilans_dus().filter(etat=EtatBilan.EN_RETARD, projet__statut=Statut.VALIDE)


def messages_a_lire(projets: QuerySet[Projet], utilisateur: Utilisateur) -> QuerySet[Projet]:
    """From the porteurs in one's charge; from colleagues, on any project."""
    return projets.filter(pk__in=_non_lus(utilisateur).values("projet"))


def _non_lus(utilisateur: Utilisateur) -> QuerySet[Message]:
    messages = Message.objects.non_lus_par(utilisateur).order_by()
    if est_coordinateur(utilisateur):
        charge = Q(projet__coordination__in=utilisateur.roles)
        messages = messages.filter(Q(interne=True) | charge)
    return messages


# --- the first rows of each pile, oldest first ------------------------------------------------------------------------


def _premiers(projets: QuerySet[Projet], depuis: object, ancre: str = "", lot: str = "") -> list[Attente]:
    trouves = (
        projets.annotate(depuis=depuis)
        .order_by("depuis", "pk")
        .select_related("structure")
        .only("numero", "titre", "version", "structure__nom")
    )
    return [_attente(projet, projet.depuis, projet.get_absolute_url() + ancre, lot) for projet in trouves[:LIGNES]]


def _attente(projet: Projet, depuis: datetime | date, url: str, lot: str = "") -> Attente:
    structure = projet.structure.nom if projet.structure else ""
    return Attente(projet.numero, projet.titre, structure, depuis, url, f"{projet.numero}:{projet.version}", lot)


def _lignes_nouveaux(projets: QuerySet[Projet], utilisateur: Utilisateur) -> list[Attente]:
    return _premiers(nouveaux(projets, utilisateur), F("depose_le"))


def _lignes_reponses(projets: QuerySet[Projet], utilisateur: Utilisateur) -> list[Attente]:
    dernier = Depot.objects.filter(projet=OuterRef("pk")).order_by("-rang").values("cree_le")[:1]
    return _premiers(reponses(projets, utilisateur), Subquery(dernier), "#complements")


def _lignes_avis(projets: QuerySet[Projet], utilisateur: Utilisateur) -> list[Attente]:
    demande = AvisIEN.objects.attendus().filter(projet=OuterRef("pk")).order_by("demande_le").values("demande_le")[:1]
    return _premiers(avis_en_retard(projets, utilisateur), Subquery(demande), "#avis", "relancer_avis")


def _lignes_prets(projets: QuerySet[Projet], utilisateur: Utilisateur) -> list[Attente]:
    pret = Passage.objects.filter(projet=OuterRef("pk"), vers=Statut.PRET).exclude(de=Statut.PRET)
    return _premiers(prets(projets, utilisateur), Subquery(pret.order_by("-pk").values("le")[:1]), lot="inscrire")


def _lignes_messages(projets: QuerySet[Projet], utilisateur: Utilisateur) -> list[Attente]:
    anciens = _non_lus(utilisateur).values("projet").annotate(depuis=Min("cree_le")).order_by("depuis")
    choisis = dict(anciens.filter(projet__in=projets.order_by().values("pk")).values_list("projet", "depuis")[:LIGNES])
    trouves = projets.select_related("structure").only("numero", "titre", "version", "structure__nom").in_bulk(choisis)
    return [
        _attente(trouves[pk], depuis, f"{trouves[pk].get_absolute_url()}#messages") for pk, depuis in choisis.items()
    ]


def _lignes_bilans(projets: QuerySet[Projet], utilisateur: Utilisateur) -> list[Attente]:
    deposes = _bilans_deposes().filter(projet__in=projets.order_by().values("pk"))
    trouves = deposes.select_related("projet__structure", "bilan").defer("projet__donnees", "projet__recherche")
    return [
        _attente(
            exercice.projet, exercice.bilan.depose_le, reverse("bilan", args=[exercice.projet.numero, exercice.annee])
        )
        for exercice in trouves.order_by("bilan__depose_le", "pk")[:LIGNES]
    ]


def _lignes_retards(projets: QuerySet[Projet], utilisateur: Utilisateur) -> list[Attente]:
    retards = bilans_retardes().filter(projet__in=projets.order_by().values("pk"))
    trouves = retards.select_related("projet__structure", "projet__appel").defer("projet__donnees", "projet__recherche")
    return [
        _attente(
            exercice.projet, echeance_due(exercice), f"{exercice.projet.get_absolute_url()}#bilans", "relancer_bilans"
        )
        for exercice in trouves.order_by("annee", "pk")[:LIGNES]
    ]


FILES = (
    File(
        "nouveaux", "Nouveaux dépôts à vérifier", "nouveaux dépôts", "info", "deposer", "Vérifier",
        nouveaux, _lignes_nouveaux,
    ),
    File(
        "reponses", "Dossiers redéposés à relire", "réponses aux compléments", "info", "repeter", "Relire",
        reponses, _lignes_reponses,
    ),
    File(
        "messages", "Messages à lire", "messages", "info", "bulle", "Répondre",
        messages_a_lire, _lignes_messages, commune=True,
    ),
    File(
        "avis_en_retard", f"Avis attendus depuis plus de {DELAI_AVIS.days} jours", "avis en retard", "alerte", "horloge",
        "Relancer", avis_en_retard, _lignes_avis,
    ),
    File(
        "prets", "Prêts pour la troïka", "projets prêts pour la troïka", "prune", "calendrier", "Inscrire",
        prets, _lignes_prets, commune=True,
    ),
    File(
        "bilans", "Bilans à examiner", "bilans à examiner", "attente", "livre", "Examiner",
        bilans_a_examiner, _lignes_bilans,
    ),
    File(
        "bilans_en_retard", "Bilans en retard", "bilans en retard", "alerte", "cloche", "Relancer",
        bilans_en_retard, _lignes_retards,
    ),
)  # fmt: skip


def piles(projets: QuerySet[Projet], utilisateur: Utilisateur, courante: str) -> list[Pile]:
    """Every pile of a person, empty or not: two bounded queries each, whatever the number of projects.

    For a coordinator, what is in one's charge and not one's own project; for the other services, everything.
    """
    coordonne = est_coordinateur(utilisateur)
    autrui = projets.exclude(porteur=utilisateur)
    miens = autrui.coordonnes_par(utilisateur) if coordonne else autrui
    liste = []
    for file in FILES:
        charge = coordonne and not file.commune
        choisis = miens if charge else autrui
        nombre = file.choisir(choisis, utilisateur).order_by().values("pk")[:COMPTE_MAX].count()
        lignes = tuple(file.lignes(choisis, utilisateur)) if nombre else ()
        url = f"?a_faire={file.code}{'&coordination=miens' if charge else ''}"
        liste.append(Pile(file, nombre, lignes, url, file.code == courante))
    return liste


def suite() -> Suite:
    """The next meeting, and the next day on which bilans are due."""
    seance = SeanceTroika.objects.ouvertes().filter(date__gte=timezone.now()).order_by("date").first()
    aujourdhui = timezone.localdate()
    annees = range(aujourdhui.year - 1, aujourdhui.year + 2)
    dates = [
        echeance(appel, annee, genre)
        for appel in Appel.objects.filter(courant=True)
        for annee in annees
        for genre in GenreBilan
    ]
    return Suite(seance, min((jour for jour in dates if jour >= aujourdhui), default=None))


def suite_utile(listees: list[Pile]) -> Suite | None:
    """What comes next, read only when nothing waits."""
    return None if any(pile.nombre for pile in listees) else suite()
