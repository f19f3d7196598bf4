"""The passages of a Word file on the porteur's pages: put away, left out, taken back, and nothing else lost meanwhile."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html

from correspondants.models import Utilisateur
from projets.enums import Statut
from projets.forms.dossier import ranger
from projets.forms.passages import AFFICHES
from projets.models import Appel, Projet
from projets.rangement import fragments

from .. import fabriques
from ..formulaires import postees
from .parcours import adresse, brouillon_en_ligne, connecte

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]

LIBRE = ("Nous l’avons déjà fait en 2024.", "Description de l’action")


def avec_passages(projet: Projet, *passages: tuple[str, str]) -> Projet:
    projet.lecture = {
        "anomalies": [],
        "non_reconnu": [{"texte": texte, "pres_de": pres_de} for texte, pres_de in passages],
    }
    projet.save(update_fields=["lecture"])
    return projet


@pytest.fixture
def projet(porteur: Utilisateur, appel: Appel) -> Projet:
    dossier = ranger(fabriques.dossier_complet(), appel.referentiel())  # as the form writes it
    return avec_passages(fabriques.brouillon(dossier), LIBRE, ("Merci !", ""))


def cles(projet: Projet) -> list[str]:
    projet.refresh_from_db()
    return [fragment.cle for fragment in fragments(projet.lecture)]


def a_ranger(projet: Projet) -> list[str]:
    projet.refresh_from_db()
    return [fragment["texte"] for fragment in projet.lecture["non_reconnu"]]


def cliquer(client: Client, chemin: str, bouton: str, valeur: str, page: bytes | None = None, **saisie: object):
    """One click on a button of a passage, from a page that was opened before or just now."""
    page = client.get(chemin).content if page is None else page
    return client.post(chemin, postees(page, **saisie) | {bouton: [valeur]})


# --- the page -----------------------------------------------------------------------------------------------------------


def test_page_offers_the_likely_question(projet: Projet, porteur: Utilisateur) -> None:
    page = html.fromstring(connecte(porteur).get(adresse(projet)).content)
    (premier, second) = cles(projet)
    choisies = page.xpath(f"//select[@name='destination-{premier}']//option[@selected]/@value")
    assert choisies == ["description"]
    assert page.xpath(f"//select[@name='destination-{second}']//option[@selected]/@value") == [""]
    groupes = page.xpath(f"//select[@name='destination-{premier}']/optgroup/@label")
    assert groupes[:2] == ["1. Le porteur du projet", "2. Le projet"]
    offertes = page.xpath(f"//select[@name='destination-{premier}']//option/@value")
    assert "partenaires" not in offertes
    assert "engagement_bilan" not in offertes
    for passage in page.xpath("//li[contains(@class, 'passage')]"):
        assert passage.xpath(".//fieldset/legend")
        champ = passage.xpath(".//select/@id")[0]
        assert passage.xpath(f".//label[@for='{champ}']")


def test_enter_in_a_field_saves_and_puts_nothing_away(projet: Projet, porteur: Utilisateur) -> None:
    page = html.fromstring(connecte(porteur).get(adresse(projet)).content)
    assert page.xpath("//form[@id='dossier']//button[@type='submit']/@name")[0] == "enregistrer"


def test_html_in_a_passage_is_only_text(projet: Projet, porteur: Utilisateur) -> None:
    avec_passages(projet, ("<script>alert(1)</script> & <b>gras</b>", '"><img src=x>'))
    client = connecte(porteur)
    page = client.get(adresse(projet)).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;" in page
    (cle,) = cles(projet)
    suite = cliquer(client, adresse(projet), "ranger", cle, **{f"destination__{cle}": "resume"})
    assert suite.status_code == 302
    assert "<script>alert" not in client.get(adresse(projet)).content.decode()
    projet.refresh_from_db()
    assert projet.contenu.resume.endswith("<script>alert(1)</script> & <b>gras</b>")


def test_file_that_is_not_the_form_does_not_drown_the_page(projet: Projet, porteur: Utilisateur) -> None:
    avec_passages(projet, *((f"Paragraphe {rang}", "") for rang in range(300)), ("Le " + "long " * 5000, ""))
    client = connecte(porteur)
    page = client.get(adresse(projet)).content
    assert page.count(b"<select") - page.count(b"<template") < AFFICHES + 30
    for texte in (b"Paragraphe 0<", b"Paragraphe 299<", b"(301)"):
        assert texte in page
    assert cliquer(client, adresse(projet), "ecarter", cles(projet)[0], page).status_code == 302
    assert len(a_ranger(projet)) == 300


# --- putting away -------------------------------------------------------------------------------------------------------


def test_passage_goes_to_its_question_and_the_rest_is_saved(projet: Projet, porteur: Utilisateur) -> None:
    client = connecte(porteur)
    cle, autre = cles(projet)
    avant = projet.contenu.description
    suite = cliquer(
        client, adresse(projet), "ranger", cle, titre="Tapé sans enregistrer", **{f"destination__{autre}": "resume"}
    )
    assert suite.url == f"{adresse(projet)}#passage-{cle}"
    assert a_ranger(projet) == ["Merci !"]
    assert projet.contenu.description == f"{avant}\n{LIBRE[0]}"
    assert projet.contenu.titre == "Tapé sans enregistrer"
    page = client.get(adresse(projet)).content.decode()
    assert "Ajouté à la ligne, à la fin de" in page
    assert f'id="passage-{cle}"' in page
    vers = html.fromstring(page).xpath(f"//select[@name='destination-{autre}']//option[@selected]/@value")
    assert vers == ["resume"], "la question choisie pour un autre passage n’est pas oubliée"


def test_passage_is_left_out_and_put_back(projet: Projet, porteur: Utilisateur) -> None:
    client = connecte(porteur)
    cle = cles(projet)[1]
    avant = projet.contenu
    assert cliquer(client, adresse(projet), "ecarter", cle).url.endswith(f"#passage-{cle}")
    assert a_ranger(projet) == [LIBRE[0]]
    assert "ce n’est pas une réponse" in client.get(adresse(projet)).content.decode()
    assert cliquer(client, adresse(projet), "remettre", cle).url.endswith(f"#passage-{cle}")
    assert a_ranger(projet) == [LIBRE[0], "Merci !"]
    assert projet.contenu == avant


def test_undo_gives_the_answer_back_with_what_was_typed_since(projet: Projet, porteur: Utilisateur) -> None:
    client = connecte(porteur)
    cle = cles(projet)[0]
    avant = projet.contenu.description
    cliquer(client, adresse(projet), "ranger", cle)
    projet.refresh_from_db()
    cliquer(
        client, adresse(projet), "remettre", cle, titre="Autre titre", description=f"{projet.contenu.description}\nFin."
    )
    assert a_ranger(projet) == [LIBRE[0], "Merci !"]
    assert (projet.contenu.description, projet.contenu.titre) == (f"{avant}\nFin.", "Autre titre")


def test_several_passages_in_one_click(projet: Projet, porteur: Utilisateur) -> None:
    avec_passages(projet, LIBRE, ("Un an de plus", ""), ("peut-être", ""), ("Rien", ""))
    client = connecte(porteur)
    _, resume, debut, _ = cles(projet)
    choix = {f"destination__{resume}": "resume", f"destination__{debut}": "date_debut"}
    suite = cliquer(client, adresse(projet), "ranger", "tous", titre="Tapé", **choix)
    assert suite.status_code == 422
    assert a_ranger(projet) == ["peut-être", "Rien"]
    assert projet.contenu.resume.endswith("\nUn an de plus")
    page = suite.content.decode()
    assert "Ce n’est pas une date" in page
    assert f'href="#id_destination-{debut}"' in page
    # what is shown again holds what was put away: saving it loses nothing
    assert client.post(adresse(projet), postees(page)).status_code == 302
    projet.refresh_from_db()
    assert projet.contenu.resume.endswith("\nUn an de plus")
    assert projet.contenu.titre == "Tapé"
    rien = cliquer(client, adresse(projet), "ranger", "tous", **{f"destination__{debut}": ""})
    assert "Choisissez d’abord une question" in rien.content.decode()


def test_other_answer_is_replaced_by_choice_only(projet: Projet, porteur: Utilisateur) -> None:
    avec_passages(projet, ("plutôt", ""), ("9 mars 2026", "Date de début"))
    client = connecte(porteur)
    cle = cles(projet)[1]
    suite = cliquer(client, adresse(projet), "ranger", cle)
    page = suite.content.decode()
    assert suite.status_code == 422
    assert page.replace("\u00a0", " ").count("a déjà une réponse, « 2 mars 2026 »") == 2  # summary and field
    projet.refresh_from_db()
    assert projet.contenu.date_debut == date(2026, 3, 2)
    (valeur,) = html.fromstring(page).xpath("//button[@name='remplacer']/@value")
    assert cliquer(client, adresse(projet), "remplacer", valeur, suite.content).status_code == 302
    projet.refresh_from_db()
    assert projet.contenu.date_debut == date(2026, 3, 9)
    cliquer(client, adresse(projet), "remettre", cle)
    projet.refresh_from_db()
    assert projet.contenu.date_debut == date(2026, 3, 2)


def test_what_cannot_be_read_keeps_the_passage_waiting(projet: Projet, porteur: Utilisateur) -> None:
    client = connecte(porteur)
    suite = cliquer(client, adresse(projet), "ranger", cles(projet)[0], date_fin="un jour", titre="Gardé")
    page = suite.content.decode()
    assert suite.status_code == 422
    assert "un jour" in page
    assert "ce passage attend ici" in page
    assert len(a_ranger(projet)) == 2
    assert projet.contenu.titre == "Gardé"
    assert cliquer(client, adresse(projet), "ranger", cles(projet)[0], suite.content, date_fin="30/06/2026").url


def test_seen_remarks_are_put_aside_not_forgotten(projet: Projet, porteur: Utilisateur) -> None:
    client = connecte(porteur)
    page = client.get(adresse(projet)).content
    cliquer(client, adresse(projet), "ecarter", cles(projet)[1], page, relu="1")
    assert a_ranger(projet) == [LIBRE[0]], "le bouton d’un passage ne vaut que pour lui"
    client.post(adresse(projet), postees(client.get(adresse(projet)).content, relu="1"))
    assert a_ranger(projet) == []
    assert cliquer(client, adresse(projet), "remettre", cles(projet)[0]).status_code == 302
    assert a_ranger(projet) == [LIBRE[0]]


# --- what must not happen -----------------------------------------------------------------------------------------------


def test_stale_tab_overwrites_nothing_and_puts_nothing_away(projet: Projet, porteur: Utilisateur) -> None:
    client = connecte(porteur)
    page = client.get(adresse(projet)).content
    cle, autre = cles(projet)
    client.post(adresse(projet), postees(page, titre="Premier onglet"))
    suite = cliquer(client, adresse(projet), "ranger", cle, page, titre="Second onglet")
    assert suite.status_code == 409
    assert "Second onglet" in suite.content.decode()
    assert len(a_ranger(projet)) == 2
    assert projet.titre == "Premier onglet"
    assert cliquer(client, adresse(projet), "ranger", cle, suite.content).status_code == 302
    assert a_ranger(projet) == ["Merci !"]
    # two tabs that say the same thing: the passage is known by its words, not by its rank
    page = client.get(adresse(projet)).content
    cliquer(client, adresse(projet), "ecarter", autre, page)
    suite = cliquer(client, adresse(projet), "ecarter", autre, page)
    assert suite.status_code == 422
    assert "déjà changé de place" in suite.content.decode()


def test_script_that_saves_by_itself_puts_nothing_away(projet: Projet, porteur: Utilisateur) -> None:
    client = connecte(porteur)
    saisie = postees(client.get(adresse(projet)).content, relu="1") | {"ranger": [cles(projet)[0]]}
    assert client.post(adresse(projet), saisie, headers={"X-Enregistrement": "automatique"}).status_code == 200
    assert len(a_ranger(projet)) == 2


@pytest.mark.parametrize("bouton", ["ranger", "remplacer", "ecarter", "remettre"])
def test_forged_passage_changes_nothing(projet: Projet, porteur: Utilisateur, bouton: str) -> None:
    client, avant = connecte(porteur), projet.contenu
    for valeur in ("", "0", "ffffffffffffffff", "x" * 5000, ":titre", "é\x00"):
        assert cliquer(client, adresse(projet), bouton, valeur).status_code == 422, valeur[:20]
        assert len(a_ranger(projet)) == 2
        assert projet.contenu == avant


@pytest.mark.parametrize("champ", ["partenaires", "engagement_bilan", "statut", "titre.0", "<b>"])
def test_forged_question_changes_nothing(projet: Projet, porteur: Utilisateur, champ: str) -> None:
    client, avant, cle = connecte(porteur), projet.contenu, cles(projet)[0]
    for bouton, valeur in (("ranger", cle), ("remplacer", f"{cle}:{champ}")):
        suite = cliquer(client, adresse(projet), bouton, valeur, **{f"destination__{cle}": champ})
        assert suite.status_code == 422
        assert "<b>" not in suite.content.decode()
    assert len(a_ranger(projet)) == 2
    assert projet.contenu == avant


def test_stranger_puts_nothing_away(projet: Projet, porteur: Utilisateur) -> None:
    saisie = postees(connecte(porteur).get(adresse(projet)).content) | {"ecarter": [cles(projet)[0]]}
    del saisie["preuve"]
    assert connecte(fabriques.utilisateur("autre@example.org")).post(adresse(projet), saisie).status_code == 404
    assert Client().post(adresse(projet), saisie).url.startswith(reverse("account_login"))
    assert len(a_ranger(projet)) == 2


def test_session_that_ended_keeps_the_question_that_was_chosen(projet: Projet, porteur: Utilisateur) -> None:
    client, cle = connecte(porteur), cles(projet)[1]
    page = client.get(adresse(projet)).content
    revenu = Client()
    cliquer(revenu, adresse(projet), "ranger", cle, page, **{f"destination__{cle}": "contexte"})
    assert len(a_ranger(projet)) == 2
    revenu.force_login(porteur)
    page = html.fromstring(revenu.get(adresse(projet)).content)
    assert page.xpath(f"//select[@name='destination-{cle}']//option[@selected]/@value") == ["contexte"]


# --- a project that came back -------------------------------------------------------------------------------------------


def test_only_reopened_questions_receive_a_passage(porteur: Utilisateur) -> None:
    projet = avec_passages(fabriques.projet_en(Statut.A_COMPLETER), LIBRE)
    client, chemin = connecte(porteur), reverse("projet_modifier", args=[projet.numero])
    page = html.fromstring(client.get(chemin).content)
    (cle,) = cles(projet)
    offertes = set(page.xpath(f"//select[@name='destination-{cle}']//option/@value")) - {""}
    assert "resume" in offertes
    assert "titre" not in offertes
    assert cliquer(client, chemin, "ranger", cle, **{f"destination__{cle}": "titre"}).status_code == 422
    assert projet.contenu.titre == "Une mare pédagogique"
    assert cliquer(client, chemin, "ranger", cle, **{f"destination__{cle}": "resume"}).url == f"{chemin}#passage-{cle}"
    projet.refresh_from_db()
    assert projet.contenu.resume.endswith(LIBRE[0])
    assert cliquer(client, chemin, "remettre", cle).status_code == 302
    assert a_ranger(projet) == [LIBRE[0]]


def test_passage_put_in_a_closed_question_is_not_offered_back(porteur: Utilisateur) -> None:
    projet = fabriques.projet_en(Statut.A_COMPLETER)
    projet.lecture = {
        "non_reconnu": [],
        "ranges": [{"texte": "mare", "pres_de": "", "rang": 0, "champ": "titre", "avant": "", "apres": "mare"}],
    }
    projet.save(update_fields=["lecture"])
    client, chemin = connecte(porteur), reverse("projet_modifier", args=[projet.numero])
    page = client.get(chemin).content
    assert b'name="remettre"' not in page
    suite = cliquer(client, chemin, "remettre", cles(projet)[0], page)
    assert "n’est pas rouverte" in suite.content.decode()


def test_page_of_a_corrected_file_leads_to_the_passages(porteur: Utilisateur) -> None:
    projet = avec_passages(fabriques.projet_en(Statut.A_COMPLETER), LIBRE)
    page = connecte(porteur).get(reverse("projet_redeposer", args=[projet.numero])).content.decode()
    assert LIBRE[0] in page
    assert f'href="{reverse("projet_modifier", args=[projet.numero])}#passages"' in page


def test_draft_without_a_file_has_no_passages(client: Client, appel: Appel) -> None:
    projet = brouillon_en_ligne(client)
    assert 'id="passages"' not in client.get(adresse(projet)).content.decode()
    assert cliquer(client, adresse(projet), "ranger", "tous").status_code == 422
