"""The calendar of a person: its page on the account, the address that programs read, and one meeting as a file."""

import hashlib

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.views.decorators.http import require_http_methods, require_safe

from .. import agenda, liens_agenda
from ..documents import ical
from ..models import FluxAgenda, SeanceTroika
from .documents import telecharger
from .troika_acces import seance_ou_404

NOM = "Cité éducative"
PROCHAINES = 5  # dates that the page of the account shows
CONSULTER = ["GET", "HEAD", "POST"]
GESTES = {
    "renouveler": {
        "titre": "Changer l’adresse de mon agenda",
        "texte": "L’adresse actuelle cesse aussitôt de répondre, partout où elle est enregistrée. Vous donnerez la nouvelle à votre logiciel d’agenda.",  # noqa: E501
        "bouton": "Changer l’adresse",
    },
    "supprimer": {
        "titre": "Supprimer l’adresse de mon agenda",
        "texte": "L’adresse cesse aussitôt de répondre, partout où elle est enregistrée. Vous pourrez en créer une autre quand vous voudrez.",  # noqa: E501
        "bouton": "Supprimer l’adresse",
        "danger": True,
    },
}


# --- the page of the account ------------------------------------------------------------------------------------------


@require_http_methods(CONSULTER)
def mon_agenda(request: HttpRequest) -> HttpResponse:
    """What the calendar holds and its address; a POST makes the address."""
    if request.method == "POST":
        liens_agenda.creer(request.user)
        messages.success(request, "L’adresse de votre agenda est prête : copiez-la dans votre logiciel.")
        return redirect("mon_compte_agenda")
    flux = liens_agenda.flux_de(request.user)
    suite = agenda.a_venir(request.user, PROCHAINES)
    adresse = request.build_absolute_uri(reverse("agenda", args=[liens_agenda.jeton(flux)])) if flux else ""
    contexte = {
        "flux": flux,
        "adresse": adresse,
        "abonnement": f"webcal:{adresse.partition(':')[2]}",
        "a_venir": suite.prochains,
        "nombre": suite.nombre,
        "en_partie": suite.en_partie,
    }
    return render(request, "projets/compte/agenda.html", contexte)


@require_http_methods(CONSULTER)
def geste(request: HttpRequest, geste: str) -> HttpResponse:
    """``renouveler`` or ``supprimer`` the address: said first, done by the button."""
    if geste not in GESTES:
        raise Http404
    if liens_agenda.flux_de(request.user) is None:
        messages.info(request, "Votre agenda n’a plus d’adresse : créez-en une si vous le souhaitez.")
        return redirect("mon_compte_agenda")
    if request.method != "POST":
        contexte = {**GESTES[geste], "retour": reverse("mon_compte_agenda")}
        return render(request, "projets/compte/agenda_geste.html", contexte)
    if geste == "renouveler":
        liens_agenda.renouveler(request.user)
        messages.success(request, "L’adresse a changé : l’ancienne n’ouvre plus rien.")
    else:
        liens_agenda.supprimer(request.user)
        messages.success(request, "L’adresse de votre agenda est supprimée : elle n’ouvre plus rien.")
    return redirect("mon_compte_agenda")


# --- what programs read -----------------------------------------------------------------------------------------------


@login_not_required
@require_safe
def flux(request: HttpRequest, jeton: str) -> HttpResponse:
    """The calendar of an address, whoever reads it; 304 when the reader already has it, 404 when it opens nothing."""
    ouvert = liens_agenda.ouvrir(jeton)
    if ouvert is None:
        reponse = HttpResponse("Cette adresse d’agenda n’existe pas, ou n’existe plus.\n", status=404)
        reponse["Content-Type"] = "text/plain; charset=utf-8"
    elif liens_agenda.est_trop_lu(ouvert):
        reponse = HttpResponse("Cet agenda est demandé trop souvent.\n", status=429)
        reponse["Content-Type"], reponse["Retry-After"] = "text/plain; charset=utf-8", "3600"
    else:
        reponse = _contenu(request, ouvert)
    reponse["Cache-Control"] = "private, no-cache"
    reponse["Referrer-Policy"] = "no-referrer"
    reponse["X-Robots-Tag"] = "noindex, nofollow"
    return reponse


def _contenu(request: HttpRequest, flux: FluxAgenda) -> HttpResponse:
    octets = ical.ecrire(agenda.evenements(flux.utilisateur), settings.URL_PUBLIQUE, nom=NOM)
    empreinte = hashlib.sha256(octets).hexdigest()
    liens_agenda.noter_lecture(flux, empreinte)
    reponse = HttpResponse(octets, content_type=ical.MIME_ICAL)
    reponse["Content-Disposition"] = 'inline; filename="cite-educative.ics"'
    marque, moment = quote_etag(empreinte[:32]), int(flux.change_le.timestamp())
    reponse["ETag"] = marque
    reponse["Last-Modified"] = http_date(moment)
    return get_conditional_response(request, etag=marque, last_modified=moment, response=reponse)


@require_safe
def seance(request: HttpRequest, pk: int) -> HttpResponse:
    """One meeting, for whoever does not subscribe."""
    seance_ou_404(request, pk)
    lue = get_object_or_404(agenda.avec_ordre_du_jour(SeanceTroika.objects.all()), pk=pk)
    octets = ical.ecrire([agenda.evenement_de(lue)], settings.URL_PUBLIQUE, methode="PUBLISH")
    jour = timezone.localtime(lue.date).date().isoformat()
    return telecharger(f"seance-troika-{jour}.ics", octets, ical.MIME_ICAL)
