"""The text of a piece of Word XML as its author sees it, line by line: insertions read, deletions not, boxes as glyphs.

Each ``Ligne`` remembers the control tags, the bookmarks and the nested table it was found in; nothing here knows the form.
"""

from dataclasses import dataclass, field
from typing import Any

from .gabarit import CLES_PROMPTS, cle
from .noms import MC, NON, W14, M, W, est_vrai

_SAUTEES = frozenset(
    {f"{W}{nom}" for nom in (
        "del", "moveFrom", "instrText", "delText", "delInstrText", "rPr", "pPr", "sdtPr", "sdtEndPr", "tblPr", "tblGrid",
        "trPr", "tcPr", "sectPr", "tblPrEx", "customXmlPr", "smartTagPr", "rt", "bookmarkEnd", "annotationRef",
        "commentReference", "footnoteReference", "endnoteReference", "proofErr",
    )}
    | {f"{MC}Fallback"}
)  # fmt: skip
COCHEE, VIDE = "☒", "☐"
_WINGDINGS = {
    **dict.fromkeys((0xFB, 0xFC, 0xFD, 0xFE), COCHEE),
    **dict.fromkeys((0x6F, 0x70, 0x71, 0x72, 0xA8), VIDE),
    0xB7: "•",
    0xA7: "▪",
    0xD8: "➢",
    0xE0: "→",
}
_WINGDINGS_2 = {
    **dict.fromkeys((0x4F, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56), COCHEE),
    0xA3: VIDE,
    0x30: VIDE,
}


@dataclass(slots=True)
class Ligne:
    """One line of text, with what it carried."""

    morceaux: list[str] = field(default_factory=list)
    etiquettes: list[str] = field(default_factory=list)  # tags of controls
    signets: list[str] = field(default_factory=list)
    conteneur: Any = None  # the innermost nested table, None outside
    boite: bool = False  # in a text box
    contredite: bool = False  # a box that its control says empty but whose text says ticked
    pliee: str | None = None

    @property
    def texte(self) -> str:
        """The text, once the line is complete."""
        if self.pliee is None:
            self.pliee = "".join(self.morceaux)
        return self.pliee


@dataclass(slots=True)
class _Etat:
    lignes: list[Ligne]
    courante: Ligne
    conteneur: Any = None
    boite: bool = False

    def passer_a_la_ligne(self) -> None:
        self.lignes.append(self.courante)
        self.courante = Ligne(conteneur=self.conteneur, boite=self.boite)


def lire_lignes(conteneur: Any) -> list[Ligne]:
    """Lines of a cell, of a paragraph or of any container of paragraphs; an empty paragraph is an empty line."""
    etat = _Etat([], Ligne())
    _parcourir(conteneur, etat)
    if etat.courante.morceaux or etat.courante.etiquettes or etat.courante.signets:
        etat.passer_a_la_ligne()
    return etat.lignes


def lire_paragraphe(paragraphe: Any) -> list[Ligne]:
    """Lines of one body paragraph."""
    etat = _Etat([], Ligne())
    _paragraphe(paragraphe, etat)
    return etat.lignes


def _parcourir(element: Any, etat: _Etat) -> None:
    for enfant in element:
        nom = enfant.tag
        if nom == _R:
            _run(enfant, etat)
        elif nom == _P:
            _paragraphe(enfant, etat)
        elif nom in _SAUTEES or not isinstance(nom, str):
            continue
        elif (geste := _GESTES.get(nom)) is not None:
            geste(enfant, etat)
        else:
            _parcourir(enfant, etat)


def _paragraphe(paragraphe: Any, etat: _Etat) -> None:
    _parcourir(paragraphe, etat)
    marque = paragraphe.find(f"{W}pPr/{W}rPr/{W}del")
    if marque is None:  # a deleted paragraph mark joins the next line
        etat.passer_a_la_ligne()


def _run(run: Any, etat: _Etat) -> None:
    police = None
    if len(run) and run[0].tag == f"{W}rPr":
        proprietes = run[0]
        if len(proprietes):
            if est_vrai(proprietes.find(f"{W}vanish")):
                return
            polices = proprietes.find(f"{W}rFonts")
            if polices is not None:
                police = _table_de_symboles(polices.get(f"{W}ascii") or polices.get(f"{W}hAnsi") or "")
    courante = etat.courante
    for enfant in run:
        nom = enfant.tag
        if nom == _T:
            texte = enfant.text or ""
            if police is not None:
                texte = "".join(police.get(ord(c) & 0xFF if 0xF000 <= ord(c) <= 0xF0FF else ord(c), c) for c in texte)
            courante.morceaux.append(texte)
        elif nom in _SAUTEES or not isinstance(nom, str):
            continue
        elif (geste := _GESTES.get(nom)) is not None:
            geste(enfant, etat)
            courante = etat.courante
        else:
            _parcourir(enfant, etat)
            courante = etat.courante


def _table_de_symboles(police: str) -> dict[int, str] | None:
    nom = police.casefold()
    if not nom.startswith("wingdings"):
        return None
    return _WINGDINGS_2 if nom.endswith("2") else _WINGDINGS


def _symbole(element: Any, etat: _Etat) -> None:
    try:
        code = int(element.get(f"{W}char") or "", 16)
        caractere = chr(code)
    except (ValueError, OverflowError):
        return
    table = _table_de_symboles(element.get(f"{W}font") or "")
    etat.courante.morceaux.append(
        (table or _WINGDINGS).get(code & 0xFF, caractere) if table or code >= 0xF000 else caractere
    )


