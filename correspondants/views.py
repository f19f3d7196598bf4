"""The directory: who does what, and to whom a project is sent."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .models import Correspondant, RegleRoutage


@login_not_required
@require_safe
def annuaire(request: HttpRequest) -> HttpResponse:
    """Every line of the correspondents' table of the call, in its order."""
    return render(
        request,
        "correspondants/annuaire.html",
        {
            "correspondants": Correspondant.objects.annuaire(),
            "regles": RegleRoutage.objects.prefetch_related("correspondants"),
        },
    )
