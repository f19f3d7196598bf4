"""The payments over all projects: granted, paid, left to pay, owed back, by civil year and funder; and their export."""

import tempfile
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ..documents.liste_versements import FORMATS, exporter
from ..enums import Financeur
from ..permissions import peut_exporter, peut_voir_pilotage
from ..tableau_versements import EtatPaiement, Filtre, annees_financees, exercices_de, lire, total_a_rendre, totaux

PAR_PAGE = 25


def _filtre(request: HttpRequest, annees: list[int]) -> Filtre:
    """What the address asks for, when it means something; bare, the current civil year."""
    demande, courante = request.GET.get("annee"), timezone.localdate().year
    if demande is None:
        annee = courante if courante in annees else next(iter(annees), None)
    else:
        annee = next((connue for connue in annees if str(connue) == demande), None)
    financeur, etat = request.GET.get("financeur", ""), request.GET.get("etat", "")
    mots = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    return Filtre(annee, financeur if financeur in Financeur else "", etat if etat in EtatPaiement else "", mots)


@require_safe
def tableau(request: HttpRequest) -> HttpResponse:
    if not peut_voir_pilotage(request.user):
        raise PermissionDenied
    annees = annees_financees()
    filtre = _filtre(request, annees)
    exercices = exercices_de(filtre)
    page = Paginator(exercices.values_list("pk", flat=True), PAR_PAGE).get_page(request.GET.get("page"))
    sommes = totaux(exercices, filtre.financeur)
    contexte: dict[str, Any] = {
        "annees": annees,
        "filtre": filtre,
        "financeurs": Financeur.choices,
        "etats": EtatPaiement.choices,
        "page_obj": page,
        "rangees": list(lire(page.object_list, filtre.financeur)),
        "totaux": sommes,
        "total_accorde": sum(total.accorde for total in sommes),
        "total_paye": sum(total.paye for total in sommes),
        "total_non_verse": sum(total.non_verse for total in sommes),
        "total_a_rendre": total_a_rendre(exercices),
        "parametres": request.GET.urlencode(),
        "formats": FORMATS.values() if peut_exporter(request.user) else (),
    }
    return render(request, "projets/versements/tableau.html", contexte)


@require_safe
def export(request: HttpRequest, format: str) -> HttpResponse:  # noqa: A002 -- the word of the address
    """The filtered list, as a sheet."""
    if not peut_exporter(request.user):
        raise PermissionDenied
    if format not in FORMATS:
        raise Http404
    filtre = _filtre(request, annees_financees())
    pks = list(exercices_de(filtre).values_list("pk", flat=True))
    sortie = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by the response
    try:
        exporter(pks, format, sortie, filtre.financeur)
    except BaseException:
        sortie.close()
        raise
    sortie.seek(0)
    nom = f"versements-{filtre.annee or 'toutes-annees'}.{FORMATS[format].extension}"
    reponse = FileResponse(sortie, as_attachment=True, filename=nom, content_type=FORMATS[format].type_mime)
    reponse["Cache-Control"] = "private, no-store"
    return reponse
