"""What the tests have done in the child of a souche: each order is one word."""

import json
import os
import signal
import time

VUS: list[str] = []


def traiter(octets: bytes) -> tuple[int, bytes]:
    mot = octets.decode()
    VUS.append(mot)
    if mot == "bombe":
        bytearray(1 << 40)
    elif mot == "tourner":
        while True:
            pass
    elif mot == "dormir":
        signal.setitimer(signal.ITIMER_REAL, 0)  # as an enemy would
        time.sleep(60)
    elif mot == "faute":
        raise ValueError("une faute de chez nous")
    elif mot == "signal":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif mot == "attendre":
        time.sleep(0.3)
    etat = {
        "pid": os.getpid(),
        "pere": os.getppid(),
        "vus": VUS,
        "environnement": dict(os.environ),
        "descripteurs": sorted(int(nom) for nom in os.listdir("/proc/self/fd")),
        "ecrire": ecrire(),
    }
    return 0, json.dumps(etat).encode()


def ecrire() -> str:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with open(f"/tmp/souche-{os.getpid()}", "wb") as sortie:
            sortie.write(b"x")
    except OSError:
        return "refusé"
    finally:
        if os.path.exists(f"/tmp/souche-{os.getpid()}"):
            os.unlink(f"/tmp/souche-{os.getpid()}")
    return "écrit"
