"""The one door through which a statut changes: the table of transitions as data, what stands in the way, and ``executer``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from correspondants.enums import COORDINATEURS

from . import depassements, effets, enveloppes, gardes
from .enums import Action, Statut
from .gardes import Contexte, Garde
from .models import AvisIEN, ModificationConcurrente, Passage, Projet, SeanceTroika
from .models.journal import tenir
from .permissions import (
    Acteur,
    LienAvis,
    coordonne,
    est_coordinateur,
    est_porteur,
    peut_corriger_avis,
    peut_instruire,
    peut_rendre_avis,
)
from .valeurs import insecables


class ActionImpossible(Exception):
    """The action was refused; ``obstacles`` are the French sentences that say why. Nothing was written."""

    def __init__(self, *obstacles: str) -> None:
        self.obstacles = tuple(insecables(phrase) for phrase in obstacles)
        super().__init__(" ".join(self.obstacles))


class ActionInterdite(ActionImpossible):
    """The person may not do this to this project, whatever its state."""


def _une_autorite_attendue(acteur: Acteur, projet: Projet) -> bool:
    attendus = projet.avis_ien.attendus().select_related("correspondant")
    return not est_porteur(acteur, projet) and any(peut_rendre_avis(acteur, avis) for avis in attendus)


def _une_autorite_qui_a_repondu(acteur: Acteur, projet: Projet) -> bool:
    rendus = projet.avis_ien.en_vigueur().exclude(rendu_le=None).select_related("correspondant")
    return any(peut_corriger_avis(acteur, avis) for avis in rendus)


@dataclass(frozen=True)
class Transition:
    """One row of the table. ``gardes`` look at the project, ``exigences`` at what was typed; both answer in French.

    ``tient``: what is held beside the project, and after it, before they are asked for good.
    """

    action: Action
    depuis: frozenset[Statut]
    vers: frozenset[Statut]
    acteur: Callable[[Acteur, Projet], bool]
    qui: str
    effet: Callable[[Contexte], Statut]
    gardes: tuple[Garde, ...] = ()
    exigences: tuple[Garde, ...] = ()
    courriels: tuple[str, ...] = ()
    tient: Callable[[Contexte], None] | None = None
    pour_services: bool = False  # the passage is not shown to the porteur


def _statuts(*statuts: Statut) -> frozenset[Statut]:
    return frozenset(statuts)


_S = Statut

TRANSITIONS: dict[Action, Transition] = {
    transition.action: transition
    for transition in (
        Transition(
            Action.DEPOSER,
            depuis=_statuts(_S.BROUILLON, _S.A_COMPLETER, _S.AJOURNE),
            vers=_statuts(_S.DEPOSE),
            acteur=est_porteur,
            qui="le porteur",
            effet=effets.deposer,
            gardes=(
                gardes.depots_ouverts,
                gardes.courriel_verifie,
                gardes.fichier_word_garde,
                gardes.sans_constat_bloquant,
            ),
            courriels=("accuse_reception", "nouveau_depot"),
        ),
        Transition(
            Action.DEMANDER_COMPLEMENTS,
            depuis=_statuts(_S.DEPOSE, _S.AVIS_IEN, _S.PRET),
            vers=_statuts(_S.A_COMPLETER),
            acteur=coordonne,
            qui="la coordination en charge",
            effet=effets.demander_complements,
            exigences=(gardes.champs_designes,),
            courriels=("complements_demandes",),
        ),
        Transition(
            Action.DECLARER_COMPLET,
            depuis=_statuts(_S.DEPOSE),
            vers=_statuts(_S.AVIS_IEN, _S.PRET),
            acteur=coordonne,
            qui="la coordination en charge",
            effet=effets.declarer_complet,
            courriels=("avis_demande",),
        ),
        Transition(
            Action.RENDRE_AVIS,
            depuis=_statuts(_S.AVIS_IEN),
            vers=_statuts(_S.AVIS_IEN, _S.PRET),
            acteur=_une_autorite_attendue,
            qui="l’IEN ou l’autorité Éducation nationale consultée",
            effet=effets.rendre_avis,
            exigences=(gardes.avis_du_projet, gardes.avis_motive),
            courriels=("avis_rendu",),
            pour_services=True,
        ),
        Transition(
            Action.CORRIGER_AVIS,
            depuis=_statuts(_S.AVIS_IEN, _S.PRET),
            vers=_statuts(_S.AVIS_IEN, _S.PRET),
            acteur=_une_autorite_qui_a_repondu,
            qui="l’autorité qui a rendu un avis sur ce projet",
            effet=effets.corriger_avis,
            exigences=(gardes.avis_a_corriger, gardes.avis_motive),
            courriels=("avis_rendu",),
            pour_services=True,
        ),
        Transition(
            Action.INSCRIRE,
            depuis=_statuts(_S.PRET),
            vers=_statuts(_S.INSCRIT),
            acteur=peut_instruire,
            qui="les coordinations",
            effet=effets.inscrire,
            gardes=(gardes.avis_tous_rendus,),
            exigences=(gardes.seance_ouverte,),
        ),
        Transition(
            Action.DESINSCRIRE,
            depuis=_statuts(_S.INSCRIT),
            vers=_statuts(_S.PRET),
            acteur=peut_instruire,
            qui="les coordinations",
            effet=effets.desinscrire,
            gardes=(gardes.inscrit_a_une_seance,),
            pour_services=True,
        ),
        Transition(
            Action.DECIDER,
            depuis=_statuts(_S.INSCRIT),
            vers=_statuts(_S.INSCRIT),
            acteur=peut_instruire,
            qui="les coordinations, en séance",
            effet=effets.decider,
            gardes=(gardes.inscrit_a_une_seance, gardes.avis_tous_rendus, gardes.trois_voix),
            exigences=(
                gardes.decision_motivee,
                gardes.bilans_de_la_structure,
                gardes.temps_scolaire_respecte,
                gardes.montants_dans_la_demande,
                gardes.enveloppes_respectees,
            ),
            tient=effets.tenir_les_enveloppes,
            pour_services=True,
        ),
        Transition(
            Action.PUBLIER,
            depuis=_statuts(_S.INSCRIT),
            vers=_statuts(_S.VALIDE, _S.AJOURNE, _S.REFUSE),
            acteur=peut_instruire,
            qui="les coordinations, toute la séance à la fois",
            effet=effets.publier,
            gardes=(gardes.decision_enregistree, gardes.trois_voix, gardes.decision_sans_voix_retiree),
            exigences=(gardes.publication_en_cours,),
            courriels=("decision_publiee",),
        ),
        Transition(
            Action.RETIRER,
            depuis=_statuts(_S.BROUILLON, _S.DEPOSE, _S.A_COMPLETER, _S.AVIS_IEN, _S.PRET, _S.INSCRIT, _S.AJOURNE),
            vers=_statuts(_S.RETIRE),
            acteur=est_porteur,
            qui="le porteur",
            effet=effets.retirer,
            courriels=("projet_retire", "retrait_avis", "retrait_seance"),
        ),
        Transition(
            Action.CLORE,
            depuis=_statuts(_S.VALIDE),
            vers=_statuts(_S.CLOS),
            acteur=coordonne,
            qui="la coordination en charge",
            effet=effets.clore,
            gardes=(gardes.bilans_acceptes, gardes.sommes_rendues),
            courriels=("projet_clos",),
        ),
    )
}


def est_permise(projet: Projet, action: Action, par: Acteur) -> bool:
    """Whether the person may, in this statut, leaving guards aside."""
    transition = TRANSITIONS[action]
    return projet.statut in transition.depuis and transition.acteur(par, projet)


def obstacles(projet: Projet, action: Action, par: Acteur, **donnees: Any) -> list[str]:
    """What stands in the way of an action before anything is typed: sentences, none when it can be done."""
    transition = TRANSITIONS[action]
    if projet.statut not in transition.depuis:
        statut = Statut(projet.statut).label
        return [insecables(f"« {transition.action.label} » n’est pas possible : le projet est « {statut} ».")]
    if not transition.acteur(par, projet):
        return [insecables(f"« {transition.action.label} » revient à {transition.qui}.")]
    contexte = Contexte(projet, par, donnees=donnees)
    return [insecables(phrase) for garde in transition.gardes if (phrase := garde(contexte))]


def actions_possibles(projet: Projet, par: Acteur) -> list[Action]:
    """Actions to offer to a person: allowed in this statut; guards may still stand in the way and will be explained."""
    return [action for action in TRANSITIONS if est_permise(projet, action, par)]


@transaction.atomic
def executer(projet: Projet, action: Action | str, *, par: Acteur, motif: str = "", **donnees: Any) -> Passage:
    """Carries out one action: checks, statut (compare and set), rows, journal and mails in one transaction.

    Side effects are those of ``effets.<action>``. ``publier`` acts on a whole meeting: see ``publier_seance``.
    Raises ActionInterdite, ActionImpossible (with French sentences) or ModificationConcurrente; nothing is then written.
    """
    transition = TRANSITIONS[Action(action)]
    avant = Statut(projet.statut)
    refus = obstacles(projet, transition.action, par, **donnees)
    if refus:
        interdit = avant in transition.depuis and not transition.acteur(par, projet)
        raise (ActionInterdite if interdit else ActionImpossible)(*refus)
    contexte = Contexte(projet, par, motif, donnees)
    if transition.action is Action.RENDRE_AVIS:
        _verifier_autorite(contexte)
    for exigence in transition.exigences:
        if phrase := exigence(contexte):
            raise ActionImpossible(phrase)
    version = projet.version
    try:
        projet.prendre_la_main()
        if transition.tient:
            transition.tient(contexte)
        # What the guards saw could have changed before the row was ours: they are asked again on what is true now.
        if refus := [phrase for garde in transition.gardes if (phrase := garde(contexte))]:
            raise ActionImpossible(*refus)
        for exigence in transition.exigences:
            if phrase := exigence(contexte):
                raise ActionImpossible(phrase)
        apres = transition.effet(contexte)
    except Exception:
        projet.version, projet.statut = version, avant
        raise
    if apres not in transition.vers:
        raise AssertionError(f"{action} : {apres} n’est pas une arrivée prévue.")
    if apres is not avant:
        projet.statut_depuis = timezone.now()
    Projet.objects.filter(pk=projet.pk).update(statut=apres, statut_depuis=projet.statut_depuis)
    projet.statut = apres
    return Passage.objects.create(
        projet=projet,
        action=transition.action,
        de=avant,
        vers=apres,
        par=par if par.pk else None,
        au_titre_de=_au_titre_de(transition, contexte)[:100],
        motif=motif.strip(),
        pour_services=transition.pour_services,
    )


def _au_titre_de(transition: Transition, contexte: Contexte) -> str:
    """For whom the person acted: the authority of a signed link, or the absent colleague whose role was used."""
    par, avis = contexte.par, contexte.donnees.get("avis")
    if isinstance(par, LienAvis):
        return par.au_titre_de
    if transition.acteur is est_porteur:
        return ""
    if isinstance(avis, AvisIEN):
        return par.au_titre_de(avis.autorite)
    return par.au_titre_de(*([contexte.projet.coordination] if transition.acteur is coordonne else COORDINATEURS))


def _verifier_autorite(contexte: Contexte) -> None:
    """An authority gives its own opinion, not another's: read again, for the row may have been answered meanwhile."""
    avis = contexte.donnees.get("avis")
    if isinstance(avis, AvisIEN):
        avis.refresh_from_db()
        if not avis.est_rendu and not avis.remplace and not peut_rendre_avis(contexte.par, avis):
            raise ActionInterdite("Cet avis est demandé à une autre autorité.")


