"""Forms of former years still read: other labels, neither control nor bookmark, boxes typed, charges and produits side by side."""

import json
from pathlib import Path

import pytest

from projets.dossier import Dossier
from projets.questionnaire import Referentiel
from projets.word.annotation import annoter
from projets.word.lecture import Source, lire

ANCIENS = sorted((Path(__file__).parent / "anciens").glob("*.docx"))


@pytest.mark.parametrize("fichier", ANCIENS, ids=lambda fichier: fichier.stem)
def test_un_formulaire_d_une_autre_annee_se_lit(fichier: Path, referentiel: Referentiel) -> None:
    lue = lire(fichier.read_bytes(), referentiel)
    assert lue.dossier == Dossier.depuis_json(json.loads(fichier.with_suffix(".json").read_text(encoding="utf-8")))
    assert lue.anomalies == ()
    assert {lue.provenances[nom] for nom in ("titre", "porteur_courriel", "charges.0.montant_n")} == {Source.LIBELLE}
    titres = {"Appel à projets 2025", "Formulaire à compléter et à renvoyer par courriel."}
    assert all(
        f.texte in titres or f.texte.split(".")[0] in ("I", "II", "III", "IV", "V", "VI") for f in lue.non_reconnu
    )
    assert annoter(fichier.read_bytes(), lue.anomalies, referentiel)


def test_il_y_en_a_au_moins_un() -> None:
    assert ANCIENS
