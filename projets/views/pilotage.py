"""The overview of one civil year, and its exports."""

import tempfile
from collections.abc import Callable
from typing import BinaryIO

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from correspondants.models import Quartier

from .. import annees_tenues, exports, indicateurs, statistiques
from ..annees_tenues import nombre_de_budgets
from ..documents import bilans_annuels
from ..documents.feuilles_annuelles import feuille_revue
from ..documents.graphiques_annuels import graphiques_de
from ..documents.tableur import ecrire_csv, ecrire_ods, ecrire_xlsx
from ..fraicheur import marque, retenir
from ..models import Thematique
from ..models.referentiels import garder_les_mots
from ..permissions import peut_exporter, peut_voir_pilotage
from ..repartitions import Filtre

Dessins = tuple[str, SafeString]  # where to go in the page, and its figures
CHIFFRES_GARDES = 60  # seconds, unless something happens before


@require_safe
def tableau(request: HttpRequest) -> HttpResponse:
    if not peut_voir_pilotage(request.user):
        raise PermissionDenied
    vue = marque(request.user)
    annees = retenir(vue, "annees", statistiques.annees_connues, CHIFFRES_GARDES)
    courante = timezone.localdate().year
    choisie = next((annee for annee in annees if str(annee) == request.GET.get("annee", "")), courante)
    thematiques, quartiers = garder_les_mots("pilotage:filtres", _choix_des_filtres)
    filtre = Filtre(
        next((une for une in thematiques if str(une.pk) == request.GET.get("thematique", "")), None),
        next((un for un in quartiers if str(un.pk) == request.GET.get("quartier", "")), None),
    )
    contexte = {
        "annees": annees,
        "annee": choisie,
        "thematiques": thematiques,
        "quartiers": quartiers,
        "filtre": filtre,
        # First: they say how many budgets there are.
        **dict(zip(("sommaire", "chiffres"), _chiffres(request, vue, choisie, filtre), strict=True)),
        "peut_exporter": peut_exporter(request.user),
        **_formats(vue, choisie),
    }
    return render(request, "projets/pilotage/tableau.html", contexte)


def _choix_des_filtres() -> tuple[list[Thematique], list[Quartier]]:
    return list(Thematique.objects.select_related("appel")), list(Quartier.objects.all())


def _chiffres(request: HttpRequest, vue: str, annee: int, filtre: Filtre) -> Dessins:
    """All the figures of the page and the links to them, added up and drawn again as soon as something happens, for this
    reader and this day."""
    choix = f"{filtre.thematique and filtre.thematique.pk}:{filtre.quartier and filtre.quartier.pk}"
    quoi = f"pilotage:{request.user.pk}:{timezone.localdate()}:{annee}:{choix}"
    return retenir(vue, quoi, lambda: _dessiner(request, vue, annee, filtre), CHIFFRES_GARDES)


def _dessiner(request: HttpRequest, vue: str, annee: int, filtre: Filtre) -> Dessins:
    choisis = garder_les_mots("pilotage:indicateurs", indicateurs.choisis)
    tenues = annees_tenues.lire(annee, filtre, **indicateurs.a_lire(choisis))
    bilan_annuel = statistiques.annee_civile(annee, filtre=filtre, lecteur=request.user, tenues=tenues)
    if not filtre.est_actif:
        retenir(vue, f"budgets:{annee}", lambda: bilan_annuel.total.projets, CHIFFRES_GARDES)
    contexte = {
        "annee": annee,
        "precedente": annee - 1,
        "filtre": filtre,
        "bilan_annuel": bilan_annuel,
        "graphiques": graphiques_de(bilan_annuel),
        "indicateurs": indicateurs.indicateurs_de(annee, choisis, tenues),
    }
    sommaire = contexte | {"peut_exporter": peut_exporter(request.user)}
    return (
        "" if bilan_annuel.est_vide else render_to_string("projets/pilotage/_sommaire.html", sommaire),
        render_to_string("projets/pilotage/_chiffres.html", contexte),
    )


def _formats(vue: str, annee: int) -> dict[str, list[bilans_annuels.Format]]:
    """Those that answer a click, those that are prepared in the background."""
    nombre = retenir(vue, f"budgets:{annee}", lambda: nombre_de_budgets(annee), CHIFFRES_GARDES)
    directs = [un for un in bilans_annuels.FORMATS.values() if un.en_ligne is None or nombre <= un.en_ligne != 0]
    return {
        "formats_directs": directs,
        "formats_longs": [un for un in bilans_annuels.FORMATS.values() if un not in directs],
    }


@require_safe
def exporter(request: HttpRequest, annee: int, format: str) -> HttpResponse:  # noqa: A002 -- the word of the address
    """The file of one year."""
    if not peut_exporter(request.user):
        raise PermissionDenied
    choisi = bilans_annuels.FORMATS.get(format)
    if choisi is None or choisi.en_ligne == 0 or not 2000 <= annee <= 2100:
        raise Http404
    if exports.est_long(annee, format):
        messages.info(request, "Ce fichier est long à préparer : demandez-le depuis le pilotage, il vous attendra ici.")
        return redirect("exports")
    return envoyer(
        lambda sortie: bilans_annuels.exporter(annee, format, sortie),
        f"bilans-{annee}.{choisi.extension}",
        choisi.type_mime,
    )


@require_safe
def exporter_revue(request: HttpRequest, annee: int, format: str) -> HttpResponse:  # noqa: A002
    """The figures of the « revue de projets » alone."""
    if not peut_exporter(request.user):
        raise PermissionDenied
    ecrire = {
        "xlsx": lambda sortie: ecrire_xlsx([feuille_revue(annee)], sortie, titre=f"Revue de projets {annee}"),
        "ods": lambda sortie: ecrire_ods([feuille_revue(annee)], sortie),
        "csv": lambda sortie: ecrire_csv(feuille_revue(annee), sortie),
    }.get(format)
    if ecrire is None or not 2000 <= annee <= 2100:
        raise Http404
    return envoyer(ecrire, f"revue-de-projets-{annee}.{format}", bilans_annuels.FORMATS[format].type_mime)


def envoyer(ecrire: Callable[[BinaryIO], None], nom: str, type_mime: str) -> FileResponse:
    """A file written to disk, then sent: its size does not depend on the memory of the server."""
    sortie = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by the response
    try:
        ecrire(sortie)
    except BaseException:
        sortie.close()
        raise
    sortie.seek(0)
    reponse = FileResponse(sortie, as_attachment=True, filename=nom, content_type=type_mime)
    reponse["Cache-Control"] = "private, no-store"
    return reponse
