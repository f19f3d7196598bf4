"""Word documents that the portal itself issues, drawn from blocks. The form of the porteurs has its own engine (``word``).

Written so that a screen reader finds its way: French, title in the properties, real headings, tables with header rows
and alternative text. The same content always gives the same bytes.
"""

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from ..blocs import Bloc, Faits, Imprime, Lignes, Liste, Paragraphe, Tableau, Titre
from ..valeurs import date_longue
from ..word import composition as c

if TYPE_CHECKING:  # python-docx is loaded by the first document that is made: most web processes write none
    from docx.document import Document

MIME_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
LARGEUR = c.LARGEUR_PORTRAIT
_STYLES_TITRES = {1: "Title", 2: "Heading1", 3: "Heading2"}
_TONS = {"": "", "doux": "CiteIndication", "alerte": "CiteAlerte", "chapo": "CiteChapo", "citation": "CiteCitation"}
_FIXE = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_ENTREE = (2026, 1, 1, 0, 0, 0)


def ecrire(imprime: Imprime, edite_le: date) -> bytes:
    """The Word file of a document."""
    document = vierge(imprime.titre, imprime.cite)
    pied(document, f"{imprime.cite} · {imprime.reference} · édité le {date_longue(edite_le)} · page ")
    if imprime.filigrane:
        bandeau(document, imprime.filigrane)
    tete = c.paragraphe(c.run(imprime.cite, "", "<w:b/>"), "CiteTete")
    if imprime.appel_titre:
        tete += c.paragraphe(c.run(imprime.appel_titre), "CiteTete", trait("single", c.ACCENT))
    return finir(document, tete + dessiner(imprime.blocs))


def vierge(titre: str, auteur: str) -> "Document":
    """A document without body, with the styles of the portal's forms and its own."""
    import docx
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Cm

    from ..word.mise_en_page import definir_style, oter_vignette, poser_reglages, poser_styles

    document = docx.Document()
    document.element.body.clear_content()
    poser_styles(document)
    for nom, options in {
        "Cite Legende": {"taille": 10, "couleur": c.PETROLE, "gras": True, "avant": 8, "apres": 2, "suivant": True},
        "Cite Tete": {"taille": 10, "couleur": c.PETROLE, "apres": 0},
        "Cite Alerte": {"taille": 10.5, "couleur": c.ACCENT, "gras": True, "apres": 4},
        "Cite Chapo": {"taille": 12, "couleur": c.ENCRE, "apres": 6},
        "Cite Citation": {"taille": 10.5, "couleur": c.ENCRE, "apres": 5, "interligne": 1.05},
        "Cite Ligne": {"taille": 15, "couleur": c.GRIS, "apres": 0},
        "Cite Lettre": {"taille": 11, "couleur": c.ENCRE, "apres": 7, "interligne": 1.1},
        "Cite Bloc": {"taille": 11, "couleur": c.ENCRE, "apres": 0},
        "Cite Recours": {"taille": 9, "couleur": c.ENCRE, "apres": 3, "suivant": True},
        "Cite Recours Point": {"taille": 9, "couleur": c.ENCRE, "apres": 2, "suivant": True, "retrait": 0.5},
    }.items():
        definir_style(document.styles.add_style(nom, WD_STYLE_TYPE.PARAGRAPH), **options)
    document.styles["Cite Citation"].paragraph_format.left_indent = Cm(0.6)
    definir_style(document.styles["List Bullet"], taille=10.5, couleur=c.ENCRE, apres=2, interligne=1.05)
    definir_style(document.styles["Title"], taille=20, couleur=c.PETROLE, gras=True, avant=12, apres=8)
    poser_reglages(document)
    oter_vignette(document)
    proprietes = document.core_properties
    proprietes.title, proprietes.author, proprietes.language = titre[:255], auteur[:255], "fr-FR"
    proprietes.comments = proprietes.keywords = proprietes.subject = proprietes.last_modified_by = ""
    proprietes.created = proprietes.modified = _FIXE
    return document


def pied(document: "Document", texte: str) -> None:
    """Footer: a text, then the page and their number."""
    from ..word.mise_en_page import ajouter_champ

    paragraphe = document.sections[0].footer.paragraphs[0]
    paragraphe.style = document.styles["Cite Logo"]
    paragraphe.add_run(texte)
    ajouter_champ(paragraphe, "PAGE")
    paragraphe.add_run(" / ")
    ajouter_champ(paragraphe, "NUMPAGES")


def bandeau(document: "Document", mot: str) -> None:
    """The word that says, on every page, that the document is not final."""
    paragraphe = document.sections[0].header.paragraphs[0]
    paragraphe.style = document.styles["Cite Alerte"]
    paragraphe.add_run(mot.upper())


