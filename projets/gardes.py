"""Guards: each says in one French sentence why an action is not possible now, or nothing. Shared by page and refusal."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from correspondants import adresses
from correspondants.enums import PILOTES, Role

from .depassements import depassements_de
from .dossier import QUESTIONS
from .enums import SensAvis, SensDecision, StatutBilan
from .models import (
    Appel,
    AvisIEN,
    Exercice,
    PointOrdreDuJour,
    Projet,
    SeanceTroika,
)
from .permissions import Acteur, LienAvis, peut_corriger_avis, peut_rendre_avis
from .regles import constater
from .suivi_financier import cents, dettes_du_projet
from .valeurs import date_longue, euros, insecables

CORRECTIONS_PAR_JOUR = 5  # each one writes to the coordination: a leaked link must not flood it


@dataclass
class Contexte:
    """One attempt at one action: who, on what, why, with which data."""

    projet: Projet
    par: Acteur
    motif: str = ""
    donnees: dict[str, Any] = field(default_factory=dict)

    @property
    def point(self) -> PointOrdreDuJour | None:
        """The project's place on the agenda of a meeting that is not published."""
        return self.projet.points.filter(seance__publiee_le=None).select_related("seance").first()


Garde = Callable[[Contexte], str | None]


# --- state of the project: known before anything is typed ----------------------------------------------------------------


def sans_constat_bloquant(ctx: Contexte) -> str | None:
    bloquants = [c for c in constater(ctx.projet.contenu, ctx.projet.appel.referentiel()) if c.est_bloquant]
    if bloquants:
        reste = f" (et {len(bloquants) - 1} autre{'s' if len(bloquants) > 2 else ''})" if len(bloquants) > 1 else ""
        return f"Le dossier ne peut pas encore être déposé : {bloquants[0].message}{reste}"
    return None


def phrase_depots_clos(appel: Appel) -> str:
    """Why a call takes no new file today; empty when it does."""
    if not appel.depots_clos:
        return ""
    return insecables(
        f"Les dépôts sont clos depuis le {date_longue(appel.depots_jusqu_au)} : revenez à l’ouverture du prochain appel."
    )


def depots_ouverts(ctx: Contexte) -> str | None:
    """The last day that the call announces holds for a first deposit: what was asked for again may come later."""
    return phrase_depots_clos(ctx.projet.appel) or None if ctx.projet.depose_le is None else None


def courriel_verifie(ctx: Contexte) -> str | None:
    if not adresses.est_confirmee(ctx.par):
        return "Confirmez d’abord votre adresse électronique avec le code que nous vous avons envoyé."
    return None


def fichier_word_garde(ctx: Contexte) -> str | None:
    if not ctx.projet.piece_dossier:
        return "Le dossier Word est obligatoire : joignez-le, ou laissez le portail l’écrire à partir du formulaire."
    return None


def avis_tous_rendus(ctx: Contexte) -> str | None:
    """« Le traitement des dossiers en troïka ne se fera donc qu’après retour de ces avis. »"""
    if ctx.projet.avis_ien.attendus().exists():
        return (
            "La troïka ne peut pas traiter ce projet avant le retour de tous les avis demandés sur le temps scolaire."
        )
    return None


def inscrit_a_une_seance(ctx: Contexte) -> str | None:
    if ctx.point is None:
        return "Ce projet n’est à l’ordre du jour d’aucune séance ouverte."
    return None


def trois_voix(ctx: Contexte) -> str | None:
    """A voice from each pilot but those who withdrew from this project; somebody has to be left."""
    point = ctx.donnees.get("point") or ctx.point
    donnees = {voix.pilote for voix in point.voix.all()} if point else set()
    deportes = {deport.pilote for deport in point.deports.all()} if point else set()
    if deportes >= PILOTES:
        return "Les trois pilotes se sont déportés : personne ne peut décider de ce projet."
    manquantes = [Role(pilote).label for pilote in sorted(PILOTES - donnees - deportes)]
    if manquantes:
        return f"Il manque la voix de : {', '.join(manquantes)}."
    return None


def bilans_acceptes(ctx: Contexte) -> str | None:
    dus = Exercice.objects.filter(projet=ctx.projet).finances().exclude(bilan__statut=StatutBilan.ACCEPTE)
    annees = sorted(dus.values_list("annee", flat=True))
    if annees:
        return f"Le projet ne peut pas être clos : bilan {', '.join(map(str, annees))} attendu ou pas encore accepté."
    return None


