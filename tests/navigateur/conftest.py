"""A real browser for the tests of this folder: Debian's Chromium, driven by Playwright.

Fixtures: `page` (1280 px) and `page_mobile` (390 px), each with its own cookies; `ouvrir_page` for one more person in
the same story; `connecter(page, utilisateur)`; `surveillance`, which fails the test on any error of the console, of
the network or of the content security policy, and where an expected one is announced; `verifier_axe(page)`.
Pages know the address of the server: `page.goto("/suivi/")`. A test that fails leaves its screenshots in
`var/tests-navigateur/`.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from .axe import remarques_axe

CAPTURES = settings.BASE_DIR / "var" / "tests-navigateur"
ATTENTE_MS = 10_000
# Those that Playwright puts out, and the renderer that Chromium keeps ready for the next site: no test goes to a second one,
# and it is a quarter of what a window costs. The browser reads the last list it is given.
ETEINTES = (
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch", "SpareRendererForSitePerProcess",
)  # fmt: skip
DRAPEAUX = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",  # containers give /dev/shm 64 MB
    "--disable-extensions",
    f"--disable-features={','.join(ETEINTES)}",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",  # root and containers have none to give; the pages are ours
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


# The browser asks for the icon of a page when it likes, be the network cut by the test meanwhile.
ICONE_HORS_CONNEXION = re.compile(r"favicon\.svg.*ERR_INTERNET_DISCONNECTED|ERR_INTERNET_DISCONNECTED.*favicon\.svg")


class Surveillance:
    """What went wrong in the pages of a test, and what was expected to."""

    def __init__(self) -> None:
        self.incidents: list[str] = []
        self._tolerances = [ICONE_HORS_CONNEXION]

    def tolerer(self, motif: str) -> None:
        """Announce an incident, by a regular expression: `surveillance.tolerer("status of 403")`."""
        self._tolerances.append(re.compile(motif))

    def noter(self, incident: str) -> None:
        self.incidents.append(incident)

    def imprevus(self) -> list[str]:
        return [i for i in self.incidents if not any(motif.search(i) for motif in self._tolerances)]

    def suivre(self, page: Page) -> None:
        page.on(
            "console",
            lambda m: (
                self.noter(f"console : {m.text} ({m.location['url']})") if m.type in ("error", "warning") else None
            ),
        )
        page.on("pageerror", lambda erreur: self.noter(f"script : {erreur}"))
        page.on("requestfailed", self._requete_perdue)

    def _requete_perdue(self, requete: Request) -> None:
        # A download or a page left before its images came is aborted by the browser itself.
        if requete.failure != "net::ERR_ABORTED":
            self.noter(f"réseau : {requete.method} {requete.url} : {requete.failure}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    rapport = yield
    if rapport.failed:
        item.stash[ECHEC] = True
    return rapport


ECHEC = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    executable = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    expect.set_options(timeout=ATTENTE_MS)
    with sync_playwright() as playwright:
        navigateur = playwright.chromium.launch(executable_path=executable, args=DRAPEAUX)
        yield navigateur
        navigateur.close()


@pytest.fixture
def surveillance() -> Surveillance:
    return Surveillance()


@pytest.fixture
def ouvrir_page(
    chromium: Browser, live_server: object, surveillance: Surveillance, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """Open the portal for one more person: `ouvrir_page()`, or `ouvrir_page(largeur=390)` on a phone."""
    pages: list[Page] = []

    def ouvrir(largeur: int = 1280, **options: object) -> Page:
        mobile = largeur < 768
        contexte = chromium.new_context(
            viewport={"width": largeur, "height": 844 if mobile else 900},
            is_mobile=mobile,
            has_touch=mobile,
            locale="fr-FR",
            timezone_id="Europe/Paris",
            reduced_motion="reduce",
            accept_downloads=True,
            **{"base_url": live_server.url, **options},
        )
        contexte.set_default_timeout(ATTENTE_MS)
        contexte.on("page", surveillance.suivre)  # windows opened by a link too
        pages.append(contexte.new_page())
        return pages[-1]

    yield ouvrir

    imprevus = surveillance.imprevus()
    if imprevus or request.node.stash.get(ECHEC, False):
        CAPTURES.mkdir(parents=True, exist_ok=True)
        for rang, page in enumerate(pages, 1):
            if not page.is_closed():
                nom = re.sub(r"\W+", "-", request.node.name).strip("-")
                page.screenshot(path=CAPTURES / f"{nom}-{rang}.png", full_page=True)
    for page in pages:
        page.context.close()
    assert not imprevus, "\n".join(["Le navigateur s'est plaint :", *imprevus])


@pytest.fixture
def page(ouvrir_page: Callable[..., Page]) -> Page:
    return ouvrir_page()


@pytest.fixture
def page_mobile(ouvrir_page: Callable[..., Page]) -> Page:
    return ouvrir_page(largeur=390)


@pytest.fixture
def entrer_avec(live_server: object) -> Callable[[Page, Client], None]:
    """Give a page the session of a test client."""

    def entrer_avec_(page: Page, client: Client) -> None:
        nom = settings.SESSION_COOKIE_NAME
        if nom in client.cookies:
            page.context.add_cookies([{"name": nom, "value": client.cookies[nom].value, "url": live_server.url}])

    return entrer_avec_


@pytest.fixture
def connecter(entrer_avec: Callable[[Page, Client], None]) -> Callable[[Page, object], None]:
    """Log a person in without the login pages, which have tests of their own."""

    def connecter_(page: Page, utilisateur: object) -> None:
        client = Client()
        client.force_login(utilisateur)
        entrer_avec(page, client)

    return connecter_


@pytest.fixture
def verifier_axe() -> Callable[[Page], None]:
    def verifier(page: Page) -> None:
        remarques = remarques_axe(page)
        assert not remarques, "\n".join([page.url, *remarques])

    return verifier
