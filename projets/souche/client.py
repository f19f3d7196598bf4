"""The door to the souche: gives it a file and what may be spent on it, and says how it ended. Safe from threads and forks."""

import atexit
import contextlib
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from .protocole import ERREUR, MEMOIRE, PRET, REPONSE, Ordre

DEMARRAGE = 20.0  # seconds for a souche to start and fork, on the busiest machine
REPONSE_MAX = 64 * 1024 * 1024  # what a child that a file took over could make us hold
_RACINE = Path(__file__).resolve().parents[2]
_COMMANDE = (
    "import sys; sys.path.insert(0, {racine!r}); from projets.souche.__main__ import tenir; tenir({descripteur})"
)
# What an interpreter may need to start. Nothing else: neither keys nor addresses of databases.
_ENVIRONNEMENT = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "LC_CTYPE", "SYSTEMROOT")

journal = logging.getLogger(__name__)


class Interrompue(Exception):
    """The child did not answer; ``limite``: because it passed one of its limits, as opposed to an error of ours."""

    def __init__(self, detail: str, *, limite: bool):
        super().__init__(detail)
        self.limite = limite


class _Absente(Exception):
    """No child took the order: the souche was dead, or died before it forked."""


class _Souche:
    """One running souche, and this process's end of its socket."""

    def __init__(self) -> None:
        self.porte, sienne = socket.socketpair()
        self.verrou = threading.Lock()
        with sienne:
            commande = _COMMANDE.format(racine=str(_RACINE), descripteur=sienne.fileno())
            self.processus = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                [sys.executable, "-I", *(["-B"] if sys.dont_write_bytecode else []), "-c", commande],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[sienne.fileno()],
                env={nom: os.environ[nom] for nom in _ENVIRONNEMENT if nom in os.environ},
                start_new_session=True,  # Ctrl-C speaks to the web process, which closes the socket when it has done
            )
        # Buried as soon as it dies, whoever killed it.
        threading.Thread(target=self.processus.wait, name="souche", daemon=True).start()

    @property
    def vivante(self) -> bool:
        return self.processus.returncode is None

    def ouvrir(self, ordre: Ordre) -> socket.socket:
        """The channel to a child that has taken the order. Raises _Absente."""
        canal, sien = socket.socketpair()
        try:
            with sien, self.verrou:
                socket.send_fds(self.porte, [ordre.coder()], [sien.fileno()])
            canal.settimeout(DEMARRAGE)
            if canal.recv(1) == PRET:
                return canal
        except OSError:
            pass
        canal.close()
        raise _Absente

    def finir(self) -> None:
        self.porte.close()
        with contextlib.suppress(OSError):
            self.processus.kill()


_verrou = threading.Lock()
_souche: _Souche | None = None


def _oublier() -> None:
    """In a process forked from this one: the souche is the parent's, and its end of the socket must not stay open here."""
    global _souche, _verrou
    _verrou = threading.Lock()
    if _souche is not None:
        _souche.porte.close()
        _souche = None


os.register_at_fork(after_in_child=_oublier)


def _courante(usee: _Souche | None = None) -> _Souche:
    """The souche of this process, started at the first use, and again when it is dead or ``usee`` has just failed."""
    global _souche
    with _verrou:
        if _souche is not None and (_souche is usee or not _souche.vivante):
            _souche.finir()
            _souche = None
        if _souche is None:
            _souche = _Souche()
        return _souche


def pid_de_la_souche() -> int | None:
    """For measures and tests: the process number of the souche that lives, if any."""
    return _souche.processus.pid if _souche is not None and _souche.vivante else None


def arreter() -> None:
    """Ends the souche of this process; the next use starts another."""
    global _souche
    with _verrou:
        if _souche is not None:
            _souche.finir()
            _souche = None


atexit.register(arreter)


def confier(module: str, octets: bytes, *, memoire: int, secondes: int, delai: float) -> tuple[int, bytes]:
    """What ``module.traiter(octets)`` makes of a file, in a child that dies beyond ``memoire`` (bytes), ``secondes`` of
    processor time or ``delai`` by the clock. Raises Interrompue.
    """
    ordre = Ordre(module, int(memoire), max(1, int(secondes)), delai)
    souche = _courante()
    try:
        canal = souche.ouvrir(ordre)
    except _Absente:
        # Killed between two files, or gone to rest just now. No byte was sent: asking again reads nothing twice.
        try:
            canal = _courante(usee=souche).ouvrir(ordre)
        except _Absente:
            raise Interrompue("le processus de lecture ne démarre pas", limite=False) from None
    with canal:
        code, reponse = _echanger(canal, octets, time.monotonic() + delai)
    if code == MEMOIRE:
        raise Interrompue("MemoryError", limite=True)
    if code == ERREUR:
        raise Interrompue(reponse.decode(errors="replace"), limite=False)
    return code, reponse


def _echanger(canal: socket.socket, octets: bytes, fin: float) -> tuple[int, bytes]:
    try:
        canal.settimeout(max(0.01, fin - time.monotonic()))
        canal.sendall(octets)
        canal.shutdown(socket.SHUT_WR)
        code, longueur = REPONSE.unpack(_recevoir(canal, REPONSE.size, fin))
        if longueur > REPONSE_MAX:
            raise Interrompue(f"une réponse de {longueur} octets", limite=True)
        return code, _recevoir(canal, longueur, fin)
    except OSError as erreur:  # died under the sending, or out of time
        raise Interrompue(repr(erreur), limite=True) from erreur


def _recevoir(canal: socket.socket, longueur: int, fin: float) -> bytes:
    recu = bytearray()
    while len(recu) < longueur:
        canal.settimeout(max(0.01, fin - time.monotonic()))
        morceau = canal.recv(min(1 << 18, longueur - len(recu)))
        if not morceau:
            raise Interrompue("le processus est mort avant de répondre", limite=True)
        recu += morceau
    return bytes(recu)
