"""« Vérifiez vos réponses »: every answer of a draft with the way to change it, what the rules say of it, then the deposit."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from correspondants import adresses
from correspondants.models import RegleRoutage

from .. import bilans_manquants, etapes, reception
from ..budget import syntheses, tabuler
from ..constats import Constat
from ..etapes import EtatSection
from ..gardes import phrase_depots_clos
from ..models import Projet
from ..permissions import est_porteur
from ..presentation import Reponse, presenter
from .acces import avec_brouillon
from .depot import ETAPES, adresse_de_page
from .page_dossier import deposer_maintenant


@dataclass(frozen=True)
class LigneVerifiee:
    """One answer, what is said of it, and where it is changed."""

    reponse: Reponse
    constats: tuple[Constat, ...]
    adresse: str


@dataclass(frozen=True)
class SectionVerifiee:
    etat: EtatSection
    lignes: tuple[LigneVerifiee, ...]


def routage(projet: Projet) -> RegleRoutage | None:
    """Who receives the projects of this kind of porteur."""
    return RegleRoutage.objects.filter(nature=projet.nature).first()


def pas_encore(request: HttpRequest, projet: Projet) -> HttpResponse | None:
    """Back to the answers as long as the rules refuse the file."""
    if any(c.est_bloquant for c in reception.constats(projet, projet.contenu, projet.appel.referentiel())):
        messages.error(request, "Le dossier ne peut pas encore être déposé : voyez ce qu’il reste à compléter.")
        return redirect("deposer_finaliser", projet.jeton)
    return None


@avec_brouillon
@require_http_methods(["GET", "HEAD", "POST"])
def finaliser(request: HttpRequest, projet: Projet) -> HttpResponse:
    """The whole file to read again, whatever is missing; POST deposits, once however often it is clicked."""
    if request.method == "POST":
        return _deposer(request, projet)
    dossier, referentiel = projet.contenu, projet.appel.referentiel()
    constats = reception.constats(projet, dossier, referentiel)
    etats = etapes.situer(dossier, constats)
    contexte = {
        "projet": projet,
        "clos": phrase_depots_clos(projet.appel) if projet.depose_le is None else "",
        "dossier": dossier,
        "sections": _sections(projet, etats, constats),
        "bloquants": [(constat, _adresse(projet, constat.champ)) for constat in constats if constat.est_bloquant],
        "reste": etapes.reste(dossier, constats),
        "prochaine": next((etat for etat in etats if etat.est_a_faire), None),
        "montants": [(annee, dossier.montant_demande(annee)) for annee in dossier.annees],
        "synthese": tabuler(syntheses(dossier)),
        "piece": projet.piece_dossier,
        "routage": routage(projet),
        "collegue": projet.porteur_id is not None and not est_porteur(request.user, projet),
        "confirmee": _adresse_confirmee(request),
        "bilans_manquants": bilans_manquants.du_dossier(request.user, dossier, projet),
        "a_verifier": sum(etat.a_verifier for etat in etats),
        "etapes": ETAPES,
    }
    return render(request, "projets/porteur/finaliser.html", contexte)


def _deposer(request: HttpRequest, projet: Projet) -> HttpResponse:
    if refus := pas_encore(request, projet):
        return refus
    if not _adresse_confirmee(request):
        return redirect("deposer_courriel", projet.jeton)
    if not est_porteur(request.user, projet):
        raise PermissionDenied("Le dépôt revient à la personne qui vous a invité à écrire ce dossier.")
    return deposer_maintenant(request, projet, lambda: redirect("deposer_finaliser", projet.jeton))


def _adresse_confirmee(request: HttpRequest) -> bool:
    return request.user.is_authenticated and adresses.est_confirmee(request.user)


def _adresse(projet: Projet, champ: str) -> str:
    """Where an answer is changed: its page, at its field; a cell is found from its table."""
    if not champ:
        return ""
    nom = champ.split(".")[0]
    return f"{adresse_de_page(projet, etapes.page_de(nom))}#id_{nom}"


def _sections(projet: Projet, etats: Iterable[EtatSection], constats: list[Constat]) -> list[SectionVerifiee]:
    par_question: dict[str, list[Constat]] = {}
    for constat in constats:
        par_question.setdefault(constat.champ.split(".")[0], []).append(constat)

    def ligne(reponse: Reponse) -> LigneVerifiee:
        nom = reponse.question.identifiant
        return LigneVerifiee(reponse, tuple(par_question.get(nom, ())), _adresse(projet, nom))

    lues = presenter(projet.contenu, projet.appel.referentiel())
    return [
        SectionVerifiee(etat, tuple(ligne(reponse) for reponse in lue.reponses))
        for etat, lue in zip(etats, lues, strict=True)
    ]