@transaction.atomic
def publier_seance(
    seance: SeanceTroika, *, par: Acteur, motifs: Mapping[enveloppes.Cle, str] | None = None
) -> list[Passage]:
    """Publishes every pending decision of a meeting at once, or none.

    ``motifs``: why an envelope is overrun, when no decision and no movement said so. Raises ActionInterdite,
    ActionImpossible (empty agenda, a decision missing, an overrun without a reason, already published) or
    ModificationConcurrente.
    """
    if not est_coordinateur(par):
        raise ActionInterdite("La publication revient aux coordinations.")
    maintenant = timezone.now()
    if not SeanceTroika.objects.ouvertes().filter(pk=seance.pk).update(publiee_le=maintenant, publiee_par=par.pk):
        raise ActionImpossible("Les décisions de cette séance sont déjà publiées.")
    # Every project is held first, in the order of the keys: nobody who writes about several waits for us in turn.
    tenir(set(seance.points.values_list("projet", flat=True)))
    points = list(
        seance.points.select_related("projet__appel", "projet__porteur", "seance__appel", "decision").prefetch_related(
            "voix", "deports", "decision__montants__exercice__bilan", "projet__exercices"
        )
    )
    if not points:
        raise ActionImpossible("L’ordre du jour est vide : il n’y a rien à publier.")
    enveloppes.tenir(seance.appel_id)
    if refus := depassements.motiver_publication(seance, motifs or {}, par, maintenant):
        raise ActionImpossible(*refus)
    publication = effets.rendre_publiques(points)
    passages = [executer(p.projet, Action.PUBLIER, par=par, point=p, publication=publication) for p in points]
    seance.publiee_le = maintenant
    return passages


__all__ = [
    "TRANSITIONS",
    "ActionImpossible",
    "ActionInterdite",
    "ModificationConcurrente",
    "Transition",
    "actions_possibles",
    "est_permise",
    "executer",
    "obstacles",
    "publier_seance",
]
