"""What is long starts first, shared out among the processes: a run ends when its last test ends, and it had better be short.

The seconds are those of a run on two cores, to the nearest ten or so: they only say what goes before what. A test that lasts
more than five seconds earns its line here, or a group of tests that must not be cut (they share a costly scene).
"""

import pytest

LONGS: dict[str, int] = {}


def groupe(item: pytest.Item) -> str:
    """The line of ``LONGS`` that a test comes under: its own, or that of its file; or nothing."""
    fichier, _, nom = item.nodeid.partition("::")
    fonction = f"{fichier}::{nom.partition('[')[0]}"
    return fonction if fonction in LONGS else fichier if fichier in LONGS else ""


def longs_d_abord(items: list[pytest.Item], processus: int) -> list[pytest.Item]:
    """The order in which « worksteal » gives each process its share of the long ones, before its share of the others.

    It deals out the list in as many slices as there are processes, then takes from the end of the fullest for the idlest.
    """
    groupes: dict[str, list[pytest.Item]] = {}
    for item in items:
        groupes.setdefault(groupe(item), []).append(item)
    autres = groupes.pop("", [])
    parts: list[list[pytest.Item]] = [[] for _ in range(processus)]
    charges = [0] * processus
    for nom in sorted(groupes, key=lambda nom: (-LONGS[nom], nom)):
        moins = charges.index(min(charges))
        parts[moins] += groupes[nom]
        charges[moins] += LONGS[nom]
    ordonnes, reste = [], len(items)
    for rang, part in enumerate(parts):
        tranche = reste // (processus - rang)
        reste -= tranche
        manque = max(0, tranche - len(part))
        ordonnes += part + autres[:manque]
        autres = autres[manque:]
    return ordonnes + autres
