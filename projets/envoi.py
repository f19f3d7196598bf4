"""The worker's side of the outbox: takes rows one by one, sends, and remembers. Never loses a mail, never sends it twice.

A row is claimed before sending (two workers never share one); a refusal or a cut is tried again later, further and further
apart. A worker killed between the sending and the note leaves the row claimed: it is released after ``ABANDON`` with the
same Message-ID, which mail servers use to drop a double.
"""

import logging
from datetime import timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from .enums import EtatCourriel
from .models import Courriel

journal = logging.getLogger(__name__)

ATTENTES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440))
ABANDON = timedelta(minutes=10)


def vider(limite: int = 200) -> int:
    """Sends what is due, at most ``limite`` mails; returns how many were tried."""
    _liberer_abandonnes()
    tentes = 0
    connexion = get_connection()
    try:
        for courriel in _dus()[:limite]:
            if _reserver(courriel):
                _envoyer(courriel, connexion)
                tentes += 1
    finally:
        connexion.close()
    return tentes


def _dus():
    maintenant = timezone.now()
    return (
        Courriel.objects.en_attente()
        .filter(Q(prochain_essai_le=None) | Q(prochain_essai_le__lte=maintenant))
        .order_by("pk")
    )


def _liberer_abandonnes() -> None:
    Courriel.objects.filter(etat=EtatCourriel.EN_COURS, prochain_essai_le__lte=timezone.now()).update(
        etat=EtatCourriel.A_ENVOYER
    )


def _reserver(courriel: Courriel) -> bool:
    return bool(
        Courriel.objects.filter(pk=courriel.pk, etat=EtatCourriel.A_ENVOYER).update(
            etat=EtatCourriel.EN_COURS, prochain_essai_le=timezone.now() + ABANDON
        )
    )


def est_autorise(adresse: str) -> bool:
    """Whether mail may leave for this address: a demonstration only writes to its own domains."""
    domaines = settings.COURRIELS_DOMAINES_AUTORISES
    return not domaines or adresse.rpartition("@")[2].lower() in domaines


def _envoyer(courriel: Courriel, connexion: object) -> None:
    if not est_autorise(courriel.destinataire):
        _noter(courriel, etat=EtatCourriel.RETENU)
        return
    try:
        message(courriel, connexion).send()
    except Exception as erreur:  # whatever a mail server answers, the row stays and is tried again
        tentatives = courriel.tentatives + 1
        journal.warning("courriel %s non parti (essai %s) : %s", courriel.pk, tentatives, type(erreur).__name__)
        suite = (
            {"etat": EtatCourriel.ECHEC}
            if tentatives > len(ATTENTES)
            else {
                "etat": EtatCourriel.A_ENVOYER,
                "prochain_essai_le": timezone.now() + ATTENTES[tentatives - 1],
            }
        )
        _noter(courriel, tentatives=tentatives, erreur=f"{type(erreur).__name__} : {erreur}"[:500], **suite)
        connexion.close()  # a connection that failed once is not trusted for the next mail
    else:
        _noter(courriel, etat=EtatCourriel.ENVOYE, envoye_le=timezone.now(), erreur="")


def _noter(courriel: Courriel, **champs: object) -> None:
    Courriel.objects.filter(pk=courriel.pk).update(**champs)


def message(courriel: Courriel, connexion: object = None) -> EmailMultiAlternatives:
    """The mail of a row; its Message-ID never changes, and says nothing of whom it is for."""
    empreinte = salted_hmac("projets.courriel", courriel.cle).hexdigest()[:32]
    domaine = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    mail = EmailMultiAlternatives(
        courriel.objet,
        courriel.texte,
        to=[courriel.destinataire],
        connection=connexion,
        headers={"Message-ID": f"<{empreinte}@{domaine}>", "Auto-Submitted": "auto-generated"},
    )
    if courriel.html:
        mail.attach_alternative(courriel.html, "text/html")
    return mail
