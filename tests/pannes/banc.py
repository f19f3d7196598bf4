"""A whole deployment in processes of its own: one PostgreSQL, one storage that speaks S3, a mail server, two webs, a worker.

The webs and the worker share no directory: each has its own ``VAR_DIR``. Everything can be cut, killed or held in the middle
of a gesture.
"""

import contextlib
import json
import logging
import os
import pwd
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import psycopg
import requests
from aiosmtpd.controller import Controller
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from outils.avec_postgresql import binaires, serveur

from .comptes import MOT_DE_PASSE

for bavard in ("werkzeug", "mail.log", "botocore", "urllib3"):
    logging.getLogger(bavard).setLevel(logging.ERROR)
RACINE = Path(__file__).resolve().parents[2]
SEAU = "portail"
PATIENCE = 60.0  # seconds: a busy machine, not a slow portal


def attendre(quoi: Callable[[], Any], message: str, secondes: float = PATIENCE) -> Any:
    """The first true answer of ``quoi``; fails with ``message`` when there is none in time."""
    limite = time.monotonic() + secondes
    while time.monotonic() < limite:
        if trouve := quoi():
            return trouve
        time.sleep(0.05)
    raise AssertionError(f"{message} (après {secondes:.0f} s)")


def port_libre() -> int:
    with socket.create_server(("127.0.0.1", 0)) as prise:
        return prise.getsockname()[1]


class Barriere:
    """Holds whoever comes to it, until it is lifted."""

    def __init__(self) -> None:
        self.atteinte, self.levee = threading.Event(), threading.Event()

    def tenir(self) -> None:
        self.atteinte.set()
        self.levee.wait(PATIENCE)


