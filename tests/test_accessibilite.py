"""The declaration of accessibility never says more than an audit that still holds."""

from datetime import date

import pytest

from projets.accessibilite import Audit, etat

JOUR = date(2026, 6, 15)


@pytest.mark.parametrize(
    ("le", "taux", "attendu"),
    [
        ("", 100, "non conforme"),
        ("2026-01-10", 49, "non conforme"),
        ("2026-01-10", 50, "partiellement conforme"),
        ("2026-01-10", 100, "totalement conforme"),
        ("2023-06-15", 100, "totalement conforme"),
        ("2023-06-14", 100, "non conforme"),
    ],
)
def test_l_etat_vient_d_un_audit_qui_vaut_encore(settings, le: str, taux: int, attendu: str) -> None:
    settings.ACCESSIBILITE_AUDIT_LE, settings.ACCESSIBILITE_AUDIT_TAUX = le, taux
    assert etat(JOUR) == attendu


def test_un_audit_vaut_trois_ans() -> None:
    assert Audit(date(2024, 2, 29), "", 80).vaut(date(2027, 2, 28))
    assert not Audit(date(2024, 2, 29), "", 80).vaut(date(2027, 3, 1))


@pytest.mark.django_db
@pytest.mark.une_seule_base
def test_sans_audit_la_page_ne_s_en_prevaut_pas(client) -> None:
    page = client.get("/accessibilite/").content.decode()
    assert "Aucun audit de conformité n’a été fait" in page
    assert "partiellement" not in page
    for attendu in ("Libre réponse 71120", "Dérogations pour charge disproportionnée", "schéma pluriannuel"):
        assert attendu in page
