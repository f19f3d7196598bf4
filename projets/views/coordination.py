"""The coordination desk: what awaits someone, the list of deposited projects, its export, and agenda entries by lot."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ..enums import Action, Statut
from ..filtres import FILES, ProjetFilterSet, adresse_sans, avec_avis, tri_demande, trier
from ..forms.coordination import LotForm
from ..models import Courriel, ModificationConcurrente, Projet
from ..permissions import est_coordinateur, est_des_services, peut_exporter
from ..workflow import ActionImpossible, executer

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


@dataclass(frozen=True)
class EnTete:
    """Title of one column; ``url`` sorts by it, ``sens`` is the order in force (as ``aria-sort`` says it)."""

    libelle: str
    url: str
    sens: str
    numerique: bool


@dataclass(frozen=True)
class Tuile:
    libelle: str
    nombre: int
    ton: str
    url: str
    actif: bool


@require_http_methods(["GET", "HEAD", "POST"])
def liste(request: HttpRequest) -> HttpResponse:
    """The desk; a POST puts ready projects on an agenda by lot (summary, then report)."""
    if not est_des_services(request.user):
        raise PermissionDenied
    if request.method == "POST":
        return _inscrire_en_lot(request)
    deposes = _projets(request)
    filtres = ProjetFilterSet(request.GET, deposes, request.user)
    tri = tri_demande(request.GET)
    page = Paginator(trier(filtres.qs, tri), PAR_PAGE).get_page(request.GET.get("page"))
    coordonne = est_coordinateur(request.user)
    return render(
        request,
        "projets/coordination/liste.html",
        {
            "tuiles": _tuiles(request, deposes, coordonne),
            "filtres": filtres,
            "actifs": filtres.actifs,
            "plus_ouvert": filtres.en_detail,
            "page_obj": page,
            "en_tetes": _en_tetes(request, tri),
            "tri": tri,
            "peut_inscrire": coordonne and any(projet.statut == Statut.PRET for projet in page),
            "peut_exporter": peut_exporter(request.user),
            "parametres": request.GET.urlencode(),
            "non_partis": Courriel.objects.visibles_par(request.user).en_echec().count() if coordonne else 0,
        },
    )


def _projets(request: HttpRequest) -> QuerySet[Projet]:
    visibles = Projet.objects.visibles_par(request.user).deposes().avec_montants()
    return avec_avis(visibles).select_related("structure").defer("donnees", "recherche")


def _tuiles(request: HttpRequest, deposes: QuerySet[Projet], coordonne: bool) -> list[Tuile]:
    """What awaits someone: for a coordinator, in one's own charge; meetings being common, the ready ones of all."""
    miens = Projet.objects.coordonnes_par(request.user) if coordonne else deposes
    tuiles = []
    for file in FILES:
        charge = "miens" if coordonne and file.code != "prets" else ""
        projets = miens if charge else deposes
        url = f"?a_faire={file.code}{'&coordination=miens' if charge else ''}"
        actif = request.GET.get("a_faire") == file.code
        tuiles.append(Tuile(file.libelle, file.choisir(projets).count(), file.ton, url, actif))
    return tuiles


def _en_tetes(request: HttpRequest, tri: str) -> list[EnTete]:
    en_tetes = []
    for cle, libelle in COLONNES:
        courant = tri.removeprefix("-") == cle
        sens = ("descending" if tri.startswith("-") else "ascending") if courant else ""
        suivant = f"-{cle}" if (courant and not tri.startswith("-")) or (not courant and cle in NUMERIQUES) else cle
        url = adresse_sans(request.GET, tri=suivant) if cle else ""
        en_tetes.append(EnTete(libelle, url, sens, cle in NUMERIQUES))
    return en_tetes


# --- agenda entries by lot ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Resultat:
    projet: Projet
    obstacles: tuple[str, ...]


def _inscrire_en_lot(request: HttpRequest) -> HttpResponse:
    """First POST: summary and choice of a meeting. Second (``confirmer``): each through ``executer``, then the report."""
    if not est_coordinateur(request.user):
        raise PermissionDenied
    visibles = Projet.objects.visibles_par(request.user).select_related("structure").order_by("numero")
    form = LotForm(request.POST if "confirmer" in request.POST else None, choisis=request.POST, projets=visibles)
    if not form.choisis:
        messages.warning(request, "Cochez d’abord les projets à inscrire.")
        return redirect("coordination")
    if form.is_valid():
        resultats = [_inscrire(projet, version, form, request) for projet, version in form.choisis]
        return render(
            request,
            "projets/coordination/lot_rapport.html",
            {
                "seance": form.cleaned_data["seance"],
                "inscrits": [resultat for resultat in resultats if not resultat.obstacles],
                "refuses": [resultat for resultat in resultats if resultat.obstacles],
            },
        )
    return render(request, "projets/coordination/lot.html", {"form": form})


def _inscrire(projet: Projet, version: int, form: LotForm, request: HttpRequest) -> Resultat:
    if projet.version != version:
        return Resultat(projet, (str(ModificationConcurrente()),))
    try:
        executer(projet, Action.INSCRIRE, par=request.user, seance=form.cleaned_data["seance"])
    except ActionImpossible as refus:
        return Resultat(projet, refus.obstacles)
    except ModificationConcurrente as refus:
        return Resultat(projet, (str(refus),))
    return Resultat(projet, ())


# --- export ---------------------------------------------------------------------------------------------------------


class Echo:
    """A file that gives back what is written in it, for streaming."""

    def write(self, texte: str) -> str:
        return texte


@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The filtered list as CSV that French spreadsheets open well: UTF-8 with BOM, « ; », decimal comma."""
    if not peut_exporter(request.user):
        raise PermissionDenied
    filtres = ProjetFilterSet(request.GET, _projets(request), request.user)
    lignes = _lignes_csv(trier(filtres.qs, tri_demande(request.GET)))
    reponse = StreamingHttpResponse(lignes, content_type="text/csv; charset=utf-8")
    reponse["Content-Disposition"] = f'attachment; filename="projets-{timezone.localdate():%Y-%m-%d}.csv"'
    return reponse


def _lignes_csv(projets: QuerySet[Projet]) -> Iterator[str]:
    ecrivain = csv.writer(Echo(), delimiter=";", lineterminator="\r\n")
    titres = [libelle for _, libelle in COLONNES if libelle != "Avis"]
    yield "\ufeff" + ecrivain.writerow([*titres, "Avis demandés", "Avis reçus", "Coordination"])
    for projet in projets.iterator(chunk_size=500):
        cellules = (
            projet.numero,
            projet.titre,
            projet.structure.nom if projet.structure else "",
            projet.get_statut_display(),
            _montant(projet.demande),
            _montant(projet.accorde),
            "oui" if projet.temps_scolaire else "non",
            f"{timezone.localtime(projet.depose_le):%d/%m/%Y}",
            projet.avis_demandes,
            projet.avis_recus,
            projet.get_coordination_display(),
        )
        yield ecrivain.writerow([cellule_sure(cellule) for cellule in cellules])


def _montant(montant: object) -> str:
    return "" if montant is None else f"{montant:.2f}".replace(".", ",")


def cellule_sure(valeur: object) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP: CSV injection)."""
    texte = str(valeur)
    return f"'{texte}" if texte.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else texte
