"""The bilans that are owed: by every deposited project for the services, by one's own for anybody else."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ..echeances import EtatBilan, bilans_dus, comptes_par_etat, dans_l_etat
from ..fraicheur import marque, retenir
from ..models import Exercice, Projet
from ..pagination import Retenir
from ..permissions import est_des_services
from .bilans import Suivi

PAR_PAGE = 25
Comptes = list[tuple[int, str, int]]  # civil year, state, number


@dataclass(frozen=True, slots=True)
class Ligne:
    """What the list shows of one bilan to one person."""

    gabarit: ClassVar[str] = "projets/bilan/_ligne.html"
    numero: str
    titre: str
    structure: str
    annee: int
    genre: str
    accorde: Decimal
    echeance: date
    delai: str
    etat: EtatBilan
    libelle: str
    a_remplir: bool

    @classmethod
    def de(cls, suivi: Suivi) -> "Ligne":
        projet, exercice = suivi.exercice.projet, suivi.exercice
        return cls(
            projet.numero,
            projet.titre,
            str(projet.structure),
            exercice.annee,
            suivi.genre,
            exercice.accorde,
            suivi.echeance,
            suivi.delai,
            suivi.etat,
            suivi.libelle,
            suivi.a_remplir,
        )


@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    pour_services = est_des_services(request.user)
    garder = _retenir_pour(request)
    dus = _dus(request, pour_services)
    comptes = garder("comptes", lambda: comptes_par_etat(dus("")))
    annees = sorted({annee for annee, *_ in comptes}, reverse=True)
    filtres = _filtres(request, annees)
    if q := filtres["q"]:
        comptes = garder(f"comptes:{q}", lambda: comptes_par_etat(dus(q)))
    choisis = [un for un in comptes if filtres["annee"] in (None, un[0])]
    nombres = _par_etat(choisis)
    page = Suivis(lambda: dus(q), choisis, filtres["etat"], request, garder).get_page(request.GET.get("page"))
    return render(
        request,
        "projets/bilan/liste.html",
        {
            "pour_services": pour_services,
            "annees": annees,
            "filtres": filtres,
            "compteurs": _compteurs(nombres, pour_services),
            "total": sum(nombres.values()),
            "page_obj": page,
            "suivis": page.object_list,
        },
    )


def _dus(request: HttpRequest, pour_services: bool) -> Callable[[str], QuerySet[Exercice]]:
    """What gives the bilans owed to this person, of the projects that hold some words."""

    def dus(texte: str) -> QuerySet[Exercice]:
        # The services see every deposited project, and nothing is granted to another: no need to look at each.
        if pour_services and not texte:
            return bilans_dus()
        visibles = Projet.objects.visibles_par(request.user)
        projets = visibles if pour_services else visibles.filter(porteur=request.user)
        return bilans_dus().filter(projet__in=projets.chercher(texte).order_by())

    return dus


def _retenir_pour(request: HttpRequest) -> Retenir:
    """Kept for this person and this day."""
    vue = marque(request.user)
    pour = f"bilans:{request.user.pk}:{','.join(sorted(request.user.roles))}:{timezone.localdate()}"
    return lambda quoi, lire: retenir(vue, f"{pour}:{quoi}", lire)


def _compteurs(nombres: Counter[str], pour_services: bool) -> list[tuple[EtatBilan, str, int]]:
    return [(etat, etat.label if pour_services else etat.libelle_porteur, nombres[etat.value]) for etat in EtatBilan]


def _par_etat(comptes: Comptes) -> Counter[str]:
    nombres: Counter[str] = Counter()
    for _, etat, nombre in comptes:
        nombres[etat] += nombre
    return nombres


def _filtres(request: HttpRequest, annees: list[int]) -> dict[str, Any]:
    """What the address asks for, when it means something."""
    annee, etat = request.GET.get("annee", ""), request.GET.get("etat", "")
    return {
        "annee": next((connue for connue in annees if str(connue) == annee), None),
        "etat": etat if etat in EtatBilan else "",
        "q": request.GET.get("q", "").strip()[:100],
    }


class Suivis(Paginator):
    """What waits for somebody first, state after state, year after year: a page only looks at those that it shows."""

    def __init__(
        self, dus: Callable[[], QuerySet[Exercice]], comptes: Comptes, etat: str, request: HttpRequest, garder: Retenir
    ) -> None:
        super().__init__((), PAR_PAGE)
        self.dus, self.utilisateur, self.garder = dus, request.user, garder
        rangs = {un.value: rang for rang, un in enumerate(EtatBilan) if etat in ("", un.value)}
        gardes = [(rangs[un], annee, nombre) for annee, un, nombre in comptes if un in rangs]
        self.morceaux = [(list(EtatBilan)[rang], annee, nombre) for rang, annee, nombre in sorted(gardes)]
        self.filtres = request.GET.urlencode()

    @cached_property
    def count(self) -> int:
        return sum(nombre for *_, nombre in self.morceaux)

    def page(self, number: int | str) -> Page:
        numero = self.validate_number(number)
        debut = (numero - 1) * self.per_page
        fin = min(debut + self.per_page, self.count)
        lignes = self.garder(f"{self.filtres}:{debut}", lambda: tuple(self._lire(debut, fin)))
        return self._get_page(list(lignes), numero, self)

    def _lire(self, debut: int, fin: int) -> list[Ligne]:
        lignes: list[Ligne] = []
        avant = 0
        for etat, annee, nombre in self.morceaux:
            de, a = max(debut - avant, 0), min(fin - avant, nombre)
            avant += nombre
            if de < a:
                lus = dans_l_etat(self.dus().filter(annee=annee), etat).order_by("projet__numero")[de:a]
                legers = lus.select_related("projet__appel", "projet__structure", "bilan")
                lignes += [
                    Ligne.de(Suivi.de(exercice, self.utilisateur))
                    for exercice in legers.defer("projet__donnees", "projet__recherche", "projet__lecture")
                ]
        return lignes
