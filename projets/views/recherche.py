"""The search of the portal: one field, results by kind."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..contexte import appel_courant
from ..models import Thematique
from ..questionnaire import texte_propre
from ..recherche import GROUPES, LONGUEUR_MAX, chercher
from ..surlignage import mots_de

APERCU, PAR_PAGE = 5, 20


@login_not_required
@require_safe
def recherche(request: HttpRequest) -> HttpResponse:
    """Five results of each kind; all those of one kind, by page, with ``?dans=``."""
    texte = texte_propre(request.GET.get("q", ""))[:LONGUEUR_MAX].strip()
    dans = request.GET.get("dans", "")
    dans = dans if dans in GROUPES else ""
    appel = appel_courant(request)
    numero = _numero(request.GET.get("page", "")) if dans else 1
    groupes = chercher(texte, appel, request.user, dans=dans, page=numero, par_page=PAR_PAGE if dans else APERCU)
    page = None
    if dans and groupes:
        page = Paginator(range(groupes[0].nombre), PAR_PAGE).get_page(numero)
        if page.number != numero:  # beyond the last one
            groupes = chercher(texte, appel, request.user, dans=dans, page=page.number, par_page=PAR_PAGE)
    contexte = {
        "texte": texte,
        "trop_court": bool(texte) and not mots_de(texte),
        "groupes": groupes,
        "nombre": sum(groupe.nombre for groupe in groupes),
        "en_partie": any(groupe.en_partie for groupe in groupes),
        "dans": dans,
        "page_obj": page,
        "thematiques": Thematique.objects.filter(appel=appel) if appel and not groupes else (),
    }
    reponse = render(request, "projets/public/recherche.html", contexte)
    reponse["X-Robots-Tag"] = "noindex"
    return reponse


def _numero(texte: str) -> int:
    return min(max(int(texte), 1), 10_000) if texte.isascii() and texte.isdigit() and len(texte) < 9 else 1
