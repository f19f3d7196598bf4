"""The overview of one civil year, and its exports."""

import tempfile

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from correspondants.models import Quartier

from .. import statistiques
from ..documents import bilans_annuels
from ..documents.graphiques_annuels import graphiques_de
from ..models import Thematique
from ..permissions import peut_exporter, peut_voir_pilotage
from ..repartitions import Filtre


@require_safe
def tableau(request: HttpRequest) -> HttpResponse:
    if not peut_voir_pilotage(request.user):
        raise PermissionDenied
    annees = statistiques.annees_connues()
    courante = timezone.localdate().year
    choisie = next((annee for annee in annees if str(annee) == request.GET.get("annee", "")), courante)
    thematiques, quartiers = list(Thematique.objects.select_related("appel")), list(Quartier.objects.all())
    filtre = Filtre(
        next((une for une in thematiques if str(une.pk) == request.GET.get("thematique", "")), None),
        next((un for un in quartiers if str(un.pk) == request.GET.get("quartier", "")), None),
    )
    bilan_annuel = statistiques.annee_civile(choisie, filtre=filtre)
    contexte = {
        "annees": annees,
        "annee": choisie,
        "precedente": choisie - 1,
        "thematiques": thematiques,
        "quartiers": quartiers,
        "filtre": filtre,
        "bilan_annuel": bilan_annuel,
        "graphiques": graphiques_de(bilan_annuel),
        "peut_exporter": peut_exporter(request.user),
        "formats": [un for un in bilans_annuels.FORMATS.values() if un.en_ligne != 0],
    }
    return render(request, "projets/pilotage/tableau.html", contexte)


@require_safe
def exporter(request: HttpRequest, annee: int, format: str) -> HttpResponse:  # noqa: A002 -- the word of the address
    """The file of one year, written to disk then sent: its size does not depend on the memory of the server."""
    if not peut_exporter(request.user):
        raise PermissionDenied
    choisi = bilans_annuels.FORMATS.get(format)
    if choisi is None or choisi.en_ligne == 0 or not 2000 <= annee <= 2100:
        raise Http404
    sortie = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by the response
    try:
        bilans_annuels.exporter(annee, format, sortie)
    except BaseException:
        sortie.close()
        raise
    sortie.seek(0)
    return FileResponse(
        sortie, as_attachment=True, filename=f"bilans-{annee}.{choisi.extension}", content_type=choisi.type_mime
    )
