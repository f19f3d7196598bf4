"""The porteur's pages, from the two doors to the number, and what must not go wrong on the way."""

import hashlib
import io
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from docx import Document

from correspondants.enums import Role
from correspondants.models import Utilisateur
from projets import reception
from projets.dossier import MaterielPrevu
from projets.enums import Statut
from projets.models import Appel, Depot, Passage, Piece, Projet
from projets.word.lecture import lire

from .. import fabriques
from ..formulaires import postees
from .parcours import adresse, brouillon_en_ligne, connecte, octets_de, remplir, televerser

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


# --- the two doors -----------------------------------------------------------------------------------------------------


def test_doors_are_public(client: Client, appel: Appel) -> None:
    page = client.get("/deposer/").content.decode()
    assert "J’ai un fichier Word" in page
    assert "Je remplis en ligne" in page
    assert reverse("modele_word") in page


def test_upload_keeps_the_original_and_shows_what_was_understood(client: Client, word: Callable) -> None:
    octets = word()
    reponse = televerser(client, octets, "Mon dossier été.docx")
    projet = Projet.objects.get()
    assert reponse.url == adresse(projet, "deposer_verification")
    piece = projet.piece_dossier
    assert octets_de(piece) == octets
    assert piece.sha256 == hashlib.sha256(octets).hexdigest()
    assert projet.porteur is None
    page = client.get(reponse.url).content.decode()
    assert piece.sha256 in page
    assert "Une mare pédagogique" in page
    assert "Voici ce que nous avons compris" in page


def test_upload_is_read_in_a_separate_process_with_limits(client: Client, word: Callable) -> None:
    televerser(client, word())
    assert Projet.objects.get().titre == "Une mare pédagogique"


def test_upload_by_someone_logged_in_is_theirs(porteur: Utilisateur, word: Callable) -> None:
    televerser(connecte(porteur), word())
    assert Projet.objects.get().porteur == porteur


@pytest.mark.parametrize(
    ("octets", "phrase"),
    [
        (b"", "vide"),
        (b"%PDF-1.7 un PDF", "PDF"),
        (b"Bonjour", "texte simple"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "ancien document Word"),
        (b"PK\x03\x04 abime", "fichier"),
        (b"x" * (30 * 1024 * 1024), "10 Mo"),
    ],
)
def test_refused_file_gets_a_sentence_and_leaves_nothing(
    client: Client, appel: Appel, octets: bytes, phrase: str
) -> None:
    reponse = televerser(client, octets)
    assert reponse.status_code == 422
    assert phrase in reponse.content.decode().replace("\u00a0", " ")
    assert not Projet.objects.exists()
    assert not Piece.objects.exists()


def test_refusal_is_logged_with_its_sha256(client: Client, appel: Appel, caplog: pytest.LogCaptureFixture) -> None:
    televerser(client, b"%PDF-1.7")
    assert hashlib.sha256(b"%PDF-1.7").hexdigest() in caplog.text
    assert "pdf" in caplog.text


def test_zip_that_is_not_word_is_refused(client: Client, appel: Appel) -> None:
    tampon = io.BytesIO()
    with zipfile.ZipFile(tampon, "w") as archive:
        archive.writestr("bonjour.txt", "bonjour")
    assert televerser(client, tampon.getvalue()).status_code == 422


def test_upload_without_file_is_a_sentence(client: Client, appel: Appel) -> None:
    assert "Choisissez le fichier Word" in client.post("/deposer/").content.decode()


def test_online_draft_is_made_by_post_only(client: Client, appel: Appel) -> None:
    assert client.get(reverse("deposer_en_ligne")).url == reverse("deposer")
    assert not Projet.objects.exists()
    projet = brouillon_en_ligne(client)
    page = client.get(adresse(projet)).content.decode()
    assert "Répondez à" not in page, "rien n’est reproché avant d’avoir commencé"
    assert "Reprendre un brouillon" in client.get("/deposer/").content.decode()


