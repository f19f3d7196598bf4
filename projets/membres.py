"""The people of a structure: let in, invited, recognised, taken out; which of its projects each of them reads.

A name or a SIRET typed in a file proves nothing: a colleague's project is read only when both are members, each having been
let in by the other side or by the coordination.
"""

from datetime import timedelta

from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from correspondants.adresses import CompteFerme, compte_du_lien
from correspondants.models import Structure, Utilisateur

from . import notifications_comptes as notifications
from .enums import Fait
from .journal import consigner
from .models import MembreStructure, Projet
from .permissions import est_coordinateur, est_des_services

SEL = "projets.membre"
MEMBRES_MAX = 30  # members and invitations of one structure
INVITATIONS_PAR_JOUR = 10


class MembreImpossible(Exception):
    """``str()`` is the sentence that says why. Nothing was written."""


# --- who reads what --------------------------------------------------------------------------------------------------


def est_membre(utilisateur: Utilisateur, structure: Structure) -> bool:
    return MembreStructure.objects.actifs().filter(structure=structure, utilisateur=utilisateur).exists()


def structures_de(utilisateur: Utilisateur) -> QuerySet[Structure]:
    """Structures a person belongs to, or carries a project of."""
    membre = MembreStructure.objects.actifs().filter(utilisateur=utilisateur).values("structure")
    porte = Projet.objects.filter(porteur=utilisateur).exclude(structure=None).values("structure")
    return Structure.objects.filter(Q(pk__in=membre.order_by()) | Q(pk__in=porte.order_by())).order_by("nom", "pk")


def structures_visibles_par(utilisateur: Utilisateur) -> QuerySet[Structure]:
    """The services open every structure that has a project; the others, their own. The rows are the right."""
    if est_des_services(utilisateur):
        # Asked of each: gathering those of every project would read them all.
        siens = Projet.objects.deposes().filter(structure=OuterRef("pk")).order_by()
        return Structure.objects.filter(Exists(siens)).order_by("nom", "pk")
    return structures_de(utilisateur)


def projets_de_la_structure(structure: Structure, utilisateur: Utilisateur) -> QuerySet[Projet]:
    """The deposited projects of a structure that a person reads: all for the services; for a member, one's own and those of
    every member, past ones included; for somebody who only carries one, one's own."""
    services = est_des_services(utilisateur)
    membre = not services and est_membre(utilisateur, structure)
    return projets_lus(structure.pk, utilisateur.pk, services=services, membre=membre)


def projets_lus(structure: int, compte: int, *, services: bool, membre: bool) -> QuerySet[Projet]:
    """The same by their keys, for who is known to be of the services, or an active member, or neither."""
    deposes = Projet.objects.deposes().filter(structure=structure)
    if services:
        return deposes
    siens = deposes.filter(porteur=compte)
    if not membre:
        return siens
    membres = MembreStructure.objects.filter(structure=structure).exclude(accepte_le=None).exclude(utilisateur=None)
    return deposes.filter(porteur__in=membres.values("utilisateur")) | siens


def projet_d_un_collegue(numero: str, utilisateur: Utilisateur) -> Projet | None:
    """The project of a number, when a member reads it as a colleague."""
    projet = Projet.objects.deposes().filter(numero=numero).exclude(structure=None).select_related("structure").first()
    if projet is None or not est_membre(utilisateur, projet.structure):
        return None
    return projets_de_la_structure(projet.structure, utilisateur).filter(pk=projet.pk).first()


def peut_gerer_membres(utilisateur: Utilisateur, structure: Structure, *, membre: bool | None = None) -> bool:
    """Inviting and taking out: its members, and the coordinations. ``membre``: whether it is one, when that is known."""
    return est_coordinateur(utilisateur) or (est_membre(utilisateur, structure) if membre is None else membre)


def porteurs_non_reconnus(structure: Structure | int) -> QuerySet[Utilisateur]:
    """Those who carry a project of the structure and are not among its members."""
    porteurs = Projet.objects.deposes().filter(structure=structure, porteur__is_active=True).values("porteur")
    membres = MembreStructure.objects.actifs().filter(structure=structure).values("utilisateur")
    return Utilisateur.objects.filter(pk__in=porteurs).exclude(pk__in=membres).order_by("email")


# --- letting in ------------------------------------------------------------------------------------------------------


def rattacher(structure: Structure, porteur: Utilisateur) -> None:
    """The first to deposit for a structure is its first member; once somebody else is there, one has to be let in."""
    if MembreStructure.objects.filter(structure=structure).exclude(accepte_le=None).exists():
        return
    if Projet.objects.deposes().filter(structure=structure).exclude(porteur=porteur).exists():
        return
    membre = _ajouter(structure, porteur)
    consigner(None, Fait.MEMBRE_AJOUTE, par=porteur, motif="Premier dépôt.", vise=membre)


def _ajouter(structure: Structure, compte: Utilisateur, par: Utilisateur | None = None) -> MembreStructure:
    """In the caller's transaction. What was pending at this address is answered by it."""
    MembreStructure.objects.filter(structure=structure, courriel__iexact=compte.email, retire_le=None).delete()
    return MembreStructure.objects.create(
        structure=structure,
        courriel=compte.email.lower(),
        utilisateur=compte,
        invite_par=par,
        accepte_le=timezone.now(),
    )


def _tenir(structure: Structure) -> None:
    """One change at a time in one structure."""
    Structure.objects.select_for_update().get(pk=structure.pk)


