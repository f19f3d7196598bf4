"""What every answer carries, whoever makes it; and what nothing may fetch, whatever a document says."""

import contextlib
import io
import re
import socket
import threading
import zipfile
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from django.test import Client
from django.urls import reverse

from correspondants.enums import Role
from projets.documents import pdf
from projets.enums import Statut
from projets.liens_avis import jeton_avis
from projets.word.ecriture import ecrire
from projets.word.protege import lire_protege
from projets.word.refus import FichierRefuse

from . import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]

PARTOUT = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}


def verifier_les_entetes(reponse) -> None:
    assert {nom: reponse.headers.get(nom) for nom in PARTOUT} == PARTOUT
    politique = dict(un.strip().partition(" ")[::2] for un in reponse["Content-Security-Policy"].split(";"))
    assert politique["default-src"] == politique["base-uri"] == politique["frame-ancestors"] == "'none'"
    assert politique["script-src"] == politique["style-src"] == "'self'"
    assert "unsafe" not in reponse["Content-Security-Policy"]
    assert "camera=()" in reponse["Permissions-Policy"]


def test_toute_reponse_porte_les_entetes(appel, monkeypatch):
    """Pages, files, redirections, static files, refusals and errors alike."""
    projet = fabriques.projet_en(Statut.DEPOSE)
    client = Client(raise_request_exception=False)
    client.force_login(projet.porteur)
    monkeypatch.setattr("projets.views.public.interlocuteurs", None)  # an error nobody foresaw
    attendus = {
        reverse("account_login"): 302,
        reverse("plan_du_site"): 200,
        reverse("projet_word", args=[projet.numero]): 200,
        reverse("piece", args=[projet.numero, projet.pieces.first().pk]): 200,
        reverse("sante_vivant"): 200,
        reverse("securite_txt"): 200,
        "/static/images/favicon.svg": 200,
        "/nulle-part/": 404,
        reverse("coordination"): 403,
        "/": 500,
    }
    for adresse, statut in attendus.items():
        reponse = client.get(adresse)
        assert reponse.status_code == statut, adresse
        verifier_les_entetes(reponse)
        if reponse.streaming:
            list(reponse)  # read to its end, as a browser does: the file behind it is then closed
    verifier_les_entetes(client.post(reverse("sante")))  # 405
    refuse = client.get("/", headers={"host": "ailleurs.example"})
    assert refuse.status_code == 400
    verifier_les_entetes(refuse)


def test_ce_qui_est_a_quelqu_un_n_entre_dans_aucun_cache(appel, client):
    """A draft without an account too, on the shared computer of a school; and what a signed link shows."""
    brouillon = client.post(reverse("deposer_en_ligne"))["Location"]
    projet = fabriques.projet_en(Statut.AVIS_IEN)
    lien = reverse("avis_lien", args=[jeton_avis(projet.avis_ien.get())])
    for adresse, qui in ((brouillon, client), (lien, Client()), (reverse("agenda", args=["faux"]), Client())):
        regle = qui.get(adresse).headers.get("Cache-Control", "")
        assert {"private, no-cache", "no-store"} & {regle}, adresse
    assert "private" in client.get(reverse("correspondants"))["Cache-Control"], "la même page, avec une session"
    assert "Cache-Control" not in Client().get(reverse("modele_word")).headers


