"""The communication kit: the sentence, the logos, the models, the supports of a project."""

import io
import zipfile

import docx
import pikepdf
import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pptx import Presentation

from correspondants.enums import Role
from projets import bilans, communication
from projets.documents.compte_financier import CompteFinancier
from projets.dossier import Partenaire
from projets.enums import GenrePiece, Statut, StatutBilan
from projets.images import ImageRefusee, repeindre
from projets.models import Appel, Bilan, LogoCommunication, SupportCommunication

from . import fabriques
from .bilans_web import saisie

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]
AVEC = Appel(
    phrase_communication="Phrase",
    phrase_avec_partenaires="Avec A, et {partenaires}.",
    phrase_sans_partenaires="Avec A.",
)


def image(genre="PNG", taille=(60, 30), **options):
    tampon = io.BytesIO()
    Image.new("RGB", taille, "#0e5360").save(tampon, genre, **options)
    return tampon.getvalue()


def pdf(pages=1):
    tampon = io.BytesIO()
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page()
        document.save(tampon, deterministic_id=True)
    return tampon.getvalue()


def photo_situee():
    exif = Image.Exif()
    exif[0x010F] = "Appareil secret"
    exif.get_ifd(0x8825)[1] = "N"
    return image("JPEG", exif=exif) + b"cache-cache"


@pytest.fixture
def projet(appel):
    dossier = fabriques.dossier_complet(
        partenaires=(Partenaire(nom="Le <Théâtre> d’à côté"), Partenaire(nom="La Mare"))
    )
    return fabriques.projet_en(Statut.VALIDE, dossier)


@pytest.fixture
def logo(projet):
    return LogoCommunication.objects.create(
        appel=projet.appel, nom=projet.appel.logos[1], fichier=ContentFile(image(), name="x.png")
    )


def adresse(projet, nom="projet_communication", *arguments):
    return reverse(nom, args=[projet.numero, *arguments])


def joindre(client, projet, *fichiers):
    return client.post(adresse(projet), {"supports": [SimpleUploadedFile(nom, octets) for nom, octets in fichiers]})


@pytest.mark.parametrize(
    ("noms", "phrase"),
    [
        ((), "Avec A."),
        (("B",), "Avec A, et B."),
        (("B", " C  D ", "B", ""), "Avec A, et B et C D."),
        (("B", "C", "D"), "Avec A, et B, C et D."),
    ],
)
def test_la_phrase_prend_les_partenaires(noms, phrase):
    assert communication.phrase_du_projet(AVEC, noms) == phrase


def test_un_appel_qui_ne_dit_pas_ou_vont_les_partenaires_garde_sa_phrase():
    assert communication.phrase_du_projet(Appel(phrase_communication="Telle quelle"), ("B",)) == "Telle quelle"


def test_la_phrase_de_la_cite_est_celle_de_l_appel(projet):
    """« Avec le concours de … et de la Ville … (ainsi que les partenaires de votre projet) », word for word."""
    appel = projet.appel
    debut = appel.phrase_communication.partition(" (")[0]
    assert appel.phrase_sans_partenaires == debut
    assert (
        communication.Kit.de(projet).phrase
        == f"{debut}, ainsi que des partenaires de ce projet\u00a0: Le <Théâtre> d’à côté et La Mare"
    )


def test_le_kit_montre_la_phrase_et_dit_quels_logos_manquent(client, projet, logo):
    client.force_login(projet.porteur)
    texte = client.get(adresse(projet)).content.decode()
    assert "Le &lt;Théâtre&gt; d’à côté et La Mare" in texte
    assert texte.count("Image à demander à la coordination") == len(projet.appel.logos) - 1
    assert reverse("logo_communication", args=[logo.pk]) in texte


def test_l_archive_a_les_logos_la_phrase_et_ce_qui_manque(client, projet, logo):
    client.force_login(projet.porteur)
    with zipfile.ZipFile(io.BytesIO(client.get(adresse(projet, "projet_logos")).content)) as archive:
        *noms, notice = archive.namelist()
        texte = archive.read(notice).decode("utf-8-sig")
        assert [archive.read(nom)[:4] for nom in noms] == [b"\x89PNG"]
    assert all(nom.isascii() and "/" not in nom for nom in noms)
    assert "La Mare" in texte
    assert f"- {projet.appel.logos[0]}" in texte.partition("À demander")[2]


def test_les_modeles_disent_la_phrase_et_decrivent_les_logos(client, projet, logo):
    client.force_login(projet.porteur)
    phrase = communication.Kit.de(projet).phrase.replace("\u00a0", " ")
    affiche = docx.Document(io.BytesIO(client.get(adresse(projet, "projet_affiche")).content))
    textes = " ".join(paragraphe.text for paragraphe in affiche.paragraphs).replace("\u00a0", " ")
    assert phrase in textes
    assert projet.titre.replace("\u00a0", " ") in textes
    assert [forme._inline.docPr.get("descr") for forme in affiche.inline_shapes] == [logo.nom]
    page = Presentation(io.BytesIO(client.get(adresse(projet, "projet_diapositive")).content)).slides[0]
    assert phrase in " ".join(f.text_frame.text for f in page.shapes if f.has_text_frame).replace("\u00a0", " ")
    images = [forme for forme in page.shapes if forme.shape_type == 13]
    assert [forme._element.nvPicPr.cNvPr.get("descr") for forme in images] == [logo.nom]


