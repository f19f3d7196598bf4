"""Every file that the portal gives to read: PDF/UA as far as a tree can tell, Word files that a screen reader goes through.

What only veraPDF would see (the order of every mark on a page, the glyphs of fonts) is not looked at here: it needs Java, which
the portal does without.
"""

import io
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pikepdf
import pytest
from django.db import transaction
from django.test import Client
from lxml import etree

from correspondants.enums import Role
from projets.models import DemandeReversement, Exercice

from .navigateur.monde import Monde, construire
from .navigateur.surface import PORTEUR

pytestmark = [pytest.mark.django_db, pytest.mark.une_seule_base]
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
PDFS = {
    "/projets/{valide}/fiche.pdf": PORTEUR,
    "/projets/{valide}/accuse.pdf": PORTEUR,
    "/projets/{valide}/lettre.pdf": PORTEUR,
    "/projets/{valide}/bilans/2026/bilan.pdf": PORTEUR,
    "/projets/{valide}/images/{prise}/autorisation.pdf": PORTEUR,
    "/projets/{valide}/versements/2026/lettre.pdf": PORTEUR,
    "/troika/{publiee}/compte-rendu.pdf": Role.COORDINATEUR_VILLE,
    "/troika/{seance}/dossier-de-seance.pdf": Role.COORDINATEUR_VILLE,
    "/pilotage/bilans-2026.pdf": Role.COORDINATEUR_VILLE,
}
WORDS = {
    "/deposer/formulaire.docx": PORTEUR,
    "/projets/{valide}/dossier.docx": PORTEUR,
    "/projets/{a_completer}/a-completer.docx": PORTEUR,
    "/projets/{valide}/accuse.docx": PORTEUR,
    "/projets/{valide}/lettre.docx": PORTEUR,
    "/projets/{valide}/bilans/2027/bilan.docx": PORTEUR,
    "/projets/{valide}/images/{prise}/autorisation.docx": PORTEUR,
    "/projets/{valide}/communication/affiche.docx": PORTEUR,
    "/troika/{publiee}/compte-rendu.docx": Role.COORDINATEUR_VILLE,
    "/troika/{seance}/dossier-de-seance.docx": Role.COORDINATEUR_VILLE,
}


@pytest.fixture(scope="module")
def monde(django_db_setup: None, django_db_blocker: object) -> Iterator[Monde]:
    """One world for all the documents, which leaves nothing behind."""
    with django_db_blocker.unblock():
        bloc = transaction.atomic()
        bloc._from_testcase = True  # the portal may still ask for a transaction that is nobody's inside
        with bloc:
            fait = construire()
            exercice = Exercice.objects.get(projet__numero=fait.adresses["valide"], annee=2026)
            DemandeReversement.objects.create(
                exercice=exercice, montant=Decimal("0.50"), motif="Une part n’a pas servi.", avant_le=date(2027, 3, 1),
                demandee_par=fait.personnes[Role.COORDINATEUR_EN],
            )  # fmt: skip
            yield fait
            transaction.set_rollback(True)


def demander(monde: Monde, adresse: str, qui: str) -> bytes:
    client = Client()
    client.force_login(monde.personnes[qui])
    reponse = client.get(adresse.format(**monde.adresses))
    assert reponse.status_code == 200, (adresse, reponse.status_code, reponse.get("Location"))
    return b"".join(reponse) if reponse.streaming else reponse.content


# --- PDF ------------------------------------------------------------------------------------------------------------


def elements(noeud: pikepdf.Object) -> Iterator[pikepdf.Dictionary]:
    """The structure elements of a PDF, in reading order."""
    enfants = noeud.get("/K", [])
    for enfant in enfants if isinstance(enfants, pikepdf.Array) else [enfants]:
        if isinstance(enfant, pikepdf.Dictionary) and "/S" in enfant:
            yield enfant
            yield from elements(enfant)


def attribut(element: pikepdf.Dictionary, nom: str) -> str:
    """An attribute of a structure element; empty when it has none."""
    siens = element.get("/A", [])
    for un in siens if isinstance(siens, pikepdf.Array) else [siens]:
        if isinstance(un, pikepdf.Dictionary) and nom in un:
            return str(un[nom])
    return ""


def fautes_tableau(cellules: list[pikepdf.Dictionary], rang: int) -> Iterator[str]:
    """Each cell names its headers (WeasyPrint's way), or the headers say what they are the headers of."""
    entetes = {str(un.get("/ID", "")): un for un in cellules if un["/S"] == "/TH"}
    if not entetes:
        yield f"un tableau sans en-tête (élément {rang})"
    dits = all(attribut(un, "/Scope") for un in entetes.values())
    for cellule in cellules:
        if cellule["/S"] == "/TD" and not dits:
            nommes = [str(nom) for nom in cellule["/A"].get("/Headers", [])]
            if not nommes or set(nommes) - set(entetes):
                yield f"une cellule sans en-tête (tableau, élément {rang})"