def sommes_rendues(ctx: Contexte) -> str | None:
    """Money paid beyond what the accepted bilans justify comes back, or is given up, before the project is closed."""
    dettes = dettes_du_projet(ctx.projet)
    if dettes:
        listes = ", ".join(f"{euros(cents(exercice.a_rendre))} pour {exercice.annee}" for exercice in dettes)
        return f"Le projet ne peut pas être clos : le porteur doit encore rendre {listes}."
    return None


def bilans_en_retard(projet: Projet) -> list[Exercice]:
    """Granted exercices of the same structure whose bilan is overdue: no new grant before it (arrêté du 11 oct. 2006)."""
    if projet.structure_id is None:
        return []
    return [exercice for exercice in exercices_en_retard([projet.structure_id]) if exercice.projet_id != projet.pk]


def exercices_en_retard(structures: Iterable[int]) -> list[Exercice]:
    """Every granted exercice of some structures whose bilan is overdue, in the same few queries however many they are."""
    aujourdhui = timezone.localdate()
    dus = (
        Exercice.objects.filter(projet__structure__in=structures)
        .finances()
        .exclude(bilan__statut__in=[StatutBilan.DEPOSE, StatutBilan.ACCEPTE])
        .select_related("projet__appel", "bilan")
        .prefetch_related("projet__exercices")
    )
    return [exercice for exercice in dus if exercice.echeance_bilan < aujourdhui]


# --- what was typed: checked when the action is carried out ------------------------------------------------------------------


def champs_designes(ctx: Contexte) -> str | None:
    champs = ctx.donnees.get("champs") or {}
    connus = {question.identifiant for question in QUESTIONS}
    if not champs or any(champ not in connus or not str(motif).strip() for champ, motif in champs.items()):
        return "Désignez au moins une question et dites pour chacune ce qu’il faut corriger."
    return None


def avis_motive(ctx: Contexte) -> str | None:
    sens = ctx.donnees.get("sens")
    if sens not in SensAvis:
        return "Choisissez un avis : favorable, favorable avec réserves ou défavorable."
    if sens != SensAvis.FAVORABLE and not ctx.motif.strip():
        return "Écrivez le motif : il est obligatoire pour un avis réservé ou défavorable."
    return None


def avis_du_projet(ctx: Contexte) -> str | None:
    avis = ctx.donnees.get("avis")
    if not isinstance(avis, AvisIEN) or avis.projet_id != ctx.projet.pk:
        return "Cet avis n’est pas demandé pour ce projet."
    return _avis_a_jour(ctx, avis, peut_rendre_avis) or None


def avis_a_corriger(ctx: Contexte) -> str | None:
    """``vu``: the moment of the opinion that the person had on screen; another one may have come since."""
    avis = ctx.donnees.get("avis")
    if not isinstance(avis, AvisIEN) or avis.projet_id != ctx.projet.pk:
        return "Cet avis n’est pas demandé pour ce projet."
    if phrase := _avis_a_jour(ctx, avis, peut_corriger_avis):
        return phrase
    if ctx.donnees.get("vu") != avis.rendu_le:
        return "Cet avis vient d’être modifié : relisez-le avant de le modifier à votre tour."
    hier = timezone.now() - timedelta(days=1)
    if ctx.projet.avis_ien.filter(autorite=avis.autorite, corrige_le__gte=hier).count() >= CORRECTIONS_PAR_JOUR:
        return "Cet avis a déjà été modifié plusieurs fois aujourd’hui : écrivez à la coordination."
    return None


def _avis_a_jour(ctx: Contexte, avis: AvisIEN, permis: Callable[[Acteur, AvisIEN], bool]) -> str:
    """Why the person may not touch the opinion, as its row is now: its link may have been revoked meanwhile."""
    avis.refresh_from_db(
        fields=[
            "rendu_le",
            "sens",
            "par",
            "par_lien",
            "delegation",
            "secret",
            "lien_revoque_le",
            "lien_expire_le",
            "remplace",
        ]
    )
    if permis(ctx.par, avis):
        return ""
    if avis.remplace:
        return "Une nouvelle demande d’avis a remplacé celle-ci."
    if isinstance(ctx.par, LienAvis) and not ctx.par.ouvre(avis):
        return "Ce lien n’ouvre plus cet avis : il a expiré ou il a été révoqué."
    if permis is peut_corriger_avis:
        return "Cet avis ne peut plus être modifié d’ici : écrivez à la coordination."
    return (
        f"Cet avis a déjà été rendu : {avis.rendu_par}."
        if avis.est_rendu
        else "Cet avis est demandé à une autre autorité."
    )


