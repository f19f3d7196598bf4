"""The bilans that are owed: by every deposited project for the services, by one's own for anybody else."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, ClassVar

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cite_educative.preparees import Preparee, completer, reunir

from .. import bilans_tenus, cumuls
from ..echeances import (
    Comptes,
    DatesAppel,
    EtatBilan,
    bilans_dus,
    compter,
    comptes_des_remis,
    comptes_par_etat,
    dans_l_etat,
    dates_des_appels,
    delai_en_mots,
    lire_les_comptes_tenus,
    requetes_des_comptes,
)
from ..enums import GenreBilan, StatutBilan
from ..fraicheur import marque, retenir
from ..models import Exercice, FaitExercice, Projet, echeance, echeance_prolongee
from ..models.recherche import cherche_des_debuts
from ..pagination import COMPTE_MAX, Retenir, parcourir, tranches
from ..permissions import est_des_services, est_porteur

PAR_PAGE = 25


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


@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    pour_services = est_des_services(request.user)
    garder = _retenir_pour(request)
    dus = _Dus(request, pour_services)
    comptes = garder("comptes", lambda: dus.comptes(""))
    annees = sorted({annee for annee, *_ in comptes}, reverse=True)
    filtres = _filtres(request, annees)
    q, annee, trop = filtres["q"], filtres["annee"], False
    if q:
        # In a tuple, for « too many to be counted » (None) is an answer that is kept too.
        (trouves,) = garder(f"comptes:{q}:{annee}", lambda: (dus.comptes(q, annee),))
        trop, comptes = trouves is None, comptes if trouves is None else trouves
    choisis = [un for un in comptes if annee in (None, un[0])]
    suivis = Suivis(dus, q, choisis, filtres["etat"], request, garder)
    page = (Parcourus(suivis, annee, filtres["etat"]) if trop else suivis).get_page(request.GET.get("page"))
    return render(
        request,
        "projets/bilan/liste.html",
        {
            "pour_services": pour_services,
            "annees": annees,
            "filtres": filtres,
            "cherche_des_debuts": cherche_des_debuts(q),
            "compteurs": _compteurs(None if trop else _par_etat(choisis), pour_services),
            "trop": trop and COMPTE_MAX,
            "page_obj": page,
            "suivis": page.object_list,
        },
    )


class _Dus:
    """The bilans owed to one person as things are now: counted, and found state after state."""

    def __init__(self, request: HttpRequest, pour_services: bool) -> None:
        self.utilisateur, self.pour_services = request.user, pour_services
        self.jour = timezone.localdate()

    @cached_property
    def appels(self) -> tuple[DatesAppel, ...]:
        return dates_des_appels()

    def tous(self, texte: str) -> QuerySet[Exercice]:
        """Those of the projects that hold some words."""
        dus = bilans_dus(self.jour, self.appels)
        # The services see every deposited project, and nothing is granted to another: no need to look at each.
        if self.pour_services and not texte:
            return dus
        visibles = Projet.objects.visibles_par(self.utilisateur)
        projets = visibles if self.pour_services else visibles.filter(porteur=self.utilisateur)
        return dus.filter(projet__in=projets.chercher(texte).order_by())

    @cached_property
    def tenus(self) -> bool:
        """Whether the kept facts tell them: to the services, who see all that is owed."""
        return self.pour_services and cumuls.a_jour()

    def comptes(self, texte: str, annee: int | None = None) -> Comptes | None:
        """Of one civil year or of all; None: too many projects hold these words for their bilans to be counted."""
        if self.tenus:
            return bilans_tenus.comptes(texte, self.jour, annee) if texte else lire_les_comptes_tenus(self.jour)
        if self.pour_services and not texte:
            lus = reunir([requete.texte() for requete in _comptes_de_tous(self.jour, self.appels)])
            return compter(ligne[1:] for ligne in lus)
        return comptes_par_etat(self.tous(texte))

    def cles(self, texte: str, tranches: list[tuple[EtatBilan, int, int, int]]) -> list[int]:
        """Keys of the rows of each slice (state, civil year, from, to), in the order of the deposits, that of the numbers."""
        parts = []
        for etat, annee, de, a in tranches:
            if self.tenus and texte:
                faits = bilans_tenus.qui_contiennent(texte, annee)
                trouves = bilans_tenus.dans_l_etat(faits, etat, self.jour, self.appels)
                sql, parametres = bilans_tenus.en_ordre(trouves).query.sql_with_params()
            elif self.tenus:
                sql, parametres = _cles_tenues(self.jour, self.appels, etat).texte(annee)
            elif self.pour_services and not texte:
                sql, parametres = _cles_de_tous(self.jour, self.appels, etat).texte(annee)
            else:
                cles = _en_ordre(dans_l_etat(self.tous(texte).filter(annee=annee), etat))
                sql, parametres = cles.query.sql_with_params()
            parts.append((f"{sql} LIMIT {a - de} OFFSET {de}", parametres))
        return [pk for _, pk, _ in sorted(reunir(parts), key=lambda ligne: (ligne[0], ligne[2], ligne[1]))]

    def lignes(self, cles: list[int]) -> Iterator[Ligne]:
        """What is shown of some bilans, in their order."""
        if not cles:
            return
        appels = {appel.pk: appel for appel in self.appels}
        lus = {ligne[0]: ligne[1:] for ligne in _lignes_de(self.jour, self.appels).lire(*completer(cles, PAR_PAGE))}
        for cle in cles:
            if cle not in lus:
                continue  # gone since
            annee, suivi, code, accorde, numero, titre, structure, porteur, appel, statut, prolonge = lus[cle]
            etat, genre = EtatBilan(code), GenreBilan.INTERMEDIAIRE if suivi else GenreBilan.DEFINITIF
            jour = echeance_prolongee(echeance(appels[appel], annee, genre), prolonge)
            remis = statut in (StatutBilan.DEPOSE, StatutBilan.ACCEPTE)
            le_sien = est_porteur(self.utilisateur, Projet(porteur_id=porteur))
            yield Ligne(
                numero, titre, structure or "", annee, genre.label, accorde, jour,
                "" if remis else delai_en_mots(jour, self.jour), etat,
                etat.libelle_porteur if le_sien else etat.label, le_sien and not remis,
            )  # fmt: skip


@lru_cache(maxsize=4)
def _comptes_de_tous(jour: date, appels: tuple[DatesAppel, ...]) -> tuple[Preparee, ...]:
    return Preparee(comptes_des_remis), Preparee(lambda: requetes_des_comptes(bilans_dus(jour, appels))[1])


@lru_cache(maxsize=16)
def _cles_de_tous(jour: date, appels: tuple[DatesAppel, ...], etat: EtatBilan) -> Preparee:
    def cles(annee: int) -> QuerySet[Exercice]:
        return _en_ordre(dans_l_etat(bilans_dus(jour, appels).filter(annee=annee), etat))

    return Preparee(cles, jour.year)


@lru_cache(maxsize=16)
def _cles_tenues(jour: date, appels: tuple[DatesAppel, ...], etat: EtatBilan) -> Preparee:
    def cles(annee: int) -> QuerySet[FaitExercice]:
        faits = FaitExercice.objects.filter(annee=annee)
        return bilans_tenus.en_ordre(bilans_tenus.dans_l_etat(faits, etat, jour, appels))

    return Preparee(cles, jour.year)


def _en_ordre(dus: QuerySet[Exercice]) -> QuerySet:
    """That of ``bilans_tenus.en_ordre``."""
    return dus.order_by("projet__depose_le", "pk").values_list("pk", "projet__depose_le")


@lru_cache(maxsize=4)
def _lignes_de(jour: date, appels: tuple[DatesAppel, ...]) -> Preparee:
    champs = (
        "pk", "annee", "suivi", "etat", "accorde", "projet__numero", "projet__titre", "projet__structure__nom",
        "projet__porteur", "projet__appel", "bilan__statut", "bilan__prolonge_au",
    )  # fmt: skip

    def lignes(*pks: int) -> QuerySet[Exercice]:
        return bilans_dus(jour, appels).filter(pk__in=pks).order_by().values_list(*champs)

    return Preparee(lignes, *range(PAR_PAGE))


def _retenir_pour(request: HttpRequest) -> Retenir:
    """Kept for this person and this day."""
    vue = marque(request.user)
    pour = f"bilans:{request.user.pk}:{','.join(sorted(request.user.roles))}:{timezone.localdate()}"
    return lambda quoi, lire: retenir(vue, f"{pour}:{quoi}", lire)


def _compteurs(nombres: Counter[str] | None, pour_services: bool) -> list[tuple[EtatBilan, str, int | str]]:
    return [
        (etat, etat.label if pour_services else etat.libelle_porteur, "…" if nombres is None else nombres[etat.value])
        for etat in EtatBilan
    ]


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
        self, dus: _Dus, texte: str, comptes: Comptes, etat: str, request: HttpRequest, garder: Retenir
    ) -> None:
        super().__init__((), PAR_PAGE)
        self.dus, self.texte, self.garder = dus, texte, garder
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
        parts = [((etat, annee), nombre) for etat, annee, nombre in self.morceaux]
        trouvees = [(*part, de, a) for part, de, a in tranches(parts, debut, fin)]
        return list(self.dus.lignes(self.dus.cles(self.texte, trouvees)))


class Parcourus(Suivis):
    """The same of a search that finds more than ``COMPTE_MAX``: walked in the order of the list, no further than that."""

    def __init__(self, suivis: Suivis, annee: int | None, etat: str) -> None:
        self.__dict__.update(vars(suivis))
        etats = [un for un in EtatBilan if etat in ("", un.value)]
        dus = self.dus
        self.parcours = lambda: bilans_tenus.parcours(self.texte, etats, annee, dus.jour, dus.appels)
        self.un_etat = bool(etat)

    @cached_property
    def count(self) -> int:
        """Of one state, there may be few."""
        if not self.un_etat:
            return COMPTE_MAX
        return self.garder(f"{self.filtres}:nombre", lambda: len(parcourir(self.parcours(), 0, COMPTE_MAX)))

    def _lire(self, debut: int, fin: int) -> list[Ligne]:
        return list(self.dus.lignes(parcourir(self.parcours(), debut, fin)))
