"""The bilan in Word, on the web: who takes the form, who gives it back, what the page then says."""

import io
import re
from decimal import Decimal

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from correspondants.enums import Role
from projets import bilans, bilans_word
from projets.dossier_bilan import ChargeRendue
from projets.enums import GenrePiece
from projets.models import Bilan, Piece
from projets.reception import MIME_DOCX
from projets.word.ecriture import ecrire
from projets.word.formulaires import BILAN
from projets.word.lecture import lire

from .. import annee_connue, fabriques
from ..bilans_web import adresse, saisie
from ..bilans_word import bilan_de, fichier, ligne, projet_finance, realise, rempli

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


@pytest.fixture
def projet():
    return projet_finance()


@pytest.fixture
def bilan(projet):
    return bilan_de(projet)


@pytest.fixture
def porteur(client, projet):
    client.force_login(projet.porteur)
    return client


def deposer(client, projet, octets, nom="bilan rempli.docx", empreinte=None):
    if empreinte is None:
        page = client.get(adresse(projet, "bilan_word_deposer")).content.decode()
        empreinte = re.search(r'name="empreinte" value="(\w+)"', page)[1]
    envoye = SimpleUploadedFile(nom, octets, MIME_DOCX)
    return client.post(adresse(projet, "bilan_word_deposer"), {"fichier": envoye, "empreinte": empreinte})


def page_de_saisie(client, projet):
    return client.get(adresse(projet, "bilan_modifier")).content.decode().replace("\u00a0", " ")


# --- who --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nom", ["bilan_word", "bilan_word_deposer"])
def test_chacun_a_sa_reponse(client, projet, nom):
    assert client.get(adresse(projet, nom)).status_code == 302, "une personne inconnue se connecte d’abord"
    client.force_login(fabriques.utilisateur("autre@example.org"))
    assert client.get(adresse(projet, nom)).status_code == 404
    client.force_login(fabriques.de_role(Role.IEN))
    assert client.get(adresse(projet, nom)).status_code == 404
    client.force_login(fabriques.de_role(Role.COORDINATEUR_EN))
    assert client.get(adresse(projet, nom)).status_code == 403
    assert not Bilan.objects.exists(), "regarder ne prépare rien pour un autre"
    client.force_login(projet.porteur)
    assert client.get(adresse(projet, nom)).status_code == 200
    assert client.get(adresse(projet, nom, annee=2031)).status_code == 404


@pytest.mark.parametrize("qui", ["autre", "services"])
def test_un_autre_n_envoie_rien(client, projet, bilan, qui):
    personnes = {"autre": fabriques.utilisateur("autre@example.org"), "services": fabriques.coordinateur_de(projet)}
    client.force_login(personnes[qui])
    reponse = deposer(client, projet, fichier(bilan), empreinte=bilans.empreinte_de(bilan))
    assert reponse.status_code == {"autre": 404, "services": 403}[qui]
    assert not Piece.objects.filter(genre=GenrePiece.BILAN).exists()


def test_un_bilan_depose_ne_se_prend_ni_ne_se_remplace(porteur, projet, bilan):
    octets, vue = fichier(bilan), bilans.empreinte_de(bilan)
    bilans.deposer(annee_connue.remplir(projet, 2026, {}), par=projet.porteur)
    for reponse in (porteur.get(adresse(projet, "bilan_word")), deposer(porteur, projet, octets, empreinte=vue)):
        assert (reponse.status_code, reponse.url) == (302, adresse(projet))
    assert not Piece.objects.filter(genre=GenrePiece.BILAN).exists()
    assert "Remplir le bilan dans Word" not in porteur.get(adresse(projet)).content.decode()


# --- the form that is given ---------------------------------------------------------------------------------------------


def test_le_bilan_prerempli_se_telecharge(porteur, projet):
    reponse = porteur.get(adresse(projet, "bilan_word"))
    assert reponse["Content-Type"] == MIME_DOCX
    assert reponse["Content-Disposition"] == f'attachment; filename="bilan-2026-{projet.numero}.docx"'
    assert reponse["Cache-Control"] == "private, no-store"
    lue = lire(reponse.content, bilans_word.referentiel_du_bilan(projet.appel), BILAN)
    assert (lue.dossier.numero, lue.dossier.annee) == (projet.numero, 2026)
    assert lue.dossier.produits[0].prevu == Decimal(1000)


