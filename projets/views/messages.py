"""Writing a message about a project: one address for both threads, and nothing typed is lost."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ..forms.messages import MessageForm
from ..messagerie import MessageInterdit, MessageRefuse, ecrire_message
from .acces import garder_message
from .projet import montrer, trouver

ECRITS = {
    "porteur": "Votre message est envoyé.",
    "interne": "Votre message est envoyé aux services ; le porteur ne le voit pas.",
}


@login_not_required  # it takes the person to the login page itself, and keeps what was typed
@require_http_methods(["GET", "HEAD", "POST"])
def ecrire(request: HttpRequest, numero: str) -> HttpResponse:
    """A POST writes, or shows the page again with the text and the reason. A GET leads to the threads."""
    if not request.user.is_authenticated:
        if request.method == "POST":
            garder_message(request, numero)
        return redirect_to_login(f"{reverse('projet', args=[numero])}#messages", reverse("account_login"))
    projet = trouver(request, numero)
    if request.method != "POST":
        return redirect(f"{projet.get_absolute_url()}#messages")
    fil = "interne" if request.POST.get("fil") == "interne" else "porteur"
    form = MessageForm(request.POST, fil=fil)
    if form.is_valid():
        try:
            _, nouveau = ecrire_message(
                projet,
                par=request.user,
                texte=form.cleaned_data["texte"],
                interne=form.est_interne,
                jeton=form.cleaned_data["jeton"],
            )
        except MessageInterdit as refus:
            raise PermissionDenied(str(refus)) from refus
        except MessageRefuse as refus:
            form.add_error("texte", str(refus))
            return montrer(request, projet, form, 429)
        messages.success(request, ECRITS[fil] if nouveau else "Ce message est déjà envoyé.")
        return redirect(f"{projet.get_absolute_url()}#messages-{fil}")
    return montrer(request, projet, form, 422)
