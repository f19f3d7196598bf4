"""What a budget adds up to, and how a school year is cut in two: to the cent, whatever the amounts."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projets.budget import ensemble, synthese_de_colonne, syntheses, tabuler
from projets.dossier import Charge, Dossier, Effectif, InterventionPrevue, Produit
from projets.etalement import Base, Cle, appliquer, cles, lire_periode, proposer, total_de
from projets.valeurs import ValeurIllisible

from .fabriques import dossier_complet, dossier_deux_ans

D = Decimal
TRANQUILLE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
montants = st.integers(0, 10**9).map(lambda centimes: D(centimes).scaleb(-2))  # much faster than st.decimals
comptes_charges = st.sampled_from(["60-MATIERES", "64-SOCIALES", "IND-FIXES", "86-864", ""])
comptes_produits = st.sampled_from(["74-CITE", "74-COMMUNE", "75-756", "87-870", ""])


def lignes(classe, comptes):
    ligne = st.builds(classe, compte=comptes, montant_n=st.none() | montants, montant_n1=st.none() | montants)
    return st.lists(ligne, max_size=6).map(tuple)


budgets = st.builds(
    Dossier, annee=st.just(2026), charges=lignes(Charge, comptes_charges), produits=lignes(Produit, comptes_produits)
)


def ecrit(textes) -> list[str]:
    return [texte.replace("\u00a0", " ").replace("\u202f", " ") for texte in textes]


def test_synthese_par_annee_et_en_tout():
    dossier = dossier_deux_ans(effectifs=(Effectif("6-10", 12, 13),), nombre_parents=10, nombre_professionnels=5)
    dossier = dossier.remplacer(
        charges=(*dossier.charges, Charge("86-864", "", D(300), D(200))),
        produits=(*dossier.produits, Produit("87-870", "", D(300), D(150))),
    )
    n, n1 = syntheses(dossier)
    assert (n.annee, n.charges, n.produits, n.ecart, n.demande) == (2026, 900, 900, 0, 700)
    assert (n.emplois, n.ressources, n.ecart_volontaire) == (300, 300, 0)
    assert (n.besoin, n.part, n.cout) == (700, D("77.8"), D("22.50"))
    assert (n1.annee, n1.charges, n1.demande, n1.part, n1.ecart_volontaire) == (2027, 500, 400, D("80.0"), -50)
    total = ensemble(dossier)
    assert (total.charges, total.demande, total.part, total.cout) == (1400, 1100, D("78.6"), D("35.00"))
    table = tabuler(syntheses(dossier))
    assert table.titres == ("2026", "2027", "Total")
    textes = {ligne.cle: ecrit(ligne.textes) for ligne in table.lignes}
    assert textes["charges"] == ["900,00 €", "500,00 €", "1 400,00 €"]
    assert textes["part"] == ["77,8 %", "80,0 %", "78,6 %"]
    assert ecrit(table.etats)[0] == "2026 : charges et produits sont équilibrés."


def test_un_budget_vide_ou_desequilibre_se_dit():
    assert tabuler(syntheses(Dossier())).est_vide
    (seule,) = syntheses(dossier_complet(produits=(Produit("74-CITE", "", D(1600)),)))
    assert seule.etat.replace("\u00a0", " ") == "il y a 100,00 € de produits en trop."
    assert seule.besoin == 1500
    (seule,) = syntheses(dossier_complet(produits=(Produit("74-COMMUNE", "", D(1600)), Produit("74-CITE", "", D(1)))))
    assert seule.besoin == 0
    vide = synthese_de_colonne(Dossier(), 1)
    assert (vide.annee, vide.part, vide.cout) == (None, None, None)
    assert [ligne.cle for ligne in tabuler(syntheses(dossier_complet(produits=()))).lignes] == [
        "charges", "produits", "ecart", "cout",
    ]  # fmt: skip


@TRANQUILLE
@given(budgets)
def test_les_totaux_sont_ceux_des_lignes(dossier):
    total = ensemble(dossier)
    colonnes = [synthese_de_colonne(dossier, 0), synthese_de_colonne(dossier, 1)]
    for champ in ("charges", "produits", "emplois", "ressources", "demande", "ecart"):
        assert getattr(total, champ) == sum(getattr(colonne, champ) for colonne in colonnes)
    assert total.charges + total.emplois == sum(map(total_de, dossier.charges))
    assert total.produits + total.ressources == sum(map(total_de, dossier.produits))
    assert total.demande <= total.produits


# --- a school year over two civil years -----------------------------------------------------------------------------


def test_les_semaines_du_calendrier_partagent_et_l_expliquent():
    (cle,) = cles(dossier_deux_ans())
    assert (cle.base, cle.annee, cle.poids) == (Base.SEMAINES, 2026, (17, 25))
    assert cle.phrase.replace("\u00a0", " ") == (
        "Du 7 septembre 2026 au 25 juin 2027, il y a 17 semaines en 2026 et 25 semaines en 2027. Proposition : 17/42 de "
        "chaque montant vont à 2026, 25/42 à 2027."
    )


def test_les_vacances_ne_comptent_pas():
    vacances = ((date(2026, 10, 17), date(2026, 11, 1)), (date(2026, 12, 19), date(2027, 1, 3)))
    (cle,) = cles(dossier_deux_ans(), vacances)
    assert cle.poids == (13, 25)
    assert "semaines de classe" in cle.phrase


def test_une_periode_de_vacances_s_ecrit_en_francais():
    attendue = (date(2026, 10, 17), date(2026, 11, 1))
    assert (
        lire_periode("17/10/2026 au 01/11/2026") == lire_periode("du 17 octobre 2026 au 1er novembre 2026") == attendue
    )
    for fausse in ("17/10/2026", "01/11/2026 au 17/10/2026", "Toussaint", ""):
        with pytest.raises(ValeurIllisible):
            lire_periode(fausse)


def test_les_interventions_datees_partagent_aussi():
    jours = (date(2026, 10, 5), date(2026, 12, 7), date(2027, 3, 1))
    datees = tuple(InterventionPrevue("Atelier", jour, jour) for jour in jours)
    dossier = dossier_deux_ans().remplacer(interventions=datees)
    assert [(cle.base, cle.poids) for cle in cles(dossier)] == [(Base.SEMAINES, (17, 25)), (Base.INTERVENTIONS, (2, 1))]
    assert "2 interventions en 2026 et 1 intervention en 2027" in cles(dossier)[1].phrase
    a_cheval = (*datees, InterventionPrevue("Cycle", date(2026, 12, 1), date(2027, 1, 31)))
    assert [cle.base for cle in cles(dossier.remplacer(interventions=a_cheval))] == [Base.SEMAINES]


@pytest.mark.parametrize("fin", [None, date(2026, 12, 18), date(2028, 1, 31)])
def test_rien_a_partager_hors_de_deux_annees(fin):
    assert cles(dossier_deux_ans().remplacer(date_fin=fin)) == ()


poids = st.tuples(st.integers(0, 60), st.integers(0, 60)).filter(any)


@TRANQUILLE
@given(st.lists(montants, max_size=12), poids)
def test_le_partage_ne_perd_ni_n_invente_un_centime(sommes, poids):
    parts = Cle(Base.SEMAINES, 2026, poids, "").partager(sommes)
    assert [premiere + seconde for premiere, seconde in parts] == sommes
    assert all(premiere >= 0 and seconde >= 0 for premiere, seconde in parts)
    exact = sum(sommes) * poids[0] / sum(poids)
    assert abs(sum(premiere for premiere, _ in parts) - exact) <= D("0.005")
    for (premiere, _), somme in zip(parts, sommes, strict=True):
        assert abs(premiere - somme * poids[0] / sum(poids)) < D("0.01")


@TRANQUILLE
@given(budgets, poids)
def test_un_budget_equilibre_le_reste_dans_chaque_annee(dossier, poids):
    manque = ensemble(dossier)
    dossier = dossier.remplacer(
        charges=(*dossier.charges, Charge("65-GESTION", "", max(manque.ecart, D(0)))),
        produits=(*dossier.produits, Produit("RP-AUTOFINANCEMENT", "", max(-manque.ecart, D(0)))),
    )
    proposees = proposer(dossier, Cle(Base.SEMAINES, 2026, poids, ""))
    apres = appliquer(dossier, proposees, 2026)
    assert synthese_de_colonne(apres, 0).est_equilibre
    assert synthese_de_colonne(apres, 1).est_equilibre
    assert ensemble(apres).charges == ensemble(dossier).charges
    assert ensemble(apres).demande == ensemble(dossier).demande
