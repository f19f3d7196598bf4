"""The commands of the bilan in Word: exit codes, data on stdout, words on stderr."""

import json
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from projets import bilans_word, reception
from projets.dossier_bilan import DossierBilan
from projets.models import Bilan
from projets.word.formulaires import BILAN
from projets.word.lecture import lire

from . import fabriques
from .bilans_word import bilan_de, fichier, projet_finance
from .word.conftest import EXEMPLES
from .word.test_annotation import commentaires
from .word.test_commandes import lancer

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


@pytest.fixture(autouse=True)
def _lecture_dans_le_processus(monkeypatch, appel):
    monkeypatch.setattr(reception, "lire_protege", lire)


def test_le_modele_vierge_se_relit_vide(tmp_path: Path) -> None:
    assert lancer("modele_bilan", tmp_path / "vierge.docx") == (0, "", "")
    code, sortie, erreurs = lancer("lire_bilan", tmp_path / "vierge.docx", "--json")
    lue = json.loads(sortie)
    assert (code, lue["statut"], lue["non_reconnu"]) == (1, "anomalies", [])
    assert DossierBilan.depuis_json(lue["dossier"]) == DossierBilan()
    assert {"champ", "gravite", "message", "extrait"} == set(lue["anomalies"][0])
    assert "À corriger – realisation" in erreurs


def test_le_modele_d_un_projet_est_prerempli_sans_rien_preparer(tmp_path: Path, appel) -> None:
    projet = projet_finance()
    assert lancer("modele_bilan", "--projet", projet.numero, "--annee", "2026", tmp_path / "b.docx")[0] == 0
    assert not Bilan.objects.exists()
    lue = lire((tmp_path / "b.docx").read_bytes(), bilans_word.referentiel_du_bilan(appel), BILAN)
    assert lue.dossier == bilans_word.contenu_word(bilan_de(projet))


def test_un_bilan_complet_se_lit_sans_anomalie(tmp_path: Path) -> None:
    (tmp_path / "b.docx").write_bytes(fichier(bilan_de(projet_finance())))
    code, sortie, erreurs = lancer("lire_bilan", tmp_path / "b.docx", "--json")
    lue = json.loads(sortie)
    assert (code, erreurs, lue["statut"]) == (0, "", "complet")
    assert lue["dossier"]["charges"][0] == {
        "compte": "60-PRESTATIONS", "detail": "", "prevu": "600.00", "realise": "600.00",
    }  # fmt: skip
    code, sortie, _ = lancer("lire_bilan", tmp_path / "b.docx")
    assert code == 0
    assert "Ce qui a été fait : Quatre séances." in sortie
    assert "Subvention de la cité éducative" in sortie


def test_un_dossier_n_est_pas_lu_comme_un_bilan_ni_l_inverse(tmp_path: Path) -> None:
    code, sortie, erreurs = lancer("lire_bilan", EXEMPLES / "dictionnaire-ce2.docx", "--json")
    assert (code, json.loads(sortie)["motif"]) == (2, "autre_formulaire")
    assert "dossier de projet, pas un bilan" in erreurs
    lancer("modele_bilan", tmp_path / "b.docx")
    assert lancer("lire_word", tmp_path / "b.docx")[0] == 2


def test_annoter_word_annote_un_bilan(tmp_path: Path) -> None:
    (tmp_path / "b.docx").write_bytes(fichier(bilan_de(projet_finance()), certifie=False, filles=-1))
    code, _, erreurs = lancer("annoter_word", "--bilan", tmp_path / "b.docx", tmp_path / "annote.docx")
    assert (code, erreurs.strip()) == (0, "2 commentaires.")
    textes = " ".join(texte for _, texte in commentaires((tmp_path / "annote.docx").read_bytes()))
    assert "Certifiez" in textes
    assert "à partir de 0" in textes


@pytest.mark.parametrize(
    ("arguments", "dit"),
    [
        (("--projet", "2026-9999", "--annee", "2026"), "2026-9999"),
        (("--projet", "{numero}", "--annee", "2031"), "pas de budget pour 2031"),
        (("--projet", "{numero}", "--annee", "2026"), "Aucun montant n’a été accordé"),
        (("--projet", "{numero}"), "ou aucun des deux"),
        (("--annee", "2026"), "ou aucun des deux"),
        (("--appel", "ailleurs"), "ailleurs"),
    ],
)
def test_ce_qui_n_a_pas_de_bilan_se_dit_avec_3(tmp_path: Path, arguments: tuple[str, ...], dit: str) -> None:
    projet = fabriques.projet_en("depose")
    with pytest.raises(CommandError, match=dit) as erreur:
        lancer("modele_bilan", *(a.format(numero=projet.numero) for a in arguments), tmp_path / "b.docx")
    assert erreur.value.returncode == 3
    assert not (tmp_path / "b.docx").exists()
