"""The pieces of WordprocessingML that the form is made of, as strings: runs, controls, cells, rows, tables.

No question and no domain here: ``ecriture.py`` says what to write, this file how Word wants it written.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from xml.sax.saxutils import escape, quoteattr

from ..questionnaire import texte_propre
from .noms import ESPACE_W, ESPACE_W14

RACINE = f'<w:body xmlns:w="{ESPACE_W}" xmlns:w14="{ESPACE_W14}">'
POLICE_CASES = "MS Gothic"

ENCRE = "1F2D33"
PETROLE = "0E4D5C"
ACCENT = "B4532A"
GRIS = "5A6870"
FOND_LIBELLE = "EDF4F4"
FOND_ENTETE = "D3E4E5"
FOND_GROUPE = "F7F0E8"
TRAIT = "B9CBCD"


def attribut(texte: str) -> str:
    return quoteattr(texte_propre(texte))


def run(texte: str, style: str = "", proprietes: str = "") -> str:
    """Text on one line; what XML cannot hold has been dropped by the canonical form."""
    rpr = (f'<w:rStyle w:val="{style}"/>' if style else "") + proprietes
    rpr = f"<w:rPr>{rpr}</w:rPr>" if rpr else ""
    return f'<w:r>{rpr}<w:t xml:space="preserve">{escape(texte)}</w:t></w:r>'


def paragraphe(contenu: str, style: str = "", proprietes: str = "") -> str:
    ppr = (f'<w:pStyle w:val="{style}"/>' if style else "") + proprietes
    return f"<w:p>{f'<w:pPr>{ppr}</w:pPr>' if ppr else ''}{contenu}</w:p>"


def _invite(texte: str) -> str:
    """The grey words of an empty control; the colour is said again for the readers that do not know the style."""
    return run(texte, "PlaceholderText", f'<w:color w:val="{GRIS}"/>')


@dataclass
class Numeros:
    """Unique numbers of bookmarks and controls in one file."""

    signets: Iterable[int] = field(default_factory=lambda: itertools.count(1))
    controles: Iterable[int] = field(default_factory=lambda: itertools.count(100_000_001))

    def signet(self, nom: str, contenu: str) -> str:
        numero = next(self.signets)
        return f'<w:bookmarkStart w:id="{numero}" w:name="{nom}"/>{contenu}<w:bookmarkEnd w:id="{numero}"/>'

    def _controle(self, etiquette: str, titre: str, genre: str, contenu: str, *, vide: bool) -> str:
        """An inline control; Word wants short titles and unique identifiers."""
        return (
            f"<w:sdt><w:sdtPr><w:alias w:val={attribut(titre[:60])}/><w:tag w:val={attribut(etiquette[:64])}/>"
            f'<w:id w:val="{next(self.controles)}"/>{"<w:showingPlcHdr/>" if vide else ""}{genre}</w:sdtPr>'
            f"<w:sdtContent>{contenu}</w:sdtContent></w:sdt>"
        )

    def texte(self, etiquette: str, titre: str, valeur: str, invite: str) -> str:
        """Rich text, though only plain is wanted: LibreOffice 7 shows the prompt of a plain one in black."""
        contenu = run(valeur) if valeur else _invite(invite)
        return self._controle(etiquette, titre, "", contenu, vide=not valeur)

    def date(self, etiquette: str, titre: str, jour: date | None, affichee: str, invite: str) -> str:
        fixee = f' w:fullDate="{jour.isoformat()}T00:00:00Z"' if jour else ""
        genre = (
            f'<w:date{fixee}><w:dateFormat w:val="dd/MM/yyyy"/><w:lid w:val="fr-FR"/>'
            '<w:storeMappedDataAs w:val="dateTime"/><w:calendar w:val="gregorian"/></w:date>'
        )
        contenu = run(affichee) if affichee else _invite(invite)
        return self._controle(etiquette, titre, genre, contenu, vide=not affichee)

    def liste(self, etiquette: str, titre: str, choix: Iterable[tuple[str, str]], affichee: str, invite: str) -> str:
        """Drop-down; ``choix`` are (code, text)."""
        entrees = "".join(f"<w:listItem w:displayText={attribut(t)} w:value={attribut(c)}/>" for c, t in choix)
        contenu = run(affichee) if affichee else _invite(invite)
        return self._controle(
            etiquette, titre, f"<w:dropDownList>{entrees}</w:dropDownList>", contenu, vide=not affichee
        )

    def case(self, etiquette: str, titre: str, *, cochee: bool) -> str:
        genre = (
            f'<w14:checkbox><w14:checked w14:val="{int(cochee)}"/>'
            f'<w14:checkedState w14:val="2612" w14:font="{POLICE_CASES}"/>'
            f'<w14:uncheckedState w14:val="2610" w14:font="{POLICE_CASES}"/></w14:checkbox>'
        )
        polices = f'<w:rFonts w:ascii="{POLICE_CASES}" w:eastAsia="{POLICE_CASES}" w:hAnsi="{POLICE_CASES}" w:hint="eastAsia"/>'
        return self._controle(etiquette, titre, genre, run("☒" if cochee else "☐", "", polices), vide=False)


def cellule(contenu: str, largeur: int, *, fond: str = "", colonnes: int = 1, centree: bool = False) -> str:
    """A cell of paragraphs; ``largeur`` in twentieths of a point."""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{largeur}" w:type="dxa"/>'
        + (f'<w:gridSpan w:val="{colonnes}"/>' if colonnes > 1 else "")
        + (f'<w:shd w:val="clear" w:color="auto" w:fill="{fond}"/>' if fond else "")
        + ('<w:vAlign w:val="center"/>' if centree else "")
        + f"</w:tcPr>{contenu}</w:tc>"
    )


def rangee(cellules: Iterable[str], *, entete: bool = False, secable: bool = False, hauteur: int = 0) -> str:
    proprietes = (
        ("" if secable else "<w:cantSplit/>")
        + (f'<w:trHeight w:val="{hauteur}" w:hRule="atLeast"/>' if hauteur else "")
        + ("<w:tblHeader/>" if entete else "")
    )
    return f"<w:tr>{f'<w:trPr>{proprietes}</w:trPr>' if proprietes else ''}{''.join(cellules)}</w:tr>"


def tableau(
    rangees: Iterable[str], largeurs: Sequence[int], *, titre: str, description: str, entete: bool, air: int = 50
) -> str:
    """A plain table of fixed widths, with its alternative text, thin lines and some air in the cells."""
    grille = "".join(f'<w:gridCol w:w="{largeur}"/>' for largeur in largeurs)
    traits = "".join(
        f'<w:{cote} w:val="single" w:sz="4" w:space="0" w:color="{TRAIT}"/>'
        for cote in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    marges = "".join(
        f'<w:{cote} w:w="{marge}" w:type="dxa"/>'
        for cote, marge in (("top", air), ("left", 100), ("bottom", air), ("right", 100))
    )
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(largeurs)}" w:type="dxa"/><w:tblBorders>{traits}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{marges}</w:tblCellMar>'
        f'<w:tblLook w:val="0{"420" if entete else "480"}" w:firstRow="{int(entete)}" w:lastRow="0" '
        f'w:firstColumn="{int(not entete)}" w:lastColumn="0" w:noHBand="0" w:noVBand="1"/>'
        f"<w:tblCaption w:val={attribut(titre)}/><w:tblDescription w:val={attribut(description)}/></w:tblPr>"
        f"<w:tblGrid>{grille}</w:tblGrid>{''.join(rangees)}</w:tbl>"
    )


def page(*, paysage: bool, references: str = "", continue_: bool = False) -> str:
    """Section properties of an A4 page."""
    largeur, hauteur = (16838, 11906) if paysage else (11906, 16838)
    sens = ' w:orient="landscape"' if paysage else ""
    return (
        f"<w:sectPr>{references}"
        + ('<w:type w:val="continuous"/>' if continue_ else '<w:type w:val="nextPage"/>')
        + f'<w:pgSz w:w="{largeur}" w:h="{hauteur}"{sens}/>'
        '<w:pgMar w:top="1134" w:right="1021" w:bottom="1077" w:left="1021" w:header="567" w:footer="510" w:gutter="0"/>'
        '<w:cols w:space="708"/></w:sectPr>'
    )


LARGEUR_PORTRAIT = 11906 - 2 * 1021
LARGEUR_PAYSAGE = 16838 - 2 * 1021
