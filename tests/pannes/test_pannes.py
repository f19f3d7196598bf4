"""Faults provoked for real: processes killed in the middle of a gesture, a database that restarts, a storage cut, a disk full.

After each: nothing half done, nothing lost, nothing twice, nothing stuck; meanwhile, a page that says so.
"""

import os
import re
import resource
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from .banc import Banc, Barriere, EnPlan, Processus, Visiteur, attendre
from .comptes import COORDINATION, PORTEUR

ETAT = """SELECT (SELECT count(*) FROM projets_projet), (SELECT count(*) FROM projets_piece),
    (SELECT count(*) FROM projets_passage), (SELECT count(*) FROM projets_courriel),
    (SELECT coalesce(sum(dernier), 0) FROM projets_compteur)"""


def etat(banc: Banc) -> tuple:
    with banc.sql() as base:
        return base.execute(ETAT).fetchone()


def tuer_le_web(web: Processus) -> None:
    """kill -9 of the process that answers; its master starts another, which the next requests wait for."""
    avant = web.enfants()
    for pid in avant:
        os.kill(pid, signal.SIGKILL)
    attendre(lambda: web.enfants() and not set(web.enfants()) & set(avant), "le serveur ne revient pas")


@contextmanager
def retenue(banc: Banc, moment: str) -> Iterator[Barriere]:
    """Whoever writes an object is held, before or after it is there."""
    barriere = Barriere()
    setattr(banc.reserve, moment, barriere)
    try:
        yield barriere
    finally:
        setattr(banc.reserve, moment, None)
        barriere.levee.set()


def une_fois_chacun(banc: Banc, filtre: str, *valeurs: object) -> None:
    """Every mail of a filter leaves, and reaches its reader once."""
    reste = f"SELECT count(*) FROM projets_courriel WHERE etat IN ('a_envoyer', 'en_cours') AND {filtre}"
    attendre(lambda: banc.un(reste, *valeurs) == 0, "des courriels restent")
    identifiants = Counter(re.search(rb"Message-ID: (\S+)", octets, re.I)[1] for _, octets in banc.facteur.recus)
    assert set(identifiants.values()) == {1}
    partis = banc.un("SELECT count(*) FROM projets_courriel WHERE etat = 'envoye'")
    assert len(banc.facteur.recus) == partis


@pytest.fixture
def porteur(banc: Banc) -> Visiteur:
    return Visiteur(PORTEUR, banc.b)


@pytest.fixture
def word(banc: Banc) -> bytes:
    return bytes.fromhex(banc.donnees["word"])


def est_une_page_claire(reponse) -> bool:
    return (
        reponse.status_code == 503
        and "Le portail est indisponible pour le moment" in reponse.text
        and reponse.headers["Retry-After"].isdigit()
        and reponse.headers["X-Request-ID"] in reponse.text
        and "Content-Security-Policy" in reponse.headers
    )


# --- killed in the middle -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["avant", "apres"])
def test_un_web_tue_en_recevant_un_fichier(banc: Banc, porteur: Visiteur, word: bytes, moment: str) -> None:
    avant = etat(banc)
    with retenue(banc, moment) as barriere:
        en_plan = EnPlan(lambda: porteur.televerser(banc.a, word))
        assert barriere.atteinte.wait(60)
        tuer_le_web(banc.a)
    assert en_plan.fin() is None
    attendre(lambda: etat(banc) == avant, "il reste un morceau de brouillon")
    page = porteur.commencer(banc.a, word)
    assert porteur.get(banc.b, page).status_code == 200


def test_un_web_tue_en_plein_depot(banc: Banc, porteur: Visiteur, word: bytes) -> None:
    """Number given, statut changed, journal written, first mail being written: nothing of it stays; then all of it, once."""
    page = porteur.commencer(banc.b, word)
    avant = etat(banc)
    with banc.table_tenue("projets_courriel") as quelqu_un_attend:
        en_plan = EnPlan(lambda: porteur.post(banc.a, f"{page}deposer/"))
        attendre(quelqu_un_attend, "le dépôt n’arrive pas aux courriels")
        tuer_le_web(banc.a)
    assert en_plan.fin() is None
    attendre(lambda: etat(banc) == avant, "il reste un morceau de dépôt")
    jeton = page.strip("/").split("/")[-1]
    assert banc.un("SELECT statut FROM projets_projet WHERE jeton = %s", jeton) == "brouillon"
    assert porteur.post(banc.a, f"{page}deposer/").status_code == 302
    projet, statut = (
        banc.un("SELECT ROW(id, statut)::text FROM projets_projet WHERE jeton = %s", jeton).strip("()").split(",")
    )
    assert statut == "depose"
    assert banc.un("SELECT count(*) FROM projets_passage WHERE projet_id = %s AND action = 'deposer'", projet) == 1
    une_fois_chacun(banc, "projet_id = %s", projet)


