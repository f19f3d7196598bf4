"""Proofs joined to a bilan: told by their bytes, named without danger, never lost, never doubled."""

import re

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from projets import bilans
from projets.enums import GenrePiece
from projets.forms.justificatifs import JUSTIFICATIFS_MAX, nom_de_piece
from projets.models import Piece

from .. import annee_connue, fabriques
from ..bilans_web import adresse, saisie
from ..pieces import JPEG, PDF, PNG, image, pdf

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


@pytest.fixture
def projet():
    return fabriques.projet_en("valide")


@pytest.fixture
def porteur(client, projet):
    client.force_login(projet.porteur)
    return client


def joindre(client, projet, *fichiers, **champs):
    return client.post(
        adresse(projet, "bilan_modifier"), saisie(client, projet, justificatifs=list(fichiers), **champs)
    )


def test_les_justificatifs_sont_gardes_sous_un_nom_sans_danger(porteur, projet):
    fichiers = [
        SimpleUploadedFile("facture.pdf", PDF),
        SimpleUploadedFile("photo.jpeg", JPEG),
        SimpleUploadedFile("\u202egnp.exe", PNG),
    ]
    assert joindre(porteur, projet, *fichiers).status_code == 302
    pieces = Piece.objects.filter(genre=GenrePiece.JUSTIFICATIF).order_by("pk")
    assert [piece.nom for piece in pieces] == ["facture.pdf", "photo.jpg", "gnp.exe.png"]
    assert [piece.type_mime for piece in pieces] == ["application/pdf", "image/jpeg", "image/png"]
    assert {piece.exercice.annee for piece in pieces} == {2026}
    assert all(re.fullmatch(r"pieces/[0-9a-f]{32}\.\w+", piece.fichier.name) for piece in pieces)


def test_un_mauvais_fichier_est_refuse_et_le_bon_garde(porteur, projet, settings):
    settings.TELEVERSEMENT_TAILLE_MAX = 2000
    reponse = joindre(
        porteur, projet,
        SimpleUploadedFile("facture.pdf", PDF), SimpleUploadedFile("page.pdf", b"<html>%PDF-"),
        SimpleUploadedFile("vide.pdf", b""), SimpleUploadedFile("gros.pdf", PDF + b"0" * 3000),
    )  # fmt: skip
    assert reponse.status_code == 200
    erreurs = " ".join(reponse.context["form"].errors["justificatifs"]).replace("\u00a0", " ")
    assert "« page.pdf » n’est pas joint" in erreurs
    assert "« gros.pdf » dépasse" in erreurs
    assert list(Piece.objects.filter(genre=GenrePiece.JUSTIFICATIF).values_list("nom", flat=True)) == ["facture.pdf"]


def test_une_photo_perd_son_lieu_et_un_pdf_son_programme_et_le_porteur_le_sait(porteur, projet):
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010F] = "Appareil-de-la-classe"
    photo, arme = image(exif=exif), pdf(_armer)
    assert b"Appareil-de-la-classe" in photo
    reponse = joindre(porteur, projet, SimpleUploadedFile("sortie.jpg", photo), SimpleUploadedFile("facture.pdf", arme))
    assert reponse.status_code == 302
    gardees = []
    for piece in Piece.objects.filter(genre=GenrePiece.JUSTIFICATIF).order_by("pk"):
        with piece.fichier.open("rb") as fichier:
            gardees.append(fichier.read())
    assert b"Appareil-de-la-classe" not in gardees[0]
    assert b"app.alert" not in gardees[1]
    page = porteur.get(adresse(projet, "bilan_modifier")).content.decode()
    assert "contenait un programme" in page


def _armer(document):
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def test_un_fichier_envoye_deux_fois_n_est_garde_qu_une(porteur, projet):
    joindre(porteur, projet, SimpleUploadedFile("a.pdf", PDF))
    joindre(porteur, projet, SimpleUploadedFile("b.pdf", PDF))
    assert Piece.objects.filter(genre=GenrePiece.JUSTIFICATIF).count() == 1


def test_le_nombre_de_justificatifs_est_borne(porteur, projet):
    exercice = projet.exercices.get()
    for rang in range(JUSTIFICATIFS_MAX):
        piece = projet.garder_piece(GenrePiece.JUSTIFICATIF, f"{rang}.pdf", PDF + bytes([rang]))
        Piece.objects.filter(pk=piece.pk).update(exercice=exercice)
    assert joindre(porteur, projet, SimpleUploadedFile("a.pdf", PDF)).status_code == 200
    assert Piece.objects.filter(genre=GenrePiece.JUSTIFICATIF).count() == JUSTIFICATIFS_MAX


def test_on_retire_un_justificatif_tant_qu_il_n_a_pas_ete_depose(porteur, projet):
    joindre(porteur, projet, SimpleUploadedFile("a.pdf", PDF))
    piece = Piece.objects.get(genre=GenrePiece.JUSTIFICATIF)
    porteur.post(adresse(projet, "bilan_modifier"), saisie(porteur, projet, retirer=[piece.pk]))
    assert not Piece.objects.filter(pk=piece.pk).exists()
    joindre(porteur, projet, SimpleUploadedFile("a.pdf", PDF))
    bilan = annee_connue.remplir(projet, 2026, {})
    bilans.deposer(bilan, par=projet.porteur)
    bilans.renvoyer(bilan, par=fabriques.coordinateur_de(projet), motif="Il manque une facture.")
    piece = Piece.objects.get(genre=GenrePiece.JUSTIFICATIF)
    assert (
        porteur.post(adresse(projet, "bilan_modifier"), saisie(porteur, projet, retirer=[piece.pk])).status_code == 200
    )
    assert Piece.objects.filter(pk=piece.pk).exists(), "ce qui a été déposé reste"


@pytest.mark.parametrize(
    ("nom", "attendu"),
    [("C:\\x\\facture.pdf", "facture.pdf"), ("../../x.pdf", "x.pdf"), ("", "justificatif.pdf"), ("a.PDF", "a.pdf"),
     ("a" * 300, "a" * 150 + ".pdf"), (".pdf", "justificatif.pdf")],
)  # fmt: skip
def test_nom_de_piece(nom, attendu):
    assert nom_de_piece(nom, ".pdf") == attendu
