"""Each rule of the call on a file that breaks it, and only it; a file without fault says nothing that blocks."""

from datetime import date
from decimal import Decimal

import pytest

from projets.constats import Gravite
from projets.dossier import Charge, Dossier, Effectif, IndicateurPrevu, InterventionPrevue, MaterielPrevu, Produit
from projets.identifiants import courriel_plausible, siret_valide, uai_valide
from projets.regles import constater

from .fabriques import dossier_complet, dossier_deux_ans
from .referentiels import referentiel

EURO = Decimal("1.00")


def constats(**changements):
    return constater(dossier_complet(**changements), referentiel())


def test_un_dossier_sans_faute_ne_bloque_rien():
    assert not constats()
    assert not constater(dossier_deux_ans(), referentiel())


def test_un_dossier_vide_dit_tout_ce_qui_manque_et_rien_ne_casse():
    champs = {constat.champ for constat in constater(Dossier(), referentiel()) if constat.est_bloquant}
    assert {"titre", "structure_nature", "interventions", "annee", "engagement_exactitude"} <= champs


def intervention(**changements):
    return InterventionPrevue(**{**vars(dossier_complet().interventions[0]), **changements})


@pytest.mark.parametrize(
    ("changements", "champ", "gravite", "phrase"),
    [
        ({"titre": "T" * 10_000}, "titre", Gravite.BLOQUANT, "10000 caractères"),
        ({"titre": ""}, "titre", Gravite.BLOQUANT, "Titre du projet"),
        ({"communication_engagement": False}, "communication_engagement", Gravite.BLOQUANT, "Cochez"),
        ({"effectifs": (Effectif("6-10", -3, 1),)}, "effectifs.0.filles", Gravite.BLOQUANT, "négatif"),
        ({"nombre_parents": 10**9}, "nombre_parents", Gravite.BLOQUANT, "trop grand"),
        ({"objectif_principal": "9.9.9"}, "objectif_principal", Gravite.BLOQUANT, "choisissez dans la liste"),
        ({"structure_siret": "12345678901234"}, "structure_siret", Gravite.A_VERIFIER, "SIRET"),
        ({"structure_rna": "621"}, "structure_rna", Gravite.A_VERIFIER, "RNA"),
        ({"structure_uai": "0620000Z"}, "structure_uai", Gravite.A_VERIFIER, "UAI"),
        ({"structure_code_postal": "628"}, "structure_code_postal", Gravite.A_VERIFIER, "5 chiffres"),
        ({"porteur_courriel": "pas une adresse"}, "porteur_courriel", Gravite.BLOQUANT, "nom@domaine.fr"),
        ({"porteur_telephone": "12"}, "porteur_telephone", Gravite.CONSEIL, "incomplet"),
        ({"date_fin": date(2026, 1, 1)}, "date_fin", Gravite.BLOQUANT, "avant la date de début"),
        ({"date_fin": date(2029, 1, 1)}, "date_fin", Gravite.BLOQUANT, "deux années civiles"),
        ({"date_debut": date(1026, 3, 2)}, "date_debut", Gravite.BLOQUANT, "hors de propos"),
        (
            {"interventions": (intervention(debut=date(2025, 1, 6)),)},
            "interventions.0.debut",
            Gravite.A_VERIFIER,
            "hors de la période",
        ),
        (
            {"interventions": (intervention(fin=date(2026, 3, 1)),)},
            "interventions.0.fin",
            Gravite.BLOQUANT,
            "finit avant",
        ),
        (
            {"interventions": (intervention(etablissement=""),)},
            "interventions.0.etablissement",
            Gravite.BLOQUANT,
            "nommez l’école",
        ),
        ({"interventions": (intervention(temps=""),)}, "interventions.0.temps", Gravite.BLOQUANT, "périscolaire"),
        ({"interventions": ()}, "interventions", Gravite.BLOQUANT, "au moins une intervention"),
        ({"annee": 2025}, "annee", Gravite.BLOQUANT, "commence en 2026"),
        ({"annee": 26}, "annee", Gravite.BLOQUANT, "par exemple 2026"),
        ({"date_fin": date(2027, 6, 30)}, "charges", Gravite.BLOQUANT, "colonne 2027"),
        (
            {"produits": (Produit("74-CITE", "", Decimal("1499.99")),)},
            "produits",
            Gravite.BLOQUANT,
            "n’est pas équilibré",
        ),
        ({"produits": (Produit("74-ETAT", "", Decimal("1500.00")),)}, "produits", Gravite.BLOQUANT, "demandé"),
        (
            {"charges": (*dossier_complet().charges, Charge("86-864", "", EURO))},
            "produits",
            Gravite.A_VERIFIER,
            "Contributions volontaires",
        ),
        (
            {
                "charges": (*dossier_complet().charges, Charge("", "?", EURO)),
                "produits": (*dossier_complet().produits, Produit("74-ETAT", "", EURO)),
            },
            "charges.2.compte",
            Gravite.BLOQUANT,
            "Choisissez le compte",
        ),
        (
            {"materiels": (MaterielPrevu("Tablette", 1, Decimal("500.01"), 2026),)},
            "materiels.0.prix_unitaire_ht",
            Gravite.BLOQUANT,
            "plafonné à 500,00",
        ),
        (
            {"materiels": (MaterielPrevu("Vélo", None, EURO, 2026),)},
            "materiels.0.quantite",
            Gravite.BLOQUANT,
            "quantité",
        ),
        ({"materiels": (MaterielPrevu("Vélo", 1, EURO, 2031),)}, "materiels.0.annee", Gravite.A_VERIFIER, "année"),
        (
            {"materiels": (MaterielPrevu("Robot", 1, EURO, 2026), MaterielPrevu("robot", 1, EURO, 2026))},
            "materiels",
            Gravite.A_VERIFIER,
            "2 lignes",
        ),
        ({"objectifs_secondaires": ("1.1.2",)}, "objectifs_secondaires", Gravite.CONSEIL, "une fois suffit"),
        ({"reconduction": "reconduction"}, "projet_precedent", Gravite.A_VERIFIER, "reconduisez"),
        ({"effectifs": (), "nombre_parents": None}, "effectifs", Gravite.A_VERIFIER, "combien de personnes"),
        ({"indicateurs": ()}, "indicateurs", Gravite.CONSEIL, "indicateurs"),
    ],
)
def test_chaque_regle_dit_ce_qui_ne_va_pas_et_ou(changements, champ, gravite, phrase):
    trouves = [c for c in constats(**changements) if c.champ == champ and c.gravite is gravite]
    assert any(phrase in constat.message for constat in trouves), constats(**changements)


