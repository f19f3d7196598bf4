"""The porteur's projects once deposited: following them, correcting them, taking documents away."""

import io
import zipfile
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from correspondants.models import Utilisateur
from projets import reception
from projets.dossier import Dossier, MaterielPrevu
from projets.enums import Action, GenrePiece, Statut
from projets.models import Appel, Projet
from projets.word.lecture import lire
from projets.workflow import executer

from .. import fabriques
from ..formulaires import postees
from .parcours import adresse, connecte, octets_de, televerser

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


# --- following ---------------------------------------------------------------------------------------------------------


def test_confirmation_is_for_the_porteur(porteur: Utilisateur) -> None:
    projet = fabriques.projet_en(Statut.DEPOSE)
    url = reverse("depot_confirme", args=[projet.numero])
    assert connecte(fabriques.utilisateur("autre@example.org")).get(url).status_code == 404
    assert connecte(fabriques.coordinateur_de(projet)).get(url).url == projet.get_absolute_url()


def test_follow_up_is_empty_then_says_what_is_expected(porteur: Utilisateur) -> None:
    client = connecte(porteur)
    assert "Aucun projet pour l’instant" in client.get("/suivi/").content.decode()
    fabriques.brouillon()
    fabriques.projet_en(Statut.A_COMPLETER)
    fabriques.projet_en(Statut.AJOURNE)
    page = client.get("/suivi/").content.decode()
    for phrase in ("Reprendre le brouillon", "revoir 2 questions", "Remanier le dossier", "À compléter par vos soins"):
        assert phrase in page


def test_follow_up_shows_ones_own_projects_only(porteur: Utilisateur) -> None:
    projet = fabriques.projet_en(Statut.DEPOSE)
    assert projet.numero not in connecte(fabriques.coordinateur_de(projet)).get("/suivi/").content.decode()
    assert Client().get("/suivi/").url.startswith(reverse("account_login"))


def test_overdue_bilan_is_asked_for(porteur: Utilisateur) -> None:
    projet = fabriques.projet_en(Statut.VALIDE)
    projet.exercices.update(annee=2020)
    page = connecte(porteur).get("/suivi/").content.decode()
    assert "Remplir le bilan 2020" in page
    assert "attendu depuis le" in page
    assert reverse("bilan_modifier", args=[projet.numero, 2020]) in page


@pytest.mark.parametrize("nombre", [1, 3])
def test_follow_up_costs_the_same_whatever_the_number(
    porteur: Utilisateur, nombre: int, django_assert_num_queries: Callable
) -> None:
    for _ in range(nombre):
        fabriques.projet_en(Statut.VALIDE)
    client = connecte(porteur)
    client.get("/suivi/")
    with django_assert_num_queries(8):
        client.get("/suivi/")


def test_follow_up_is_paginated(porteur: Utilisateur) -> None:
    for _ in range(12):
        fabriques.brouillon()
    client = connecte(porteur)
    assert client.get("/suivi/").content.decode().count("Reprendre le brouillon") == 10
    assert client.get("/suivi/?page=2").content.decode().count("Reprendre le brouillon") == 2
    assert client.get("/suivi/?page=abc").status_code == 200


# --- correcting --------------------------------------------------------------------------------------------------------


def modification(projet: Projet) -> str:
    return reverse("projet_modifier", args=[projet.numero])


def test_only_the_named_question_changes_then_the_project_is_deposited_again(porteur: Utilisateur) -> None:
    projet = fabriques.projet_en(Statut.A_COMPLETER)
    client = connecte(porteur)
    page = client.get(modification(projet)).content
    assert "Dites en une phrase ce que feront les enfants." in page.decode()
    assert 'name="titre"' not in page.decode()
    saisie = postees(page, resume="Le résumé précisé.") | {"titre": ["Détourné"], "deposer": ["1"]}
    reponse = client.post(modification(projet), saisie)
    projet.refresh_from_db()
    assert reponse.url == reverse("depot_confirme", args=[projet.numero])
    assert projet.statut == Statut.DEPOSE
    assert projet.contenu.resume == "Le résumé précisé."
    assert projet.titre == "Une mare pédagogique"
    assert projet.pieces.filter(genre=GenrePiece.DOSSIER).count() == projet.depots.count() == 2
    assert "déposé de nouveau" in client.get(reponse.url).content.decode()


