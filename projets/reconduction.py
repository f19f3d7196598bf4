"""Renewing a project: what its last edition gave, whether it can be renewed now, and the draft of the next one.

Everything told of the last edition is public knowledge of its porteur: published decisions, bilans that were deposited.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from cite_educative.preparees import Objets
from correspondants.models import Utilisateur

from .echeances import avec_accorde
from .effacement import EFFACE
from .enregistrement import enregistrer
from .enums import SensDecision, Statut
from .gardes import phrase_depots_clos
from .models import Appel, Bilan, Compte, Decision, Exercice, Projet
from .permissions import est_porteur, peut_lire_dossier
from .questionnaire import normaliser
from .renouvellement import (
    ENFANTS,
    PARENTS,
    PROFESSIONNELS,
    AnneePassee,
    IndicateurPasse,
    LignePassee,
    PublicPasse,
    RemarquePassee,
    Renouvele,
    Resultats,
    renouveler,
    sans,
)
from .valeurs import au_centime, insecables
from .word.resultats import constat_vers_json

RECONDUITS = frozenset({Statut.VALIDE, Statut.CLOS})
_SANS_SUITE = (Statut.BROUILLON, Statut.RETIRE, Statut.REFUSE)
_AUCUN_APPEL = "Aucun appel à projets n’est ouvert : revenez à l’ouverture du prochain."


class ReconductionImpossible(Exception):
    """``str()`` is the sentence that says why. Nothing was written."""


# --- what the last edition gave --------------------------------------------------------------------------------------


def resultats(projet: Projet) -> Resultats:
    """What was asked, granted, spent, reached and remarked, in a number of queries that does not depend on the project."""
    exercices = list(
        avec_accorde(Exercice.objects.filter(projet=projet)).select_related("bilan", "projet__appel").order_by("annee")
    )
    bilans = [bilan for e in exercices if (bilan := getattr(e, "bilan", None)) and bilan.depose_le]
    bilans = list(
        Bilan.objects.filter(pk__in=[bilan.pk for bilan in bilans])
        .select_related("exercice")
        .prefetch_related("lignes__compte", "indicateurs")
        .order_by("exercice__annee")
    )
    par_annee = {bilan.exercice.annee: bilan for bilan in bilans}
    return Resultats(
        numero=projet.numero or "",
        titre=projet.titre or "Sans titre",
        annees=tuple(_annee(projet, exercice, par_annee.get(exercice.annee)) for exercice in exercices),
        publics=tuple(_publics(projet, bilans)),
        indicateurs=tuple(
            IndicateurPasse(i.libelle, i.cible, i.resultat, i.get_appreciation_display(), bilan.exercice.annee)
            for bilan in bilans
            for i in bilan.indicateurs.all()
        ),
        lignes=tuple(_lignes(bilans)),
        remarques=tuple(_remarques(projet)),
        recits=tuple(_recits(bilans)),
    )


def _annee(projet: Projet, exercice: Exercice, bilan: Bilan | None) -> AnneePassee:
    accorde = au_centime(exercice.accorde) if exercice.accorde else None
    etat = ""
    if bilan:
        etat = bilan.get_statut_display()
    elif accorde:
        etat = "En retard" if exercice.echeance_bilan < timezone.localdate() else "Pas encore remis"
    return AnneePassee(
        annee=exercice.annee,
        demande=exercice.montant_demande,
        accorde=accorde,
        prevu=bilan.total(Compte.Sens.CHARGE, "prevu") if bilan else None,
        depense=bilan.total(Compte.Sens.CHARGE, "realise") if bilan else None,
        bilan=etat,
        url=reverse("bilan", args=[projet.numero, exercice.annee]) if bilan else "",
    )


def _publics(projet: Projet, bilans: list[Bilan]) -> Iterator[PublicPasse]:
    """The most people that one bilan says: the same children come back from one civil year to the next."""

    def touches(*champs: str) -> int | None:
        sommes = [
            sum(getattr(bilan, champ) or 0 for champ in champs)
            for bilan in bilans
            if any(getattr(bilan, champ) is not None for champ in champs)
        ]
        return max(sommes, default=None)

    dossier = projet.contenu_depose
    yield PublicPasse(ENFANTS, projet.nombre_enfants, touches("filles", "garcons"))
    yield PublicPasse(PARENTS, dossier.nombre_parents, touches("parents"))
    yield PublicPasse(PROFESSIONNELS, dossier.nombre_professionnels, touches("professionnels"))


def _lignes(bilans: list[Bilan]) -> Iterator[LignePassee]:
    """Planned and done by account, over every bilan, in the order of the accounts; voluntary contributions left out."""
    sommes: dict[tuple[str, int, str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for bilan in bilans:
        for ligne in bilan.lignes.all():
            if not ligne.est_volontaire:
                cle = (ligne.sens, ligne.compte.ordre, ligne.compte_id, ligne.libelle)
                sommes[cle][0] += ligne.prevu
                sommes[cle][1] += ligne.realise or Decimal(0)
    for (sens, _, compte, libelle), (prevu, realise) in sorted(sommes.items()):
        yield LignePassee(compte, libelle, sens == Compte.Sens.CHARGE, prevu, realise)


def _remarques(projet: Projet) -> Iterator[RemarquePassee]:
    publiees = Decision.objects.filter(point__projet=projet, publiee=True).select_related("point__seance")
    for decision in publiees.order_by("point__seance__publiee_le", "pk"):
        publiee_le = decision.point.seance.publiee_le
        jour = timezone.localtime(publiee_le).date() if publiee_le else None
        if decision.reserves.strip():
            yield RemarquePassee("Réserves", decision.reserves.strip(), jour)
        if decision.motif.strip():
            genre = "Observation" if SensDecision(decision.sens).accorde else "Motif"
            yield RemarquePassee(genre, decision.motif.strip(), jour)


def _recits(bilans: list[Bilan]) -> Iterator[tuple[str, str]]:
    for bilan in bilans:
        for libelle, texte in (
            ("Objectifs atteints et résultats", bilan.resultats),
            ("Difficultés rencontrées et suites", bilan.difficultes),
            ("Explication des écarts", bilan.explication_ecarts),
        ):
            if texte.strip():
                yield f"{libelle}, {bilan.exercice.annee}", texte.strip()


# --- one edition after another ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lignee:
    """Where a project stands among its editions. ``resultats`` are None for who may not read the one before."""

    en_annees: str  # « 3e année »
    precedent: Projet | None
    resultats: Resultats | None
    suites: tuple[Projet, ...]


def lignee(projet: Projet, lecteur: Utilisateur) -> Lignee | None:
    """None when a project neither renews another nor is renewed."""
    precedent = projet.reconduit_de
    faites = suites(projet) if peut_etre_reconduit(projet) else ()
    apres = tuple(une for une in faites if peut_lire_dossier(lecteur, une))
    if precedent is None and not apres:
        return None
    lisible = precedent is not None and peut_lire_dossier(lecteur, precedent)
    return Lignee(projet.edition_en_mots, precedent, resultats(precedent) if lisible else None, apres)


# --- whether it can be renewed ---------------------------------------------------------------------------------------


def peut_etre_reconduit(projet: Projet) -> bool:
    """Whether « Reconduire ce projet » has a place on its page at all."""
    return projet.statut in RECONDUITS


_SUITES = Objets(
    lambda projet: Projet.objects.filter(reconduit_de=projet).exclude(statut__in=_SANS_SUITE).order_by("-pk"), 1
)


def suites(projet: Projet) -> list[Projet]:
    """What was made of it since, the last first: drafts, withdrawn and refused ones left out."""
    return _SUITES.lire(projet.pk)


def brouillon_en_cours(projet: Projet, par: Utilisateur) -> Projet | None:
    return projet.reconductions.filter(porteur=par, statut=Statut.BROUILLON).first()


def appel_ferme() -> str:
    """Why nothing new can be prepared for a call today; empty when one receives projects."""
    appel = Appel.objects.filter(courant=True).first()
    if appel is None:
        return insecables(_AUCUN_APPEL)
    return phrase_depots_clos(appel)


def obstacle(projet: Projet, deja: Sequence[Projet] | None = None) -> str:
    """Why it cannot be renewed today; empty when it can."""
    if not peut_etre_reconduit(projet):
        return insecables("Un projet se reconduit quand la troïka l’a validé : celui-ci ne l’est pas.")
    if phrase := appel_ferme():
        return phrase
    deja = suites(projet) if deja is None else deja
    if deja:
        return insecables(f"Ce projet est déjà reconduit : c’est le projet {deja[0].numero}.")
    return ""


# --- the draft -------------------------------------------------------------------------------------------------------


def preparer(projet: Projet, lus: Resultats | None = None) -> Renouvele:
    """The next edition as it would be written today, under the current call."""
    appel = Appel.objects.courant()
    dossier = sans(projet.contenu_depose, EFFACE)
    return renouveler(dossier, appel.referentiel(), lus or resultats(projet), timezone.localdate())


@transaction.atomic
def reconduire(projet: Projet, *, par: Utilisateur) -> Projet:
    """The draft of the next edition, made once: asked again, the same one. Raises ReconductionImpossible."""
    projet = Projet.objects.select_for_update(of=("self",)).select_related("appel").get(pk=projet.pk)
    if not est_porteur(par, projet):
        raise ReconductionImpossible("Seul le porteur d’un projet le reconduit.")
    if deja := brouillon_en_cours(projet, par):
        return deja
    if phrase := obstacle(projet):
        raise ReconductionImpossible(phrase)
    prepare = preparer(projet)
    suivant = Projet(
        appel=Appel.objects.courant(),
        porteur=par,
        reconduit_de=projet,
        version=1,  # something is written in it: its page shows at once what the rules say
        lecture={"anomalies": [constat_vers_json(constat) for constat in prepare.constats], "non_reconnu": []},
    )
    enregistrer(suivant, normaliser(prepare.dossier.remplacer(porteur_courriel=par.email)))
    return suivant


@transaction.atomic
def reprendre(projet: Projet, *, par: Utilisateur) -> Projet:
    """A new draft with the content of a project that was withdrawn: nothing typed is lost. Raises ReconductionImpossible.

    The withdrawn one keeps its number and stays withdrawn; what is deposited next has a number of its own.
    """
    projet = Projet.objects.select_for_update(of=("self",)).select_related("appel").get(pk=projet.pk)
    if not est_porteur(par, projet) or projet.statut != Statut.RETIRE:
        raise ReconductionImpossible("Seul un projet retiré se reprend, par son porteur.")
    if phrase := appel_ferme():
        raise ReconductionImpossible(phrase)
    appel = Appel.objects.courant()
    dossier = sans(projet.contenu, EFFACE)
    for brouillon in Projet.objects.filter(porteur=par, statut=Statut.BROUILLON, appel=appel):
        if brouillon.contenu == dossier:
            return brouillon  # a second click
    origine = projet.reconduit_de
    if origine and brouillon_en_cours(origine, par):
        origine = None  # another draft already renews it
    repris = Projet(appel=appel, porteur=par, reconduit_de=origine, version=1)
    enregistrer(repris, normaliser(dossier))
    return repris


__all__ = [
    "Lignee",
    "ReconductionImpossible",
    "appel_ferme",
    "brouillon_en_cours",
    "lignee",
    "obstacle",
    "peut_etre_reconduit",
    "preparer",
    "reconduire",
    "reprendre",
    "resultats",
    "suites",
]
