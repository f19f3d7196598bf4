"""What editors and people do to a form, each as a function on the parsed ``w:document`` of a filled file.

``DEFORMATIONS`` lose nothing: the same Dossier must come back. ``modifier`` applies one to the bytes of a .docx.
"""

import copy
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

from projets.word.noms import ESPACE_W, W14, W

NOTRES = re.compile(r"^(cel|opt)_")


def modifier(octets: bytes, *gestes: Callable[[Any], None]) -> bytes:
    """The same package with its document part changed by each gesture."""
    return reecrire(octets, {"word/document.xml": lambda contenu: _appliquer(contenu, gestes)})


def reecrire(
    octets: bytes,
    parties: dict[str, Callable[[bytes], bytes]],
    renommer: dict[str, str] | None = None,
    ajouts: dict[str, bytes] | None = None,
) -> bytes:
    """The same zip with some entries changed, renamed or added."""
    sortie = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(octets)) as entree, zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as ecrite:
        for nom in entree.namelist():
            contenu = entree.read(nom)
            ecrite.writestr((renommer or {}).get(nom, nom), parties[nom](contenu) if nom in parties else contenu)
        for nom, contenu in (ajouts or {}).items():
            ecrite.writestr(nom, contenu)
    return sortie.getvalue()


def _appliquer(contenu: bytes, gestes: tuple[Callable[[Any], None], ...]) -> bytes:
    racine = etree.fromstring(contenu)
    for geste in gestes:
        geste(racine)
    return etree.tostring(racine, xml_declaration=True, encoding="UTF-8", standalone=True)


# --- small tools ----------------------------------------------------------------------------------------------------


def element(xml: str) -> Any:
    return etree.fromstring(f'<w:r xmlns:w="{ESPACE_W}">{xml}</w:r>')[0]


def cellule_de(racine: Any, champ: str, prefixe: str = "cel_") -> Any:
    """The value cell of a question, by the bookmark of its label."""
    marque = next(m for m in racine.iter(f"{W}bookmarkStart") if m.get(f"{W}name") == f"{prefixe}{champ}")
    return next(marque.iterancestors(f"{W}tc")).getnext()


def tableau_de(racine: Any, champ: str, prefixe: str = "cel_") -> Any:
    """The table of answers that follows the title of a TABLEAU."""
    marque = next(m for m in racine.iter(f"{W}bookmarkStart") if m.get(f"{W}name") == f"{prefixe}{champ}")
    suivant = next(marque.iterancestors(f"{W}p")).getnext()
    while suivant.tag != f"{W}tbl":
        suivant = suivant.getnext()
    return suivant


def ecrire_dans(cellule: Any, *lignes: str) -> None:
    """Types plain text in place of everything in a cell."""
    for enfant in list(cellule):
        if enfant.tag != f"{W}tcPr":
            cellule.remove(enfant)
    for ligne in lignes or ("",):
        paragraphe = etree.SubElement(cellule, f"{W}p")
        texte = etree.SubElement(etree.SubElement(paragraphe, f"{W}r"), f"{W}t")
        texte.text = ligne


def _libelles(racine: Any) -> Iterator[Any]:
    """Text elements of the labels of the questions."""
    for marque in racine.iter(f"{W}bookmarkStart"):
        if marque.get(f"{W}name", "").startswith("cel_"):
            yield from marque.getparent().iter(f"{W}t")


# --- what editors do ------------------------------------------------------------------------------------------------


def sans_controles(racine: Any) -> None:
    """Every control flattened into its content (LibreOffice 7.4, .doc, .rtf, pandoc)."""
    for controle in list(racine.iter(f"{W}sdt")):
        parent, rang = controle.getparent(), controle.getparent().index(controle)
        for enfant in reversed(controle.find(f"{W}sdtContent")):
            parent.insert(rang, enfant)
        parent.remove(controle)


def sans_signets(racine: Any) -> None:
    for marque in list(racine.iter(f"{W}bookmarkStart", f"{W}bookmarkEnd")):
        marque.getparent().remove(marque)


def libelles_seuls(racine: Any) -> None:
    sans_controles(racine)
    sans_signets(racine)


def sans_etiquettes(racine: Any) -> None:
    """Tags gone, controls and the state of boxes kept."""
    for etiquette in list(racine.iter(f"{W}tag", f"{W}alias")):
        etiquette.getparent().remove(etiquette)


