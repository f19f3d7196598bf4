"""« Mon compte »: what a person holds and through whom, the second factor, absences."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from correspondants import second_facteur as facteurs
from correspondants.comptes import CompteAdapter
from correspondants.models import Correspondant, Suppleance, Utilisateur
from correspondants.suppleances import SuppleanceImpossible, a_des_roles_a_confier

from .. import liens_agenda, suppleances
from ..forms.compte import AbsenceForm
from ..models import Projet

CLE_SUITE = "apres_second_facteur"


def ligne_de(utilisateur: Utilisateur) -> Correspondant | None:
    """The line of the directory that the account exercises."""
    return Correspondant.objects.actifs().prefetch_related("habilitations").filter(utilisateur=utilisateur).first()


@require_safe
def mon_compte(request: HttpRequest) -> HttpResponse:
    ligne = ligne_de(request.user)
    adresses = EmailAddress.objects.filter(user=request.user)
    types = set(Authenticator.objects.filter(user=request.user).values_list("type", flat=True))
    return render(
        request,
        "projets/compte/mon_compte.html",
        {
            "ligne": ligne,
            "verifiee": any(une.verified and une.email == request.user.email for une in adresses),
            "application": Authenticator.Type.TOTP in types,
            "cles": Authenticator.Type.WEBAUTHN in types,
            "secours": Authenticator.Type.RECOVERY_CODES in types,
            "exige": facteurs.est_exige(request.user),
            "agenda": liens_agenda.flux_de(request.user),
            "peut_s_absenter": a_des_roles_a_confier(ligne),
            "absences": _absences(ligne).a_venir().filter(absent=ligne) if ligne else (),
            "tenues": _absences(ligne).a_venir().filter(suppleant=ligne) if ligne else (),
            "porte_des_projets": Projet.objects.filter(porteur=request.user).exists(),
        },
    )


@require_safe
def second_facteur(request: HttpRequest) -> HttpResponse:
    """Where someone who decides is kept until the second factor is set up; then on to the page that was asked for."""
    suite = request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(suite, allowed_hosts=None):
        request.session[CLE_SUITE] = suite
    lacune = facteurs.manque(request)
    if not lacune:
        suite = request.session.pop(CLE_SUITE, "")
        return redirect(suite or CompteAdapter(request).get_login_redirect_url(request))
    if lacune == facteurs.A_PROUVER:
        types = Authenticator.objects.filter(user=request.user).values_list("type", flat=True)
        return render(request, "projets/compte/prouver.html", {"cle": Authenticator.Type.WEBAUTHN in types})
    return render(request, "projets/compte/second_facteur.html", {"roles_tenus": request.user.roles_tenus})


def _absences(ligne: Correspondant) -> object:
    """Absences that concern a line, as absent or as substitute."""
    concernent = Suppleance.objects.filter(Q(absent=ligne) | Q(suppleant=ligne))
    return concernent.select_related("absent", "suppleant").order_by("du", "pk")


@require_http_methods(["GET", "HEAD", "POST"])
def absence(request: HttpRequest) -> HttpResponse:
    """One's own absence: who stands in, from when to when."""
    ligne = ligne_de(request.user)
    if not a_des_roles_a_confier(ligne):
        raise PermissionDenied("Vous n’exercez aucun rôle qu’un collègue pourrait tenir en votre absence.")
    form = AbsenceForm(request.POST if request.method == "POST" else None, absent=ligne)
    if form.is_valid():
        try:
            suppleance = suppleances.declarer(absent=ligne, par=request.user, **form.cleaned_data)
        except SuppleanceImpossible as refus:
            form.add_error(None, list(refus.obstacles))
        else:
            messages.success(
                request, f"Votre absence est enregistrée : {suppleance.suppleant} est prévenu par courriel."
            )
            return redirect("mon_compte_absence")
    siennes = _absences(ligne).filter(absent=ligne)
    contexte = {"form": form, "ligne": ligne, "a_venir": siennes.a_venir(), "passees": siennes.reverse()[:20]}
    return render(request, "projets/compte/absence.html", contexte, status=409 if form.non_field_errors() else 200)


@require_POST
def absence_annuler(request: HttpRequest, pk: int) -> HttpResponse:
    """Back earlier than planned: by the absent person, or by the substitute who cannot any more."""
    ligne = ligne_de(request.user)
    if ligne is None:
        raise PermissionDenied("Cette absence n’est pas la vôtre.")
    suppleance = get_object_or_404(_absences(ligne), pk=pk)
    if suppleances.annuler(suppleance):
        messages.success(request, "L’absence est annulée : les rôles sont rendus, les deux personnes sont prévenues.")
    else:
        messages.info(request, "Cette absence était déjà terminée ou annulée.")
    return redirect(resolve_url("mon_compte"))
