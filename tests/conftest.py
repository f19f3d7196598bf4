"""What every test stands on: services that must be there, a closed network, and the choice of what runs twice.

The suite runs on SQLite and, beside it, on PostgreSQL (`outils/tests.sh`). There, `--base-seulement` keeps the tests
that touch the database, browser tests included: those of the Word engine, of the rules or of the syntax tree would
only say the same thing again, and so would those marked ``une_seule_base``, which look at pages and not at rows; in a file so
marked, ``les_deux_bases`` keeps the tests whose answer the database gives: filters, sorts, searches.
"""

import gc
import ipaddress
import os
import shutil
import socket
import threading
from collections.abc import Iterator

import hypothesis
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.template import Template
from django.test import TransactionTestCase

from projets import declencheurs, declencheurs_cumuls
from projets.models import Appel

from . import base_modele, deja_fait, fabriques, ordre
from .clamd import Clamd, clamd_en_marche

gc.disable()  # what is imported and collected stays to the end: `_ramasse_miettes_au_calme` sets it aside, then turns it on

# A missing service is a failure, never a skip: `make test` installs them all.
SERVICES = {
    os.environ.get("CHROMIUM", "chromium"): "chromium",
    "soffice": "libreoffice-writer-nogui libreoffice-calc-nogui",
    "pdftotext": "poppler-utils",
}
FIXTURES_DE_BASE = {"db", "transactional_db", "live_server", "django_db_setup"}
LOOPBACK_NAMES = {"localhost", "ip6-localhost", ""}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--base-seulement", action="store_true", help="ne garder que les tests qui touchent la base de données"
    )


def pytest_configure(config: pytest.Config) -> None:
    paquets = [paquet for programme, paquet in SERVICES.items() if not shutil.which(programme)]
    if paquets:
        raise pytest.UsageError(
            f"Des services manquent. Lancez « make test », ou : apt-get install {' '.join(paquets)}"
        )


# What a property is tried on when its test says nothing; ``make fuzz`` looks for longer, by the second profile
# (``--hypothesis-profile=large``). No time is a fault here.
hypothesis.settings.register_profile("large", max_examples=2000, deadline=None)
hypothesis.settings.register_profile("suite", max_examples=60, deadline=None)
hypothesis.settings.load_profile("suite")


def touche_la_base(item: pytest.Item) -> bool:
    """Whether a test uses the database: by mark, by fixture, or as a Django TestCase."""
    classe = getattr(item, "cls", None)
    if item.get_closest_marker("une_seule_base") and not item.get_closest_marker("les_deux_bases"):
        return False
    return (
        item.get_closest_marker("django_db") is not None
        or bool(FIXTURES_DE_BASE.intersection(getattr(item, "fixturenames", ())))
        or (classe is not None and issubclass(classe, TransactionTestCase))
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--base-seulement"):
        ecartes = [item for item in items if not touche_la_base(item)]
        config.hook.pytest_deselected(items=ecartes)
        items[:] = [item for item in items if touche_la_base(item)]
    if processus := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1)) - 1:
        items[:] = ordre.longs_d_abord(items, processus + 1)


def pytest_unconfigure(config: pytest.Config) -> None:
    # Workers of pytest-xdist end without the clean-up that settings/test.py asks for.
    shutil.rmtree(settings.VAR_DIR, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def _sans_resolution_de_noms() -> Iterator[None]:
    """Asking a name server already goes out: only addresses of the loopback, and its names, are resolved."""
    veritable = socket.getaddrinfo

    def getaddrinfo(host: str | bytes | None, *args: object, **kwargs: object) -> list[tuple]:
        nom = host.decode() if isinstance(host, bytes) else host or ""
        try:
            permis = nom in LOOPBACK_NAMES or ipaddress.ip_address(nom.partition("%")[0]).is_loopback
        except ValueError:
            permis = False
        if not permis:
            raise socket.gaierror(socket.EAI_FAIL, f"Réseau fermé pendant les tests : {nom}")
        return veritable(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


@pytest.fixture(scope="session", autouse=True)
def _contexte_des_pages_seulement(django_test_environment: None) -> Iterator[None]:
    """Django's tests note the context of every template, each widget and partial included: a tenth of the whole suite.

    The page itself is enough for ``reponse.context``.
    """
    instrumente, fil = Template._render, threading.local()

    def rendre(gabarit: Template, contexte: object) -> str:
        if getattr(fil, "dans_une_page", False):
            return gabarit.nodelist.render(contexte)
        fil.dans_une_page = True
        try:
            return instrumente(gabarit, contexte)
        finally:
            fil.dans_une_page = False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "_render", rendre)
        yield


@pytest.fixture(autouse=True)
def _cache_vide() -> Iterator[None]:
    """Rate limits and cached counts do not pass from one test to the next."""
    from django.core.cache import caches

    yield
    for cache in caches.all(initialized_only=True):
        cache.clear()


@pytest.fixture(scope="session", autouse=True)
def _vidage_du_journal() -> Iterator[None]:
    """The journal refuses to be emptied, in the tests as elsewhere; only the emptying of a test database between two tests
    sets its triggers aside, and puts them back."""
    with pytest.MonkeyPatch.context() as patch:
        vider = type(connection.ops).execute_sql_flush

        def execute_sql_flush(operations: object, sql: list[str]) -> None:
            declencheurs.lever(operations.connection)
            declencheurs_cumuls.lever(operations.connection)
            try:
                vider(operations, sql)
            finally:
                declencheurs.poser(operations.connection)
                declencheurs_cumuls.poser(operations.connection)

        patch.setattr(type(connection.ops), "execute_sql_flush", execute_sql_flush)
        yield


@pytest.fixture(scope="session", autouse=True)
def _ramasse_miettes_au_calme() -> None:
    """What the imports made lasts until the end: the collector need not look at it again, nor come every 700 objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Iterator[None]:
    """What pytest-django asks for before it makes the database."""
    with pytest.MonkeyPatch.context() as patch, base_modele.base_copiee(patch):
        deja_fait.suivre_les_tests(patch)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> None:
    """The call is in the database once for all."""
    with django_db_blocker.unblock():
        fabriques.charger_appel()


def _base_partagee(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """What a fixture of that scope writes, each test of the scope finds as it was, and no other test ever sees.

    A transaction around those of the tests, as the data of a Django TestCase; not for tests that commit.
    """
    with django_db_blocker.unblock():
        bloc = transaction.atomic()
        bloc._from_testcase = True  # the portal may still ask for a transaction that is nobody's inside
        with bloc:
            yield
            transaction.set_rollback(True)


base_de_la_classe = pytest.fixture(scope="class")(_base_partagee)
base_du_module = pytest.fixture(scope="module")(_base_partagee)


@pytest.fixture
def appel(db: None) -> Appel:
    return fabriques.charger_appel()


@pytest.fixture(scope="session")
def clamd() -> Iterator[Clamd]:
    """A real antivirus, started once for all the tests that ask for it."""
    with clamd_en_marche() as clamd:
        yield clamd
