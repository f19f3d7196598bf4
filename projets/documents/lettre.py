"""A letter drawn: PDF and Word, one alone or all those of a meeting. What it says is in ``lettres.Courrier``."""

from collections.abc import Iterable, Sequence
from typing import Any

from ..lettres import Courrier
from ..word import composition as c
from .docx import LARGEUR, bandeau, dessiner, finir, pied, vierge
from .pdf import VARIANTE, composer

PROJET = "projet"  # across the page of a letter that is not sent


def pdf(courriers: Sequence[Courrier], filigrane: str = "", titre: str = "") -> bytes:
    """One PDF, each letter numbered from its own page 1. At least one letter; ``titre`` is that of several."""
    return assembler([mettre_en_pages(courrier, filigrane) for courrier in courriers], titre)


def assembler(documents: Sequence[Any], titre: str = "") -> bytes:
    """The pages of several letters, one after the other, as one file."""
    tout = documents[0]
    if len(documents) > 1:
        tout = tout.copy([page for document in documents for page in document.pages])
    if titre:
        tout.metadata.title = titre
    return tout.write_pdf(pdf_variant=VARIANTE)


def mettre_en_pages(courrier: Courrier, filigrane: str = "") -> Any:
    """One letter in pages, not written yet."""
    contexte = {
        "courrier": courrier,
        "cite": courrier.cite,
        "reference": courrier.reference,
        "edite_le": None,
        "filigrane": filigrane,
    }
    return composer("projets/documents/lettre.html", contexte, titre=courrier.titre)


def word(courrier: Courrier, filigrane: str = "") -> bytes:
    """The same letter as a Word file, to be signed or put on one's own paper."""
    document = vierge(courrier.titre, courrier.cite)
    pied(document, f"{courrier.cite} · {courrier.reference} · page ")
    if filigrane:
        bandeau(document, filigrane)
    return finir(document, "".join(_corps(courrier)))


def _corps(courrier: Courrier) -> Iterable[str]:
    yield c.paragraphe(c.run(courrier.cite, "", f'<w:b/><w:color w:val="{c.PETROLE}"/><w:sz w:val="26"/>'), "CiteBloc")
    for ligne in courrier.institutions:
        yield c.paragraphe(c.run(ligne), "CiteTete")
    yield c.paragraphe("", "CiteAir")
    for ligne in courrier.expediteur:
        yield c.paragraphe(c.run(ligne), "CiteTete")
    for rang, ligne in enumerate(courrier.destinataire):
        yield c.paragraphe(c.run(ligne), "CiteBloc", _a_droite(avant=400 if rang == 0 else 0))
    yield c.paragraphe(c.run(courrier.lieu_et_date), "CiteBloc", _a_droite(avant=400))
    for rang, (libelle, valeur) in enumerate(courrier.mentions):
        avant = '<w:spacing w:before="400" w:after="0"/>' if rang == 0 else ""
        yield c.paragraphe(c.run(f"{libelle} : ", "", "<w:b/>") + c.run(valeur), "CiteTete", avant)
    objet = c.run("Objet : ", "", f'<w:b/><w:color w:val="{c.PETROLE}"/>') + c.run(courrier.objet, "", "<w:b/>")
    yield c.paragraphe(objet, "CiteLettre", '<w:spacing w:before="300" w:after="300"/><w:outlineLvl w:val="0"/>')
    yield dessiner(courrier.corps, "CiteLettre")
    if courrier.signataires:
        yield _signatures(courrier.signataires)
    if courrier.recours:
        yield c.paragraphe(c.run("Voies et délais de recours"), "Heading2")
        yield dessiner(courrier.recours, "CiteRecours")


def _a_droite(avant: int) -> str:
    espace = f'<w:spacing w:before="{avant}" w:after="0"/>' if avant else ""
    return f'{espace}<w:ind w:left="5200"/>'


def _signatures(qualites: Sequence[str]) -> str:
    """The signatories side by side, with room to sign."""
    largeur = LARGEUR // len(qualites)
    cellules = [c.cellule(c.paragraphe(c.run(une, "", "<w:b/>"), "CiteReponse"), largeur) for une in qualites]
    place = c.tableau(
        [c.rangee(cellules, hauteur=1700)], [largeur] * len(qualites), titre="Signatures",
        description="La place de la signature de chacun, sous sa qualité.", entete=False,
    )  # fmt: skip
    return c.paragraphe("", "CiteAir") + place.replace('w:val="single"', 'w:val="nil"')
