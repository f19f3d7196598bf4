"""Writing a draft with a colleague of the same structure: invited by mail, accepted by a button, taken back at will.

What two people write is merged answer by answer (``fusion.py``); only the porteur invites and deposits.
"""

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone

from cite_educative.limites import permis
from correspondants.adresses import CompteFerme, compte_du_lien
from correspondants.models import Utilisateur

from . import notifications_comptes as notifications
from .enums import Statut
from .models import Partage, Projet
from .permissions import peut_partager

SEL = "projets.partage"
COLLEGUES_MAX = 5
INVITATIONS_PAR_JOUR = 10


class PartageImpossible(Exception):
    """``str()`` is the sentence that says why. Nothing was written."""


@transaction.atomic
def inviter(projet: Projet, courriel: str, *, par: Utilisateur) -> Partage:
    """Sends the link to a colleague. Raises PartageImpossible."""
    courriel = courriel.strip().lower()
    if not peut_partager(par, projet):
        raise PartageImpossible("Seule la personne qui dépose le dossier invite ses collègues.")
    if courriel == par.email.lower():
        raise PartageImpossible("Cette adresse est la vôtre : le dossier est déjà à vous.")
    if not permis("partage", str(par.pk), f"{INVITATIONS_PAR_JOUR}/d"):
        raise PartageImpossible(f"{INVITATIONS_PAR_JOUR} invitations par jour au plus : reprenez demain.")
    Projet.objects.select_for_update().get(pk=projet.pk)
    perimes = projet.partages.filter(retire_le=None).exclude(pk__in=projet.partages.vivants().values("pk"))
    perimes.update(retire_le=timezone.now())
    if projet.partages.vivants().count() >= COLLEGUES_MAX:
        raise PartageImpossible(f"Vous êtes déjà {COLLEGUES_MAX + 1} sur ce dossier : retirez d’abord quelqu’un.")
    try:
        with transaction.atomic():
            partage = Partage.objects.create(projet=projet, par=par, courriel=courriel)
    except IntegrityError as doublon:
        raise PartageImpossible("Cette personne est déjà invitée.") from doublon
    notifications.partage_propose(partage, jeton(partage))
    return partage


def jeton(partage: Partage) -> str:
    return signing.dumps([partage.pk, partage.secret], salt=SEL)


def partage_du_jeton(jeton: str) -> Partage | None:
    """What a link opens; None when it was forged, accepted, taken back, is too old, or the draft is one no more."""
    try:
        pk, secret = signing.loads(jeton, salt=SEL)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    ouverts = Partage.objects.ouverts().filter(pk=pk, secret=secret, projet__statut=Statut.BROUILLON)
    return ouverts.select_related("projet__appel", "par").first()


@transaction.atomic
def accepter(partage: Partage) -> Utilisateur:
    """The account of the address invited may write the draft; it is opened if need be. Raises PartageImpossible."""
    try:
        compte = compte_du_lien(partage.courriel)
    except CompteFerme as ferme:
        raise PartageImpossible(str(ferme)) from ferme
    pris = Partage.objects.ouverts().filter(pk=partage.pk).update(accepte_le=timezone.now(), accepte_par=compte)
    if not pris:
        raise PartageImpossible("Cette invitation vient de servir, ou a été retirée.")
    return compte


def retirer(projet: Projet, pk: int, *, par: Utilisateur) -> None:
    """The porteur takes a right or an invitation back: what was written stays. Raises PartageImpossible."""
    if not peut_partager(par, projet):
        raise PartageImpossible("Seule la personne qui dépose le dossier retire un accès.")
    if not projet.partages.filter(pk=pk, retire_le=None).update(retire_le=timezone.now()):
        raise PartageImpossible("Cet accès est déjà retiré.")
