"""The link of an invitation. Opening it only shows: mail scanners follow links before people do."""

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from correspondants.models import Invitation, Utilisateur

from ..forms.compte import MotDePasseForm
from ..invitations import InvitationImpossible, accepter, compte_existant, invitation_du_jeton


@sensitive_post_parameters()
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, jeton: str) -> HttpResponse:
    """A new account chooses its password; an existing one accepts, then logs in as usual."""
    trouvee = invitation_du_jeton(jeton)
    if trouvee is None:
        return render(request, "projets/compte/invitation_fermee.html", status=410)
    compte = compte_existant(trouvee)
    connu = compte is not None and compte.has_usable_password()
    futur = compte or Utilisateur(email=trouvee.courriel, nom=trouvee.correspondant.nom)
    form = None if connu else MotDePasseForm(request.POST if request.method == "POST" else None, compte=futur)
    refus = ""
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            return _ouvrir(request, trouvee, form)
        except InvitationImpossible as raison:
            refus = str(raison)
    contexte = {"invitation": trouvee, "form": form, "refus": refus}
    return render(request, "projets/compte/invitation.html", contexte, status=409 if refus else 200)


def _ouvrir(request: HttpRequest, invitation: Invitation, form: MotDePasseForm | None) -> HttpResponse:
    """Accepts, and logs in whoever just chose a password. Raises InvitationImpossible."""
    compte = accepter(invitation, form.cleaned_data["mot_de_passe"] if form else "")
    if form is None:
        messages.success(request, "C’est noté. Connectez-vous avec votre mot de passe habituel.")
        return redirect("account_login")
    messages.success(request, "Votre compte est ouvert.")
    record_authentication(request, compte, method="password", email=compte.email)
    return perform_login(request, compte, email_verification="none", redirect_url=reverse("mon_compte"))
