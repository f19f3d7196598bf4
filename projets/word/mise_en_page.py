"""The empty Word package of the form: styles, language, header and footer, properties, version. Made with python-docx."""

from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor

from ..questionnaire import Referentiel, texte_propre
from . import composition as c
from .gabarit import version_affichee

POLICE = "Calibri"
TITRES = "Calibri"
_CUSTOM = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_FMTID = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"


def document_vierge(referentiel: Referentiel, titre: str) -> Document:
    """A Word document without body, in French, with the styles of the form, its title and its version."""
    document = docx.Document()
    document.element.body.clear_content()
    poser_styles(document)
    poser_reglages(document)
    _pied(document, referentiel)
    _proprietes(document, referentiel, titre)
    oter_vignette(document)
    return document


def oter_vignette(document: Document) -> None:
    """The picture of the template that python-docx starts from is not one of ours."""
    for lien in [r for r in document.part.package.rels.values() if r.reltype.endswith("/thumbnail")]:
        del document.part.package.rels[lien.rId]


def poser_styles(document: Document) -> None:
    base = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    langue = base.find(qn("w:lang"))
    langue.set(qn("w:val"), "fr-FR")
    langue.set(qn("w:eastAsia"), "fr-FR")
    definir_style(document.styles["Normal"], taille=10.5, couleur=c.ENCRE, apres=4, interligne=1.08)
    definir_style(document.styles["Title"], taille=24, couleur=c.PETROLE, gras=True, apres=2)
    definir_style(document.styles["Subtitle"], taille=13, couleur=c.ACCENT, apres=2)
    definir_style(
        document.styles["Heading 1"], taille=15, couleur=c.PETROLE, gras=True, avant=16, apres=3, suivant=True
    )
    definir_style(
        document.styles["Heading 2"], taille=12, couleur=c.PETROLE, gras=True, avant=10, apres=3, suivant=True
    )
    for nom in ("Title", "Subtitle", "Heading 1", "Heading 2"):
        _sans_theme(document.styles[nom])
    _trait_dessous(document.styles["Heading 1"])
    for nom, options in {
        "Cite Libelle": {"taille": 10, "couleur": c.PETROLE, "gras": True, "apres": 0},
        "Cite Aide": {"taille": 8.5, "couleur": c.GRIS, "apres": 1},
        "Cite Reponse": {"taille": 10.5, "couleur": c.ENCRE, "apres": 0},
        "Cite Cellule": {"taille": 9, "couleur": c.ENCRE, "apres": 0},
        "Cite Entete": {"taille": 9, "couleur": c.PETROLE, "gras": True, "apres": 0},
        "Cite Montant": {"taille": 9, "couleur": c.ENCRE, "apres": 0, "droite": True},
        "Cite Thematique": {"taille": 9.5, "couleur": c.PETROLE, "gras": True, "avant": 4, "apres": 0, "suivant": True},
        "Cite Groupe": {"taille": 9, "couleur": c.ACCENT, "gras": True, "avant": 2, "apres": 0, "suivant": True},
        "Cite Case": {"taille": 9.5, "couleur": c.ENCRE, "apres": 0, "retrait": 0.55},
        "Cite Indication": {"taille": 9, "couleur": c.GRIS, "avant": 2, "apres": 3, "suivant": True},
        "Cite Logo": {"taille": 9, "couleur": c.GRIS, "apres": 0, "centre": True},
        "Cite Air": {"taille": 4, "couleur": c.GRIS, "apres": 0},
    }.items():
        definir_style(document.styles.add_style(nom, WD_STYLE_TYPE.PARAGRAPH), **options)
    invite = document.styles.add_style("Placeholder Text", WD_STYLE_TYPE.CHARACTER)
    invite.font.color.rgb = RGBColor.from_string(c.GRIS)
    invite.element.set(qn("w:styleId"), "PlaceholderText")


def definir_style(
    style: Any, *, taille: float, couleur: str, gras: bool = False, avant: float = 0, apres: float = 0,
    interligne: float = 1.0, retrait: float = 0, suivant: bool = False, droite: bool = False, centre: bool = False,
) -> None:  # fmt: skip
    style.font.name, style.font.size, style.font.bold = POLICE, Pt(taille), gras or None
    style.font.color.rgb = RGBColor.from_string(couleur)
    forme = style.paragraph_format
    forme.space_before, forme.space_after, forme.line_spacing = Pt(avant), Pt(apres), interligne
    forme.keep_with_next = suivant or None
    if retrait:
        forme.left_indent, forme.first_line_indent = Cm(retrait), Cm(-retrait)
    if droite or centre:
        forme.alignment = WD_ALIGN_PARAGRAPH.RIGHT if droite else WD_ALIGN_PARAGRAPH.CENTER


