"""Every address × every person × every method, from the URLconf itself, against the table of declared rights.

``tests/droits.txt`` says what each person receives from each view: a view that it does not name fails the suite, and so does
an answer that is not the one declared. After a new view, write its lines and read them:

    ECRIRE_LES_DROITS=1 .venv/bin/python -m pytest -n 3 tests/test_droits.py -k recoit

Every request is made on the same world, undone after it. The rules that hold everywhere (headers, names of downloads, caches,
other methods, a project's things through another) are looked at on the same answers.
"""

import fcntl
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from correspondants.enums import Role

from .absurde import ABSURDE, dessiner_une_fois
from .monde import A_COMPLETER, PERSONNES, Monde, adresses, adresses_croisees, monde, noms
from .test_securite import PARTOUT
from .test_surface import QUI as SURFACE

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]

TABLE = Path(__file__).parent / "droits.txt"
REFUS = {302, 400, 403, 404, 405, 410}
OUVERT = {200, 201, 302, 409, 422}  # for somebody who is logged in: the view knew what it was asked about
# Addresses that open to nobody of this world, each with its reason.
INERTES = {
    **dict.fromkeys(
        (
            "account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_deactivate_totp",
            "mfa_view_recovery_codes", "mfa_download_recovery_codes", "mfa_edit_webauthn", "mfa_remove_webauthn",
        ),
        "nobody here has a second factor: tests/test_second_facteur.py",
    ),
    **dict.fromkeys(("export_demander", "troika_deport"), "what is sent here is absurd; nothing else is asked of them"),
    **dict.fromkeys(("demonstration", "metriques", "proconnect_login", "proconnect_callback"), "closed by a setting"),
    "socialaccount_login_error": "says no, with the code of a refusal",
}  # fmt: skip
NOM_DE_FICHIER = re.compile(
    r"""(attachment|inline)(; filename="[^"\\/\r\n]+"|; filename\*=utf-8''[A-Za-z0-9%._~-]+)*"""
)
# The same for everybody: a shared cache may keep them.
A_TOUS = ("/robots.txt", "/favicon.ico", "/communication/logos/", "/identite/", "/exemples/photos/")
SANS_TABLE = {"account_logout"}  # its answer changes who asks


@pytest.fixture(autouse=True)
def _pages_composees_une_fois(monkeypatch: pytest.MonkeyPatch) -> None:
    dessiner_une_fois(monkeypatch)


@pytest.fixture(scope="module")
def scene(base_du_module: None) -> Monde:
    return monde()


class Visite:
    """One person who tries every door; each request is undone."""

    def __init__(self, scene: Monde, qui: str) -> None:
        self.scene, self.qui, self.fautes = scene, qui, []
        self.client = Client(raise_request_exception=False)
        if personne := scene.personnes[qui]:
            self.client.force_login(personne)
        self.cookies = self.client.cookies.output()

    def demander(self, methode: str, adresse: str, donnees: dict[str, str] | None = None) -> HttpResponse:
        with transaction.atomic():
            if methode in ("get", "head", "post"):
                reponse = getattr(self.client, methode)(adresse, donnees or {})
            else:
                reponse = getattr(self.client, methode)(adresse)
            corps = b"".join(reponse) if reponse.streaming else reponse.content  # to its end, as a browser reads
            transaction.set_rollback(True)
        if self.scene.personnes[self.qui] and self.client.cookies.output() != self.cookies:  # someone logged out
            self.client.force_login(self.scene.personnes[self.qui])
            self.cookies = self.client.cookies.output()
        self._verifier(methode, adresse, reponse, corps)
        return reponse

    def _verifier(self, methode: str, adresse: str, reponse: HttpResponse, corps: bytes) -> None:
        recus = dict(reponse.headers)
        if recus.get("Referrer-Policy") == "no-referrer":  # what a signed link opens says still less
            recus["Referrer-Policy"] = PARTOUT["Referrer-Policy"]
        manque = {nom: recus.get(nom) for nom in PARTOUT if recus.get(nom) != PARTOUT[nom]}
        cache, genre = reponse.get("Cache-Control", ""), reponse.get("Content-Type", "")
        disposition = reponse.get("Content-Disposition")
        faux = [
            reponse.status_code >= 500 and "panne",
            manque and f"en-têtes {manque}",
            "Content-Security-Policy" not in reponse.headers and "sans politique de contenu",
            corps and not genre and "contenu sans type",
            genre.startswith("text/") and "charset=utf-8" not in genre and f"texte sans jeu de caractères : {genre}",
            disposition is not None and not NOM_DE_FICHIER.fullmatch(disposition) and f"nom de fichier : {disposition}",
            self.qui != "visiteur"
            and not re.search(r"private|no-store", cache)
            and not adresse.startswith(A_TOUS)
            and f"cache partagé : « {cache} »",
            genre.startswith("application/json") and corps[:1] not in (b"{", b"[", b"") and "JSON qui n’en est pas",
            methode == "head" and corps and "HEAD avec un corps",
        ]
        self.fautes += [f"{methode.upper()} {adresse} ({reponse.status_code}) : {f}" for f in faux if f]


