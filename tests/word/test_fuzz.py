"""A short, seeded run of the fuzzer, and the seeds that once found something."""

from tests.word.fuzz import essayer

REGRESSIONS: tuple[int, ...] = ()


def test_une_mutation_ne_donne_qu_une_lecture_ou_un_refus() -> None:
    assert essayer(iter((*REGRESSIONS, *range(80))), 3600) == []
