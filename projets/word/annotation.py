"""Gives the porteur's own .docx back with one Word comment per Constat, anchored on the faulty place.

The content is left as it is: only comments are added, outside of any control, and the portal's former ones taken away.
People's comments stay.
"""

import io
from collections.abc import Iterable
from typing import Any

import docx
from docx.document import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from lxml import etree

from ..constats import Constat, Gravite
from ..questionnaire import Referentiel, texte_propre
from .analyse import Analyse
from .controle import controler
from .formulaire import Formulaire
from .formulaires import DOSSIER
from .refus import FichierRefuse
from .resultats import AUTEUR_DU_PORTAIL

INITIALES = "CE"
_TITRES = {Gravite.BLOQUANT: "À corriger", Gravite.A_VERIFIER: "À vérifier", Gravite.CONSEIL: "Conseil"}
_MARQUES = ("w:commentRangeStart", "w:commentRangeEnd", "w:commentReference")
_IMPOSSIBLES = (
    PackageNotFoundError, KeyError, ValueError, AttributeError, TypeError, IndexError, RecursionError, LookupError,
    etree.LxmlError, NotImplementedError, OSError,
)  # fmt: skip


def annoter(
    octets: bytes, constats: Iterable[Constat], referentiel: Referentiel, formulaire: Formulaire = DOSSIER
) -> bytes:
    """The same document with comments. Raises FichierRefuse: the gate's, or ``sans_annotation`` when a file that can be read
    cannot be rewritten safely (the report on screen is then all there is)."""
    controler(octets)
    try:
        document = docx.Document(io.BytesIO(octets))
        _retirer_les_notres(document)
        reperes = Analyse(document.element, referentiel, formulaire).ancres
        for constat in constats:
            _commenter(document, _ancre(constat.champ, reperes, document), constat, _sujet(formulaire, constat.champ))
        sortie = io.BytesIO()
        document.save(sortie)
    except FichierRefuse:
        raise
    except _IMPOSSIBLES as erreur:
        raise FichierRefuse("sans_annotation") from erreur
    return sortie.getvalue()


def _ancre(champ: str, reperes: dict[str, Any], document: Document) -> Any:
    """The cell, else the row, else the title of the question, else the top of the document."""
    while champ:
        if champ in reperes:
            return reperes[champ]
        champ = champ.rpartition(".")[0]
    return document.element.body


def _commenter(document: Document, element: Any, constat: Constat, sujet: str) -> None:
    """One comment over every paragraph of an element, its marks outside of any control."""
    paragraphes = _paragraphes(element)
    if not paragraphes:
        paragraphe = OxmlElement("w:p")
        element.insert(0, paragraphe)
        paragraphes = [paragraphe]
    premier, dernier = paragraphes[0], paragraphes[-1] if element.tag in (qn("w:tc"), qn("w:p")) else paragraphes[0]
    commentaire = document.comments.add_comment(author=AUTEUR_DU_PORTAIL, initials=INITIALES)
    _ecrire(commentaire, constat, sujet)
    numero = str(commentaire.comment_id)
    debut = OxmlElement("w:commentRangeStart")
    debut.set(qn("w:id"), numero)
    proprietes = premier.find(qn("w:pPr"))
    premier.insert(0 if proprietes is None else premier.index(proprietes) + 1, debut)
    fin = OxmlElement("w:commentRangeEnd")
    fin.set(qn("w:id"), numero)
    run = OxmlElement("w:r")
    reference = OxmlElement("w:commentReference")
    reference.set(qn("w:id"), numero)
    run.append(reference)
    dernier.append(fin)
    dernier.append(run)


def _ecrire(commentaire: Any, constat: Constat, sujet: str) -> None:
    """What is wrong and what to write, what was read, and the sentence of the call it comes from."""
    paragraphe = commentaire.paragraphs[0]
    gras = paragraphe.add_run(f"{_TITRES[constat.gravite]}{sujet}. ")
    gras.bold = True
    paragraphe.add_run(texte_propre(constat.message))
    if constat.extrait:
        commentaire.add_paragraph(f"Nous avons lu : «\u00a0{texte_propre(constat.extrait)[:300]}\u00a0»")
    if constat.source:
        commentaire.add_paragraph(f"Source : {texte_propre(constat.source)}")


def _sujet(formulaire: Formulaire, champ: str) -> str:
    try:
        return f" – {formulaire.question(champ).libelle}" if champ else ""
    except KeyError:
        return ""


def _paragraphes(element: Any) -> list[Any]:
    """Paragraphs that can hold marks: direct children first, so that the marks stay out of controls and nested tables."""
    if element.tag == qn("w:p"):
        return [element]
    directs = element.findall(qn("w:p"))
    return directs or list(element.iter(qn("w:p")))


def _retirer_les_notres(document: Document) -> None:
    """Takes away the comments of a former annotation: comment, both marks, reference run."""
    lien = next((r for r in document.part.rels.values() if r.reltype.endswith("/comments") and not r.is_external), None)
    if lien is None:
        return
    racine = lien.target_part.element
    numeros = set()
    for commentaire in racine.findall(qn("w:comment")):
        if commentaire.get(qn("w:author")) == AUTEUR_DU_PORTAIL:
            numeros.add(commentaire.get(qn("w:id")))
            racine.remove(commentaire)
    if not numeros:
        return
    for marque in list(document.element.iter(*map(qn, _MARQUES))):
        if marque.get(qn("w:id")) not in numeros:
            continue
        parent = marque.getparent()
        parent.remove(marque)
        if parent.tag == qn("w:r") and not any(enfant.tag != qn("w:rPr") for enfant in parent):
            parent.getparent().remove(parent)