# --- the table ------------------------------------------------------------------------------------------------------


def lire() -> dict[tuple[str, str], dict[str, int]]:
    lignes = [ligne.split() for ligne in TABLE.read_text(encoding="utf-8").splitlines() if ligne and ligne[0] != "#"]
    colonnes = lignes[0][2:]
    return {(nom, methode): dict(zip(colonnes, map(int, codes), strict=True)) for nom, methode, *codes in lignes[1:]}


def ecrire(qui: str, vus: dict[tuple[str, str], int]) -> None:
    """Writes again the column of one person; the processes of a run take turns."""
    with TABLE.open("r+", encoding="utf-8") as fichier:
        fcntl.flock(fichier, fcntl.LOCK_EX)
        table = lire()
        lignes = [
            "# What each person receives from each view, on the world of tests/monde.py: read by tests/test_droits.py, which",
            "# says how to write it again. 302 is the way to the login page for a visitor; 404, what does not exist for somebody.",
            f"{'vue':36}meth " + " ".join(PERSONNES),
        ]
        for nom, methode in sorted({*table, *vus} if qui != PERSONNES[0] else vus):
            codes = table.get((nom, methode), {}) | {qui: vus.get((nom, methode), 0)}
            lignes.append(f"{nom:36}{methode:5}" + " ".join(str(codes.get(une, 0)) for une in PERSONNES))
        fichier.seek(0)
        fichier.write("\n".join(lignes) + "\n")
        fichier.truncate()


@pytest.mark.parametrize("qui", PERSONNES)
def test_chacun_recoit_ce_que_disent_les_droits(scene: Monde, qui: str) -> None:
    visite, vus = Visite(scene, qui), {}
    for nom, adresse in adresses(scene):
        if nom not in SANS_TABLE:
            vus[nom, "GET"] = visite.demander("get", adresse).status_code
            vus[nom, "POST"] = visite.demander("post", adresse, ABSURDE).status_code
            # Lists read what the address asks; test_surface asks as much of the others.
            if qui not in SURFACE and vus[nom, "GET"] == 200 and not noms()[nom][0]:
                visite.demander("get", adresse, ABSURDE)
    if os.environ.get("ECRIRE_LES_DROITS"):
        ecrire(qui, vus)
    declares = {cle: codes.get(qui) for cle, codes in lire().items()}
    ecarts = [f"{m} {n} : {vus.get((n, m))}, déclaré {declares.get((n, m))}" for n, m in sorted({*vus, *declares})
              if vus.get((n, m)) != declares.get((n, m))]  # fmt: skip
    assert not ecarts, f"{qui} :\n" + "\n".join(ecarts) + f"\n\n{__doc__}"
    assert not visite.fautes, "\n".join(visite.fautes)


