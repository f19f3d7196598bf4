"""Mails on screen: what one chooses to receive, the outbox of the coordination, and sending one again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from ..enums_portail import EtatCourriel
from ..forms.courriels import FiltreCourriels
from ..forms.journal import ReceptionForm
from ..fraicheur import marque
from ..models import Courriel, Projet, ReceptionCourriels
from ..pagination import PaginateurBorne, compter
from ..permissions import peut_regler_courriels, peut_renvoyer, peut_voir_boite_d_envoi
from ..renvois import est_renvoyable, renvoyer
from .fragments import fragment
from .projet import trouver

PAR_PAGE = 50
_DOSSIER = ("projet__donnees", "projet__recherche", "projet__lecture")
ETATS_GARDES = 5  # seconds: a mail that has just left says so that late


class Regroupement(NamedTuple):
    cree_le: datetime


@dataclass(frozen=True, slots=True)
class Ligne:
    """What the outbox shows of one mail; the names are those of a mail, for the piece that tells its state."""

    gabarit: ClassVar[str] = "projets/courriels_recus/_ligne.html"
    pk: int
    objet: str
    destinataire: str
    numero: str
    cree_le: datetime
    etat: str
    get_etat_display: str
    envoye_le: datetime | None
    recapitulatif: Regroupement | None
    raison: str
    get_raison_display: str

    @classmethod
    def de(cls, courriel: Courriel) -> "Ligne":
        return cls(
            courriel.pk,
            courriel.objet,
            courriel.destinataire,
            (courriel.projet.numero or "") if courriel.projet else "",
            courriel.cree_le,
            courriel.etat,
            str(courriel.get_etat_display()),
            courriel.envoye_le,
            Regroupement(courriel.recapitulatif.cree_le) if courriel.recapitulatif else None,
            courriel.raison,
            str(courriel.get_raison_display()),
        )


@require_http_methods(["GET", "HEAD", "POST"])
def mes_courriels(request: HttpRequest) -> HttpResponse:
    """What the person receives at once, once a day, or never. A porteur has nothing to choose, and reads why."""
    if not peut_regler_courriels(request.user):
        return render(request, "projets/courriels_recus/porteur.html")
    reception = ReceptionCourriels.objects.filter(utilisateur=request.user).first()
    form = ReceptionForm(request.POST or None, instance=reception or ReceptionCourriels(utilisateur=request.user))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "C’est noté. Ce qui attendait déjà partira dans le prochain récapitulatif.")
        return redirect("mes_courriels")
    return render(request, "projets/courriels_recus/choix.html", {"form": form})


@require_safe
def boite(request: HttpRequest) -> HttpResponse:
    """The mails of the projects that the person may see, those that failed first in the eye."""
    if not peut_voir_boite_d_envoi(request.user):
        raise PermissionDenied
    lignes = fragment(
        request, marque(request.user), "boite", "projets/courriels_recus/_lignes.html", lambda: _lignes(request), ETATS_GARDES
    )  # fmt: skip
    return render(request, "projets/courriels_recus/boite.html", {"lignes": lignes})


def _lignes(request: HttpRequest) -> dict[str, Any]:
    visibles = Courriel.objects.visibles_par(request.user).select_related("projet", "recapitulatif")
    legers = visibles.defer("texte", "html", "recapitulatif__texte", "recapitulatif__html", *_DOSSIER)
    filtre = FiltreCourriels(request.GET, legers.order_by("-pk"))
    page = PaginateurBorne(filtre.qs, PAR_PAGE).get_page(request.GET.get("page"))
    return {
        "filtres": filtre,
        "echecs": compter(visibles.filter(etat=EtatCourriel.ECHEC)),
        "page_obj": page,
        "lignes": [Ligne.de(courriel) for courriel in page],
    }


@require_http_methods(["GET", "HEAD", "POST"])
def renvoi(request: HttpRequest, numero: str, pk: int) -> HttpResponse:
    """GET shows to whom and what; POST writes it again in the outbox."""
    projet: Projet = trouver(request, numero)
    if not peut_renvoyer(request.user, projet):
        raise PermissionDenied
    courriel = get_object_or_404(projet.courriels.all(), pk=pk)
    rang = courriel.renvois.count()
    if request.method == "POST":
        vu = request.POST.get("rang", "")
        if not est_renvoyable(courriel):
            messages.info(request, "Ce courriel va partir de lui-même : il n’y a rien à renvoyer.")
        elif vu != str(rang) or not renvoyer(courriel, rang, par=request.user):
            messages.info(request, "C’est déjà fait : ce courriel vient d’être renvoyé.")
        else:
            messages.success(request, f"Le courriel est renvoyé à {courriel.destinataire}.")
        return redirect(f"{projet.get_absolute_url()}#courriels")
    contexte = {"projet": projet, "courriel": courriel, "rang": rang, "possible": est_renvoyable(courriel)}
    return render(request, "projets/courriels_recus/renvoi.html", contexte)
