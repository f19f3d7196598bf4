"""Two webs and a worker that share a PostgreSQL, a bucket, and nothing else: none of them can be told from the other."""

import json
import re
import uuid
from pathlib import Path

from .banc import Banc, Visiteur, attendre
from .comptes import COORDINATION, PORTEUR


def test_un_depot_commence_sur_l_un_finit_sur_l_autre(banc: Banc) -> None:
    """Draft on A, deposit on B, seen and downloaded from both; the mail of the deposit bears the name of the request."""
    porteur, word = Visiteur(PORTEUR, banc.a), bytes.fromhex(banc.donnees["word"])
    avant = banc.reserve.noms()
    page = porteur.commencer(banc.a, word)
    (objet,) = banc.reserve.noms() - avant
    assert banc.reserve.client.get_object(Bucket="portail", Key=objet)["Body"].read() == word
    assert porteur.get(banc.b, page).status_code == 200
    requete = uuid.uuid4().hex
    reponse = porteur.post(banc.b, f"{page}deposer/", **{"X-Request-ID": requete})
    assert reponse.status_code == 302, reponse.text[:3000]
    numero = reponse.headers["Location"].split("/")[2]
    piece = banc.un("SELECT id FROM projets_piece WHERE fichier = %s", objet)
    for web in (banc.a, banc.b):
        fichier = porteur.get(web, f"/projets/{numero}/pieces/{piece}/")
        assert (fichier.status_code, fichier.content) == (200, word)
        assert fichier.headers["X-Content-Type-Options"] == "nosniff"
        assert fichier.headers["Content-Disposition"].startswith("attachment; filename=")
    courriel = banc.un("SELECT id FROM projets_courriel WHERE requete = %s AND destinataire = %s", requete, PORTEUR)
    attendre(
        lambda: banc.un("SELECT etat FROM projets_courriel WHERE id = %s", courriel) == "envoye", "rien n’est parti"
    )

    def suivie() -> list[dict]:
        lignes = [json.loads(un) for un in banc.worker.lignes().splitlines() if un.startswith("{")]
        return [un for un in lignes if un["requete"] == requete and f"courriel {courriel} parti" in un["message"]]

    attendre(suivie, "le worker ne dit pas de quelle requête vient le courriel")
    for processus in (banc.a, banc.b, banc.worker):
        fichiers = Path(processus.environnement["VAR_DIR"]) / "fichiers"
        assert not re.search(r"@example\.org|password|csrfmiddleware", processus.lignes())
        assert not fichiers.exists(), "un fichier est resté sur le disque de ce processus"


def test_un_export_fait_par_le_worker_se_prend_de_l_un_et_de_l_autre(banc: Banc) -> None:
    coordination = Visiteur(COORDINATION, banc.b)
    reponse = coordination.post(banc.a, "/pilotage/exports/demander/", {"annee": "2026", "genre": "xlsx"})
    page = reponse.headers["Location"]
    jeton = page.split("/")[-2]
    attendre(
        lambda: banc.un("SELECT etat FROM projets_exportdemande WHERE jeton = %s", jeton) == "pret",
        f"l’export n’est pas prêt : {banc.worker.lignes()[-2000:]}",
    )
    pris = [coordination.get(web, f"{page}fichier") for web in (banc.a, banc.b)]
    assert [un.status_code for un in pris] == [200, 200]
    assert pris[0].content == pris[1].content
    assert pris[0].content.startswith(b"PK")
    assert len(pris[0].content) == int(pris[0].headers["Content-Length"])


def test_les_essais_de_mot_de_passe_se_comptent_ensemble(banc: Banc) -> None:
    """Five wrong passwords, wherever they are tried: the sixth is not even looked at, on either web."""
    inconnu = Visiteur()
    inconnu.get(banc.a, "/comptes/login/")
    essai = {"login": f"{uuid.uuid4().hex}@example.org", "password": "faux"}
    pages = [inconnu.post(web, "/comptes/login/", essai).text for web in (banc.a, banc.b) * 4]
    refus = [bool(re.search(r"Trop d(?:e tentatives|['’]|&#x27;)", page)) for page in pages]
    assert refus[0] is False, pages[0]
    assert refus[-2:] == [True, True], pages[-1]


def test_les_mesures_demandent_leur_jeton(banc: Banc) -> None:
    curieux = Visiteur()
    assert curieux.get(banc.a, "/metriques/").status_code == 404
    assert curieux.get(banc.a, "/metriques/", Authorization="Bearer autre").status_code == 404
    mesures = curieux.get(banc.a, "/metriques/", Authorization="Bearer jeton-des-mesures").text
    assert re.search(r'^portail_courriels\{etat="echec"\} 0$', mesures, re.MULTILINE)
    assert re.search(r"^portail_worker_pouls_secondes \d", mesures, re.MULTILINE)
    assert 'portail_requete_secondes_count{methode="GET",route="sante/pret/",statut="200"}' in mesures
    assert "@" not in mesures
