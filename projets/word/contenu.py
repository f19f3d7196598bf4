"""What the gate looks for inside the XML parts: macros, ActiveX, embedded objects, remote content, DDE, absurd tables."""

import re
from typing import Any

from .noms import W
from .refus import FichierRefuse

CELLULES_MAXIMUM = 20_000
FUSION_MAXIMUM = 200
IMBRICATION_MAXIMUM = 12  # tables inside tables; what is pasted from the web goes to ten
_DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_TYPES_REFUSES = (
    ("macroenabled", "macros"),
    ("vbaproject", "macros"),
    ("vbadata", "macros"),
    ("activex", "activex"),
    ("oleobject", "objet"),
)
_PRINCIPAUX = (
    ("template.main", "modele"),
    ("spreadsheetml", "tableur"),
    ("presentationml", "presentation"),
    ("visio", "inconnu"),
)
_RELATIONS_REFUSEES = {
    "vbaproject": "macros",
    "wordvbadata": "macros",
    "attachedtoolbars": "macros",
    "control": "activex",
    "activexcontrolbinary": "activex",
    "oleobject": "objet",
    "subdocument": "lien",
}
_EXTERIEURES = frozenset({"hyperlink", "image", "video", "audio", "media"})  # never fetched
_LOCALES = frozenset({"attachedtemplate", "mailmergesource", "mailmergeheadersource", "mailmergerecipientdata"})
_LIENS_REFUSES = re.compile(r"^\s*(?:ms-|javascript:|vbscript:|search-ms:|data:)", re.IGNORECASE)
_FICHIER_LOCAL = re.compile(r"^(?:file:///[A-Za-z](?::|%3A)|[A-Za-z]:|[^/\\:]+(?::[^/\\:]+)*$)", re.IGNORECASE)
# What makes Word run or fetch something when a file is opened; « QUOTE 68 68 69 » spells DDE by numbers.
_CHAMP_REFUSE = re.compile(
    r"[\s\"'={]*(?:(?:DDE|DDEAUTO|LINK|DATABASE|INCLUDETEXT|IMPORT)\b|QUOTE(?:\s+\d+){3})", re.IGNORECASE
)
_RESEAU = re.compile(
    r"^\s*(?:[\\/]{2}|file:[\\/]{2}(?!localhost[\\/])[^\\/])", re.IGNORECASE
)  # another machine of the network
_CONTROLES = re.compile(r"[\x00-\x20]+")


def verifier_types(types: Any, principale: str, noms: list[str]) -> None:
    """Content types: the main part is a Word document, and nothing runs."""
    par_nom: dict[str, str] = {}
    par_extension: dict[str, str] = {}
    for element in types:
        if not isinstance(element.tag, str):
            continue
        genre = element.get("ContentType") or ""
        for morceau, code in _TYPES_REFUSES:
            if morceau in genre.lower():
                raise FichierRefuse(code)
        if element.get("PartName") is not None:
            par_nom[element.get("PartName").lstrip("/").casefold()] = genre
        else:
            par_extension[(element.get("Extension") or "").casefold()] = genre
    if any(re.search(r"vba(project|data)", nom, re.IGNORECASE) for nom in noms):
        raise FichierRefuse("macros")
    genre = par_nom.get(principale.casefold()) or par_extension.get(principale.rpartition(".")[2].casefold(), "")
    if genre != _DOCUMENT:
        raise FichierRefuse(next((code for morceau, code in _PRINCIPAUX if morceau in genre), "inconnu"))


def verifier_liens(relations: Any) -> None:
    """Relations: no macro, control nor object; outside the file only what is never fetched."""
    for lien in relations:
        if not isinstance(lien.tag, str):
            continue
        genre = (lien.get("Type") or "").rpartition("/")[2].casefold()
        cible = lien.get("Target") or ""
        if genre in _RELATIONS_REFUSEES:
            raise FichierRefuse(_RELATIONS_REFUSEES[genre])
        if (lien.get("TargetMode") or "").casefold() != "external":
            continue
        if genre in _EXTERIEURES:
            nue = _CONTROLES.sub("", cible)
            if _LIENS_REFUSES.match(nue) and not (genre == "image" and nue.startswith("data:")):
                raise FichierRefuse("lien")
            if genre != "hyperlink" and _RESEAU.match(cible):  # Word would fetch it by itself
                raise FichierRefuse("lien")
        elif genre not in _LOCALES or not _FICHIER_LOCAL.match(cible):
            raise FichierRefuse("lien")


def verifier_contenu(racine: Any, *, corps: bool = True) -> None:
    """Tables of human size and no DDE field, however its code is split over runs."""
    if corps and racine.tag != f"{W}document":
        raise FichierRefuse("inconnu")
    if corps and racine.find(f"{W}body") is None:
        raise FichierRefuse("abime")
    cellules = 0
    for element in racine.iter(f"{W}tc", f"{W}gridSpan", f"{W}gridBefore", f"{W}gridAfter"):
        if element.tag == f"{W}tc":
            cellules += 1
        else:
            valeur = element.get(f"{W}val") or "1"
            if not valeur.strip().isdecimal() or len(valeur) > 9 or int(valeur) > FUSION_MAXIMUM:
                raise FichierRefuse("trop_complexe")
    if cellules > CELLULES_MAXIMUM:
        raise FichierRefuse("trop_complexe")
    for table in racine.iter(f"{W}tbl"):
        if sum(1 for _ in table.iterancestors(f"{W}tbl")) >= IMBRICATION_MAXIMUM:
            raise FichierRefuse("trop_complexe")
    for code in _champs(racine):
        if _CHAMP_REFUSE.match(code):
            raise FichierRefuse("champ")


def _champs(racine: Any) -> set[str]:
    """Instructions of the fields, each joined from its runs, with and without what was deleted from it."""
    codes = {element.get(f"{W}instr") or "" for element in racine.iter(f"{W}fldSimple")}
    for supprimees in (True, False):
        ouverts: list[list[str]] = [[]]
        for element in racine.iter(f"{W}fldChar", f"{W}instrText", f"{W}delInstrText"):
            if element.tag != f"{W}fldChar":
                if supprimees or element.tag == f"{W}instrText":
                    ouverts[-1].append(element.text or "")
            elif element.get(f"{W}fldCharType") == "begin":
                ouverts.append([])
            elif element.get(f"{W}fldCharType") == "end" and len(ouverts) > 1:
                code = "".join(ouverts.pop())
                codes.add(code)
                ouverts[-1].append(code)  # a field inside another writes the code of the other
        codes |= {"".join(morceaux) for morceaux in ouverts}
    return codes