def test_adjourned_project_is_wholly_open_and_keeps_its_number(porteur: Utilisateur) -> None:
    projet = fabriques.projet_en(Statut.AJOURNE)
    client = connecte(porteur)
    page = client.get(modification(projet)).content
    client.post(modification(projet), postees(page, titre="Remanié") | {"deposer": ["1"]})
    numero = projet.numero
    projet.refresh_from_db()
    assert (projet.statut, projet.titre, projet.numero) == (Statut.DEPOSE, "Remanié", numero)


@pytest.mark.parametrize("statut", [Statut.DEPOSE, Statut.AVIS_IEN, Statut.VALIDE, Statut.CLOS])
def test_project_under_examination_is_not_modified(porteur: Utilisateur, statut: Statut) -> None:
    projet = fabriques.projet_en(statut)
    client = connecte(porteur)
    for nom in ("projet_modifier", "projet_redeposer"):
        url = reverse(nom, args=[projet.numero])
        assert client.get(url).status_code == 302
        assert client.post(url, {"titre": "Trop tard", "version": projet.version}).status_code == 302
    projet.refresh_from_db()
    assert projet.titre == "Une mare pédagogique"


def test_strangers_and_services_do_not_modify(porteur: Utilisateur) -> None:
    projet = fabriques.projet_en(Statut.A_COMPLETER)
    for nom in ("projet_modifier", "projet_redeposer"):
        url = reverse(nom, args=[projet.numero])
        assert connecte(fabriques.utilisateur("autre@example.org")).get(url).status_code == 404
        assert connecte(fabriques.coordinateur_de(projet)).post(url, {"titre": "x"}).status_code == 403
        assert Client().get(url).url.startswith(reverse("account_login"))


def test_corrected_word_file_changes_the_named_questions_only(porteur: Utilisateur, word: Callable) -> None:
    projet = fabriques.projet_en(Statut.A_COMPLETER)
    client, url = connecte(porteur), reverse("projet_redeposer", args=[projet.numero])
    octets = word(fabriques.dossier_complet(resume="Corrigé dans Word.", titre="Autre titre"))
    page = televerser(client, octets, "corrige.docx", url)
    texte = client.get(page.url).content.decode()
    assert "Corrigé dans Word." in texte
    assert "ne sont pas pris" in texte
    assert "Titre du projet" in texte
    reponse = client.post(url, {"deposer": "1"})
    projet.refresh_from_db()
    assert reponse.url == reverse("depot_confirme", args=[projet.numero])
    assert (projet.contenu.resume, projet.titre) == ("Corrigé dans Word.", "Une mare pédagogique")
    assert octets_de(projet.depots.first().piece) == octets


def test_refused_correction_changes_nothing(porteur: Utilisateur) -> None:
    projet = fabriques.projet_en(Statut.A_COMPLETER)
    reponse = televerser(connecte(porteur), b"%PDF-1.7", "x.pdf", reverse("projet_redeposer", args=[projet.numero]))
    assert reponse.status_code == 422
    assert "PDF" in reponse.content.decode()
    assert projet.pieces.count() == 1


def test_page_saves_by_itself_while_somebody_types(porteur: Utilisateur) -> None:
    projet, client = fabriques.brouillon(), connecte(porteur)
    page = client.get(adresse(projet)).content
    envoyer = {"headers": {"X-Enregistrement": "automatique"}}
    reponse = client.post(adresse(projet), postees(page, titre="Gardé", date_debut="demain"), **envoyer)
    assert reponse.json()["message"].startswith("Enregistré à")
    projet.refresh_from_db()
    assert (projet.titre, projet.version) == ("Gardé", reponse.json()["version"])
    reponse = client.post(adresse(projet), postees(page, titre="Périmé"), **envoyer)
    assert reponse.json()["conflits"] == ["Titre du projet"]
    ancienne = client.post(adresse(projet), postees(page, titre="Périmé", vu=None), **envoyer)
    assert ancienne.status_code == 409, "une page d’avant les empreintes"
    projet.refresh_from_db()
    assert projet.titre == "Gardé"


