"""What makes what is left of the envelopes of one call, read by one query whatever was granted; and the reasons for those that
are overrun, by another. For showing: guards add up the projects under their lock (``enveloppes.situations`` without it)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from django.db.models import Count, F, Max, Q, QuerySet, Sum, TextField, Value
from django.db.models.functions import Cast, Coalesce

from cite_educative.preparees import Preparee, executer, reunir

from . import cumuls
from .cellules_enveloppes import CleEntiere
from .faits import Axe
from .models import ARecompter, Cumul, Decision, DepassementEnveloppe, Enveloppe, MontantAccorde, MouvementEnveloppe
from .valeurs import ZERO, au_centime

MOTIFS_LUS = 21  # of each envelope, by a page: twenty are shown, and that there are more
PERSONNE = 0  # nobody's key


@dataclass(frozen=True)
class Argent:
    """Of one call, for one reader: euros granted by envelope (published, pending: what is pending on the reader's own projects
    left out), votes under no kind then each end of the movements, and what moves with the reasons for an overrun."""

    appel: int
    accordes: tuple[tuple[CleEntiere, Decimal, Decimal], ...]
    votes: tuple[tuple[CleEntiere, str, Decimal, int], ...]  # kind, euros, 1 for what comes in and -1 for what goes out
    motifs: tuple[Any, ...]


def lire(appel: int, lecteur: int = PERSONNE) -> Argent:
    """From the kept sums, folded first when something waits; added up live when they cannot be up to date."""
    lues = _lire(appel, lecteur)
    if not lues["attend"]:
        return _argent(appel, lues, _tenus(appel, lues["cellules"]))
    if cumuls.a_jour():
        lues = _lire(appel, lecteur)
        return _argent(appel, lues, _tenus(appel, lues["cellules"]))
    return _argent(appel, lues, _en_direct(appel))


def motifs(cles: Iterable[CleEntiere], lecteur: int = PERSONNE) -> list["LigneMotif"]:
    """The ``MOTIFS_LUS`` last reasons given for some envelopes, none that a pending decision on the reader's own project holds.

    One query: the last keys of each envelope, then what they say, of which what may not be told is left out.
    """
    derniers, lignes = _derniers_motifs(), _motifs()
    parts = [derniers.texte(*cle) for cle in cles]
    if not parts:
        return []
    sql, parametres = lignes.texte(lecteur)
    ensemble = " UNION ALL ".join(f"SELECT pk FROM ({texte}) u{rang}" for rang, (texte, _) in enumerate(parts))  # noqa: S608
    lus = executer(
        f"WITH {_CLES}(pk) AS MATERIALIZED ({ensemble}) {sql}",
        [*(un for _, siens in parts for un in siens), *parametres],
    )
    lues = map(LigneMotif._make, lignes.convertir(lus))
    vus: Counter[CleEntiere] = Counter()
    retenus = []
    for un in sorted(lues, key=lambda un: (un.le, un.pk), reverse=True):
        vus[un.appel, un.annee, un.financeur] += 1
        if vus[un.appel, un.annee, un.financeur] <= MOTIFS_LUS:
            retenus.append(un)
    return retenus


class LigneMotif(NamedTuple):
    """What is read of a reason: neither the project nor the mouvement themselves, for there may be hundreds of them."""

    appel: int
    annee: int
    financeur: str
    montant: Decimal
    motif: str
    le: datetime
    nom: str
    email: str
    decision: int | None
    publiee: bool | None
    numero: str | None
    mouvement: int | None
    genre: str | None
    date: date | None
    annule_le: datetime | None
    seance_le: datetime | None
    pk: int


CHAMPS_MOTIF = (
    "appel", "annee", "financeur", "montant", "motif", "le", "par__nom", "par__email", "decision", "decision__publiee",
    "decision__point__projet__numero", "mouvement", "mouvement__genre", "mouvement__date", "mouvement__annule_le",
    "seance__date", "pk",
)  # fmt: skip


_CLES = "cles"  # the keys of the reasons to read, in the query of ``motifs``


@cache
def _derniers_motifs() -> Preparee:
    """Some more than are shown, for some may not be told. The last written are the last: an index gives them."""

    def derniers(appel: int, annee: int, financeur: str) -> QuerySet:
        siens = DepassementEnveloppe.objects.filter(appel=appel, annee=annee, financeur=financeur)
        return siens.order_by("-pk").values_list("pk")[: MOTIFS_LUS + 10]

    return Preparee(derniers, 1, 1, "")


@cache
def _motifs() -> Preparee:
    table = DepassementEnveloppe._meta.db_table

    def lire(lecteur: int) -> QuerySet:
        siens = Q(decision__publiee=False, decision__point__projet__porteur=lecteur)
        lignes = DepassementEnveloppe.objects.en_vigueur().exclude(siens).order_by().values_list(*CHAMPS_MOTIF)
        return lignes.extra(where=[f"{table}.id IN (SELECT pk FROM {_CLES})"])  # noqa: S608, S610 -- no value in it

    return Preparee(lire, 1)


# --- what is left -----------------------------------------------------------------------------------------------------


def _lire(appel: int, lecteur: int) -> dict[str, list[tuple[Any, ...]]]:
    valeurs = {"attend": (), "cellules": (), "gestes": (), "siens": (appel, lecteur)}
    parts = list(_lectures().items())
    lues: dict[str, list[tuple[Any, ...]]] = {nom: [] for nom, _ in parts}
    for rang, *ligne in reunir([part.texte(*valeurs.get(nom, (appel,))) for nom, part in parts]):
        lues[parts[rang][0]].append(tuple(ligne))
    return lues


@cache
def _lectures() -> dict[str, Preparee]:
    """Each as the same five columns of words: a civil year, an envelope or its funder, a kind, two numbers."""
    bouts = {
        bout: Preparee(
            lambda appel, bout=bout: _en_mots(
                MouvementEnveloppe.objects.en_vigueur()
                .filter(**{f"{bout}__appel": appel})
                .values(f"{bout}__annee", f"{bout}__financeur", "genre")
                .annotate(total=Sum("montant")),
                f"{bout}__annee",
                F(f"{bout}__financeur"),
                F("genre"),
                "total",
            ),
            1,
        )
        for bout in ("destination", "source")
    }
    return {
        "attend": Preparee(lambda: _en_mots(ARecompter.objects.all(), "pk")[:1]),
        "cellules": Preparee(
            lambda: _en_mots(
                Cumul.objects.filter(portee="", axe=Axe.ENVELOPPE), "annee", F("cle"), F("axe"), "accorde", "en_attente"
            )
        ),
        "votes": Preparee(
            lambda appel: _en_mots(Enveloppe.objects.filter(appel=appel), "annee", F("financeur"), Value(""), "montant"), 1
        ),
        **bouts,
        "siens": Preparee(
            lambda appel, lecteur: _en_mots(
                MontantAccorde.objects.filter(
                    decision__publiee=False, exercice__projet__appel=appel, exercice__projet__porteur=lecteur
                )
                .values("exercice__annee", "financeur")
                .annotate(total=Sum("montant")),
                "exercice__annee",
                F("financeur"),
                Value(""),
                "total",
            ),
            1,
            1,
        ),
        "motifs": Preparee(
            lambda appel: _en_mots(DepassementEnveloppe.objects.filter(appel=appel), "pk").order_by("-pk")[:1], 1
        ),
        "motifs_en_attente": Preparee(
            lambda appel: _en_mots(
                # By the decisions that wait, and not by the call: SQLite would go through all of its reasons.
                DepassementEnveloppe.objects.filter(
                    decision__in=Decision.objects.filter(publiee=False).order_by().values("pk")
                )
                .alias(appel_sans_index=F("appel_id") + 0)
                .filter(appel_sans_index=appel)
                .values("appel")
                .annotate(combien=Count("pk"), somme=Sum("pk"), dernier=Max("pk")),
                "combien",
                "somme",
                "dernier",
            ),
            1,
        ),
        "gestes": Preparee(
            lambda: _en_mots(
                MouvementEnveloppe.objects.en_vigueur()
                .values("genre")
                .annotate(n=Count("pk"), dernier=Max("pk")),
                "n",
                F("genre"),
                Value(""),
                "dernier",
            )
        ),
    }  # fmt: skip


def _en_mots(lignes: QuerySet, annee: str, *reste: Any) -> QuerySet:
    mots = [_mot(annee), *(_mot(un) for un in reste)]
    vides = [Cast(Value(""), TextField())] * (5 - len(mots))
    return lignes.order_by().values_list(*mots, *vides)


def _mot(nom: Any) -> Coalesce:
    return Coalesce(Cast(nom, TextField()), Value(""), output_field=TextField())


def _tenus(appel: int, cellules: list[tuple[Any, ...]]) -> dict[CleEntiere, tuple[Decimal, Decimal]]:
    tenus = {}
    for annee, cle, _, accorde, en_attente in cellules:
        sien, _, financeur = cle.partition(":")
        if int(sien) == appel:
            tenus[appel, int(annee), financeur] = (Decimal(accorde).scaleb(-2), Decimal(en_attente).scaleb(-2))
    return tenus


def _en_direct(appel: int) -> dict[CleEntiere, tuple[Decimal, Decimal]]:
    sommes: dict[CleEntiere, tuple[Decimal, Decimal]] = {}
    for annee, financeur, publiee, total in _accordes().lire(appel):
        engage, en_attente = sommes.get((appel, annee, financeur), (ZERO, ZERO))
        montant = au_centime(total)
        sommes[appel, annee, financeur] = (engage + montant, en_attente) if publiee else (engage, en_attente + montant)
    return sommes


@cache
def _accordes() -> Preparee:
    return Preparee(
        lambda appel: (
            MontantAccorde.objects.filter(exercice__projet__appel=appel)
            .order_by()
            .values("exercice__annee", "financeur", "decision__publiee")
            .annotate(total=Sum("montant"))
            .values_list("exercice__annee", "financeur", "decision__publiee", "total")
        ),
        1,
    )


def _argent(
    appel: int, lues: dict[str, list[tuple[Any, ...]]], accordes: dict[CleEntiere, tuple[Decimal, Decimal]]
) -> Argent:
    siens = {(appel, int(annee), financeur): _euros(total) for annee, financeur, _, total, _ in lues["siens"]}
    votes = [
        ((appel, int(annee), financeur), genre, _euros(total), sens)
        for nom, sens in (("votes", 0), ("destination", 1), ("source", -1))
        for annee, financeur, genre, total, _ in lues[nom]
    ]
    restes = [(cle, engage, attente - siens.get(cle, ZERO)) for cle, (engage, attente) in accordes.items()]
    return Argent(
        appel,
        tuple(sorted((cle, engage, attente) for cle, engage, attente in restes if engage or attente)),
        tuple(sorted(votes)),
        (*lues["motifs"], *lues["motifs_en_attente"], *sorted(lues["gestes"])),
    )


def _euros(texte: str) -> Decimal:
    return au_centime(Decimal(texte))
