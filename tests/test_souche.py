"""The process that reads an enemy's file: what it may not do, what it does not know, and that killing any of them harms nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from projets.souche import client
from projets.souche.client import Interrompue, confier

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="lit /proc"),
    pytest.mark.une_seule_base,
]
RACINE = Path(__file__).resolve().parent.parent


def demander(mot: str, *, secondes: int = 5, delai: float = 10) -> dict:
    memoire = 200 * 1024 * 1024
    code, reponse = confier("tests.gestes_de_souche", mot.encode(), memoire=memoire, secondes=secondes, delai=delai)
    assert code == 0
    return json.loads(reponse)


def vit(pid: int) -> bool:
    """Neither ended nor a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def finit(pid: int, secondes: float = 5) -> bool:
    """The process goes, and is buried."""
    fin = time.monotonic() + secondes
    while Path(f"/proc/{pid}").exists() and time.monotonic() < fin:
        time.sleep(0.01)
    return not Path(f"/proc/{pid}").exists()


def enfants(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_un_enfant_par_fichier_ne_sait_rien_du_web_ni_du_fichier_d_avant(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "a-ne-pas-donner")
    client.arreter()
    premier, second = demander("un"), demander("deux")
    assert premier["pid"] != second["pid"]
    assert premier["pere"] == second["pere"] == client.pid_de_la_souche()
    assert second["vus"] == ["deux"]
    for etat in (premier, second):
        assert set(etat["environnement"]) <= {*client._ENVIRONNEMENT, "LC_CTYPE"}
        # Three that lead nowhere, the channel, and the folder being listed.
        assert len(etat["descripteurs"]) == 5
        assert etat["ecrire"] == "refusé"


@pytest.mark.parametrize(
    ("mot", "limite"), [("bombe", True), ("tourner", True), ("dormir", True), ("signal", True), ("faute", False)]
)
def test_ce_qui_finit_mal_est_dit_et_le_suivant_passe(mot, limite):
    demander("avant")
    souche = client.pid_de_la_souche()
    with pytest.raises(Interrompue) as interrompue:
        demander(mot, secondes=1, delai=0.5 if mot == "dormir" else 5)
    assert interrompue.value.limite is limite
    assert demander("après")["pere"] == souche, "la souche n’a rien senti"
    fin = time.monotonic() + 5
    while enfants(souche) and time.monotonic() < fin:
        time.sleep(0.01)
    assert not enfants(souche), "tué, même sans son réveil, et enterré"


def test_une_souche_tuee_repart_au_fichier_suivant_sans_laisser_de_zombie():
    demander("avant")
    tuee = client.pid_de_la_souche()
    os.kill(tuee, signal.SIGKILL)
    assert demander("après")["pere"] not in (tuee, None)
    assert finit(tuee)


def test_une_souche_tuee_pendant_une_lecture_la_laisse_finir():
    demander("avant")
    souche = client.pid_de_la_souche()
    with ThreadPoolExecutor() as fils:
        lecture = fils.submit(demander, "attendre")
        while not enfants(souche):
            time.sleep(0.005)
        os.kill(souche, signal.SIGKILL)
        assert lecture.result()["vus"] == ["attendre"]


def test_plusieurs_a_la_fois_meme_quand_il_n_y_a_pas_encore_de_souche():
    client.arreter()
    with ThreadPoolExecutor(8) as fils:
        etats = list(fils.map(demander, ["attendre", "bis"] * 4))
    assert len({etat["pid"] for etat in etats}) == 8
    assert len({etat["pere"] for etat in etats}) == 1


def test_ni_descripteur_ni_zombie_ne_s_accumule():
    demander("avant")
    souche = client.pid_de_la_souche()

    def ouverts() -> tuple[int, int]:
        return len(os.listdir("/proc/self/fd")), len(enfants(os.getpid()))

    avant = ouverts()
    for _ in range(20):
        demander("encore")
        with pytest.raises(Interrompue):
            demander("signal")
    assert ouverts() == avant
    assert client.pid_de_la_souche() == souche


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_un_processus_issu_du_web_a_sa_propre_souche():
    pere = demander("avant")["pere"]
    lire, ecrire = os.pipe()
    if not (pid := os.fork()):
        os.write(ecrire, str(demander("du fils")["pere"]).encode())
        client.arreter()
        os._exit(0)
    os.waitpid(pid, 0)
    assert int(os.read(lire, 20)) != pere
    os.close(lire), os.close(ecrire)
    assert demander("après")["pere"] == pere


def test_la_souche_finit_avec_le_web_meme_tue():
    programme = (
        "import os, time; from projets.souche.client import confier, pid_de_la_souche\n"
        "confier('tests.gestes_de_souche', b'un', memoire=2**28, secondes=5, delai=9)\n"
        "print(pid_de_la_souche(), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", programme], cwd=RACINE, stdout=subprocess.PIPE) as web:
        souche = int(web.stdout.readline())
        assert vit(souche)
        web.kill()
    fin = time.monotonic() + 5
    while vit(souche) and time.monotonic() < fin:
        time.sleep(0.01)
    assert not vit(souche)
