"""The web form of a file: what is shown and posted back is the same file, and what is typed is never lost."""

import dataclasses
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.template.loader import render_to_string
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projets.constats import Constat, Gravite
from projets.dossier import QUESTIONS, Charge, Dossier, Effectif, MaterielPrevu, Produit
from projets.forms.dossier import FormulaireDossier, ranger
from projets.questionnaire import DECIMAUX, Genre, Question, normaliser
from projets.regles import constater

from .fabriques import dossier_complet
from .formulaires import postees, requete
from .referentiels import referentiel

REFERENTIEL = referentiel()

textes = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30) | st.sampled_from(
    ["", "L’été, « ça » commence 🎉", '<b>x</b> & "y"', "a\nb\n\nc", "néant", "  deux  espaces "]
)


def valeurs(une: Question) -> st.SearchStrategy[Any]:
    """Every value that a question can hold, codes of another edition included."""
    genre = une.genre
    if genre is Genre.TABLEAU:
        lignes = st.builds(une.ligne, **{c.identifiant: valeurs(c) for c in une.colonnes})
        return st.lists(lignes, max_size=4).map(tuple)
    if genre in (Genre.CHOIX, Genre.CHOIX_MULTIPLE):
        codes = st.sampled_from([*(o.code for o in REFERENTIEL.options(une.options)), "code-d-ailleurs"])
        return codes | st.just("") if genre is Genre.CHOIX else st.lists(codes, max_size=4, unique=True).map(tuple)
    if genre is Genre.COCHE:
        return st.booleans()
    if genre is Genre.DATE:
        return st.none() | st.dates(date(1000, 1, 1))
    if genre is Genre.ANNEE:
        return st.none() | st.integers(1000, 9998)
    if genre is Genre.ENTIER:
        return st.none() | st.integers(-(10**11), 10**11)
    if genre in DECIMAUX:
        return st.none() | st.decimals(Decimal(-(10**15)), Decimal(10**15), places=2, allow_nan=False)
    return textes


dossiers = st.builds(Dossier, **{une.identifiant: valeurs(une) for une in QUESTIONS})


def page(formulaire: FormulaireDossier) -> str:
    """The form as the porteur's browser gets it."""
    contexte = {
        "formulaire": formulaire, "projet": SimpleNamespace(version=0, jeton=UUID(int=1)), "preuve": "", "vu": "",
        "erreurs": formulaire.erreurs, "liee": False, "conflits": (), "voisin": None,
        "conflit": (), "retrouvee": False, "remarques": False, "passages": None, "montrer": True, "bouton": "Déposer",
        "request": SimpleNamespace(path="/"), "adresse_coller": "/coller/",
    }  # fmt: skip
    formulaire.poser(constater(formulaire.dossier, REFERENTIEL))
    return render_to_string("projets/porteur/_formulaire.html", contexte)


def aller_retour(dossier: Dossier, **changements: object) -> FormulaireDossier:
    affiche = page(FormulaireDossier(dossier, REFERENTIEL))
    return FormulaireDossier(dossier, REFERENTIEL, requete(postees(affiche, **changements)))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(dossiers)
def test_dossier_shown_and_posted_back_unchanged_is_the_same(dossier: Dossier) -> None:
    dossier = ranger(normaliser(dossier), REFERENTIEL)
    retour = aller_retour(dossier)
    assert retour.erreurs == []
    assert retour.dossier == dossier


def test_complete_dossier_comes_back_without_constat() -> None:
    dossier = ranger(dossier_complet(), REFERENTIEL)
    retour = aller_retour(dossier)
    assert retour.dossier == dossier
    assert not [c for c in constater(retour.dossier, REFERENTIEL) if c.est_bloquant]


def test_empty_form_posted_back_is_an_empty_dossier() -> None:
    assert aller_retour(Dossier()).dossier == Dossier()


def test_several_lines_of_one_account_are_all_kept() -> None:
    charges = (
        Charge("60-PRESTATIONS", "un", Decimal("1.00")), Charge("60-PRESTATIONS", "deux", None, Decimal("2.00")),
        Charge("62-DEPLACEMENTS", "", Decimal("3.00")), Charge("", "sans compte", Decimal("4.00")),
        Charge("99-AILLEURS", "", Decimal("5.00")),
    )  # fmt: skip
    assert aller_retour(Dossier(charges=charges)).dossier.charges == charges


