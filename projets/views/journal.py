"""The journal of the portal, for its administrators: filtered, page after page, exported; and the state of its chain."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ..documents.tableur import sans_formule
from ..forms.journal import PassageFilterSet, curseur
from ..fraicheur import marque
from ..mentions import eclaircir
from ..models import Passage, Sceau
from ..permissions import peut_lire_journal
from .fragments import fragment

LOT = 1000  # lines read and given names at once by the export
PAR_PAGE = 50
TITRES = (
    "Numéro",
    "Date",
    "Projet",
    "Rang",
    "Action",
    "Personne",
    "Au titre de",
    "De",
    "Vers",
    "Motif",
    "Personne visée",
    "Origine",
    "Requête ou commande",
    "Réseau",
    "Empreinte",
)


@dataclass(frozen=True, slots=True)
class Ligne:
    """What the page shows of one line: a line never changes, so it is drawn once."""

    gabarit: ClassVar[str] = "projets/journal/_ligne.html"
    pk: int
    action: str
    vers: str  # empty when the statut stays
    le: datetime
    numero: str
    d_un_projet: bool
    auteur: str
    voie: str
    reperage: str
    adresse: str
    motif: str
    mention: str

    @classmethod
    def de(cls, passage: Passage) -> "Ligne":
        return cls(
            passage.pk,
            str(passage.get_action_display()),
            str(passage.get_vers_display()) if passage.de != passage.vers else "",
            passage.le,
            (passage.projet.numero or "") if passage.projet else "",
            passage.projet_id is not None,
            _auteur(passage),
            str(passage.get_voie_display()),
            passage.reperage,
            passage.adresse,
            passage.motif,
            passage.mention,
        )


def _auteur(passage: Passage) -> str:
    """Who acted: an account, an authority by its link, the portal itself."""
    if passage.par_id:
        return f"{passage.par}, pour {passage.au_titre_de}" if passage.au_titre_de else str(passage.par)
    return passage.au_titre_de or "Le portail"


@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    """The last lines first. Each page begins where the one before ended: the millionth costs no more than the first."""
    if not peut_lire_journal(request.user):
        raise PermissionDenied
    lignes = fragment(
        request, marque(request.user), "journal", "projets/journal/_lignes.html", lambda: _lignes(request)
    )  # fmt: skip
    contexte = {"lignes": lignes, "sceau": Sceau.objects.defer("tetes").order_by("-rang").first()}
    return render(request, "projets/journal/liste.html", contexte)


def _lignes(request: HttpRequest) -> dict[str, Any]:
    filtres = _filtrer(request)
    lignes = filtres.qs
    if (avant := curseur(request.GET)) is not None:
        lignes = lignes.filter(pk__lt=avant)
    page = list(lignes[: PAR_PAGE + 1])
    return {
        "filtres": filtres,
        "passages": [Ligne.de(passage) for passage in eclaircir(page[:PAR_PAGE])],
        "suite": page[PAR_PAGE - 1].pk if len(page) > PAR_PAGE else None,
        "debut": avant is None,
        "parametres": request.GET.urlencode(),
    }


@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The filtered lines as CSV that French spreadsheets open well, the last first."""
    reponse = StreamingHttpResponse(_lignes_csv(_filtrer(request).qs), content_type="text/csv; charset=utf-8")
    reponse["Content-Disposition"] = f'attachment; filename="journal-{timezone.localdate():%Y-%m-%d}.csv"'
    return reponse


def _filtrer(request: HttpRequest) -> PassageFilterSet:
    if not peut_lire_journal(request.user):
        raise PermissionDenied
    visibles = Passage.objects.lisibles_par(request.user).select_related("projet", "par").order_by("-pk")
    return PassageFilterSet(request.GET, visibles.defer("projet__donnees", "projet__recherche", "projet__lecture"))


class _Echo:
    """A file that gives back what is written in it, for streaming."""

    def write(self, texte: str) -> str:
        return texte


def _eclaircis(passages: QuerySet[Passage]) -> Iterator[Passage]:
    lues = passages.iterator(chunk_size=LOT)
    while lot := list(islice(lues, LOT)):
        yield from eclaircir(lot)


def _lignes_csv(passages: QuerySet[Passage]) -> Iterator[str]:
    ecrivain = csv.writer(_Echo(), delimiter=";", lineterminator="\r\n")
    yield "\ufeff" + ecrivain.writerow(TITRES)
    for passage in _eclaircis(passages):
        cellules = (
            passage.pk,
            f"{timezone.localtime(passage.le):%d/%m/%Y %H:%M:%S}",
            (passage.projet.numero or "brouillon") if passage.projet else "portail",
            passage.rang,
            passage.get_action_display(),
            passage.par or "",
            passage.au_titre_de,
            passage.get_de_display(),
            passage.get_vers_display(),
            passage.motif,
            passage.mention,
            passage.get_voie_display(),
            passage.reperage,
            passage.adresse,
            passage.empreinte,
        )
        yield ecrivain.writerow([sans_formule(str(cellule)) for cellule in cellules])
