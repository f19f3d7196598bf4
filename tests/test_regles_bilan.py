"""The rules of a bilan, one by one."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from projets.constats import Gravite
from projets.dossier_bilan import (
    ChargeRendue,
    DossierBilan,
    IndicateurRendu,
    ProduitRendu,
    est_a_expliquer,
    pourcentage,
)
from projets.regles_bilan import constater_bilan, phrase_des_ecarts

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


@pytest.mark.parametrize(
    ("ecart", "prevu", "attendu"),
    [
        ("50.01", "500", True), ("-50.01", "500", True), ("50.00", "500", False),  # euros: beyond, not at
        ("100.00", "1000", False), ("100.01", "1000", True),  # percentage: beyond, not at
        ("49.00", "60", False), ("60.00", "5000", False),  # one threshold alone
        ("50.01", None, True), ("20.00", None, False),  # not planned: the euros decide
    ],
)  # fmt: skip
def test_un_ecart_s_explique_au_dela_des_deux_seuils(ecart, prevu, attendu):
    prevu = None if prevu is None else Decimal(prevu)
    assert est_a_expliquer(Decimal(ecart), prevu, Decimal(10), Decimal(50)) is attendu


def test_la_regle_des_ecarts_se_dit_avec_ou_sans_plancher():
    assert phrase_des_ecarts(Decimal("10.00"), Decimal(0)).startswith("Un écart de plus de 10 % entre")
    phrase = phrase_des_ecarts(Decimal("7.50"), Decimal(50)).replace("\u00a0", " ")
    assert phrase.startswith("Un écart de plus de 7,5 % et de plus de 50,00 € entre")


def test_une_cible_se_juge():
    indicateurs = (IndicateurRendu("Séances", "10"), IndicateurRendu("Sorties"))
    assert [c.champ for c in constater(indicateurs=indicateurs)] == ["indicateurs.0.appreciation"]
    assert constater(indicateurs=(IndicateurRendu("Séances", "10", "", "sans_objet"),)) == ()


REPORT = {
    "issue": "reportee", "realisation": "", "charges": (ChargeRendue("60-MATIERES", "", Decimal(900)),),
    "nouveau_debut": date(2027, 1, 4), "nouvelle_fin": date(2027, 6, 30),
}  # fmt: skip


@pytest.mark.parametrize(
    ("changements", "champs"),
    [
        ({}, []),
        ({"nouveau_debut": None}, ["nouveau_debut"]),
        ({"nouvelle_fin": None}, ["nouvelle_fin"]),
        ({"nouvelle_fin": date(2027, 1, 3)}, ["nouvelle_fin"]),
        ({"nouvelle_fin": date(2027, 7, 1)}, ["nouvelle_fin"]),
        ({"nouveau_debut": date(2025, 12, 31)}, ["nouveau_debut"]),
        ({"nouveau_debut": date(2026, 9, 1), "nouvelle_fin": date(2026, 11, 30)}, ["nouvelle_fin"]),
        ({"explication_ecarts": " "}, ["explication_ecarts"]),
        ({"certifie": False}, ["certifie"]),
    ],
)
def test_de_nouvelles_dates_restent_dans_le_delai_de_la_loi(changements, champs):
    constats = constater_bilan(replace(BON, **REPORT | changements), {}, Decimal(10), jour=date(2026, 12, 1))
    assert [constat.champ for constat in constats if constat.est_bloquant] == champs
    if champs == ["nouvelle_fin"] and changements["nouvelle_fin"] == date(2027, 7, 1):
        assert "30 juin 2027" in constats[0].message.replace("\u00a0", " ")
        assert "11 octobre 2006" in constats[0].source


def test_une_action_non_realisee_s_explique_sans_montants():
    rien = {"issue": "non_realisee", "realisation": "", "charges": REPORT["charges"]}
    assert constater(**rien) == ()
    assert [c.champ for c in constater(**rien, explication_ecarts="")] == ["explication_ecarts"]


def test_les_ecarts_en_pourcentage():
    assert pourcentage(Decimal("-179.90"), Decimal(900)) == Decimal("-20.0")
    assert pourcentage(Decimal(5), None) is pourcentage(None, Decimal(5)) is None
    assert est_a_expliquer(Decimal(5), None, Decimal(10))
    assert not est_a_expliquer(Decimal(0), None, Decimal(10))
    assert not est_a_expliquer(None, Decimal(900), Decimal(10))
