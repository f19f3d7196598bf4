"""Documentation made from the code is the code's."""

import importlib.util
from pathlib import Path

RACINE = Path(__file__).parent.parent


def test_le_tableau_des_transitions_est_a_jour():
    chemin = RACINE / "outils" / "table_workflow.py"
    specification = importlib.util.spec_from_file_location("table_workflow", chemin)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    assert (RACINE / "docs" / "workflow.md").read_text(encoding="utf-8") == module.page(), "lancez « make docs »"


def test_chaque_dependance_est_justifiee_dans_le_readme():
    readme = (RACINE / "README.md").read_text(encoding="utf-8").lower()
    for fichier in ("base.in", "test.in", "charge.in"):
        for ligne in (RACINE / "requirements" / fichier).read_text(encoding="utf-8").splitlines():
            nom = ligne.split("#")[0].split(">")[0].split("=")[0].split("[")[0].strip()
            if nom and not nom.startswith("-"):
                assert f"`{nom.lower()}`" in readme, nom
