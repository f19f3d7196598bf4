"""A file is opened by the end of its name: nothing that arrives keeps an end that its bytes do not deserve."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from projets.enums import Action, GenrePiece
from projets.models import Piece, Projet
from projets.noms_de_fichiers import MIME_DOCX, nom_garde, nom_propre
from projets.word.ecriture import ecrire
from projets.workflow import executer

from . import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]


@pytest.mark.parametrize(
    ("nom", "type_", "garde"),
    [("dossier.docx", MIME_DOCX, "dossier.docx"), ("Dossier.DOCX", MIME_DOCX, "Dossier.docx"),
     ("dossier.hta", MIME_DOCX, "dossier.hta.docx"), ("dossier.docx.js", MIME_DOCX, "dossier.docx.js.docx"),
     ("dossier", MIME_DOCX, "dossier.docx"), ("../../etc/passwd", MIME_DOCX, "passwd.docx"),
     ("C:\\Users\\moi\\x.docx", MIME_DOCX, "x.docx"), ("x.docx. ", MIME_DOCX, "x.docx.docx"), ("", MIME_DOCX, "fichier.docx"),
     (".docx", MIME_DOCX, "fichier.docx"), ("photo.jpeg", "image/jpeg", "photo.jpg"), ("photo.svg", "image/png", "photo.svg.png"),
     ("vieux.pdf", "", "vieux.pdf"), ("vieux.exe", "", "vieux.exe.bin"), ("a\u202excod.docx", MIME_DOCX, "axcod.docx")],
)  # fmt: skip
def test_un_nom_finit_comme_ses_octets(nom, type_, garde):
    assert nom_garde(nom, type_) == garde
    assert len(nom_garde("n" * 500 + ".exe", type_)) <= 160


@pytest.mark.parametrize("nom", ["!!!.docx", "😀.docx", "...", "\\..", "\x00", "«».docx", "-.-"])
def test_un_nom_de_signes_se_telecharge_quand_meme(nom):
    assert nom_propre(nom_garde(nom, MIME_DOCX)).endswith(".docx")


@pytest.mark.parametrize("ancien", [False, True], ids=["reçu", "gardé avant ce contrôle"])
def test_un_dossier_nomme_comme_un_programme_se_telecharge_en_word(appel, client, ancien):
    """A Word file is a zip: a page with a program, laid in it uncompressed, would run under the name « .hta »."""
    porteur = fabriques.utilisateur()
    client.force_login(porteur)
    octets = ecrire(fabriques.dossier_complet(), appel.referentiel())
    client.post(reverse("deposer"), {"fichier": SimpleUploadedFile("!dossier.hta", octets)})
    projet = Projet.objects.get()
    piece = projet.pieces.get(genre=GenrePiece.DOSSIER)
    assert (piece.nom, piece.fichier.name[-5:]) == ("!dossier.hta.docx", ".docx")
    if ancien:
        Piece.objects.filter(pk=piece.pk).update(nom="!dossier.hta", type_mime="")
    executer(projet, Action.DEPOSER, par=porteur)
    client.force_login(fabriques.coordinateur_de(projet))
    reponse = client.get(reverse("piece", args=[projet.numero, piece.pk]))
    assert reponse["Content-Disposition"] == 'attachment; filename="dossier.hta.docx"'
    assert reponse["X-Content-Type-Options"] == "nosniff"
