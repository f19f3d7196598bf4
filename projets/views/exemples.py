"""Examples of funded projects, for everybody: those whose porteur agreed and whose text the coordination published."""

from collections.abc import Sequence

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..models import Photo, Thematique, Vitrine
from ..questionnaire import texte_propre
from ..recherche import LONGUEUR_MAX, exemples
from ..surlignage import mots_de
from .images import servir

PAR_PAGE = 12


def publiques(mots: Sequence[str] = (), *, avec_photos: bool = True) -> QuerySet[Vitrine]:
    """The public presentations with all a card shows, the last published first; those that hold every word."""
    trouvees = exemples(mots).select_related("projet__structure", "projet__objectif_principal__enjeu__thematique")
    if not avec_photos:
        return trouvees
    photos = Photo.objects.publiees().order_by("pk")
    return trouvees.prefetch_related(Prefetch("projet__prises_de_vues__photos", photos, to_attr="montrables"))


@login_not_required
@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    """Cards by page, by thématique if asked."""
    choisie = request.GET.get("thematique", "")
    cherche = texte_propre(request.GET.get("q", ""))[:LONGUEUR_MAX].strip()
    vitrines = publiques(mots_de(cherche))
    thematiques = list(Thematique.objects.filter(appel__courant=True))
    if choisie and any(choisie == thematique.code for thematique in thematiques):
        vitrines = vitrines.filter(projet__objectif_principal__enjeu__thematique__code=choisie)
    page = Paginator(vitrines, PAR_PAGE).get_page(request.GET.get("page"))
    contexte = {"page": page, "thematiques": thematiques, "choisie": choisie, "cherche": cherche}
    return render(request, "projets/public/exemples.html", contexte)


@login_not_required
@require_safe
def photo(request: HttpRequest, jeton: str) -> HttpResponse:
    """A public photo. 404 as soon as an authorisation is taken back or has expired."""
    trouvee = Photo.objects.publiees().filter(jeton=jeton).first()
    if trouvee is None:
        raise Http404
    return servir(trouvee, prive=False)
