"""Every test keeps its place once, whatever the number of processes, and the long ones begin."""

import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from . import ordre

RACINE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Item:
    nodeid: str


@pytest.mark.parametrize("processus", [2, 3, 5])
def test_rien_ne_se_perd_et_les_longs_commencent(processus: int) -> None:
    longs = [f"{nom}::test_x[{rang}]" if nom.endswith(".py") else f"{nom}[{rang}]" for nom in ordre.LONGS for rang in (1, 2)
             if "." in nom]  # fmt: skip
    noms = longs + [f"tests/test_bref.py::test_{rang}" for rang in range(500)]
    random.Random(1).shuffle(noms)
    rendus = [item.nodeid for item in ordre.longs_d_abord([Item(nom) for nom in noms], processus)]
    assert sorted(rendus) == sorted(noms)
    tranches, reste = [], rendus
    for rang in range(processus):  # as xdist deals them
        combien = len(reste) // (processus - rang)
        tranches.append(reste[:combien])
        reste = reste[combien:]
    for tranche in tranches:
        brefs = ["test_bref" in nom for nom in tranche]
        assert not brefs[0]
        assert brefs == sorted(brefs), "un long passe après un bref"


def test_ce_qui_est_nomme_existe() -> None:
    for nom in ordre.LONGS:
        fichier, _, fonction = nom.partition("::")
        assert (RACINE / fichier).exists(), nom
        assert not fonction or f"def {fonction}(" in (RACINE / fichier).read_text("utf-8"), nom
