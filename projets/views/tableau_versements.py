"""The payments over all projects: granted, paid, left to pay, owed back, by civil year and funder; and their export."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ..documents.liste_versements import FORMATS, exporter
from ..enums import Financeur
from ..fraicheur import marque
from ..pagination import PaginateurParTranches
from ..permissions import peut_exporter, peut_voir_pilotage
from ..tableau_versements import (
    EtatPaiement,
    Filtre,
    Sommes,
    annees_financees,
    exercices_de,
    lire,
    lister,
)
from .fragments import fragment

PAR_PAGE = 25


def _filtre(request: HttpRequest, annees: list[int]) -> Filtre:
    """What the address asks for, when it means something; bare, the current civil year."""
    demande, courante = request.GET.get("annee"), timezone.localdate().year
    if demande is None:
        annee = courante if courante in annees else next(iter(annees), None)
    else:
        annee = next((connue for connue in annees if str(connue) == demande), None)
    financeur, etat = request.GET.get("financeur", ""), request.GET.get("etat", "")
    mots = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    return Filtre(annee, financeur if financeur in Financeur else "", etat if etat in EtatPaiement else "", mots)


@dataclass(frozen=True, slots=True)
class Ligne:
    """What one funder does for one Exercice, as a row shows it."""

    gabarit: ClassVar[str] = "projets/versements/_rangee.html"
    numero: str
    titre: str
    structure: str
    annee: int
    financeur: str
    attend_le_porteur: bool
    accorde: Decimal
    paye: Decimal
    reste: Decimal
    a_rendre: Decimal


@require_safe
def tableau(request: HttpRequest) -> HttpResponse:
    if not peut_voir_pilotage(request.user):
        raise PermissionDenied
    quoi = f"versements:{timezone.localdate()}"
    corps = fragment(request, marque(request.user), quoi, "projets/versements/_tableau.html", lambda: _tableau(request))
    return render(request, "projets/versements/tableau.html", {"corps": corps})


def _tableau(request: HttpRequest) -> dict[str, Any]:
    tenues = Sommes.tenues(etats=bool(request.GET.get("etat")))
    annees = tenues.annees if tenues else annees_financees()
    filtre = _filtre(request, annees)
    resume, cles, en_partie = lister(filtre, tenues, annees)
    page = PaginateurParTranches(cles, PAR_PAGE, resume.nombre).get_page(request.GET.get("page"))
    return {
        "annees": annees,
        "filtre": filtre,
        "financeurs": Financeur.choices,
        "etats": EtatPaiement.choices,
        "page_obj": page,
        "rangees": list(_lignes(page.object_list, filtre.financeur)),
        "totaux": resume.totaux,
        "total_accorde": sum(total.accorde for total in resume.totaux),
        "total_paye": sum(total.paye for total in resume.totaux),
        "total_non_verse": sum(total.non_verse for total in resume.totaux),
        "total_a_rendre": resume.a_rendre,
        "parametres": request.GET.urlencode(),
        "en_partie": en_partie,
        "formats": FORMATS.values() if peut_exporter(request.user) else (),
    }


def _lignes(cles: Iterable[int], financeur: str) -> Iterator[Ligne]:
    for rangee in lire(cles, financeur):
        exercice, projet = rangee.exercice, rangee.exercice.projet
        entete = (projet.numero, projet.titre or "Sans titre", str(projet.structure), exercice.annee)
        for part in rangee.parts:
            sommes = (part.accorde, part.paye, part.reste, part.a_rendre)
            yield Ligne(*entete, part.financeur.label, rangee.budget.attend_le_porteur, *sommes)


@require_safe
def export(request: HttpRequest, format: str) -> HttpResponse:  # noqa: A002 -- the word of the address
    """The filtered list, as a sheet."""
    if not peut_exporter(request.user):
        raise PermissionDenied
    if format not in FORMATS:
        raise Http404
    filtre = _filtre(request, annees_financees())
    pks = list(exercices_de(filtre).values_list("pk", flat=True))
    sortie = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by the response
    try:
        exporter(pks, format, sortie, filtre.financeur)
    except BaseException:
        sortie.close()
        raise
    sortie.seek(0)
    nom = f"versements-{filtre.annee or 'toutes-annees'}.{FORMATS[format].extension}"
    reponse = FileResponse(sortie, as_attachment=True, filename=nom, content_type=FORMATS[format].type_mime)
    reponse["Cache-Control"] = "private, no-store"
    return reponse
