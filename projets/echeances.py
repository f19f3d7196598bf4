"""Bilans owed: which granted Exercices wait for one, since when, and its state for those who wait. Reads only."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from django.db import models
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from cite_educative.preparees import Preparee

from . import cumuls
from .enums import GenreBilan, Statut, StatutBilan
from .faits import RETOURNE, Axe
from .models import Appel, Bilan, Exercice, MontantAccorde, echeance, echeance_prolongee

_EUROS = models.DecimalField(max_digits=14, decimal_places=2)


class EtatBilan(models.TextChoices):
    """Where the bilan of a granted Exercice stands for those who wait for it; a draft is nobody's but its porteur's."""

    A_EXAMINER = "a_examiner", "À examiner"
    EN_RETARD = "en_retard", "En retard"
    A_COMPLETER = "a_completer", "À compléter"
    ATTENDU = "attendu", "Attendu"
    ACCEPTE = "accepte", "Accepté"

    @property
    def libelle_porteur(self) -> str:
        return {"a_examiner": "Déposé, en cours d’examen", "attendu": "À remettre"}.get(self.value, self.label)

    @property
    def ton(self) -> str:
        return {"a_examiner": "info", "en_retard": "alerte", "accepte": "succes", "a_completer": "attente"}.get(
            self.value, "neutre"
        )

    @property
    def icone(self) -> str:
        return {"a_examiner": "oeil", "en_retard": "attention", "accepte": "coche-cercle", "a_completer": "retour"}.get(
            self.value, "horloge"
        )


class DatesAppel(NamedTuple):
    """What the due dates of one edition are worked out from: a light Appel."""

    pk: int
    bilan_intermediaire_mois: int
    bilan_intermediaire_jour: int
    bilan_definitif_mois: int


def dates_des_appels() -> tuple[DatesAppel, ...]:
    return tuple(DatesAppel(*ligne) for ligne in _dates_des_appels().lire())


@cache
def _dates_des_appels() -> Preparee:
    return Preparee(lambda: Appel.objects.order_by("pk").values_list(*DatesAppel._fields))


def avec_accorde(exercices: QuerySet[Exercice]) -> QuerySet[Exercice]:
    """Adds ``accorde`` without joining: other sums over the same rows stay right."""
    total = (
        MontantAccorde.objects.filter(exercice=OuterRef("pk"), decision__publiee=True)
        .order_by()
        .values("exercice")
        .annotate(total=Sum("montant"))
        .values("total")
    )
    return exercices.annotate(
        accorde=Coalesce(Subquery(total, output_field=_EUROS), Value(Decimal(0)), output_field=_EUROS)
    )


def bilans_dus(jour: date | None = None, appels: tuple[DatesAppel, ...] | None = None) -> QuerySet[Exercice]:
    """Granted Exercices, with ``accorde``, ``suivi`` (a later civil year follows) and ``etat`` (EtatBilan) that day.

    ``appels``: the editions' due dates, when they have been read already."""
    jour = jour or timezone.localdate()
    plus_tard = Exercice.objects.filter(projet=OuterRef("projet"), annee__gt=OuterRef("annee"))
    # Found, not added up: the sum is worked out for the rows that are shown.
    dus = avec_accorde(Exercice.objects.filter(_finances())).annotate(suivi=Exists(plus_tard))
    return dus.annotate(
        etat=Case(
            When(bilan__statut=StatutBilan.ACCEPTE, then=Value(EtatBilan.ACCEPTE)),
            When(bilan__statut=StatutBilan.DEPOSE, then=Value(EtatBilan.A_EXAMINER)),
            When(_echu(jour, appels), then=Value(EtatBilan.EN_RETARD)),
            # Without a reason it was not sent back: new dates were accepted (``Bilan.attend_la_suite``).
            When(~Q(bilan__motif_retour=""), bilan__statut=StatutBilan.A_COMPLETER, then=Value(EtatBilan.A_COMPLETER)),
            default=Value(EtatBilan.ATTENDU),
            output_field=models.CharField(),
        )
    )