def test_remarks_of_the_reading_stay_until_settled(client: Client, word: Callable) -> None:
    televerser(client, word())
    projet = Projet.objects.get()
    anomalie = {"champ": "titre", "gravite": "a_verifier", "message": "Titre douteux", "source": "", "extrait": "mare"}
    passage = {"texte": "Un passage sans place", "pres_de": "Le projet"}
    projet.lecture = {"anomalies": [anomalie], "non_reconnu": [passage]}
    projet.save()
    page = client.get(adresse(projet)).content
    assert "Titre douteux" in page.decode()
    assert "Un passage sans place" in page.decode()
    client.post(adresse(projet), postees(page, structure_commune="Ailleurs"))
    page = client.get(adresse(projet)).content
    assert "Titre douteux" in page.decode()
    client.post(adresse(projet), postees(page, titre="Un titre sûr"))
    page = client.get(adresse(projet)).content
    assert "Titre douteux" not in page.decode()
    assert "Un passage sans place" in page.decode()
    client.post(adresse(projet), postees(page, relu="1"))
    page = client.get(adresse(projet)).content.decode()
    assert "Ce que nous n’avons pas su ranger" not in page
    assert "Passages rangés ou écartés (1)" in page, "rien ne se perd"


def compte_rendu() -> bytes:
    """A Word file that is no form."""
    document, octets = Document(), io.BytesIO()
    document.add_paragraph("Compte rendu du conseil d’école du 12 mars.")
    document.save(octets)
    return octets.getvalue()


def test_un_fichier_qui_n_est_pas_le_formulaire_le_dit(client: Client, appel: Appel) -> None:
    """It becomes a draft whose words wait; the page says what was kept and what to do, until something is answered."""
    page = televerser(client, compte_rendu(), "compte-rendu.docx", follow=True).content.decode()
    projet = Projet.objects.get()
    assert "<h1>Nous n’avons pas reconnu votre fichier</h1>" in page
    assert "Ce fichier ne ressemble pas au formulaire" in page
    assert "compte-rendu.docx" in page
    assert "1 passage à placer" in page
    assert "Votre fichier est lu" not in page
    assert "Voici ce que nous avons compris" not in page
    client.post(adresse(projet), postees(client.get(adresse(projet)).content, titre="La mare"))
    page = client.get(reverse("deposer_verification", args=[projet.jeton])).content.decode()
    assert "Ce fichier ne ressemble pas" not in page
    assert "1 passage à placer" in page


def test_un_fichier_qui_n_est_pas_le_formulaire_ne_vide_pas_le_dossier(appel: Appel) -> None:
    projet = fabriques.projet_en(Statut.A_COMPLETER)
    avant, pieces = projet.contenu, projet.pieces.count()
    url = reverse("projet_redeposer", args=[projet.numero])
    reponse = televerser(connecte(projet.porteur), compte_rendu(), url=url)
    assert reponse.status_code == 422
    assert "rien n’a été changé dans votre dossier" in reponse.content.decode()
    projet.refresh_from_db()
    assert (projet.contenu, projet.pieces.count()) == (avant, pieces)


# --- whose draft -------------------------------------------------------------------------------------------------------


def test_stranger_gets_404_on_a_draft(client: Client, porteur: Utilisateur, word: Callable) -> None:
    televerser(client, word())
    anonyme = Projet.objects.get()
    sien = fabriques.brouillon()
    for inconnu in (Client(), connecte(fabriques.utilisateur("autre@example.org"))):
        for nom in ("deposer_verification", "brouillon_word", "deposer_courriel", "deposer_finaliser"):
            assert inconnu.get(adresse(anonyme, nom)).status_code == 404
            assert inconnu.post(adresse(anonyme, nom), {"titre": "Volé"}).status_code in (404, 405)
    for nom in ("deposer_verification", "brouillon_word", "deposer_courriel", "deposer_finaliser"):
        assert connecte(fabriques.utilisateur("autre@example.org")).get(adresse(sien, nom)).status_code == 404
        assert Client().get(adresse(sien, nom)).url.startswith(reverse("account_login"))
    for role in Role:
        assert connecte(fabriques.de_role(role)).get(adresse(sien)).status_code == 404
    anonyme.refresh_from_db()
    assert anonyme.titre == "Une mare pédagogique"


def test_draft_of_the_session_becomes_the_one_of_who_logs_in(
    client: Client, porteur: Utilisateur, word: Callable
) -> None:
    televerser(client, word())
    client.force_login(porteur)
    projet = Projet.objects.get()
    assert client.get(adresse(projet)).status_code == 200
    projet.refresh_from_db()
    assert projet.porteur == porteur


