"""The safety gate: every kind of file that is not a clean .docx is refused with its own sentence, in bounded time and memory."""

import io
import struct
import zipfile
from pathlib import Path

import pytest

from projets.questionnaire import Referentiel
from projets.word.controle import controler
from projets.word.lecture import lire
from projets.word.protege import lire_protege
from projets.word.refus import MESSAGES, TAILLE_MAXIMALE, FichierRefuse
from tests.word.deformations import reecrire

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504
RELATIONS = "word/_rels/document.xml.rels"
TYPES = "[Content_Types].xml"
DOCUMENT = "word/document.xml"


def code(octets: bytes) -> str:
    with pytest.raises(FichierRefuse) as refus:
        controler(octets)
    assert refus.value.message.endswith((".", "!"))
    return refus.value.code


def zip_de(entrees: dict[str, bytes], methode: int = zipfile.ZIP_DEFLATED) -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", methode) as archive:
        for nom, contenu in entrees.items():
            archive.writestr(nom, contenu)
    return sortie.getvalue()


def avec_entree(octets: bytes, nom: str, contenu: bytes) -> bytes:
    sortie = io.BytesIO(octets)
    with zipfile.ZipFile(sortie, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(nom), contenu)
    return sortie.getvalue()


def avec_relation(octets: bytes, genre: str, cible: str, mode: str = "External") -> bytes:
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    lien = f'<Relationship Id="rId900" Type="{base}/{genre}" Target="{cible}" TargetMode="{mode}"/></Relationships>'
    return reecrire(octets, {RELATIONS: lambda contenu: contenu.replace(b"</Relationships>", lien.encode())})


def avec_corps(octets: bytes, debut: str) -> bytes:
    return reecrire(octets, {DOCUMENT: lambda contenu: contenu.replace(b"<w:body>", f"<w:body>{debut}".encode(), 1)})


@pytest.mark.parametrize(
    ("octets", "attendu"),
    [
        (b"", "vide"),
        (b"PK\x03\x04" + b"0" * TAILLE_MAXIMALE, "trop_lourd"),
        (OLE + "WordDocument".encode("utf-16-le"), "doc"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "protege"),
        (OLE + "Workbook".encode("utf-16-le"), "tableur"),
        (b"%PDF-1.7\n%\xe2\xe3", "pdf"),
        (b"\xef\xbb\xbf{\\rtf1\\ansi Bonjour}", "rtf"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 20, "image"),
        (b"\xff\xd8\xff\xe0" + b"\x00" * 20, "image"),
        (b"\x00\x00\x00\x18ftypheic", "image"),
        (b"<!DOCTYPE html><html><body>x</body></html>", "page_web"),
        (b'<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument/>', "xml"),
        (b"Bonjour, voici notre projet.", "texte"),
        (b"Rar!\x1a\x07\x00", "archive"),
        (b"PK\x05\x06" + b"\x00" * 18, "abime"),
        (b"PK\x03\x04pas un zip", "abime"),
        (bytes(range(256)) * 4, "inconnu"),
    ],
    ids=lambda valeur: valeur if isinstance(valeur, str) else "",
)
def test_ce_qui_n_est_pas_un_docx_a_sa_phrase(octets: bytes, attendu: str) -> None:
    assert code(octets) == attendu