def _controle(sdt: Any, etat: _Etat) -> None:
    """A content control: its tag, its text unless it only shows its prompt, its box as a glyph."""
    proprietes, contenu = sdt.find(f"{W}sdtPr"), sdt.find(f"{W}sdtContent")
    case = invite = None
    if proprietes is not None:
        etiquette = proprietes.find(f"{W}tag")
        if etiquette is not None and etiquette.get(f"{W}val"):
            etat.courante.etiquettes.append(etiquette.get(f"{W}val"))
        case = proprietes.find(f"{W14}checkbox")
        invite = proprietes.find(f"{W}showingPlcHdr")
    if contenu is None:
        return
    if case is not None:
        _case(case, contenu, etat)
    elif not (est_vrai(invite) and _ne_montre_que_l_invite(contenu)):
        _parcourir(contenu, etat)


def _ne_montre_que_l_invite(contenu: Any) -> bool:
    """The flag alone is not enough: some editors leave it on a filled control."""
    texte = "".join(ligne.texte for ligne in lire_lignes(contenu))
    if not texte.strip() or cle(texte) in CLES_PROMPTS:
        return True
    styles = [style.get(f"{W}val") or "" for style in contenu.iter(f"{W}rStyle")]
    return bool(styles) and all("placeholder" in style.lower() or "textedelespace" in style.lower() for style in styles)


def _case(case: Any, contenu: Any, etat: _Etat) -> None:
    """A check box: state of the control, or the glyph or cross that somebody put in it."""
    marque = case.find(f"{W14}checked")
    cochee = marque is not None and (marque.get(f"{W14}val") or "1").lower() not in NON
    texte = "".join(ligne.texte for ligne in lire_lignes(contenu))
    reste = "".join(c for c in texte if c not in "☐☒☑□■✓✔✗✘\ufe0e\ufe0f").strip()
    glyphe = any(c in "☒☑■✓✔✗✘🗹" for c in texte)
    etat.courante.morceaux.append((COCHEE if cochee or glyphe else VIDE) + reste)


def _caractere(texte: str) -> Any:
    return lambda _, etat: etat.courante.morceaux.append(texte)


def _saut(_: Any, etat: _Etat) -> None:
    etat.passer_a_la_ligne()


def _signet(element: Any, etat: _Etat) -> None:
    nom = element.get(f"{W}name")
    if nom:
        etat.courante.signets.append(nom)


def _ancien_champ(element: Any, etat: _Etat) -> None:
    """Legacy check boxes and drop-downs keep their answer in the field itself."""
    case = element.find(f"{W}ffData/{W}checkBox")
    if case is not None:
        coche = case.find(f"{W}checked")
        if coche is None:
            coche = case.find(f"{W}default")
        etat.courante.morceaux.append(COCHEE if est_vrai(coche) else VIDE)


def _table_imbriquee(table: Any, etat: _Etat) -> None:
    """A table inside a cell: one line per row, cells apart; the lines remember their table."""
    avant = etat.conteneur
    if etat.courante.morceaux:
        etat.passer_a_la_ligne()
    etat.conteneur = etat.courante.conteneur = table
    for rangee in table.iter(f"{W}tr"):
        if rangee.getparent() is not table and next(rangee.iterancestors(f"{W}tbl")) is not table:
            continue
        _rangee_imbriquee(rangee, etat)
    etat.conteneur = etat.courante.conteneur = avant


def _rangee_imbriquee(rangee: Any, etat: _Etat) -> None:
    if rangee.find(f"{W}trPr/{W}del") is not None:
        return
    ligne = Ligne(conteneur=etat.conteneur)
    textes = []
    for cellule in rangee.iter(f"{W}tc"):
        if next(cellule.iterancestors(f"{W}tr")) is not rangee:
            continue
        lignes = lire_lignes(cellule)
        textes.append("\n".join(une.texte for une in lignes).strip())
        for une in lignes:
            ligne.etiquettes += une.etiquettes
            ligne.signets += une.signets
    plein = " | ".join(texte for texte in textes if texte)
    for texte in plein.split("\n"):
        etat.lignes.append(Ligne([texte], ligne.etiquettes, ligne.signets, etat.conteneur, etat.boite))


def _boite_de_texte(element: Any, etat: _Etat) -> None:
    """A text box floats beside the line it hangs from: its lines come after it."""
    lignes = lire_lignes(element)
    for ligne in lignes:
        ligne.boite = True
    etat.lignes += [ligne for ligne in lignes if ligne.texte.strip()]


_R, _P, _T = f"{W}r", f"{W}p", f"{W}t"
_GESTES = {
    _T: lambda element, etat: etat.courante.morceaux.append(element.text or ""),
    f"{M}t": lambda element, etat: etat.courante.morceaux.append(element.text or ""),
    f"{W}tab": _caractere("\t"),
    f"{W}ptab": _caractere("\t"),
    f"{W}noBreakHyphen": _caractere("-"),
    f"{W}softHyphen": _caractere(""),
    f"{W}br": _saut,
    f"{W}cr": _saut,
    f"{W}sym": _symbole,
    f"{W}sdt": _controle,
    f"{W}bookmarkStart": _signet,
    f"{W}fldChar": _ancien_champ,
    f"{W}tbl": _table_imbriquee,
    f"{W}txbxContent": _boite_de_texte,
}