# --- documents ---------------------------------------------------------------------------------------------------------


def test_blank_form_is_public(client: Client, appel: Appel) -> None:
    reponse = client.get(reverse("modele_word"))
    assert reponse["Content-Type"] == reception.MIME_DOCX
    assert lire(reponse.content, appel.referentiel()).dossier == Dossier()


def test_pieces_are_given_to_who_sees_the_project(porteur: Utilisateur) -> None:
    projet = fabriques.projet_en(Statut.DEPOSE)
    piece = projet.piece_dossier
    url = reverse("piece", args=[projet.numero, piece.pk])
    for personne in (porteur, fabriques.coordinateur_de(projet)):
        reponse = connecte(personne).get(url)
        assert reponse.content == b"PK\x03\x04 octets du porteur"
        assert reponse["Content-Disposition"].startswith("attachment")
        assert reponse["X-Content-Type-Options"] == "nosniff"
        assert reponse["Cache-Control"] == "private, no-store"
    assert connecte(fabriques.utilisateur("autre@example.org")).get(url).status_code == 404
    assert Client().get(url).status_code == 302


def test_piece_of_another_project_is_not_found(porteur: Utilisateur) -> None:
    un, autre = fabriques.projet_en(Statut.DEPOSE), fabriques.projet_en(Statut.DEPOSE)
    assert connecte(porteur).get(reverse("piece", args=[un.numero, autre.piece_dossier.pk])).status_code == 404


def test_mail_of_the_services_is_not_for_the_porteur(porteur: Utilisateur) -> None:
    projet = fabriques.projet_en(Statut.DEPOSE)
    lettre = projet.garder_piece(GenrePiece.COURRIER, '../../"lettre\r\n.pdf', b"%PDF", None, "application/pdf")
    url = reverse("piece", args=[projet.numero, lettre.pk])
    assert connecte(porteur).get(url).status_code == 403
    reponse = connecte(fabriques.coordinateur_de(projet)).get(url)
    assert reponse.status_code == 200
    assert "/" not in reponse["Content-Disposition"].partition("filename")[2]


def test_annotated_file_and_word_and_pdf(client: Client, porteur: Utilisateur, word: Callable) -> None:
    televerser(client, word(fabriques.dossier_complet(materiels=(MaterielPrevu("Robot", 1, Decimal("501.00"), 2026),))))
    brouillon = Projet.objects.get()
    annote = client.get(adresse(brouillon, "brouillon_word") + "?annote=1").content
    with zipfile.ZipFile(io.BytesIO(annote)) as archive:
        assert "plafonné" in archive.read("word/comments.xml").decode()
    projet = fabriques.projet_en(Statut.DEPOSE)
    sien = connecte(porteur)
    assert lire(
        sien.get(reverse("projet_word", args=[projet.numero])).content, projet.appel.referentiel()
    ).dossier.titre
    assert sien.get(reverse("projet_pdf", args=[projet.numero])).content.startswith(b"%PDF")
    stranger = connecte(fabriques.utilisateur("autre@example.org"))
    for nom in ("projet_word", "projet_pdf", "projet"):
        assert stranger.get(reverse(nom, args=[projet.numero])).status_code == 404


def test_withdrawn_draft_leads_to_the_follow_up(porteur: Utilisateur) -> None:
    projet = fabriques.brouillon()
    executer(projet, Action.RETIRER, par=porteur)
    client = connecte(porteur)
    assert client.get(adresse(projet)).url == reverse("suivi")
    assert str(projet.jeton) not in client.get("/suivi/").content.decode()


def test_upload_limit_of_the_page_is_the_one_of_the_settings() -> None:
    assert settings.TELEVERSEMENT_TAILLE_MAX >= 10_000_000
