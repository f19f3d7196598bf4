"""Who may do what to a project: small predicates over a person and a project, no query beyond what they need.

Which projects exist for a person is ``ProjetQuerySet.visibles_par``; when an action is possible is ``workflow.py``.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from correspondants.enums import AUTORITES, COORDINATEURS, PILOTES, Role
from correspondants.models import Utilisateur

from .enums import GenrePiece, Statut
from .models import MONTRES, AvisIEN, Bilan, DelegationAvis, Piece, Projet

STATUTS_MODIFIABLES = frozenset({Statut.BROUILLON, Statut.A_COMPLETER, Statut.AJOURNE})


DELAI_CORRECTION_PAR_LIEN = timedelta(hours=24)  # a slip of the thumb is repaired; later, it takes an account


@dataclass(frozen=True)
class LienAvis:
    """The bearer of a signed link: nobody but the authority of one opinion, or its delegate, for that opinion only.

    The secret is the one the link was opened with: revoked meanwhile, it opens nothing more.
    """

    avis: AvisIEN
    delegation: DelegationAvis | None = None
    secret: str = ""
    pk: None = None
    is_authenticated: bool = False
    roles: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        object.__setattr__(self, "secret", self.secret or (self.delegation or self.avis).secret)

    def a_role(self, *roles: str) -> bool:
        return False

    def ouvre(self, avis: AvisIEN) -> bool:
        """Whether the link still opens this opinion, as its row and that of the delegation are now."""
        if avis.pk != self.avis.pk or avis.remplace:
            return False
        if self.delegation is None:
            return avis.secret == self.secret and avis.lien_ouvert
        return DelegationAvis.objects.actives().filter(pk=self.delegation.pk, avis=avis, secret=self.secret).exists()

    @property
    def expire_le(self) -> datetime:
        return (self.delegation or self.avis).lien_expire_le

    @property
    def au_titre_de(self) -> str:
        """As the journal writes it, in at most 100 characters."""
        nom = self.avis.nom_autorite
        return (f"{self.delegation.nom}, sur délégation de {nom}" if self.delegation else nom)[:100]


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


STATUTS_DE_VERIFICATION = frozenset({Statut.DEPOSE, Statut.AVIS_IEN, Statut.PRET})


def peut_relire_complements(acteur: Acteur, projet: Projet) -> bool:
    """Whether the person reads the porteur's answers now: closes each question, or asks again."""
    return coordonne(acteur, projet) and projet.statut in STATUTS_DE_VERIFICATION


def est_pilote(acteur: Acteur) -> bool:
    return acteur.a_role(*PILOTES)


def est_des_services(acteur: Acteur) -> bool:
    """Whether the person works for one of the institutions: sees the instruction, never before publication if porteur."""
    return acteur.a_role(*COORDINATEURS, *PILOTES, Role.OBSERVATEUR, Role.ADMIN)


def peut_rendre_avis(acteur: Acteur, avis: AvisIEN) -> bool:
    """The authority asked, through its account or through the signed link of this very opinion."""
    return not avis.est_rendu and est_consulte(acteur, avis)


def est_consulte(acteur: Acteur, avis: AvisIEN) -> bool:
    """Whether an opinion is asked of this person: by role and by name if it names one, never on one's own project."""
    if avis.remplace:
        return False
    if isinstance(acteur, LienAvis):
        return acteur.ouvre(avis)
    nomme = avis.correspondant if avis.correspondant_id else None
    adresse = nomme is None or not nomme.actif or nomme.pk in acteur.lignes
    return adresse and acteur.a_role(avis.autorite) and not est_porteur(acteur, avis.projet)


def peut_corriger_avis(acteur: Acteur, avis: AvisIEN) -> bool:
    """The authority, as long as the workflow allows it; by link, whoever gave it through that link, within a day."""
    if not avis.est_rendu or not est_consulte(acteur, avis):
        return False
    if not isinstance(acteur, LienAvis):
        return True
    sien = avis.par_lien and avis.delegation_id == (acteur.delegation.pk if acteur.delegation else None)
    return sien and timezone.now() < avis.rendu_le + DELAI_CORRECTION_PAR_LIEN


def peut_transmettre_avis(acteur: Acteur, avis: AvisIEN) -> bool:
    """The authority hands its request on; who received it that way does not hand it further."""
    delegue = isinstance(acteur, LienAvis) and acteur.delegation is not None
    return not delegue and peut_rendre_avis(acteur, avis)


def peut_gerer_demande(acteur: Acteur, avis: AvisIEN) -> bool:
    """Sending a request again, revoking its link: the coordination in charge."""
    return coordonne(acteur, avis.projet)


def peut_modifier(acteur: Acteur, projet: Projet) -> bool:
    """Whether the content can be written: by its porteur, before deposit or when it came back."""
    return est_porteur(acteur, projet) and projet.statut in STATUTS_MODIFIABLES


def peut_transmettre(acteur: Acteur, projet: Projet) -> bool:
    """Whether the person may hand the project over to a colleague: its porteur, while something is left to do."""
    return est_porteur(acteur, projet) and bool(projet.numero) and not Statut(projet.statut).est_final


def peut_partager(acteur: Acteur, projet: Projet) -> bool:
    """Inviting a colleague to write a draft, and taking it back: its porteur, until the deposit."""
    return est_porteur(acteur, projet) and projet.statut == Statut.BROUILLON


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
        bilan = _bilan_de(piece)
        return est_des_services(acteur) and bilan is not None and bilan.depose_le is not None
    if piece.genre == GenrePiece.BILAN and not est_porteur(acteur, piece.projet):
        bilan = _bilan_de(piece)
        envoye = bilan is not None and bilan.depose_le is not None and bilan.depose_le >= piece.cree_le
        return est_des_services(acteur) and envoye
    return peut_lire_dossier(acteur, piece.projet)


