"""How a porteur reaches a draft, logged in or not yet, and how nothing typed is lost when the session has ended.

A draft without a porteur belongs to the browser session that made it. The form of a project carries a signed proof that
it was shown to its porteur: with it, what was typed in a session that ended is kept until the person is back.
"""

import hashlib
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from cite_educative import limites
from correspondants.comptes import CLE_ADRESSE
from correspondants.models import Utilisateur

from ..enums import Statut
from ..models import Auteur, Projet

CLE_BROUILLONS = "brouillons"
CLE_SAISIE = "saisie"
CLE_MESSAGE = "message"
CLE_COLLAGE = "collage"
SEL = "projets.saisie"
SEL_MESSAGE = "projets.message"
BROUILLONS_GARDES = 20
SAISIE_MAX = 1_000_000  # characters kept in a session
MESSAGE_MAX = 20_000
COLLAGE_MAX = 60_000

Vue = Callable[..., HttpResponse]


def attendre_a_la_porte(request: HttpRequest, courriel: str) -> None:
    """Who accepted a link received at this address, and is not logged in, does not type it again on the login page."""
    if not request.user.is_authenticated:
        request.session[CLE_ADRESSE] = courriel


def retenir(request: HttpRequest, projet: Projet) -> None:
    """Remembers in the session that this browser made this draft."""
    jetons = [jeton for jeton in request.session.get(CLE_BROUILLONS, []) if jeton != str(projet.jeton)]
    request.session[CLE_BROUILLONS] = [*jetons, str(projet.jeton)][-BROUILLONS_GARDES:]


def brouillons_de_la_session(request: HttpRequest) -> list[Projet]:
    """Drafts of this browser that belong to nobody yet, the last first."""
    jetons = request.session.get(CLE_BROUILLONS, [])
    sans_porteur = Projet.objects.filter(jeton__in=jetons, porteur=None, statut=Statut.BROUILLON) if jetons else []
    return sorted(sans_porteur, key=lambda projet: projet.modifie_le, reverse=True)


def brouillons_a_reprendre(request: HttpRequest) -> list[Projet]:
    """Every draft that may go on here: those of this browser, one's own, and those written with a colleague."""
    miens = Projet.objects.brouillons_de(request.user).order_by("-modifie_le")[:BROUILLONS_GARDES]
    return [*brouillons_de_la_session(request), *miens]


def preuve(projet: Projet) -> str:
    """Proof, put in the form, that the page of this project was shown to its porteur."""
    return signing.dumps(str(projet.jeton), salt=SEL)


def a_la_preuve(request: HttpRequest, projet: Projet) -> bool:
    try:
        jeton = signing.loads(request.POST.get("preuve", ""), salt=SEL, max_age=30 * 24 * 3600)
    except signing.BadSignature:
        return False
    return jeton == str(projet.jeton)


def auteur_de(request: HttpRequest) -> Auteur:
    """Who writes through this request: the account, else the session, told from others without being named."""
    if request.user.is_authenticated:
        return Auteur(request.user, f"compte:{request.user.pk}")
    empreinte = hashlib.sha256((request.session.session_key or "").encode()).hexdigest()
    return Auteur(None, f"session:{empreinte[:24]}")


def avec_brouillon(vue: Vue) -> Vue:
    """Decorator: finds the draft of a ``jeton`` and gives it to the view; 404 when it is not this person's.

    A draft of this session is given to the person as soon as they are logged in. A project already deposited goes to its
    confirmation page: a second click finds the number, not an error.
    """

    @login_not_required
    @wraps(vue)
    def vue_du_brouillon(request: HttpRequest, jeton: object, **parametres: object) -> HttpResponse:
        projet = Projet.objects.select_related("appel", "porteur").filter(jeton=jeton).first()
        if projet is None:
            raise Http404
        if projet.porteur_id is None:
            _ouvrir(request, projet)
        elif not request.user.is_authenticated:
            return connexion(request, projet)
        elif projet.porteur_id != request.user.pk and not _ecrit_avec_son_porteur(request, projet):
            raise Http404
        if projet.statut != Statut.BROUILLON:
            sien = projet.numero and projet.porteur_id == request.user.pk
            return redirect("depot_confirme", projet.numero) if sien else redirect("suivi")
        return vue(request, projet, **parametres)

    return vue_du_brouillon


def envois_comptes(vue: Vue) -> Vue:
    """Decorator of a view that reads a file or opens a draft: 429, and nothing is read, beyond what a network may send."""

    @wraps(vue)
    def vue_comptee(request: HttpRequest, *args: object, **parametres: object) -> HttpResponse:
        if request.method == "POST" and not limites.est_permis(request, limites.DEPOT):
            return render(request, "429.html", {"retour": request.path}, status=429)
        return vue(request, *args, **parametres)

    return vue_comptee


def _ecrit_avec_son_porteur(request: HttpRequest, projet: Projet) -> bool:
    """Whether a colleague shares this draft with the person, or shared it until its deposit."""
    if projet.statut == Statut.BROUILLON:
        return Projet.objects.brouillons_de(request.user).filter(pk=projet.pk).exists()
    return projet.partages.filter(accepte_par=request.user, retire_le=None).exists()


