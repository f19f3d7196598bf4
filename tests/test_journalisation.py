"""Logs: one request followed through all its lines, in a form that a collector reads, without anybody's data."""

import io
import json
import logging
import re

import pytest
from django.core import signing
from django.db import DatabaseError, IntegrityError, OperationalError
from django.test import Client
from django.urls import reverse

from cite_educative import journalisation
from cite_educative.journalisation import ENTETE, expurger
from cite_educative.stockage import StockageIndisponible
from projets.enums import Statut
from projets.liens_avis import jeton_avis

from . import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


@pytest.fixture(params=["ligne", "json"])
def lignes(request):
    """What reaches the log, as the two forms write it."""
    sortie = io.StringIO()
    sorte = {"ligne": journalisation.Ligne, "json": journalisation.LigneJson}[request.param]
    gestionnaire = logging.StreamHandler(sortie)
    gestionnaire.setFormatter(sorte())
    gestionnaire.addFilter(journalisation.IdentifiantDeRequete())
    racine = logging.getLogger()
    niveau = racine.level
    racine.addHandler(gestionnaire)
    racine.setLevel(logging.INFO)
    yield lambda: sortie.getvalue().splitlines()
    racine.removeHandler(gestionnaire)
    racine.setLevel(niveau)


@pytest.mark.parametrize(("recu", "bon"), [("abcdef0123456789", True), ("a\tb", False), ("x" * 500, False)])
@pytest.mark.parametrize("proxys", [0, 1])
def test_le_nom_d_une_requete_ne_vient_que_d_un_proxy_de_confiance(client, settings, recu, bon, proxys):
    settings.PROXYS_DE_CONFIANCE = proxys
    reponse = client.get(reverse("sante_vivant"), headers={ENTETE: recu})
    assert (reponse[ENTETE] == recu) is (bon and proxys == 1)
    assert re.fullmatch(r"[\w-]{8,64}", reponse[ENTETE])


def test_le_journal_ne_dit_ni_adresse_ni_jeton(appel, client, lignes):
    """A visitor with an address, a link and a query string; what the log keeps of it."""
    projet = fabriques.projet_en(Statut.AVIS_IEN)
    jeton = jeton_avis(projet.avis_ien.get())
    faux = signing.dumps([1, "x"], salt="autre")
    brouillon = fabriques.projet_en(Statut.BROUILLON)
    for adresse in (
        f"/avis/{jeton}/",
        f"/avis/{faux}/",
        f"/invitation/{faux}/",
        "/agenda/Zx3k-4_qP9sLm2nB7vR1tY.ics",
        f"/deposer/{brouillon.jeton}/",
        "/coordination/?q=jeanne.dupont@example.org",
        "/introuvable/jeanne.dupont@example.org?jeton=secret",
    ):
        client.get(adresse)
    client.post(reverse("account_login"), {"login": "jeanne.dupont@example.org", "password": "mot-de-passe-perdu"})
    logging.getLogger("essai").error(
        "refus pour %s", "jeanne.dupont@example.org", exc_info=ValueError(f"/avis/{jeton}/")
    )
    tout = "\n".join(lignes())
    assert "refus pour [courriel]" in tout
    assert "GET /avis/<str:jeton>/ 200" in tout
    for secret in ("jeanne", "example.org", jeton, faux, str(brouillon.jeton), "Zx3k", "jeton=secret", "mot-de-passe"):
        assert secret not in tout, secret


def test_json_une_ligne_par_evenement_avec_sa_requete(client, lignes):
    nom = client.get("/nulle-part/")[ENTETE]
    lues = lignes()
    if not lues[0].startswith("{"):
        assert all(f"requete={nom}" in ligne for ligne in lues)
        return
    evenements = [json.loads(ligne) for ligne in lues]
    assert {e["requete"] for e in evenements} == {nom}
    (acces,) = [e for e in evenements if e["journal"] == "acces"]
    assert (acces["methode"], acces["route"], acces["statut"]) == ("GET", "(aucune)", 404)
    assert acces["duree_ms"] >= 0


