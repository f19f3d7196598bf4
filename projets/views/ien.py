"""Opinions on school time: the list of an authority, the page of one opinion, and the signed link that asks no account."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from cite_educative import origine
from correspondants.enums import AUTORITES

from .. import avis as avis_scolaires
from ..avis import PartieScolaire, est_attendu, pourquoi_pas_attendu
from ..enums import Statut
from ..forms.ien import AvisForm
from ..models import AvisIEN, ModificationConcurrente
from ..notifications import avis_du_jeton, est_signe
from ..permissions import Acteur, LienAvis, peut_rendre_avis
from ..workflow import ActionImpossible

PAR_PAGE = 20
ATTENDUS_AFFICHES = 50


@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    """Opinions waited for, the oldest request first, then those given."""
    if not request.user.a_role(*AUTORITES):
        raise PermissionDenied
    miens = AvisIEN.objects.visibles_par(request.user).select_related("projet__structure")
    attendus = miens.attendus().filter(projet__statut=Statut.AVIS_IEN).order_by("demande_le", "pk")
    suspendus = (
        miens.attendus().filter(projet__statut__in=[Statut.A_COMPLETER, Statut.DEPOSE]).order_by("-demande_le", "pk")
    )
    rendus = miens.exclude(rendu_le=None).order_by("-rendu_le", "-pk")
    return render(
        request,
        "projets/ien/liste.html",
        {
            "attendus": attendus[:ATTENDUS_AFFICHES],
            "nombre_attendus": attendus.count(),
            "suspendus": suspendus[:ATTENDUS_AFFICHES],
            "page_obj": Paginator(rendus, PAR_PAGE).get_page(request.GET.get("page")),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def rendre(request: HttpRequest, pk: int) -> HttpResponse:
    avis = get_object_or_404(_avec_projet(AvisIEN.objects.visibles_par(request.user)), pk=pk)
    if request.method == "POST" and est_attendu(avis) and not peut_rendre_avis(request.user, avis):
        raise PermissionDenied
    return _repondre(
        request, avis, lambda _: request.user, "projets/ien/rendre.html", lambda rendu: _suivant(request, rendu)
    )


@csrf_exempt  # no cookie gives a right here, the token in the address does; and under « no-referrer » browsers send no origin
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def par_lien(request: HttpRequest, jeton: str) -> HttpResponse:
    """The link of the mail. A GET or a HEAD only shows: mail scanners follow links before people do."""
    avis = avis_du_jeton(jeton)
    if avis is None:
        reponse = render(request, "projets/ien/lien_ferme.html", status=410 if est_signe(jeton) else 404)
    else:
        with origine.depuis(origine.LIEN):
            reponse = _repondre(
                request, avis, LienAvis, "projets/ien/lien.html", lambda _: reverse("avis_lien", args=[jeton])
            )
    reponse.headers["Referrer-Policy"] = "no-referrer"
    reponse.headers["Cache-Control"] = "no-store"
    reponse.headers["X-Robots-Tag"] = "noindex, nofollow"
    return reponse


def _repondre(
    request: HttpRequest,
    avis: AvisIEN,
    acteur_de: Callable[[AvisIEN], Acteur],
    gabarit: str,
    suite: Callable[[AvisIEN], str],
) -> HttpResponse:
    """One opinion shown, or given: the same for an account and for a link."""
    statut, form = 200, AvisForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        statut = 200 if est_attendu(avis) else 410
        if est_attendu(avis) and form.is_valid():
            try:
                return redirect(suite(avis_scolaires.rendre(avis, acteur_de, **form.cleaned_data)))
            except (ActionImpossible, ModificationConcurrente) as refus:
                form.add_error(None, list(getattr(refus, "obstacles", [str(refus)])))
                avis, statut = avis_scolaires.relire(avis), 409
    attendu = est_attendu(avis)
    contexte = {
        "avis": avis,
        "form": form,
        "attendu": attendu,
        "explication": "" if attendu or avis.est_rendu else pourquoi_pas_attendu(avis),
        "partie": PartieScolaire.de(avis) if attendu else None,
    }
    return render(request, gabarit, contexte, status=statut)


def _suivant(request: HttpRequest, rendu: AvisIEN) -> str:
    """The oldest opinion still waited for, or the list when none is."""
    messages.success(
        request,
        f"Votre avis « {rendu.get_sens_display().lower()} » sur le projet {rendu.projet.numero} est enregistré. Merci.",
    )
    suivant = (
        AvisIEN.objects.visibles_par(request.user)
        .attendus()
        .filter(projet__statut=Statut.AVIS_IEN)
        .order_by("demande_le", "pk")
        .first()
    )
    return reverse("avis_rendre", args=[suivant.pk]) if suivant else reverse("avis")


def _avec_projet(avis: object) -> object:
    return avis.select_related("projet__appel", "projet__objectif_principal")
