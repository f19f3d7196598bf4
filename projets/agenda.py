"""What a person's calendar holds: meetings, bilans, opinions and complements with their day. Reads only.

Rights are those of the moment of reading, and the number of queries does not depend on what there is. Titles, dates and
places only: an address that is passed on gives neither a name, nor a mail, nor a telephone number.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator

from correspondants.enums import COORDINATEURS
from correspondants.models import Utilisateur

from .echeances import bilans_non_remis, echeance_due, genre_de
from .enums import GenreBilan, Statut
from .models import Appel, AvisIEN, DemandeComplements, Projet, SeanceTroika, echeance
from .pagination import COMPTE_MAX, compter
from .permissions import est_concerne_par_les_seances, est_coordinateur
from .temps_scolaire import DELAI_AVIS
from .valeurs import INSECABLE

MEMOIRE = timedelta(days=366)  # what is older has left the calendar
DUREE_SEANCE_VIDE = timedelta(hours=1)  # until projects are on the agenda
TITRE_MAX = 120  # characters of the title of a project


@dataclass(frozen=True)
class Evenement:
    """One line of a calendar. ``debut`` and ``fin`` are moments, or ``debut`` alone is a whole day. ``chemin``: its page.

    ``uid`` never changes for the same thing; ``sequence`` grows when a meeting moves.
    """

    uid: str
    titre: str
    debut: date | datetime
    chemin: str
    modifie_le: datetime
    fin: datetime | None = None
    description: str = ""
    lieu: str = ""
    sequence: int = 0
    annule: bool = False


def evenements(utilisateur: Utilisateur) -> list[Evenement]:
    """Everything that has its day for this person, from a year ago on, in the order of time."""
    depuis = timezone.localdate() - MEMOIRE
    trouves = [
        *map(evenement_de, avec_ordre_du_jour(_seances(utilisateur, depuis))),
        *_bilans_a_remettre(utilisateur, depuis),
        *_bilans_suivis(utilisateur, depuis),
        *map(_avis_a_rendre, _avis(utilisateur)),
        *_complements(utilisateur),
    ]
    return sorted(trouves, key=_rang)


@dataclass(frozen=True)
class Suite:
    """The next events of a calendar, from today on, and how many there are: of each kind, ``COMPTE_MAX`` at most."""

    prochains: list[Evenement]
    nombre: int
    en_partie: bool


def a_venir(utilisateur: Utilisateur, combien: int) -> Suite:
    """The first of ``evenements`` from today on, ``combien`` at most: what is not shown is counted, not read."""
    aujourdhui = timezone.localdate()
    seances, avis = _seances(utilisateur, aujourdhui), _avis(utilisateur, aujourdhui)
    comptes = [compter(seances), compter(avis)]
    premieres = SeanceTroika.objects.filter(pk__in=list(seances.values_list("pk", flat=True)[:combien]))
    autres = [
        *_bilans_a_remettre(utilisateur, aujourdhui),
        *_bilans_suivis(utilisateur, aujourdhui),
        *(un for un in _complements(utilisateur) if un.debut >= aujourdhui),
    ]
    trouves = [*map(evenement_de, avec_ordre_du_jour(premieres)), *map(_avis_a_rendre, avis[:combien]), *autres]
    return Suite(
        sorted(trouves, key=_rang)[:combien], sum(comptes) + len(autres), any(un >= COMPTE_MAX for un in comptes)
    )


def _rang(evenement: Evenement) -> tuple[date, str]:
    return jour(evenement.debut), evenement.uid


def jour(moment: date | datetime) -> date:
    """The day of an event, in local time."""
    return timezone.localtime(moment).date() if isinstance(moment, datetime) else moment


# --- meetings ---------------------------------------------------------------------------------------------------------


def _seances(utilisateur: Utilisateur, depuis: date) -> QuerySet[SeanceTroika]:
    seances = SeanceTroika.objects.filter(date__gte=_minuit(depuis)).order_by("date", "pk")
    return seances if est_concerne_par_les_seances(utilisateur) else seances.none()


def _minuit(jour: date) -> datetime:
    """When a day begins here."""
    return timezone.make_aware(datetime.combine(jour, time.min))


def avec_ordre_du_jour(seances: object) -> object:
    """Adds ``nombre`` of projects and ``minutes`` (None without any), which ``evenement_de`` needs."""
    return seances.annotate(nombre=Count("points"), minutes=Sum("points__duree_minutes"))


def evenement_de(seance: SeanceTroika) -> Evenement:
    """One meeting, read with ``avec_ordre_du_jour``."""
    duree = timedelta(minutes=seance.minutes) if seance.minutes else DUREE_SEANCE_VIDE
    pluriel = "s" if seance.nombre > 1 else ""
    return Evenement(
        uid=f"seance-{seance.pk}",
        titre="Séance de la troïka",
        debut=seance.date,
        fin=seance.date + duree,
        lieu=seance.lieu,
        description=f"{seance.nombre or 'Aucun'} projet{pluriel} à l’ordre du jour.",
        chemin=reverse("troika_seance", args=[seance.pk]),
        modifie_le=seance.modifiee_le,
        sequence=seance.sequence,
    )


# --- bilans -----------------------------------------------------------------------------------------------------------


def _bilans_a_remettre(utilisateur: Utilisateur, depuis: date) -> Iterator[Evenement]:
    """Those of one's own projects, each on its due date."""
    attendus = bilans_non_remis().filter(projet__porteur=utilisateur, annee__gte=depuis.year - 1)
    legers = attendus.select_related("projet__appel", "bilan").defer(
        "projet__donnees", "projet__recherche", "projet__lecture"
    )
    for exercice in legers.order_by("pk"):
        echeant = echeance_due(exercice)
        if echeant >= depuis:
            yield Evenement(
                uid=f"bilan-{exercice.pk}",
                titre=f"{_GENRES[genre_de(exercice)][0].capitalize()} à remettre{INSECABLE}: {_nom(exercice.projet)}",
                debut=echeant,
                description=f"Année {exercice.annee}.",
                chemin=reverse("bilan", args=[exercice.projet.numero, exercice.annee]),
                modifie_le=exercice.projet.modifie_le,
            )


