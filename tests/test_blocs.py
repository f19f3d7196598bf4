"""Documents made of blocks: the same words in PDF and in Word, whatever was typed, for everybody's ears."""

import zipfile
from datetime import date
from io import BytesIO

import pytest
from docx import Document

from projets.blocs import (
    Faits,
    Imprime,
    Lignes,
    Liste,
    Paragraphe,
    Titre,
    depuis_json,
    paragraphes,
    propre,
    tableau,
    vers_json,
)
from projets.documents import docx
from projets.documents.pdf import rendre_blocs

from .lectures import W, convertir_en_pdf, corps_word, lire_pdf, lire_word, mots
from .test_documents import ouvrir, verifier_accessible

# The look of the cité, which every document wears, is in the database.
pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]
HOSTILE = "<script>alert(1)</script> & « fin » \x00\x0b\ud800 {titre} שלום \u202eabc \u2066 🎭 ]]> %s"
JOUR = date(2026, 3, 12)


def imprime(*blocs, filigrane=""):
    return Imprime("Un titre : essai", "Cité éducative", "Appel 2026", "Réf. 1", blocs, filigrane)


ESSAI = imprime(
    Titre("Le document", 1),
    Faits("La séance", (("Lieu", "Grande salle"), ("Heure", "14:00"))),
    Faits("Le projet", (("Structure", "École\ndes Tilleuls"),), est_detaille=True),
    Titre("Une partie", nouvelle_page=True),
    *paragraphes("Première ligne.\n\nSeconde ligne.", "Motif :", "citation"),
    Paragraphe("Attention", ton="alerte"),
    Liste(("un point", "un autre point")),
    tableau("Montants", ("Année", "Somme"), (("2026", "1\u202f234,50\u00a0€"), ("Total", "1\u202f234,50\u00a0€")),
            nombres=(1,), parts=(1, 2), total=True),
    Titre("Une sous-partie", 3),
    Lignes("Notes", 3),
)  # fmt: skip


def test_les_blocs_reviennent_de_json_tels_quels():
    assert depuis_json(vers_json(ESSAI.blocs)) == ESSAI.blocs


def test_pdf_et_word_disent_les_memes_mots(tmp_path):
    pdf, word = rendre_blocs(ESSAI), docx.ecrire(ESSAI, JOUR)
    assert mots(lire_word(word)) - mots(lire_pdf(pdf)) == set()
    for attendu in ("Motif : Première ligne.", "Seconde ligne.", "1234,50 €", "un autre point", "des Tilleuls"):
        assert attendu in lire_pdf(pdf), attendu
        assert attendu in lire_word(word), attendu
    with ouvrir(pdf, tmp_path) as lu:
        verifier_accessible(lu, "Un titre : essai")
        assert len(lu.pages) == 2
        assert lu.open_outline


def test_word_est_accessible_et_reproductible(tmp_path):
    octets = docx.ecrire(ESSAI, JOUR)
    assert octets == docx.ecrire(ESSAI, JOUR)
    document = Document(BytesIO(octets))
    assert (document.core_properties.title, document.core_properties.language) == ("Un titre\u00a0: essai", "fr-FR")
    assert [p.text for p in document.paragraphs if p.style.name in ("Title", "Heading 1")] == [
        "Le document",
        "Une partie",
    ]
    corps = corps_word(octets)
    tables = list(corps.iter(f"{W}tbl"))
    assert all(t.find(f"{W}tblPr/{W}tblDescription").get(f"{W}val") for t in tables)
    assert tables[-1].find(f"{W}tr/{W}trPr/{W}tblHeader") is not None
    with zipfile.ZipFile(BytesIO(octets)) as archive:
        assert "NUMPAGES" in archive.read("word/footer1.xml").decode()
        assert 'w:val="fr-FR"' in archive.read("word/styles.xml").decode()
    converti = mots(lire_pdf(convertir_en_pdf(octets, tmp_path)))  # it parts the thousands in its own way
    assert {mot for mot in mots(lire_word(octets)) if not mot.isdecimal()} <= converti


@pytest.mark.parametrize("texte", [HOSTILE, "M" * 2_000, "", " \n ", "é" * 3 + "\u0301"])
def test_rien_de_ce_qui_est_tape_ne_casse_un_document(texte, tmp_path):
    document = imprime(
        Titre(texte, 1),
        Faits(texte, ((texte, texte),)),
        Paragraphe(texte, texte),
        Liste((texte,)),
        tableau(texte, (texte, texte), ((texte, texte),), nombres=(1,)),
    )
    with ouvrir(rendre_blocs(document), tmp_path) as pdf:
        assert len(pdf.pages) >= 1
    Document(BytesIO(docx.ecrire(document, JOUR)))
    if texte is HOSTILE:
        for lu in (lire_pdf(rendre_blocs(document)), lire_word(docx.ecrire(document, JOUR))):
            assert "<script>alert(1)</script> & « fin » {titre}" in lu
            assert "\u202e" not in lu


def test_propre_garde_les_espaces_du_francais():
    assert propre(" 1\u202f234\u00a0€ :\r\n\x00 fin\t ! ") == "1\u202f234\u00a0€\u00a0:\nfin\u00a0!"


def test_le_filigrane_est_sur_chaque_document_provisoire():
    with zipfile.ZipFile(BytesIO(docx.ecrire(imprime(Titre("x", 1), filigrane="provisoire"), JOUR))) as archive:
        assert "PROVISOIRE" in archive.read("word/header1.xml").decode()