class Reserve:
    """A server that speaks S3, which can be cut, or hold whoever writes before or after the object is there."""

    def __init__(self) -> None:
        self.port = port_libre()
        self.application = DomainDispatcherApplication(create_backend_app)
        self.avant: Barriere | None = None
        self.apres: Barriere | None = None
        self.ouvrir()
        self.client = boto3.client(
            "s3", endpoint_url=f"http://127.0.0.1:{self.port}", aws_access_key_id="cle",
            aws_secret_access_key="secret", region_name="fr-par",
        )  # fmt: skip
        self.client.create_bucket(Bucket=SEAU, CreateBucketConfiguration={"LocationConstraint": "fr-par"})

    def __call__(self, environ: dict[str, Any], start_response: Callable) -> Any:
        ecrit = environ["REQUEST_METHOD"] == "PUT"
        if ecrit and self.avant:
            self.avant.tenir()
            start_response("503 Slow Down", [])
            return [b""]
        reponse = self.application(environ, start_response)
        if ecrit and self.apres:
            self.apres.tenir()
        return reponse

    def ouvrir(self) -> None:
        self.serveur = make_server("127.0.0.1", self.port, self, threaded=True, request_handler=MotoRequestHandler)
        threading.Thread(target=self.serveur.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def couper(self) -> None:
        self.serveur.shutdown()
        self.serveur.server_close()

    def noms(self) -> set[str]:
        return {objet["Key"] for objet in self.client.list_objects_v2(Bucket=SEAU).get("Contents", ())}


class Facteur:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.recus: list[tuple[str, bytes]] = []
        self.port = port_libre()
        self.ouvrir()

    def ouvrir(self) -> None:
        self.controleur = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controleur.start()

    def couper(self) -> None:
        self.controleur.stop()

    async def handle_DATA(self, server, session, envelope):
        self.recus.extend((destinataire, envelope.content) for destinataire in envelope.rcpt_tos)
        return "250 merci"


@dataclass
class Processus:
    """One process of the portal and its children; ``adresse`` is empty for the worker."""

    commande: list[str]
    environnement: dict[str, str]
    journal: Path
    adresse: str = ""
    popen: Any = field(default=None, repr=False)

    def lancer(self) -> None:
        with self.journal.open("ab") as sortie:
            self.popen = subprocess.Popen(
                self.commande, cwd=RACINE, env=self.environnement, stdout=sortie, stderr=sortie, start_new_session=True
            )

    def attendre_pret(self) -> None:
        def pret() -> bool:
            assert self.popen.poll() is None, self.lignes()
            with contextlib.suppress(requests.ConnectionError):
                return requests.get(f"{self.adresse}/sante/pret/", timeout=20).status_code == 200
            return False

        attendre(pret, f"{self.adresse} ne répond pas : {self.lignes()[-3000:]}")

    def tuer(self) -> None:
        """kill -9, children included."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    def relancer(self) -> None:
        self.tuer()
        self.lancer()
        if self.adresse:
            self.attendre_pret()

    def enfants(self) -> list[int]:
        return [int(pid) for pid in Path(f"/proc/{self.popen.pid}/task/{self.popen.pid}/children").read_text().split()]

    def lignes(self) -> str:
        return self.journal.read_text(errors="replace")


@dataclass
class Banc:
    postgresql: Path
    reserve: Reserve
    facteur: Facteur
    a: Processus
    b: Processus
    worker: Processus
    donnees: dict[str, Any]

    @contextlib.contextmanager
    def sql(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(host=str(self.postgresql), user="postgres", dbname="portail", autocommit=True) as base:
            yield base

    def un(self, requete: str, *valeurs: object) -> Any:
        """The first column of the first row."""
        with self.sql() as base:
            return base.execute(requete, valeurs).fetchone()[0]

    @contextlib.contextmanager
    def table_tenue(self, table: str) -> Iterator[Callable[[], bool]]:
        """Nobody writes in a table meanwhile; what is given says whether somebody waits to add to it."""
        with psycopg.connect(host=str(self.postgresql), user="postgres", dbname="portail") as base:
            base.execute(f"LOCK TABLE {table} IN SHARE MODE")
            attente = """SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
                WHERE NOT granted AND relation = %s::regclass AND query LIKE 'INSERT%%'"""
            yield lambda: self.un(attente, table)
            base.rollback()

    def redemarrer_postgresql(self, mode: str = "fast") -> None:
        identite: dict[str, Any] = {}
        if os.geteuid() == 0:
            compte = pwd.getpwnam("postgres")
            identite = {"user": compte.pw_uid, "group": compte.pw_gid, "extra_groups": []}
        subprocess.run(
            [binaires() / "pg_ctl", "restart", "--pgdata", self.postgresql / "donnees", "--wait", "--silent", "--mode", mode],
            cwd=self.postgresql, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}, check=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **identite,
        )  # fmt: skip


class Visiteur:
    """Somebody at a browser, who may be answered by one web or the other."""

    def __init__(self, courriel: str = "", web: Processus | None = None) -> None:
        self.session = requests.Session()
        self.session.headers["Host"] = "127.0.0.1:8000"  # as the proxy in front says it, whichever web it chose
        if web:
            self.get(web, "/comptes/login/")
            reponse = self.post(web, "/comptes/login/", {"login": courriel, "password": MOT_DE_PASSE})
            assert reponse.status_code == 302, reponse.text[:2000]

    def get(self, web: Processus, chemin: str, **entetes: str) -> requests.Response:
        return self.session.get(web.adresse + chemin, headers=entetes, allow_redirects=False, timeout=PATIENCE)

    def post(
        self, web: Processus, chemin: str, donnees: dict | None = None, fichiers: dict | None = None, **entetes: str
    ) -> requests.Response:
        entetes["X-CSRFToken"] = self.session.cookies.get("csrftoken", "")
        return self.session.post(
            web.adresse + chemin,
            donnees or {},
            files=fichiers,
            headers=entetes,
            allow_redirects=False,
            timeout=PATIENCE,
        )

    def televerser(self, web: Processus, octets: bytes, nom: str = "mon dossier.docx") -> requests.Response:
        return self.post(web, "/deposer/", fichiers={"fichier": (nom, octets)})

    def commencer(self, web: Processus, octets: bytes) -> str:
        """A draft made from a file: the path of its pages."""
        reponse = self.televerser(web, octets)
        assert reponse.status_code == 302, reponse.text[:2000]
        return reponse.headers["Location"]


class EnPlan(threading.Thread):
    """A request sent meanwhile, whose answer may never come."""

    def __init__(self, geste: Callable[[], requests.Response]) -> None:
        super().__init__(daemon=True)
        self.geste, self.reponse = geste, None
        self.start()

    def run(self) -> None:
        with contextlib.suppress(requests.RequestException):
            self.reponse = self.geste()

    def fin(self) -> requests.Response | None:
        self.join(PATIENCE)
        assert not self.is_alive()
        return self.reponse


@contextlib.contextmanager
def deploiement(dossier: Path) -> Iterator[Banc]:
    with contextlib.ExitStack() as pile:
        adresse = pile.enter_context(serveur())
        postgresql = Path(re.sub(r"^.*@/|/portail$", "", adresse))
        reserve, facteur = Reserve(), Facteur()
        pile.callback(facteur.couper)
        pile.callback(reserve.couper)
        commun = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "DJANGO_SETTINGS_MODULE": "tests.pannes.reglages",
            "DATABASE_URL": adresse,
            "SECRET_KEY": "la-meme-pour-tous-les-processus-d-un-portail-en-plusieurs-morceaux",
            "URL_PUBLIQUE": "http://127.0.0.1:8000",
            "SECOND_FACTEUR_OBLIGATOIRE": "0",
            "DEFAULT_FROM_EMAIL": "Portail <portail@example.org>",
            "EMAIL_URL": f"smtp://127.0.0.1:{facteur.port}",
            "S3_BUCKET": SEAU,
            "S3_ENDPOINT": f"http://127.0.0.1:{reserve.port}",
            "S3_REGION": "fr-par",
            "S3_ACCESS_KEY": "cle",
            "S3_SECRET_KEY": "secret",
            "FORMAT_JOURNAL": "json",
            "PROXYS_DE_CONFIANCE": "1",
            "METRIQUES_JETON": "jeton-des-mesures",
        }

        def processus(nom: str, *commande: str, adresse: str = "") -> Processus:
            return Processus(
                [sys.executable, *commande],
                commun | {"VAR_DIR": str(dossier / nom)},
                dossier / f"{nom}.log",
                adresse,
            )

        webs = []
        for nom in ("a", "b"):
            port = port_libre()
            commande = ("-m", "gunicorn", "cite_educative.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "1")
            options = ("--threads", "4", "--worker-class", "gthread", "--no-control-socket", "--log-level", "warning")
            webs.append(processus(nom, *commande, *options, adresse=f"http://127.0.0.1:{port}"))
        for web in webs:  # they load while the tables are made: until then, they say that they are not ready
            pile.callback(web.tuer)
            web.lancer()
        fait = subprocess.run(
            [sys.executable, "-m", "tests.pannes.preparer"], cwd=RACINE, env=commun | {"VAR_DIR": str(dossier / "prep")},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert fait.returncode == 0, fait.stderr[-4000:]
        worker = processus("worker", "manage.py", "courriels", "--continu", "--attente", "0.1")
        pile.callback(worker.tuer)
        worker.lancer()
        for web in webs:
            web.attendre_pret()
        yield Banc(postgresql, reserve, facteur, *webs, worker, json.loads(fait.stdout))
