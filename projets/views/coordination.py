"""The coordination desk: what awaits someone, the list of deposited projects, and its export."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cite_educative.preparees import Preparee, completer
from correspondants.models import Utilisateur

from ..documents.liste_projets import FORMATS, exporter
from ..filtres import ProjetFilterSet, adresse_sans, avec_avis
from ..fraicheur import retenir
from ..lots import ACTIONS, MAXIMUM
from ..models import Courriel, Projet, avec_non_lus
from ..ouverture import Ouverture, ouvrir
from ..pagination import PaginateurParCles
from ..permissions import est_coordinateur, est_des_services, peut_exporter
from ..piles import piles, suite_utile
from ..tris import tri_demande, trier

PAR_PAGE = 50
COLONNES = (
    ("numero", "Numéro"),
    ("titre", "Titre"),
    ("structure", "Structure"),
    ("statut", "Statut"),
    ("demande", "Demandé"),
    ("accorde", "Accordé"),
    ("", "Temps scolaire"),
    ("", "Avis"),
    ("depose_le", "Déposé le"),
)
NUMERIQUES = ("demande", "accorde")
CLE_LISTE = "liste"
LISTE_MAX = 2000  # characters of the query string that the session keeps


@dataclass(frozen=True)
class EnTete:
    """Title of one column; ``url`` sorts by it, ``sens`` is the order in force (as ``aria-sort`` says it)."""

    libelle: str
    url: str
    sens: str
    numerique: bool


@dataclass(frozen=True, slots=True)
class Ligne:
    """What the list shows of one project to one person."""

    gabarit: ClassVar[str] = "projets/coordination/_ligne.html"
    numero: str
    version: int
    titre: str
    structure: str
    statut: str
    temps_scolaire: bool
    depose_le: datetime
    demande: Decimal
    accorde: Decimal | None
    avis_demandes: int
    avis_recus: int
    non_lus: int
    a_choisir: bool


CHAMPS = (
    "numero", "version", "titre", "structure__nom", "statut", "temps_scolaire", "depose_le",
    "demande", "accorde", "avis_demandes", "avis_recus", "non_lus",
)  # fmt: skip


@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    """The desk. Opened bare, it applies the person's own filter by default; ``?tout=1`` does not."""
    if not est_des_services(request.user):
        raise PermissionDenied
    ouverture = ouvrir(request.user)
    if not request.GET and (defaut := next((f for f in ouverture.filtres if f.par_defaut), None)):
        return redirect(f"{reverse('coordination')}?{defaut.parametres}")
    filtres = projets_filtres(request, request.GET, tenus=True, ouverture=ouverture)
    tri, vue = tri_demande(request.GET), ouverture.marque
    a_faire = request.GET.get("a_faire", "")
    listees, en_echec = piles(request.user, a_faire, vue, ouverture.appels, tenus=ouverture.a_jour)
    _retenir(request)
    contexte = {
        "piles": listees,
        "suite": suite_utile(listees),
        "filtres": filtres,
        "filtres_gardes": ouverture.filtres,
        "parametres_propres": filtres.parametres_connus,
        "page_obj": _paginateur(request, filtres, tri, vue).get_page(request.GET.get("page")),
        "en_tetes": _en_tetes(request, tri),
        "tri": tri,
        "parametres": request.GET.urlencode(),
        "formats": FORMATS.values() if peut_exporter(request.user) else (),
        "lots": ACTIONS.values() if est_coordinateur(request.user) else (),
        "lot_maximum": MAXIMUM,
        "non_partis": _non_partis(request) if en_echec else 0,
    }
    return render(request, "projets/coordination/liste.html", contexte)


def _non_partis(request: HttpRequest) -> int:
    """Mails that did not leave, for who can do something about it."""
    if not est_coordinateur(request.user):
        return 0
    return Courriel.objects.visibles_par(request.user).en_echec().count()


def _deposes(request: HttpRequest) -> QuerySet[Projet]:
    return Projet.objects.deposes_visibles_par(request.user)


def projets_filtres(
    request: HttpRequest, donnees: QueryDict, *, tenus: bool = False, ouverture: Ouverture | None = None
) -> ProjetFilterSet:
    """The filters of a query string over the deposited projects that the person sees."""
    return ProjetFilterSet(donnees, _deposes(request), request.user, tenus=tenus, ouverture=ouverture)


