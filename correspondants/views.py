"""The directory: who does what, and to whom a project is sent."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from .forms import OrientationForm
from .models import Correspondant, RegleRoutage

CLE_COORDONNEES = "coordonnees_demandees"


def coordonnees_visibles(request: HttpRequest) -> bool:
    """Whether mails and telephones are shown: to who is logged in, and to a visitor whose browser asked for them.

    The programs that gather addresses read pages; they neither post a form nor keep a session.
    """
    return request.user.is_authenticated or bool(request.session.get(CLE_COORDONNEES))


@login_not_required
@cache_control(private=True)
@require_http_methods(["GET", "HEAD", "POST"])
def annuaire(request: HttpRequest) -> HttpResponse:
    """Every line of the correspondents' table of the call, in its order, and two questions to know whom to write to."""
    if request.method == "POST":
        request.session[CLE_COORDONNEES] = True
        suite = request.GET.urlencode()
        return HttpResponseRedirect(f"{reverse('correspondants')}{'?' if suite else ''}{suite}#liste")
    repond = "nature" in request.GET or "temps" in request.GET
    formulaire = OrientationForm(request.GET if repond else None)
    valide = formulaire.is_valid()
    visibles = coordonnees_visibles(request)
    reponse = render(
        request,
        "correspondants/annuaire.html",
        {
            "form": formulaire,
            "a_repondu": valide,
            "destination": formulaire.destination if valide else None,
            "correspondants": Correspondant.objects.annuaire(),
            "regles": RegleRoutage.objects.prefetch_related("correspondants"),
            "coordonnees_visibles": visibles,
        },
    )
    if visibles:
        reponse["X-Robots-Tag"] = "noindex, noarchive"
    return reponse