def _sans_theme(style: Any) -> None:
    """The fonts of python-docx's theme and the rule under its Title give way to ours."""
    polices = style.element.rPr.find(qn("w:rFonts"))
    for attribut in [nom for nom in polices.attrib if nom.endswith("Theme")]:
        del polices.attrib[attribut]
    for nom in ("ascii", "hAnsi", "cs", "eastAsia"):
        polices.set(qn(f"w:{nom}"), TITRES)
    for nom in ("w:spacing", "w:kern", "w:i", "w:iCs"):
        for element in style.element.rPr.findall(qn(nom)):
            style.element.rPr.remove(element)
    for bordure in style.element.pPr.findall(qn("w:pBdr")):
        style.element.pPr.remove(bordure)


def _trait_dessous(style: Any) -> None:
    style.element.pPr.insert_element_before(
        parse_xml(
            f"<w:pBdr {nsdecls('w')}><w:bottom w:val=\"single\" w:sz=\"8\" w:space=\"2\" w:color=\"{c.ACCENT}\"/></w:pBdr>"
        ),
        "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:contextualSpacing", "w:jc", "w:outlineLvl",
    )  # fmt: skip


def poser_reglages(document: Document) -> None:
    """Today's Word without compatibility mode, French separators."""
    reglages = document.settings.element
    for reglage in reglages.iter(qn("w:compatSetting")):
        if reglage.get(qn("w:name")) == "compatibilityMode":
            reglage.set(qn("w:val"), "15")
    for nom, valeur in (("w:decimalSymbol", ","), ("w:listSeparator", ";")):
        reglages.find(qn(nom)).set(qn("w:val"), valeur)
    theme = reglages.find(qn("w:themeFontLang"))
    theme.set(qn("w:val"), "fr-FR")
    theme.attrib.pop(qn("w:eastAsia"), None)


def _pied(document: Document, referentiel: Referentiel) -> None:
    """Visible footer: the call, the version of the form, the page."""
    paragraphe = document.sections[0].footer.paragraphs[0]
    paragraphe.style = document.styles["Cite Logo"]
    paragraphe.add_run(f"{texte_propre(referentiel.titre)} · {version_affichee(referentiel)} · page ")
    ajouter_champ(paragraphe, "PAGE")
    paragraphe.add_run(" / ")
    ajouter_champ(paragraphe, "NUMPAGES")


def ajouter_champ(paragraphe: Any, instruction: str) -> None:
    champ = OxmlElement("w:fldSimple")
    champ.set(qn("w:instr"), instruction)
    texte = OxmlElement("w:t")
    texte.text = "1"
    champ.append(OxmlElement("w:r"))
    champ[0].append(texte)
    paragraphe._p.append(champ)


def _proprietes(document: Document, referentiel: Referentiel, titre: str) -> None:
    """Core title and language, and the version of the form in custom.xml."""
    proprietes = document.core_properties
    proprietes.title = f"{titre} – {texte_propre(referentiel.titre)}"[:255]
    proprietes.subject = texte_propre(referentiel.cite)[:255]
    proprietes.author = texte_propre(referentiel.cite)[:255]
    proprietes.language = "fr-FR"
    proprietes.comments = proprietes.keywords = ""
    proprietes.identifier = f"{referentiel.appel}/{referentiel.version}"[:255]
    proprietes.last_modified_by = ""
    proprietes.created = proprietes.modified = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # reproducible
    valeurs = {"formulaire_version": referentiel.version, "formulaire_appel": referentiel.appel}
    lignes = "".join(
        f'<property fmtid="{_FMTID}" pid="{numero}" name="{nom}"><vt:lpwstr>{escape(texte_propre(valeur))}</vt:lpwstr></property>'
        for numero, (nom, valeur) in enumerate(valeurs.items(), start=2)
    )
    espaces = (
        'xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
        'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"'
    )
    blob = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Properties {espaces}>{lignes}</Properties>'
    paquet = document.part.package
    part = Part(PackURI("/docProps/custom.xml"), _CUSTOM, blob.encode(), paquet)
    paquet.relate_to(part, RELATIONSHIP_TYPE.CUSTOM_PROPERTIES)
