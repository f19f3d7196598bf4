"""Joined files against an enemy's: what is taken out, what is refused, and that a good file loses nothing that is seen."""

import io
import struct
import zlib

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image

from projets.pieces_jointes import processus
from projets.pieces_jointes.nettoyage import COTE_MAX, nettoyer
from projets.pieces_jointes.verdict import MESSAGES, RETRAITS, PieceRefusee

from .pieces import JPEG, PDF, PNG, image, pdf


def ouvrir(octets):
    return Image.open(io.BytesIO(octets))


def refus(octets, faire=nettoyer):
    with pytest.raises(PieceRefusee) as refuse:
        faire(octets)
    return refuse.value.code


# --- images -------------------------------------------------------------------------------------------------------------


def test_une_photo_se_redessine_sans_ce_qu_elle_cachait():
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"  # GPS
    exif[0x010F], exif[0x0112] = "Appareil", 6  # turned by a quarter
    octets = image(taille=(40, 30), exif=exif, comment=b"Commentaire") + b"<?php suite() ?>PK\x03\x04"
    gardee = nettoyer(octets)
    assert (gardee.type_mime, gardee.extension, gardee.retraits) == ("image/jpeg", ".jpg", ())
    lue = ouvrir(gardee.octets)
    assert lue.size == (30, 40), "dans le sens où on la regarde"
    assert not lue.getexif()
    for cache in (b"Appareil", b"Commentaire", b"php", b"PK\x03\x04", b"Exif"):
        assert cache not in gardee.octets


def test_un_png_garde_sa_transparence_et_perd_ses_textes():
    from PIL.PngImagePlugin import PngInfo

    textes = PngInfo()
    textes.add_text("Lieu", "cour de l’école", zip=False)
    textes.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta/>")
    gardee = nettoyer(image("PNG", mode="RGBA", pnginfo=textes))
    assert ouvrir(gardee.octets).mode == "RGBA"
    assert b"Lieu" not in gardee.octets
    assert b"xmpmeta" not in gardee.octets


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "I;16", "LA"])
def test_toutes_les_couleurs_se_gardent(mode):
    genre = "JPEG" if mode == "CMYK" else "PNG"
    gardee = nettoyer(image(genre, mode=mode))
    assert ouvrir(gardee.octets).size == (40, 30)


def test_une_photo_immense_est_reduite():
    gardee = nettoyer(image(taille=(COTE_MAX + 1000, 50)))
    assert ouvrir(gardee.octets).width == COTE_MAX


def bombe_png(cote=50_000):
    """A few kilobytes that would be gigabytes of pixels."""

    def bloc(nom, corps):
        return struct.pack(">I", len(corps)) + nom + corps + struct.pack(">I", zlib.crc32(nom + corps))

    tete = struct.pack(">IIBBBBB", cote, cote, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + bloc(b"IHDR", tete) + bloc(b"IDAT", zlib.compress(bytes(1_000_000))) + bloc(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (bombe_png(), "image"), (JPEG[:-200], "image"), (PNG[:40], "image"), (b"\xff\xd8\xff" + bytes(500), "image"),
        (b"GIF89a" + bytes(50), "inconnu"), (b"<svg onload=alert(1)>", "inconnu"), (b"", "inconnu"), (b"MZ\x90", "inconnu"),
        (b"\x89PNG\r\n\x1a\n<svg/>", "image"),
    ],
)  # fmt: skip
def test_une_image_hostile_est_refusee(octets, code):
    assert refus(octets) == code


# --- PDF ----------------------------------------------------------------------------------------------------------------


def test_un_pdf_sans_danger_reste_tel_quel():
    assert nettoyer(PDF).octets == PDF


def javascript(d):
    d.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="app.alert(1)")


def dans_un_arbre_de_noms(d):
    action = d.make_indirect(Dictionary(S=Name.JavaScript, JS=d.make_stream(b"app.alert(1)")))
    d.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array(["x", action])))


def sur_un_evenement(d):
    d.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.JavaScript, JS="app.alert(1)"))


def lancement(d):
    lien = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=Dictionary(S=Name.Launch, F="cmd.exe"))
    d.pages[0].obj.Annots = Array([d.make_indirect(lien)])


def a_la_suite(d):
    suite = Dictionary(S=Name.Launch, F="cmd.exe")
    lien = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9],
                      A=Dictionary(S=Name.URI, URI="https://example.org", Next=Array([suite])))  # fmt: skip
    d.pages[0].obj.Annots = Array([lien])