def invites_sans_marque(racine: Any) -> None:
    """``showingPlcHdr`` lost: the prompt becomes ordinary text."""
    for marque in list(racine.iter(f"{W}showingPlcHdr")):
        marque.getparent().remove(marque)


def facon_google(racine: Any) -> None:
    """Controls of its own around runs, cells and rows; bookmarks renamed."""
    sans_controles(racine)
    for rang, marque in enumerate(racine.iter(f"{W}bookmarkStart")):
        marque.set(f"{W}name", f"kix.{rang:x}")
    for rang, cible in enumerate(list(racine.iter(f"{W}r", f"{W}tc", f"{W}tr"))):
        if cible.tag == f"{W}r" and rang % 3:
            continue
        _envelopper(cible, f"goog_rdk_{rang}")


def _envelopper(cible: Any, nom: str) -> None:
    parent, rang = cible.getparent(), cible.getparent().index(cible)
    controle = element(f'<w:sdt><w:sdtPr><w:tag w:val="{nom}"/></w:sdtPr><w:sdtContent/></w:sdt>')
    parent.insert(rang, controle)
    controle.find(f"{W}sdtContent").append(cible)


def controles_de_cellule(racine: Any) -> None:
    """Inline controls that became cell controls, outside of the cell (OnlyOffice, LibreOffice 25)."""
    for cellule in list(racine.iter(f"{W}tc")):
        etiquettes = list(cellule.iter(f"{W}tag"))
        if len(etiquettes) == 1 and not list(cellule.iter(f"{W14}checkbox")):
            nom = etiquettes[0].get(f"{W}val")
            for controle in list(cellule.iter(f"{W}sdt")):
                parent, rang = controle.getparent(), controle.getparent().index(controle)
                invite = controle.find(f"{W}sdtPr/{W}showingPlcHdr") is not None
                for enfant in reversed(controle.find(f"{W}sdtContent")):
                    if not invite:
                        parent.insert(rang, enfant)
                parent.remove(controle)
            _envelopper(cellule, nom)


def runs_coupes(racine: Any) -> None:
    """Every run cut in one run per letter, spell-check marks between them."""
    for run in list(racine.iter(f"{W}r")):
        texte = run.find(f"{W}t")
        if texte is None or not texte.text or len(texte.text) > 400:
            continue
        parent, rang = run.getparent(), run.getparent().index(run)
        for lettre in reversed(texte.text):
            copie = copy.deepcopy(run)
            copie.find(f"{W}t").text = lettre
            copie.find(f"{W}t").set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            parent.insert(rang, copie)
            parent.insert(rang, element('<w:proofErr w:type="spellStart"/>'))
        parent.remove(run)


def suivi(racine: Any) -> None:
    """Track changes: every answer is a pending insertion, beside pending deletions."""
    for run in list(racine.iter(f"{W}r")):
        if run.find(f"{W}t") is None or run.getparent().tag == f"{W}ins":
            continue
        parent, rang = run.getparent(), run.getparent().index(run)
        insertion = element('<w:ins w:id="1" w:author="A" w:date="2026-01-01T00:00:00Z"/>')
        parent.insert(rang, insertion)
        insertion.append(run)
        if rang % 2:
            parent.insert(
                rang,
                element(
                    '<w:del w:id="2" w:author="A" w:date="2026-01-01T00:00:00Z"><w:r><w:delText>vieux</w:delText></w:r></w:del>'
                ),
            )


def rangee_supprimee_en_suivi(racine: Any) -> None:
    """A copy of a row, struck out but not yet accepted."""
    for champ in ("titre", "partenaires"):
        tableau = (
            tableau_de(racine, champ)
            if champ == "partenaires"
            else next(cellule_de(racine, champ).iterancestors(f"{W}tbl"))
        )
        rangee = list(tableau.iter(f"{W}tr"))[1]
        copie = copy.deepcopy(rangee)
        for texte in copie.iter(f"{W}t"):
            texte.text = "ancienne valeur"
        proprietes = copie.find(f"{W}trPr")
        proprietes.append(element('<w:del w:id="9" w:author="A" w:date="2026-01-01T00:00:00Z"/>'))
        rangee.addnext(copie)