def fautes_pdf(octets: bytes) -> Iterator[str]:
    with pikepdf.open(io.BytesIO(octets)) as pdf:
        racine = pdf.Root
        if str(racine.get("/Lang", "")) != "fr":
            yield "la langue n’est pas dite"
        if not racine.MarkInfo.get("/Marked") or racine.MarkInfo.get("/Suspects"):
            yield "le document n’est pas balisé"
        if not racine.ViewerPreferences.get("/DisplayDocTitle"):
            yield "le titre n’est pas montré"
        with pdf.open_metadata() as metadonnees:
            if metadonnees.get("pdfuaid:part") != "1" or not metadonnees.get("dc:title"):
                yield "ni identifiant PDF/UA, ni titre"
        if any("/JavaScript" in str(objet) for objet in (racine.get("/Names", ""), racine.get("/OpenAction", ""))):
            yield "du JavaScript"
        arbre = list(elements(racine.StructTreeRoot))
        genres = [str(un["/S"])[1:] for un in arbre]
        niveaux = [int(genre[1:]) for genre in genres if genre[0] == "H" and genre[1:].isdigit()]
        if not niveaux or niveaux[0] != 1:
            yield f"le premier titre n’est pas un titre de premier niveau : {niveaux[:3]}"
        if sauts := [(a, b) for a, b in pairwise(niveaux) if b > a + 1]:
            yield f"des niveaux de titre sont sautés : {sauts[:3]}"
        if len(niveaux) > 2 and "/Outlines" not in racine:
            yield "pas de signets"
        for rang, (element, genre) in enumerate(zip(arbre, genres, strict=True)):
            if genre == "Figure" and not str(element.get("/Alt", "")).strip():
                yield "une figure sans texte de remplacement"
            if genre == "Table":
                yield from fautes_tableau(list(elements(element)), rang)
        for page in pdf.pages:
            if "/StructParents" not in page:
                yield "une page hors de l’arbre"
            if "/Annots" in page and str(page.get("/Tabs", "")) != "/S":
                yield "l’ordre des liens d’une page n’est pas celui de la lecture"


@pytest.mark.parametrize("adresse", PDFS)
def test_pdf_se_lit_a_l_oreille(monde: Monde, adresse: str) -> None:
    fautes = list(dict.fromkeys(fautes_pdf(demander(monde, adresse, PDFS[adresse]))))
    assert not fautes, "\n".join(fautes)


# --- Word -----------------------------------------------------------------------------------------------------------


def niveaux_word(corps: etree._Element) -> Iterator[int]:
    """Levels of the headings, 0 for the title: by style, unless the paragraph says another."""
    for paragraphe in corps.iter(f"{W}p"):
        style, plan = paragraphe.find(f"{W}pPr/{W}pStyle"), paragraphe.find(f"{W}pPr/{W}outlineLvl")
        nom = style.get(f"{W}val") if style is not None else ""
        if plan is not None:
            yield int(plan.get(f"{W}val")) + 1
        elif nom == "Title" or nom.startswith("Heading"):
            yield 0 if nom == "Title" else int(nom[-1])


def fautes_word(octets: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        noms = archive.namelist()
        proprietes = archive.read("docProps/core.xml").decode()
        styles, corps = (etree.fromstring(archive.read(f"word/{nom}.xml")) for nom in ("styles", "document"))
        autres = [etree.fromstring(archive.read(nom)) for nom in noms if nom.startswith(("word/header", "word/footer"))]
    if "<dc:title>" not in proprietes or "<dc:title></dc:title>" in proprietes:
        yield "pas de titre dans les propriétés"
    langues = {un.get(f"{W}val") for un in styles.iter(f"{W}lang")} - {None}
    if langues != {"fr-FR"}:
        yield f"langue : {langues}"
    niveaux = list(niveaux_word(corps))
    if not niveaux:
        yield "aucun titre"
    if sauts := [(a, b) for a, b in pairwise([0, *niveaux]) if b > a + 1]:
        yield f"des niveaux de titre sont sautés : {sauts[:3]}"
    for tableau in corps.iter(f"{W}tbl"):
        legende = tableau.find(f"{W}tblPr/{W}tblCaption")
        if legende is None or not legende.get(f"{W}val"):
            yield "un tableau sans titre"
        regard, entete = tableau.find(f"{W}tblPr/{W}tblLook"), tableau.find(f"{W}tr/{W}trPr/{W}tblHeader")
        if regard is not None and regard.get(f"{W}firstRow") in ("1", "true") and entete is None:
            yield f"la ligne d’en-tête du tableau « {legende.get(f'{W}val')} » ne se répète pas"
    for racine in (corps, *autres):
        for image in racine.iter(f"{WP}docPr"):
            if not (image.get("descr") or "").strip():
                yield f"une image sans texte de remplacement : {image.get('name')}"


@pytest.mark.parametrize("adresse", WORDS)
def test_word_se_lit_a_l_oreille(monde: Monde, adresse: str) -> None:
    fautes = list(dict.fromkeys(fautes_word(demander(monde, adresse, WORDS[adresse]))))
    assert not fautes, "\n".join(fautes)
