"""Putting a passage in an answer: what each kind of question makes of it, what is refused, and how it comes back."""

import contextlib
import time
from datetime import date
from typing import Any

import pytest

from projets.dossier import QUESTIONS, Dossier
from projets.questionnaire import Genre
from projets.rangement import (
    LONGUEUR,
    SANS_TEXTE,
    Rangement,
    RangementRefuse,
    destinations,
    fragments,
    garder,
    phrase,
    suggestion,
    tout_ecarter,
)

from .referentiels import referentiel

REFERENTIEL = referentiel()


def lecture(*textes: str, pres_de: str = "") -> dict[str, Any]:
    return {"anomalies": [], "non_reconnu": [{"texte": texte, "pres_de": pres_de} for texte in textes]}


def rangement(*textes: str, ouvertes: object = None, **reponses: Any) -> Rangement:
    return Rangement(Dossier(**reponses), fragments(lecture(*textes)), REFERENTIEL, ouvertes)


def ranger(texte: str, champ: str, **reponses: Any) -> tuple[Any, str]:
    """The answer to a question once a passage is put there, and what is said of it."""
    depart = rangement(texte, **reponses)
    apres = depart.ranger(depart.fragments[0].cle, champ)
    return getattr(apres.dossier, champ), phrase(apres.fragments[0], REFERENTIEL).replace("\u00a0", " ")


def refus(texte: str, champ: str, **reponses: Any) -> RangementRefuse:
    depart = rangement(texte, **reponses)
    with pytest.raises(RangementRefuse) as refuse:
        depart.ranger(depart.fragments[0].cle, champ)
    return refuse.value


# --- each kind of question ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("champ", "avant", "texte", "apres", "dit"),
    [
        ("resume", "", "Une phrase.\nUne autre.", "Une phrase.\nUne autre.", "Mis dans « Résumé », qui était vide."),
        ("resume", "Déjà.", "Encore.", "Déjà.\nEncore.", "Ajouté à la ligne, à la fin de « Résumé »."),
        ("titre", "", "La\nmare", "La mare", "Mis dans « Titre du projet », qui était vide."),
        ("titre", "La mare", "et son étang", "La mare ; et son étang", "Ajouté à la suite"),
        ("autres_lieux", "Lieux :", "le parc", "Lieux : le parc", "Ajouté à la suite"),
        ("titre", "La mare", "La mare", "La mare", "Déjà dans « Titre du projet » : rien n’a changé."),
        ("porteur_courriel", "", " ecole@example.org ", "ecole@example.org", "Lu « ecole@example.org » dans « Courriel »."),
        ("porteur_telephone", "", "03 21 44 55 66", "03 21 44 55 66", "Lu « 03 21 44 55 66 »"),
        ("structure_siret", "", "356 000 000 00048", "35600000000048", "Lu « 35600000000048 » dans « SIRET »."),
        ("structure_rna", "", "w621000001", "W621000001", "Lu « W621000001 »"),
        ("structure_code_postal", "", "62 000", "62000", "Lu « 62000 »"),
        ("nombre_parents", None, "25 parents", 25, "Lu « 25 » dans « Parents »."),
        ("annee", None, "année 2026", 2026, "Lu « 2026 »"),
        ("date_debut", None, "jeudi 12 mars 2026", date(2026, 3, 12), "Lu « 12 mars 2026 » dans « Date de début »."),
        ("reconduction", "", "Nouveau projet", "nouveau", "Lu « Nouveau projet »"),
        ("parcours", ("sante",), "Parcours citoyen", ("citoyen", "sante"), "Coché dans « Parcours »"),
    ],
)  # fmt: skip
def test_passage_becomes_an_answer(champ: str, avant: Any, texte: str, apres: Any, dit: str) -> None:
    valeur, dite = ranger(texte, champ, **{champ: avant})
    if champ == "parcours":
        assert set(valeur) == set(apres)
    else:
        assert valeur == apres
    assert dit in dite


@pytest.mark.parametrize(
    ("champ", "texte", "dit"),
    [
        ("date_debut", "mars 2026", "Il manque le jour"),
        ("nombre_parents", "beaucoup", "Ce n’est pas un nombre"),
        ("annee", "2026-2027", "une seule année civile"),
        ("porteur_courriel", "Merci de votre lecture", "n’a pas la forme nom@domaine.fr"),
        ("structure_siret", "12345", "14 chiffres"),
        ("reconduction", "peut-être", "n’est pas un des choix proposés"),
        ("parcours", "Parcours citoyen\nParcours du combattant moderne", "n’est pas un des choix proposés"),
        ("date_debut", "néant", "Il n’y a rien à y lire"),
        ("resume", "   ", "Il n’y a rien à y lire"),
    ],
)
def test_passage_that_is_not_such_a_value_stays_with_a_reason(champ: str, texte: str, dit: str) -> None:
    refuse = refus(texte, champ)
    assert dit in refuse.message
    assert "« " in refuse.message.replace("\u00a0", " "), "la question est nommée"
    assert refuse.remplacement is None


