"""Gives the porteur's own .docx back with one Word comment per Constat, anchored on the faulty place.

Only three parts of the file are written again: the document (marks of comments, outside of any control), the comments, and
what ties them together. Every other part is the same, byte for byte. The portal's former comments are taken away; people's
stay.
"""

import io
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

from lxml import etree

from ..constats import Constat, Gravite
from ..questionnaire import Referentiel, texte_propre
from .analyse import Analyse
from .controle import Archive, chemin_relations, controler, en_strict
from .formulaire import Formulaire
from .formulaires import DOSSIER
from .noms import ESPACE_W, W
from .refus import FichierRefuse
from .resultats import AUTEUR_DU_PORTAIL

INITIALES = "CE"
EXTRAIT_MAXIMUM = 300
_TITRES = {Gravite.BLOQUANT: "À corriger", Gravite.A_VERIFIER: "À vérifier", Gravite.CONSEIL: "Conseil"}
_MARQUES = (f"{W}commentRangeStart", f"{W}commentRangeEnd", f"{W}commentReference")
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_ESPACE_LIENS = "http://schemas.openxmlformats.org/package/2006/relationships"
_ESPACE_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_TYPE_COMMENTAIRES = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"
_SUITES = ("commentsExtended", "commentsIds")  # what Word adds to comments, by the mark of their paragraphs
_TYPES = "[Content_Types].xml"


def annoter(
    octets: bytes, constats: Iterable[Constat], referentiel: Referentiel, formulaire: Formulaire = DOSSIER
) -> bytes:
    """The same document with comments. Raises FichierRefuse: the gate's, or ``sans_annotation``."""
    archive = controler(octets)
    try:
        return _Annotation(archive, referentiel, formulaire).ecrire(octets, constats)
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError, etree.LxmlError) as erreur:
        raise FichierRefuse("sans_annotation") from erreur


class _Annotation:
    """One file being commented: its document, its comments part, and the parts that have to be written again."""

    def __init__(self, archive: Archive, referentiel: Referentiel, formulaire: Formulaire):
        self.archive = archive
        self.formulaire = formulaire
        self.document = archive.document
        self.partie = next(archive.liees("comments"), "")
        self.commentaires = archive.arbre(self.partie) if self.partie else _racine_commentaires()
        self.ecrites: dict[str, Any] = {archive.principale: self.document}
        self._retirer_les_notres()
        self.ancres = Analyse(self.document, referentiel, formulaire).ancres

    def ecrire(self, octets: bytes, constats: Iterable[Constat]) -> bytes:
        numero = max((_numero(c) for c in self.commentaires.iter(f"{W}comment")), default=-1)
        for constat in constats:
            numero += 1
            self._commenter(self._ancre(constat.champ), constat, str(numero))
        if not self.partie and len(self.commentaires):
            self._relier()
        if self.partie:
            self.ecrites[self.partie] = self.commentaires
        return _reecrire(octets, {nom: self._serialiser(racine) for nom, racine in self.ecrites.items()})

    def _serialiser(self, racine: Any) -> bytes:
        contenu: bytes = etree.tostring(racine, xml_declaration=True, encoding="UTF-8", standalone=True)
        return en_strict(contenu) if self.archive.strict else contenu

    def _ancre(self, champ: str) -> Any:
        """The cell, else the row, else the title of the question, else the top of the document."""
        while champ:
            if champ in self.ancres:
                return self.ancres[champ]
            champ = champ.rpartition(".")[0]
        return self.document.find(f"{W}body")

    def _commenter(self, element: Any, constat: Constat, numero: str) -> None:
        """One comment over every paragraph of an element, its marks outside of any control."""
        paragraphes = _paragraphes(element)
        premier = paragraphes[0]
        dernier = paragraphes[-1] if element.tag in (f"{W}tc", f"{W}p") else premier
        place = 1 if len(premier) and premier[0].tag == f"{W}pPr" else 0
        premier.insert(place, _element("commentRangeStart", id=numero))
        dernier.append(_element("commentRangeEnd", id=numero))
        run = _element("r")
        run.append(_element("commentReference", id=numero))
        dernier.append(run)
        commentaire = _element("comment", id=numero, author=AUTEUR_DU_PORTAIL, initials=INITIALES)
        commentaire.extend(self._paragraphes_du_commentaire(constat))
        self.commentaires.append(commentaire)

    def _paragraphes_du_commentaire(self, constat: Constat) -> Iterable[Any]:
        """What is wrong and what to write, what was read, and the sentence of the call it comes from."""
        titre = f"{_TITRES[constat.gravite]}{self._sujet(constat.champ)}. "
        yield _paragraphe((titre, True), (texte_propre(constat.message), False))
        if constat.extrait:
            yield _paragraphe(
                (f"Nous avons lu : «\u00a0{texte_propre(constat.extrait)[:EXTRAIT_MAXIMUM]}\u00a0»", False)
            )
        if constat.source:
            yield _paragraphe((f"Source : {texte_propre(constat.source)}", False))

    def _sujet(self, champ: str) -> str:
        try:
            return f" – {self.formulaire.question(champ).libelle}" if champ else ""
        except KeyError:
            return ""

    # --- former comments --------------------------------------------------------------------------------------------

    def _retirer_les_notres(self) -> None:
        """Takes away what a former annotation wrote: comments, both marks, reference runs, and what Word tied to them."""
        numeros, paragraphes = set(), set()
        for commentaire in self.commentaires.findall(f"{W}comment"):
            if commentaire.get(f"{W}author") == AUTEUR_DU_PORTAIL:
                numeros.add(commentaire.get(f"{W}id"))
                paragraphes |= {_attribut(p, "paraId") for p in commentaire.iter(f"{W}p")} - {""}
                self.commentaires.remove(commentaire)
        if not numeros:
            return
        for marque in list(self.document.iter(*_MARQUES)):
            if marque.get(f"{W}id") not in numeros:
                continue
            parent = marque.getparent()
            parent.remove(marque)
            if parent.tag == f"{W}r" and not any(enfant.tag != f"{W}rPr" for enfant in parent):
                parent.getparent().remove(parent)
        if paragraphes:
            self._retirer_des_suites(paragraphes)

    def _retirer_des_suites(self, paragraphes: set[str]) -> None:
        for genre in _SUITES:
            for nom in self.archive.liees(genre):
                racine = self.archive.arbre(nom)
                for entree in list(racine):
                    if isinstance(entree.tag, str) and _attribut(entree, "paraId") in paragraphes:
                        racine.remove(entree)
                        self.ecrites[nom] = racine

    # --- a file that has no comments yet ----------------------------------------------------------------------------

    def _relier(self) -> None:
        """A part for the comments, with its type and its relation to the document."""
        dossier = self.archive.principale.rpartition("/")[0]
        prises = {nom.casefold() for nom in self.archive.noms}
        noms = (f"{dossier}/comments{rang or ''}.xml".lstrip("/") for rang in range(len(prises) + 1))
        self.partie = next(nom for nom in noms if nom.casefold() not in prises)
        types = self.archive.arbre(_TYPES)
        etree.SubElement(
            types, f"{{{_ESPACE_TYPES}}}Override", PartName=f"/{self.partie}", ContentType=_TYPE_COMMENTAIRES
        )
        relations = chemin_relations(self.archive.principale)
        liens = self.archive.arbre(relations) if relations in self.archive.parties else _racine_liens()
        pris = {lien.get("Id") for lien in liens if isinstance(lien.tag, str)}
        etree.SubElement(
            liens,
            f"{{{_ESPACE_LIENS}}}Relationship",
            Id=next(f"rIdCite{rang}" for rang in range(len(pris) + 1) if f"rIdCite{rang}" not in pris),
            Type=f"{_RELATIONS}/comments",
            Target=f"/{self.partie}",
        )
        self.ecrites |= {_TYPES: types, relations: liens}