def test_un_web_tue_en_pleine_publication(banc: Banc) -> None:
    coordination, seance = Visiteur(COORDINATION, banc.b), banc.donnees["seance"]
    adresse = f"/troika/{seance}/publier/"
    vue = re.search(r'name="vue" value="([^"]+)"', coordination.get(banc.b, adresse).text)[1]
    avant = etat(banc)
    with banc.table_tenue("projets_courriel") as quelqu_un_attend:
        en_plan = EnPlan(lambda: coordination.post(banc.a, adresse, {"vue": vue}))
        attendre(quelqu_un_attend, "la publication n’arrive pas aux courriels")
        tuer_le_web(banc.a)
    assert en_plan.fin() is None
    attendre(lambda: etat(banc) == avant, "il reste un morceau de publication")
    assert banc.un("SELECT publiee_le IS NULL FROM projets_seancetroika WHERE id = %s", seance)
    assert banc.un("SELECT statut FROM projets_projet WHERE numero = %s", banc.donnees["inscrit"]) == "inscrit"
    assert coordination.post(banc.b, adresse, {"vue": vue}).status_code == 302
    assert banc.un("SELECT statut FROM projets_projet WHERE numero = %s", banc.donnees["inscrit"]) == "valide"
    une_fois_chacun(banc, "gabarit LIKE %s", "%")


def test_un_worker_tue_en_plein_export(banc: Banc) -> None:
    """Killed while the file leaves for the storage: another takes the export once its lease is over, and one file is there."""
    coordination = Visiteur(COORDINATION, banc.b)
    with retenue(banc, "avant") as barriere:
        page = coordination.post(banc.a, "/pilotage/exports/demander/", {"annee": "2026", "genre": "csv"}).headers[
            "Location"
        ]
        jeton = page.split("/")[-2]
        assert barriere.atteinte.wait(60)
        banc.worker.tuer()
    assert banc.un("SELECT etat FROM projets_exportdemande WHERE jeton = %s", jeton) == "en_cours"
    assert coordination.get(banc.a, page).status_code == 200
    with banc.sql() as base:
        base.execute("UPDATE projets_exportdemande SET reserve_jusqu_a = now() WHERE jeton = %s", [jeton])
    banc.worker.lancer()
    attendre(
        lambda: banc.un("SELECT etat FROM projets_exportdemande WHERE jeton = %s", jeton) == "pret", "export perdu"
    )
    assert coordination.get(banc.b, f"{page}fichier").status_code == 200


# --- what the portal leans on is down -------------------------------------------------------------------------------


def test_le_stockage_est_coupe(banc: Banc, porteur: Visiteur, word: bytes) -> None:
    page = porteur.commencer(banc.a, word)
    avant = etat(banc)
    banc.reserve.couper()
    try:
        assert est_une_page_claire(porteur.televerser(banc.a, word))
        assert porteur.get(banc.a, page).status_code == 200, "ce qui ne demande pas de fichier répond"
        assert porteur.get(banc.a, "/sante/pret/").status_code == 200
    finally:
        banc.reserve.ouvrir()
    assert etat(banc) == avant
    porteur.commencer(banc.a, word)


def test_le_disque_est_plein(banc: Banc, porteur: Visiteur, word: bytes) -> None:
    """What arrives is written aside before it is read; here, no file may grow past 4 KB."""
    avant, (pid, *_) = etat(banc), banc.b.enfants()
    limites = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, limites[1]))
    try:
        assert est_une_page_claire(porteur.televerser(banc.b, word))
        assert porteur.get(banc.b, "/suivi/").status_code == 200
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limites)
    assert etat(banc) == avant
    porteur.commencer(banc.b, word)


def attendre_le_retour(banc: Banc, porteur: Visiteur) -> None:
    """Until each web has answered five times in a row: every connection of its pool is then a new one."""
    fin = time.monotonic() + 30
    de_suite = 0
    while de_suite < 5 and time.monotonic() < fin:
        statuts = {porteur.get(web, "/suivi/").status_code for web in (banc.a, banc.b)}
        de_suite = de_suite + 1 if statuts == {200} else 0


def test_postgresql_redemarre_sous_la_charge(banc: Banc, porteur: Visiteur, word: bytes) -> None:
    """Readers and writers on both webs while it restarts: an answer or the page that says so, never an incident."""
    reponses: list = []
    fini = threading.Event()

    def insister(geste: Callable) -> None:
        while not fini.is_set():
            reponses.append(geste())

    brouillons = "SELECT count(*) FROM projets_projet WHERE statut = 'brouillon'"
    avant = banc.un(brouillons)
    gestes = [
        lambda: porteur.get(banc.a, "/suivi/"),
        lambda: porteur.get(banc.b, f"/projets/{banc.donnees['inscrit']}/"),
        lambda: porteur.televerser(banc.a, word),
        lambda: porteur.televerser(banc.b, word),
    ]
    fils = [threading.Thread(target=insister, args=(geste,), daemon=True) for geste in gestes]
    for fil in fils:
        fil.start()
    time.sleep(0.5)
    banc.redemarrer_postgresql()
    attendre_le_retour(banc, porteur)
    moment = len(reponses)
    time.sleep(1.5)
    fini.set()
    for fil in fils:
        fil.join(60)
    statuts = Counter(un.status_code for un in reponses)
    assert set(statuts) <= {200, 302, 503}, statuts
    assert all(est_une_page_claire(un) for un in reponses if un.status_code == 503)
    assert {un.status_code for un in reponses[moment + 8 :]} <= {200, 302}, "le portail ne s’est pas remis"
    deposes = sum(un.status_code == 302 and un.request.method == "POST" for un in reponses)
    assert banc.un(brouillons) - avant >= deposes, "un envoi accepté est perdu"
    page = porteur.commencer(banc.a, word)
    assert porteur.post(banc.a, f"{page}deposer/").status_code == 302
    assert banc.worker.popen.poll() is None, "le worker n’a pas survécu"
    une_fois_chacun(banc, "gabarit LIKE %s", "%")
