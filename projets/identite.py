"""Publishing the look of a cité, and the files of its logos. What it looks like is in ``models.identite`` and ``couleurs``."""

from django.core.files.base import ContentFile
from django.db import transaction

from correspondants.models import Utilisateur

from .enums import Fait
from .images import ImageRefusee, repeindre
from .journal import consigner
from .models import Identite, IdentitePubliee
from .pieces_jointes.peinture import repeindre_protege

OCTETS_LOGO = 24_000  # the home page weighs little: its logo too
COTES = (320, 240, 160, 112, 80)  # pixels, from a sheet of paper down to the head of a page


def preparer_logo(octets: bytes) -> tuple[ContentFile, int, int]:
    """The picture drawn again, as large as its weight allows: the file, its width and height. Raises ImageRefusee."""
    if octets.lstrip()[:5].lower() in (b"<?xml", b"<svg ", b"<svg>"):
        raise ImageRefusee(
            "Le format SVG est refusé, parce qu’il peut contenir un programme\u00a0: enregistrez le logo en PNG (fond "
            "transparent) ou en JPEG, puis renvoyez-le."
        )
    propre = repeindre_protege(octets, COTES[0])
    for cote in COTES:
        image = repeindre(propre.octets, cote)
        if len(image.octets) <= OCTETS_LOGO:
            break
    return ContentFile(image.octets, name=f"logo{image.extension}"), image.largeur, image.hauteur


@transaction.atomic
def publier(identite: Identite, *, par: Utilisateur) -> IdentitePubliee:
    """Shows to everybody what was chosen, as it is in the database now."""
    choisie = Identite.objects.select_for_update().select_related("appel").get(pk=identite.pk)
    avant = IdentitePubliee.objects.filter(appel=choisie.appel).first()
    valeurs = {champ: getattr(choisie, champ) for champ in Identite.CHAMPS}
    publiee, _ = IdentitePubliee.objects.update_or_create(appel=choisie.appel, defaults=valeurs)
    consigner(
        None, Fait.REGLAGE_MODIFIE, par=par, motif=f"Identité visuelle publiée\u00a0: {choisie}, {choisie.primaire}"
    )
    if avant:
        oublier_logo(avant.logo.name)
    return publiee


@transaction.atomic
def retirer(identite: Identite, *, par: Utilisateur) -> None:
    """Back to the look of the portal; what was chosen stays in the administration."""
    for publiee in IdentitePubliee.objects.filter(appel=identite.appel):
        publiee.delete()
        consigner(None, Fait.REGLAGE_MODIFIE, par=par, motif=f"Identité visuelle retirée\u00a0: {identite}")
        oublier_logo(publiee.logo.name)


def oublier_logo(nom: str) -> None:
    """Erases the file of a logo once the transaction holds, unless somebody still names it."""

    def effacer() -> None:
        nommee = any(modele.objects.filter(logo=nom).exists() for modele in (Identite, IdentitePubliee))
        if nom and not nommee:
            Identite._meta.get_field("logo").storage.delete(nom)

    transaction.on_commit(effacer)
