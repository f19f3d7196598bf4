"""An antivirus asked over its socket: clamd's protocol, the address of the setting, and what a check says of it.

Ours because the libraries would not do: clamd and pyclamd have had no release for years; clamav-client is GPL, knows IPv4
only, and limits each reading but not the whole scan.
"""

import re
import socket
import struct
import time
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks

CONNEXION = 3.0  # seconds to be let in
ANALYSE = 15.0  # seconds from there to the verdict, whatever happens in between
PORT = 3310
MORCEAU = 64 * 1024
CHEMIN_MAX = 107  # bytes of a Unix socket's address
REPONSE_MAX = 4096
_VERDICT = re.compile(r"stream: (?:OK|(\S.*) FOUND)")
_FORMES = "unix:///run/clamav/clamd.ctl ou tcp://127.0.0.1:3310"


class AdresseIllisible(ValueError):
    """The setting is no address of clamd; ``str()`` says why in French."""


class AntivirusMuet(Exception):
    """No verdict: out of reach, too slow, or in error. ``str()`` says which, for the log."""


def lire_adresse(url: str) -> str | tuple[str, int]:
    """The path of a Unix socket, or (host, port). Raises AdresseIllisible."""
    try:
        parties = urlsplit(url)
        hote, port = parties.hostname, parties.port
    except ValueError as erreur:
        raise AdresseIllisible("l’hôte ou le port n’est pas valable") from erreur
    if parties.query or parties.fragment or parties.username is not None:
        raise AdresseIllisible("l’adresse ne porte ni compte, ni « ? », ni « # »")
    if parties.scheme == "unix":
        if parties.netloc or not parties.path.strip("/"):
            raise AdresseIllisible("le chemin de la prise s’écrit en entier, après trois barres obliques")
        if len(parties.path.encode()) > CHEMIN_MAX:
            raise AdresseIllisible(f"le chemin de la prise dépasse {CHEMIN_MAX} octets")
        return parties.path
    if parties.scheme == "tcp":
        if not hote or port == 0 or parties.path.strip("/"):
            raise AdresseIllisible("il faut un hôte et un port, sans chemin")
        return hote, PORT if port is None else port
    raise AdresseIllisible("elle commence par unix:// ou par tcp://")


def analyser(octets: bytes, url: str) -> str:
    """The name of the signature that clamd finds in these bytes, empty when it finds none. Raises AntivirusMuet."""
    reponse = _demander(url, _flux(octets))
    verdict = _VERDICT.fullmatch(reponse)
    if verdict is None:  # « … ERROR », a stream longer than clamd's StreamMaxLength included
        raise AntivirusMuet(reponse)
    return verdict[1] or ""


def saluer(url: str) -> None:
    """Makes sure that clamd is there. Raises AntivirusMuet."""
    reponse = _demander(url, [b"zPING\0"])
    if reponse != "PONG":
        raise AntivirusMuet(reponse)


def verifier_reglage(**_: Any) -> list[checks.CheckMessage]:
    """System check: an address that cannot be read is told at start-up, not to the first person who sends a file."""
    try:
        if settings.CLAMAV_URL:
            lire_adresse(settings.CLAMAV_URL)
    except AdresseIllisible as erreur:
        return [
            checks.Error(
                f"CLAMAV_URL est illisible : « {settings.CLAMAV_URL} » ({erreur}).",
                hint=f"Écrivez par exemple {_FORMES}, ou ne donnez pas cette variable pour vous passer d’antivirus.",
                id="cite_educative.E001",
            )
        ]
    return []


def verifier_presence(**_: Any) -> list[checks.CheckMessage]:
    """Deployment check: while clamd does not answer, every file is refused."""
    if not settings.CLAMAV_URL or verifier_reglage():
        return []
    try:
        saluer(settings.CLAMAV_URL)
    except AntivirusMuet as panne:
        return [
            checks.Warning(
                f"L’antivirus de CLAMAV_URL ne répond pas ({panne}) : aucun fichier ne peut être déposé.",
                hint="Démarrez clamd, qui met une minute à charger ses signatures, ou vérifiez son adresse et ses droits.",
                id="cite_educative.W001",
            )
        ]
    return []


# --- the conversation -----------------------------------------------------------------------------------------------


def _flux(octets: bytes) -> Iterator[bytes]:
    """INSTREAM: each chunk after its length in 4 bytes, then a length of zero."""
    yield b"zINSTREAM\0"
    for debut in range(0, len(octets), MORCEAU):
        morceau = octets[debut : debut + MORCEAU]
        yield struct.pack("!L", len(morceau)) + morceau
    yield struct.pack("!L", 0)


def _demander(url: str, envois: Iterable[bytes]) -> str:
    """Sends a command and gives the answer back, in one line without control characters. Raises AntivirusMuet."""
    try:
        with _ouvrir(lire_adresse(url)) as prise:
            limite = time.monotonic() + ANALYSE
            try:
                for envoi in envois:
                    prise.settimeout(_reste(limite))
                    prise.sendall(envoi)
            except (BrokenPipeError, ConnectionResetError):
                pass  # clamd hung up before the end, as it does of a stream too long: its answer says why
            reponse = _recevoir(prise, limite)
    except (OSError, ValueError) as erreur:  # ValueError: an address that cannot be read, a host name that cannot exist
        raise AntivirusMuet(f"{type(erreur).__name__} : {erreur}") from erreur
    return "".join(c if c.isprintable() else "?" for c in reponse)


def _ouvrir(adresse: str | tuple[str, int]) -> socket.socket:
    if isinstance(adresse, tuple):
        return socket.create_connection(adresse, timeout=CONNEXION)
    prise = socket.socket(socket.AF_UNIX)
    try:
        prise.settimeout(CONNEXION)
        prise.connect(adresse)
    except OSError:
        prise.close()
        raise
    return prise


def _recevoir(prise: socket.socket, limite: float) -> str:
    recu = b""
    while not recu.endswith(b"\0"):
        prise.settimeout(_reste(limite))
        morceau = prise.recv(REPONSE_MAX)
        if not morceau or len(recu) + len(morceau) > REPONSE_MAX:
            raise ConnectionError("la réponse de l’antivirus est coupée ou sans fin")
        recu += morceau
    return recu[:-1].decode(errors="replace")


def _reste(limite: float) -> float:
    """Seconds left before ``limite``, never 0: that would mean « do not wait ». Raises TimeoutError."""
    reste = limite - time.monotonic()
    if reste <= 0:
        raise TimeoutError("l’antivirus a dépassé son temps")
    return reste
