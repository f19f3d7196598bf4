"""clamd's protocol against a real clamd and against servers that misbehave: a verdict, or none, always in time."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core import checks

from cite_educative import clamd as protocole
from cite_educative.clamd import AdresseIllisible, AntivirusMuet, analyser, lire_adresse, saluer

from .clamd import (
    FLUX_MAX,
    INFECTE,
    NULLE_PART,
    SAIN,
    SIGNATURE,
    Clamd,
    FauxClamd,
    clamd_en_marche,
    goutte_a_goutte,
    raccroche,
    reponse,
    sans_fin,
    silence,
    surdite,
)


@pytest.fixture
def peu_de_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocole, "ANALYSE", 0.3)


# --- the conversation -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prise", ["unix", "tcp"])
def test_clamd_dit_ce_qu_il_trouve(clamd: Clamd, prise: str) -> None:
    url = getattr(clamd, prise)
    saluer(url)
    assert analyser(SAIN, url) == ""
    assert analyser(b"", url) == ""
    assert analyser(b"x" * 500_000, url) == "", "plusieurs morceaux"
    assert analyser(b"x" * (protocole.MORCEAU - 5) + INFECTE, url).startswith(SIGNATURE), "à cheval sur deux morceaux"


@pytest.mark.parametrize("prise", ["unix", "tcp"])
def test_un_flux_trop_long_n_est_pas_un_flux_sain(clamd: Clamd, prise: str) -> None:
    with pytest.raises(AntivirusMuet) as panne:
        analyser(b"x" * (3 * FLUX_MAX), getattr(clamd, prise))
    if prise == "unix":  # over TCP, clamd may hang up on what it has not read before its answer is out
        assert "size limit exceeded" in str(panne.value)
    assert analyser(SAIN, getattr(clamd, prise)) == ""


def test_plusieurs_demandent_a_la_fois(clamd: Clamd) -> None:
    with ThreadPoolExecutor(8) as groupe:
        trouves = list(groupe.map(lambda rang: analyser(INFECTE if rang % 2 else SAIN, clamd.unix), range(40)))
    assert [bool(trouve) for trouve in trouves] == [bool(rang % 2) for rang in range(40)]


def test_clamd_tue_en_pleine_analyse_ne_donne_pas_de_verdict() -> None:
    with clamd_en_marche() as victime, ThreadPoolExecutor(1) as groupe:
        victime.suspendre()
        demande = groupe.submit(analyser, SAIN, victime.unix)
        time.sleep(0.2)
        assert not demande.done()
        victime.tuer()
        assert isinstance(demande.exception(timeout=5), AntivirusMuet)
        for url in (victime.unix, victime.tcp):
            with pytest.raises(AntivirusMuet, match="ConnectionRefusedError"):
                saluer(url)


def test_clamd_suspendu_est_attendu_puis_laisse(peu_de_patience: None) -> None:
    with clamd_en_marche() as victime:
        victime.suspendre()
        for url in (victime.unix, victime.tcp):
            with pytest.raises(AntivirusMuet, match="TimeoutError"):
                analyser(b"x" * FLUX_MAX, url)


@pytest.mark.parametrize("conduite", [silence, surdite, goutte_a_goutte, sans_fin, raccroche])
def test_un_serveur_qui_ne_repond_pas_est_laisse_a_temps(conduite: Callable, peu_de_patience: None) -> None:
    with FauxClamd(conduite) as faux:
        for demander in (lambda: saluer(faux.url), lambda: analyser(b"x" * 100_000, faux.url)):
            debut = time.monotonic()
            with pytest.raises(AntivirusMuet):
                demander()
            assert time.monotonic() - debut < 2


def test_un_serveur_qui_ne_lit_pas_est_laisse_a_temps(peu_de_patience: None) -> None:
    with FauxClamd(surdite) as faux, pytest.raises(AntivirusMuet, match="TimeoutError"):
        analyser(b"x" * 30_000_000, faux.url)


@pytest.mark.parametrize(
    ("dite", "attendue"),
    [
        (b"stream: OK\0", ""),
        (b"stream: Win.Test.EICAR_HDB-1 FOUND\0", "Win.Test.EICAR_HDB-1"),
        (b"stream: OK FOUND\0", "OK"),
        ("stream: Éssai\nfaux=1 FOUND\0".encode(), "Éssai?faux=1"),
    ],
)
def test_un_verdict_est_lu_en_entier(dite: bytes, attendue: str) -> None:
    with FauxClamd(reponse(dite)) as faux:
        assert analyser(SAIN, faux.url) == attendue


@pytest.mark.parametrize(
    "dite",
    [b"", b"\0", b"stream: OK", b"stream: O", b"OK\0", b"PONG\0", b"UNKNOWN COMMAND\0", b"stream:  FOUND\0",
     b"INSTREAM size limit exceeded. ERROR\0", b"stream: Can't allocate memory ERROR\0", b"stream: OK\nstream: OK\0",
     b"\xff\xfe\0", b"stream: " + b"x" * 10_000 + b" FOUND\0"],
)  # fmt: skip
def test_toute_autre_reponse_n_est_pas_un_verdict(dite: bytes) -> None:
    with FauxClamd(reponse(dite)) as faux, pytest.raises(AntivirusMuet):
        analyser(SAIN, faux.url)


@pytest.mark.parametrize("url", [NULLE_PART, "tcp://127.0.0.1:1", f"unix://{Path(__file__)}", "pas une adresse"])
def test_un_antivirus_hors_d_atteinte_n_est_pas_une_panne_du_portail(url: str) -> None:
    with pytest.raises(AntivirusMuet):
        analyser(SAIN, url)
    with pytest.raises(AntivirusMuet):
        saluer(url)


# --- the setting ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "attendue"),
    [
        ("unix:///run/clamav/clamd.ctl", "/run/clamav/clamd.ctl"),
        ("tcp://antivirus.example.org:3310", ("antivirus.example.org", 3310)),
        ("tcp://127.0.0.1", ("127.0.0.1", 3310)),
        ("tcp://[::1]:3311/", ("::1", 3311)),
    ],
)
def test_adresse_lisible(url: str, attendue: object) -> None:
    assert lire_adresse(url) == attendue


ILLISIBLES = [
    "/run/clamav/clamd.ctl", "unix://run/clamav/clamd.ctl", "unix:///", "unix://", "unix:///" + "x" * 107, "tcp://",
    "tcp://:3310", "tcp://hote:abc", "tcp://hote:70000", "tcp://hote:0", "tcp://[::1", "tcp://hote:3310/chemin",
    "tcp://nom:mot@hote:3310", "tcp://hote:3310?x=1", "http://hote:3310", "hote:3310", "oui",
]  # fmt: skip


@pytest.mark.parametrize("url", ILLISIBLES)
def test_adresse_illisible_est_dite_au_demarrage(url: str, settings: object) -> None:
    with pytest.raises(AdresseIllisible):
        lire_adresse(url)
    settings.CLAMAV_URL = url
    (erreur,) = [message for message in checks.run_checks() if message.id == "cite_educative.E001"]
    assert erreur.is_serious()
    assert url in erreur.msg
    assert "unix:///run/clamav/clamd.ctl" in erreur.hint


def test_presence_de_l_antivirus_est_verifiee_avec_un_deploiement(clamd: Clamd, settings: object) -> None:
    def avertissements() -> set[str]:
        trouves = checks.run_checks(include_deployment_checks=True)
        return {message.id for message in trouves if message.id.startswith("cite_educative.")}

    assert avertissements() == set(), "sans antivirus"
    settings.CLAMAV_URL = clamd.unix
    assert avertissements() == set()
    settings.CLAMAV_URL = NULLE_PART
    assert avertissements() == {"cite_educative.W001"}
    settings.CLAMAV_URL = "oui"
    assert avertissements() == {"cite_educative.E001"}, "une adresse illisible ne se dit qu’une fois"
