"""A short, seeded run of the fuzzer, and the files that once found something."""

from pathlib import Path

import pytest

from tests.word.fuzz import REGRESSIONS, essayer, muter


@pytest.mark.parametrize("depart", range(0, 100, 25))
def test_une_mutation_ne_donne_qu_une_lecture_ou_un_refus(depart: int) -> None:
    traces = {graine: essayer(muter(graine), annote=graine % 4 == 0) for graine in range(depart, depart + 25)}
    assert {graine: trace for graine, trace in traces.items() if trace} == {}


@pytest.mark.parametrize("fichier", REGRESSIONS, ids=lambda fichier: fichier.name)
def test_un_fichier_qui_avait_fait_tomber_la_lecture_ne_le_fait_plus(fichier: Path) -> None:
    assert essayer(fichier.read_bytes()) == ""
