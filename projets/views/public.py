"""Pages that anybody may read: the call, how to communicate, what the law asks a site to say."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from correspondants.models import Etablissement, Quartier, RegleRoutage

from ..demonstration.comptes import COMPTES, MOT_DE_PASSE
from ..enums_portail import EtatCourriel
from ..models import (
    Appel,
    Courriel,
    Dispositif,
    Objectif,
    Orientation,
    Parcours,
    Thematique,
    Transversalite,
    durees,
    en_clair,
)


@login_not_required
@require_safe
def accueil(request: HttpRequest) -> HttpResponse:
    """The call on one page: what it is, who may apply, how, and the tree to explore."""
    appel = Appel.objects.filter(courant=True).first()
    if appel is None:
        return render(request, "projets/public/sans_appel.html")
    return render(
        request,
        "projets/public/accueil.html",
        {
            "thematiques": Thematique.objects.filter(appel=appel).prefetch_related("enjeux__objectifs"),
            "nombre_objectifs": Objectif.objects.filter(enjeu__thematique__appel=appel).count(),
            "parcours": Parcours.objects.filter(appel=appel).prefetch_related("orientations"),
            "orientations": Orientation.objects.filter(appel=appel),
            "transversalites": Transversalite.objects.filter(appel=appel),
            "dispositifs": Dispositif.objects.filter(appel=appel),
            "regles": RegleRoutage.objects.prefetch_related("correspondants"),
            "etablissements": Etablissement.objects.exclude(niveau=None).order_by("niveau"),
            "quartiers": Quartier.objects.all(),
        },
    )


@login_not_required
@require_safe
def communication(request: HttpRequest) -> HttpResponse:
    return render(request, "projets/public/communication.html")


@login_not_required
@require_safe
def accessibilite(request: HttpRequest) -> HttpResponse:
    return render(request, "projets/public/accessibilite.html")


@login_not_required
@require_safe
def mentions_legales(request: HttpRequest) -> HttpResponse:
    return render(request, "projets/public/mentions_legales.html")


@login_not_required
@require_safe
def donnees_personnelles(request: HttpRequest) -> HttpResponse:
    """The lengths printed are those that ``purger`` applies."""
    gardes = [(une, en_clair(jours)) for une, jours in durees().items()]
    return render(request, "projets/public/donnees_personnelles.html", {"gardes": gardes})


@login_not_required
@require_safe
def plan_du_site(request: HttpRequest) -> HttpResponse:
    return render(request, "projets/public/plan_du_site.html")


@login_not_required
@require_safe
def demonstration(request: HttpRequest) -> HttpResponse:
    """In a demonstration only: the accounts, and the mails that were written instead of being sent."""
    if not settings.DEMO:
        raise Http404
    return render(
        request,
        "projets/public/demonstration.html",
        {
            "comptes": [(adresse, nom) for adresse, (nom, _) in COMPTES.items()],
            "mot_de_passe": MOT_DE_PASSE,
            "recus": _courriels_ecrits(limite=15),
            "retenus": Courriel.objects.filter(etat=EtatCourriel.RETENU)[:10],
        },
    )


def _courriels_ecrits(limite: int) -> list[dict[str, object]]:
    """The last mails of the file backend, newest first."""
    dossier = Path(getattr(settings, "EMAIL_FILE_PATH", None) or settings.VAR_DIR / "courriels")
    fichiers = sorted(dossier.glob("*.log"), key=lambda f: f.stat().st_mtime, reverse=True)[:limite]
    recus: list[dict[str, object]] = []
    for fichier in fichiers:
        messages = fichier.read_bytes().split(b"\n" + b"-" * 79 + b"\n")
        recus.extend(_lire_courriel(octets.strip()) for octets in reversed(messages) if octets.strip())
    return recus[:limite]


def _lire_courriel(octets: bytes) -> dict[str, object]:
    message: EmailMessage = message_from_bytes(octets, policy=policy.default)  # type: ignore[assignment]
    corps = message.get_body(("plain",))
    return {
        "objet": message["subject"],
        "a": message["to"],
        "date": message["date"].datetime if message["date"] else None,
        "texte": corps.get_content() if corps else "",
    }
