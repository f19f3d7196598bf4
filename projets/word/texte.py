"""The text of a piece of Word XML as its author sees it, line by line: insertions read, deletions not, boxes as glyphs.

Each ``Ligne`` remembers the control tags, the bookmarks and the nested table it was found in; nothing here knows the form.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from .gabarit import est_un_prompt
from .noms import MC, NON, W14, M, W, enfants, est_vrai

_SAUTEES = frozenset(
    {f"{W}{nom}" for nom in (
        "del", "moveFrom", "instrText", "delText", "delInstrText", "rPr", "pPr", "sdtPr", "sdtEndPr", "tblPr", "tblGrid",
        "trPr", "tcPr", "sectPr", "tblPrEx", "customXmlPr", "smartTagPr", "rt", "bookmarkEnd", "annotationRef",
        "commentReference", "footnoteReference", "endnoteReference", "proofErr",
    )}
    | {f"{MC}Fallback"}
)  # fmt: skip
COCHEE, VIDE = "☒", "☐"
_INVITE_MAXIMUM = 200  # characters
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


class Ligne:
    """One line of text, with what it carried."""

    __slots__ = ("barree", "boite", "conteneur", "etiquettes", "signets", "soulignee", "texte")

    def __init__(
        self, texte: str = "", etiquettes: Sequence[str] = (), signets: Sequence[str] = (), conteneur: Any = None,
        boite: bool = False,
    ):  # fmt: skip
        self.texte = texte
        self.etiquettes = etiquettes  # tags of controls
        self.signets = signets
        self.conteneur = conteneur  # the innermost nested table, None outside
        self.boite = boite  # in a text box
        self.soulignee = False  # in bold, underlined, highlighted or coloured, for the most part
        self.barree = False  # struck through, for the most part


class Lecteur:
    """Lines being read: those that are ended, and what the current one holds so far. Serves for one cell after another."""

    __slots__ = ("barres", "boite", "conteneur", "etiquettes", "lignes", "morceaux", "signets", "soulignes", "tables")

    def __init__(self) -> None:
        self.lignes: list[Ligne] = []
        self.tables: list[Any] = []  # the tables that were met, nested ones of theirs left out
        self.conteneur: Any = None
        self.boite = False
        self.morceaux: list[str] = []
        self.etiquettes: list[str] = []
        self.signets: list[str] = []
        self.soulignes = self.barres = 0  # letters of the current line that are so

    def passer_a_la_ligne(self) -> None:
        morceaux, ligne = self.morceaux, Ligne("", (), (), self.conteneur, self.boite)
        if morceaux:
            ligne.texte = morceaux[0] if len(morceaux) == 1 else "".join(morceaux)
            morceaux.clear()
        if self.soulignes or self.barres:
            moitie = len(ligne.texte.strip()) / 2
            ligne.soulignee, ligne.barree = self.soulignes > moitie, self.barres > moitie
            self.soulignes = self.barres = 0
        if self.etiquettes:
            ligne.etiquettes = tuple(self.etiquettes)
            self.etiquettes.clear()
        if self.signets:
            ligne.signets = tuple(self.signets)
            self.signets.clear()
        self.lignes.append(ligne)

    def finir(self) -> list[Ligne]:
        """The lines; the reader is then as new, but for its tables."""
        if self.morceaux or self.etiquettes or self.signets:
            self.passer_a_la_ligne()
        lignes, self.lignes = self.lignes, []
        return lignes

    def lire_cellule(self, cellule: Any) -> tuple[list[Ligne], Sequence[Any]]:
        """Lines of a cell, an empty paragraph being an empty line, and the tables that stand in it."""
        if len(cellule) == 2 and _est_blanc(cellule[1]):  # most cells of a form
            return [Ligne()], ()
        _parcourir(cellule, self)
        tables: Sequence[Any] = ()
        if self.tables:
            tables, self.tables = self.tables, []
        return self.finir(), tables


def _est_blanc(element: Any) -> bool:
    """Whether this is a paragraph with nothing in it but its properties."""
    return element.tag == _P and (not len(element) or (len(element) == 1 and element[0].tag == _PPR))


def lire_lignes(conteneur: Any) -> list[Ligne]:
    """Lines of a paragraph or of any container of paragraphs."""
    etat = Lecteur()
    if conteneur.tag == _P:
        _paragraphe(conteneur, etat)
    else:
        _parcourir(conteneur, etat)
    return etat.finir()


def _parcourir(element: Any, etat: Lecteur) -> None:
    for enfant in element:
        nom = enfant.tag
        if nom == _R:
            _run(enfant, etat)
        elif nom == _P:
            _paragraphe(enfant, etat)
        elif nom in _SAUTEES:
            continue
        elif (geste := _GESTES.get(nom)) is not None:
            geste(enfant, etat)
        elif isinstance(nom, str):
            _parcourir(enfant, etat)


def _paragraphe(paragraphe: Any, etat: Lecteur) -> None:
    coupe = True
    for enfant in paragraphe:
        nom = enfant.tag
        if nom == _R:
            _run(enfant, etat)
        elif nom == _PPR:
            if len(enfant) > 1 or (len(enfant) and enfant[0].tag == _RPR):  # most have but a style
                coupe = enfant.find(_MARQUE_SUPPRIMEE) is None  # a deleted paragraph mark joins the next line
        elif nom in _SAUTEES:
            continue
        elif (geste := _GESTES.get(nom)) is not None:
            geste(enfant, etat)
        elif isinstance(nom, str):
            _parcourir(enfant, etat)
    if coupe:
        etat.passer_a_la_ligne()


def _run(run: Any, etat: Lecteur) -> None:
    police, soulignee, barree = None, False, False
    for enfant in run:
        nom = enfant.tag
        if nom == _T:
            if texte := enfant.text:
                etat.morceaux.append(_traduire(texte, police) if police is not None else texte)
                if soulignee or barree:
                    etat.soulignes += soulignee * len(texte)
                    etat.barres += barree * len(texte)
        elif nom == _RPR:
            for propriete in enfant:
                if propriete.tag == _CACHE and est_vrai(propriete):
                    return
                if propriete.tag in _FORMES:
                    effet = propriete.get(f"{W}fill") if propriete.tag == _OMBRE else propriete.get(_VALEUR)
                    vraie = est_vrai(propriete) and effet not in _FORMES_SANS_EFFET
                    barree |= vraie and propriete.tag in _BARRES
                    soulignee |= vraie and propriete.tag not in _BARRES
                elif propriete.tag == _POLICES:
                    police = _table_de_symboles(propriete.get(f"{W}ascii") or propriete.get(f"{W}hAnsi") or "")
        elif nom in _SAUTEES:
            continue
        elif (geste := _GESTES.get(nom)) is not None:
            geste(enfant, etat)
        elif isinstance(nom, str):
            _parcourir(enfant, etat)


def _traduire(texte: str, police: Mapping[int, str]) -> str:
    """Letters of a symbol font as the signs they draw."""
    return "".join(police.get(ord(c) & 0xFF if 0xF000 <= ord(c) <= 0xF0FF else ord(c), c) for c in texte)


def _table_de_symboles(police: str) -> dict[int, str] | None:
    nom = police.casefold()
    if not nom.startswith("wingdings"):
        return None
    return _WINGDINGS_2 if nom.endswith("2") else _WINGDINGS


def _symbole(element: Any, etat: Lecteur) -> None:
    try:
        code = int(element.get(f"{W}char") or "", 16)
        caractere = chr(code)
    except (ValueError, OverflowError):
        return
    table = _table_de_symboles(element.get(f"{W}font") or "")
    etat.morceaux.append((table or _WINGDINGS).get(code & 0xFF, caractere) if table or code >= 0xF000 else caractere)


def _controle(sdt: Any, etat: Lecteur) -> None:
    """A content control: its tag, its text unless it only shows its prompt, its box as a glyph."""
    contenu = case = invite = None
    for partie in sdt:
        if partie.tag == _SDT_CONTENU:
            contenu = partie
        elif partie.tag == _SDT_PROPRIETES:
            for propriete in partie:
                nom = propriete.tag
                if nom == _ETIQUETTE and propriete.get(_VALEUR):
                    etat.etiquettes.append(propriete.get(_VALEUR))
                elif nom == _CASE:
                    case = propriete
                elif nom == _INVITE:
                    invite = propriete
    if contenu is None:
        return
    if case is not None:
        _case(case, contenu, etat)
    elif not (est_vrai(invite) and _ne_montre_que_l_invite(contenu)):
        _parcourir(contenu, etat)


def _ne_montre_que_l_invite(contenu: Any) -> bool:
    """The flag alone is not enough: some editors leave it on a filled control. No prompt is longer than a line."""
    texte = ""
    for morceau in contenu.itertext(_T, with_tail=False):
        texte += morceau
        if len(texte) > _INVITE_MAXIMUM:
            return False
    if not texte.strip() or est_un_prompt(texte):
        return True
    styles = [style.get(f"{W}val") or "" for style in contenu.iter(f"{W}rStyle")]
    return bool(styles) and all("placeholder" in style.lower() or "textedelespace" in style.lower() for style in styles)


def _case(case: Any, contenu: Any, etat: Lecteur) -> None:
    """A check box: state of the control, or the glyph or cross that somebody put in it."""
    marque = case.find(f"{W14}checked")
    cochee = marque is not None and (marque.get(f"{W14}val") or "1").lower() not in NON
    texte = "".join(contenu.itertext(_T, with_tail=False))
    if texte in (COCHEE, VIDE):
        etat.morceaux.append(COCHEE if cochee or texte == COCHEE else VIDE)
        return
    texte = "".join(ligne.texte for ligne in lire_lignes(contenu))
    reste = "".join(c for c in texte if c not in "☐☒☑□■✓✔✗✘\ufe0e\ufe0f").strip()
    glyphe = any(c in "☒☑■✓✔✗✘🗹" for c in texte)
    etat.morceaux.append((COCHEE if cochee or glyphe else VIDE) + reste)


def _caractere(texte: str) -> Any:
    return lambda _, etat: etat.morceaux.append(texte)


def _saut(_: Any, etat: Lecteur) -> None:
    etat.passer_a_la_ligne()


def _signet(element: Any, etat: Lecteur) -> None:
    nom = element.get(f"{W}name")
    if nom:
        etat.signets.append(nom)


def _ancien_champ(element: Any, etat: Lecteur) -> None:
    """Legacy check boxes and drop-downs keep their answer in the field itself."""
    case = element.find(f"{W}ffData/{W}checkBox")
    if case is not None:
        coche = case.find(f"{W}checked")
        if coche is None:
            coche = case.find(f"{W}default")
        etat.morceaux.append(COCHEE if est_vrai(coche) else VIDE)
    liste = element.find(f"{W}ffData/{W}ddList")
    if liste is not None:
        choix, retenu = liste.findall(f"{W}listEntry"), liste.find(f"{W}result")
        rang = (retenu.get(_VALEUR) or "") if retenu is not None else ""
        if rang.isascii() and rang.isdecimal() and len(rang) < 6 and int(rang) < len(choix):
            etat.morceaux.append(choix[int(rang)].get(_VALEUR) or "")


def _table_imbriquee(table: Any, etat: Lecteur) -> None:
    """A table inside a cell: one line per row, cells apart; the lines remember their table."""
    avant = etat.conteneur
    if avant is None:
        etat.tables.append(table)
    if etat.morceaux:
        etat.passer_a_la_ligne()
    etat.conteneur = table
    for rangee in enfants(table, f"{W}tr"):
        _rangee_imbriquee(rangee, etat)
    etat.conteneur = avant


def _rangee_imbriquee(rangee: Any, etat: Lecteur) -> None:
    if rangee.find(f"{W}trPr/{W}del") is not None:
        return
    etiquettes: list[str] = []
    signets: list[str] = []
    textes = []
    for cellule in enfants(rangee, f"{W}tc"):
        lignes = lire_lignes(cellule)
        textes.append("\n".join(une.texte for une in lignes).strip())
        for une in lignes:
            etiquettes += une.etiquettes
            signets += une.signets
    plein = " | ".join(texte for texte in textes if texte)
    for texte in plein.split("\n"):
        etat.lignes.append(Ligne(texte, etiquettes, signets, etat.conteneur, etat.boite))


def _boite_de_texte(element: Any, etat: Lecteur) -> None:
    """A text box floats beside the line it hangs from: its lines come after it."""
    lignes = lire_lignes(element)
    for ligne in lignes:
        ligne.boite = True
    etat.lignes += [ligne for ligne in lignes if ligne.texte.strip()]


_R, _P, _T, _RPR, _PPR = f"{W}r", f"{W}p", f"{W}t", f"{W}rPr", f"{W}pPr"
_SDT_CONTENU, _SDT_PROPRIETES, _ETIQUETTE, _VALEUR = f"{W}sdtContent", f"{W}sdtPr", f"{W}tag", f"{W}val"
_BARRES = frozenset({f"{W}strike", f"{W}dstrike"})
_OMBRE = f"{W}shd"
_FORMES = _BARRES | {f"{W}b", f"{W}u", f"{W}highlight", f"{W}color", _OMBRE}
_FORMES_SANS_EFFET = frozenset({"none", "auto", "000000", "FFFFFF", "1F2D33"})  # our ink is no emphasis
_MARQUE_SUPPRIMEE = f"{W}rPr/{W}del"
_CASE, _INVITE, _CACHE, _POLICES = f"{W14}checkbox", f"{W}showingPlcHdr", f"{W}vanish", f"{W}rFonts"
_GESTES = {
    _T: lambda element, etat: etat.morceaux.append(element.text or ""),
    f"{M}t": lambda element, etat: etat.morceaux.append(element.text or ""),
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