REMIS = {EtatBilan.ACCEPTE: StatutBilan.ACCEPTE, EtatBilan.A_EXAMINER: StatutBilan.DEPOSE}
# A project is closed once all its bilans are accepted (``gardes``): nothing else is owed by those.
EN_COURS = [statut for statut in Statut if statut is not Statut.CLOS]


def dans_l_etat(dus: QuerySet[Exercice], etat: EtatBilan) -> QuerySet[Exercice]:
    """Those of ``bilans_dus`` that are in one state, asked so that an index finds them: the state is worked out row by row."""
    dus = dus.filter(etat=etat)
    return dus.filter(bilan__statut=REMIS[etat]) if etat in REMIS else dus.filter(projet__statut__in=EN_COURS)


Comptes = list[tuple[int, str, int]]  # civil year, state, number


def comptes_par_etat(dus: QuerySet[Exercice]) -> Comptes:
    """Civil year, state and number of the rows of ``bilans_dus``: the many that are deposited or accepted are counted by the
    statut of their bilan, the others are looked for among running projects."""
    remis, autres = requetes_des_comptes(dus)
    return compter([*remis, *autres])


def requetes_des_comptes(dus: QuerySet[Exercice]) -> tuple[QuerySet[Exercice], QuerySet[Exercice]]:
    remis = dus.filter(bilan__statut__in=REMIS.values()).order_by().values_list("annee", "bilan__statut")
    autres = dus.filter(projet__statut__in=EN_COURS).exclude(bilan__statut__in=REMIS.values()).order_by()
    return remis.annotate(nombre=Count("pk")), autres.values_list("annee", "etat").annotate(nombre=Count("pk"))


def comptes_des_remis() -> QuerySet[Bilan]:
    """What the first of ``requetes_des_comptes`` gives for all, asked of the bilans alone: no project is looked at."""
    finance = MontantAccorde.objects.publies().filter(exercice=OuterRef("exercice"), montant__gt=0).order_by()
    remis = Bilan.objects.filter(Exists(finance), statut__in=REMIS.values()).order_by()
    return remis.values_list("exercice__annee", "statut").annotate(nombre=Count("pk"))


def compter(lignes: Iterable[tuple[int, str, int]]) -> Comptes:
    """The rows of both queries, each under its state."""
    etats = {statut.value: etat.value for etat, statut in REMIS.items()}
    return [(annee, etats.get(etat, etat), nombre) for annee, etat, nombre in lignes]


def etats_tenus(cellules: Iterable[tuple[int, str, int]], jour: date) -> "list[tuple[int, EtatBilan, bool, int]]":
    """From (civil year, ``cle``, rank) of kept cells of bilans (``faits.Axe.BILAN``): the year, the state of that day, whether
    the list of bilans counts it, the rank. What is owed by a closed project is counted by no list."""
    appels = {appel.pk: appel for appel in dates_des_appels()}
    lus = []
    for annee, cle, rang in cellules:
        appel, suivi, etat, clos, prolonge = cle.split(":")
        if etat in _REMIS_TENUS:
            lus.append((annee, _REMIS_TENUS[etat], True, rang))
            continue
        genre = GenreBilan.INTERMEDIAIRE if suivi == "1" else GenreBilan.DEFINITIF
        jusqu_au = date.fromisoformat(prolonge) if prolonge else None
        if echeance_prolongee(echeance(appels[int(appel)], annee, genre), jusqu_au) < jour:
            du_jour = EtatBilan.EN_RETARD
        else:
            du_jour = EtatBilan.A_COMPLETER if etat == RETOURNE else EtatBilan.ATTENDU
        lus.append((annee, du_jour, clos == "0", rang))
    return lus


def comptes_tenus(jour: date) -> Comptes | None:
    """What ``comptes_par_etat`` gives for all projects, read in the kept sums; None when they are not up to date."""
    return lire_les_comptes_tenus(jour) if cumuls.a_jour() else None


