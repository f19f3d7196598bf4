"""Opinions on school time with an account: the list, the page of one opinion, and several opinions at once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from correspondants.enums import AUTORITES

from .. import avis as avis_scolaires
from .. import demandes_avis
from ..avis import PartieScolaire, est_attendu, est_corrigeable
from ..enums import Statut
from ..forms.ien import AvisForm, HistoriqueForm, LotAvisForm
from ..fraicheur import marque, retenir
from ..liste_avis import DES_ECOLES, PAR_PAGE, Lecture, Nombres, paginer, rendus
from ..models import AvisIEN, ModificationConcurrente
from ..pagination import PaginateurCompte
from ..permissions import Acteur, peut_rendre_avis, peut_transmettre_avis
from ..templatetags.portail import jours_depuis
from ..workflow import ActionImpossible
from .fragments import fragment

ECOLES_GARDEES = 300  # seconds


@dataclass(frozen=True, slots=True)
class Attendu:
    """A row of the opinions waited for."""

    gabarit: ClassVar[str] = "projets/ien/_attendu.html"
    pk: int
    numero: str
    titre: str
    structure: str
    attente: str  # since when, as things are today
    demande_le: datetime


@dataclass(frozen=True, slots=True)
class Rendu:
    """A row of the opinions given."""

    gabarit: ClassVar[str] = "projets/ien/_rangee_rendu.html"
    pk: int
    numero: str
    titre: str
    sens: str
    corrige_le: datetime | None
    remplace: bool
    rendu_le: datetime
    rendu_par: str
    motif: str
    suite: str

    @classmethod
    def de(cls, avis: AvisIEN) -> "Rendu":
        return cls(
            avis.pk,
            avis.projet.numero,
            avis.projet.titre,
            avis.sens,
            avis.corrige_le,
            avis.remplace,
            avis.rendu_le,
            avis.rendu_par,
            avis.motif,
            avis_scolaires.issue(avis),
        )


@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    """Opinions waited for, the oldest request first, then those given, with their search."""
    if not request.user.a_role(*AUTORITES):
        raise PermissionDenied
    listes = fragment(
        request, marque(request.user), f"avis:{timezone.localdate()}", "projets/ien/_listes.html", lambda: _listes(request)
    )  # fmt: skip
    return render(request, "projets/ien/liste.html", {"listes": listes})


def _listes(request: HttpRequest) -> dict[str, Any]:
    lecture = Lecture(request.user)
    attente, nombres = lecture.attente, lecture.nombres()
    pour = f"{request.user.pk}:{sorted(request.user.roles)}:{sorted(request.user.lignes)}"
    # Asked again after some minutes only: a school of today's opinion is offered that late.
    ecoles = retenir("", f"ecoles:{pour}", lecture.ecoles, ECOLES_GARDEES)
    historique = HistoriqueForm(request.GET, annees=nombres.annees, ecoles=ecoles)
    page = _rendus(request, lecture, nombres, historique).get_page(request.GET.get("page"))
    return {
        "attendus": [
            Attendu(un.pk, un.numero, un.titre, un.structure or "", jours_depuis(un.demande_le), un.demande_le)
            for un in attente.attendus
        ],
        "nombre_attendus": attente.nombre,
        "suspendus": attente.suspendus,
        "historique": historique,
        "ecoles_en_partie": nombres.rendus >= DES_ECOLES,
        "page_obj": page,
        "rendus": [Rendu.de(avis) for avis in page],
    }


def _rendus(request: HttpRequest, lecture: Lecture, nombres: Nombres, historique: HistoriqueForm) -> Paginator:
    """The pages of the opinions given; when nothing is searched, they are counted already and the first one is written once."""
    if historique.est_active:
        return paginer(*historique.trouves(rendus(request.user)))
    if request.GET.get("page", "1") != "1":
        tous = rendus(request.user)
        return paginer(tous, tous, nombres.rendus)
    return PaginateurCompte(lambda: rendus(request.user), PAR_PAGE, nombres.rendus, lecture.derniers)


def _attendus(request: HttpRequest) -> QuerySet[AvisIEN]:
    miens = AvisIEN.objects.visibles_par(request.user).attendus()
    return miens.filter(projet__statut=Statut.AVIS_IEN).order_by("demande_le", "pk")


@require_http_methods(["GET", "HEAD", "POST"])
def rendre(request: HttpRequest, pk: int) -> HttpResponse:
    avis = trouver(request, pk)
    if request.method == "POST" and est_attendu(avis) and not peut_rendre_avis(request.user, avis):
        raise PermissionDenied
    return repondre(request, avis, request.user, "projets/ien/rendre.html", lambda rendu: _suivant(request, rendu))


def trouver(request: HttpRequest, pk: int) -> AvisIEN:
    """The request of a number if it is addressed to the person. Raises Http404."""
    visibles = AvisIEN.objects.visibles_par(request.user)
    return get_object_or_404(
        visibles.select_related("projet__appel", "projet__porteur", "correspondant", "delegation", "par", "depot"),
        pk=pk,
    )


# --- one opinion, the same for an account and for a link --------------------------------------------------------------


def repondre(request: HttpRequest, avis: AvisIEN, acteur: Acteur, gabarit: str, suite: object) -> HttpResponse:
    """One opinion shown, given, or corrected. ``suite`` gives the address that follows. Nothing typed is lost."""
    statut, form = 200, _formulaire(request, avis)
    if request.method == "POST":
        possible = est_corrigeable(acteur, avis) if form.est_une_correction else est_attendu(avis)
        statut = 200 if possible else 410
        if possible and form.is_valid():
            try:
                return redirect(suite(_enregistrer(form, avis, acteur)))
            except (ActionImpossible, ModificationConcurrente) as refus:
                form.add_error(None, list(getattr(refus, "obstacles", [str(refus)])))
                avis, statut = avis_scolaires.relire(avis), 409
    return render(request, gabarit, _contexte(request, avis, acteur, form), status=statut)


def _formulaire(request: HttpRequest, avis: AvisIEN) -> AvisForm:
    if request.method == "POST":
        return AvisForm(request.POST)
    vu = avis.rendu_le.isoformat() if avis.rendu_le else ""
    return AvisForm(initial={"motif": avis.motif, "vu": vu})


def _enregistrer(form: AvisForm, avis: AvisIEN, acteur: Acteur) -> AvisIEN:
    donnees = dict(form.cleaned_data)
    vu = donnees.pop("vu")
    if form.est_une_correction:
        return avis_scolaires.corriger(avis, acteur, vu=vu, **donnees)
    return avis_scolaires.rendre(avis, acteur, **donnees)


def _contexte(request: HttpRequest, avis: AvisIEN, acteur: Acteur, form: AvisForm) -> dict[str, object]:
    attendu, corrigeable = est_attendu(avis), est_corrigeable(acteur, avis)
    peut_transmettre = attendu and peut_transmettre_avis(acteur, avis)
    return {
        "avis": avis,
        "form": form,
        "acteur": acteur,
        "attendu": attendu,
        "explication": "" if attendu or avis.est_rendu else avis_scolaires.pourquoi_pas_attendu(avis),
        "partie": PartieScolaire.de(avis) if attendu or avis.est_rendu else None,
        "sien": avis_scolaires.est_le_sien(acteur, avis),
        "corrigeable": corrigeable,
        "corriger_avant": avis_scolaires.jusqu_a_quand(acteur, avis) if corrigeable else None,
        "en_correction": corrigeable and (form.is_bound or "modifier" in request.GET),
        "peut_transmettre": peut_transmettre,
        "delegations": demandes_avis.delegations_de(avis) if peut_transmettre else [],
    }


def _suivant(request: HttpRequest, rendu: AvisIEN) -> str:
    """The oldest opinion still waited for, or the list when none is."""
    messages.success(
        request,
        f"Votre avis « {rendu.get_sens_display().lower()} » sur le projet {rendu.projet.numero} est enregistré. Merci. "
        "Vous pouvez encore le modifier, depuis « Avis rendus », tant que le projet n’est pas à un ordre du jour.",
    )
    suivant = _attendus(request).first()
    return reverse("avis_rendre", args=[suivant.pk]) if suivant else reverse("avis")


# --- several opinions at once -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Resultat:
    avis: AvisIEN
    obstacles: tuple[str, ...] = ()


@require_POST
def lot(request: HttpRequest) -> HttpResponse:
    """First POST: summary and choice of an opinion. Second (``confirmer``): each through ``executer``, then the report."""
    if not request.user.a_role(*AUTORITES):
        raise PermissionDenied
    choisis = LotAvisForm.choisis(request.POST)
    visibles = AvisIEN.objects.visibles_par(request.user).filter(pk__in=choisis[: LotAvisForm.MAXIMUM])
    demandes = list(
        visibles.select_related(
            "projet__appel", "projet__porteur", "correspondant", "depot", "par", "delegation"
        ).order_by("demande_le", "pk")
    )
    if not demandes:
        messages.warning(request, "Cochez d’abord les projets sur lesquels donner le même avis.")
        return redirect("avis")
    form = LotAvisForm(request.POST if "confirmer" in request.POST else None, demandes=demandes)
    if form.is_valid():
        resultats = [_rendre_en_lot(request, avis, form) for avis in demandes]
        return render(request, "projets/ien/lot_rapport.html", _rapport(form, resultats))
    attendues = [avis for avis in demandes if est_attendu(avis)]
    parties = zip(attendues, PartieScolaire.de_plusieurs(attendues), strict=True)
    contexte = {
        "form": form,
        "lignes": [(avis, partie, form[f"motif_{avis.pk}"]) for avis, partie in parties],
        "ecartes": [Resultat(avis, (_pourquoi(avis),)) for avis in demandes if not est_attendu(avis)],
        "laisses": max(0, len(choisis) - LotAvisForm.MAXIMUM),
    }
    return render(request, "projets/ien/lot.html", contexte)


def _pourquoi(avis: AvisIEN) -> str:
    if avis.est_rendu:
        return f"Avis déjà rendu : {avis.rendu_par}."
    return avis_scolaires.pourquoi_pas_attendu(avis)


def _rendre_en_lot(request: HttpRequest, avis: AvisIEN, form: LotAvisForm) -> Resultat:
    if not est_attendu(avis):
        return Resultat(avis, (_pourquoi(avis),))
    try:
        avis_scolaires.rendre(avis, request.user, sens=form.cleaned_data["sens"], motif=form.motif_de(avis))
    except ActionImpossible as refus:
        return Resultat(avis, refus.obstacles)
    except ModificationConcurrente as refus:
        return Resultat(avis, (str(refus),))
    return Resultat(avis)


def _rapport(form: LotAvisForm, resultats: list[Resultat]) -> dict[str, object]:
    return {
        "sens": form.cleaned_data["sens"],
        "rendus": [resultat for resultat in resultats if not resultat.obstacles],
        "refuses": [resultat for resultat in resultats if resultat.obstacles],
    }