def _lignes_pour(request: HttpRequest) -> Callable[[list[Any]], dict[Any, Ligne]]:
    """What reads the rows of some projects."""

    def lire(pks: list[Any]) -> dict[Any, Ligne]:
        lots = est_coordinateur(request.user)
        lecture = _lecture_des_lignes(frozenset(request.user.roles), PAR_PAGE)
        trouvees = lecture.lire(request.user.pk, request.user.date_joined, *completer(pks, PAR_PAGE))
        return {pk: Ligne(*valeurs, a_choisir=lots) for pk, *valeurs in trouvees}

    return lire


@lru_cache(maxsize=64)
def _lecture_des_lignes(roles: frozenset[str], nombre: int) -> Preparee:
    """Reads the rows of some projects for somebody who holds these roles."""

    def lues(compte: int, inscrit: datetime, *pks: int) -> QuerySet[Projet]:
        projets = avec_avis(Projet.objects.filter(pk__in=pks).avec_montants())
        return avec_non_lus(projets, Utilisateur.doublure(compte, inscrit, roles)).order_by().values_list("pk", *CHAMPS)

    return Preparee(lues, 1, timezone.now(), *range(nombre))


def _paginateur(request: HttpRequest, filtres: ProjetFilterSet, tri: str, vue: str) -> PaginateurParCles:
    """Pages kept for this person and this query string, page left out."""
    parametres = request.GET.copy()
    parametres.pop("page", None)
    pour = f"bureau:{request.user.pk}:{','.join(sorted(request.user.roles))}:{PAR_PAGE}:{parametres.urlencode()}"
    return PaginateurParCles(
        lambda: filtres.qs,
        _lignes_pour(request),
        lambda: filtres.ordre(tri),
        PAR_PAGE,
        lambda quoi, lire: retenir(vue, f"{pour}:{quoi}", lire),
        lambda: filtres.a_compter,
    )


def _retenir(request: HttpRequest) -> None:
    """Remembers which list was open, so that a project leads back to it. Writes only when it changed: the bare list is where
    one goes back to when nothing is remembered."""
    parametres = request.GET.urlencode()
    if request.method == "GET" and len(parametres) <= LISTE_MAX and request.session.get(CLE_LISTE, "") != parametres:
        request.session[CLE_LISTE] = parametres


def adresse_de_la_liste(request: HttpRequest) -> str:
    """The list as it was last seen: filters, order and page."""
    parametres = request.session.get(CLE_LISTE, "")
    return f"{reverse('coordination')}{f'?{parametres}' if parametres else ''}#projets"


def _en_tetes(request: HttpRequest, tri: str) -> list[EnTete]:
    en_tetes = []
    for cle, libelle in COLONNES:
        courant = tri.removeprefix("-") == cle
        sens = ("descending" if tri.startswith("-") else "ascending") if courant else ""
        suivant = f"-{cle}" if (courant and not tri.startswith("-")) or (not courant and cle in NUMERIQUES) else cle
        url = adresse_sans(request.GET, tri=suivant) if cle else ""
        en_tetes.append(EnTete(libelle, url, sens, cle in NUMERIQUES))
    return en_tetes


@require_safe
def export(request: HttpRequest, format: str) -> HttpResponse:  # noqa: A002 -- the word of the address
    """The filtered list in its order, as a sheet."""
    if not peut_exporter(request.user):
        raise PermissionDenied
    if format not in FORMATS:
        raise Http404
    cles = trier(projets_filtres(request, request.GET).qs, tri_demande(request.GET))
    return tableur(cles, format)


def tableur(cles: QuerySet[Projet], format_: str) -> FileResponse:
    """The file of these projects, written to disk then sent: its size does not depend on the memory of the server."""
    choisi = FORMATS[format_]
    lignes = avec_avis(Projet.objects.avec_montants()).defer("donnees", "recherche")
    sortie = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by the response
    try:
        exporter(cles, lignes, format_, sortie)
    except BaseException:
        sortie.close()
        raise
    sortie.seek(0)
    nom = f"projets-{timezone.localdate():%Y-%m-%d}.{choisi.extension}"
    return FileResponse(sortie, as_attachment=True, filename=nom, content_type=choisi.type_mime)