def finir(document: "Document", corps: str) -> bytes:
    """Puts the body in and gives the bytes, dated alike whenever they are made."""
    from docx.oxml import parse_xml

    ancien = document.element.body
    references = [ref for ref in ancien.sectPr if ref.tag.endswith("Reference")]
    ancien.remove(ancien.sectPr)
    for noeud in parse_xml(f"{c.RACINE}{corps}{c.page(paysage=False)}</w:body>"):
        ancien.append(noeud)
    for rang, reference in enumerate(references):
        ancien.sectPr.insert(rang, reference)
    brut, fini = io.BytesIO(), io.BytesIO()
    document.save(brut)
    with zipfile.ZipFile(brut) as lu, zipfile.ZipFile(fini, "w", zipfile.ZIP_DEFLATED) as ecrit:
        for entree in lu.infolist():
            ecrit.writestr(zipfile.ZipInfo(entree.filename, _ENTREE), lu.read(entree), zipfile.ZIP_DEFLATED)
    return fini.getvalue()


# --- blocks ---------------------------------------------------------------------------------------------------------


def dessiner(blocs: Iterable[Bloc], style: str = "") -> str:
    """The XML of blocks; ``style`` is that of plain paragraphs."""
    return "".join(_dessiner(bloc, style) for bloc in blocs)


def _dessiner(bloc: Bloc, style: str) -> str:
    match bloc:
        case Titre():
            saut = "<w:pageBreakBefore/>" if bloc.nouvelle_page else ""
            return c.paragraphe(c.run(bloc.texte), _STYLES_TITRES[bloc.niveau], saut)
        case Paragraphe():
            etiquette = c.run(f"{bloc.etiquette} ", "", "<w:b/>") if bloc.etiquette else ""
            return c.paragraphe(etiquette + c.run(bloc.texte), _TONS[bloc.ton] or style)
        case Liste():
            if style == "CiteRecours":
                return "".join(c.paragraphe(c.run(f"– {texte}"), "CiteRecoursPoint") for texte in bloc.elements)
            return "".join(c.paragraphe(c.run(texte), "ListBullet") for texte in bloc.elements)
        case Faits():
            return _faits(bloc)
        case Tableau():
            return _tableau(bloc)
        case Lignes():
            vides = c.paragraphe("", "CiteLigne", trait("dotted", c.GRIS)) * bloc.nombre
            return c.paragraphe(c.run(bloc.titre), _STYLES_TITRES[bloc.niveau]) + vides
    raise TypeError(bloc)


def trait(genre: str, couleur: str) -> str:
    """A rule under a paragraph; ``between`` too, or Word would draw but one for several alike."""
    return "<w:pBdr>" + "".join(
        f'<w:{cote} w:val="{genre}" w:sz="6" w:space="1" w:color="{couleur}"/>' for cote in ("bottom", "between")
    ) + "</w:pBdr>"  # fmt: skip


def _faits(faits: Faits) -> str:
    largeurs = (2600, LARGEUR - 2600)
    rangees = [
        c.rangee(
            [
                c.cellule(c.paragraphe(c.run(libelle), "CiteLibelle"), largeurs[0], fond=c.FOND_LIBELLE),
                c.cellule(_lignes(valeur, "CiteReponse"), largeurs[1]),
            ],
            secable=True,
        )
        for libelle, valeur in faits.couples
    ]
    description = "À gauche le libellé, à droite la valeur."
    return c.tableau(rangees, largeurs, titre=faits.titre, description=description, entete=False) + _air()


def _tableau(tableau: Tableau) -> str:
    parts: Sequence[int] = tableau.parts or (1,) * len(tableau.entetes)
    largeurs = [LARGEUR * part // sum(parts) for part in parts]
    largeurs[0] += LARGEUR - sum(largeurs)
    entetes = [
        c.cellule(c.paragraphe(c.run(texte), "CiteEntete", _droite(nombre)), largeur, fond=c.FOND_ENTETE)
        for (texte, nombre), largeur in zip(tableau.colonnes, largeurs, strict=True)
    ]
    rangees = [c.rangee(entetes, entete=True)]
    for rang, cellules in enumerate(tableau.cellules, 1):
        est_total = tableau.total and rang == len(tableau.rangees)
        rangees.append(
            c.rangee(
                c.cellule(
                    _lignes(texte, "CiteMontant" if nombre else "CiteCellule", gras=est_total),
                    largeur,
                    fond=c.FOND_GROUPE if est_total else "",
                )
                for (texte, nombre), largeur in zip(cellules, largeurs, strict=True)
            )
        )
    legende = c.paragraphe(c.run(tableau.legende), "CiteLegende")
    description = "Une ligne d’en-tête, puis une ligne par élément."
    return legende + c.tableau(rangees, largeurs, titre=tableau.legende, description=description, entete=True) + _air()


def _lignes(texte: str, style: str, *, gras: bool = False) -> str:
    """A cell needs a paragraph, even when it says nothing; each line is one of its own."""
    return "".join(
        c.paragraphe(c.run(ligne, "", "<w:b/>" if gras else "") if ligne else "", style)
        for ligne in (texte.split("\n") or [""])
    )


def _droite(oui: bool) -> str:
    return '<w:jc w:val="right"/>' if oui else ""


def _air() -> str:
    """Two tables in a row would be one for Word."""
    return c.paragraphe("", "CiteAir")