def notes_repliees(racine: Any) -> None:
    """Field results, smart tags, hidden text and alternate content around the same words."""
    for rang, run in enumerate(list(racine.iter(f"{W}r"))):
        if run.find(f"{W}t") is None:
            continue
        parent, place = run.getparent(), run.getparent().index(run)
        if rang % 4 == 0:
            enveloppe = element('<w:smartTag w:uri="u" w:element="e"/>')
            parent.insert(place, enveloppe)
            enveloppe.append(run)
        elif rang % 4 == 1:
            run.addnext(element("<w:r><w:rPr><w:vanish/></w:rPr><w:t>caché</w:t></w:r>"))
            run.addnext(element("<w:r><w:instrText> HYPERLINK </w:instrText></w:r>"))


def ordre_change(racine: Any) -> None:
    """Rows of questions in another order, tables too."""
    for tableau in racine.iter(f"{W}tbl"):
        rangees = tableau.findall(f"{W}tr")
        if any(m.get(f"{W}name") == "cel_structure_nom" for m in tableau.iter(f"{W}bookmarkStart")):
            for rangee in reversed(rangees):
                tableau.append(rangee)


def rangees_vides_ajoutees(racine: Any) -> None:
    """Blank rows added by the Tab key: copies of the last row, emptied."""
    for champ in ("partenaires", "interventions", "materiels", "indicateurs"):
        tableau = tableau_de(racine, champ)
        derniere = tableau.findall(f"{W}tr")[-1]
        for _ in range(3):
            copie = copy.deepcopy(derniere)
            for cellule in copie.findall(f"{W}tc"):
                ecrire_dans(cellule)
            tableau.append(copie)


def rangees_vides_supprimees(racine: Any) -> None:
    """Rows that nobody filled, deleted: questions and lines of tables."""
    for tableau in racine.iter(f"{W}tbl"):
        rangees = tableau.findall(f"{W}tr")
        for rangee in rangees[1:]:
            cellules = rangee.findall(f"{W}tc")
            valeurs = cellules[1:] if len(cellules) > 1 else []
            vides = valeurs and all(
                c.find(f".//{W}showingPlcHdr") is not None or not "".join(t.text or "" for t in c.iter(f"{W}t")).strip()
                for c in valeurs
            )
            if vides and len(tableau.findall(f"{W}tr")) > 2:
                tableau.remove(rangee)


def libelles_retouches(racine: Any) -> None:
    """Labels retyped: capitals, no accents, numbering, a colon; bookmarks and tags gone."""
    for rang, texte in enumerate(list(_libelles(racine))):
        nu = (texte.text or "").rstrip(" *")
        texte.text = [nu.upper(), f"{rang % 9 + 1}) {nu} :", nu.replace("é", "e").replace("’", "'"), f"{nu} *  "][
            rang % 4
        ]
    libelles_seuls(racine)


def libelles_perdus(racine: Any) -> None:
    """Labels retyped beyond recognition; the controls remain."""
    for texte in list(_libelles(racine)):
        if "(€)" not in (texte.text or "") and next(texte.iterancestors(f"{W}tc"), None) is not None:
            rangee = next(texte.iterancestors(f"{W}tr"))
            if len(rangee.findall(f"{W}tc")) == 2 and len(list(rangee.iter(f"{W}tag"))) == 1:
                texte.text = "À compléter par vous"
    for marque in list(racine.iter(f"{W}bookmarkStart")):
        rangee = next(marque.iterancestors(f"{W}tr"), None)
        if rangee is not None and len(list(rangee.iter(f"{W}tag"))) == 1 and len(rangee.findall(f"{W}tc")) == 2:
            marque.getparent().remove(marque)


def cases_tapees(racine: Any) -> None:
    """Boxes replaced by typed crosses: [x] and [ ]."""
    for controle in list(racine.iter(f"{W}sdt")):
        case = controle.find(f"{W}sdtPr/{W14}checkbox")
        if case is None:
            continue
        cochee = case.find(f"{W14}checked").get(f"{W14}val") == "1"
        controle.getparent().replace(controle, element(f"<w:r><w:t>[{'x' if cochee else ' '}]</w:t></w:r>"))


def cases_wingdings(racine: Any) -> None:
    """Boxes as Wingdings symbols."""
    for controle in list(racine.iter(f"{W}sdt")):
        case = controle.find(f"{W}sdtPr/{W14}checkbox")
        if case is not None:
            cochee = case.find(f"{W14}checked").get(f"{W14}val") == "1"
            symbole = element(f'<w:r><w:sym w:font="Wingdings" w:char="{"F0FE" if cochee else "F0A8"}"/></w:r>')
            controle.getparent().replace(controle, symbole)


