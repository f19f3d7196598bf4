"""The rules of a bilan, one by one."""

from dataclasses import replace
from decimal import Decimal

import pytest

from projets.constats import Gravite
from projets.dossier_bilan import ChargeRendue, DossierBilan, ProduitRendu, est_a_expliquer, pourcentage
from projets.regles_bilan import constater_bilan

BON = DossierBilan(
    numero="2026-0003",
    annee=2026,
    issue="realisee",
    realisation="Fait.",
    charges=(
        ChargeRendue("60-MATIERES", "", Decimal(900), Decimal(900)),
        ChargeRendue("86-864", "", None, Decimal(50)),
    ),
    produits=(ProduitRendu("74-CITE", "", Decimal(900), Decimal(900)),),
    explication_ecarts="Des bénévoles.",
    certifie=True,
)


def constater(**changements: object):
    return constater_bilan(replace(BON, **changements), {"60-MATIERES": "Achats"}, Decimal(10))


def test_un_bon_bilan_ne_dit_rien():
    assert constater() == ()


@pytest.mark.parametrize(
    ("changements", "champ", "dit"),
    [
        ({"numero": ""}, "numero", "numéro du projet"),
        ({"annee": None}, "annee", "année civile"),
        ({"realisation": " \n"}, "realisation", "Racontez"),
        ({"certifie": False}, "certifie", "Certifiez"),
        (
            {"charges": (ChargeRendue("60-MATIERES", "", Decimal(900)),)},
            "charges.0.realise",
            "Écrivez le montant réalisé",
        ),
        ({"produits": (ProduitRendu("74-CITE", "", Decimal(900), Decimal(800)),)}, "produits", "ne couvrent pas"),
        ({"produits": (ProduitRendu("", "Don", None, Decimal(900)),)}, "produits.0.compte", "Choisissez le compte"),
        ({"explication_ecarts": ""}, "explication_ecarts", "« 86-864 »"),
        ({"filles": -1}, "filles", "à partir de 0"),
        ({"signataire": "x" * 201}, "signataire", "201 caractères"),
        ({"charges": (ChargeRendue("60-MATIERES", "", Decimal(900), Decimal(-5)),)}, "charges.0.realise", "positif"),
        (
            {"charges": (ChargeRendue("60-MATIERES", "d" * 301, None, Decimal(5)),)},
            "charges.0.detail",
            "301 caractères",
        ),
    ],
)
def test_chaque_regle_parle_de_son_champ(changements, champ, dit):
    constat = next(c for c in constater(**changements) if c.champ == champ)
    assert dit in constat.message.replace("\u00a0", " ")
    assert constat.est_bloquant == (champ not in ("numero", "annee"))


def test_un_ecart_sous_le_seuil_ne_s_explique_pas():
    charges = (ChargeRendue("60-MATIERES", "", Decimal(900), Decimal(850)),)
    assert constater(charges=charges, explication_ecarts="") == ()
    charges = (ChargeRendue("60-MATIERES", "", Decimal(900), Decimal(800)),)
    assert [(c.champ, c.gravite) for c in constater(charges=charges, explication_ecarts="")] == [
        ("explication_ecarts", Gravite.BLOQUANT)
    ]


def test_les_ecarts_en_pourcentage():
    assert pourcentage(Decimal("-179.90"), Decimal(900)) == Decimal("-20.0")
    assert pourcentage(Decimal(5), None) is pourcentage(None, Decimal(5)) is None
    assert est_a_expliquer(Decimal(5), None, Decimal(10))
    assert not est_a_expliquer(Decimal(0), None, Decimal(10))
    assert not est_a_expliquer(None, Decimal(900), Decimal(10))
