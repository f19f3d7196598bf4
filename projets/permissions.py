"""Who may do what to a project: small predicates over a person and a project, no query beyond what they need.

Which projects exist for a person is ``ProjetQuerySet.visibles_par``; when an action is possible is ``workflow.py``.
"""

from dataclasses import dataclass, field

from correspondants.enums import COORDINATEURS, PILOTES, Role
from correspondants.models import Utilisateur

from .enums import GenrePiece, Statut
from .models import AvisIEN, Bilan, Piece, Projet

STATUTS_MODIFIABLES = frozenset({Statut.BROUILLON, Statut.A_COMPLETER, Statut.AJOURNE})


@dataclass(frozen=True)
class LienAvis:
    """The bearer of a signed link: nobody but the authority of one opinion, for that opinion only."""

    avis: AvisIEN
    pk: None = None
    is_authenticated: bool = False
    roles: frozenset[str] = field(default_factory=frozenset)

    def a_role(self, *roles: str) -> bool:
        return False


Acteur = Utilisateur | LienAvis


def est_porteur(acteur: Acteur, projet: Projet) -> bool:
    return acteur.pk is not None and projet.porteur_id == acteur.pk


def est_coordinateur(acteur: Acteur) -> bool:
    return acteur.a_role(*COORDINATEURS)


def coordonne(acteur: Acteur, projet: Projet) -> bool:
    """Whether the person coordinates the projects of this kind of porteur (« Le dépôt des projets »), and not her own."""
    return bool(projet.coordination) and acteur.a_role(projet.coordination) and not est_porteur(acteur, projet)


def peut_instruire(acteur: Acteur, projet: Projet) -> bool:
    """Any coordinator, of either coordination, but nobody judges one's own project."""
    return est_coordinateur(acteur) and not est_porteur(acteur, projet)


def est_pilote(acteur: Acteur) -> bool:
    return acteur.a_role(*PILOTES)


def est_des_services(acteur: Acteur) -> bool:
    """Whether the person works for one of the institutions: sees the instruction, never before publication if porteur."""
    return acteur.a_role(*COORDINATEURS, *PILOTES, Role.OBSERVATEUR, Role.ADMIN)


def peut_rendre_avis(acteur: Acteur, avis: AvisIEN) -> bool:
    """The authority asked, through its account or through the signed link of this very opinion."""
    if avis.est_rendu or avis.remplace:
        return False
    if isinstance(acteur, LienAvis):
        return acteur.avis.pk == avis.pk
    return acteur.a_role(avis.autorite)


def peut_modifier(acteur: Acteur, projet: Projet) -> bool:
    """Whether the content can be written: by its porteur, before deposit or when it came back."""
    return est_porteur(acteur, projet) and projet.statut in STATUTS_MODIFIABLES


def peut_lire_dossier(acteur: Acteur, projet: Projet) -> bool:
    """The whole file, money included: its porteur and the services. The IEN reads the school-time part, on its own page."""
    return est_porteur(acteur, projet) or est_des_services(acteur)


def peut_voir_piece(acteur: Acteur, piece: Piece) -> bool:
    """What the porteur sent is seen by whoever reads the file; the mail of the services, by the services only.

    The proofs of a bilan are the porteur's until the bilan is deposited, and so is each of its Word files.
    """
    if piece.genre == GenrePiece.COURRIER:
        return peut_voir_deliberations(acteur, piece.projet)
    if piece.genre == GenrePiece.JUSTIFICATIF and not est_porteur(acteur, piece.projet):
        bilan = Bilan.objects.deposes().filter(exercice=piece.exercice_id)
        return est_des_services(acteur) and bilan.exists()
    if piece.genre == GenrePiece.BILAN and not est_porteur(acteur, piece.projet):
        envoye = Bilan.objects.filter(exercice=piece.exercice_id, depose_le__gte=piece.cree_le)
        return est_des_services(acteur) and envoye.exists()
    return peut_lire_dossier(acteur, piece.projet)


def peut_voir_deliberations(acteur: Acteur, projet: Projet) -> bool:
    """Voices, notes, pending decisions: never the porteur of the project, even when also of the services."""
    return est_des_services(acteur) and not est_porteur(acteur, projet)


def peut_donner_voix(acteur: Acteur, pilote: str) -> bool:
    """A pilot gives one's own voice; a coordinator records it in session for the three."""
    return acteur.a_role(pilote) or est_coordinateur(acteur)


def peut_noter_en_seance(acteur: Acteur) -> bool:
    """Those who sit at the meeting write its notes: the pilots and the coordinators."""
    return acteur.a_role(*PILOTES, *COORDINATEURS)


def peut_tenir_seance(acteur: Acteur) -> bool:
    return est_coordinateur(acteur)


def peut_voir_seances(acteur: Acteur) -> bool:
    return acteur.a_role(*COORDINATEURS, *PILOTES, Role.ADMIN, Role.OBSERVATEUR)


def peut_voir_pilotage(acteur: Acteur) -> bool:
    return acteur.a_role(*COORDINATEURS, *PILOTES, Role.ADMIN)


def peut_exporter(acteur: Acteur) -> bool:
    return acteur.a_role(*COORDINATEURS, Role.ADMIN)


def peut_remplir_bilan(acteur: Acteur, bilan: Bilan) -> bool:
    return est_porteur(acteur, bilan.exercice.projet) and bilan.statut in ("brouillon", "a_completer")


def peut_juger_bilan(acteur: Acteur, bilan: Bilan) -> bool:
    return coordonne(acteur, bilan.exercice.projet) and bilan.statut == "depose"
