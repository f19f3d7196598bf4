#!/usr/bin/env python3
"""Write `docs/workflow.md` from the table of transitions. A test says when it is stale; `make docs` writes it again."""

import os
import sys
from pathlib import Path

RACINE = Path(__file__).resolve().parent.parent
FICHIER = RACINE / "docs" / "workflow.md"
ENTETE = """# La vie d’un projet

Cette page est écrite par `make docs` à partir de `projets/workflow.py` : ne la modifiez pas à la main.
"""


def page() -> str:
    """The whole page, from TRANSITIONS. Django must be set up."""
    from projets.enums import Statut
    from projets.workflow import TRANSITIONS

    lignes = [ENTETE, "```mermaid", "stateDiagram-v2", f"    [*] --> {Statut.BROUILLON.value}"]
    lignes += [f"    {statut.value}: {statut.label}" for statut in Statut]
    for transition in TRANSITIONS.values():
        for depuis in Statut:
            if depuis in transition.depuis:
                lignes += [
                    f"    {depuis.value} --> {vers.value}: {transition.action.label}"
                    for vers in Statut
                    if vers in transition.vers
                ]
    lignes += [f"    {statut.value} --> [*]" for statut in Statut if statut.est_final]
    lignes += [
        "```",
        "",
        "| action | de | vers | qui | ce qui peut s’y opposer | courriels |",
        "|---|---|---|---|---|---|",
    ]
    for transition in TRANSITIONS.values():
        depuis = ", ".join(statut.label for statut in Statut if statut in transition.depuis)
        vers = ", ".join(statut.label for statut in Statut if statut in transition.vers)
        gardes = ", ".join(f"`{garde.__name__}`" for garde in (*transition.gardes, *transition.exigences)) or "—"
        courriels = ", ".join(f"`{courriel}`" for courriel in transition.courriels) or "—"
        lignes.append(f"| {transition.action.label} | {depuis} | {vers} | {transition.qui} | {gardes} | {courriels} |")
    return "\n".join(lignes) + "\n"


def main() -> None:
    sys.path.insert(0, str(RACINE))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cite_educative.settings.base")
    import django

    django.setup()
    FICHIER.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
