"""Antiviruses to ask: Debian's clamd with one signature of ours, and servers on the loopback that misbehave."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cite_educative.clamd import AntivirusMuet, saluer

from . import pieces

CLAMD = os.environ.get("CLAMD", "/usr/sbin/clamd")  # Debian keeps it where only root's PATH goes
MARQUEUR = "MARQUEUR-D-ESSAI-POUR-L-ANTIVIRUS"
SIGNATURE = "Essai.Marqueur"
INFECTE = b"%PDF-1.7\n" + MARQUEUR.encode()
SAIN = pieces.PDF
NULLE_PART = "unix:///run/cite-educative/nulle-part.ctl"
FLUX_MAX = 1024 * 1024
CONFIGURATION = """\
Foreground yes
DatabaseDirectory {dossier}/signatures
TemporaryDirectory {dossier}
LocalSocket {dossier}/clamd.ctl
TCPAddr 127.0.0.1
TCPSocket {port}
StreamMaxLength {flux_max}
MaxThreads 4
ExtendedDetectionInfo yes
Bytecode no
"""


@dataclass
class Clamd:
    """A running clamd: who it is and where it listens."""

    processus: subprocess.Popen[bytes]
    unix: str
    tcp: str

    def suspendre(self) -> None:
        self.processus.send_signal(signal.SIGSTOP)

    def tuer(self) -> None:
        self.processus.kill()
        self.processus.wait()


@contextlib.contextmanager
def clamd_en_marche() -> Iterator[Clamd]:
    """Debian's clamd, run by who runs the tests: no service, no account, no database of signatures but one line."""
    if not shutil.which(CLAMD):
        pytest.fail("clamd manque. Lancez « make test », ou : apt-get install --no-install-recommends clamav-daemon")
    dossier = Path(tempfile.mkdtemp(prefix="cite-clamd-", dir="/tmp"))  # short: a socket's path is limited to 107 bytes
    (dossier / "signatures").mkdir()
    # Name, type of file (0: any), offset (any), bytes: the format of ClamAV's extended signatures.
    (dossier / "signatures" / "essai.ndb").write_text(f"{SIGNATURE}:0:*:{MARQUEUR.encode().hex()}\n")
    try:
        for _ in range(3):  # somebody else may take the port between its choice and its use
            clamd = _lancer(dossier)
            if _est_pret(clamd):
                break
            clamd.tuer()
        else:
            pytest.fail((dossier / "journal").read_text(errors="replace"))
        try:
            yield clamd
        finally:
            clamd.tuer()
    finally:
        shutil.rmtree(dossier)


def _lancer(dossier: Path) -> Clamd:
    with socket.create_server(("127.0.0.1", 0)) as libre:
        port = libre.getsockname()[1]
    (dossier / "clamd.conf").write_text(CONFIGURATION.format(dossier=dossier, port=port, flux_max=FLUX_MAX))
    with (dossier / "journal").open("w") as journal:
        processus = subprocess.Popen(
            [CLAMD, "--config-file", dossier / "clamd.conf"],
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=journal,
            stderr=subprocess.STDOUT,
        )
    return Clamd(processus, f"unix://{dossier}/clamd.ctl", f"tcp://127.0.0.1:{port}")


def _est_pret(clamd: Clamd) -> bool:
    limite = time.monotonic() + 20
    while clamd.processus.poll() is None and time.monotonic() < limite:
        try:
            saluer(clamd.unix)
            saluer(clamd.tcp)
        except AntivirusMuet:
            time.sleep(0.05)
        else:
            return True
    return False


class FauxClamd:
    """A server that does as told with each connection, and counts them."""

    def __init__(self, conduite: Callable[[socket.socket, threading.Event], None]) -> None:
        self.conduite, self.fin, self.demandes = conduite, threading.Event(), 0
        self._ecoute = socket.create_server(("127.0.0.1", 0))
        self._ecoute.settimeout(0.05)
        self.url = f"tcp://127.0.0.1:{self._ecoute.getsockname()[1]}"
        self._fil = threading.Thread(target=self._servir)

    def _servir(self) -> None:
        while not self.fin.is_set():
            with contextlib.suppress(OSError):
                prise, _ = self._ecoute.accept()
                self.demandes += 1
                with prise:
                    prise.settimeout(5)
                    self.conduite(prise, self.fin)

    def __enter__(self) -> "FauxClamd":
        self._fil.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.fin.set()
        self._fil.join()
        self._ecoute.close()


def silence(prise: socket.socket, fin: threading.Event) -> None:
    """Listens as long as somebody speaks, and never answers."""
    while not fin.is_set() and prise.recv(65536):
        pass


def surdite(prise: socket.socket, fin: threading.Event) -> None:
    """Accepts, and neither reads nor answers."""
    fin.wait(10)


def goutte_a_goutte(prise: socket.socket, fin: threading.Event) -> None:
    """Answers one letter at a time, for ever: each reading succeeds, the scan never ends."""
    while not fin.wait(0.02):
        prise.sendall(b"s")


def sans_fin(prise: socket.socket, fin: threading.Event) -> None:
    """Answers without an end, as fast as it can."""
    while not fin.is_set():
        prise.sendall(b"s" * 65536)


def raccroche(prise: socket.socket, fin: threading.Event) -> None:
    """Hangs up as soon as spoken to."""
    prise.recv(1)


def reponse(octets: bytes) -> Callable[[socket.socket, threading.Event], None]:
    """Reads the whole stream, then answers this."""

    def conduite(prise: socket.socket, fin: threading.Event) -> None:
        recu = b""
        while not recu.endswith(b"\0\0\0\0"):
            recu += prise.recv(65536)
        prise.sendall(octets)

    return conduite