def seance_ouverte(ctx: Contexte) -> str | None:
    seance = ctx.donnees.get("seance")
    if not isinstance(seance, SeanceTroika):
        return "Choisissez une séance de la troïka."
    if seance.appel_id != ctx.projet.appel_id:
        return "Cette séance est celle d’un autre appel à projets."
    # The row is held to the end of the transaction: a project never joins a meeting that is being published.
    if not SeanceTroika.objects.ouvertes().select_for_update(no_key=True).filter(pk=seance.pk).first():
        return "Cette séance est close : ses décisions sont déjà publiées."
    return None


def decision_motivee(ctx: Contexte) -> str | None:
    sens = ctx.donnees.get("sens")
    if sens not in SensDecision:
        return "Choisissez une décision."
    if sens in (SensDecision.AJOURNE, SensDecision.REFUSE) and not ctx.motif.strip():
        return "Écrivez le motif : il est obligatoire pour un ajournement ou un refus."
    if sens == SensDecision.RESERVES and not str(ctx.donnees.get("reserves", "")).strip():
        return "Écrivez les réserves : elles sont obligatoires pour une validation sous réserves."
    return None


def bilans_de_la_structure(ctx: Contexte) -> str | None:
    if not SensDecision(ctx.donnees["sens"]).accorde:
        return None
    retard = bilans_en_retard(ctx.projet)
    if retard:
        listes = ", ".join(f"{exercice.annee} du projet {exercice.projet.numero}" for exercice in retard)
        return f"La structure doit d’abord remettre un bilan en retard : {listes}."
    return None


def temps_scolaire_respecte(ctx: Contexte) -> str | None:
    """With an unfavourable school-time opinion, the project is granted « hors temps scolaire » only."""
    if not SensDecision(ctx.donnees["sens"]).accorde or ctx.donnees.get("hors_temps_scolaire"):
        return None
    if ctx.projet.avis_ien.en_vigueur().filter(sens=SensAvis.DEFAVORABLE).exists():
        return "Un avis est défavorable : le projet ne peut être validé que « hors temps scolaire »."
    return None


def montants_dans_la_demande(ctx: Contexte) -> str | None:
    """Amounts positive, only when something is granted, each civil year within what was asked for it."""
    montants: dict[tuple[int, str], Decimal] = ctx.donnees.get("montants") or {}
    accorde = SensDecision(ctx.donnees["sens"]).accorde
    if any(montant < 0 for montant in montants.values()):
        return "Un montant accordé ne peut pas être négatif."
    if not accorde and any(montants.values()):
        return "Un projet ajourné ou refusé ne reçoit aucun montant."
    demandes = dict(ctx.projet.exercices.values_list("annee", "montant_demande"))
    for annee in sorted({annee for annee, _ in montants}):
        total = sum((m for (a, _), m in montants.items() if a == annee), Decimal(0))
        if annee not in demandes:
            return f"Le projet n’a pas de budget pour {annee}."
        if total > demandes[annee]:
            return f"{annee} : {euros(total)} accordés pour {euros(demandes[annee])} demandés."
    if accorde and not any(montants.values()):
        return "Indiquez le montant accordé, pour au moins une année et un financeur."
    return None


def enveloppes_respectees(ctx: Contexte) -> str | None:
    """Going over an envelope is said, and has to be justified."""
    if ctx.donnees.get("justification_depassement", "").strip():
        return None
    depassements = depassements_de(ctx.projet, ctx.donnees.get("montants") or {})
    if depassements:
        liste = " ; ".join(depassement.phrase for depassement in depassements)
        return f"Enveloppe dépassée ({liste}). Justifiez le dépassement ou baissez le montant."
    return None


def decision_enregistree(ctx: Contexte) -> str | None:
    point = ctx.donnees.get("point") or ctx.point
    if point is None or not hasattr(point, "decision"):
        return "Chaque projet de l’ordre du jour doit avoir sa décision avant la publication."
    return None


def decision_sans_voix_retiree(ctx: Contexte) -> str | None:
    """A decision that a withdrawn voice took part in has to be recorded again."""
    point = ctx.donnees.get("point") or ctx.point
    decision = getattr(point, "decision", None)
    if decision and any(deport.le > decision.modifiee_le for deport in point.deports.all()):
        return "Un pilote s’est déporté depuis la décision : enregistrez-la de nouveau."
    return None


def publication_en_cours(ctx: Contexte) -> str | None:
    """Decisions are published by meeting, all or none: see ``workflow.publier_seance``."""
    if ctx.donnees.get("point") is None:
        return "Les décisions se publient toutes ensemble, depuis la page de la séance."
    return None
