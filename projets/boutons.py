"""What a person may do from a project's page: who reads, which buttons, and what stands in the way of each."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.urls import reverse

from .enums import Action, Statut, StatutBilan
from .models import PointOrdreDuJour, Projet
from .permissions import (
    Acteur,
    coordonne,
    est_des_services,
    est_porteur,
    peut_corriger_avis,
    peut_rendre_avis,
    peut_transmettre,
)
from .suivi_financier import etat_du_budget, exercices_suivis
from .workflow import actions_possibles, obstacles


class Lecteur(StrEnum):
    PORTEUR = "porteur"
    SERVICES = "services"
    AUTORITE = "autorite"
    COLLEGUE = "collegue"  # a member of the same structure, on the page of the structure only


def lecteur_de(acteur: Acteur, projet: Projet) -> Lecteur:
    """The porteur comes first: who also works for the services does not see the deliberations on one's own project."""
    if est_porteur(acteur, projet):
        return Lecteur.PORTEUR
    return Lecteur.SERVICES if est_des_services(acteur) else Lecteur.AUTORITE


@dataclass(frozen=True)
class Bouton:
    """One thing that can be done now, or the sentences that say why not yet."""

    libelle: str
    url: str
    obstacles: tuple[str, ...] = ()
    principal: bool = False
    danger: bool = False


@dataclass(frozen=True)
class BilanDu:
    annee: int
    genre: str
    echeance: date
    code: str  # of its StatutBilan, empty when nothing can be read of it
    statut: str
    ton: str
    url: str


# --- what can be done -----------------------------------------------------------------------------------------------


_DU_PORTEUR = frozenset({Action.DEPOSER, Action.RETIRER})
_DANGER = frozenset({Action.RETIRER, Action.DESINSCRIRE})
_PRINCIPALES = frozenset({Action.DECLARER_COMPLET, Action.INSCRIRE, Action.RENDRE_AVIS, Action.DECIDER, Action.CLORE})


def boutons(projet: Projet, acteur: Acteur, lecteur: Lecteur) -> tuple[Bouton, ...]:
    """Actions offered to a person, those that are blocked with their reasons; nobody judges one's own project here."""
    actions = actions_possibles(projet, acteur)
    if lecteur is Lecteur.PORTEUR:
        actions = [action for action in actions if action in _DU_PORTEUR]
    if Action.DECIDER in actions:  # one page for both, which says by itself what is missing
        actions.remove(Action.PUBLIER)
    liste = []
    for action in actions:
        if action is Action.DEPOSER:
            liste += _boutons_de_depot(projet)
            continue
        url = page_dediee(projet, action, acteur) or reverse("projet_action", args=[projet.numero, action])
        liste.append(
            Bouton(
                "Ouvrir la séance de la troïka" if action is Action.DECIDER else action.label,
                url,
                () if action is Action.DECIDER else tuple(obstacles(projet, action, acteur)),
                action in _PRINCIPALES,
                action in _DANGER,
            )
        )
    if lecteur is Lecteur.PORTEUR and projet.statut in (Statut.VALIDE, Statut.CLOS):
        liste.append(Bouton("Reconduire ce projet", reverse("projet_reconduire", args=[projet.numero])))
    if lecteur is Lecteur.PORTEUR and peut_transmettre(acteur, projet):
        liste.append(Bouton("Transmettre le projet", reverse("projet_transmettre", args=[projet.numero])))
    return tuple(sorted(liste, key=lambda bouton: (bouton.danger, not bouton.principal)))


def _boutons_de_depot(projet: Projet) -> list[Bouton]:
    return [
        Bouton("Compléter le dossier en ligne", reverse("projet_modifier", args=[projet.numero]), principal=True),
        Bouton("Déposer un fichier Word corrigé", reverse("projet_redeposer", args=[projet.numero])),
    ]


_BILANS_A_REMETTRE = frozenset({"", StatutBilan.BROUILLON, StatutBilan.A_COMPLETER})


def boutons_de_bilan(bilans: tuple["BilanDu", ...], projet: Projet, acteur: Acteur, lecteur: Lecteur) -> list[Bouton]:
    """The porteur's next bilan to hand in; for the coordination in charge, those to examine."""
    if projet.statut != Statut.VALIDE:
        return []
    if lecteur is Lecteur.PORTEUR:
        dus = [bilan for bilan in bilans if bilan.code in _BILANS_A_REMETTRE]
        return [Bouton(f"Remplir le bilan {bilan.annee}", bilan.url, principal=True) for bilan in dus[:1]]
    if not coordonne(acteur, projet):
        return []
    deposes = [bilan for bilan in bilans if bilan.code == StatutBilan.DEPOSE]
    return [Bouton(f"Examiner le bilan {bilan.annee}", bilan.url, principal=True) for bilan in deposes]


def boutons_de_budget(projet: Projet, lecteur: Lecteur) -> list[Bouton]:
    """The porteur's revised budgets that are awaited: nothing is paid before them."""
    if lecteur is not Lecteur.PORTEUR or projet.statut != Statut.VALIDE:
        return []
    attendus = [e.annee for e in exercices_suivis(projet) if etat_du_budget(e, e.accorde).attend_le_porteur]
    return [
        Bouton(
            f"Confirmer le budget révisé {annee}", reverse("budget_revise", args=[projet.numero, annee]), principal=True
        )
        for annee in attendus
    ]


def page_dediee(projet: Projet, action: Action, acteur: Acteur) -> str:
    """Address of the page where an action has its own form; empty when the common action page serves."""
    if action is Action.DEPOSER:
        return reverse("projet_modifier", args=[projet.numero])
    if action is Action.RENDRE_AVIS:
        attendus = projet.avis_ien.attendus().select_related("correspondant")
        avis = next((avis for avis in attendus if peut_rendre_avis(acteur, avis)), None)
        return reverse("avis_rendre", args=[avis.pk]) if avis else ""
    if action is Action.CORRIGER_AVIS:
        rendus = projet.avis_ien.en_vigueur().exclude(rendu_le=None).select_related("correspondant")
        avis = next((avis for avis in rendus if peut_corriger_avis(acteur, avis)), None)
        return f"{reverse('avis_rendre', args=[avis.pk])}?modifier=1" if avis else ""
    if action in (Action.DECIDER, Action.PUBLIER):
        point = point_ouvert(projet)
        return reverse("troika_seance", args=[point.seance_id]) if point else reverse("troika")
    return ""


def point_ouvert(projet: Projet) -> PointOrdreDuJour | None:
    return projet.points.filter(seance__publiee_le=None).select_related("seance").first()
