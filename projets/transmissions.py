"""Handing a project over to a colleague of the same structure: proposed, accepted, refused or taken back."""

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone

from cite_educative.limites import permis
from correspondants.adresses import CompteFerme, compte_du_lien
from correspondants.models import Utilisateur

from . import notifications_comptes as notifications
from .enums import Fait
from .journal import consigner
from .models import Projet, Transmission
from .permissions import peut_transmettre

SEL = "projets.transmission"
PAR_JOUR = 10  # proposals of one person, taken back or not: each is a mail to an address of their choice


class TransmissionImpossible(Exception):
    """``str()`` is the sentence that says why. Nothing was written."""


def en_attente(projet: Projet) -> Transmission | None:
    return Transmission.objects.en_attente().filter(projet=projet).select_related("de").first()


@transaction.atomic
def proposer(projet: Projet, courriel: str, *, par: Utilisateur, message: str = "") -> Transmission:
    """Sends the link to the colleague, who becomes the porteur on accepting. Raises TransmissionImpossible."""
    courriel = courriel.strip().lower()
    if not peut_transmettre(par, projet):
        raise TransmissionImpossible("Ce projet ne peut plus être transmis.")
    if courriel == par.email.lower():
        raise TransmissionImpossible("Cette adresse est la vôtre : le projet est déjà à vous.")
    if en_attente(projet):
        raise TransmissionImpossible("Une transmission est déjà proposée : retirez-la d’abord.")
    if not permis("transmission", str(par.pk), f"{PAR_JOUR}/d"):
        raise TransmissionImpossible(f"{PAR_JOUR} propositions par jour au plus\u00a0: reprenez demain.")
    Transmission.objects.filter(projet=projet, acceptee_le=None, retiree_le=None).update(retiree_le=timezone.now())
    try:
        with transaction.atomic():
            transmission = Transmission.objects.create(projet=projet, de=par, courriel=courriel, message=message)
    except IntegrityError as doublon:
        raise TransmissionImpossible("Une transmission vient d’être proposée : rechargez la page.") from doublon
    consigner(projet, Fait.TRANSMISSION_PROPOSEE, par=par, vise=transmission, pour_services=False)
    notifications.transmission_proposee(transmission, jeton(transmission))
    return transmission


def jeton(transmission: Transmission) -> str:
    return signing.dumps([transmission.pk, transmission.secret], salt=SEL)


def transmission_du_jeton(jeton: str) -> Transmission | None:
    """What a link opens; None when it was forged, answered, taken back or is too old."""
    try:
        pk, secret = signing.loads(jeton, salt=SEL)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    proposees = Transmission.objects.en_attente().filter(pk=pk, secret=secret)
    trouvee = proposees.select_related("projet__appel", "projet__structure", "projet__porteur", "de").first()
    # A proposal is worth what its author still is: once the project went to somebody else, it opens nothing.
    return trouvee if trouvee and peut_transmettre(trouvee.de, trouvee.projet) else None


def _repondre(transmission: Transmission, **champs: object) -> None:
    if not Transmission.objects.en_attente().filter(pk=transmission.pk).update(**champs):
        raise TransmissionImpossible("Cette proposition a déjà reçu une réponse, ou a été retirée.")


@transaction.atomic
def accepter(transmission: Transmission) -> Utilisateur:
    """The account of the address invited becomes the porteur, and is opened if need be.

    The person who handed the project over no longer reads it: the journal keeps the name. Raises TransmissionImpossible,
    or ModificationConcurrente when the project changed at the same instant.
    """
    projet = transmission.projet
    _repondre(transmission, acceptee_le=timezone.now())
    try:
        compte = compte_du_lien(transmission.courriel)
    except CompteFerme as ferme:
        raise TransmissionImpossible(str(ferme)) from ferme
    changer_de_porteur(projet, compte)
    Transmission.objects.filter(pk=transmission.pk).update(acceptee_par=compte)
    consigner(projet, Fait.TRANSMIS, par=compte, vise=transmission, pour_services=False)
    notifications.transmission_acceptee(transmission)
    return compte


def changer_de_porteur(projet: Projet, compte: Utilisateur) -> None:
    """In the caller's transaction. Raises ModificationConcurrente for a stale project."""
    projet.prendre_la_main()
    Projet.objects.filter(pk=projet.pk).update(porteur=compte)
    projet.porteur = compte


@transaction.atomic
def refuser(transmission: Transmission) -> None:
    """The person invited says no: the porteur is told. Raises TransmissionImpossible."""
    _repondre(transmission, retiree_le=timezone.now())
    consigner(
        transmission.projet, Fait.TRANSMISSION_REFUSEE, par=transmission.de, vise=transmission, pour_services=False
    )
    notifications.transmission_refusee(transmission)


@transaction.atomic
def retirer(transmission: Transmission, *, par: Utilisateur) -> None:
    """The porteur takes the proposal back: the link dies. Raises TransmissionImpossible."""
    _repondre(transmission, retiree_le=timezone.now())
    consigner(transmission.projet, Fait.TRANSMISSION_RETIREE, par=par, vise=transmission, pour_services=False)
