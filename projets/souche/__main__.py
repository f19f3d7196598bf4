"""The souche: imports what reads files, then forks one limited child per order. It never sees a byte of a file.

It ends when the web process that started it does (its socket closes), after a long rest, or when it is killed: the client
starts another at the next use.
"""

import ctypes
import gc
import importlib
import os
import resource
import select
import signal
import socket
import sys
import time
import traceback

from .protocole import ERREUR, LONGUEUR, MEMOIRE, PRET, REPONSE, Ordre

REPOS = 15 * 60.0  # seconds without work after which its memory is given back
_NON_TRACABLE = 4  # PR_SET_DUMPABLE


def tenir(descripteur: int) -> None:
    """Serves the socket ``descripteur`` until its other end closes."""
    porte = socket.socket(fileno=descripteur)
    _se_fermer()
    enfants: dict[int, float] = {}
    reveil, sonnette = socket.socketpair()
    for bout in (reveil, sonnette):
        bout.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(sonnette.fileno(), warn_on_full_buffer=False)
    while True:
        au_repos = not enfants
        attente = REPOS if au_repos else max(0.0, min(enfants.values()) - time.monotonic())
        prets = select.select([porte, reveil], [], [], attente)[0]
        if reveil in prets:
            reveil.recv(4096)
        _recueillir(enfants)
        if porte in prets:
            message, canaux, *_ = socket.recv_fds(porte, LONGUEUR, 1)
            if not message:
                break
            enfants |= _servir(message, canaux[0], (porte, reveil, sonnette))
        elif au_repos and not prets:
            break
    _recueillir(dict.fromkeys(enfants, 0.0))


def _se_fermer() -> None:
    """Neither the souche nor its children can be read or traced by another process of the same account."""
    os.chdir("/")
    gc.disable()  # a collection would copy in each child the pages it shares with the souche
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_NON_TRACABLE, 0, 0, 0, 0)


def _recueillir(enfants: dict[int, float]) -> None:
    """Buries the children that ended, kills those past their time."""
    for pid, fin in list(enfants.items()):
        if time.monotonic() >= fin:
            os.kill(pid, signal.SIGKILL)  # ours and not yet waited for: the number is still its own
            os.waitpid(pid, 0)
            del enfants[pid]
        elif os.waitpid(pid, os.WNOHANG)[0]:
            del enfants[pid]


def _servir(message: bytes, canal: int, miens: tuple[socket.socket, ...]) -> dict[int, float]:
    """The child that takes the order, and when it is to have ended; none when the machine cannot fork: the client sees it."""
    try:
        ordre = Ordre.decoder(message)
        module = importlib.import_module(ordre.module)
        gc.freeze()
        pid = os.fork()
    except Exception:
        traceback.print_exc()
        os.close(canal)
        return {}
    if pid:
        os.close(canal)
        return {pid: time.monotonic() + ordre.delai}
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for mien in miens:
            mien.close()
        _traiter(ordre, module, socket.socket(fileno=canal))
    finally:
        os._exit(0)


def _traiter(ordre: Ordre, module: object, canal: socket.socket) -> None:
    """In the child: limits before the first byte, one file, one answer."""
    rien = os.open(os.devnull, os.O_RDWR)
    os.dup2(rien, 2)
    os.close(rien)
    for ressource, limite in (
        (resource.RLIMIT_AS, ordre.memoire),
        (resource.RLIMIT_CPU, ordre.secondes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(ressource, (limite, limite))
    signal.setitimer(signal.ITIMER_REAL, ordre.delai)  # whatever becomes of the souche
    canal.sendall(PRET)
    try:
        code, reponse = module.traiter(_tout_lire(canal))  # type: ignore[attr-defined]
    except MemoryError:
        code, reponse = MEMOIRE, b""
    except Exception:
        code, reponse = ERREUR, traceback.format_exc()[-2000:].encode()
    canal.sendall(REPONSE.pack(code, len(reponse)))
    canal.sendall(reponse)


def _tout_lire(canal: socket.socket) -> bytes:
    morceaux = []
    while morceau := canal.recv(1 << 18):
        morceaux.append(morceau)
    return b"".join(morceaux)
