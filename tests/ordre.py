"""What is long starts first, shared out among the processes: a run ends when its last test ends, and it had better be short.

The seconds are those of a run on two cores, to the nearest ten or so: they only say what goes before what. A test that lasts
more than five seconds earns its line here, or a file or folder whose tests share a costly scene, and had better stay together.
"""

import pytest

LONGS = {
    "tests/navigateur/test_pages.py::test_pages_sont_accessibles": 120,
    "tests/test_droits.py": 90,
    "tests/test_requetes.py": 50,
    "tests/test_surface.py": 40,
    "tests/test_sauvegarde.py": 40,
    "tests/pannes": 35,  # after others: the tables of PostgreSQL are made by then, and need only be copied
    "tests/word/test_aller_retour.py::test_libreoffice_enregistre_sans_rien_perdre": 20,
    "tests/test_croissance.py": 20,
    "tests/test_machine.py": 20,
    "tests/test_generer.py": 20,
    "tests/navigateur/test_histoire.py": 20,
    "tests/navigateur/test_depot_clavier.py": 20,
    "tests/navigateur/test_salle.py": 15,
    "tests/navigateur/test_refus.py": 15,
    "tests/vues/troika/test_secret.py": 10,
    "tests/test_archive_sauvegarde.py::test_aucun_octet_change_ne_passe": 10,
    "tests/word/test_deformations.py::test_deux_deformations_a_la_fois": 10,
    "tests/word/test_fuzz.py": 10,
    "tests/test_demonstration.py": 5,
    "tests/test_documents.py::test_la_fiche_supporte_un_dossier_vide_et_un_dossier_absurde": 5,
}


def groupe(item: pytest.Item) -> str:
    """The line of ``LONGS`` that a test comes under: its own, that of its file, that of its folder; or nothing."""
    fichier, _, nom = item.nodeid.partition("::")
    candidats = f"{fichier}::{nom.partition('[')[0]}", fichier, fichier.rpartition("/")[0]
    return next((candidat for candidat in candidats if candidat in LONGS), "")


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