def test_la_redirection_vers_https_aussi(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    reponse = client.get("/plan-du-site/")
    assert (reponse.status_code, reponse["Location"]) == (301, "https://testserver/plan-du-site/")
    verifier_les_entetes(reponse)
    assert client.get(reverse("sante_pret")).status_code == 200, "une sonde parle au processus, pas au proxy"


def test_les_pages_de_l_administration_tiennent_dans_la_politique(appel, client):
    compte = fabriques.de_role(Role.ADMIN)
    compte.is_staff = compte.is_superuser = True
    compte.save()
    client.force_login(compte)
    page = client.get("/admin/").content.decode()
    assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=|<script(?![^>]*\bsrc=)(?![^>]*application/json)", page)


# --- security.txt ---------------------------------------------------------------------------------------------------


def champs(client) -> dict[str, str]:
    reponse = client.get("/.well-known/security.txt")
    assert reponse["Content-Type"] == "text/plain; charset=utf-8"
    return dict(ligne.split(": ", 1) for ligne in reponse.content.decode().splitlines())


def test_security_txt_ne_perime_pas_tout_seul(client, settings):
    settings.URL_PUBLIQUE = "https://portail.example.org"
    with time_machine.travel(datetime.fromisoformat("2031-05-05T12:00:00+02:00")):
        lus = champs(client)
    assert lus["Contact"] == "https://portail.example.org/correspondants/"
    assert lus["Canonical"] == "https://portail.example.org/.well-known/security.txt"
    assert datetime.fromisoformat(lus["Expires"]).date() == date(2031, 5, 5) + timedelta(days=180)


def test_security_txt_dit_l_adresse_et_la_date_reglees(client, settings):
    settings.CONTACT_SECURITE, settings.SECURITE_TXT_EXPIRE = "rssi@example.org", "2027-01-31"
    lus = champs(client)
    assert lus["Contact"] == "mailto:rssi@example.org"
    assert lus["Expires"] == "2027-01-31T00:00:00+01:00"


# --- nothing is fetched ---------------------------------------------------------------------------------------------


@pytest.fixture
def oreille():
    """A port that counts who calls: where a forged document would like the server to go."""
    appels: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as prise:
        prise.settimeout(0.2)
        fini = threading.Event()

        def ecouter() -> None:
            while not fini.is_set():
                try:
                    connexion, qui = prise.accept()
                except TimeoutError:
                    continue
                appels.append(qui)
                connexion.close()

        fil = threading.Thread(target=ecouter)
        fil.start()
        yield prise.getsockname()[1], appels
        fini.set()
        fil.join()


PIEGE = """<html><head><link rel="stylesheet" href="{u}/a.css"><link rel="attachment" href="file:///etc/passwd">
<style>@import url({u}/b.css); @font-face {{ font-family: x; src: url({u}/c.woff2) }} p {{ font-family: x;
background: url({u}/d.png); list-style-image: url({u}/e.svg) }}</style></head><body><p>Texte<img src="{u}/f.png">
<img src="file:///etc/passwd"><img src="http://statiques.invalid/../../../../etc/passwd">
<img src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'><image xlink:href='{u}/g.png'/></svg>">
<object data="{u}/h.svg"></object><embed src="{u}/i.svg"><svg xmlns="http://www.w3.org/2000/svg"><image href="{u}/j.png"/>
<use href="{u}/k.svg#a"/></svg></p></body></html>"""  # noqa: E501


def test_un_pdf_ne_va_rien_chercher(oreille, monkeypatch):
    port, appels = oreille
    piege = PIEGE.format(u=f"http://127.0.0.1:{port}")
    monkeypatch.setattr(pdf, "render_to_string", lambda *_: piege)
    octets = pdf.rendre("", {}, titre="Piège")
    assert octets.startswith(b"%PDF")
    assert b"root:" not in octets
    assert b"/EmbeddedFile" not in octets
    assert appels == []


@pytest.mark.parametrize(
    "adresse",
    ["http://127.0.0.1/", "https://example.org/", "ftp://example.org/", "file:///etc/passwd", "//example.org/x",
     "http://statiques.invalid/../settings/base.py", "http://statiques.invalid//etc/passwd", "http://statiques.invalid@127.0.0.1/",
     "http://statiques.invalid.example.org/", "data:text/plain,x", "http://statiques.invalid/%2e%2e/%2e%2e/etc/passwd"],
)  # fmt: skip
def test_le_lecteur_de_ressources_ne_connait_que_les_fichiers_statiques(adresse):
    with pytest.raises((ValueError, SuspiciousFileOperation)):
        pdf._lecteur().fetch(adresse)
    assert finders.find("images/marque.svg")
    assert pdf._lecteur().fetch(f"{pdf.BASE}images/marque.svg")


def test_un_fichier_word_ne_fait_rien_chercher(oreille, appel):
    """Links to the outside in every part that may hold some: read or refused, never followed."""
    port, appels = oreille
    dossier, referentiel = fabriques.dossier_complet(), appel.referentiel()
    genres = ("image", "attachedTemplate", "oleObject", "frame", "subDocument", "hyperlink", "externalLinkPath")
    for genre in genres:
        lien = (
            '<Relationship Id="rId999" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
            f'{genre}" Target="http://127.0.0.1:{port}/{genre}" TargetMode="External"/></Relationships>'
        )
        sortie = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(ecrire(dossier, referentiel))) as source, zipfile.ZipFile(sortie, "w") as cible:
            for partie in source.infolist():
                octets = source.read(partie)
                if partie.filename == "word/_rels/document.xml.rels":
                    octets = octets.replace(b"</Relationships>", lien.encode())
                cible.writestr(partie, octets)
        with contextlib.suppress(FichierRefuse):
            lire_protege(sortie.getvalue(), referentiel)
    assert appels == []