@pytest.mark.parametrize(
    ("champ", "saisie", "phrase"),
    [
        ("date_debut", "mars 2026", "Il manque le jour"),
        ("date_debut", "31/02/2026", "n’existe pas dans le calendrier"),
        ("annee", "2026-2027", "une seule année civile"),
        ("nombre_parents", "une dizaine", "Ce n’est pas un nombre"),
        ("charges__60-PRESTATIONS__montant_n", "1.234", "deux façons"),
        ("materiels__0__prix_unitaire_ht", "600 TTC", "indiquez le montant HT"),
        ("interventions__0__duree_heures", "2 h par séance", "durée totale"),
    ],
)
def test_unreadable_answer_is_said_and_kept_as_typed(champ: str, saisie: str, phrase: str) -> None:
    dossier = ranger(dossier_complet(), REFERENTIEL)
    retour = aller_retour(dossier, **{champ: saisie, "titre": "Un autre titre"})
    ((ancre, message),) = retour.erreurs
    assert ancre == f"id_{champ.replace('__', '-')}"
    assert phrase in message
    assert retour.dossier.titre == "Un autre titre"
    affiche = page(retour)
    assert f'value="{saisie}"' in affiche
    assert f'id="{ancre}_error"' in affiche


def test_unreadable_simple_answer_keeps_its_former_value() -> None:
    dossier = dossier_complet()
    assert aller_retour(dossier, date_debut="bientôt").dossier.date_debut == dossier.date_debut


def test_answers_absent_from_the_post_keep_their_value() -> None:
    """A section that did not come (old page, cut connection) is not emptied."""
    dossier = ranger(dossier_complet(), REFERENTIEL)
    retour = FormulaireDossier(dossier, REFERENTIEL, requete({"titre": ["Seul le titre"]}))
    assert retour.dossier == dossier.remplacer(titre="Seul le titre")


def test_boxes_of_the_page_left_unticked_are_unticked() -> None:
    dossier = dossier_complet()
    retour = aller_retour(dossier, parcours=None, engagement_bilan=None)
    assert retour.dossier.parcours == ()
    assert retour.dossier.engagement_bilan is False


def test_removed_row_is_removed_even_when_it_cannot_be_read() -> None:
    dossier = ranger(dossier_complet(), REFERENTIEL)
    retour = aller_retour(dossier, materiels__0__DELETE="on", materiels__0__quantite="???")
    assert retour.dossier.materiels == ()
    assert retour.erreurs == []


def test_row_of_the_blank_line_is_added() -> None:
    retour = aller_retour(
        Dossier(), materiels__0__designation="Vidéoprojecteur", materiels__0__prix_unitaire_ht="499,99 €"
    )
    assert retour.dossier.materiels == (MaterielPrevu("Vidéoprojecteur", None, Decimal("499.99")),)


def test_counts_of_forms_that_lie_lose_nothing() -> None:
    dossier = ranger(dossier_complet(), REFERENTIEL)
    for total in ("-1", "abc", "999999999", ""):
        retour = aller_retour(dossier, indicateurs__TOTAL_FORMS=total)
        assert retour.dossier.titre == dossier.titre
        if total in ("abc", ""):
            assert retour.dossier.indicateurs == dossier.indicateurs


def test_long_titles_emoji_and_absurd_amounts_are_kept_and_said() -> None:
    retour = aller_retour(
        Dossier(), titre="🎭" * 10_000, **{"produits__74-CITE__montant_n": "-5", "nombre_parents": "999999999"}
    )
    assert retour.dossier.titre == "🎭" * 10_000
    assert retour.dossier.produits == (Produit("74-CITE", "", Decimal("-5.00")),)
    champs = {c.champ for c in constater(retour.dossier, REFERENTIEL) if c.est_bloquant}
    assert {"titre", "produits.0.montant_n", "nombre_parents"} <= champs


