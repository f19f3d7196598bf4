"""The four commands: exit codes, data on stdout, words on stderr."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from projets.dossier import Dossier
from projets.word.annotation import AUTEUR_DU_PORTAIL
from tests.fabriques import charger_appel
from tests.word.conftest import EXEMPLES
from tests.word.test_annotation import commentaires

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


@pytest.fixture(autouse=True)
def _appel() -> None:
    charger_appel()


def lancer(*arguments: object) -> tuple[int, str, str]:
    """Exit code, stdout, stderr of a command."""
    sortie, erreurs = io.StringIO(), io.StringIO()
    try:
        call_command(*map(str, arguments), stdout=sortie, stderr=erreurs)
        code = 0
    except SystemExit as fin:
        code = int(fin.code or 0)
    return code, sortie.getvalue(), erreurs.getvalue()


def test_le_modele_se_relit_vide(tmp_path: Path) -> None:
    assert lancer("modele_word", tmp_path / "vierge.docx") == (0, "", "")
    code, sortie, erreurs = lancer("lire_word", tmp_path / "vierge.docx", "--json")
    lue = json.loads(sortie)
    assert (code, lue["statut"], lue["non_reconnu"]) == (1, "anomalies", [])
    assert Dossier.depuis_json(lue["dossier"]) == Dossier()
    assert {"champ", "gravite", "message", "extrait"} == set(lue["anomalies"][0])
    assert "À corriger – titre" in erreurs


def test_un_dossier_complet_se_lit_sans_anomalie() -> None:
    code, sortie, erreurs = lancer("lire_word", EXEMPLES / "ateliers-theatre.docx", "--json")
    assert (code, erreurs) == (0, "")
    lue = json.loads(sortie)
    assert lue["statut"] == "complet"
    assert lue["dossier"] == json.loads((EXEMPLES / "ateliers-theatre.json").read_text(encoding="utf-8"))
    assert lue["dossier"]["date_debut"] == "2026-09-21"
    assert lue["dossier"]["charges"][0]["montant_n"] == "380.00"


def test_les_fautes_de_l_exemple_se_disent() -> None:
    code, sortie, _ = lancer("lire_word", EXEMPLES / "mare-pedagogique.docx", "--json")
    lue = json.loads(sortie)
    assert (code, lue["statut"]) == (1, "anomalies")
    assert {a["champ"] for a in lue["anomalies"]} == {
        "interventions.2.etablissement",
        "produits",
        "materiels.0.prix_unitaire_ht",
    }


def test_lire_word_sans_json_ecrit_les_reponses() -> None:
    code, sortie, _ = lancer("lire_word", EXEMPLES / "dictionnaire-ce2.docx")
    assert code == 0
    assert "Titre du projet : Un dictionnaire pour chaque élève de CE2" in sortie


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_un_fichier_refuse_sort_avec_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "x.docx").write_bytes(b"%PDF-1.7")
    code, sortie, erreurs = lancer("lire_word", tmp_path / "x.docx", *arguments)
    assert code == 2
    assert "PDF" in erreurs
    if arguments:
        assert json.loads(sortie)["statut"] == "refuse"
    assert lancer("annoter_word", tmp_path / "x.docx", tmp_path / "y.docx")[0] == 2
    assert not (tmp_path / "y.docx").exists()


def test_un_fichier_absent_se_dit(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as erreur:
        lancer("lire_word", tmp_path / "absent.docx")
    assert erreur.value.returncode == 2


def test_ecrire_word_depuis_le_json_de_lire_word(tmp_path: Path) -> None:
    lu = lancer("lire_word", EXEMPLES / "forums-emploi.docx", "--json")[1]
    (tmp_path / "lu.json").write_text(lu, encoding="utf-8")
    assert lancer("ecrire_word", "--json", tmp_path / "lu.json", tmp_path / "ecrit.docx")[0] == 0
    assert json.loads(lancer("lire_word", tmp_path / "ecrit.docx", "--json")[1])["dossier"] == json.loads(lu)["dossier"]


@pytest.mark.parametrize("contenu", ["{", "[]", '{"dossier": {"annee": "x"}}', "3"])
def test_ecrire_word_refuse_un_json_qui_n_est_pas_un_dossier(tmp_path: Path, contenu: str) -> None:
    (tmp_path / "lu.json").write_text(contenu, encoding="utf-8")
    with pytest.raises(CommandError, match="dossier en JSON"):
        lancer("ecrire_word", "--json", tmp_path / "lu.json", tmp_path / "ecrit.docx")


def test_un_numero_ou_un_appel_inconnu_se_dit(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="2026-9999"):
        lancer("ecrire_word", "--projet", "2026-9999", tmp_path / "x.docx")
    with pytest.raises(CommandError, match="ailleurs"):
        lancer("modele_word", "--appel", "ailleurs", tmp_path / "x.docx")


def test_annoter_word_ecrit_les_fautes_en_commentaires(tmp_path: Path) -> None:
    code, sortie, erreurs = lancer("annoter_word", EXEMPLES / "mare-pedagogique.docx", tmp_path / "annote.docx")
    assert (code, sortie, erreurs.strip()) == (0, "", "3 commentaires.")
    assert [auteur for auteur, _ in commentaires((tmp_path / "annote.docx").read_bytes())] == [AUTEUR_DU_PORTAIL] * 3
