"""The piles of the coordination desk: what awaits a person, since when, and the gesture that settles it. Reads only.

A pile is a filter of the list (``choisir``), so that « tout voir » shows exactly what was counted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import COORDINATEURS
from correspondants.models import Utilisateur

from .echeances import bilans_retardes, echeance_due
from .enums import GenreBilan, Statut, StatutBilan
from .fraicheur import retenir
from .models import (
    Appel,
    AvisIEN,
    Depot,
    Exercice,
    Message,
    Passage,
    Projet,
    SeanceTroika,
    echeance,
)
from .permissions import est_coordinateur
from .temps_scolaire import DELAI_AVIS

MEMOIRE_MESSAGES = timedelta(days=180)  # an older message left unread is no longer today's work
LIGNES = 3  # rows of each pile on the desk
COMPTE_MAX = 1000  # beyond it, a pile says « 1 000 et plus »: counting further would only be slow

Choix = Callable[[QuerySet[Projet], Utilisateur], QuerySet[Projet]]


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
            condition &= Q(**{f"{chemin}coordination__in": self.coordinations})
        return condition


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
    commune: bool = False
    lignes: Callable[[Perimetre], list[Attente]] | None = None
    sonder: Callable[[Perimetre], tuple[int, list[Attente]]] | None = None  # both at once, where that is quicker

    def lire(self, ou: Perimetre) -> tuple[int, list[Attente]]:
        """How many projects, at most ``COMPTE_MAX``, and the first of what waits."""
        if self.sonder:
            return self.sonder(ou)
        nombre = self.choisir(ou.projets(), ou.utilisateur).order_by().values("pk")[:COMPTE_MAX].count()
        return nombre, self.lignes(ou) if nombre else []


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


def messages_a_lire(projets: QuerySet[Projet], utilisateur: Utilisateur) -> QuerySet[Projet]:
    """From the porteurs in one's charge; from colleagues, on any project."""
    return projets.filter(pk__in=_non_lus(utilisateur).values("projet"))


def _non_lus(utilisateur: Utilisateur) -> QuerySet[Message]:
    recents = Message.objects.filter(cree_le__gte=timezone.now() - MEMOIRE_MESSAGES)
    messages = recents.non_lus_par(utilisateur).order_by()
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


def _lignes_nouveaux(ou: Perimetre) -> list[Attente]:
    # An expression, so that the few new ones are sorted: the index of the dates would be read from the first deposit.
    return _premiers(nouveaux(ou.projets(), ou.utilisateur), Coalesce("depose_le", "cree_le"))


def _lignes_reponses(ou: Perimetre) -> list[Attente]:
    dernier = Depot.objects.filter(projet=OuterRef("pk")).order_by("-rang").values("cree_le")[:1]
    return _premiers(reponses(ou.projets(), ou.utilisateur), Subquery(dernier), "#complements")


def _lignes_avis(ou: Perimetre) -> list[Attente]:
    demande = AvisIEN.objects.attendus().filter(projet=OuterRef("pk")).order_by("demande_le").values("demande_le")[:1]
    return _premiers(avis_en_retard(ou.projets(), ou.utilisateur), Subquery(demande), "#avis", "relancer_avis")


def _lignes_prets(ou: Perimetre) -> list[Attente]:
    pret = Passage.objects.filter(projet=OuterRef("pk"), vers=Statut.PRET).exclude(de=Statut.PRET)
    depuis = Subquery(pret.order_by("-pk").values("le")[:1])
    return _premiers(prets(ou.projets(), ou.utilisateur), depuis, lot="inscrire")


def _sonder_messages(ou: Perimetre) -> tuple[int, list[Attente]]:
    """Unread messages in the order of time (an index gives them), grouped by project here."""
    non_lus = _non_lus(ou.utilisateur).filter(ou.par("projet__")).order_by("cree_le")
    premiers: dict[int, datetime] = {}
    for projet, moment in non_lus.values_list("projet", "cree_le")[: 2 * COMPTE_MAX]:
        premiers.setdefault(projet, moment)
    choisis = dict(islice(premiers.items(), LIGNES))
    lus = Projet.objects.select_related("structure").only("numero", "titre", "version", "structure__nom")
    trouves = lus.in_bulk(choisis)
    lignes = [
        _attente(trouves[pk], depuis, f"{trouves[pk].get_absolute_url()}#messages") for pk, depuis in choisis.items()
    ]
    return min(len(premiers), COMPTE_MAX), lignes