def test_session_that_ended_loses_nothing_typed_anonymously(client: Client, appel: Appel) -> None:
    projet = brouillon_en_ligne(client)
    saisie = postees(client.get(adresse(projet)).content, titre="Écrit pendant deux heures")
    revenu = Client()
    assert revenu.post(adresse(projet), saisie).url == adresse(projet)
    assert "Écrit pendant deux heures" in revenu.get(adresse(projet)).content.decode()


def test_session_that_ended_loses_nothing_typed_by_a_porteur(porteur: Utilisateur) -> None:
    projet = fabriques.projet_en(Statut.AJOURNE)
    brouillon = fabriques.brouillon()
    for chemin, sujet in ((reverse("projet_modifier", args=[projet.numero]), projet), (adresse(brouillon), brouillon)):
        saisie = postees(connecte(porteur).get(chemin).content, titre="Écrit pendant deux heures")
        revenu = Client()
        reponse = revenu.post(chemin, saisie)
        assert reponse.url == f"{reverse('account_login')}?next={chemin}"
        sujet.refresh_from_db()
        assert sujet.titre == "Une mare pédagogique"
        revenu.force_login(porteur)
        page = revenu.get(chemin).content
        assert "Votre saisie est retrouvée" in page.decode()
        revenu.post(chemin, postees(page))
        sujet.refresh_from_db()
        assert sujet.titre == "Écrit pendant deux heures"


# --- checking and saving -----------------------------------------------------------------------------------------------


def test_saving_never_refuses_missing_answers(client: Client, appel: Appel) -> None:
    projet = brouillon_en_ligne(client)
    reponse = client.post(adresse(projet), postees(client.get(adresse(projet)).content, titre="Un début"))
    assert reponse.url == adresse(projet)
    projet.refresh_from_db()
    assert projet.titre == "Un début"
    assert "Répondez à" in client.get(adresse(projet)).content.decode()


def test_501_euro_equipment_is_refused_with_the_sentence_of_the_call(client: Client, word: Callable) -> None:
    televerser(client, word(fabriques.dossier_complet(materiels=(MaterielPrevu("Robot", 1, Decimal("501.00"), 2026),))))
    projet = Projet.objects.get()
    page = client.get(adresse(projet)).content
    assert "ne peuvent dépasser 500" in page.decode().replace("\u00a0", " ")
    assert 'href="#id_materiels-0-prix_unitaire_ht"' in page.decode()
    reponse = client.post(adresse(projet), postees(page) | {"deposer": ["1"]}, follow=True)
    assert "ne peut pas encore être déposé" in reponse.content.decode()
    assert client.get(adresse(projet, "deposer_courriel")).url == adresse(projet, "deposer_finaliser")
    page = client.get(adresse(projet, "deposer_finaliser")).content.decode().replace("\u00a0", " ")
    assert "ne peuvent dépasser 500" in page
    assert "Confirmer mon adresse" not in page
    assert client.post(adresse(projet, "deposer_finaliser")).url == adresse(projet, "deposer_finaliser")
    projet.refresh_from_db()
    assert projet.statut == Statut.BROUILLON


def test_what_cannot_be_read_is_shown_again_and_the_rest_saved(client: Client, appel: Appel) -> None:
    projet = brouillon_en_ligne(client)
    saisie = postees(
        client.get(adresse(projet)).content, titre="T" * 10_000, date_debut="un jour de mars", resume="👩‍🏫 Été",
        produits__74__CITE__montant_n=None,
    )  # fmt: skip
    saisie["produits-74-CITE-montant_n"] = ["-99999999999999999999999999"]
    saisie["charges-60-MATIERES-montant_n"] = ["12,50"]
    reponse = client.post(adresse(projet), saisie)
    page = reponse.content.decode()
    assert reponse.status_code == 422
    assert "un jour de mars" in page
    assert "-99999999999999999999999999" in page
    projet.refresh_from_db()
    assert projet.titre == "T" * 10_000
    assert projet.contenu.resume == "👩‍🏫 Été"
    assert projet.contenu.charges[0].montant_n == Decimal("12.50")
    # the page shown again holds the new version: correcting and saving works
    assert client.post(adresse(projet), postees(page, date_debut="3/3/2026")).status_code in (302, 422)


