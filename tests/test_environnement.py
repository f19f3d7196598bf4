"""What an operator writes in the environment, and what a machine refuses at the start: said, never guessed."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from cite_educative.cle_secrete import cle_secrete
from cite_educative.environnement import Environnement


@pytest.mark.parametrize(
    ("mot", "lu"),
    [("oui", True), ("OUI ", True), ("1", True), ("true", True), ("vrai", True), ("non", False), ("0", False),
     ("False", False), ("", "défaut")],
)  # fmt: skip
def test_oui_et_non_se_lisent(monkeypatch, mot, lu):
    monkeypatch.setenv("HTTPS", mot)
    assert Environnement().bool("HTTPS", default="défaut") == lu


def test_un_mot_inconnu_arrete_le_depart_au_lieu_de_vouloir_dire_non(monkeypatch, tmp_path):
    monkeypatch.setenv("SECOND_FACTEUR_OBLIGATOIRE", "actif")
    with pytest.raises(ImproperlyConfigured, match="pas « actif »"):
        Environnement().bool("SECOND_FACTEUR_OBLIGATOIRE", default=True)
    secret = tmp_path / "https"
    secret.write_text("oui\n")
    monkeypatch.setenv("HTTPS_FILE", str(secret))
    monkeypatch.delenv("HTTPS", raising=False)
    assert Environnement().bool("HTTPS", default=False) is True


def test_une_cle_qui_ne_s_ecrit_pas_se_dit(tmp_path):
    (tmp_path / "occupe").write_text("un fichier à la place du dossier")
    with pytest.raises(ImproperlyConfigured, match="clé secrète"):
        cle_secrete(tmp_path / "occupe" / "cle_secrete")