def _bilans_suivis(utilisateur: Utilisateur, depuis: date) -> Iterator[Evenement]:
    """Those that a coordinator waits for: one line per due date, since hundreds fall on the same day."""
    if not est_coordinateur(utilisateur):
        return
    suivis = Q(projet__coordination__in=COORDINATEURS & utilisateur.roles) & ~Q(projet__porteur=utilisateur)
    groupes = (
        bilans_non_remis()
        .filter(suivis, annee__gte=depuis.year - 1)
        .values_list("projet__appel", "annee", "suivi")
        .annotate(nombre=Count("pk"), modifie=Max("projet__modifie_le"))
        .order_by()
    )
    appels, attendus = {appel.pk: appel for appel in Appel.objects.all()}, defaultdict(list)
    for appel, annee, suivi, nombre, modifie in groupes:
        genre = GenreBilan.INTERMEDIAIRE if suivi else GenreBilan.DEFINITIF
        attendus[echeance(appels[appel], annee, genre), genre].append((nombre, modifie))
    for (echeant, genre), lus in attendus.items():
        nombre = sum(combien for combien, _ in lus)
        pluriel = "s" if nombre > 1 else ""
        if echeant >= depuis:
            yield Evenement(
                uid=f"bilans-{genre}-{echeant:%Y%m%d}",
                titre=f"{nombre} {_GENRES[genre][nombre > 1]} attendu{pluriel}",
                debut=echeant,
                chemin=reverse("bilans"),
                modifie_le=max(modifie for _, modifie in lus),
            )


_GENRES = {
    GenreBilan.INTERMEDIAIRE: ("bilan intermédiaire", "bilans intermédiaires"),
    GenreBilan.DEFINITIF: ("bilan définitif", "bilans définitifs"),
}


# --- opinions and complements -----------------------------------------------------------------------------------------


def _avis(utilisateur: Utilisateur, depuis: date | None = None) -> QuerySet[AvisIEN]:
    """Opinions asked of the person and not given yet, the oldest request first; ``depuis``: those whose day had not come then."""
    attendus = AvisIEN.objects.attendus().visibles_par(utilisateur).filter(projet__statut=Statut.AVIS_IEN)
    if depuis:
        attendus = attendus.filter(demande_le__gte=_minuit(depuis) - DELAI_AVIS)
    lus = attendus.select_related("projet").only("demande_le", "projet__numero", "projet__titre")
    return lus.order_by("demande_le", "pk")


def _avis_a_rendre(avis: AvisIEN) -> Evenement:
    """On the last day of the time it is asked within."""
    return Evenement(
        uid=f"avis-{avis.pk}",
        titre=f"Avis à rendre{INSECABLE}: {_nom(avis.projet)}",
        debut=jour(avis.demande_le + DELAI_AVIS),
        chemin=reverse("avis_rendre", args=[avis.pk]),
        modifie_le=avis.demande_le,
    )


def _complements(utilisateur: Utilisateur) -> Iterator[Evenement]:
    """The day an answer of the porteur is hoped for, when the coordination named one."""
    demandes = DemandeComplements.objects.filter(
        close_le=None, attendue_le__isnull=False, projet__statut=Statut.A_COMPLETER, projet__porteur=utilisateur
    )
    lues = demandes.select_related("projet").only("attendue_le", "cree_le", "projet__numero", "projet__titre")
    for demande in lues.order_by("pk"):
        yield Evenement(
            uid=f"complements-{demande.pk}",
            titre=f"Compléments à envoyer{INSECABLE}: {_nom(demande.projet)}",
            debut=demande.attendue_le,
            chemin=demande.projet.get_absolute_url(),
            modifie_le=demande.cree_le,
        )


def _nom(projet: Projet) -> str:
    """« 2026-0012, Une mare pédagogique »."""
    return f"{projet.numero}, {Truncator(projet.titre).chars(TITRE_MAX)}" if projet.titre else projet.numero