def test_missing_sections_and_nonsense_never_break(client: Client, appel: Appel) -> None:
    projet = brouillon_en_ligne(client)
    for donnees in (
        {}, {"version": "0"}, {"version": "0", "charges_plus-TOTAL_FORMS": "x"}, {"version": "abc", "titre": "\x00\ud83d"},
        {"version": "-1"}, {"version": "99999999999999"}, {"preuve": "fausse", "version": "0", "annee": "0000"},
        {"version": "1", "structure_nature": "pirate", "parcours": ["x" * 5000], "cases": ["n’importe"]},
    ):  # fmt: skip
        envoi = {
            nom: [v.encode("utf-8", "ignore").decode() for v in valeur]
            if isinstance(valeur, list)
            else valeur.encode("utf-8", "ignore").decode()
            for nom, valeur in donnees.items()
        }
        assert client.post(adresse(projet), envoi).status_code in (200, 302, 409, 422), donnees


def test_two_tabs_never_overwrite_each_other(client: Client, appel: Appel) -> None:
    projet = brouillon_en_ligne(client)
    page = client.get(adresse(projet)).content
    client.post(adresse(projet), postees(page, titre="Premier onglet"))
    reponse = client.post(adresse(projet), postees(page, titre="Second onglet", resume="Mon résumé"))
    texte = reponse.content.decode()
    assert reponse.status_code == 409
    assert "modifié ailleurs" in texte
    assert "Second onglet" in texte
    assert "Mon résumé" in texte
    projet.refresh_from_db()
    assert projet.titre == "Premier onglet"
    client.post(adresse(projet), postees(texte))
    projet.refresh_from_db()
    assert (projet.titre, projet.contenu.resume) == ("Second onglet", "Mon résumé")


# --- address and deposit -----------------------------------------------------------------------------------------------


def code_recu() -> str:
    return re.search(r"^\s*([A-Z0-9-]{6,})\s*$", mail.outbox[-1].body, re.MULTILINE)[1]


def demander_code(client: Client, projet: Projet, courriel: str) -> str:
    page = client.get(adresse(projet, "deposer_courriel"))
    assert page.status_code == 200
    reponse = client.post(adresse(projet, "deposer_courriel"), {"email": courriel})
    assert reponse.url == f"{reverse('account_confirm_login_code')}?next={adresse(projet, 'deposer_finaliser')}"
    return reponse.url


@pytest.mark.parametrize("connu", [False, True])
def test_whole_path_by_code(client: Client, word: Callable, connu: bool) -> None:
    """The draft survives the login; the answer is the same for a known address and for a new one."""
    if connu:
        fabriques.utilisateur("porteur@example.org", verifie=False)
    octets = word()
    televerser(client, octets)
    projet = Projet.objects.get()
    page = client.get(adresse(projet)).content
    assert client.post(adresse(projet), postees(page) | {"deposer": ["1"]}).url == adresse(projet, "deposer_finaliser")
    assert client.post(adresse(projet, "deposer_finaliser")).url == adresse(projet, "deposer_courriel")
    assert "porteur@example.org" in client.get(adresse(projet, "deposer_courriel")).content.decode()
    url = demander_code(client, projet, "Porteur@Example.org")
    assert mail.outbox[-1].to == ["porteur@example.org"]
    reponse = client.post(url, {"code": code_recu()})
    assert reponse.url == adresse(projet, "deposer_finaliser")
    assert EmailAddress.objects.get(email="porteur@example.org").verified
    page = client.get(reponse.url)
    assert "Déposer le dossier" in page.content.decode()
    reponse = client.post(adresse(projet, "deposer_finaliser"))
    projet.refresh_from_db()
    assert projet.statut == Statut.DEPOSE
    assert projet.porteur.email == "porteur@example.org"
    assert reponse.url == reverse("depot_confirme", args=[projet.numero])
    confirmation = client.get(reponse.url).content.decode()
    assert projet.numero in confirmation
    assert projet.piece_dossier.sha256 in confirmation
    assert octets_de(projet.piece_dossier) == octets


