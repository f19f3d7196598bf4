"""« Mes données »: what the portal holds about the person, a copy of it, and what erasing the account would mean."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from correspondants.enums import Role

from .. import effacement, exports, personne
from ..enums_portail import EtatExport
from ..models import ExportDemande

MONTRES = 10


@require_safe
def mes_donnees(request: HttpRequest) -> HttpResponse:
    demandes = ExportDemande.objects.visibles_par(request.user).filter(genre=personne.GENRE)[:MONTRES]
    contexte = {
        "demandes": [(une, EtatExport(une.etat)) for une in demandes],
        "fichiers": personne.pieces_de(request.user).count(),
        "jours": settings.JOURS_DES_EXPORTS,
        "apercu": effacement.apercu(request.user),
    }
    reponse = render(request, "projets/compte/donnees.html", contexte)
    reponse["Cache-Control"] = "no-store"
    return reponse


@require_POST
def preparer(request: HttpRequest) -> HttpResponse:
    """At once when it is short, else by the worker."""
    demande = exports.demander_personne(request.user, par=request.user)
    if demande.etat == EtatExport.PRET:
        messages.success(request, "Vos données sont prêtes : téléchargez-les ci-dessous.")
    else:
        messages.info(request, "Vos données se préparent : revenez sur cette page dans quelques minutes.")
    return redirect("mes_donnees")


@require_safe
def fichier(request: HttpRequest, demande: uuid.UUID) -> HttpResponse:
    siennes = ExportDemande.objects.visibles_par(request.user).filter(genre=personne.GENRE)
    trouvee = get_object_or_404(siennes, jeton=demande)
    if trouvee.parametres["compte"] != request.user.pk and not request.user.a_role(Role.ADMIN):
        raise PermissionDenied("Vous n’êtes plus de l’administration du portail.")
    if trouvee.etat != EtatExport.PRET:
        return redirect("mes_donnees")
    try:
        ouvert = trouvee.fichier.open("rb")
    except FileNotFoundError as perdu:
        raise Http404("Ce fichier n’est plus dans la réserve.") from perdu
    reponse = FileResponse(ouvert, as_attachment=True, filename=trouvee.nom, content_type="application/zip")
    reponse["Cache-Control"] = "private, no-store"
    return reponse
