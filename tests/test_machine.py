"""The whole workflow, played at random by everybody (``tests/machine``): what must hold after any sequence of gestures.

A few stories, the same at each run; ``make fuzz`` plays many others, longer.
"""

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from projets.enums import Statut

from .machine.modele import AU_LARGE, FAITS, preparer
from .machine.suites import Histoire

pytestmark = [pytest.mark.django_db, pytest.mark.hypothesis]

# What the stories must have reached: refused at every step, they would prove nothing.
ATTEINTS = {"publication", "versement", "bilan remis", "trop tard", "refus", Statut.VALIDE}


def test_le_workflow_tient_quoi_qu_il_arrive(appel: object) -> None:
    sur_la_premiere = connection.vendor == "sqlite"  # sums are the database's: a story is played on the second one too
    FAITS.clear()
    preparer()
    run_state_machine_as_test(
        Histoire,
        settings=settings(
            max_examples=60 if AU_LARGE else 5 if sur_la_premiere else 1,
            stateful_step_count=50 if AU_LARGE else 15,
            deadline=None,
            database=None,
            # A story is long to play: in the suite the first one that fails is told as it is.
            phases=list(Phase) if AU_LARGE else [Phase.generate],
            report_multiple_bugs=AU_LARGE,
            derandomize=not AU_LARGE,  # the same stories for everybody
            suppress_health_check=list(HealthCheck),
        ),
    )
    attendus = ATTEINTS if sur_la_premiere else {"refus"}
    assert not (manquent := {fait for fait in attendus if not FAITS[fait]}), (manquent, FAITS)
