"""What is pasted from a spreadsheet: French numbers, labels, headers, two budgets side by side; nothing is lost."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projets.collage import inscrire, lire
from projets.dossier import Charge, Dossier, Produit
from projets.etalement import total_de

from .referentiels import referentiel

D = Decimal


def lues(texte, annee=2026):
    return [(ligne.compte, *ligne.montants) for ligne in lire(texte, referentiel(), annee).lignes]


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("Prestations de services\t1 234,50 €", ("60-PRESTATIONS", D("1234.50"), None)),
        ("60\tAchats matières et fournitures\t1\u202f234,50\u00a0€\t300", ("60-MATIERES", D("1234.50"), D(300))),
        ("60-MATIERES\t\t12", ("60-MATIERES", D(12), None)),
        ("Charges sociales;1.234.567,00;", ("64-SOCIALES", D(1234567), None)),
        ("61 - Locations : 80", ("61-LOCATIONS", D(80), None)),
        ("758 Dons\t100", ("75-758", D(100), None)),
        ("7588\tMécénat\t100", ("75-758", D(100), None)),
        ("66 intérêts\t5,00", ("66-FINANCIERES", D(5), None)),
        ("CAF\t500", ("74-SOCIAUX", D(500), None)),
        ("Subvention cité éducative  1 000 €", ("74-CITE", D(1000), None)),
        ("864 Personnel bénévole\t2 400", ("86-864", D(2400), None)),
        ("Deplacements, mission\t75,5", ("62-DEPLACEMENTS", D("75.50"), None)),
    ],
)
def test_une_ligne_de_tableur_trouve_son_compte(texte, attendu):
    assert lues(texte) == [attendu]


@pytest.mark.parametrize("libelle", ["Divers", "Autres services", "60 Achats", "Frais"])
def test_un_compte_incertain_est_laisse_a_choisir(libelle):
    (ligne,) = lire(f"{libelle}\t100", referentiel()).lignes
    assert (ligne.compte, ligne.montants, ligne.libelle) == ("", (D(100), None), libelle)


def test_titres_totaux_et_annees_sont_laisses_de_cote_et_dits():
    texte = "Charges\t2027\t2026\n60 Achats\t\t\nLocations\t10\t20\nTotal des charges\t10\t20\n\nAssurance\t\t5"
    collage = lire(texte, referentiel(), 2026)
    assert [(ligne.compte, *ligne.montants) for ligne in collage.lignes] == [
        ("61-LOCATIONS", D(20), D(10)), ("61-ASSURANCE", D(5), None),
    ]  # fmt: skip
    assert collage.laissees == ("Charges\t2027\t2026", "60 Achats", "Total des charges\t10\t20")


def test_une_colonne_vide_n_est_pas_une_annee_et_un_total_n_est_pas_un_montant():
    assert lues("Locations\t\t10\t20\t30\nAssurance\t\t\t5\t5") == [
        ("61-LOCATIONS", D(10), D(20)), ("61-ASSURANCE", None, D(5)),
    ]  # fmt: skip
    (ligne,) = lire("Locations\t10\t20\t31", referentiel()).lignes
    assert "plus de deux montants" in ligne.erreur
    (ligne,) = lire("Poste\t2025\t2026\nLocations\t7\t8", referentiel(), 2026).lignes
    assert (ligne.montants, ligne.est_comprise) == ((D(8), None), False)
    assert "2025 n’est pas une année" in ligne.erreur


def test_charges_et_produits_cote_a_cote():
    assert lues("Locations\t10\tCommune(s)\t7\nAssurance\t5\tCotisations\t8") == [
        ("61-LOCATIONS", D(10), None), ("74-COMMUNE", D(7), None), ("61-ASSURANCE", D(5), None), ("75-756", D(8), None),
    ]  # fmt: skip


def test_un_montant_illisible_se_dit_et_une_precision_se_garde():
    ambigue, precise = lire('Locations\t1.234\nAssurance\t5\tsalle 24"', referentiel()).lignes
    assert "deux façons" in ambigue.erreur
    assert (precise.detail, precise.montants) == ('salle 24"', (D(5), None))


def francais(centimes: int, style: int) -> str:
    entier, reste = divmod(centimes, 100)
    separe = f"{entier:,}".replace(",", (" ", "\u00a0", "\u202f", "")[style % 4])
    decimales = f",{reste:02d}" if reste or style % 3 else ""
    return separe + decimales + ("", " €", "\u00a0€", " EUR")[style // 4 % 4]


sommes = st.integers(0, 10**9)
styles = st.integers(0, 200)
comptes = st.sampled_from([o.code for o in referentiel().options("comptes_charges")])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(comptes, sommes, styles, sommes), min_size=1, max_size=6))
def test_ce_qui_est_ecrit_en_francais_se_relit_au_centime(rangees):
    texte = "\r\n".join(f"{code}\t{francais(n, style)}\t{francais(n1, style + 1)}" for code, n, style, n1 in rangees)
    attendues = [(code, D(n).scaleb(-2), D(n1).scaleb(-2)) for code, n, _, n1 in rangees]
    assert lues(texte) == attendues
    apres = inscrire(Dossier(annee=2026), lire(texte, referentiel(), 2026).lignes)
    assert sum(map(total_de, apres.charges)) == sum(n + n1 for _, n, n1 in attendues)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.sampled_from("60 7,.€\t;\n-()'\"Achats Total2026é\u00a0k"), max_size=80))
def test_rien_de_ce_qui_est_colle_ne_se_perd(texte):
    collage = lire(texte, referentiel(), 2026)
    ecrit = " ".join([*(ligne.texte for ligne in collage.lignes), *collage.laissees])
    for mot in texte.replace(";", " ").replace('"', " ").split():
        assert mot in ecrit.replace(";", " ").replace('"', " ") or mot in "-€"


def test_inscrire_remplace_la_premiere_ligne_du_compte_et_ajoute_les_suivantes():
    dossier = Dossier(
        annee=2026,
        charges=(Charge("61-LOCATIONS", "salle", D(1), D(2)), Charge("61-LOCATIONS", "cars", D(3))),
        produits=(Produit("74-CITE", "", D(9)),),
    )
    lignes = lire("Locations\t10\nLocations\t20\nAssurance\t5\nInconnu\t8", referentiel(), 2026).lignes
    apres = inscrire(dossier, lignes)
    assert apres.charges == (
        Charge("61-LOCATIONS", "salle", D(10), D(2)), Charge("61-LOCATIONS", "cars", D(3)),
        Charge("61-LOCATIONS", "", D(20)), Charge("61-ASSURANCE", "", D(5)),
    )  # fmt: skip
    assert apres.produits == dossier.produits
