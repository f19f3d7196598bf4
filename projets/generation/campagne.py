"""The whole of a generation: models, then slices of copies, each in a transaction of its own."""

import dataclasses
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from correspondants.models import Utilisateur

from ..demonstration.comptes import agents_de, creer_comptes
from ..models import Appel, Compteur, Depot, Enveloppe, MontantAccorde, Projet
from . import index
from .copie import Calendrier, Lot, Portees, bornes, copier, derniers, reculer, reserver_les_cles
from .ecrivain import LOTS, analyser, menagement, preparer_la_transaction
from .graphe import Table, tables
from .identites import DOMAINE, cite_du_courriel
from .lignes import PAR_PROJET, Numeros, Redaction, ecrire_les_cites
from .modeles import COURANTS, PASSES, RECENTS, SEUL, Atelier, Famille

TRANCHE = 2500  # projects written by one transaction
BEAUCOUP = 10_000  # copies from which indexes are made again at the end, when there are fewer projects before
# Days at which each step of a family happened: deposit, first reading, opinions, agenda, meeting, bilans, closing. Those of
# this year end today; those of past years turn around the meeting that opened their civil year.
ETAPES_PASSEES = (-75, -60, -45, -10, 0, 270, 290)
ETAPES_COURANTES = (-40, -32, -20, -6, -3, -1, 0)
AMPLITUDE = 45  # days, either side, over which the campaigns of a year are spread


def projets_veritables() -> bool:
    """Whether the database holds a project that neither the demonstration nor a generation made."""
    return Projet.objects.exclude(porteur__email__endswith=f"@{DOMAINE}").exists()