def test_une_empreinte_et_une_phrase_restent_lisibles():
    phrase = "fichier refusé motif=virus sha256=" + "a1" * 32 + " : « à 12:30:45 », /coordination/ 200 (voir ?)"
    assert expurger(phrase) == phrase


def test_une_ligne_refusee_par_la_base_n_est_pas_recopiee(lignes):
    """PostgreSQL writes the whole row in its message, over several lines when a text has some; telephones go everywhere."""
    message = (
        'new row for relation "projets_avisien" violates check constraint "avis_rendu_a_un_sens"\n'
        "DETAIL:  Failing row contains (12, Claude Wvutsrq\nau collège, 06 12 34 56 78, null).\n"
    )
    try:
        try:
            raise ValueError(message)
        except ValueError as cause:
            raise IntegrityError(message) from cause
    except IntegrityError:
        logging.getLogger("essai").exception("refusé, rappeler le 0612345678 ou +33 6 12 34 56 78")
    tout = "\n".join(lignes())
    assert tout.count("avis_rendu_a_un_sens") == 2
    assert "The above exception was the direct cause" in tout
    assert "test_journalisation.py" in tout
    for mot in ("Wvutsrq", "34 56", "collège", "0612345678"):
        assert mot not in tout, mot


def test_un_format_inconnu_se_dit():
    with pytest.raises(ValueError, match="FORMAT_JOURNAL"):
        journalisation.reglages("xml", "INFO")


# --- what a person sees when something is down ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("erreur", "statut"),
    [
        (ZeroDivisionError(), 500),
        (FileNotFoundError(2, "absent"), 500),
        (OperationalError("the database system is starting up"), 503),
        (OSError(28, "No space left on device"), 503),
        (StockageIndisponible(), 503),
    ],
)
def test_une_panne_se_dit_avec_sa_reference(appel, monkeypatch, erreur, statut):
    def tomber(**_):
        raise erreur

    monkeypatch.setattr("projets.contexte._COURANT.lire", tomber)  # what the error page may not need either
    client = Client(raise_request_exception=False)
    reponse = client.get("/")
    page = reponse.content.decode()
    assert reponse.status_code == statut
    assert f"<code>{reponse[ENTETE]}</code>" in page
    assert f"Erreur {statut}" in page
    assert reponse["Cache-Control"] == "no-store"
    assert ("Retry-After" in reponse) is (statut == 503)
    assert client.get("/", headers={"accept": "application/json"}).json()["requete"]


@pytest.mark.parametrize(
    ("erreur", "statut"), [(OperationalError("terminating connection"), 503), (DatabaseError("no row updated"), 400)]
)
def test_une_session_non_ecrite_n_est_la_faute_de_personne(appel, monkeypatch, settings, erreur, statut):
    """Django says « interrupted » of both: the database that went away, and the session closed elsewhere meanwhile."""
    settings.SESSION_SAVE_EVERY_REQUEST = True
    client = Client(raise_request_exception=False)
    client.force_login(fabriques.utilisateur())

    def tomber(*_, **__):
        raise erreur

    monkeypatch.setattr("django.contrib.sessions.models.Session.save", tomber)
    assert client.get("/suivi/").status_code == statut


def test_vivant_ne_demande_rien_a_la_base_et_pret_le_dit(client, monkeypatch, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get(reverse("sante_vivant")).json() == {"statut": "ok"}
    assert client.get(reverse("sante_pret")).status_code == 200
    with monkeypatch.context() as patch:
        patch.setattr("projets.sante._s_ecrit", lambda _: False)
        assert client.get(reverse("sante_pret")).status_code == 503, "une base en lecture seule ne sert personne"

    def tomber(*_):
        raise OperationalError

    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", tomber)
    assert client.get(reverse("sante_vivant")).status_code == 200
    assert client.get(reverse("sante_pret")).status_code == 503
    assert client.get(reverse("sante")).json() == {"statut": "indisponible"}
