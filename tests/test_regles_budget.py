"""Each rule of the money on a budget that breaks it, and its neighbour that does not."""

from datetime import date
from decimal import Decimal

import pytest

from projets.constats import Gravite
from projets.dossier import Charge, MaterielPrevu, Produit
from projets.regles import constater

from .fabriques import dossier_complet, dossier_deux_ans
from .referentiels import referentiel

D = Decimal


def dits(dossier, champ, gravite=None):
    return [
        constat.message.replace("\u00a0", " ").replace("\u202f", " ")
        for constat in constater(dossier, referentiel())
        if constat.champ == champ and gravite in (None, constat.gravite)
    ]


def materiels(*lignes):
    return dossier_complet(materiels=tuple(MaterielPrevu(nom, combien, D(prix), 2026) for nom, combien, prix in lignes))


def test_demander_plus_que_le_besoin_se_dit_sur_la_ligne_avec_le_bon_montant():
    dossier = dossier_complet(produits=(Produit("74-COMMUNE", "", D(500)), Produit("74-CITE", "", D("1000.01"))))
    (phrase,) = dits(dossier, "produits.1.montant_n", Gravite.BLOQUANT)
    assert phrase.startswith("Demandez 1 000,00 € au plus pour 2026")
    assert not dits(dossier_complet(), "produits.0.montant_n")


def test_demander_alors_que_tout_est_deja_couvert():
    produits = (Produit("74-CITE", "", D(700), D(1)), Produit("74-COMMUNE", "", D(200), D(500)))
    (phrase,) = dits(dossier_deux_ans().remplacer(produits=produits), "produits.0.montant_n1", Gravite.BLOQUANT)
    assert "couvrent déjà les charges de 2027" in phrase


def test_une_seule_colonne_remplie_pour_deux_annees():
    charges, produits = (Charge("60-MATIERES", "", None, D(500)),), (Produit("74-CITE", "", None, D(500)),)
    (phrase,) = dits(dossier_deux_ans().remplacer(charges=charges, produits=produits), "charges", Gravite.BLOQUANT)
    assert "remplissez aussi la colonne 2026" in phrase
    zero = (Charge("60-MATIERES", "", D(0), D(500)),)
    assert not dits(dossier_deux_ans().remplacer(charges=zero, produits=produits), "charges")


def test_un_budget_pour_une_annee_sans_projet():
    assert dits(dossier_deux_ans().remplacer(date_fin=date(2026, 12, 18)), "charges", Gravite.BLOQUANT)
    assert dits(dossier_deux_ans().remplacer(annee=2025), "annee", Gravite.BLOQUANT)


def test_le_materiel_a_sa_place_dans_les_charges():
    (phrase,) = dits(materiels(("Loupe", 4, "400")), "materiels", Gravite.A_VERIFIER)
    assert "1 600,00 € HT en 2026" in phrase
    assert not dits(materiels(("Loupe", 3, "500")), "materiels")


@pytest.mark.parametrize(
    "lignes",
    [
        [("Tablette", 1, "300"), ("tablettes", 1, "250")],
        [("Robot éducatif (partie 1)", 1, "260"), ("Robot éducatif, 2e partie", 1, "260")],
        [("Écran 24 pouces", 1, "200"), ("Unité centrale", 1, "450")],
        [("Ordinateur", 1, "499"), ("Clavier et souris", 1, "40")],
        [("Boîtier reflex", 1, "450"), ("Objectif 50 mm", 1, "120")],
        [("Vélo cargo", 1, "500"), ("Velo-cargo", 1, "500"), ("Bâche", 1, "20")],
    ],
)
def test_un_equipement_coupe_en_morceaux_est_montre_sans_bloquer(lignes):
    dossier = materiels(*lignes)
    (phrase,) = dits(dossier, "materiels", Gravite.A_VERIFIER)
    assert "au-dessus du plafond de 500,00 € HT l’unité" in phrase
    assert not [c for c in constater(dossier, referentiel()) if c.est_bloquant]


@pytest.mark.parametrize(
    "lignes",
    [
        [("Tablette", 10, "50"), ("Bâche", 1, "450"), ("Loupe binoculaire", 1, "490")],
        [("Écran 24 pouces", 1, "150"), ("Unité centrale", 1, "350")],  # together below the cap
        [("Enceinte", 1, "400"), ("Écran", 1, "300")],
    ],
)
def test_des_equipements_distincts_ne_sont_pas_soupconnes(lignes):
    assert not dits(materiels(*lignes), "materiels")


def test_au_dessus_du_plafond_seule_la_ligne_bloque():
    dossier = materiels(("Ordinateur", 1, "700"), ("Écran", 1, "200"))
    assert dits(dossier, "materiels.0.prix_unitaire_ht", Gravite.BLOQUANT)
    assert not dits(dossier, "materiels")


def test_le_plafond_et_sa_source_sont_ceux_de_l_appel():
    autre = type(referentiel())(**{**vars(referentiel()), "plafond_materiel_ht": D("812.50")})
    (constat,) = [c for c in constater(materiels(("Vélo", 1, "813")), autre) if c.est_bloquant]
    assert "812,50 € HT l’unité" in constat.source.replace("\u00a0", " ")
    assert not [c for c in constater(materiels(("Vélo", 1, "812.5")), autre) if c.est_bloquant]