def fichier_attache(d):
    d.attachments["piege.exe"] = pikepdf.AttachedFileSpec(d, b"MZ-charge")


def fichier_en_annotation(d):
    d.attachments["piege.exe"] = pikepdf.AttachedFileSpec(d, b"MZ-charge")
    attachee = d.attachments["piege.exe"].obj
    note = Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=[0, 0, 9, 9], FS=attachee)
    d.pages[0].obj.Annots = Array([note])
    del d.Root.Names


def formulaire_xfa(d):
    d.Root.AcroForm = Dictionary(Fields=Array([]), XFA=d.make_stream(b"<xdp><script>x</script></xdp>"))


def envoi(d):
    champ = Dictionary(FT=Name.Btn, T="b", A=Dictionary(S=Name.SubmitForm, F="https://example.org"))
    d.Root.AcroForm = Dictionary(Fields=Array([d.make_indirect(champ)]))


def video(d):
    d.pages[0].obj.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=[0, 0, 9, 9])])


ARMES = {
    javascript: "programme", dans_un_arbre_de_noms: "programme", sur_un_evenement: "programme", lancement: "lancement",
    a_la_suite: "lancement", fichier_attache: "fichiers", fichier_en_annotation: "fichiers", formulaire_xfa: "programme",
    envoi: "lancement", video: "media",
}  # fmt: skip
HOSTILE = (b"app.alert", b"cmd.exe", b"MZ-charge", b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/XFA", b"/RichMedia")


@pytest.mark.parametrize("objets", [pikepdf.ObjectStreamMode.disable, pikepdf.ObjectStreamMode.generate])
@pytest.mark.parametrize("arme", ARMES, ids=lambda arme: arme.__name__)
def test_un_pdf_perd_ce_qui_agit_tout_seul(arme, objets):
    octets = pdf(arme, object_stream_mode=objets)
    gardee = nettoyer(octets)
    assert ARMES[arme] in gardee.retraits
    with pikepdf.open(io.BytesIO(gardee.octets)) as relu:
        assert len(relu.pages) == 1
        clair = io.BytesIO()
        relu.save(
            clair,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.all,
        )
    for trace in HOSTILE:
        assert trace not in clair.getvalue(), trace
    assert nettoyer(gardee.octets).octets == gardee.octets, "plus rien à retirer"
    mention = gardee.mention("facture.pdf")
    assert RETRAITS[ARMES[arme]] in mention
    assert "\u00a0facture.pdf\u00a0" in mention


def test_un_lien_ordinaire_et_l_ouverture_a_une_page_restent():
    def liens(d):
        d.Root.OpenAction = Array([d.pages[0].obj, Name.Fit])
        lien = Dictionary(S=Name.URI, URI="https://example.org")
        d.pages[0].obj.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=lien)])

    assert nettoyer(pdf(liens)).retraits == ()


def test_un_pdf_protege_se_dit_protege_et_celui_qui_s_ouvre_se_desarme_aussi():
    assert refus(pdf(encryption=pikepdf.Encryption(user="x", owner="y"))) == "protege"
    ouvert = nettoyer(pdf(javascript, encryption=pikepdf.Encryption(user="", owner="y")))
    assert ouvert.retraits == ("programme",)


def test_un_pdf_que_chacun_lirait_autrement_est_recrit():
    abime = PDF.replace(b"startxref", b"startxrex")
    gardee = nettoyer(abime)
    assert gardee.octets != abime
    with pikepdf.open(io.BytesIO(gardee.octets)) as relu:
        assert not relu.get_warnings()


@pytest.mark.parametrize("octets", [b"%PDF-1.7\n%%EOF", b"%PDF-" + bytes(1000), PDF[:60]])
def test_un_pdf_abime_est_refuse(octets):
    assert refus(octets) == "abime"


# --- the process --------------------------------------------------------------------------------------------------------


def test_le_processus_dit_la_meme_chose():
    for octets in (PDF, JPEG, PNG, pdf(lancement)):
        assert processus.nettoyer_protege(octets) == nettoyer(octets)
    with pytest.raises(PieceRefusee, match="trop grande"):
        processus.nettoyer_protege(bombe_png())


def test_un_fichier_qui_depasse_les_limites_est_refuse(monkeypatch):
    monkeypatch.setattr(processus, "MEMOIRE", 150 * 1024 * 1024)
    assert refus(image(taille=(7000, 7000)), processus.nettoyer_protege) in {*MESSAGES, "image"}