def test_le_plafond_est_par_unite_pas_par_ligne():
    materiels = (MaterielPrevu("Loupe", 3, Decimal("500.00"), 2026),)
    assert not [c for c in constats(materiels=materiels) if c.champ.startswith("materiels")]


def test_un_budget_d_une_annee_pour_un_projet_d_une_annee():
    dossier = dossier_deux_ans().remplacer(date_fin=date(2026, 12, 18))
    assert any("se termine en 2026" in constat.message for constat in constater(dossier, referentiel()))


def test_les_regles_citent_l_appel():
    (constat,) = [c for c in constats(materiels=(MaterielPrevu("Tablette", 1, Decimal(612), 2026),)) if c.est_bloquant]
    assert "ne peuvent dépasser 500 € HT l’unité" in constat.source.replace("\u00a0", " ")


def test_les_constats_suivent_l_ordre_du_formulaire():
    dossier = dossier_complet(titre="", annee=2025, indicateurs=(IndicateurPrevu("", "", ""),), structure_nom="")
    champs = [constat.champ for constat in constater(dossier, referentiel())]
    assert champs.index("structure_nom") < champs.index("titre") < champs.index("annee") < champs.index("indicateurs")


@pytest.mark.parametrize(("numero", "valide"), [("35600000000048", True), ("35600000049837", True), ("1" * 14, False)])
def test_siret(numero, valide):
    assert siret_valide(numero) == valide


@pytest.mark.parametrize("chiffres", ["0620001", "0622863", "9999999"])
def test_uai_porte_sa_lettre(chiffres):
    lettres = "ABCDEFGHJKLMNPRSTUVWXYZ"
    rang = int(chiffres) % 23
    assert uai_valide(chiffres + lettres[rang])
    assert not uai_valide(chiffres + lettres[rang - 1])
    assert not uai_valide(chiffres)


@pytest.mark.parametrize(
    ("adresse", "plausible"),
    [
        ("nom@exemple.fr", True),
        ("nom@exemple", False),
        ("@exemple.fr", False),
        ("a b@exemple.fr", False),
        ("a@b@c.fr", False),
    ],
)
def test_courriel(adresse, plausible):
    assert courriel_plausible(adresse) == plausible
