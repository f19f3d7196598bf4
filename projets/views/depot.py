"""The guided path of a draft: the list of its sections, one page after the other, or the whole form on one page."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from .. import bilans_manquants, etapes, reception
from ..constats import Constat, Gravite
from ..dossier import SECTIONS, Dossier, differences, question
from ..etapes import Avancement, EtatSection, Page
from ..models import Modification, Projet
from ..permissions import est_porteur
from ..regles import CHAMPS_A_FORME
from .acces import auteur_de, avec_brouillon
from .page_dossier import PageDossier

ETAPES = ("Commencer", "Vos réponses", "Vérification", "Dépôt")

COMMENCEES = frozenset({Avancement.COMMENCEE, Avancement.ERREURS, Avancement.COMPLETE})

lecture_ou_envoi = require_http_methods(["GET", "HEAD", "POST"])


def etat_du_dossier(projet: Projet) -> tuple[tuple[EtatSection, ...], etapes.Reste]:
    """Where each section of a draft stands, and what is left before its deposit."""
    dossier = projet.contenu
    constats = reception.constats(projet, dossier, projet.appel.referentiel())
    return etapes.situer(dossier, constats), etapes.reste(dossier, constats)


@avec_brouillon
@lecture_ou_envoi
def taches(request: HttpRequest, projet: Projet) -> HttpResponse:
    """The list of the sections, whichever door the draft came by. A form of former times still posts here."""
    if request.method == "POST":
        return _tout(request, projet)
    etats, reste = etat_du_dossier(projet)
    completes = sum(etat.avancement is Avancement.COMPLETE for etat in etats)
    commence = any(etat.avancement in COMMENCEES for etat in etats)
    contexte = {
        "projet": projet,
        "piece": projet.piece_dossier,
        "etranger": not commence and reception.est_etranger(projet),
        "etats": etats,
        "sections": _avec_les_autres(request, projet, etats),
        "collegue": projet.porteur_id is not None and not est_porteur(request.user, projet),
        "completes": completes,
        "commence": commence,
        "reste": reste,
        "prochaine": next((etat for etat in etats if etat.est_a_faire), None),
        "a_ranger": len(projet.lecture.get("non_reconnu", ())),
        "a_verifier": sum(etat.a_verifier for etat in etats),
        "remarques": len(projet.lecture.get("anomalies", ())),
        "bilans_manquants": bilans_manquants.du_dossier(request.user, projet.contenu, projet),
        "etapes": ETAPES,
    }
    return render(request, "projets/porteur/taches.html", contexte)


def _avec_les_autres(
    request: HttpRequest, projet: Projet, etats: tuple[EtatSection, ...]
) -> list[tuple[EtatSection, Modification | None]]:
    """Each section with the last change that somebody else made there, if any."""
    derniers: dict[str, Modification] = {}
    for modification in projet.modifications.d_un_autre(auteur_de(request).cle):
        derniers.setdefault(question(modification.champ).section, modification)
    return [(etat, derniers.get(etat.section.code)) for etat in etats]


# --- one page of one section --------------------------------------------------------------------------------------------


@avec_brouillon
@lecture_ou_envoi
def section(request: HttpRequest, projet: Projet, section: str, rang: int = 1) -> HttpResponse:
    """A few questions, saved whatever they hold; what is wrong is said once, and never stops who wants to go on."""
    affichee = _page_ou_404(section, rang)
    avant = projet.contenu
    page = PageDossier(request, projet, questions=affichee.noms)
    if page.est_automatique:
        return page.enregistrer_en_silence()
    if request.method == "POST" and page.enregistrer():
        return page.suite_d_un_outil() or _suite(request, projet, affichee, avant)
    page.montrer = bool(projet.piece_dossier or projet.version)
    contexte = page.contexte() | {
        "page": affichee,
        "numero": next(numero for numero, une in enumerate(SECTIONS, 1) if une.code == section),
        "sections": len(SECTIONS),
        "niveau": 2,  # of the headings of its tables
        "verifier": "verifier" in request.GET and request.method != "POST",
    }
    return render(request, "projets/porteur/section.html", contexte, status=page.statut)


def _page_ou_404(section: str, rang: int) -> Page:
    try:
        return etapes.pages(section)[rang - 1] if rang > 0 else etapes.pages("")[0]
    except (KeyError, IndexError) as absente:
        raise Http404 from absente


def adresse_de_page(projet: Projet, page: Page) -> str:
    if page.rang == 1:
        return reverse("deposer_section", args=[projet.jeton, page.section.code])
    return reverse("deposer_section_page", args=[projet.jeton, page.section.code, page.rang])


def _suite(request: HttpRequest, projet: Projet, page: Page, avant: Dossier) -> HttpResponse:
    """After saving a page: what is wrong once, else the next page, the next section to fill, the check of the whole."""
    dossier = projet.contenu
    constats = reception.constats(projet, dossier, projet.appel.referentiel())
    fautives = _a_dire_avant_de_continuer(page, constats, avant, dossier)
    if "liste" in request.POST:
        messages.success(request, "Tout est enregistré.")
        return redirect("deposer_verification", projet.jeton)
    if fautives and request.POST.get("continuer") != "quand-meme":
        return redirect(f"{request.path}?verifier=1")
    if page.rang < page.total:
        return redirect(adresse_de_page(projet, etapes.pages(page.section.code)[page.rang]))
    if suivante := etapes.suivante(etapes.situer(dossier, constats), page.section.code):
        return redirect("deposer_section", projet.jeton, suivante.section.code)
    return redirect("deposer_finaliser", projet.jeton)


def _a_dire_avant_de_continuer(page: Page, constats: list[Constat], avant: Dossier, dossier: Dossier) -> list[Constat]:
    """The errors of a page, and the numbers badly written that were typed just before its button: the script, which speaks
    once a field is left, had no time to."""
    tapees = {une.identifiant for une, _, _ in differences(avant, dossier)} & CHAMPS_A_FORME
    return [
        constat
        for constat in constats
        if (constat.est_bloquant or (constat.gravite is Gravite.A_VERIFIER and constat.champ in tapees))
        and constat.champ.split(".")[0] in page.noms
        and not etapes.est_sans_reponse(dossier, constat)
    ]


# --- everything on one page -----------------------------------------------------------------------------------------


def _tout(request: HttpRequest, projet: Projet) -> HttpResponse:
    page = PageDossier(request, projet)
    if page.est_automatique:
        return page.enregistrer_en_silence()
    if request.method == "POST" and page.enregistrer():
        return page.suite(lambda: redirect("deposer_finaliser", projet.jeton))
    page.montrer = bool(projet.piece_dossier or projet.version)  # nothing is reproached before somebody began
    contexte = page.contexte() | {"etapes": ETAPES}
    return render(request, "projets/porteur/tout.html", contexte, status=page.statut)


tout = avec_brouillon(lecture_ou_envoi(_tout))