def _reecrire(octets: bytes, ecrites: Mapping[str, bytes]) -> bytes:
    """The same package with some parts written again, and new ones at the end."""
    sortie = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(octets)) as lue, zipfile.ZipFile(sortie, "w") as ecrite:
        entrees = lue.infolist()
        for entree in entrees:
            contenu = ecrites.get(entree.filename)
            ecrite.writestr(entree, lue.read(entree) if contenu is None else contenu, entree.compress_type)
        connues = {entree.filename for entree in entrees}
        for nom, contenu in ecrites.items():
            if nom not in connues:
                ecrite.writestr(nom, contenu, zipfile.ZIP_DEFLATED)
    return sortie.getvalue()


def _paragraphes(element: Any) -> list[Any]:
    """Paragraphs that can hold marks, direct children first, so that the marks stay out of controls and nested tables."""
    if element.tag == f"{W}p":
        return [element]
    directs = element.findall(f"{W}p") or list(element.iter(f"{W}p"))
    if not directs:
        directs = [_element("p")]
        element.insert(1 if len(element) and element[0].tag == f"{W}tcPr" else 0, directs[0])
    return directs


def _paragraphe(*morceaux: tuple[str, bool]) -> Any:
    """A paragraph of runs, each with its text and whether it is bold."""
    paragraphe = _element("p")
    for texte, gras in morceaux:
        run = etree.SubElement(paragraphe, f"{W}r")
        if gras:
            etree.SubElement(etree.SubElement(run, f"{W}rPr"), f"{W}b")
        contenu = etree.SubElement(run, f"{W}t")
        contenu.text = texte
        contenu.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return paragraphe


def _element(nom: str, **attributs: str) -> Any:
    element = etree.Element(f"{W}{nom}", nsmap={"w": ESPACE_W})
    for attribut, valeur in attributs.items():
        element.set(f"{W}{attribut}", valeur)
    return element


def _racine_commentaires() -> Any:
    return _element("comments")


def _racine_liens() -> Any:
    return etree.Element(f"{{{_ESPACE_LIENS}}}Relationships", nsmap={None: _ESPACE_LIENS})


def _numero(commentaire: Any) -> int:
    numero = commentaire.get(f"{W}id") or ""
    return int(numero) if numero.isascii() and numero.isdecimal() and len(numero) < 9 else 0


def _attribut(element: Any, nom: str) -> str:
    """An attribute by its local name: Word has had several namespaces for the mark of a paragraph."""
    return next((valeur for cle, valeur in element.attrib.items() if cle.rpartition("}")[2] == nom), "")