def test_la_table_des_droits_est_raisonnable() -> None:
    """The table is written by a command, then read by people: this is what they would look for."""
    table = lire()
    assert {nom for nom, _ in table} | SANS_TABLE >= {nom for nom in noms() if not nom.startswith("socialaccount")}
    for (nom, methode), codes in table.items():
        prive = nom.startswith(
            ("projet", "bilan", "versement", "budget", "piece", "lettre", "accuse", "photo", "prise_")
        )
        if prive and nom != "bilans":  # the list of one's own
            voisin = "porteur" if nom.startswith(A_COMPLETER) else "autre_porteur"
            for qui in ("visiteur", "etranger", voisin, "autre_ien", Role.AUTORITE_EN):
                assert codes[qui] in {302, 403, 404, 405}, (nom, methode, qui)
                assert qui == "visiteur" or codes[qui] != 302, (nom, methode, qui)
        if nom.startswith(
            ("coordination", "courriels", "journal", "pilotage", "export", "troika", "enveloppe", "donnees_ouv")
        ):
            for qui in ("visiteur", "etranger", "porteur", "autre_porteur", Role.IEN, Role.AUTORITE_EN):
                assert codes[qui] in {302, 403, 404, 405}, (nom, methode, qui)
    ouvrent = {nom for (nom, _), codes in table.items() if OUVERT & {codes[qui] for qui in PERSONNES[1:]}}
    ouvrent |= {nom for (nom, _), codes in table.items() if codes["visiteur"] == 200}
    assert {nom for nom, _ in table} - ouvrent == set(INERTES), "des droits sur ce qui n’existe pas"
    ouvertes = Counter(code for codes in table.values() for code in codes.values())
    assert ouvertes[200] > 100, "un monde où rien ne s’ouvre ne prouve rien"


# --- what holds everywhere ------------------------------------------------------------------------------------------


def test_les_autres_methodes(scene: Monde) -> None:
    """HEAD answers as GET does, without a body; PUT, PATCH and DELETE do nothing; OPTIONS tells nothing of anybody.

    Asked by a visitor and, for each view, by one of those who open it, each person in turn.
    """
    table, visites = lire(), {qui: Visite(scene, qui) for qui in PERSONNES}
    for rang, (nom, adresse) in enumerate(adresses(scene)):
        if nom in SANS_TABLE or nom.startswith(("account", "mfa", "socialaccount")):  # the library's, with its rates
            continue
        if table[nom, "GET"]["visiteur"] == 200:
            assert visites["visiteur"].demander("head", adresse).status_code == 200, adresse
        ouvrent = [qui for qui in PERSONNES[1:] if OUVERT & {table[nom, "GET"][qui], table[nom, "POST"][qui]}]
        for qui in ("visiteur", ouvrent[rang % len(ouvrent)] if ouvrent else Role.ADMIN):
            for methode in ("put", "patch", "delete"):
                code = visites[qui].demander(methode, adresse).status_code
                assert code in (REFUS if qui == "visiteur" else REFUS - {302}), (methode, adresse, qui, code)
            visites[qui].demander("options", adresse)
    fautes = [faute for visite in visites.values() for faute in visite.fautes]
    assert not fautes, "\n".join(fautes)


def _refuses(visite: Visite, cibles: Iterator[tuple[str, str]]) -> list[str]:
    ouvertes = []
    for nom, adresse in cibles:
        for methode in ("get", "post"):
            code = visite.demander(methode, adresse).status_code
            # 409: a closed meeting, whoever asks; its letters are no longer drafts, and the address leads back to it.
            if code not in REFUS - {302} | {409} and (nom, methode, code) != ("troika_lettre", "get", 302):
                ouvertes.append(f"{methode} {adresse} : {code}")
    return ouvertes


@pytest.mark.parametrize("qui", ["autre_porteur", Role.COORDINATEUR_EN, Role.ADMIN])
def test_ce_qui_est_a_un_projet_ne_s_ouvre_pas_par_un_autre(scene: Monde, qui: str) -> None:
    """One's own number with the piece, the opinion, the mail of another; a meeting with the point of another."""
    visite = Visite(scene, qui)
    assert not _refuses(visite, adresses_croisees(scene))
    assert not visite.fautes, "\n".join(visite.fautes)
