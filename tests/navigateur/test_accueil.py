"""The first visit, as a browser makes it: what it weighs, what it shows first, what works without a script or on paper."""

import gzip
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from projets.models import Appel

pytestmark = pytest.mark.une_seule_base
POIDS_MAX = 150_000  # bytes transferred by the first visit of the home page
EN_TETES = 600  # bytes of headers of one answer
DEJA_COMPRIMES = (".woff2", ".png", ".jpg")


def test_la_premiere_visite_est_legere_et_ne_va_nulle_part_ailleurs(
    appel: Appel, live_server: object, page_mobile: Page
) -> None:
    """Files are counted as production sends them: gzip, made once for all (brotli, which browsers prefer, is lighter)."""
    recus: dict[str, int] = {}

    def peser(reponse: object) -> None:
        corps = reponse.body()
        if not reponse.url.endswith(DEJA_COMPRIMES):
            corps = gzip.compress(corps, 9)
        recus[reponse.url] = len(corps) + EN_TETES

    page_mobile.on("response", peser)
    page_mobile.goto("/", wait_until="networkidle")
    assert all(url.startswith((live_server.url, "data:")) for url in recus)
    assert len(recus) > 5
    assert sum(recus.values()) < POIDS_MAX, recus
    # Without scrolling, on a telephone: what it is, and the main thing to do.
    ecran = page_mobile.viewport_size["height"]
    for repere in (
        page_mobile.get_by_role("heading", level=1),
        page_mobile.get_by_role("main").get_by_role("link", name="Déposer un projet"),
    ):
        cadre = repere.bounding_box()
        assert cadre["y"] + cadre["height"] < ecran
    # Two thumbs further at most: who, how, until when, whom to call.
    bref = page_mobile.get_by_text("Qui appeler").bounding_box()
    assert bref["y"] < 3 * ecran


def test_l_appel_se_filtre_et_la_recherche_s_ouvre_au_clavier(appel: Appel, page: Page) -> None:
    page.goto("/appel/#objectif-3.2.1")
    expect(page.locator("#objectif-3\\.2\\.1")).to_be_visible()  # its thématique was closed
    page.get_by_label("Trouver un objectif").press_sequentially("decrochage")
    expect(page.locator("#mots-etat")).to_contain_text("1 objectif sur")
    expect(page.locator("[data-objectif]:visible")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Chercher sur le portail")).to_be_focused()
    page.keyboard.type("parents/")
    page.keyboard.press("Enter")
    page.wait_for_url("**/recherche/?q=parents%2F")
    expect(page.get_by_role("status").first).to_contain_text(re.compile(r"\d+ résultats"))
    page.get_by_label("Raccourcis d’une touche").uncheck()
    page.goto("/correspondants/")
    page.keyboard.press("/")
    expect(page.locator("body")).to_be_focused()
    page.get_by_role("button", name="Afficher les téléphones").click()
    papier = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", papier)) == 1


def test_sans_script_tout_se_lit(appel: Appel, ouvrir_page: Callable[..., Page]) -> None:
    page = ouvrir_page(largeur=320, java_script_enabled=False)
    page.goto("/")
    page.get_by_role("link", name="Lire l’appel").click()
    page.get_by_label("Trouver un objectif").fill("decrochage")
    page.get_by_role("button", name="Filtrer").click()
    expect(page.locator("[data-objectif]")).to_have_count(1)
    expect(page.locator("#mots-etat")).to_contain_text("1 objectif sur")