def _lignes_bilans(ou: Perimetre) -> list[Attente]:
    trouves = _bilans_deposes().filter(ou.par("projet__")).select_related("projet__structure", "bilan")
    return [
        _attente(
            exercice.projet, exercice.bilan.depose_le, reverse("bilan", args=[exercice.projet.numero, exercice.annee])
        )
        for exercice in _legers(trouves).order_by("bilan__depose_le", "pk")[:LIGNES]
    ]


def _sonder_retards(ou: Perimetre) -> tuple[int, list[Attente]]:
    """Late bilans, the oldest civil year first: looked for once."""
    retards = bilans_retardes().filter(ou.par("projet__")).order_by("annee", "pk")
    trouves = list(retards.values_list("pk", "projet")[: 2 * COMPTE_MAX])
    premiers = [pk for pk, _ in trouves[:LIGNES]]
    # Read again by key: ``suivi``, which tells the due date, comes with the query.
    lus = _legers(
        bilans_retardes().filter(pk__in=premiers).select_related("projet__structure", "projet__appel", "bilan")
    )
    lignes = [
        _attente(
            exercice.projet,
            echeance_due(exercice),
            f"{exercice.projet.get_absolute_url()}#bilans",
            "relancer_bilans",
        )
        for exercice in lus.order_by("annee", "pk")
    ]
    return min(len({projet for _, projet in trouves}), COMPTE_MAX), lignes


def _legers(exercices: QuerySet[Exercice]) -> QuerySet[Exercice]:
    return exercices.defer("projet__donnees", "projet__recherche", "projet__lecture")


FILES = (
    File(
        "nouveaux", "Nouveaux dépôts à vérifier", "nouveaux dépôts", "info", "deposer", "Vérifier",
        nouveaux, lignes=_lignes_nouveaux,
    ),
    File(
        "reponses", "Dossiers redéposés à relire", "réponses aux compléments", "info", "repeter", "Relire",
        reponses, lignes=_lignes_reponses,
    ),
    File(
        "messages", "Messages à lire", "messages", "info", "bulle", "Répondre",
        messages_a_lire, sonder=_sonder_messages, commune=True,
    ),
    File(
        "avis_en_retard", f"Avis attendus depuis plus de {DELAI_AVIS.days} jours", "avis en retard", "alerte", "horloge",
        "Relancer", avis_en_retard, lignes=_lignes_avis,
    ),
    File(
        "prets", "Prêts pour la troïka", "projets prêts pour la troïka", "prune", "calendrier", "Inscrire",
        prets, lignes=_lignes_prets, commune=True,
    ),
    File(
        "bilans", "Bilans à examiner", "bilans à examiner", "attente", "livre", "Examiner",
        bilans_a_examiner, lignes=_lignes_bilans,
    ),
    File(
        "bilans_en_retard", "Bilans en retard", "bilans en retard", "alerte", "cloche", "Relancer",
        bilans_en_retard, sonder=_sonder_retards,
    ),
)  # fmt: skip


_PAR_CODE = {file.code: file for file in FILES}


def piles(utilisateur: Utilisateur, courante: str, vue: str) -> list[Pile]:
    """Every pile of a person, empty or not: two bounded queries each, whatever the number of projects.

    For a coordinator, what is in one's charge and not one's own project; for the other services, everything. Read again
    as soon as something happened (``vue``, a ``fraicheur.marque``).
    """
    quoi = f"piles:{utilisateur.pk}:{','.join(sorted(utilisateur.roles))}"
    lues = retenir(vue, quoi, lambda: _lire_les_piles(utilisateur))
    return [Pile(_PAR_CODE[code], nombre, lignes, url, code == courante) for code, nombre, lignes, url in lues]


def _lire_les_piles(utilisateur: Utilisateur) -> list[tuple[str, int, tuple[Attente, ...], str]]:
    miennes = COORDINATEURS & utilisateur.roles if est_coordinateur(utilisateur) else None
    liste = []
    for file in FILES:
        ou = Perimetre(utilisateur, None if file.commune else miennes)
        nombre, lignes = file.lire(ou)
        url = f"?a_faire={file.code}{'' if ou.coordinations is None else '&coordination=miens'}"
        liste.append((file.code, nombre, tuple(lignes), url))
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