def test_les_pages_proposent_les_deux_gestes(porteur, projet):
    commencer = porteur.get(adresse(projet)).content.decode()
    assert "Télécharger le bilan pré-rempli (Word)" in commencer
    assert "Déposer un bilan rempli en Word" in commencer
    assert not Bilan.objects.exists()
    for nom in ("bilan_modifier", "bilan"):
        page = porteur.get(adresse(projet, nom)).content.decode()
        assert "Télécharger le bilan pré-rempli (Word)" in page
        assert "Déposer un bilan rempli en Word" in page
        assert 'name="fichier"' in page


# --- the file that comes back -------------------------------------------------------------------------------------------


def test_du_fichier_au_depot(porteur, projet, bilan):
    reponse = deposer(porteur, projet, fichier(bilan, filles=12))
    assert (reponse.status_code, reponse.url) == (302, adresse(projet, "bilan_modifier"))
    page = page_de_saisie(porteur, projet)
    assert "Voici ce que nous avons compris de votre fichier" in page
    assert "Quatre séances." in page
    assert "Ce que votre fichier a changé" in page
    assert "bilan rempli.docx" in page
    bilan.refresh_from_db()
    assert (bilan.filles, realise(bilan, "60-MATIERES")) == (12, Decimal(900))
    assert porteur.post(adresse(projet, "bilan_action", "deposer")).url == adresse(projet)

    porteur.force_login(fabriques.coordinateur_de(projet))
    vue = porteur.get(adresse(projet)).content.decode()
    piece = Piece.objects.get(genre=GenrePiece.BILAN)
    assert "Bilan déposé en Word" in vue
    assert reverse("piece", args=[projet.numero, piece.pk]) in vue
    assert b"".join(porteur.get(reverse("piece", args=[projet.numero, piece.pk]))) == fichier_garde(piece)


def fichier_garde(piece):
    with piece.fichier.open("rb") as garde:
        return garde.read()


def test_les_services_ne_voient_pas_un_fichier_pas_encore_depose(client, projet, bilan):
    bilans.deposer(annee_connue.remplir(projet, 2026, {}), par=projet.porteur)
    bilan.refresh_from_db()
    bilans.renvoyer(bilan, par=fabriques.coordinateur_de(projet), motif="Il manque les effectifs.")
    client.force_login(projet.porteur)
    bilan.refresh_from_db()
    assert deposer(client, projet, fichier(bilan, filles=3)).status_code == 302
    piece = Piece.objects.get(genre=GenrePiece.BILAN)
    assert client.get(reverse("piece", args=[projet.numero, piece.pk])).status_code == 200
    client.force_login(fabriques.coordinateur_de(projet))
    assert client.get(reverse("piece", args=[projet.numero, piece.pk])).status_code == 403
    assert "Bilan déposé en Word" not in client.get(adresse(projet)).content.decode()


def test_ce_qui_ne_va_pas_se_dit_a_cote_du_champ_et_en_tete(porteur, projet, bilan):
    contenu = rempli(bilan)
    ajout = ChargeRendue("62-DEPLACEMENTS", "Bus", Decimal(40), Decimal("80.50"))
    charges = (*(c for c in contenu.charges if c.compte != "60-MATIERES"), ajout)
    deposer(porteur, projet, fichier(bilan, charges=charges, filles=-2, certifie=False))
    page, prevue = page_de_saisie(porteur, projet), ligne(bilan, "60-MATIERES")
    for ancre in (f"id_ligne_{prevue.pk}", "id_filles", "id_ajouts-0-realise", "id_certifie"):
        assert f'href="#{ancre}"' in page
        assert f'id="{ancre}"' in page
        assert f'id="{ancre}_constats"' in page
    assert "n’est plus dans votre fichier" in page
    assert "Certifiez l’exactitude" in page
    assert "Vous avez écrit « -2 »" in page
    assert "Filles : Écrivez un nombre de personnes" in page
    assert "Ce qui n’était pas prévu, ligne 1 : Cette ligne n’était pas au budget" in page


def test_les_passages_sans_place_se_montrent_jusqu_a_j_ai_vu(porteur, projet, bilan):
    document = docx.Document(io.BytesIO(fichier(bilan)))
    document.add_paragraph("Merci <b>à toutes</b> & à tous.")
    document.save(sortie := io.BytesIO())
    deposer(porteur, projet, sortie.getvalue())
    assert "Merci &lt;b&gt;à toutes&lt;/b&gt; &amp; à tous." in page_de_saisie(porteur, projet)
    porteur.post(adresse(projet, "bilan_modifier"), saisie(porteur, projet, observations="Autre"))
    page = page_de_saisie(porteur, projet)
    assert "Merci &lt;b&gt;" in page
    assert "Ce que votre fichier a changé" not in page
    porteur.post(adresse(projet, "bilan_modifier"), saisie(porteur, projet, observations="Autre", relu="1"))
    page = page_de_saisie(porteur, projet)
    assert "Merci &lt;b&gt;" not in page
    assert "Voici ce que nous avons compris" not in page