def test_les_supports_se_joignent_et_perdent_ce_qu_ils_cachent(client, projet):
    client.force_login(projet.porteur)
    reponse = joindre(client, projet, ("affiche.pdf", pdf()), ("photo.jpg", photo_situee()))
    assert reponse.status_code == 302
    photo, affiche = projet.pieces.filter(genre=GenrePiece.SUPPORT).order_by("-pk")
    with photo.fichier.open("rb") as fichier:
        octets = fichier.read()
    assert b"Appareil secret" not in octets
    assert b"cache-cache" not in octets
    assert affiche.nom == "affiche.pdf"
    client.force_login(fabriques.coordinateur_de(projet))
    assert client.get(reverse("piece", args=[projet.numero, photo.pk])).content == octets


def test_le_bilan_montre_les_supports(client, projet):
    client.force_login(projet.porteur)
    joindre(client, projet, ("affiche-du-parc.pdf", pdf()))
    exercice = projet.exercices.order_by("annee").first()
    client.get(reverse("bilan_modifier", args=[projet.numero, exercice.annee]))
    assert "affiche-du-parc.pdf" in client.get(reverse("bilan", args=[projet.numero, exercice.annee])).content.decode()


def test_un_fichier_refuse_n_emporte_pas_les_autres(client, projet):
    client.force_login(projet.porteur)
    reponse = joindre(client, projet, ("a.pdf", pdf()), ("b.png", b"\x89PNG\r\n\x1a\n0000"), ("c.exe", b"MZ"))
    assert reponse.status_code == 422
    assert [piece.nom for piece in communication.supports_de(projet)] == ["a.pdf"]
    texte = reponse.content.decode()
    assert "b.png" in texte
    assert "c.exe" in texte


def test_un_pdf_perd_ses_programmes(client, projet):
    tampon = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf())) as document:
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('bonjour')")
        document.save(tampon)
    client.force_login(projet.porteur)
    assert joindre(client, projet, ("piege.pdf", tampon.getvalue())).status_code == 302
    (piece,) = communication.supports_de(projet)
    with piece.fichier.open("rb") as fichier:
        assert b"bonjour" not in fichier.read()


def test_deux_fois_le_meme_et_un_de_trop_sont_dits(client, projet, monkeypatch):
    monkeypatch.setattr(communication, "SUPPORTS_MAX", 2)
    client.force_login(projet.porteur)
    assert joindre(client, projet, ("a.pdf", pdf())).status_code == 302
    assert "est déjà joint" in joindre(client, projet, ("a.pdf", pdf())).content.decode()
    assert joindre(client, projet, ("b.pdf", pdf(2))).status_code == 302
    assert "2 supports au plus" in joindre(client, projet, ("c.pdf", pdf(3))).content.decode()
    assert len(list(communication.supports_de(projet))) == 2


def test_un_support_se_retire_apres_confirmation(client, projet):
    client.force_login(projet.porteur)
    joindre(client, projet, ("a.pdf", pdf()))
    (piece,) = communication.supports_de(projet)
    url = adresse(projet, "support_retirer", piece.pk)
    assert client.get(url).status_code == 200
    assert list(communication.supports_de(projet)) == [piece]
    assert client.post(url).status_code == 302
    assert not list(communication.supports_de(projet))


@pytest.mark.parametrize("qui", [Role.COORDINATEUR_EN, Role.PILOTE_VILLE, Role.OBSERVATEUR, Role.IEN, "etranger"])
def test_seul_le_porteur_joint(client, projet, qui):
    client.force_login(fabriques.utilisateur("etranger@example.org") if qui == "etranger" else fabriques.de_role(qui))
    assert joindre(client, projet, ("a.pdf", pdf())).status_code in (403, 404)
    assert not list(communication.supports_de(projet))


@pytest.mark.parametrize("statut", [Statut.REFUSE, Statut.RETIRE])
def test_un_projet_ferme_ne_prend_plus_de_support(client, appel, statut):
    projet = fabriques.projet_en(statut)
    client.force_login(projet.porteur)
    assert joindre(client, projet, ("a.pdf", pdf())).status_code == 403


def test_un_justificatif_ne_se_retire_pas_par_cette_porte(client, projet):
    piece = projet.garder_piece(GenrePiece.JUSTIFICATIF, "facture.pdf", pdf(), projet.porteur)
    client.force_login(projet.porteur)
    assert client.post(adresse(projet, "support_retirer", piece.pk)).status_code == 404


