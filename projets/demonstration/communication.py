"""The logos and supports of a demonstration: plain drawings that bear a name. The real logos belong to their owners."""

import io
from datetime import timedelta

from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image, ImageDraw, ImageFont

from .. import prises_de_vues
from ..communication import joindre_support
from ..identite import preparer_logo
from ..models import Appel, Identite, LogoCommunication, PriseDeVues, Projet
from ..pieces_jointes.processus import nettoyer_protege
from .comptes import Agents

COULEURS = ("#0e5360", "#a8481f", "#5c3566", "#1f5a35")


def poser_les_logos(appel: Appel) -> None:
    """A drawing for each logo of the call but the last, which stays to be asked for."""
    for rang, nom in enumerate(appel.logos[:-1]):
        dessin = ContentFile(_dessin(nom, COULEURS[rang % len(COULEURS)], (480, 240)), name="logo.png")
        LogoCommunication.objects.get_or_create(appel=appel, nom=nom, defaults={"fichier": dessin})


def choisir_une_identite(appel: Appel) -> None:
    """Colours and a logo being chosen, to be looked at in the administration: visitors see those of the portal."""
    fichier, largeur, hauteur = preparer_logo(_dessin(appel.commune or appel.cite, "#5b2a86", (480, 240)))
    choix = {
        "primaire": "#5b2a86",
        "accent": "#9c2f5f",
        "logo": fichier,
        "logo_largeur": largeur,
        "logo_hauteur": hauteur,
    }
    Identite.objects.get_or_create(appel=appel, defaults=choix)


def joindre_une_affiche(projet: Projet) -> None:
    octets = _dessin(projet.titre, COULEURS[1], (900, 1270))
    joindre_support(projet, "affiche.png", nettoyer_protege(octets), par=projet.porteur, phrase=True, logos=True)
    article = _dessin(f"Article : {projet.titre}", COULEURS[2], (900, 600))
    joindre_support(projet, "article.png", nettoyer_protege(article), par=projet.porteur, phrase=True)


def montrer(projet: Projet, agents: Agents) -> None:
    """A shooting with its authorisations, and the project among the public examples."""
    prise = PriseDeVues(
        projet=projet,
        intitule="Restitution devant les familles",
        date=timezone.localdate() - timedelta(days=12),
        lieu="Salle des fêtes",
        usage="Journal de l’école, site de la ville, exemples de projets du portail",
    )
    prises_de_vues.enregistrer(prise, par=projet.porteur)
    prises_de_vues.compter(prise, personnes=2, autorisations=3, gardees_par="La direction", par=projet.porteur)
    photo = _dessin("Une photo du projet", COULEURS[3], (960, 540))
    prises_de_vues.ajouter_photo(prise, photo, "Dessin qui tient la place d’une photo", par=projet.porteur)
    a_venir = PriseDeVues(
        projet=projet,
        intitule="Sortie de fin d’année",
        date=timezone.localdate() + timedelta(days=40),
        lieu="Parc de la ville",
        usage="Exposition à l’école",
    )
    prises_de_vues.enregistrer(a_venir, par=projet.porteur)
    resume = "Pendant un trimestre, les enfants ont préparé ce projet avec leurs enseignants et les familles."
    vitrine = prises_de_vues.consentir(projet, resume, par=projet.porteur)
    prises_de_vues.publier(vitrine, par=agents(projet.coordination), vu=resume)


def _dessin(texte: str, couleur: str, taille: tuple[int, int]) -> bytes:
    image = Image.new("RGB", taille, "white")
    trait = ImageDraw.Draw(image)
    trait.rectangle((8, 8, taille[0] - 9, taille[1] - 9), outline=couleur, width=8)
    police = ImageFont.load_default(size=taille[0] // 16)
    lignes, ligne = [], ""
    for mot in texte.split():
        if trait.textlength(f"{ligne} {mot}", font=police) > taille[0] - 70:
            lignes.append(ligne)
            ligne = mot
        else:
            ligne = f"{ligne} {mot}".strip()
    trait.multiline_text((35, taille[1] // 4), "\n".join([*lignes, ligne]), fill=couleur, font=police, spacing=8)
    tampon = io.BytesIO()
    image.save(tampon, "PNG", optimize=True)
    return tampon.getvalue()
