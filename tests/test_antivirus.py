"""The antivirus at every door: a file that is infected, or that nobody could look at, does not come in and leaves nothing."""

import hashlib
import io
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from cite_educative import clamd as protocole
from projets import antivirus, reception
from projets.bilans import empreinte_de
from projets.enums import GenrePiece, Statut
from projets.models import Appel, Piece, Projet
from projets.word.ecriture import ecrire
from projets.word.lecture import lire
from projets.word.refus import MESSAGES, TAILLE_MAXIMALE, FichierRefuse

from . import fabriques
from .bilans_web import adresse, saisie
from .bilans_word import bilan_de, fichier
from .clamd import INFECTE, MARQUEUR, NULLE_PART, SAIN, SIGNATURE, Clamd, FauxClamd, reponse, silence

pytestmark = pytest.mark.une_seule_base


@pytest.fixture
def peu_de_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocole, "ANALYSE", 0.3)


# --- the doors ------------------------------------------------------------------------------------------------------


@pytest.fixture
def reserve() -> Callable[[], set[str]]:
    """What is kept on disk."""
    racine = Path(default_storage.location)
    return lambda: {str(fichier) for fichier in racine.rglob("*") if fichier.is_file()}


@pytest.fixture
def sans_processus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reception, "lire_protege", lire)


def _word(appel: Appel, resume: str = "Une mare.") -> bytes:
    return ecrire(fabriques.dossier_complet(resume=resume), appel.referentiel())


def _par_la_page(octets: bytes) -> str:
    reponse = Client().post("/deposer/", {"fichier": SimpleUploadedFile("mon secret.docx", octets)})
    return "" if reponse.status_code == 302 else reponse.content.decode()


def _par_une_correction(octets: bytes) -> str:
    projet, client = Projet.objects.get(statut=Statut.A_COMPLETER), Client()
    client.force_login(projet.porteur)
    url = reverse("projet_redeposer", args=[projet.numero])
    reponse = client.post(url, {"fichier": SimpleUploadedFile("mon secret.docx", octets)})
    return "" if reponse.status_code == 302 else reponse.content.decode()


def _par_la_commande(octets: bytes) -> str:
    erreur, code = io.StringIO(), 0
    chemin = Path(default_storage.location).parent / "mon secret.docx"
    chemin.write_bytes(octets)
    try:
        call_command("deposer", str(chemin), courriel="porteur@example.org", stdout=io.StringIO(), stderr=erreur)
    except SystemExit as fin:
        code = fin.code
    finally:
        chemin.unlink()
    assert code == (2 if erreur.getvalue() else 0)
    return erreur.getvalue()


def _par_un_justificatif(octets: bytes) -> str:
    projet, client = Projet.objects.get(statut=Statut.VALIDE), Client()
    client.force_login(projet.porteur)
    fichier = SimpleUploadedFile("mon secret.pdf", octets)
    reponse = client.post(adresse(projet, "bilan_modifier"), saisie(client, projet, justificatifs=[fichier]))
    return "" if reponse.status_code == 302 else reponse.content.decode()


def _par_un_bilan(octets: bytes) -> str:
    projet, client = Projet.objects.get(statut=Statut.VALIDE), Client()
    client.force_login(projet.porteur)
    envoi = {"fichier": SimpleUploadedFile("mon secret.docx", octets), "empreinte": empreinte_de(bilan_de(projet))}
    reponse = client.post(adresse(projet, "bilan_word_deposer"), envoi)
    return "" if reponse.status_code == 302 else reponse.content.decode()


PORTES = {
    "page": (_par_la_page, None),
    "correction": (_par_une_correction, Statut.A_COMPLETER),
    "commande": (_par_la_commande, None),
    "justificatif": (_par_un_justificatif, Statut.VALIDE),
    "bilan": (_par_un_bilan, Statut.VALIDE),
}


