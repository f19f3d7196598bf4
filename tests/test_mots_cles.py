"""The words in braces of a wording: known or refused, replaced once, never read in what a porteur typed."""

import pytest

from projets.enums import SensDecision
from projets.lettres_types import MODELES
from projets.mots_cles import MOTS_CLES, anomalies, bloc_seul, remplacer


@pytest.mark.parametrize("sens", SensDecision.values)
def test_les_modeles_du_portail_sont_justes(sens):
    objet, corps = MODELES[sens]
    assert anomalies(corps, MOTS_CLES, sens=sens) == []
    assert anomalies(objet, [mot for mot, cle in MOTS_CLES.items() if not cle.est_un_bloc]) == []


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("Bonjour {prenom}", "« {prenom} » n’est pas un mot connu"),
        ("Bonjour {titre.__class__}", "n’est pas un mot connu"),
        ("Bonjour {0}", "n’est pas un mot connu"),
        ("Bonjour {titre", "accolade"),
        ("Bonjour }titre{", "accolade"),
        ("Bonjour {{titre}}", "accolade"),
        ("Voici {montants}", "seul sur sa ligne"),
        ("Rien", "Il manque « {montants} »"),
    ],
)
def test_une_faute_est_dite(texte, attendu):
    assert any(attendu in faute.replace("\u00a0", " ") for faute in anomalies(texte, MOTS_CLES, sens="valide"))


def test_une_accolade_du_porteur_n_est_pas_un_mot():
    assert (
        remplacer("{titre} / {numero} / {inconnu}", {"titre": "{numero}", "numero": "7"}) == "{numero} / 7 / {inconnu}"
    )
    assert bloc_seul("  {montants} ") == "montants"
    assert bloc_seul("{titre}") == ""