def lire_les_comptes_tenus(jour: date) -> Comptes:
    """The same, of sums known to be up to date."""
    lignes = [ligne for ligne in cumuls.lire(None, {"": (Axe.BILAN,)}) if ligne[4]]
    comptes: Counter[tuple[int, str]] = Counter()
    for annee, etat, compte, rang in etats_tenus(
        ((ligne[0], ligne[3], rang) for rang, ligne in enumerate(lignes)), jour
    ):
        if compte:
            comptes[annee, etat.value] += lignes[rang][4]
    return [(annee, etat, nombre) for (annee, etat), nombre in sorted(comptes.items())]


_REMIS_TENUS = {statut.value: etat for etat, statut in REMIS.items()}


def bilans_non_remis() -> QuerySet[Exercice]:
    """Granted Exercices of running projects whose bilan is neither deposited nor accepted, with ``suivi``."""
    plus_tard = Exercice.objects.filter(projet=OuterRef("projet"), annee__gt=OuterRef("annee"))
    remis = Bilan.objects.filter(exercice=OuterRef("pk"), statut__in=[StatutBilan.DEPOSE, StatutBilan.ACCEPTE])
    return (
        Exercice.objects.filter(~Exists(remis.order_by()), projet__statut=Statut.VALIDE)  # first: nearly all have one
        .annotate(suivi=Exists(plus_tard))
        .filter(_finances())
    )


def _finances() -> Exists:
    """A published decision granted money to the Exercice."""
    return Exists(MontantAccorde.objects.publies().filter(exercice=OuterRef("pk"), montant__gt=0).order_by())


def bilans_retardes(jour: date | None = None, appels: tuple[DatesAppel, ...] | None = None) -> QuerySet[Exercice]:
    """The Exercices of running projects that are EN_RETARD that day, with ``suivi``: those of ``bilans_dus``, asked so
    that a hundred thousand closed projects are not added up to find the few that are late."""
    return bilans_non_remis().filter(_echu(jour or timezone.localdate(), appels))


def _echu(jour: date, appels: tuple[DatesAppel, ...] | None = None) -> Q:
    """Condition on an Exercice with ``suivi``: its bilan was due before that day. One term per edition and kind."""
    condition = Q(pk__in=[])
    for appel, suivi, derniere in annees_echues(jour, dates_des_appels() if appels is None else appels):
        condition |= Q(projet__appel=appel, annee__lte=derniere, suivi=suivi)
    prolonges = Bilan.objects.filter(exercice=OuterRef("pk"), prolonge_au__gte=jour).order_by()
    return condition & ~Exists(prolonges)


def annees_echues(jour: date, appels: tuple[DatesAppel, ...]) -> Iterator[tuple[int, bool, int]]:
    """Of each edition, of the years that another follows and of the last ones: the last whose bilan was due before that day."""
    for appel in appels:
        for genre in GenreBilan:
            # Due dates follow the years: the last year due says it of all those before.
            derniere = next(annee for annee in range(jour.year, 0, -1) if echeance(appel, annee, genre) < jour)
            yield appel.pk, genre == GenreBilan.INTERMEDIAIRE, derniere


def echeance_due(exercice: Exercice) -> date:
    """Due date of a row of ``bilans_dus``, without a query (``projet__appel`` and ``bilan`` selected)."""
    reguliere = echeance(exercice.projet.appel, exercice.annee, genre_de(exercice))
    return echeance_prolongee(reguliere, exercice.prolonge_au)


def genre_de(exercice: Exercice) -> GenreBilan:
    return GenreBilan.INTERMEDIAIRE if exercice.suivi else GenreBilan.DEFINITIF


def delai_en_mots(jour_du: date, aujourdhui: date) -> str:
    """« en retard de 12 jours », « à remettre aujourd’hui », « dans 5 jours »."""
    jours = (jour_du - aujourdhui).days
    pluriel = "s" if abs(jours) > 1 else ""
    if jours < 0:
        return f"en retard de {-jours} jour{pluriel}"
    return f"dans {jours} jour{pluriel}" if jours else "à remettre aujourd’hui"