@pytest.fixture(params=PORTES)
def porte(request: pytest.FixtureRequest, appel: Appel, sans_processus: None) -> Callable[[str], tuple[str, bytes]]:
    """One door, with what must be there before somebody comes to it: gives what is said back, and what was sent."""
    entrer, statut = PORTES[request.param]
    if statut:
        fabriques.projet_en(statut)

    def pousser(resume: str) -> tuple[str, bytes]:
        if request.param == "justificatif":
            octets = SAIN + b"\n% " + resume.encode()
        elif request.param == "bilan":
            octets = fichier(bilan_de(Projet.objects.get(statut=statut)), realisation=resume)
        else:
            octets = _word(appel, resume)
        return entrer(octets).replace("\u00a0", " "), octets

    return pousser


@pytest.mark.django_db
def test_un_fichier_sain_passe_chaque_porte(porte: Callable, clamd: Clamd, settings: object) -> None:
    settings.CLAMAV_URL = clamd.unix
    avant = Piece.objects.count()
    assert porte("Une mare saine.")[0] == ""
    assert Piece.objects.count() == avant + 1


@pytest.mark.django_db
def test_un_fichier_infecte_n_entre_par_aucune_porte(
    porte: Callable, clamd: Clamd, settings: object, reserve: Callable, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    settings.CLAMAV_URL = clamd.unix
    monkeypatch.setattr(reception, "lire_protege", lambda *_: pytest.fail("le fichier a été lu"))
    avant = Projet.objects.count(), Piece.objects.count(), reserve()
    dit, octets = porte(f"Un texte avec {MARQUEUR} dedans.")
    assert MESSAGES["virus"] in dit
    assert (Projet.objects.count(), Piece.objects.count(), reserve()) == avant
    (trace,) = [trace for trace in caplog.records if trace.name == "projets.antivirus"]
    assert trace.levelno == logging.WARNING
    assert hashlib.sha256(octets).hexdigest() in trace.getMessage()
    assert SIGNATURE in trace.getMessage()
    assert "secret" not in caplog.text
    assert "example.org" not in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize("etat", ["absent", "silencieux"])
def test_sans_verdict_aucune_porte_ne_s_ouvre(
    porte: Callable, etat: str, settings: object, reserve: Callable, caplog: pytest.LogCaptureFixture,
    peu_de_patience: None,
) -> None:  # fmt: skip
    avant = Projet.objects.count(), Piece.objects.count(), reserve()
    with FauxClamd(silence) as muet:
        settings.CLAMAV_URL = muet.url if etat == "silencieux" else NULLE_PART
        dit, octets = porte("Une mare saine.")
        assert Client().get("/deposer/").status_code == 200, "le portail reste ouvert"
        assert Client().get("/sante/").status_code == 200
    assert MESSAGES["antivirus"] in dit
    assert (Projet.objects.count(), Piece.objects.count(), reserve()) == avant
    (trace,) = [trace for trace in caplog.records if trace.name == "projets.antivirus"]
    assert trace.levelno == logging.ERROR
    assert hashlib.sha256(octets).hexdigest() in trace.getMessage()
    assert "secret" not in caplog.text


@pytest.mark.django_db
def test_l_antivirus_passe_avant_la_lecture_mais_apres_le_poids(
    appel: Appel, clamd: Clamd, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CLAMAV_URL = clamd.unix
    with pytest.raises(FichierRefuse, match="antivirus") as refus:
        reception.lire(INFECTE, appel.referentiel())
    assert refus.value.code == "virus", "infecté avant d’être un PDF"
    monkeypatch.setattr(antivirus, "analyser", lambda *_: pytest.fail("trop lourd pour être envoyé"))
    with pytest.raises(FichierRefuse) as refus:
        reception.lire(b"x" * (TAILLE_MAXIMALE + 1), appel.referentiel())
    assert refus.value.code == "trop_lourd"


@pytest.mark.django_db
def test_un_fichier_deja_garde_s_annote_sans_antivirus(appel: Appel, sans_processus: None, settings: object) -> None:
    projet, client = fabriques.projet_en(Statut.DEPOSE), Client()
    piece = projet.garder_piece(GenrePiece.DOSSIER, "dossier.docx", _word(appel))
    client.force_login(projet.porteur)
    settings.CLAMAV_URL = NULLE_PART
    reponse = client.get(reverse("piece", args=[projet.numero, piece.pk]), {"annote": 1})
    assert "annote-" in reponse["Content-Disposition"]


# --- several proofs at once -----------------------------------------------------------------------------------------


def _joindre(projet: Projet, *fichiers: bytes) -> list[str]:
    """What is said of the proofs; those kept are in the database."""
    client = Client()
    client.force_login(projet.porteur)
    recus = [SimpleUploadedFile(f"piece-{rang}.pdf", octets) for rang, octets in enumerate(fichiers)]
    donnees = saisie(client, projet, justificatifs=recus, realisation="Trois séances.")
    reponse = client.post(adresse(projet, "bilan_modifier"), donnees)
    return [] if reponse.status_code == 302 else reponse.context["form"].errors["justificatifs"]


def _gardes() -> list[str]:
    return list(Piece.objects.filter(genre=GenrePiece.JUSTIFICATIF).order_by("pk").values_list("nom", flat=True))


@pytest.mark.django_db
def test_un_justificatif_infecte_n_empeche_pas_les_sains(clamd: Clamd, settings: object) -> None:
    settings.CLAMAV_URL = clamd.tcp
    projet = fabriques.projet_en(Statut.VALIDE)
    (erreur,) = _joindre(projet, SAIN, INFECTE, SAIN + b"\n")
    assert erreur.startswith("«\u00a0piece-1.pdf\u00a0» n’est pas joint. L’antivirus")
    assert _gardes() == ["piece-0.pdf", "piece-2.pdf"]


@pytest.mark.django_db
def test_un_antivirus_silencieux_n_est_attendu_qu_une_fois_et_le_texte_est_garde(
    settings: object, peu_de_patience: None
) -> None:
    projet = fabriques.projet_en(Statut.VALIDE)
    with FauxClamd(silence) as faux:
        settings.CLAMAV_URL = faux.url
        assert len(_joindre(projet, SAIN, INFECTE, SAIN + b"\n")) == 3
    assert faux.demandes == 1
    assert _gardes() == []
    assert projet.exercices.get().bilan.realisation == "Trois séances."


@pytest.mark.django_db
def test_la_base_n_attend_pas_l_antivirus(monkeypatch: pytest.MonkeyPatch, settings: object) -> None:
    profondeurs: list[int] = []
    monkeypatch.setattr(antivirus, "examiner", lambda octets: profondeurs.append(len(connection.savepoint_ids)))
    settings.CLAMAV_URL = NULLE_PART
    assert _joindre(fabriques.projet_en(Statut.VALIDE), SAIN) == []
    assert profondeurs == [0], "une fois, hors de toute transaction"
    assert _gardes() == ["piece-0.pdf"]


def test_une_erreur_de_l_antivirus_ou_du_reglage_ferme_aussi_la_porte(settings: object) -> None:
    with FauxClamd(reponse(b"INSTREAM size limit exceeded. ERROR\0")) as fautif:
        for url in (fautif.url, "oui"):
            settings.CLAMAV_URL = url
            with pytest.raises(FichierRefuse) as refus:
                antivirus.examiner(SAIN)
            assert refus.value.code == "antivirus"


def test_sans_reglage_personne_n_est_demande(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(antivirus, "analyser", lambda *_: pytest.fail("demandé"))
    antivirus.examiner(INFECTE)
    assert antivirus.examiner_tous([SimpleUploadedFile("a.pdf", INFECTE)]) == {}
