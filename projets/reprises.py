"""Going on with a draft on another device: a signed link by mail, which expires and which a button must confirm."""

from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.utils import timezone

from cite_educative.limites import permis

from . import notifications_comptes as notifications
from .enums import Statut
from .models import Projet

SEL = "projets.reprise"
DUREE = timedelta(days=7)
PAR_BROUILLON = 5  # links in an hour
PAR_ADRESSE = 5


def jeton(projet: Projet) -> str:
    return signing.dumps(str(projet.jeton), salt=SEL)


@transaction.atomic
def envoyer(projet: Projet, courriel: str) -> bool:
    """A link to the draft for this address. Whether it leaves; never said on a page.

    At most a few in an hour for one draft and for one address, whoever asks.
    """
    adresse, maintenant = courriel.strip().lower(), timezone.now()
    if not permis("reprise", adresse, f"{PAR_ADRESSE}/h"):  # another draft gives no more to the same address
        return False
    if not permis("reprise-dossier", str(projet.pk), f"{PAR_BROUILLON}/h"):
        return False
    # The minute names the event: a double click writes one mail.
    evenement = f"reprise:{projet.pk}:{maintenant:%Y%m%d%H%M}"
    notifications.reprise_brouillon(projet, adresse, jeton(projet), maintenant + DUREE, evenement)
    return True


def brouillon_du_jeton(jeton: str) -> Projet | None:
    """The draft that a link opens; None when it was forged, is too old, or the draft is one no more."""
    try:
        lu = signing.loads(jeton, salt=SEL, max_age=DUREE)
    except signing.BadSignature:
        return None
    return Projet.objects.filter(jeton=lu, statut=Statut.BROUILLON).first()
