"""Which line of a bilan each row of a Word file is, without a database."""

from decimal import Decimal

import pytest

from projets.dossier_bilan import ChargeRendue
from projets.models import LigneBilan
from projets.rapprochement import apparier, numeros_ecrits

BUS = ("62-DEPLACEMENTS", "Bus", 100)
TRAIN = ("62-DEPLACEMENTS", "Train", 200)
ACHATS = ("60-MATIERES", "", 300)
AJOUTEE = ("60-MATIERES", "Colle", 0)


def couples(lignes, rangees):
    """Detail and planned amount of the line that each row is, None for none."""
    connues = [
        LigneBilan(pk=pk, compte_id=compte, detail=detail, prevu=Decimal(prevu))
        for pk, (compte, detail, prevu) in enumerate(lignes, 1)
    ]
    lues = {
        rang: ChargeRendue(compte, detail, None if prevu is None else Decimal(prevu), Decimal(1))
        for rang, (compte, detail, prevu) in enumerate(rangees)
    }
    trouves = apparier(connues, lues)
    return [(trouves[rang].detail, trouves[rang].prevu) if rang in trouves else None for rang in lues]


@pytest.mark.parametrize(
    ("lignes", "rangees", "attendu"),
    [
        ([BUS, TRAIN], [TRAIN, BUS], [("Train", 200), ("Bus", 100)]),
        ([BUS, TRAIN], [("62-DEPLACEMENTS", "bus ", None)], [("Bus", 100)]),
        ([BUS, TRAIN], [("62-DEPLACEMENTS", "Autocar", 100)], [("Bus", 100)]),
        ([BUS, TRAIN], [("62-DEPLACEMENTS", "Autocar", 150)], [None]),
        ([BUS, TRAIN], [TRAIN, ("62-DEPLACEMENTS", "Autocar", 150)], [("Train", 200), ("Bus", 100)]),
        ([ACHATS], [("60-MATIERES", "Peinture", None)], [("", 300)]),
        ([ACHATS, AJOUTEE], [("60-MATIERES", "", 300), ("60-MATIERES", "Papier", None)], [("", 300), None]),
        ([ACHATS, AJOUTEE], [("60-MATIERES", "Colle", None), ("60-MATIERES", "", 300)], [("Colle", 0), ("", 300)]),
        ([BUS, BUS], [BUS, BUS, BUS], [("Bus", 100), ("Bus", 100), None]),
        ([BUS], [("", "Bus", 100)], [None]),
    ],
)
def test_chaque_rangee_trouve_sa_ligne_ou_aucune(lignes, rangees, attendu):
    assert couples(lignes, rangees) == attendu


@pytest.mark.parametrize(
    ("texte", "numeros"),
    [("2026-0003", ["2026-0003"]), ("Projet n° 2026 – 0003.", ["2026-0003"]), ("12026-0003", []), ("", []),
     ("voir 2026", []), ("2026-0003 ou 2026-0004", ["2026-0003", "2026-0004"]), ("2026‑00031", ["2026-00031"])],
)  # fmt: skip
def test_les_numeros_se_lisent_quel_que_soit_le_tiret(texte, numeros):
    assert numeros_ecrits(texte) == numeros
