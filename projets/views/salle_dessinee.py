"""The room of a meeting as one person sees it: each project of the agenda, the envelopes and the attendance are pieces of
their own, drawn again only when what they show changed (``pieces``)."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django import forms
from django.http import HttpRequest
from django.template.loader import get_template
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from .. import salle, seances, simulation
from ..forms.salle import DeportForm, NotesForm, PlaceForm, PresencesForm, VoixForm
from ..forms.troika import DecisionForm
from ..models import SeanceTroika
from ..permissions import peut_noter_en_seance, peut_tenir_seance, peut_voir_pilotage
from .fragments import JETON
from .pieces import piece
from .troika_acces import pilotes_de
from .troika_prets import prets_a_inscrire

Repris = dict[tuple[int, str], forms.Form]  # by point (0 for the meeting) and kind: the form that comes back


def composer(
    request: HttpRequest, seance: SeanceTroika, vue: str, vu: str, ouvert: int, repris: Repris
) -> dict[str, Any]:
    """What ``_salle.html`` shows. ``vu`` was read before: what changes meanwhile will be seen as new."""
    agenda = seances.fiches(seance, request.user)
    argent = salle.argent(seance, request.user, vue)
    simulee = simulation.simuler(seance, agenda, request.user, argent)
    tient = peut_tenir_seance(request.user) and seance.est_ouverte
    return {
        "seance": seance,
        "vu": vu,
        "fiches": agenda,
        "fin": agenda[-1].fin if agenda else None,
        "decides": sum(fiche.decision is not None for fiche in agenda),
        "peut_tenir": tient,
        "coordonne": peut_tenir_seance(request.user),
        "passee": seance.date < timezone.now(),
        "points": _points(request, seance, agenda, simulee, ouvert, repris),
        "enveloppes": _enveloppes(request, seance, agenda, simulee),
        "presences": _presences(request, seance, repris.get((0, "presences"))),
        "prets": prets_a_inscrire(request, seance) if tient else (),
    }


def _dessin(gabarit: str, contexte: Callable[[], dict[str, Any]]) -> Callable[[], str]:
    return lambda: get_template(gabarit).render({**contexte(), "csrf_token": JETON})


def _qui(request: HttpRequest) -> tuple[object, ...]:
    """For whom a piece is drawn: what these rights let do is in it."""
    return request.user.pk, sorted(request.user.roles)


def _points(
    request: HttpRequest,
    seance: SeanceTroika,
    agenda: list[seances.Fiche],
    simulee: simulation.Simulation,
    ouvert: int,
    repris: Repris,
) -> list[SafeString]:
    """Each project of the agenda. All that one says comes from the rows it was read from, their place and hour, the words of
    the call, what the envelopes still have, and the day (a bilan is overdue)."""
    commun = (*_qui(request), seance.pk, seance.date, seance.publiee_le, timezone.localdate())
    points = []
    for fiche in agenda:
        siens = {cle: form for cle, form in repris.items() if cle[0] == fiche.point.pk}
        lieu = {"premier": fiche is agenda[0], "dernier": fiche is agenda[-1], "ouvert": ouvert == fiche.point.pk}
        contexte = partial(_contexte_du_point, request, seance, fiche, simulee, siens, lieu)
        dessiner = _dessin("projets/troika/_point.html", contexte)
        if siens:
            points.append(_avec_les_restes(mark_safe(dessiner()), fiche, simulee))
            continue
        ou = (fiche.rang, fiche.debut, *lieu.values(), fiche.lu.edition, fiche.referentiel.empreinte)
        dessin = piece(("point", *commun, *ou, sorted(_annees_votees(simulee)), fiche.lu.brut), dessiner)
        points.append(_avec_les_restes(dessin, fiche, simulee))
    return points


def _contexte_du_point(
    request: HttpRequest,
    seance: SeanceTroika,
    fiche: seances.Fiche,
    simulee: simulation.Simulation,
    repris: Repris,
    lieu: dict[str, bool],
) -> dict[str, Any]:
    if seance.est_ouverte:
        _poser_formulaires(request, fiche, pilotes_de(request), simulee, repris)
    peut_tenir = peut_tenir_seance(request.user) and seance.est_ouverte
    return {
        "cle": str(fiche.point.pk),  # a word: a number is written as the language of the page does, each time
        "fiche": fiche,
        "fiche_du_projet": _fiche_du_projet(fiche),
        "seance": seance,
        "peut_tenir": peut_tenir,
        **lieu,
    }


def _fiche_du_projet(fiche: seances.Fiche) -> SafeString:
    """The same for all those who open the meeting, whatever is said and decided there."""
    projet = fiche.projet
    lus = [objet.brute for objet in (*projet.exercices.all(), *projet.avis_en_vigueur, *fiche.retards)]
    valeurs = (
        "fiche", fiche.point.pk, projet.numero, projet.titre, projet.donnees, projet.date_debut, projet.date_fin,
        str(projet.objectif_principal or ""), lus, fiche.edition, fiche.referentiel.empreinte, timezone.localdate(),
    )  # fmt: skip
    return piece(valeurs, _dessin("projets/troika/_fiche.html", lambda: {"cle": str(fiche.point.pk), "fiche": fiche}))


def _annees_votees(simulee: simulation.Simulation) -> Iterator[tuple[int, str]]:
    """The envelopes of which something is left, or missing."""
    return ((annee, ligne.financeur.value) for annee, une in simulee.items() for ligne in une.lignes)


def _marque_du_reste(annee: int, financeur: str) -> str:
    """Stands in a piece for what is left of an envelope, that each decision changes: nobody can have typed it."""
    return f"{JETON[:32]}.{annee}.{financeur}."


def _avec_les_restes(dessin: SafeString, fiche: seances.Fiche, simulee: simulation.Simulation) -> SafeString:
    if JETON[:32] not in dessin:
        return dessin
    html = str(dessin)
    for (annee, financeur), phrase in simulation.restes_en_mots(simulee, fiche.decision).items():
        html = html.replace(_marque_du_reste(annee, financeur), escape(phrase))
    return mark_safe(html)


def _poser_formulaires(
    request: HttpRequest,
    fiche: seances.Fiche,
    pilotes: list[Any],
    simulee: simulation.Simulation,
    repris: Repris,
) -> None:
    """The forms that this person may use on this point, the one that came back keeping what was typed."""
    point, formulaires = fiche.point, fiche.formulaires
    if peut_tenir_seance(request.user):
        place = {"position": fiche.rang, "duree": point.duree_minutes}
        formulaires["place"] = PlaceForm(initial=place, point=point.pk)
    if not fiche.visible:
        return
    if pilotes:
        deportes = {deport.pilote for deport in fiche.deports}
        restants = [pilote for pilote in pilotes if pilote not in deportes]
        formulaires["voix"] = repris.get((point.pk, "voix")) or VoixForm(point=point, pilotes=pilotes)
        formulaires["deport"] = repris.get((point.pk, "deport")) or (
            DeportForm(point=point, pilotes=restants) if restants else None
        )
        formulaires["a_lever"] = [pilote for pilote in pilotes if pilote in deportes]
    if peut_noter_en_seance(request.user):
        formulaires["notes"] = repris.get((point.pk, "notes")) or NotesForm(point=point)
    if peut_tenir_seance(request.user):
        reprise = repris.get((point.pk, "decision"))
        restes = {cle: _marque_du_reste(*cle) for cle in simulation.restes(simulee, fiche.decision)}
        form = reprise or DecisionForm(point=point, par=request.user, restes=restes)
        form.point, form.restes = point, restes
        formulaires["decision"] = form


def _enveloppes(
    request: HttpRequest, seance: SeanceTroika, agenda: list[seances.Fiche], simulee: simulation.Simulation
) -> SafeString:
    contexte = {
        "seance": seance,
        "simulation": simulee,
        "total": seances.total_accorde(agenda),
        "voit_enveloppes": peut_voir_pilotage(request.user),
    }
    valeurs = ("enveloppes", seance.est_ouverte, simulee, contexte["total"], contexte["voit_enveloppes"])
    return piece(valeurs, _dessin("projets/troika/_enveloppes.html", lambda: contexte))


def _presences(request: HttpRequest, seance: SeanceTroika, repris: PresencesForm | None) -> SafeString:
    tient = peut_tenir_seance(request.user) and seance.est_ouverte
    notees = {presence.pilote: presence for presence in seance.presences.all()}

    def contexte() -> dict[str, Any]:
        return {
            "seance": seance,
            "presences": [(pilote, notees.get(pilote)) for pilote in seances.PILOTES_EN_ORDRE],
            "form_presences": repris or (PresencesForm(seance=seance) if tient else None),
        }

    dessiner = _dessin("projets/troika/_presences.html", contexte)
    if repris:
        return mark_safe(dessiner())
    lues = [presence.brute for presence in notees.values()]
    return piece(("presences", seance.pk, tient, seance.autres_presents, lues), dessiner)
