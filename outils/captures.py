#!/usr/bin/env python3
"""Make the screenshots of the documentation, in `docs/images/`, from a demonstration of their own.

    outils/captures.py [NOM...]

The demonstration lives in a temporary `VAR_DIR`, on a free port, and leaves nothing behind. Pages are reached as people
reach them: a login, a menu, a link. Named screenshots only when names are given.
"""

import io
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

RACINE = Path(__file__).resolve().parent.parent
IMAGES = RACINE / "docs" / "images"
EXEMPLES = RACINE / "fixtures" / "exemples"
COULEURS = 256  # a palette: flat surfaces lose nothing, and the file is three times lighter
ATTENTE_MS = 20_000
ECRAN, TELEPHONE = (1280, 860), (390, 800)


def port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return prise.getsockname()[1]


@contextmanager
def portail() -> Iterator[str]:
    """A portal full of demonstration projects, without the banner that says so; gives its address."""
    port = port_libre()
    adresse = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="cite-captures-") as dossier:
        propre = {nom: valeur for nom, valeur in os.environ.items() if nom not in ("DATABASE_URL", "DEMO")}
        environnement = propre | {"VAR_DIR": dossier, "URL_PUBLIQUE": adresse, "NIVEAU_JOURNAL": "ERROR"}
        environnement["SECOND_FACTEUR_OBLIGATOIRE"] = "0"  # the accounts of the demonstration have none
        subprocess.run(
            [sys.executable, "outils/preparer.py"], cwd=RACINE, env=environnement | {"DEMO": "1"}, check=True
        )
        commande = [sys.executable, "-m", "gunicorn", "cite_educative.wsgi", "--bind", f"127.0.0.1:{port}"]
        options = ["--worker-class", "gthread", "--threads", "4", "--no-control-socket", "--log-level", "error"]
        serveur = subprocess.Popen([*commande, *options], cwd=RACINE, env=environnement)
        try:
            attendre(port, serveur)
            yield adresse
        finally:
            serveur.terminate()
            serveur.wait(timeout=20)


def attendre(port: int, serveur: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if serveur.poll() is not None:
            sys.exit("Erreur : le serveur s'est arrêté.")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit("Erreur : le serveur ne répond pas.")


@cache
def mot_de_passe() -> str:
    """The one of the demonstration accounts, as `make demo` tells it."""
    source = (RACINE / "projets" / "demonstration" / "comptes.py").read_text(encoding="utf-8")
    return re.search(r'^MOT_DE_PASSE = "(.+)"$', source, re.MULTILINE)[1]


def entrer(page: Page, compte: str, adresse: str) -> None:
    """Log in by password on the way to a page."""
    page.goto(adresse)
    porte = page.get_by_role("region", name="Mot de passe")
    porte.get_by_label("Courriel").fill(f"{compte}@example.org")
    porte.get_by_label("Mot de passe").fill(mot_de_passe())
    porte.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(f"**{adresse}")
    page.goto(adresse)  # once more, without the message that welcomes


# --- one function per screenshot: from a blank page to what is to be seen -------------------------------------------


def accueil(page: Page) -> None:
    page.goto("/")


def deposer(page: Page) -> None:
    page.goto("/deposer/")


def verification(page: Page) -> None:
    page.goto("/deposer/")
    page.get_by_label("Votre dossier Word").set_input_files(next(EXEMPLES.glob("*mare*.docx")))
    page.get_by_role("button", name="Lire mon fichier").click()
    page.get_by_role("heading", name="Voici ce que nous avons compris").wait_for()


def sections(page: Page) -> None:
    verification(page)
    page.get_by_role("heading", name="Les sections du dossier").evaluate("titre => titre.scrollIntoView()")


def suivi(page: Page) -> None:
    entrer(page, "porteur-association", "/suivi/")


def projet(page: Page) -> None:
    entrer(page, "coordination-ville", "/coordination/")
    page.goto("/coordination/?coordination=miens&statut=valide")
    page.get_by_role("table").get_by_role("rowheader").get_by_role("link").first.click()


def coordination(page: Page) -> None:
    entrer(page, "coordination-ville", "/coordination/")


def avis_mobile(page: Page) -> None:
    entrer(page, "ien", "/avis/")
    page.get_by_role("link", name="Donner mon avis").first.click()


def troika(page: Page) -> None:
    entrer(page, "coordination-ville", "/troika/")
    page.get_by_role("link", name="Séance du").first.click()
    page.get_by_text("Voix : 3 sur 3").first.click()
    page.evaluate("document.activeElement.blur()")


def bilan(page: Page) -> None:
    entrer(page, "porteur-association", "/bilans/")
    page.get_by_role("link", name="Remplir").first.click()
    page.get_by_role("heading", name="2. Données chiffrées").evaluate("titre => titre.scrollIntoView()")


def pilotage(page: Page) -> None:
    entrer(page, "admin", "/pilotage/")


CAPTURES: dict[str, tuple[Callable[[Page], None], tuple[int, int]]] = {
    "accueil": (accueil, ECRAN),
    "accueil-mobile": (accueil, TELEPHONE),
    "deposer": (deposer, ECRAN),
    "verification": (verification, ECRAN),
    "sections": (sections, ECRAN),
    "suivi": (suivi, ECRAN),
    "suivi-mobile": (suivi, TELEPHONE),
    "projet": (projet, ECRAN),
    "coordination": (coordination, ECRAN),
    "avis-mobile": (avis_mobile, TELEPHONE),
    "troika": (troika, ECRAN),
    "bilan": (bilan, ECRAN),
    "pilotage": (pilotage, ECRAN),
}


def photographier(navigateur: Browser, adresse: str, nom: str) -> None:
    geste, (largeur, hauteur) = CAPTURES[nom]
    contexte = navigateur.new_context(
        base_url=adresse,
        viewport={"width": largeur, "height": hauteur},
        device_scale_factor=2 if largeur == TELEPHONE[0] else 1,
        is_mobile=largeur == TELEPHONE[0],
        locale="fr-FR",
        timezone_id="Europe/Paris",
        color_scheme="light",
        reduced_motion="reduce",
    )
    contexte.set_default_timeout(ATTENTE_MS)
    page = contexte.new_page()
    geste(page)
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    image = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide"))).convert("RGB")
    fichier = IMAGES / f"{nom}.png"
    image.quantize(COULEURS, kmeans=1, dither=Image.Dither.NONE).save(fichier, optimize=True)
    print(f"→ {fichier.relative_to(RACINE)} : {fichier.stat().st_size // 1024} Ko", flush=True)
    contexte.close()


def main() -> None:
    noms = sys.argv[1:] or list(CAPTURES)
    if inconnus := set(noms) - set(CAPTURES):
        sys.exit(f"Captures inconnues : {', '.join(sorted(inconnus))}. Les captures : {', '.join(CAPTURES)}.")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with portail() as adresse, sync_playwright() as playwright:
        navigateur = playwright.chromium.launch(
            executable_path=shutil.which(os.environ.get("CHROMIUM", "chromium")),
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        for nom in noms:
            photographier(navigateur, adresse, nom)
        navigateur.close()


if __name__ == "__main__":
    main()