def texte_hors_du_controle(racine: Any) -> None:
    """Answers typed beside the control, which still shows its prompt."""
    for controle in list(racine.iter(f"{W}sdt")):
        proprietes = controle.find(f"{W}sdtPr")
        if proprietes.find(f"{W14}checkbox") is not None or proprietes.find(f"{W}showingPlcHdr") is not None:
            continue
        for run in reversed(list(controle.find(f"{W}sdtContent"))):
            controle.addnext(run)
        invite = "Choisissez…" if proprietes.find(f"{W}dropDownList") is not None else "Écrivez ici…"
        proprietes.insert(2, element("<w:showingPlcHdr/>"))
        controle.find(f"{W}sdtContent").append(
            element(f'<w:r><w:rPr><w:rStyle w:val="PlaceholderText"/></w:rPr><w:t>{invite}</w:t></w:r>')
        )


def cellules_fondues(racine: Any) -> None:
    """Label and value merged into one cell, row after row."""
    for rangee in list(racine.iter(f"{W}tr")):
        cellules = rangee.findall(f"{W}tc")
        marques = [m.get(f"{W}name") for c in cellules[:1] for m in c.iter(f"{W}bookmarkStart")]
        if (
            len(cellules) == 2
            and any(nom.startswith("cel_") for nom in marques)
            and not list(rangee.iter(f"{W}tblHeader"))
        ):
            for enfant in list(cellules[1]):
                if enfant.tag != f"{W}tcPr":
                    cellules[0].append(enfant)
            rangee.remove(cellules[1])


def colonne_ajoutee(racine: Any) -> None:
    """A third column for notes, left empty, in every table of questions."""
    for rangee in list(racine.iter(f"{W}tr")):
        cellules = rangee.findall(f"{W}tc")
        if len(cellules) == 2:
            rangee.append(element("<w:tc><w:tcPr/><w:p/></w:tc>"))


def dans_un_tableau(racine: Any) -> None:
    """The whole form inside one cell of a layout table."""
    corps = racine.find(f"{W}body")
    cellule = element("<w:tc><w:tcPr/></w:tc>")
    for enfant in list(corps):
        if enfant.tag != f"{W}sectPr":
            for section in list(enfant.iter(f"{W}sectPr")):
                section.getparent().remove(section)
            cellule.append(enfant)
    tableau = element("<w:tbl><w:tblPr/><w:tblGrid/><w:tr/></w:tbl>")
    tableau[2].append(cellule)
    corps.insert(0, tableau)


def entetes_repetees(racine: Any) -> None:
    """The header row of each table of answers copied further down, as when a table is cut over pages."""
    for champ in ("partenaires", "interventions", "charges", "produits"):
        tableau = tableau_de(racine, champ)
        rangees = tableau.findall(f"{W}tr")
        copie = copy.deepcopy(rangees[0])
        for marque in list(copie.iter(f"{W}bookmarkStart", f"{W}bookmarkEnd")):
            marque.getparent().remove(marque)
        rangees[1].addnext(copie)


def tableaux_coupes(racine: Any) -> None:
    """A table of answers cut in two by an editor."""
    for champ in ("interventions", "materiels"):
        tableau = tableau_de(racine, champ)
        rangees = tableau.findall(f"{W}tr")
        suite = copy.deepcopy(tableau)
        for rangee in suite.findall(f"{W}tr")[:2]:
            suite.remove(rangee)
        for rangee in rangees[2:]:
            tableau.remove(rangee)
        tableau.addnext(suite)
        tableau.addnext(element("<w:p/>"))


def colonnes_echangees(racine: Any) -> None:
    """Columns moved: the answers follow their header."""
    for champ in ("partenaires", "indicateurs", "materiels"):
        for rangee in tableau_de(racine, champ).findall(f"{W}tr"):
            cellules = rangee.findall(f"{W}tc")
            rangee.insert(rangee.index(cellules[0]), cellules[-1])


DEFORMATIONS = (
    sans_controles, sans_signets, libelles_seuls, sans_etiquettes, invites_sans_marque, facon_google, controles_de_cellule,
    runs_coupes, suivi, rangee_supprimee_en_suivi, notes_repliees, ordre_change, rangees_vides_ajoutees,
    rangees_vides_supprimees, libelles_retouches, libelles_perdus, cases_tapees, cases_wingdings, texte_hors_du_controle,
    cellules_fondues, colonne_ajoutee, dans_un_tableau, entetes_repetees, tableaux_coupes, colonnes_echangees,
)  # fmt: skip
