"""The worker's side of the outbox: takes rows one by one, sends, and remembers. Never loses a mail; sends it once.

A row is claimed before sending (two workers never share one). What the server says decides: an address or a message refused
for good (5xx) is a failure to show at once; a refusal for now (4xx) or a cut is tried again, further and further apart; a
server that cannot be reached ends the pass without counting against any mail.

One doubt cannot be lifted by any sender: a worker killed, or a connection cut, after the server took the message and before
it was noted. The row is then sent again (after ``ABANDON`` for a killed worker) with the same Message-ID, by which mail
systems show one message and not two. Nothing is lost in any case.
"""

import logging
import smtplib
from collections.abc import Callable
from datetime import timedelta
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.crypto import salted_hmac

from cite_educative.journalisation import au_nom_de

from .enums_portail import EtatCourriel, RaisonEchec
from .models import Courriel, identite_en_vigueur

journal = logging.getLogger(__name__)

ATTENTES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440))
ABANDON = timedelta(minutes=10)
# A moment further ahead than any of ours was written by a clock that was wrong: it is not waited for.
HORLOGE = timedelta(hours=1)


class ServeurInjoignable(Exception):
    """The mail server cannot be reached, or does not let the portal in: nothing was tried."""


def vider(limite: int = 200, arret: Callable[[], bool] = lambda: False) -> int:
    """Sends what is due, at most ``limite`` mails, over one connection; returns how many were tried.

    ``arret`` is asked between two mails. Raises ServeurInjoignable; what was due stays due.
    """
    _liberer_abandonnes()
    dus, tentes = list(_dus()[:limite]), 0
    if not any(est_autorise(courriel.destinataire) for courriel in dus):
        return sum(_retenir(courriel) for courriel in dus)
    connexion = get_connection()
    try:
        for courriel in dus:
            if arret():
                break
            if not est_autorise(courriel.destinataire):
                tentes += _retenir(courriel)
            elif _reserver(courriel):
                with au_nom_de(courriel.requete):
                    _ouvrir(connexion, courriel)
                    _envoyer(courriel, connexion)
                tentes += 1
    finally:
        _fermer(connexion)
    return tentes


def _dus():
    maintenant = timezone.now()
    return (
        Courriel.objects.en_attente()
        .filter(
            Q(prochain_essai_le=None)
            | Q(prochain_essai_le__lte=maintenant)
            | Q(prochain_essai_le__gt=maintenant + ATTENTES[-1] + HORLOGE)
        )
        .order_by("pk")
    )


def _liberer_abandonnes() -> None:
    maintenant = timezone.now()
    echu = Q(prochain_essai_le__lte=maintenant) | Q(prochain_essai_le__gt=maintenant + ABANDON + HORLOGE)
    Courriel.objects.filter(echu, etat=EtatCourriel.EN_COURS).update(etat=EtatCourriel.A_ENVOYER)


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


def _retenir(courriel: Courriel) -> int:
    return Courriel.objects.filter(pk=courriel.pk, etat=EtatCourriel.A_ENVOYER).update(etat=EtatCourriel.RETENU)


# --- the conversation with the server ---------------------------------------------------------------------------------


def _ouvrir(connexion: Any, courriel: Courriel) -> None:
    """Opens the connection if it is not, so that it serves for the next mails too. Gives the row back if it cannot be."""
    try:
        connexion.open()
    except (OSError, smtplib.SMTPException) as erreur:
        phrase = f"{type(erreur).__name__} : {erreur}"[:500]
        _noter(
            courriel,
            etat=EtatCourriel.A_ENVOYER,
            prochain_essai_le=None,
            raison=RaisonEchec.SERVEUR,
            erreur=phrase,
        )
        raise ServeurInjoignable(phrase) from erreur


def _fermer(connexion: Any) -> None:
    try:
        connexion.close()
    except (OSError, smtplib.SMTPException):  # it was dead already
        connexion.connection = None


def _envoyer(courriel: Courriel, connexion: Any) -> None:
    try:
        message(courriel, connexion).send()
    except Exception as erreur:  # whatever a mail server answers, the row stays and somebody will know
        tentatives = courriel.tentatives + 1
        raison, definitif = raison_de(erreur)
        journal.warning("courriel %s non parti (essai %s) : %s", courriel.pk, tentatives, type(erreur).__name__)
        suite = (
            {"etat": EtatCourriel.ECHEC, "prochain_essai_le": None}
            if definitif or tentatives > len(ATTENTES)
            else {
                "etat": EtatCourriel.A_ENVOYER,
                "prochain_essai_le": timezone.now() + ATTENTES[tentatives - 1],
            }
        )
        phrase = f"{type(erreur).__name__} : {erreur}"[:500].replace("\x00", "")
        _noter(courriel, tentatives=tentatives, raison=raison, erreur=phrase, **suite)
        _fermer(connexion)  # a connection that failed once is not trusted for the next mail
    else:
        _noter(
            courriel,
            etat=EtatCourriel.ENVOYE,
            envoye_le=timezone.now(),
            prochain_essai_le=None,
            erreur="",
            raison="",
        )
        journal.info("courriel %s parti (%s)", courriel.pk, courriel.gabarit)


def raison_de(erreur: Exception) -> tuple[RaisonEchec, bool]:
    """Why a mail did not leave, and whether trying again would be useless.

    A sender refused is a setting of ours to be put right, not the end of the mail: it is tried again.
    """
    if isinstance(erreur, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in erreur.recipients.values()]
        definitif = all(code >= 500 for code in codes)
        return (RaisonEchec.ADRESSE if definitif else RaisonEchec.PLUS_TARD), definitif
    if isinstance(erreur, smtplib.SMTPSenderRefused):
        return RaisonEchec.PLUS_TARD, False
    if isinstance(erreur, smtplib.SMTPDataError):
        definitif = erreur.smtp_code >= 500
        return (RaisonEchec.MESSAGE if definitif else RaisonEchec.PLUS_TARD), definitif
    if isinstance(erreur, UnicodeError | smtplib.SMTPNotSupportedError):  # an address that mail cannot write
        return RaisonEchec.ADRESSE, True
    if isinstance(erreur, OSError | smtplib.SMTPServerDisconnected):
        return RaisonEchec.COUPURE, False
    if isinstance(erreur, smtplib.SMTPException):
        return RaisonEchec.PLUS_TARD, False
    return RaisonEchec.AUTRE, False


def _noter(courriel: Courriel, **champs: object) -> None:
    """Writes down what became of a row, if it is still ours."""
    Courriel.objects.filter(pk=courriel.pk, etat=EtatCourriel.EN_COURS).update(**champs)


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
    contexte = {"courriel": courriel, "identite": identite_en_vigueur()}
    mail.attach_alternative(courriel.html or render_to_string("projets/courriels/page.html", contexte), "text/html")
    return mail
