"""One bilan: its page, its PDF, and filling it."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cite_educative.preparees import Objets
from correspondants.models import Utilisateur

from .. import bilans
from ..bilans import SaisieRefusee, empreinte_de
from ..communication import Conformite, supports_de
from ..documents.compte_financier import CompteFinancier, bilan_pdf
from ..echeances import DatesAppel, EtatBilan, bilans_dus, dates_des_appels, delai_en_mots, echeance_due, genre_de
from ..enums import IssueAction, StatutBilan
from ..forms.bilan import SaisieBilan
from ..forms.bilan_word import BilanWordForm, LectureAffichee
from ..models import Bilan, Exercice
from ..permissions import (
    est_des_services,
    est_porteur,
    peut_juger_bilan,
    peut_remplir_bilan,
    peut_rouvrir_bilan,
    peut_voir_piece,
)
from .projet import chercher


@dataclass(frozen=True)
class Suivi:
    """One bilan owed, as a list shows it to one person."""

    exercice: Exercice
    etat: EtatBilan
    libelle: str  # of the state, in the wording of who reads
    genre: str
    echeance: date
    delai: str
    a_remplir: bool

    @classmethod
    def de(cls, exercice: Exercice, utilisateur: Utilisateur) -> "Suivi":
        bilan = getattr(exercice, "bilan", None)
        remis = bilan is not None and bilan.statut in (StatutBilan.DEPOSE, StatutBilan.ACCEPTE)
        jour, etat = echeance_due(exercice), EtatBilan(exercice.etat)
        le_sien = est_porteur(utilisateur, exercice.projet)
        return cls(
            exercice=exercice,
            etat=etat,
            libelle=etat.libelle_porteur if le_sien else etat.label,
            genre=genre_de(exercice).label,
            echeance=jour,
            delai="" if remis else delai_en_mots(jour, timezone.localdate()),
            a_remplir=le_sien and not remis,
        )


# --- one bilan --------------------------------------------------------------------------------------------------------


def exercice_visible(request: HttpRequest, numero: str, annee: int) -> Exercice:
    """The granted Exercice of an address, for its porteur and for the services; 404 for anybody else."""
    projet = chercher(request.user, numero)
    if projet is None or annee > 9999 or not (est_porteur(request.user, projet) or est_des_services(request.user)):
        raise Http404
    dus = _dus(timezone.localdate(), dates_des_appels()).lire(projet.pk, annee, projet=projet)
    if not dus:
        raise Http404
    return dus[0]


@lru_cache(maxsize=4)
def _dus(jour: date, appels: tuple[DatesAppel, ...]) -> Objets:
    """That of a project and of a civil year, with its bilan; none when nothing was granted."""

    def de(projet: int, annee: int) -> QuerySet[Exercice]:
        return bilans_dus(jour, appels).filter(projet=projet, annee=annee).select_related("bilan").order_by()

    return Objets(de, 1, 1)


def bilan_visible(request: HttpRequest, exercice: Exercice) -> Bilan | None:
    """The bilan of an Exercice if the person may read it: services, once it has been deposited."""
    roles = frozenset(request.user.roles)
    return next(iter(_lisible(roles).lire(request.user.pk, exercice.pk)), None)


@lru_cache(maxsize=64)
def _lisible(roles: frozenset[str]) -> Objets:
    """The bilan of an Exercice, for somebody who holds these roles."""

    def lu(compte: int, exercice: int) -> QuerySet[Bilan]:
        return (
            Bilan.objects.visibles_par(Utilisateur.doublure(compte, None, roles)).filter(exercice=exercice).order_by()
        )

    return Objets(lu, 1, 1)


def lier(bilan: Bilan, exercice: Exercice) -> Bilan:
    """The same bilan, knowing the project that is already loaded."""
    bilan.exercice = exercice
    return bilan


@require_safe
def bilan(request: HttpRequest, numero: str, annee: int) -> HttpResponse:
    exercice = exercice_visible(request, numero, annee)
    remis = bilan_visible(request, exercice)
    contexte: dict[str, Any] = {
        "projet": exercice.projet,
        "exercice": exercice,
        "suivi": Suivi.de(exercice, request.user),
        "bilan": remis,
        "est_porteur": est_porteur(request.user, exercice.projet),
    }
    if remis:
        lier(remis, exercice)
        en_word = (piece for piece in exercice.bilans_en_word if peut_voir_piece(request.user, piece))
        contexte |= {
            "rendu": CompteFinancier.de(remis),
            "peut_remplir": peut_remplir_bilan(request.user, remis),
            "peut_juger": peut_juger_bilan(request.user, remis),
            "peut_prolonger": peut_juger_bilan(request.user, remis) and remis.issue == IssueAction.REPORTEE,
            "peut_rouvrir": peut_rouvrir_bilan(request.user, remis),
            "retours": list(remis.retours.all()),
            "bilan_en_word": next(en_word, None),
            "depot_word": BilanWordForm.pour(remis) if peut_remplir_bilan(request.user, remis) else None,
            "justificatifs": exercice.justificatifs,
            "supports": supports_de(exercice.projet),
            "conformite": Conformite.de(exercice.projet) if remis.se_remplit else None,
        }
    return render(request, "projets/bilan/bilan.html", contexte)


@require_safe
def pdf(request: HttpRequest, numero: str, annee: int) -> HttpResponse:
    exercice = exercice_visible(request, numero, annee)
    remis = bilan_visible(request, exercice)
    if remis is None:
        raise Http404
    octets = bilan_pdf(CompteFinancier.de(lier(remis, exercice)))
    reponse = HttpResponse(octets, content_type="application/pdf")
    reponse.headers["Content-Disposition"] = f'attachment; filename="bilan-{annee}-{exercice.projet.numero}.pdf"'
    return reponse


@require_http_methods(["GET", "HEAD", "POST"])
def modifier(request: HttpRequest, numero: str, annee: int) -> HttpResponse:
    exercice = exercice_visible(request, numero, annee)
    if not est_porteur(request.user, exercice.projet):
        raise PermissionDenied
    en_cours = lier(bilans.preparer(exercice, request.user), exercice)
    if request.method != "POST":
        if not peut_remplir_bilan(request.user, en_cours):
            messages.info(request, "Ce bilan est déposé : il ne se modifie plus.")
            return redirect("bilan", numero, annee)
        return _page_de_saisie(request, SaisieBilan.de(en_cours))
    saisie = SaisieBilan.de(en_cours, request.POST, request.FILES)
    try:
        valide = saisie.enregistrer(request.POST.get("empreinte", ""), request.user, relu="relu" in request.POST)
    except SaisieRefusee as refus:
        saisie.est_valide()
        return _page_de_saisie(request, saisie, str(refus), status=409)
    for phrase in saisie.form.mentions:
        messages.info(request, phrase)
    if not valide:
        return _page_de_saisie(request, saisie)
    if "deposer" in request.POST:
        return redirect("bilan_action", numero, annee, "deposer")
    messages.success(request, "Le brouillon du bilan est enregistré.")
    return redirect("bilan_modifier", numero, annee)


def _page_de_saisie(request: HttpRequest, saisie: SaisieBilan, refus: str = "", status: int = 200) -> HttpResponse:
    """The form, with the figures as they are kept and the values as they were typed."""
    actuel = Bilan.objects.get(pk=saisie.bilan.pk)
    exercice = saisie.bilan.exercice
    rendu = CompteFinancier.de(lier(actuel, exercice))
    return render(
        request,
        "projets/bilan/modifier.html",
        {
            "projet": exercice.projet,
            "exercice": exercice,
            "suivi": Suivi.de(exercice, request.user),
            "bilan": actuel,
            "rendu": rendu,
            "form": saisie.form,
            "ajouts": saisie.ajouts,
            "tableaux": saisie.tableaux(rendu),
            "indicateurs": saisie.indicateurs(),
            "retours": saisie.retours(),
            "justificatifs": exercice.justificatifs,
            "empreinte": empreinte_de(actuel),
            "lecture": LectureAffichee.de(actuel, saisie),
            "depot_word": BilanWordForm.pour(actuel),
            "ouvert": peut_remplir_bilan(request.user, actuel),
            "refus": [refus] if refus else [],
        },
        status=status,
    )