@given(st.binary(max_size=300))
def test_rien_de_ce_qui_n_est_pas_une_image_ne_passe(octets):
    for debut in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"):
        with pytest.raises(ImageRefusee):
            repeindre(debut + octets)


def test_une_bombe_est_refusee_avant_d_etre_ouverte():
    bombe = image("PNG", (9000, 9000))
    with pytest.raises(ImageRefusee, match="trop grande"):
        repeindre(bombe)


def test_une_photo_couchee_est_redressee():
    exif = Image.Exif()
    exif[0x0112] = 6
    propre = repeindre(image("JPEG", (40, 20), exif=exif))
    assert (propre.largeur, propre.hauteur) == (20, 40)
    assert not Image.open(io.BytesIO(propre.octets)).getexif()


# --- the checklist of the bilan, answered from the register -----------------------------------------------------------


@pytest.mark.parametrize(
    ("dits", "complete"),
    [([], False), ([(True, True)], True), ([(True, True), (True, False)], False), ([(False, False)], False)],
)
def test_la_liste_de_controle_se_lit_dans_le_registre(dits, complete):
    projet = fabriques.projet_en(Statut.VALIDE)
    for phrase, logos in dits:
        piece = projet.garder_piece(GenrePiece.SUPPORT, "affiche.pdf", b"%PDF", projet.porteur, "application/pdf")
        SupportCommunication.objects.create(piece=piece, phrase=phrase, logos=logos)
    conformite = communication.Conformite.de(projet)
    assert (conformite.nombre, conformite.est_complete) == (len(dits), complete)
    assert conformite.phrase == sum(phrase for phrase, _ in dits)


def test_le_bilan_reprend_le_registre_et_ne_le_fait_pas_taper(client):
    projet = fabriques.projet_en(Statut.VALIDE)
    piece = projet.garder_piece(GenrePiece.SUPPORT, "affiche.pdf", b"%PDF", projet.porteur, "application/pdf")
    client.force_login(projet.porteur)
    bilan = reverse("bilan_modifier", args=[projet.numero, 2026])
    assert "1 support du projet" in client.get(bilan).content.decode()
    kit = reverse("projet_communication", args=[projet.numero])
    client.post(kit, {"declarer": "oui", f"phrase_{piece.pk}": "on", f"logos_{piece.pk}": "on"})
    client.post(bilan, saisie(client, projet, enregistrer="oui"))
    assert projet.exercices.get().bilan.communication_faite
    client.post(kit, {"declarer": "oui", f"phrase_{piece.pk}": "on"})  # the logos are not on it after all
    client.post(bilan, saisie(client, projet, enregistrer="oui", communication_faite="on"))
    assert not projet.exercices.get().bilan.communication_faite


def test_le_bilan_depose_garde_ce_que_le_registre_disait(client):
    projet = fabriques.projet_en(Statut.VALIDE)
    piece = projet.garder_piece(GenrePiece.SUPPORT, "affiche.pdf", b"%PDF", projet.porteur, "application/pdf")
    dit = SupportCommunication.objects.create(piece=piece, phrase=True, logos=False)
    fabriques.remettre_les_bilans(projet)
    bilan = Bilan.objects.get(exercice__projet=projet)
    Bilan.objects.update(statut=StatutBilan.A_COMPLETER, communication_faite=False)
    bilan.refresh_from_db()
    SupportCommunication.objects.filter(pk=dit.pk).update(logos=True)  # said after the form was saved
    assert communication.communication_faite(bilan)
    bilans.deposer(bilan, par=projet.porteur)
    assert bilan.communication_faite
    SupportCommunication.objects.filter(pk=dit.pk).update(phrase=False)  # and changed after the deposit
    client.force_login(projet.porteur)
    assert CompteFinancier.de(bilan).communication_faite
    page = client.get(reverse("bilan", args=[projet.numero, bilan.exercice.annee])).content.decode()
    assert "Les logos et la phrase demandés figurent sur les supports." in page


def test_on_ne_decrit_pas_les_supports_d_un_autre(client):
    projet = fabriques.projet_en(Statut.VALIDE)
    piece = projet.garder_piece(GenrePiece.SUPPORT, "affiche.pdf", b"%PDF", projet.porteur, "application/pdf")
    sien = fabriques.projet_en(Statut.VALIDE, porteur=fabriques.utilisateur("autre@example.org"))
    client.force_login(sien.porteur)
    dits = {"declarer": "oui", f"phrase_{piece.pk}": "on", f"logos_{piece.pk}": "on"}
    assert client.post(reverse("projet_communication", args=[projet.numero]), dits).status_code == 404
    client.post(reverse("projet_communication", args=[sien.numero]), dits)
    assert not SupportCommunication.objects.exists()
    client.force_login(fabriques.coordinateur_de(projet))
    assert client.post(reverse("projet_communication", args=[projet.numero]), dits).status_code == 403