@pytest.mark.parametrize(
    ("champ", "avant", "texte", "ecrits"),
    [
        ("date_debut", date(2026, 3, 2), "3 avril 2026", ("2\u00a0mars 2026", "3\u00a0avril 2026")),
        ("nombre_parents", 10, "12", ("10", "12")),
        ("porteur_courriel", "a@example.org", "b@example.org", ("a@example.org", "b@example.org")),
        ("reconduction", "nouveau", "Reconduction", ("Nouveau projet", "Reconduction d’un projet")),
    ],
)
def test_other_answer_is_never_overwritten_without_a_choice(
    champ: str, avant: Any, texte: str, ecrits: tuple[str, str]
) -> None:
    refuse = refus(texte, champ, **{champ: avant})
    assert refuse.remplacement == ecrits
    assert ecrits[0] in refuse.message
    depart = rangement(texte, **{champ: avant})
    cle = depart.fragments[0].cle
    apres = depart.ranger(cle, champ, remplacer=True)
    assert getattr(apres.dossier, champ) != avant
    assert "à la place de" in phrase(apres.fragments[0], REFERENTIEL)
    assert getattr(apres.remettre(cle).dossier, champ) == avant


def test_nothing_is_cut() -> None:
    long = "mot " * 5000
    assert ranger(long, "resume")[0] == long.strip()
    assert len(ranger("x" * 500, "titre")[0]) == 500


def test_free_text_is_never_replaced() -> None:
    depart = rangement("Encore.", resume="Déjà.")
    assert depart.ranger(depart.fragments[0].cle, "resume", remplacer=True).dossier.resume == "Déjà.\nEncore."