def test_constats_are_tied_to_the_cell_they_speak_of() -> None:
    dossier = ranger(
        dossier_complet(
            materiels=(MaterielPrevu("Loupe", 1, Decimal("10.00")), MaterielPrevu("Tablette", 1, Decimal("501.00"))),
            effectifs=(Effectif("11-15", -3, 2),),
        ),
        REFERENTIEL,
    )
    formulaire = FormulaireDossier(dossier, REFERENTIEL)
    formulaire.poser(constater(dossier, REFERENTIEL))
    ancres = {constat.champ: ancre for constat, ancre in formulaire.constats}
    assert ancres["materiels.1.prix_unitaire_ht"] == "id_materiels-1-prix_unitaire_ht"
    assert ancres["effectifs.0.filles"] == "id_effectifs-11-15-filles"
    affiche = page(FormulaireDossier(dossier, REFERENTIEL))
    for ancre in ancres.values():
        assert f'id="{ancre}"' in affiche


def test_constats_follow_their_row_after_others_were_removed() -> None:
    dossier = ranger(dossier_complet(), REFERENTIEL)
    retour = aller_retour(
        dossier, materiels__0__DELETE="on", materiels__1__designation="Tablette", materiels__1__quantite="1",
        materiels__1__prix_unitaire_ht="501",
    )  # fmt: skip
    retour.poser(constater(retour.dossier, REFERENTIEL))
    assert ("materiels.0.prix_unitaire_ht", "id_materiels-1-prix_unitaire_ht") in [
        (constat.champ, ancre) for constat, ancre in retour.constats
    ]


def test_constat_of_a_field_that_does_not_exist_is_still_shown() -> None:
    formulaire = FormulaireDossier(Dossier(), REFERENTIEL)
    formulaire.poser(
        [Constat("inconnu.7.x", Gravite.A_VERIFIER, "Une remarque"), Constat("", Gravite.CONSEIL, "Autre")]
    )
    assert {c.message for _, _, groupe in formulaire.resume for c, _ in groupe} == {"Une remarque", "Autre"}


def test_only_the_reopened_questions_change() -> None:
    dossier = ranger(dossier_complet(), REFERENTIEL)
    donnees = postees(page(FormulaireDossier(dossier, REFERENTIEL)), resume="Nouveau", titre="Détourné")
    donnees["materiels-0-designation"] = ["Détourné"]
    retour = FormulaireDossier(
        dossier, REFERENTIEL, requete(donnees), modifiables={"resume"}, motifs={"resume": "Précisez le public."}
    )
    assert retour.dossier == dossier.remplacer(resume="Nouveau")
    affiche = page(retour)
    assert "Précisez le public." in affiche
    assert {s.code: s.etat for s in retour.sections}["projet"] == "À revoir"
    assert 'name="titre"' not in affiche
    assert dossier.titre in affiche


def test_sections_say_what_is_left_to_do() -> None:
    formulaire = FormulaireDossier(dossier_complet(titre="", materiels=()), REFERENTIEL)
    formulaire.poser(constater(formulaire.dossier, REFERENTIEL))
    etats = {section.code: (section.etat, section.ouverte) for section in formulaire.sections}
    assert etats["projet"] == ("1 à corriger", True)
    assert etats["materiel"] == ("Facultative", False)
    assert etats["porteur"] == ("Complète", False)


def test_budget_totals_leave_voluntary_contributions_aside() -> None:
    dossier = Dossier(
        annee=2026,
        charges=(Charge("60-MATIERES", "", Decimal(100), Decimal(50)), Charge("86-860", "", Decimal(7))),
        produits=(Produit("74-CITE", "", Decimal(80)),),
    )
    formulaire = FormulaireDossier(dossier, REFERENTIEL)
    assert formulaire.annees == ("2026", "2027")
    assert {ligne.cle: ligne.valeurs for ligne in formulaire.synthese.lignes} == {
        "charges": (100, 50, 150), "produits": (80, 0, 80), "ecart": (-20, -50, -70), "demande": (80, 0, 80),
        "part": (100, None, 100), "cout": (None, None, None), "emplois": (7, 0, 7), "ressources": (0, 0, 0),
    }  # fmt: skip


def test_every_question_is_on_the_page_once() -> None:
    affiche = page(FormulaireDossier(Dossier(), REFERENTIEL))
    for une in QUESTIONS:
        assert affiche.count(f'id="id_{une.identifiant}"') == 1, une.identifiant


def test_ranger_is_stable() -> None:
    dossier = dataclasses.replace(dossier_complet(), parcours=("avenir", "ailleurs", "citoyen"))
    range_ = ranger(dossier, REFERENTIEL)
    assert range_.parcours == ("citoyen", "avenir", "ailleurs")
    assert ranger(range_, REFERENTIEL) == range_