def _ouvrir(request: HttpRequest, projet: Projet) -> None:
    """Lets the browser that made a draft in, and gives the draft to whoever is logged in there. Raises Http404."""
    if str(projet.jeton) not in request.session.get(CLE_BROUILLONS, []):
        if not a_la_preuve(request, projet):
            raise Http404
        retenir(request, projet)
    if request.user.is_authenticated:
        Projet.objects.filter(pk=projet.pk, porteur=None, statut=Statut.BROUILLON).update(porteur=request.user)
        projet.refresh_from_db(fields=["porteur"])
        if projet.porteur_id != request.user.pk:
            raise Http404


def adresse_du_dossier(projet: Projet, outil: str = "", *, tout: bool = False) -> str:
    """The budget of a file: its draft's, or its project's; ``outil`` for one of its tools (« coller », « repartir »).

    ``tout``: who came from the form on one page goes back to it.
    """
    if projet.statut != Statut.BROUILLON:
        return reverse(f"projet_{outil}" if outil else "projet_modifier", args=[projet.numero])
    if outil:
        return reverse(f"brouillon_{outil}", args=[projet.jeton]) + ("?tout=1" if tout else "")
    if tout:
        return reverse("deposer_tout", args=[projet.jeton])
    return reverse("deposer_section", args=[projet.jeton, "budget"])


def connexion(request: HttpRequest, projet: Projet | None) -> HttpResponse:
    """To the login page and back; what was posted with a proof waits in the session."""
    if request.method == "POST" and projet is not None and a_la_preuve(request, projet):
        saisie = request.POST.urlencode()
        if len(saisie) <= SAISIE_MAX:
            request.session[CLE_SAISIE] = {"jeton": str(projet.jeton), "page": request.path, "saisie": saisie}
    return redirect_to_login(request.path, reverse("account_login"))


def saisie_gardee(request: HttpRequest, projet: Projet) -> QueryDict | None:
    """What was typed on this page in a session that ended; given once."""
    gardee = request.session.get(CLE_SAISIE)
    if not isinstance(gardee, dict) or gardee.get("jeton") != str(projet.jeton):
        return None
    if gardee.get("page", request.path) != request.path:
        return None
    del request.session[CLE_SAISIE]
    return QueryDict(gardee["saisie"])


def garder_collage(request: HttpRequest, projet: Projet) -> None:
    """Keeps the pasted lines that the script of the form could not put away, for the tool that opens next."""
    texte = request.POST.get("collage", "")
    if texte and len(texte) <= COLLAGE_MAX:
        request.session[CLE_COLLAGE] = {"jeton": str(projet.jeton), "texte": texte}


def collage_garde(request: HttpRequest, projet: Projet) -> QueryDict | None:
    """Those lines, as the tool would have received them; given once."""
    garde = request.session.get(CLE_COLLAGE)
    if not isinstance(garde, dict) or garde.get("jeton") != str(projet.jeton):
        return None
    del request.session[CLE_COLLAGE]
    lignes = QueryDict(mutable=True)
    lignes.update({"texte": garde["texte"], "lire": "1"})
    return lignes


# --- a message about a project ----------------------------------------------------------------------------------------


def preuve_message(projet: Projet, utilisateur: Utilisateur) -> str:
    """Proof, put in the form of a message, that this person was shown this project."""
    return signing.dumps([projet.numero, utilisateur.pk], salt=SEL_MESSAGE)


def garder_message(request: HttpRequest, numero: str) -> None:
    """Keeps in the session what was typed when it had ended, for whoever typed it and for nobody else."""
    try:
        prouve, qui = signing.loads(request.POST.get("preuve", ""), salt=SEL_MESSAGE, max_age=30 * 24 * 3600)
    except (signing.BadSignature, ValueError, TypeError):
        return
    texte = request.POST.get("texte", "")
    if prouve == numero and len(texte) <= MESSAGE_MAX:
        fil = "interne" if request.POST.get("fil") == "interne" else "porteur"
        request.session[CLE_MESSAGE] = {"numero": numero, "qui": qui, "texte": texte, "fil": fil}


def message_garde(request: HttpRequest, projet: Projet, fil: str) -> str:
    """What this person had typed in this thread; given once. On a shared computer, never given to somebody else."""
    garde = request.session.get(CLE_MESSAGE)
    if not isinstance(garde, dict) or garde.get("qui") != request.user.pk:
        return ""
    if garde.get("numero") != projet.numero or garde.get("fil") != fil:
        return ""
    del request.session[CLE_MESSAGE]
    return str(garde.get("texte", ""))


__all__ = [
    "adresse_du_dossier",
    "auteur_de",
    "avec_brouillon",
    "brouillons_a_reprendre",
    "brouillons_de_la_session",
    "collage_garde",
    "connexion",
    "envois_comptes",
    "garder_collage",
    "garder_message",
    "message_garde",
    "preuve",
    "preuve_message",
    "retenir",
    "saisie_gardee",
]
