"""Models of supports that already say what the call asks for: a poster in Word, a slide."""

import io
from collections.abc import Iterable
from dataclasses import dataclass

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt
from pptx import Presentation
from pptx.dml.color import RGBColor as CouleurDiapositive
from pptx.util import Cm as CmDiapositive
from pptx.util import Pt as PtDiapositive

from ..blocs import propre
from .docx import finir, vierge

PETROLE = (0x0E, 0x53, 0x60)
HAUTEUR_LOGO_CM = 1.9
MIME_PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


@dataclass(frozen=True)
class Affichage:
    """What a model shows; ``logos`` are (name, PNG or JPEG bytes, None when the cité has not given it)."""

    cite: str
    titre: str
    structure: str
    phrase: str
    logos: tuple[tuple[str, bytes | None], ...]

    def __post_init__(self) -> None:
        for champ in ("cite", "titre", "structure", "phrase"):
            object.__setattr__(self, champ, propre(getattr(self, champ)))


def affiche(montre: Affichage) -> bytes:
    """A poster (A4) to be completed in Word: when, where, for whom; the sentence and the logos are in place."""
    document = vierge(montre.titre, montre.structure)
    document.add_paragraph(montre.cite, style="Cite Tete").alignment = WD_ALIGN_PARAGRAPH.CENTER
    titre = document.add_paragraph(montre.titre, style="Title")
    titre.alignment = WD_ALIGN_PARAGRAPH.CENTER
    titre.runs[0].font.size = Pt(34 if len(montre.titre) < 60 else 26)
    document.add_paragraph(montre.structure, style="Cite Chapo").alignment = WD_ALIGN_PARAGRAPH.CENTER
    place = document.add_paragraph("[Votre image ici]", style="Cite Chapo")
    place.alignment = WD_ALIGN_PARAGRAPH.CENTER
    place.paragraph_format.space_before = place.paragraph_format.space_after = Cm(5.2)
    for etiquette, texte in (
        ("Quand ?", "[jour et heure]"),
        ("Où ?", "[lieu et adresse]"),
        ("Pour qui ?", "[âges, familles, classes]"),
        ("Renseignements", "[nom, téléphone]"),
    ):
        ligne = document.add_paragraph(style="Cite Chapo")
        ligne.add_run(f"{propre(etiquette)} ").bold = True
        ligne.add_run(texte)
        for fragment in ligne.runs:
            fragment.font.size = Pt(17)
    phrase = document.add_paragraph(montre.phrase, style="Cite Logo")
    phrase.paragraph_format.space_before, phrase.paragraph_format.space_after = Cm(1), Cm(0.4)
    phrase.runs[0].font.size = Pt(11)
    rangee = document.add_paragraph(style="Cite Logo")
    for nom, octets in montre.logos:
        if octets:
            image = rangee.add_run().add_picture(io.BytesIO(octets), height=Cm(HAUTEUR_LOGO_CM))
            image._inline.docPr.set("descr", propre(nom))
            rangee.add_run("   ")
        else:
            rangee.add_run(f"[logo : {propre(nom)}]   ")
    rangee.add_run("[logos de vos partenaires]")
    return finir(document, "")


def diapositive(montre: Affichage) -> bytes:
    """One slide (16:9) with its title, room for the text, the sentence and the logos."""
    presentation = Presentation()
    presentation.slide_width, presentation.slide_height = CmDiapositive(33.867), CmDiapositive(19.05)
    page = presentation.slides.add_slide(presentation.slide_layouts[5])  # a title and nothing else
    titre = page.shapes.title
    titre.left, titre.top, titre.width, titre.height = map(CmDiapositive, (1.5, 1, 30.8, 2.8))
    titre.text_frame.text = montre.titre
    titre.text_frame.word_wrap = True
    _ecrire(titre.text_frame, 36 if len(montre.titre) < 60 else 28, gras=True, couleur=PETROLE)
    for texte, haut, hauteur, taille in (
        (f"{montre.structure} · {montre.cite}", 3.9, 1.2, 18),
        ("[Votre texte ou votre image]", 5.6, 7.6, 24),
        (montre.phrase, 13.4, 2, 14),
    ):
        cadre = page.shapes.add_textbox(*map(CmDiapositive, (1.5, haut, 30.8, hauteur)))
        cadre.text_frame.word_wrap = True
        cadre.text_frame.text = texte
        _ecrire(cadre.text_frame, taille)
    gauche = 1.5
    for nom, octets in montre.logos:
        if octets:
            image = page.shapes.add_picture(
                io.BytesIO(octets), CmDiapositive(gauche), CmDiapositive(16), height=CmDiapositive(HAUTEUR_LOGO_CM)
            )
            image._element.nvPicPr.cNvPr.set("descr", propre(nom))
            gauche += image.width.cm + 0.8
        else:
            cadre = page.shapes.add_textbox(*map(CmDiapositive, (gauche, 16, 6.8, 2)))
            cadre.text_frame.word_wrap = True
            cadre.text_frame.text = f"[logo : {propre(nom)}]"
            _ecrire(cadre.text_frame, 12)
            gauche += 7.2
    proprietes = presentation.core_properties
    proprietes.title, proprietes.author, proprietes.language = montre.titre[:255], montre.structure[:255], "fr-FR"
    tampon = io.BytesIO()
    presentation.save(tampon)
    return tampon.getvalue()


def _ecrire(cadre: object, taille: int, *, gras: bool = False, couleur: Iterable[int] = (0x1D, 0x2B, 0x30)) -> None:
    for paragraphe in cadre.paragraphs:
        for fragment in paragraphe.runs:
            fragment.font.size, fragment.font.bold = PtDiapositive(taille), gras
            fragment.font.color.rgb = CouleurDiapositive(*couleur)


__all__ = ["MIME_PPTX", "Affichage", "affiche", "diapositive"]
