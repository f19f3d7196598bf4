"""The outbox against a real SMTP server that accepts, refuses, hangs up; each mail leaves once, or is tried again."""

import socket
import threading
from datetime import timedelta

import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from projets import envoi, notifications
from projets.enums import EtatCourriel, Statut
from projets.models import Courriel

from . import fabriques

pytestmark = pytest.mark.django_db


class Facteur:
    """What the server does with a message: ``humeur`` is accepte, refuse or raccroche."""

    def __init__(self) -> None:
        self.humeur = "accepte"
        self.recus: list[tuple[str, bytes]] = []

    async def handle_DATA(self, server, session, envelope):
        if self.humeur == "refuse":
            return "451 revenez plus tard"
        if self.humeur == "raccroche":
            session.peer = None
            server.transport.close()
            return "421 au revoir"
        self.recus.extend((destinataire, envelope.content) for destinataire in envelope.rcpt_tos)
        return "250 merci"


@pytest.fixture
def facteur(settings):
    """A server of our own on the loopback, and the portal set to speak to it."""
    facteur = Facteur()
    with socket.create_server(("127.0.0.1", 0)) as libre:
        port = libre.getsockname()[1]
    controleur = Controller(facteur, hostname="127.0.0.1", port=port)
    controleur.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_TIMEOUT = 5
    yield facteur
    controleur.stop()


def ecrire(nombre: int = 1) -> list[Courriel]:
    projet = fabriques.projet_en(Statut.BROUILLON)
    projet.numero = "2026-0042"
    Courriel.objects.all().delete()
    for rang in range(nombre):
        notifications.ecrire("projet_clos", [f"personne{rang}@example.org"], f"essai:{rang}", projet=projet)
    return list(Courriel.objects.order_by("pk"))


def test_un_courriel_part_une_fois_avec_ses_accents(facteur):
    (courriel,) = ecrire()
    assert envoi.vider() == 1
    assert envoi.vider() == 0
    ((destinataire, octets),) = facteur.recus
    courriel.refresh_from_db()
    assert courriel.etat == EtatCourriel.ENVOYE
    assert courriel.envoye_le is not None
    assert destinataire == "personne0@example.org"
    assert b"Message-ID" in octets
    assert b"Auto-Submitted: auto-generated" in octets


def test_le_meme_evenement_n_ecrit_qu_une_fois():
    projet = fabriques.projet_en(Statut.DEPOSE)
    avant = Courriel.objects.count()
    notifications.accuse_reception(projet, 1)
    assert Courriel.objects.count() == avant


@pytest.mark.parametrize("humeur", ["refuse", "raccroche"])
def test_un_refus_est_retente_plus_tard_et_n_empeche_pas_les_autres(facteur, humeur):
    premier, second = ecrire(2)
    facteur.humeur = humeur
    assert envoi.vider() == 2
    premier.refresh_from_db()
    assert (premier.etat, premier.tentatives) == (EtatCourriel.A_ENVOYER, 1)
    assert premier.erreur
    facteur.humeur = "accepte"
    assert envoi.vider() == 0, "rien n’est dû avant l’attente"
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert envoi.vider() == 2
    second.refresh_from_db()
    assert second.etat == EtatCourriel.ENVOYE
    assert len(facteur.recus) == 2


def test_apres_tous_les_essais_l_echec_se_voit(facteur):
    (courriel,) = ecrire()
    facteur.humeur = "refuse"
    instant = timezone.now()
    for _ in range(len(envoi.ATTENTES) + 1):
        with time_machine.travel(instant):
            assert envoi.vider() == 1
        instant += timedelta(days=2)
    courriel.refresh_from_db()
    assert courriel.etat == EtatCourriel.ECHEC


def test_un_worker_tue_en_plein_envoi_ne_perd_pas_le_courriel(facteur):
    (courriel,) = ecrire()
    assert envoi._reserver(courriel)
    assert envoi.vider() == 0, "le courriel est à l’autre worker"
    with time_machine.travel(timezone.now() + envoi.ABANDON + timedelta(seconds=1)):
        assert envoi.vider() == 1
    assert len(facteur.recus) == 1


def test_une_demonstration_n_ecrit_qu_a_son_domaine(facteur, settings):
    settings.COURRIELS_DOMAINES_AUTORISES = ["ailleurs.example"]
    (courriel,) = ecrire()
    envoi.vider()
    courriel.refresh_from_db()
    assert courriel.etat == EtatCourriel.RETENU
    assert not facteur.recus


def test_le_message_id_ne_change_pas_et_ne_dit_pas_a_qui():
    (courriel,) = ecrire()
    identifiant = envoi.message(courriel).extra_headers["Message-ID"]
    assert identifiant == envoi.message(courriel).extra_headers["Message-ID"]
    assert "personne0" not in identifiant
    assert settings.DEFAULT_FROM_EMAIL


def test_la_commande_dit_combien(capsys, facteur):
    ecrire(3)
    call_command("courriels")
    assert capsys.readouterr().out.strip() == "3"


@pytest.mark.django_db(transaction=True)
def test_deux_workers_ne_doublent_rien(facteur):
    fabriques.charger_appel()
    ecrire(12)
    fils = [threading.Thread(target=_un_worker) for _ in range(2)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert sorted(destinataire for destinataire, _ in facteur.recus) == sorted(
        f"personne{rang}@example.org" for rang in range(12)
    )


def _un_worker() -> None:
    try:
        envoi.vider()
    finally:
        connection.close()