@transaction.atomic
def reconnaitre(structure: Structure, compte: Utilisateur, *, par: Utilisateur) -> MembreStructure:
    """The coordination says that this porteur is really of the structure. Raises MembreImpossible."""
    if not est_coordinateur(par):
        raise MembreImpossible("Reconnaître un porteur revient aux coordinations.")
    _tenir(structure)
    if not porteurs_non_reconnus(structure).filter(pk=compte.pk).exists():
        raise MembreImpossible("Cette personne est déjà membre, ou ne porte aucun projet de cette structure.")
    membre = _ajouter(structure, compte, par)
    consigner(None, Fait.MEMBRE_AJOUTE, par=par, motif="Reconnu par la coordination.", vise=membre)
    notifications.membre_ajoute(membre, _autres(membre))
    return membre


@transaction.atomic
def inviter(structure: Structure, courriel: str, *, par: Utilisateur) -> MembreStructure:
    """Sends a link to a colleague. Raises MembreImpossible."""
    courriel = courriel.strip().lower()
    if not peut_gerer_membres(par, structure):
        raise MembreImpossible("Seul un membre de la structure invite un collègue.")
    _tenir(structure)
    ouverts = MembreStructure.objects.filter(structure=structure, retire_le=None)
    depuis = timezone.now() - timedelta(days=1)
    if ouverts.actifs().filter(courriel__iexact=courriel).exists():
        raise MembreImpossible("Cette personne est déjà membre de la structure.")
    if ouverts.en_attente().filter(courriel__iexact=courriel).exists():
        raise MembreImpossible("Une invitation est déjà partie à cette adresse : retirez-la d’abord.")
    if ouverts.count() >= MEMBRES_MAX:
        raise MembreImpossible(f"{MEMBRES_MAX} personnes au plus : retirez d’abord celles qui n’ont plus à y être.")
    if MembreStructure.objects.filter(invite_par=par, cree_le__gt=depuis).count() >= INVITATIONS_PAR_JOUR:
        raise MembreImpossible(f"{INVITATIONS_PAR_JOUR} invitations par jour au plus : reprenez demain.")
    ouverts.filter(courriel__iexact=courriel, accepte_le=None).update(retire_le=timezone.now())
    try:
        with transaction.atomic():
            membre = MembreStructure.objects.create(structure=structure, courriel=courriel, invite_par=par)
    except IntegrityError as doublon:
        raise MembreImpossible("Une invitation vient de partir à cette adresse : rechargez la page.") from doublon
    consigner(None, Fait.MEMBRE_INVITE, par=par, vise=membre)
    notifications.membre_invite(membre, jeton(membre))
    return membre


def jeton(membre: MembreStructure) -> str:
    return signing.dumps([membre.pk, membre.secret], salt=SEL)


def invitation_du_jeton(jeton: str) -> MembreStructure | None:
    """What a link opens; None when it was forged, answered, taken back, is too old, or its author has left."""
    try:
        pk, secret = signing.loads(jeton, salt=SEL)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    trouvee = (
        MembreStructure.objects.en_attente()
        .filter(pk=pk, secret=secret)
        .select_related("structure", "invite_par")
        .first()
    )
    return (
        trouvee
        if trouvee and trouvee.invite_par and peut_gerer_membres(trouvee.invite_par, trouvee.structure)
        else None
    )


@transaction.atomic
def accepter(membre: MembreStructure) -> Utilisateur:
    """The account of the address invited becomes a member, and is opened if need be. Raises MembreImpossible."""
    # Held before the account is looked for: of two clicks, one opens it.
    if MembreStructure.objects.en_attente().select_for_update().filter(pk=membre.pk).first() is None:
        raise MembreImpossible("Cette invitation a déjà reçu une réponse, ou a été retirée.")
    try:
        compte = compte_du_lien(membre.courriel)
    except CompteFerme as ferme:
        raise MembreImpossible(str(ferme)) from ferme
    MembreStructure.objects.filter(pk=membre.pk).update(accepte_le=timezone.now(), utilisateur=compte)
    membre.refresh_from_db()
    consigner(None, Fait.MEMBRE_AJOUTE, par=compte, motif="Sur invitation.", vise=membre)
    notifications.membre_ajoute(membre, _autres(membre))
    return compte


# --- taking out ------------------------------------------------------------------------------------------------------


@transaction.atomic
def retirer(membre: MembreStructure, *, par: Utilisateur) -> None:
    """A member, or an invitation, goes: what they carry stays theirs. Raises MembreImpossible."""
    if not peut_gerer_membres(par, membre.structure):
        raise MembreImpossible("Seul un membre de la structure retire un accès.")
    if not MembreStructure.objects.filter(pk=membre.pk, retire_le=None).update(retire_le=timezone.now()):
        raise MembreImpossible("Cet accès est déjà retiré.")
    consigner(None, Fait.MEMBRE_RETIRE, par=par, vise=membre)
    if membre.accepte_le and membre.utilisateur_id != par.pk:
        notifications.membre_retire(membre, par)


def _autres(membre: MembreStructure) -> list[str]:
    """Addresses of the other members: nobody is let in without their knowing."""
    actifs = MembreStructure.objects.actifs().filter(structure=membre.structure).exclude(pk=membre.pk)
    return list(actifs.values_list("courriel", flat=True))


__all__ = [
    "MembreImpossible",
    "accepter",
    "est_membre",
    "invitation_du_jeton",
    "inviter",
    "jeton",
    "peut_gerer_membres",
    "porteurs_non_reconnus",
    "projets_de_la_structure",
    "rattacher",
    "reconnaitre",
    "retirer",
    "structures_de",
    "structures_visibles_par",
]
