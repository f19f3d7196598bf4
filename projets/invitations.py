"""Opening an account for a person of the directory: a link by mail, which serves once, and never a password by mail."""

from dataclasses import dataclass

from django.core import signing
from django.db import transaction
from django.utils import timezone

from correspondants.adresses import prouver
from correspondants.enums import Role
from correspondants.models import Correspondant, Invitation, Utilisateur

from . import notifications_comptes as notifications

SEL = "projets.invitation"


class InvitationImpossible(Exception):
    """``str()`` is the sentence that says why. Nothing was written."""


@dataclass(frozen=True)
class Acces:
    """What the directory shows of the account of one line."""

    libelle: str
    ton: str
    detail: str = ""


def obstacle(correspondant: Correspondant) -> str:
    """Why this person cannot be invited; empty when nothing stands in the way."""
    if not correspondant.actif:
        return "Cette ligne de l’annuaire n’est plus active."
    if not correspondant.courriel:
        return "Écrivez d’abord le courriel de cette personne dans l’annuaire."
    if correspondant.utilisateur_id and correspondant.utilisateur.is_active:
        return f"Un compte est déjà ouvert pour cette ligne : {correspondant.utilisateur.email}."
    compte = Utilisateur.objects.filter(email__iexact=correspondant.courriel).first()
    if compte is None:
        return ""
    if not compte.is_active:
        return "Le compte de cette adresse a été fermé : rouvrez-le d’abord dans « Comptes »."
    autre = Correspondant.objects.filter(utilisateur=compte).exclude(pk=correspondant.pk).first()
    return f"Le compte de cette adresse est déjà celui d’une autre ligne : {autre}." if autre else ""


@transaction.atomic
def inviter(correspondant: Correspondant, *, par: Utilisateur) -> Invitation:
    """Sends a link, and closes the one sent before. Raises InvitationImpossible."""
    correspondant = Correspondant.objects.select_for_update(of=("self",)).get(pk=correspondant.pk)
    if phrase := obstacle(correspondant):
        raise InvitationImpossible(phrase)
    revoquer(correspondant)
    invitation = Invitation.objects.create(
        correspondant=correspondant, courriel=correspondant.courriel.strip().lower(), cree_par=par
    )
    notifications.invitation(invitation, jeton(invitation))
    return invitation


def revoquer(correspondant: Correspondant) -> int:
    """Closes every link that still opens; how many."""
    ouvertes = Invitation.objects.filter(correspondant=correspondant, acceptee_le=None, revoquee_le=None)
    return ouvertes.update(revoquee_le=timezone.now())


def jeton(invitation: Invitation) -> str:
    return signing.dumps([invitation.pk, invitation.secret], salt=SEL)


def invitation_du_jeton(jeton: str) -> Invitation | None:
    """The invitation that a link opens; None when it was forged, used, revoked, is too old, or the address changed since."""
    try:
        pk, secret = signing.loads(jeton, salt=SEL)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    ouvertes = Invitation.objects.ouvertes().select_related("correspondant__utilisateur")
    trouvee = ouvertes.filter(pk=pk, secret=secret, correspondant__actif=True).first()
    if trouvee is None or trouvee.correspondant.courriel.strip().lower() != trouvee.courriel:
        return None
    return trouvee


def compte_existant(invitation: Invitation) -> Utilisateur | None:
    return Utilisateur.objects.filter(email__iexact=invitation.courriel).first()


@transaction.atomic
def accepter(invitation: Invitation, mot_de_passe: str) -> Utilisateur:
    """Opens the account, or finds the one of this address, and gives it the line. Raises InvitationImpossible.

    An account that already has a password keeps it: the link of a mail is not a way round it.
    """
    prises = Invitation.objects.ouvertes().filter(pk=invitation.pk).update(acceptee_le=timezone.now())
    correspondant = Correspondant.objects.select_for_update(of=("self",)).get(pk=invitation.correspondant_id)
    if not prises:
        raise InvitationImpossible("Cette invitation vient de servir, ou a été annulée.")
    if phrase := obstacle(correspondant):
        raise InvitationImpossible(phrase)
    compte = compte_existant(invitation) or Utilisateur.objects.create_user(invitation.courriel)
    if not compte.has_usable_password():
        compte.set_password(mot_de_passe)
    compte.nom = compte.nom or correspondant.nom
    compte.is_staff = compte.is_staff or Role.ADMIN in correspondant.roles
    compte.save()
    prouver(compte)
    correspondant.utilisateur = compte
    correspondant.save(update_fields=["utilisateur"])
    return compte
