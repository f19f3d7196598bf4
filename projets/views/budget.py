"""The two tools of the budget editor, on a draft or on a project that came back: paste from a spreadsheet, share in two."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from .. import etalement, reception
from ..collage import inscrire
from ..dossier import Dossier
from ..forms.budget import CHAMPS, FormulaireCollage, RepartitionForm
from ..forms.dossier import ranger
from ..models import ModificationConcurrente, Projet
from ..questionnaire import normaliser
from .acces import adresse_du_dossier, auteur_de, avec_brouillon, collage_garde
from .porteur import avec_projet_a_corriger

lecture_ou_envoi = require_http_methods(["GET", "HEAD", "POST"])
Page = Callable[[HttpRequest, Projet], HttpResponse]


def _champs_ouverts(projet: Projet) -> tuple[str, ...]:
    """The tables of the budget that the porteur may change now."""
    rouverts = reception.champs_rouverts(projet)
    return tuple(champ for champ in CHAMPS if rouverts is None or champ in rouverts)


def _enregistrer(request: HttpRequest, projet: Projet, dossier: Dossier, fait: str) -> HttpResponse | None:
    """Saves and goes back to the budget; None when somebody else saved meanwhile: the page is then shown again."""
    try:
        complet = ranger(normaliser(dossier), projet.appel.referentiel())
        reception.enregistrer_saisie(projet, complet, projet.version, auteur=auteur_de(request))
    except ModificationConcurrente as concurrence:
        projet.refresh_from_db()
        messages.error(request, str(concurrence))
        return None
    messages.success(request, fait)
    return redirect(f"{_retour(request, projet)}#id_charges")


def _coller(request: HttpRequest, projet: Projet) -> HttpResponse:
    """GET: the text area; POST: what was understood of it, then the lines written. The script asks for JSON."""
    champs = _champs_ouverts(projet)
    data = request.POST if request.method == "POST" else collage_garde(request, projet)
    formulaire = FormulaireCollage(projet.contenu, projet.appel.referentiel(), champs, data)
    if request.method == "POST" and request.headers.get("X-Lecture") == "automatique":
        return JsonResponse(formulaire.en_json())
    if formulaire.est_pret() and champs:
        collees = formulaire.collees()
        pluriel = "s" if len(collees) > 1 else ""
        fait = f"{len(collees)} ligne{pluriel} inscrite{pluriel} dans le budget. Vérifiez l’équilibre."
        if suite := _enregistrer(request, projet, inscrire(projet.contenu, collees), fait):
            return suite
    contexte = _contexte(request, projet, champs) | {"formulaire": formulaire, "erreurs": formulaire.erreurs}
    return render(request, "projets/porteur/budget_coller.html", contexte, status=422 if formulaire.erreurs else 200)


def _repartir(request: HttpRequest, projet: Projet) -> HttpResponse:
    """The proposal, explained and editable; written only by « Inscrire »."""
    champs, dossier = _champs_ouverts(projet), projet.contenu
    data = request.POST if request.method == "POST" else None
    cles = etalement.cles(dossier, projet.appel.referentiel().vacances)
    form = None
    if cles and dossier.annee in (None, cles[0].annee):
        form = RepartitionForm(dossier, projet.appel.referentiel(), cles, champs, data)
        if "inscrire" in request.POST and form.is_valid():
            fait = f"Le budget est réparti entre {form.annees[0]} et {form.annees[1]}. Vérifiez-le."
            apres = etalement.appliquer(dossier, form.choisies(), form.cle.annee)
            if suite := _enregistrer(request, projet, apres, fait):
                return suite
    erreurs = form.erreurs if form else []
    contexte = _contexte(request, projet, champs) | {"form": form, "erreurs": erreurs, "dossier": dossier, "cles": cles}
    return render(request, "projets/porteur/budget_repartir.html", contexte, status=422 if erreurs else 200)


def _retour(request: HttpRequest, projet: Projet) -> str:
    return adresse_du_dossier(projet, tout="tout" in request.GET)


def _contexte(request: HttpRequest, projet: Projet, champs: tuple[str, ...]) -> dict[str, object]:
    annee = projet.contenu.annee
    annees = (annee, annee + 1) if annee else ("Année N", "Année N+1")
    return {"projet": projet, "champs": champs, "retour": _retour(request, projet), "annees": annees}


brouillon_coller = avec_brouillon(lecture_ou_envoi(_coller))
brouillon_repartir = avec_brouillon(lecture_ou_envoi(_repartir))
projet_coller = avec_projet_a_corriger(lecture_ou_envoi(_coller))
projet_repartir = avec_projet_a_corriger(lecture_ou_envoi(_repartir))
