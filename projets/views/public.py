"""Pages that anybody may read: the call, how to communicate, what the law asks a site to say."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from .. import accessibilite as declaration
from ..appel_public import arbres, calendrier, interlocuteurs
from ..contexte import appel_courant
from ..demonstration.comptes import COMPTES, MOT_DE_PASSE
from ..enums_portail import EtatCourriel
from ..models import (
    Appel,
    Courriel,
    Dispositif,
    Objectif,
    Parcours,
    Thematique,
    Transversalite,
    durees,
    en_clair,
)
from ..plan_site import rubriques_pour
from ..questionnaire import texte_propre
from ..recherche import LONGUEUR_MAX
from ..territoire import a_un_plan, plan
from .exemples import publiques
from .publiques import pour_tous

EXEMPLES_A_L_ACCUEIL = 3


@login_not_required
@require_safe
@pour_tous
def accueil(request: HttpRequest) -> HttpResponse:
    """In ten seconds: what it is, whether one may apply, how, until when, whom to call."""
    appel = appel_courant(request)
    if appel is None:
        return render(request, "projets/public/sans_appel.html")
    contexte = {
        "interlocuteurs": interlocuteurs(),
        "thematiques": Thematique.objects.filter(appel=appel),
        "nombre_objectifs": Objectif.objects.filter(enjeu__thematique__appel=appel).count(),
        "plan": a_un_plan(),
        "vitrines": publiques(avec_photos=False)[:EXEMPLES_A_L_ACCUEIL],
    }
    return render(request, "projets/public/accueil.html", contexte)


@login_not_required
@require_safe
@pour_tous
def appel(request: HttpRequest) -> HttpResponse:
    """The whole call on one page, made to be read, looked through and printed."""
    courant = Appel.objects.filter(courant=True).first()
    if courant is None:
        return render(request, "projets/public/sans_appel.html")
    mots = texte_propre(request.GET.get("mots", ""))[:LONGUEUR_MAX].strip()
    arbre = arbres(courant, mots)
    contexte = {
        "interlocuteurs": interlocuteurs(),
        "calendrier": calendrier(courant),
        "arbres": arbre,
        "mots": mots,
        "nombre_trouves": sum(un.nombre for un in arbre),
        "nombre_objectifs": Objectif.objects.filter(enjeu__thematique__appel=courant).count(),
        "parcours": Parcours.objects.filter(appel=courant).prefetch_related("orientations"),
        "transversalites": Transversalite.objects.filter(appel=courant),
        "dispositifs": Dispositif.objects.filter(appel=courant),
        "plan": plan(courant),
    }
    return render(request, "projets/public/appel.html", contexte)


@login_not_required
@require_safe
@cache_control(max_age=86400, public=True)
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it on the pages that are not ours to write (the administration)."""
    return redirect(static("images/favicon.svg"))


@login_not_required
@require_safe
@cache_control(max_age=86400, public=True)
def robots(request: HttpRequest) -> HttpResponse:
    """What the programs that index the web may read: the public pages; nothing of a demonstration."""
    fermes = ["/"] if settings.DEMO else ["/admin/", "/avis/", "/comptes/", "/projets/", "/recherche/", "/suivi/"]
    lignes = ["User-agent: *", *(f"Disallow: {chemin}" for chemin in fermes)]
    return HttpResponse("\n".join(lignes) + "\n", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def communication(request: HttpRequest) -> HttpResponse:
    return render(request, "projets/public/communication.html")


@login_not_required
@require_safe
def accessibilite(request: HttpRequest) -> HttpResponse:
    """The declaration that the law asks for, true to what was tested."""
    contexte = {
        "etat": declaration.etat(),
        "audit": declaration.audit(),
        "verifie_le": declaration.VERIFIE_LE,
        "contact": settings.ACCESSIBILITE_CONTACT,
        "schema": settings.ACCESSIBILITE_SCHEMA,
        "adresse": settings.URL_PUBLIQUE,
    }
    return render(request, "projets/public/accessibilite.html", contexte)


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
    """Every page that the reader may open without knowing a number."""
    connecte = request.user if request.user.is_authenticated else None
    return render(request, "projets/public/plan_du_site.html", {"rubriques": rubriques_pour(connecte)})


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
