"""The outbox against a real SMTP server that accepts, refuses, hangs up; each mail leaves once, or is tried again."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
from datetime import timedelta
from email import message_from_bytes

import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from projets import envoi, notifications
from projets.enums import Statut
from projets.enums_portail import EtatCourriel, RaisonEchec
from projets.models import Courriel

from . import fabriques

pytestmark = pytest.mark.django_db


class Facteur:
    """What the server does with a message. ``humeur``: accepte, refuse (451 after DATA), rejette (550 after DATA), raccroche
    (before the answer to DATA), raccroche_apres (kept, and no answer), traine (answers too late).
    """

    def __init__(self) -> None:
        self.humeur = "accepte"
        self.refus: dict[str, str] = {}  # address -> answer to RCPT
        self.recus: list[tuple[str, bytes]] = []
        self.connexions = 0
        self.arrive = threading.Event()
        self.repartir = threading.Event()

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connexions += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address in self.refus:
            return self.refus[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.humeur in ("refuse", "rejette"):
            return {"refuse": "451 revenez plus tard", "rejette": "554 refus"}[self.humeur]
        if self.humeur == "raccroche":
            session.peer = None
            server.transport.close()
            return "421 au revoir"
        self.recus.extend((destinataire, envelope.content) for destinataire in envelope.rcpt_tos)
        self.arrive.set()
        if self.humeur == "raccroche_apres":
            server.transport.abort()
        while self.humeur == "traine" and not self.repartir.is_set():
            await asyncio.sleep(0.02)
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
    settings.EMAIL_TIMEOUT = 0.5
    yield facteur
    facteur.repartir.set()
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


# --- what the server answers ------------------------------------------------------------------------------------------


def test_une_adresse_refusee_est_un_echec_qui_se_comprend_et_n_arrete_pas_les_autres(facteur):
    premier, second, troisieme = ecrire(3)
    facteur.refus = {"personne0@example.org": "550 inconnu", "personne1@example.org": "451 boite pleine"}
    assert envoi.vider() == 3
    for courriel in (premier, second, troisieme):
        courriel.refresh_from_db()
    assert (premier.etat, premier.raison, premier.tentatives) == (EtatCourriel.ECHEC, RaisonEchec.ADRESSE, 1)
    assert (second.etat, second.raison) == (EtatCourriel.A_ENVOYER, RaisonEchec.PLUS_TARD)
    assert troisieme.etat == EtatCourriel.ENVOYE
    facteur.refus = {}
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert envoi.vider() == 1
    second.refresh_from_db()
    assert (second.etat, second.raison, second.erreur) == (EtatCourriel.ENVOYE, "", "")
    assert len(facteur.recus) == 2


def test_un_message_refuse_pour_de_bon_est_un_echec(facteur):
    (courriel,) = ecrire()
    facteur.humeur = "rejette"
    envoi.vider()
    courriel.refresh_from_db()
    assert (courriel.etat, courriel.raison) == (EtatCourriel.ECHEC, RaisonEchec.MESSAGE)


def test_une_seule_connexion_sert_a_tous(facteur):
    ecrire(4)
    assert envoi.vider() == 4
    assert facteur.connexions == 1


@pytest.mark.parametrize("humeur", ["traine", "raccroche_apres"])
def test_sans_reponse_apres_le_message_il_repart_avec_le_meme_identifiant(facteur, humeur):
    """The server has it, the worker cannot know: sent again, and the Message-ID says that it is the same."""
    (courriel,) = ecrire()
    facteur.humeur = humeur
    envoi.vider()
    courriel.refresh_from_db()
    assert (courriel.etat, courriel.raison) == (EtatCourriel.A_ENVOYER, RaisonEchec.COUPURE)
    facteur.humeur = "accepte"
    facteur.repartir.set()
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        envoi.vider()
    assert len(facteur.recus) == 2
    assert len({identifiant(octets) for _, octets in facteur.recus}) == 1


def identifiant(octets: bytes) -> str:
    return message_from_bytes(octets)["Message-ID"]


def test_un_serveur_injoignable_ne_compte_contre_aucun_courriel(settings):
    courriels = ecrire(2)
    with socket.create_server(("127.0.0.1", 0)) as libre:
        port = libre.getsockname()[1]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    for _ in range(20):
        with pytest.raises(envoi.ServeurInjoignable):
            envoi.vider()
    for courriel in courriels:
        courriel.refresh_from_db()
        assert (courriel.etat, courriel.tentatives) == (EtatCourriel.A_ENVOYER, 0)
    with pytest.raises(CommandError, match="injoignable"):
        call_command("courriels")


@pytest.mark.django_db(transaction=True)
def test_un_worker_tue_apres_l_acceptation_ne_perd_rien(facteur):
    """kill -9 once the server holds the message, before the worker could note it: one mail, or two with one Message-ID."""
    fabriques.charger_appel()
    ecrire(2)
    facteur.humeur = "traine"
    base = {cle: str(connection.settings_dict[cle]) for cle in ("ENGINE", "NAME", "HOST", "PORT", "USER", "PASSWORD")}
    reglages = {
        "DJANGO_SETTINGS_MODULE": "tests.reglages_du_worker",
        "BASE_DU_TEST": json.dumps(base),
        "EMAIL_PORT": str(settings.EMAIL_PORT),
    }
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "courriels", "--continu", "--attente", "0.05"],
        cwd=settings.BASE_DIR,
        env=os.environ | reglages,
        stderr=subprocess.PIPE,
    )
    try:
        assert facteur.arrive.wait(60), worker.stderr.read1().decode()
    finally:
        worker.kill()
        worker.communicate()
    facteur.humeur = "accepte"
    facteur.repartir.set()
    premier, second = Courriel.objects.order_by("pk")
    assert (premier.etat, second.etat) == (EtatCourriel.EN_COURS, EtatCourriel.A_ENVOYER)
    envoi.vider()
    with time_machine.travel(timezone.now() + envoi.ABANDON + timedelta(seconds=1)):
        envoi.vider()
    assert set(Courriel.objects.values_list("etat", flat=True)) == {EtatCourriel.ENVOYE}
    par_personne = {}
    for destinataire, octets in facteur.recus:
        par_personne.setdefault(destinataire, []).append(identifiant(octets))
    assert {destinataire: len(set(ids)) for destinataire, ids in par_personne.items()} == {
        "personne0@example.org": 1,
        "personne1@example.org": 1,
    }
    assert len(par_personne["personne0@example.org"]) == 2


def test_le_worker_s_arrete_entre_deux_courriels(facteur):
    ecrire(3)
    reponses = iter([False, True])
    assert envoi.vider(arret=lambda: next(reponses)) == 1
    assert Courriel.objects.en_attente().count() == 2


def test_un_courriel_a_sa_forme_html_sans_rien_d_ailleurs():
    (courriel,) = ecrire()
    courriel.texte = "Bonjour,\n\n« <b>Titre</b> »\nhttps://portail.example/projets/2026-0042/\n"
    ((html, genre),) = envoi.message(courriel).alternatives
    assert genre == "text/html"
    assert "&lt;b&gt;Titre&lt;/b&gt;" in html
    assert 'href="https://portail.example/projets/2026-0042/"' in html
    assert '<html lang="fr">' in html
    assert "<img" not in html


def _un_worker() -> None:
    try:
        envoi.vider()
    finally:
        connection.close()