def test_wrong_code_does_not_open(client: Client, word: Callable) -> None:
    televerser(client, word())
    projet = Projet.objects.get()
    url = demander_code(client, projet, "porteur@example.org")
    assert client.post(url, {"code": "ZZZZZZ"}).status_code == 200
    assert client.post(adresse(projet, "deposer_finaliser")).url == adresse(projet, "deposer_courriel")
    assert not EmailAddress.objects.get(email="porteur@example.org").verified
    projet.refresh_from_db()
    assert projet.statut == Statut.BROUILLON


def test_closed_account_is_neither_opened_nor_revealed(client: Client, word: Callable) -> None:
    ferme = fabriques.utilisateur("porteur@example.org")
    ferme.is_active = False
    ferme.save()
    televerser(client, word())
    demander_code(client, Projet.objects.get(), "porteur@example.org")
    assert not re.search(r"^\s*([A-Z0-9-]{6,})\s*$", mail.outbox[-1].body, re.MULTILINE)
    assert Utilisateur.objects.count() == 1


def test_codes_are_rate_limited(client: Client, word: Callable) -> None:
    televerser(client, word())
    projet = Projet.objects.get()
    for _ in range(8):
        reponse = client.post(adresse(projet, "deposer_courriel"), {"email": "porteur@example.org"})
    assert reponse.status_code == 200
    assert len(mail.outbox) == 3


def test_bad_address_is_a_sentence(client: Client, word: Callable) -> None:
    televerser(client, word())
    page = client.post(adresse(Projet.objects.get(), "deposer_courriel"), {"email": "pas une adresse"})
    assert "nom@domaine.fr" in page.content.decode()


def test_verified_porteur_goes_straight_to_the_deposit(porteur: Utilisateur) -> None:
    projet = fabriques.brouillon()
    assert connecte(porteur).get(adresse(projet, "deposer_courriel")).url == adresse(projet, "deposer_finaliser")


def test_unverified_account_is_told_what_to_do(porteur: Utilisateur) -> None:
    EmailAddress.objects.update(verified=False)
    projet = fabriques.brouillon()
    client = connecte(porteur)
    assert "n’est pas encore confirmée" in client.get(adresse(projet, "deposer_courriel")).content.decode()
    assert client.post(adresse(projet, "deposer_finaliser")).url == adresse(projet, "deposer_courriel")


def test_web_path_gets_its_word_file(porteur: Utilisateur, appel: Appel) -> None:
    client = connecte(porteur)
    projet = brouillon_en_ligne(client)
    assert projet.contenu.porteur_courriel == porteur.email
    remplir(client, projet, fabriques.dossier_complet())
    client.post(adresse(projet, "deposer_finaliser"))
    projet.refresh_from_db()
    assert projet.statut == Statut.DEPOSE
    piece = projet.piece_dossier
    assert lire(octets_de(piece), appel.referentiel()).dossier == projet.contenu
    assert projet.depots.get().piece == piece


def test_double_click_deposits_once(porteur: Utilisateur) -> None:
    projet = fabriques.brouillon()
    client = connecte(porteur)
    premiere = client.post(adresse(projet, "deposer_finaliser"))
    seconde = client.post(adresse(projet, "deposer_finaliser"))
    projet.refresh_from_db()
    assert premiere.url == seconde.url == reverse("depot_confirme", args=[projet.numero])
    assert Depot.objects.count() == Passage.objects.filter(projet=projet).count() == 1
    assert client.get(adresse(projet)).url == premiere.url


def test_double_click_at_the_same_moment_deposits_once(porteur: Utilisateur, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other click went through between the reading of the draft and its deposit."""
    projet = fabriques.brouillon(fichier=False)
    veritable = reception.deposer

    def apres_l_autre(ici: Projet, par: Utilisateur) -> object:
        veritable(Projet.objects.get(pk=ici.pk), par)
        return veritable(ici, par)

    monkeypatch.setattr(reception, "deposer", apres_l_autre)
    reponse = connecte(porteur).post(adresse(projet, "deposer_finaliser"))
    projet.refresh_from_db()
    assert reponse.url == reverse("depot_confirme", args=[projet.numero])
    passages = Passage.objects.filter(projet=projet)
    assert Depot.objects.count() == passages.count() == projet.pieces.count() == 1
