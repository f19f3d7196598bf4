"""What ``make charge`` concludes from the figures of a run; the run itself is no test."""

import json
from pathlib import Path

import pytest

from tests.charge import __main__ as charge

ENTETE = "Type,Name,Request Count,Failure Count,50%,95%\n"


def releve(dossier: Path, *lignes: str) -> list[dict]:
    fichier = dossier / "stats.csv"
    fichier.write_text(ENTETE + "\n".join(lignes) + "\n", encoding="utf-8")
    return charge.lire(fichier)


@pytest.mark.parametrize(("fautes", "code"), [(0, 0), (1, 1)])
def test_une_seule_faute_suffit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fautes: int, code: int
) -> None:
    monkeypatch.setattr(charge, "RACINE", tmp_path)
    lignes = releve(
        tmp_path, "GET,page nue,10,0,4,8", f"GET,suivi,20,{fautes},10,20", "GET,jamais,0,0,,", ",Aggregated,30,0,5,9"
    )
    assert charge.rendre_compte(lignes) == code
    gardees = {une["nom"]: une["rapport"] for une in json.loads((tmp_path / "var" / "charge.json").read_text())}
    assert gardees == {"page nue": 1.0, "suivi": 2.5}
    assert "2.5" in capsys.readouterr().out
