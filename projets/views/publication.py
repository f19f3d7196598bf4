"""Open data of one civil year: what is missing before it can be published, where to complete it, and the file."""

import tempfile
from dataclasses import dataclass
from typing import ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from correspondants.enums import Role

from ..documents import scdl
from ..forms.publication import PublicationForm
from ..models import Exercice
from ..permissions import peut_exporter
from ..publication import Preparation, ProjetIncomplet

PAR_PAGE = 50


@dataclass(frozen=True)
class LigneIncomplete:
    """A row of the page: one project, what its grants of the year lack."""

    gabarit: ClassVar[str] = "projets/pilotage/_incomplet.html"
    annee: int
    projet: ProjetIncomplet


def _verifier(request: HttpRequest, annee: int) -> None:
    if not peut_exporter(request.user):
        raise PermissionDenied
    if not 2000 <= annee <= 2100:
        raise Http404


@require_safe
def preparation(request: HttpRequest, annee: int) -> HttpResponse:
    _verifier(request, annee)
    prepare = Preparation.de(annee)
    page = Paginator(prepare.projets, PAR_PAGE).get_page(request.GET.get("page"))
    contexte = {
        "annee": annee,
        "preparation": prepare,
        "page_obj": page,
        "lignes": [LigneIncomplete(annee, projet) for projet in page],
        "administre": request.user.is_staff and request.user.a_role(Role.ADMIN),
    }
    return render(request, "projets/pilotage/donnees_ouvertes.html", contexte)


@require_safe
def fichier(request: HttpRequest, annee: int) -> HttpResponse:
    """The file; incomplete rows are left out only when ``?sans_incompletes=1`` asks for it."""
    _verifier(request, annee)
    sortie = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by the response
    try:
        scdl.ecrire(annee, sortie, sans_incompletes=request.GET.get("sans_incompletes") == "1")
    except scdl.SubventionsIncompletes as refus:
        sortie.close()
        messages.error(request, f"{refus} Complétez-les, ou demandez le fichier sans elles.")
        return redirect("donnees_ouvertes", annee)
    sortie.seek(0)
    nom = f"subventions-{annee}.csv"
    reponse = FileResponse(sortie, as_attachment=True, filename=nom, content_type=scdl.TYPE_MIME)
    reponse["Cache-Control"] = "private, no-store"
    return reponse


@require_http_methods(["GET", "HEAD", "POST"])
def completer(request: HttpRequest, annee: int, numero: str) -> HttpResponse:
    _verifier(request, annee)
    exercice = get_object_or_404(
        Exercice.objects.finances().select_related("projet__structure", "projet__appel"),
        projet__numero=numero,
        annee=annee,
    )
    form = PublicationForm(exercice, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if form.enregistrer(request.user):
            messages.success(request, f"Les données ouvertes du projet {exercice.projet.numero} sont à jour.")
        return redirect("donnees_ouvertes", annee)
    contexte = {"annee": annee, "exercice": exercice, "projet": exercice.projet, "form": form}
    return render(request, "projets/pilotage/completer.html", contexte, status=422 if request.method == "POST" else 200)