@pytest.mark.parametrize("genre", sorted(set(Genre) - SANS_TEXTE))
def test_long_passage_is_judged_at_once(genre: Genre) -> None:
    """Reading a cell happens in a process of its own, putting a passage away in the web server."""
    une = next((une for une in QUESTIONS if une.genre is genre), None)
    debut = time.perf_counter()
    for morceau in ("1 ", "x", "☒ ", "mars ", "1.1.2 ", "a\n") if une else ():
        for longueur in (LONGUEUR, 100_000):
            with contextlib.suppress(RangementRefuse):
                ranger(morceau * (longueur // len(morceau)), une.identifiant)
    assert time.perf_counter() - debut < 5


def test_date_that_contradicts_its_day_is_put_and_said() -> None:
    depart = rangement("lundi 12 mars 2026")
    apres = depart.ranger(depart.fragments[0].cle, "date_debut")
    assert apres.dossier.date_debut == date(2026, 3, 12)
    assert "est un jeudi" in apres.fragments[0].note


# --- where it can go ------------------------------------------------------------------------------------------------


def test_destinations_are_the_questions_a_text_can_answer() -> None:
    offertes = {une.identifiant for _, questions in destinations() for une in questions}
    assert offertes == {une.identifiant for une in QUESTIONS if une.genre not in SANS_TEXTE}
    assert {Genre.TABLEAU, Genre.COCHE} == SANS_TEXTE
    assert [[q.identifiant for q in qs] for _, qs in destinations({"resume", "charges"})] == [["resume"]]


@pytest.mark.parametrize("champ", ["partenaires", "engagement_bilan", "inconnue", "titre.0", ""])
def test_question_that_takes_no_passage_is_refused(champ: str) -> None:
    assert refus("Un texte", champ).message


def test_only_reopened_questions_receive() -> None:
    depart = rangement("Un texte", ouvertes={"resume": "motif"})
    cle = depart.fragments[0].cle
    assert depart.ranger(cle, "resume").dossier.resume == "Un texte"
    with pytest.raises(RangementRefuse):
        depart.ranger(cle, "titre")


@pytest.mark.parametrize(
    ("pres_de", "texte", "champ"),
    [
        ("Description de l’action", "Un texte", "description"),
        ("Téléphone", "03 21 44 55 66", "porteur_telephone"),
        ("Téléphone", "Le matin seulement", ""),
        ("Date de fin", "plutôt en mai", ""),
        ("Partenaires", "Un texte", ""),
        ("Un titre quelconque", "Un texte", ""),
        ("", "Un texte", ""),
    ],
)
def test_title_beside_a_passage_suggests_its_question(pres_de: str, texte: str, champ: str) -> None:
    (fragment,) = fragments(lecture(texte, pres_de=pres_de))
    assert suggestion(fragment, REFERENTIEL) == champ
    assert suggestion(fragment, REFERENTIEL, {"titre"}) == ""


# --- the JSON, and the way back -------------------------------------------------------------------------------------


def test_passages_keep_their_place_and_their_key() -> None:
    depart = rangement("un", "deux", "un", "trois")
    cles = [fragment.cle for fragment in depart.fragments]
    assert len(set(cles)) == 4
    apres = depart.ecarter(cles[2]).ranger(cles[0], "resume").ranger(cles[3], "resume")
    gardee = garder(lecture("un", "deux", "un", "trois"), apres.fragments)
    assert [entree["texte"] for entree in gardee["non_reconnu"]] == ["deux"]
    assert [entree["texte"] for entree in gardee["ranges"]] == ["un", "un", "trois"]
    assert fragments(gardee) == apres.fragments
    assert [fragment.cle for fragment in fragments(gardee)] == cles


def test_reading_without_passages_stays_as_it_was() -> None:
    assert fragments({}) == ()
    assert fragments({"anomalies": []}) == ()
    assert garder(lecture("un"), fragments(lecture("un"))) == lecture("un")


def test_passage_already_settled_or_unknown_is_refused() -> None:
    depart = rangement("un")
    cle = depart.fragments[0].cle
    for geste in (
        lambda: depart.ranger("ffff", "resume"),
        lambda: depart.remettre(cle),
        lambda: depart.ecarter(cle).ecarter(cle),
        lambda: depart.ranger(cle, "resume").ranger(cle, "resume"),
    ):
        with pytest.raises(RangementRefuse, match="déjà changé de place"):
            geste()


@pytest.mark.parametrize(
    ("champ", "avant", "texte"),
    [
        ("resume", "Déjà.", "Encore."),
        ("resume", "", "Encore."),
        ("titre", "La mare", "et l’étang"),
        ("date_debut", None, "12/03/2026"),
        ("nombre_parents", None, "3"),
        ("parcours", (), "Parcours citoyen"),
    ],
)
def test_taking_back_gives_the_former_answer(champ: str, avant: Any, texte: str) -> None:
    depart = rangement(texte, **{champ: avant})
    cle = depart.fragments[0].cle
    retour = depart.ranger(cle, champ).remettre(cle)
    assert retour.dossier == depart.dossier
    assert (retour.fragments[0].texte, retour.fragments[0].est_regle) == (texte, False)
    assert retour.fragments[0].vers == champ, "la question choisie reste proposée"
    assert retour.ranger(cle, champ).remettre(cle) == retour


@pytest.mark.parametrize("champ", ["resume", "titre"])
def test_taking_back_in_another_order(champ: str) -> None:
    lien = "\n" if champ == "resume" else " ; "
    depart = rangement("un", "deux", **{champ: "zéro"})
    premier, second = (fragment.cle for fragment in depart.fragments)
    tous = depart.ranger(premier, champ).ranger(second, champ)
    assert getattr(tous.dossier, champ) == lien.join(["zéro", "un", "deux"])
    sans = tous.remettre(premier)
    assert getattr(sans.dossier, champ) == lien.join(["zéro", "deux"])
    assert sans.remettre(second).dossier == depart.dossier


def test_first_of_two_passages_leaves_no_trace() -> None:
    depart = rangement("un", "deux")
    premier, second = (fragment.cle for fragment in depart.fragments)
    assert depart.ranger(premier, "titre").ranger(second, "titre").remettre(premier).dossier.titre == "deux"


@pytest.mark.parametrize(
    ("champ", "texte", "reecrite"),
    [("resume", "dix", "Salle dix bis."), ("titre", "dix", "Les dix mares"), ("nombre_parents", "10", 12)],
)
def test_answer_rewritten_since_is_left_alone_and_it_is_said(champ: str, texte: str, reecrite: Any) -> None:
    depart = rangement(texte)
    cle = depart.fragments[0].cle
    range_ = depart.ranger(cle, champ)
    reecrit = Rangement(Dossier(**{champ: reecrite}), range_.fragments, REFERENTIEL)
    retour = reecrit.remettre(cle)
    assert getattr(retour.dossier, champ) == reecrite
    assert "a changé depuis" in retour.fragments[0].note
    assert not retour.fragments[0].est_regle


def test_choices_ticked_since_stay_ticked() -> None:
    depart = rangement("Parcours citoyen", parcours=("sante",))
    cle = depart.fragments[0].cle
    range_ = depart.ranger(cle, "parcours")
    plus = Rangement(Dossier(parcours=(*range_.dossier.parcours, "ailleurs")), range_.fragments, REFERENTIEL)
    assert set(plus.remettre(cle).dossier.parcours) == {"sante", "ailleurs"}


def test_passage_of_a_closed_question_is_not_taken_back() -> None:
    depart = rangement("un")
    cle = depart.fragments[0].cle
    range_ = depart.ranger(cle, "titre")
    with pytest.raises(RangementRefuse, match="n’est pas rouverte"):
        Rangement(range_.dossier, range_.fragments, REFERENTIEL, {"resume"}).remettre(cle)


def test_what_is_seen_is_put_aside_and_comes_back() -> None:
    vue = tout_ecarter(lecture("un", "deux"))
    assert vue["non_reconnu"] == []
    ecartes = fragments(vue)
    assert [phrase(f, REFERENTIEL).replace("\u00a0", " ") for f in ecartes] == [
        "Écarté : ce n’est pas une réponse."
    ] * 2
    retour = Rangement(Dossier(), ecartes, REFERENTIEL).remettre(ecartes[1].cle)
    assert [entree["texte"] for entree in garder(vue, retour.fragments)["non_reconnu"]] == ["deux"]
    assert tout_ecarter({"anomalies": []}) == {"anomalies": [], "non_reconnu": []}
