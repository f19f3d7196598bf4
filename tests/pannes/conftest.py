"""One deployment for all the tests of this directory: it takes seconds to start."""

from collections.abc import Iterator

import pytest

from .banc import Banc, deploiement


@pytest.fixture(scope="session")
def banc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Banc]:
    with deploiement(tmp_path_factory.mktemp("banc")) as banc:
        yield banc
