"""French writings of numbers, amounts, dates and ticks: read when they have one meaning, questioned when they have two."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projets.valeurs import (
    ValeurIllisible,
    date_courte,
    date_longue,
    euros,
    jour_contredit,
    lire_annee,
    lire_coche,
    lire_date,
    lire_entier,
    lire_montant,
    lire_nombre,
    nombre,
)


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("1 234,50 €", "1234.50"), ("1234.5 EUR", "1234.50"), ("1\u202f234,50\u00a0€", "1234.50"), ("1'234", "1234.00"),
        ("1’234,5", "1234.50"), ("12€50", "12.50"), ("12 euros 50", "12.50"), ("2 k€", "2000.00"), ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"), ("1.234.567", "1234567.00"), ("500€", "500.00"), ("500 Euros", "500.00"), ("€ 500", "500.00"),
        ("0", "0.00"), (",5", "0.50"), ("0,5", "0.50"), ("1500,-", "1500.00"), ("-50", "-50.00"), ("− 50 €", "-50.00"),
        ("1 200 € TTC", "1200.00"), ("1000000", "1000000.00"), ("12,", "12.00"),
    ],
)  # fmt: skip
def test_lire_montant_accepte_les_ecritures_francaises(texte: str, attendu: str) -> None:
    assert lire_montant(texte) == Decimal(attendu)


@pytest.mark.parametrize("texte", ["", "  ", "-", "—", "/", "néant", "sans objet", "n/a", "……", "\u00a0\u00a0"])
def test_lire_ne_voit_rien_ou_il_n_y_a_rien(texte: str) -> None:
    assert (
        lire_montant(texte) is lire_entier(texte) is lire_date(texte) is lire_annee(texte) is lire_nombre(texte) is None
    )


@pytest.mark.parametrize(
    ("texte", "morceau"),
    [
        ("1.234", "deux façons"), ("1,234", "deux façons"), ("12 34", "un seul nombre"), ("100+20", "un seul nombre"),
        ("12 à 15", "un seul nombre"), ("environ 500", "par exemple"), ("abc", "par exemple"), ("1234.567", "deux chiffres"),
        ("612 € HT", "TTC"), ("9" * 40, "trop grand"), ("1,2,3", "nombre"),
    ],
)  # fmt: skip
def test_lire_montant_dit_quoi_ecrire(texte: str, morceau: str) -> None:
    with pytest.raises(ValeurIllisible) as erreur:
        lire_montant(texte)
    assert morceau in erreur.value.message


def test_lire_montant_suit_les_taxes_de_la_question() -> None:
    assert lire_montant("612 € HT", taxes="HT") == Decimal("612.00")
    with pytest.raises(ValeurIllisible, match="HT"):
        lire_montant("734,40 € TTC", taxes="HT")


@given(st.decimals(-10_000_000, 10_000_000, places=2))
def test_montant_ecrit_puis_lu(montant: Decimal) -> None:
    assert lire_montant(euros(montant)) == montant
    assert lire_montant(nombre(montant, decimales=2)) == montant


@pytest.mark.parametrize(
    ("texte", "attendu"), [("25", 25), ("1 200", 1200), ("25 élèves", 25), ("25,0", 25), ("3 ex.", 3), ("-4", -4)]
)
def test_lire_entier(texte: str, attendu: int) -> None:
    assert lire_entier(texte) == attendu


@pytest.mark.parametrize("texte", ["25,5", "une dizaine", "20 par classe", "12 à 15", "1.200"])
def test_lire_entier_refuse_ce_qui_n_est_pas_un_nombre(texte: str) -> None:
    with pytest.raises(ValeurIllisible):
        lire_entier(texte)


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [("1,5", "1.50"), ("1 h 30", "1.50"), ("1h30", "1.50"), ("90 min", "1.50"), ("2 h", "2.00"), ("2,5 heures", "2.50")],
)  # fmt: skip
def test_lire_nombre_lit_les_heures(texte: str, attendu: str) -> None:
    assert lire_nombre(texte) == Decimal(attendu)


@pytest.mark.parametrize(
    ("texte", "attendu"), [("2026", 2026), ("année 2026", 2026), ("26", 2026), ("Année N : 2026", 2026)]
)
def test_lire_annee(texte: str, attendu: int) -> None:
    assert lire_annee(texte) == attendu


@pytest.mark.parametrize("texte", ["2026-2027", "2026/27", "20266", "l’an prochain"])
def test_lire_annee_veut_une_annee_civile(texte: str) -> None:
    with pytest.raises(ValeurIllisible):
        lire_annee(texte)


@pytest.mark.parametrize(
    "texte",
    ["12/03/2026", "12-3-26", "12.03.2026", "2026-03-12", "12 mars 2026", "jeudi 12 mars 2026", "Jeu. 12 mars 2026",
     "le 12 mars 2026", "12 MARS 2026", "12/ 03 /2026", "12 03 2026", "12-mars-2026", "2026-03-12T00:00:00",
     "12\u00a0mars\u202f2026", "12 mars 26."],
)  # fmt: skip
def test_lire_date_accepte_les_ecritures_francaises(texte: str) -> None:
    assert lire_date(texte) == date(2026, 3, 12)


@pytest.mark.parametrize(
    "texte",
    ["1er mars 2026", "1 er mars 2026", "dimanche 1er mars 2026", "01/03/26"],
)
def test_lire_date_lit_le_premier_du_mois(texte: str) -> None:
    assert lire_date(texte) == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("texte", "morceau"),
    [
        ("mars 2026", "manque le jour"), ("03/2026", "manque le jour"), ("fin mars 2026", "manque le jour"),
        ("2026", "manque le jour"),
        ("12 mars", "manque l’année"), ("12/03", "manque l’année"), ("31/02/2026", "n’existe pas"), ("2026-13-01", "n’existe pas"),
        ("du 12 au 14 mars 2026", "une seule date"), ("bientôt", "date complète"), ("12/03-2026", "date complète"),
    ],
)  # fmt: skip
def test_lire_date_dit_ce_qui_manque(texte: str, morceau: str) -> None:
    with pytest.raises(ValeurIllisible) as erreur:
        lire_date(texte)
    assert morceau in erreur.value.message


def test_jour_de_semaine_contredit() -> None:
    assert jour_contredit("lundi 12 mars 2026", date(2026, 3, 12)) == (
        "Le 12\u00a0mars 2026 est un jeudi, pas un lundi : vérifiez la date."
    )
    assert (
        jour_contredit("jeudi 12 mars 2026", date(2026, 3, 12)) == jour_contredit("12/03/2026", date(2026, 3, 12)) == ""
    )


@given(st.dates())
def test_date_ecrite_puis_lue(jour: date) -> None:
    assert lire_date(date_courte(jour)) == jour
    if jour.year >= 1000:
        assert lire_date(date_longue(jour)) == jour


@pytest.mark.parametrize(
    "texte", ["☒", "☑", "✓", "✔", "✗", "✘", "■", "🗹", "x", "X", "[x]", "(X)", "oui", "☐ X", "☐ oui", "OK", "☒ oui"]
)
def test_lire_coche_cochee(texte: str) -> None:
    assert lire_coche(texte) is True


@pytest.mark.parametrize("texte", ["", "☐", "□", "[ ]", "non", "☐ non", "-"])
def test_lire_coche_vide(texte: str) -> None:
    assert lire_coche(texte) is False


@pytest.mark.parametrize("texte", ["peut-être", "☒ non", "à voir"])
def test_lire_coche_demande(texte: str) -> None:
    with pytest.raises(ValeurIllisible):
        lire_coche(texte)


def test_ecriture_suit_la_typographie_francaise() -> None:
    assert euros(Decimal("1234.5")) == "1\u202f234,50\u00a0€"
    assert euros(None) == nombre(None) == date_longue(None) == ""
    assert nombre(Decimal("1234.50")) == "1\u202f234,5"
    assert date_longue(date(2026, 3, 1)) == "1er\u00a0mars 2026"


@given(st.text(max_size=40))
def test_rien_ne_fait_tomber_la_lecture(texte: str) -> None:
    for lire in (lire_montant, lire_entier, lire_nombre, lire_annee, lire_date, lire_coche):
        try:
            lire(texte)
        except ValeurIllisible:
            continue
