"""What the tests of the porteur's pages share: a Word file to send, a porteur, a reading without another process."""

from collections.abc import Callable

import pytest

from correspondants.models import Utilisateur
from projets import reception
from projets.models import Appel
from projets.word.ecriture import ecrire
from projets.word.lecture import lire

from .. import fabriques


@pytest.fixture(autouse=True)
def _lecture_dans_le_processus(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reading in a process of its own is tested with the Word engine, and once here."""
    if "separate_process" not in request.node.name:
        monkeypatch.setattr(reception, "lire_protege", lire)


@pytest.fixture
def word(appel: Appel) -> Callable[..., bytes]:
    return lambda dossier=None: ecrire(dossier or fabriques.dossier_complet(), appel.referentiel())


@pytest.fixture
def porteur(appel: Appel) -> Utilisateur:
    return fabriques.utilisateur()