def test_une_remarque_part_quand_sa_reponse_change(porteur, projet, bilan):
    deposer(porteur, projet, fichier(bilan, filles=-2, garcons=-3))
    porteur.post(adresse(projet, "bilan_modifier"), saisie(porteur, projet, filles="2"))
    bilan.refresh_from_db()
    assert [a["champ"] for a in bilan.lecture["anomalies"]] == ["garcons"]


def test_le_fichier_annote_se_telecharge(porteur, projet, bilan):
    assert porteur.get(adresse(projet, "bilan_word"), {"annote": "1"}).status_code == 404, "pas encore de fichier"
    deposer(porteur, projet, fichier(bilan, filles=-2))
    reponse = porteur.get(adresse(projet, "bilan_word"), {"annote": "1"})
    assert reponse["Content-Disposition"] == 'attachment; filename="annote-bilan_rempli.docx"'
    commentaires = [c.text for c in docx.Document(io.BytesIO(reponse.content)).comments]
    assert any("à partir de 0" in texte for texte in commentaires)


# --- what is refused ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("octets", "dit"),
    [(b"%PDF-1.7", "PDF"), (b"", "vide"), (b"PK\x03\x04 rien", "abîmé"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Word")],
)
def test_un_fichier_hostile_est_refuse_sans_rien_garder(porteur, projet, bilan, octets, dit):
    reponse = deposer(porteur, projet, octets)
    assert reponse.status_code == 422
    assert dit in reponse.content.decode()
    assert not Piece.objects.filter(genre=GenrePiece.BILAN).exists()


def test_sans_fichier_la_page_le_demande(porteur, projet, bilan):
    reponse = porteur.post(adresse(projet, "bilan_word_deposer"), {})
    assert reponse.status_code == 422
    assert "Choisissez le fichier Word" in reponse.content.decode()


def test_le_bilan_d_un_autre_projet_ou_d_une_autre_annee_est_refuse(porteur, projet, bilan):
    for changement in ({"numero": "2026-9999"}, {"annee": 2025}):
        reponse = deposer(porteur, projet, fichier(bilan, **changement))
        assert reponse.status_code == 422
        assert "Ce document est le bilan" in reponse.content.decode()
    bilan.refresh_from_db()
    assert bilan.realisation == ""


def test_un_dossier_ou_un_bilan_ne_prennent_pas_la_place_l_un_de_l_autre(porteur, projet, bilan):
    dossier = ecrire(fabriques.dossier_complet(), projet.appel.referentiel())
    assert "dossier de projet, pas un bilan" in deposer(porteur, projet, dossier).content.decode()
    pieces = Piece.objects.count()
    envoye = SimpleUploadedFile("bilan.docx", fichier(bilan))
    reponse = porteur.post(reverse("deposer"), {"fichier": envoye})
    assert reponse.status_code == 422
    assert "est un bilan, pas un dossier" in reponse.content.decode()
    assert Piece.objects.count() == pieces


def test_de_deux_ecritures_la_seconde_le_sait(porteur, projet, bilan):
    octets, vue = fichier(bilan), bilans.empreinte_de(bilan)
    porteur.post(adresse(projet, "bilan_modifier"), saisie(porteur, projet, resultats="Écrit dans un autre onglet"))
    reponse = deposer(porteur, projet, octets, empreinte=vue)
    assert reponse.status_code == 422
    assert "a été modifié depuis" in reponse.content.decode()
    bilan.refresh_from_db()
    assert bilan.resultats == "Écrit dans un autre onglet"
    nouvelle = re.search(r'name="empreinte" value="(\w+)"', reponse.content.decode())[1]
    assert deposer(porteur, projet, octets, empreinte=nouvelle).status_code == 302
    bilan.refresh_from_db()
    assert (bilan.resultats, bilan.realisation) == ("Écrit dans un autre onglet", "Quatre séances.\nUne sortie.")


def test_une_saisie_en_cours_ne_recouvre_pas_le_fichier(porteur, projet, bilan):
    ancienne = saisie(porteur, projet, resultats="Vieil onglet")
    deposer(porteur, projet, fichier(bilan))
    assert porteur.post(adresse(projet, "bilan_modifier"), ancienne).status_code == 409
    bilan.refresh_from_db()
    assert bilan.realisation == "Quatre séances.\nUne sortie."