@pytest.mark.parametrize(
    ("entrees", "attendu"),
    [
        ({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<a/>"}, "odt"),
        ({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, "tableur"),
        ({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<a/>"}, "tableur"),
        ({"[Content_Types].xml": b"<Types/>", "ppt/presentation.xml": b"<a/>"}, "presentation"),
        ({"Index/Document.iwa": b"x"}, "pages"),
        ({"dossier/projet.docx": b"x"}, "archive"),
        ({"photo.jpg": b"x"}, "archive"),
        ({"[Content_Types].xml": b"<Types/>", "_rels/.rels": b"<Relationships/>"}, "inconnu"),
    ],
)
def test_un_zip_qui_n_est_pas_un_docx_a_sa_phrase(entrees: dict[str, bytes], attendu: str) -> None:
    assert code(zip_de(entrees)) == attendu


def test_chaque_refus_dit_quoi_faire() -> None:
    for message in MESSAGES.values():
        assert message[0].isupper()
        assert message.endswith(".")
        assert "  " not in message


def test_un_fichier_tronque_est_abime(formulaire: bytes) -> None:
    for part in (30, 1000, len(formulaire) // 2, len(formulaire) - 10):
        assert code(formulaire[:part]) == "abime"


def test_une_somme_fausse_est_vue(formulaire: bytes) -> None:
    place = formulaire.index(b"word/document.xml") + 400
    assert code(formulaire[:place] + b"\x00\x01\x02" + formulaire[place + 3 :]) == "abime"


@pytest.mark.parametrize("nom", ["../evasion.xml", "word/../../x", "/etc/passwd", "C:/x.xml", "word\\x.xml"])
def test_un_nom_d_entree_qui_s_evade_est_refuse(formulaire: bytes, nom: str) -> None:
    assert code(avec_entree(formulaire, nom, b"<a/>")) == "suspect"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_deux_entrees_du_meme_nom_sont_refusees(formulaire: bytes) -> None:
    assert code(avec_entree(formulaire, "word/document.xml", b"<a/>")) == "suspect"
    assert code(avec_entree(formulaire, "WORD/Document.xml", b"<a/>")) == "suspect"


def test_trop_d_entrees_sont_refusees(formulaire: bytes) -> None:
    with zipfile.ZipFile(sortie := io.BytesIO(formulaire), "a") as archive:
        for rang in range(400):
            archive.writestr(f"word/media/{rang}.png", b"x")
    assert code(sortie.getvalue()) == "trop_complexe"


def test_une_bombe_est_refusee_sans_etre_gonflee(formulaire: bytes) -> None:
    assert code(avec_entree_compressee(formulaire, "word/media/noir.bmp", b"\x00" * 70_000_000)) == "trop_complexe"
    assert code(reecrire(formulaire, {DOCUMENT: lambda _: b"<w:p/>" * 1_500_000})) == "trop_complexe"
    assert code(reecrire(formulaire, {DOCUMENT: lambda _: b"<a/>" * 700_000})) == "trop_complexe"


def avec_entree_compressee(octets: bytes, nom: str, contenu: bytes) -> bytes:
    with zipfile.ZipFile(sortie := io.BytesIO(octets), "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(nom, contenu)
    return sortie.getvalue()


def test_une_taille_annoncee_fausse_est_refusee(formulaire: bytes) -> None:
    gonflee = avec_entree_compressee(formulaire, "word/media/noir.bmp", b"\x00" * 1_000_000)
    entree = gonflee.rindex(b"PK\x01\x02")
    menteuse = gonflee[: entree + 24] + struct.pack("<I", 10) + gonflee[entree + 28 :]
    assert code(menteuse) in ("abime", "trop_complexe")


def test_des_entrees_qui_se_recouvrent_sont_refusees(formulaire: bytes) -> None:
    double = avec_entree_compressee(formulaire, "word/media/a.png", b"a" * 1000)
    entree = double.rindex(b"PK\x01\x02")
    debut_document = next(
        i.header_offset for i in zipfile.ZipFile(io.BytesIO(double)).infolist() if i.filename == DOCUMENT
    )
    recouverte = double[: entree + 42] + struct.pack("<I", debut_document) + double[entree + 46 :]
    assert code(recouverte) in ("suspect", "abime")


def test_un_zip_precede_d_autre_chose_est_refuse(formulaire: bytes) -> None:
    assert code(b"%PDF-1.4\n" + formulaire) == "pdf"
    assert code(b"PK\x03\x04" + b"\x00" * 60 + formulaire) in ("suspect", "abime")


def test_une_entree_chiffree_ou_d_une_methode_rare_est_refusee(formulaire: bytes) -> None:
    entree = formulaire.index(b"PK\x01\x02")
    chiffree = formulaire[: entree + 8] + b"\x01\x00" + formulaire[entree + 10 :]
    assert code(chiffree) == "protege"
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
    assert code(sortie.getvalue()) == "suspect"


DTD = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><d>&b;</d>'


@pytest.mark.parametrize("partie", [DOCUMENT, "word/styles.xml", "docProps/core.xml", TYPES, "_rels/.rels"])
def test_un_type_de_document_est_refuse(formulaire: bytes, partie: str) -> None:
    assert code(reecrire(formulaire, {partie: lambda _: DTD})) == "suspect"
    utf16 = DTD.decode().replace("<?xml", '<?xml encoding="utf-16"').encode("utf-16")
    assert code(reecrire(formulaire, {partie: lambda _: utf16})) == "suspect"


@pytest.mark.parametrize("encodage", [b"UTF-7", b"IBM037", b"UTF-32", b"x-user"])
def test_un_encodage_rare_est_refuse(formulaire: bytes, encodage: bytes) -> None:
    octets = reecrire(formulaire, {DOCUMENT: lambda _: b'<?xml version="1.0" encoding="' + encodage + b'"?><a/>'})
    assert code(octets) == "suspect"


@pytest.mark.parametrize(
    ("ancien", "nouveau", "attendu"),
    [
        ("wordprocessingml.document.main+xml", "wordprocessingml.template.main+xml", "modele"),
        (
            "vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
            "vnd.ms-word.document.macroEnabled.main+xml",
            "macros",
        ),
        ("wordprocessingml.document.main+xml", "spreadsheetml.sheet.main+xml", "tableur"),
        ("wordprocessingml.document.main+xml", "autre+xml", "inconnu"),
    ],
)
def test_un_autre_type_principal_est_refuse(formulaire: bytes, ancien: str, nouveau: str, attendu: str) -> None:
    octets = reecrire(formulaire, {TYPES: lambda contenu: contenu.replace(ancien.encode(), nouveau.encode())})
    assert code(octets) == attendu


def test_le_type_principal_peut_venir_de_l_extension(formulaire: bytes, referentiel: Referentiel) -> None:
    principal = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"

    def par_extension(contenu: bytes) -> bytes:
        sans = contenu.replace(b'<Override PartName="/word/document.xml" ContentType="' + principal + b'"/>', b"")
        assert sans != contenu
        return sans.replace(
            b'Extension="xml" ContentType="application/xml"', b'Extension="xml" ContentType="' + principal + b'"'
        )

    assert lire(reecrire(formulaire, {TYPES: par_extension}), referentiel).dossier.titre


def test_macros_objets_et_activex_sont_refuses(formulaire: bytes) -> None:
    assert code(avec_entree(formulaire, "word/vbaProject.bin", b"x")) == "macros"
    assert code(avec_entree(formulaire, "word/vbaProject.bin", OLE)) == "macros"
    assert code(avec_entree(formulaire, "word/media/image9.png", OLE)) == "objet"
    assert code(avec_entree(formulaire, "word/embeddings/oleObject1.bin", OLE)) == "objet"
    assert code(avec_relation(formulaire, "control", "activeX/activeX1.xml", "Internal")) == "activex"
    assert code(avec_relation(formulaire, "vbaProject", "vbaProject.bin", "Internal")) == "macros"
    activex = b'<Override PartName="/word/activeX1.xml" ContentType="application/vnd.ms-office.activeX+xml"/></Types>'
    assert code(reecrire(formulaire, {TYPES: lambda contenu: contenu.replace(b"</Types>", activex)})) == "activex"


@pytest.mark.parametrize(
    ("genre", "cible"),
    [
        ("attachedTemplate", "http://example.org/modele.dotm"),
        ("attachedTemplate", "file://serveur/partage/modele.dotm"),
        ("attachedTemplate", "\\\\serveur\\partage\\modele.dotm"),
        ("oleObject", "http://example.org/x"),
        ("subDocument", "http://example.org/x.docx"),
        ("frame", "http://example.org/"),
        ("aFChunk", "http://example.org/x.html"),
        ("hyperlink", "ms-msdt:/id"),
        ("hyperlink", "javascript:alert(1)"),
        ("hyperlink", "java\tscript:alert(1)"),
        ("image", "\\\\serveur\\partage\\logo.png"),
        ("image", "file://serveur/partage/logo.png"),
    ],
)
def test_un_lien_qui_va_chercher_ailleurs_est_refuse(formulaire: bytes, genre: str, cible: str) -> None:
    assert code(avec_relation(formulaire, genre, cible)) in ("lien", "objet")


@pytest.mark.parametrize(
    ("genre", "cible"),
    [
        ("hyperlink", "https://example.org/"),
        ("hyperlink", "mailto:a@example.org"),
        ("image", "https://example.org/logo.png"),
        ("image", "file://localhost/Users/moi/logo.png"),
        ("attachedTemplate", "Macintosh%20HD:Users:moi:Normal.dotx"),
        ("attachedTemplate", "file:///C:/Users/moi/Normal.dotm"),
        ("attachedTemplate", "file:///C:\\Modèles\\Normal.dotm"),
    ],
)
def test_les_habitudes_de_word_sont_acceptees(formulaire: bytes, genre: str, cible: str) -> None:
    assert controler(avec_relation(formulaire, genre, cible)).principale == DOCUMENT


def champ(*morceaux: str) -> str:
    """A field whose code is cut over runs."""
    codes = "".join(f"<w:r><w:instrText>{morceau}</w:instrText></w:r>" for morceau in morceaux)
    bornes = [f'<w:r><w:fldChar w:fldCharType="{borne}"/></w:r>' for borne in ("begin", "end")]
    return f"<w:p>{bornes[0]}{codes}{bornes[1]}</w:p>"


@pytest.mark.parametrize(
    "corps",
    [
        '<w:p><w:fldSimple w:instr=" DDEAUTO c:\\x "/></w:p>',
        champ(" D", "DE", " excel x"),
        champ('"DDEAUTO" x'),
        champ("=DDEAUTO x"),
        champ(" QUOTE 68 68 69 65"),
        champ(" LINK Excel.Sheet.12 c:\\x"),
        champ(' INCLUDETEXT "http://example.org/x"'),
        (
            '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DD</w:instrText></w:r><w:del><w:r>'
            "<w:delInstrText>zz</w:delInstrText></w:r></w:del><w:r><w:instrText>EAUTO x</w:instrText></w:r></w:p>"
        ),
        "<w:p><w:r><w:instrText> DDEAUTO x</w:instrText></w:r></w:p>",
    ],
)
def test_un_champ_dde_est_refuse(formulaire: bytes, corps: str) -> None:
    assert code(avec_corps(formulaire, corps)) == "champ"


@pytest.mark.parametrize(
    "instruction", [" PAGE ", ' HYPERLINK "https://example.org"', " MERGEFIELD DDEVIS ", " TOC \\o "]
)
def test_les_champs_ordinaires_sont_acceptes(formulaire: bytes, instruction: str) -> None:
    assert controler(avec_corps(formulaire, champ(instruction))).principale == DOCUMENT


def test_une_partie_liee_mille_fois_n_est_lue_qu_une(formulaire: bytes, referentiel: Referentiel) -> None:
    octets = formulaire
    lien = (
        b'<Relationship Id="rIdX%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/header" '
    )
    liens = b"".join(lien % rang + b'Target="document.xml"/>' for rang in range(1000))
    relations = {"word/_rels/document.xml.rels": lambda c: c.replace(b"</Relationships>", liens + b"</Relationships>")}
    assert lire(reecrire(octets, relations), referentiel) == lire(formulaire, referentiel)


def test_un_texte_qui_se_comprime_trop_bien_est_refuse(formulaire: bytes) -> None:
    assert (
        code(avec_entree_compressee(formulaire, "word/autre.xml", b"<a>" + b" " * 4_000_000 + b"</a>"))
        == "trop_complexe"
    )


def test_des_tableaux_absurdes_sont_refuses(formulaire: bytes) -> None:
    large = '<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="200000000"/></w:tcPr><w:p/></w:tc></w:tr></w:tbl>'
    assert code(avec_corps(formulaire, large)) == "trop_complexe"
    assert (
        code(avec_corps(formulaire, "<w:tbl><w:tr>" + "<w:tc><w:p/></w:tc>" * 20_001 + "</w:tr></w:tbl>"))
        == "trop_complexe"
    )


def test_un_document_sans_corps_est_abime(formulaire: bytes) -> None:
    espace = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    assert code(reecrire(formulaire, {DOCUMENT: lambda _: b"<w:document " + espace + b"/>"})) == "abime"
    assert code(reecrire(formulaire, {DOCUMENT: lambda _: b"<w:document"})) == "abime"
    assert code(reecrire(formulaire, {DOCUMENT: lambda _: b"<html/>"})) == "inconnu"


def test_une_imbrication_sans_fin_ne_fait_pas_tomber_la_lecture(formulaire: bytes, referentiel: Referentiel) -> None:
    for profondeur in (10, 60, 2000):
        poupees = "<w:tbl><w:tr><w:tc>" * profondeur + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * profondeur
        octets = avec_corps(formulaire, poupees)
        if profondeur < 12:
            assert lire(octets, referentiel).dossier.titre
        else:
            assert code(octets) == ("trop_complexe" if profondeur < 256 else "abime")


# --- the separate process -------------------------------------------------------------------------------------------


def test_lire_protege_lit_comme_lire(formulaire: bytes, referentiel: Referentiel) -> None:
    assert lire_protege(formulaire, referentiel) == lire(formulaire, referentiel)


def test_lire_protege_rend_le_refus(referentiel: Referentiel) -> None:
    with pytest.raises(FichierRefuse) as refus:
        lire_protege(b"%PDF-1.7", referentiel)
    assert (refus.value.code, refus.value.message.replace("\u00a0", " ")) == ("pdf", MESSAGES["pdf"])


@pytest.mark.parametrize("limites", [{"secondes": 0.0005}, {"memoire": 20_000_000}])
def test_lire_protege_tue_ce_qui_depasse(
    formulaire: bytes, referentiel: Referentiel, limites: dict[str, float]
) -> None:
    with pytest.raises(FichierRefuse) as refus:
        lire_protege(formulaire, referentiel, **limites)  # type: ignore[arg-type]
    assert refus.value.code in ("trop_long", "illisible")


def test_lire_protege_n_ecrit_rien(
    formulaire: bytes, referentiel: Referentiel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lire_protege(formulaire, referentiel)
    assert list(tmp_path.iterdir()) == []


def test_le_plus_gros_fichier_accepte_tient_dans_les_limites(formulaire: bytes, referentiel: Referentiel) -> None:
    gros = avec_corps(formulaire, "<w:p><w:r><w:t>mot</w:t></w:r></w:p>" * 90_000)
    assert len(lire_protege(gros, referentiel, secondes=60).non_reconnu) >= 1