@dataclass(frozen=True)
class Plan:
    """How many copies of each family bring the models to exactly ``nombre`` projects."""

    passes: tuple[Lot, ...]
    recents: tuple[Lot, ...]
    courants: tuple[Lot, ...]
    seuls: tuple[Lot, ...]

    @property
    def cites(self) -> int:
        return max((lot.cite + 1 for lot in (*self.passes, *self.recents, *self.courants, *self.seuls)), default=0)

    @classmethod
    def pour(cls, nombre: int, annees: int, hasard: random.Random, jour: date) -> "Plan":
        reste = nombre - len(PASSES) - len(RECENTS) - len(COURANTS) - len(SEUL)
        campagne = len(RECENTS) + len(COURANTS)
        courants = min(round(nombre / annees / len(COURANTS)), reste // campagne)
        reste -= courants * campagne
        passes, seuls = divmod(reste, len(PASSES))
        anciennes = max(annees - 1, 1)
        lots = []
        for ordre in range(passes):
            cite, recul = divmod(ordre, anciennes)
            recul = anciennes - 1 - recul  # the models are last year's: a small number still covers the years
            depuis = date(jour.year - 1 - recul, 1, 1) + timedelta(days=hasard.randint(-AMPLITUDE, AMPLITUDE))
            lots.append((depuis, Lot(0, cite, recul, recul + 1, (depuis - reculer(jour, recul + 1)).days)))
        lots.sort(key=lambda paire: paire[0])  # so that numbers, keys and dates go the same way
        hiver = date(jour.year - 1, 1, 1)
        ecarts = sorted(hasard.randint(-AMPLITUDE, AMPLITUDE) for _ in range(courants))
        origine = (hiver - reculer(jour, 1)).days

        def en_cours(combien: int) -> tuple[Lot, ...]:
            jours = sorted(-hasard.randint(0, AMPLITUDE) for _ in range(combien))
            return tuple(Lot(rang, rang, 0, 0, jours[rang]) for rang in range(combien))

        return cls(
            tuple(dataclasses.replace(lot, rang=rang) for rang, (_, lot) in enumerate(lots)),
            tuple(Lot(rang, rang, 0, 1, origine + ecart) for rang, ecart in enumerate(ecarts)),
            en_cours(courants),
            en_cours(seuls),
        )


def generer(nombre: int, *, annees: int, graine: int, mot_de_passe: str | None, dire: Callable[[str], None]) -> None:
    """Adds exactly ``nombre`` projects to the database. What was there is not touched.

    Every slice is a transaction: an interruption leaves whole projects only. Raises ValueError for a number or a span of
    years below one.
    """
    if nombre < 1 or annees < 1:
        raise ValueError("Il faut au moins un projet et une année.")
    jour = timezone.localdate()
    familles = [
        (COURANTS, ETAPES_COURANTES, jour.year),
        (PASSES, ETAPES_PASSEES, jour.year - 1),
        (RECENTS, ETAPES_PASSEES, jour.year - 1),
        (SEUL, ETAPES_COURANTES, jour.year),
    ]
    suffit = nombre >= sum(len(modeles) for modeles, *_ in familles)
    if not suffit:  # models alone, of this year and of the past
        moitie = min(-(-nombre // 2), len(COURANTS))
        familles = [(COURANTS[:moitie], *familles[0][1:]), ((*PASSES, *RECENTS)[: nombre - moitie], *familles[1][1:])]
    atelier, faites = _faire_les_modeles(familles, mot_de_passe, dire)
    if suffit:
        plan = Plan.pour(nombre, annees, random.Random(graine), jour)
        lots = (plan.courants, plan.passes, plan.recents, plan.seuls)
        _copier_tout(atelier, list(zip(faites, lots, strict=True)), plan.cites, dire)
    with transaction.atomic():
        _voter_les_enveloppes(atelier.appel)
    dire("Statistiques de la base…")
    analyser()


Faite = tuple[Famille, dict[str, tuple[int, int]]]


@transaction.atomic
def _faire_les_modeles(
    familles: list[tuple], mot_de_passe: str | None, dire: Callable[[str], None]
) -> tuple[Atelier, list[Faite]]:
    """The models, each family with the keys it was given in each table; the people, common to all, come first."""
    appel = Appel.objects.courant()
    agents = agents_de(creer_comptes(mot_de_passe))
    toutes = tables()
    avant = derniers(toutes)
    atelier = Atelier.ouvrir(appel, agents, _premiere_cite(), mot_de_passe)
    apres = derniers(toutes)
    personnes = bornes(avant, apres)
    faites = []
    for modeles, etapes, annee in familles:
        famille = atelier.jouer(modeles, etapes, annee)
        avant, apres = apres, derniers(toutes)
        faites.append((famille, bornes(avant, apres)))
        dire(f"{len(famille.projets)} modèles par le vrai circuit")
    atelier.personnes = personnes | {
        table.nom: une for table in toutes if table.par_cite for _, ecrites in faites[:1]
        if (une := ecrites.get(table.nom))
    }  # fmt: skip
    return atelier, faites


def _premiere_cite() -> int:
    adresses = Utilisateur.objects.filter(email__startswith="porteur-").values_list("email", flat=True)
    return max(map(cite_du_courriel, adresses), default=-1) + 1


def _copier_tout(
    atelier: Atelier, paires: list[tuple[Faite, tuple[Lot, ...]]], cites: int, dire: Callable[[str], None]
) -> None:
    toutes = tables()
    total = sum(len(famille.projets) * len(lots) for (famille, _), lots in paires)
    with menagement(), _sans_index(toutes, total):
        with transaction.atomic():
            preparer_la_transaction()
            communes = reserver_les_cles(atelier.personnes, cites, par_cite=True)
            portees = [
                Portees(communes | reserver_les_cles(_propres(ecrites, communes), len(lots), par_cite=False))
                for (_, ecrites), lots in paires
            ]
            calendrier = Calendrier.de(paires[0][0][0])
            ecrire_les_cites(toutes, Portees(communes), calendrier, atelier.cite + 1, cites)
        faits = 0
        for ((famille, _), lots), portee in zip(paires, portees, strict=True):
            redaction = None
            for tranche in _tranches(lots, len(famille.projets)):
                with transaction.atomic():
                    preparer_la_transaction()
                    numeros = Numeros(dict(Compteur.objects.values_list("annee", "dernier")))
                    if redaction is None:
                        redaction = Redaction.ouvrir(toutes, portee, Calendrier.de(famille), numeros, atelier.cite + 1)
                    redaction.numeros = numeros
                    _copier_une_tranche(toutes, portee, redaction, tranche)
                faits += len(famille.projets) * len(tranche)
                dire(f"{faits} / {total} projets copiés")


@contextmanager
def _sans_index(toutes: list[Table], copies: int) -> Iterator[None]:
    """Around the pouring of a great many copies: their indexes are made at the end. Those that an interruption left to be made
    are made whatever the number."""
    if copies >= BEAUCOUP and copies > Projet.objects.count():
        index.lever(table.nom for table in toutes)
    try:
        yield
    finally:
        index.poser()


def _propres(ecrites: dict[str, tuple[int, int]], communes: dict) -> dict[str, tuple[int, int]]:
    return {table: une for table, une in ecrites.items() if table not in communes}


def _tranches(lots: tuple[Lot, ...], taille: int) -> Iterator[tuple[Lot, ...]]:
    pas = max(TRANCHE // max(taille, 1), 1)
    return (lots[debut : debut + pas] for debut in range(0, len(lots), pas))


def _copier_une_tranche(toutes: list[Table], portees: Portees, redaction: Redaction, lots: tuple[Lot, ...]) -> None:
    champs = [champ.name for champ in dataclasses.fields(Lot)]
    with connection.cursor() as curseur:
        colonnes = ", ".join(f"{champ} integer {'PRIMARY KEY' if champ == 'rang' else 'NOT NULL'}" for champ in champs)
        curseur.execute(f"CREATE TEMPORARY TABLE {LOTS} ({colonnes})")
        curseur.executemany(
            f"INSERT INTO {LOTS} VALUES ({', '.join(['%s'] * len(champs))})", [dataclasses.astuple(lot) for lot in lots]
        )
    redaction.ecrire(list(lots))
    for table in toutes:
        if table.modele is Depot and redaction.depots_tels_quels:
            copier(table, portees, redaction.calendrier, "donnees", redaction.depots_tels_quels)
        elif not table.par_cite and table.modele not in PAR_PROJET:
            copier(table, portees, redaction.calendrier)
    with connection.cursor() as curseur:
        curseur.execute(f"DROP TABLE {LOTS}")
    for annee, dernier in redaction.numeros.derniers.items():
        Compteur.objects.update_or_create(annee=annee, defaults={"dernier": dernier})


def _voter_les_enveloppes(appel: Appel) -> None:
    """An envelope for each year and funder that has none, a tenth above what was granted."""
    accordes = (
        MontantAccorde.objects.filter(exercice__projet__appel=appel)
        .values_list("exercice__annee", "financeur")
        .annotate(total=Sum("montant"))
        .order_by()
    )
    for annee, financeur, total in accordes:
        Enveloppe.objects.get_or_create(
            appel=appel,
            annee=annee,
            financeur=financeur,
            defaults={"montant": (total * Decimal("1.1")).quantize(Decimal(1))},
        )
