"""Long exports: asked for, followed while the worker prepares them, given back as long as they are kept."""

import uuid

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from .. import exports, personne
from ..documents.bilans_annuels import FORMATS
from ..enums_portail import EtatExport
from ..models import ExportDemande
from ..permissions import peut_exporter, peut_voir_pilotage

MONTRES = 50


def _exports(request: HttpRequest) -> QuerySet[ExportDemande]:
    """One's own; the copies of a person's data have their own page."""
    return ExportDemande.objects.visibles_par(request.user).exclude(genre=personne.GENRE)


def _visible(request: HttpRequest, demande: uuid.UUID) -> ExportDemande:
    """One's own export. Raises PermissionDenied once the person may no longer have it made."""
    if not exports.peut_faire_preparer(request.user):
        raise PermissionDenied
    trouvee = get_object_or_404(_exports(request), jeton=demande)
    genre = exports.genre_de(trouvee.genre)
    if genre is None or not genre.permis(request.user):
        raise PermissionDenied("Vos rôles n’ouvrent plus ce fichier.")
    return trouvee


@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    if not exports.peut_faire_preparer(request.user):
        raise PermissionDenied
    demandes = _exports(request)[:MONTRES]
    contexte = {"demandes": [(une, EtatExport(une.etat)) for une in demandes], "jours": settings.JOURS_DES_EXPORTS}
    contexte["pilotage"] = peut_voir_pilotage(request.user)
    return render(request, "projets/pilotage/exports.html", contexte)


@require_POST
def demander(request: HttpRequest) -> HttpResponse:
    if not peut_exporter(request.user):
        raise PermissionDenied
    annee, genre = request.POST.get("annee", ""), request.POST.get("genre", "")
    if genre not in FORMATS or not annee.isascii() or not annee.isdigit() or not 2000 <= int(annee[:6]) <= 2100:
        raise Http404
    return redirect("export", exports.demander(request.user, int(annee), genre).jeton)


@require_safe
def suivre(request: HttpRequest, demande: uuid.UUID) -> HttpResponse:
    trouvee = _visible(request, demande)
    contexte = {"demande": trouvee, "etat": EtatExport(trouvee.etat), "format": exports.genre_de(trouvee.genre)}
    seance = trouvee.parametres.get("seance")
    contexte["refaire"] = reverse("troika_dossier", args=[seance]) if seance else reverse("export_demander")
    reponse = render(request, "projets/pilotage/export.html", contexte)
    reponse["Cache-Control"] = "no-store"
    return reponse


@require_safe
def fichier(request: HttpRequest, demande: uuid.UUID) -> HttpResponse:
    trouvee = _visible(request, demande)
    if trouvee.etat != EtatExport.PRET:
        return redirect("export", trouvee.jeton)
    try:
        ouvert = trouvee.fichier.open("rb")
    except FileNotFoundError as perdu:
        raise Http404("Ce fichier n’est plus dans la réserve.") from perdu
    reponse = FileResponse(
        ouvert, as_attachment=True, filename=trouvee.nom, content_type=exports.genre_de(trouvee.genre).type_mime
    )
    reponse["Cache-Control"] = "private, no-store"
    return reponse