def _bilan_de(piece: Piece) -> Bilan | None:
    """The bilan that a piece belongs to: without a query where ``exercice__bilan`` was selected."""
    return getattr(piece.exercice, "bilan", None)


def peut_joindre_support(acteur: Acteur, projet: Projet) -> bool:
    """Posters and articles: by the porteur, from the deposit on, until the project is closed, refused or taken back."""
    fermes = (Statut.BROUILLON, Statut.REFUSE, Statut.RETIRE, Statut.CLOS)
    return est_porteur(acteur, projet) and projet.statut not in fermes


def peut_tenir_images(acteur: Acteur, projet: Projet) -> bool:
    """The register of shootings: by the porteur and the coordination in charge, once the project is deposited."""
    if projet.statut in (Statut.BROUILLON, Statut.RETIRE):
        return False
    return est_porteur(acteur, projet) or coordonne(acteur, projet)


def peut_voir_images(acteur: Acteur, projet: Projet) -> bool:
    return peut_tenir_images(acteur, projet) or (est_des_services(acteur) and peut_lire_dossier(acteur, projet))


def peut_publier_vitrine(acteur: Acteur, projet: Projet) -> bool:
    """Showing a funded project to everybody: the coordination in charge, never one's own project."""
    return coordonne(acteur, projet) and not est_porteur(acteur, projet) and projet.statut in MONTRES


def peut_voir_deliberations(acteur: Acteur, projet: Projet) -> bool:
    """Voices, notes, pending decisions: never the porteur of the project, even when also of the services."""
    return est_des_services(acteur) and not est_porteur(acteur, projet)


def peut_ecrire_au_porteur(acteur: Acteur, projet: Projet) -> bool:
    """In the thread shared with the porteur: the porteur, and any coordinator, once the project has a number."""
    return bool(projet.numero) and (est_porteur(acteur, projet) or est_coordinateur(acteur))


def peut_ecrire_entre_services(acteur: Acteur, projet: Projet) -> bool:
    """Coordinators, pilots and administration; observers read only, and never the porteur of the project."""
    return acteur.a_role(*COORDINATEURS, *PILOTES, Role.ADMIN) and not est_porteur(acteur, projet)


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


def est_concerne_par_les_seances(acteur: Acteur) -> bool:
    """Whose calendar shows the meetings: those who sit at them, and the observers."""
    return acteur.a_role(*PILOTES, *COORDINATEURS, Role.OBSERVATEUR)


def peut_voir_pilotage(acteur: Acteur) -> bool:
    return acteur.a_role(*COORDINATEURS, *PILOTES, Role.ADMIN)


def peut_mouvementer_enveloppes(acteur: Acteur) -> bool:
    """Late additions, withdrawals, transfers: who holds the meetings that decide of them, and who writes the votes.

    The pilots read the envelopes; what they agree on is recorded by a coordination, as their decisions are.
    """
    return acteur.a_role(*COORDINATEURS, Role.ADMIN)


def peut_exporter(acteur: Acteur) -> bool:
    return acteur.a_role(*COORDINATEURS, Role.ADMIN)


def peut_remplir_bilan(acteur: Acteur, bilan: Bilan) -> bool:
    return est_porteur(acteur, bilan.exercice.projet) and bilan.se_remplit


def peut_juger_bilan(acteur: Acteur, bilan: Bilan) -> bool:
    return coordonne(acteur, bilan.exercice.projet) and bilan.statut == "depose"


def peut_rouvrir_bilan(acteur: Acteur, bilan: Bilan) -> bool:
    """Taking an acceptance back: the coordination in charge or the administration, until the project is closed."""
    projet = bilan.exercice.projet
    permis = coordonne(acteur, projet) or (acteur.a_role(Role.ADMIN) and not est_porteur(acteur, projet))
    return permis and bilan.statut == "accepte" and projet.statut == Statut.VALIDE


def peut_reviser_budget(acteur: Acteur, projet: Projet) -> bool:
    """The revised budget is its porteur's word, as long as the project runs."""
    return est_porteur(acteur, projet) and projet.statut == Statut.VALIDE


def peut_rouvrir_budget(acteur: Acteur, projet: Projet) -> bool:
    return coordonne(acteur, projet) and projet.statut == Statut.VALIDE


def peut_tenir_versements(acteur: Acteur, projet: Projet) -> bool:
    """Recording and cancelling payments, their conditions: either coordination, never about one's own project."""
    return peut_instruire(acteur, projet)


def peut_demander_reversement(acteur: Acteur, projet: Projet) -> bool:
    """Asking money back, or giving it up: the coordination in charge."""
    return coordonne(acteur, projet)


def peut_lire_journal(acteur: Acteur) -> bool:
    """The journal of the whole portal: who administers it. That of one project is on its page, for the services."""
    return acteur.a_role(Role.ADMIN)


def peut_regler_courriels(acteur: Acteur) -> bool:
    """Whether there is a pace to choose: those to whom the portal writes about other people's projects."""
    return acteur.a_role(*COORDINATEURS, *AUTORITES)


def peut_renvoyer(acteur: Acteur, projet: Projet) -> bool:
    """Sending a mail of a project again: the coordinations and the administration, and never about one's own project."""
    return acteur.a_role(*COORDINATEURS, Role.ADMIN) and not est_porteur(acteur, projet)


def peut_voir_boite_d_envoi(acteur: Acteur) -> bool:
    return acteur.a_role(*COORDINATEURS, Role.ADMIN)
