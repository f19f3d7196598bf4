"""Image rights, shooting by shooting: what is registered, taken back, shown. Each gesture leaves a line in the journal.

« Consentement préalable, exprès, spécial à chaque prise de vues (lieu, date, usage, durée) ; retrait à tout moment »
(autorisation de captation et d’utilisation de l’image d’une personne mineure).
"""

from datetime import date

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from .antivirus import examiner
from .enums import Fait
from .journal import consigner
from .models import Photo, PriseDeVues, Projet, RetraitAutorisation, Vitrine
from .permissions import Acteur, peut_publier_vitrine, peut_tenir_images
from .pieces_jointes.peinture import repeindre_protege
from .workflow import ActionImpossible, ActionInterdite

PHOTOS_MAX = 12
COTE_PHOTO = 1600  # pixels: sharp on a screen, too small for a poster (« hors affichage »)


def verifier_droit(acteur: Acteur, projet: Projet) -> None:
    if not peut_tenir_images(acteur, projet):
        raise ActionInterdite("Le registre des images est tenu par le porteur et par la coordination en charge.")


@transaction.atomic
def enregistrer(prise: PriseDeVues, *, par: Acteur) -> PriseDeVues:
    """Writes a new shooting, or what was corrected of one. Raises ActionInterdite, or ActionImpossible on its counts.

    A date or a use that changes after authorisations were signed would betray them: the signed ones no longer count.
    """
    verifier_droit(par, prise.projet)
    if prise.pk is None:
        prise.par = par
        prise.save()
        consigner(prise.projet, Fait.PRISE_DE_VUES, par=par, motif=prise.intitule, pour_services=False)
        return prise
    avant = PriseDeVues.objects.select_for_update().get(pk=prise.pk)
    if avant.autorisations and any(getattr(avant, n) != getattr(prise, n) for n in ("date", "lieu", "usage")):
        raise ActionImpossible(
            "Des autorisations sont déjà signées pour cette date, ce lieu et cet usage : "
            "enregistrez une autre prise de vues, avec ses propres autorisations."
        )
    prise.save(update_fields=["intitule", "date", "lieu", "usage", "expire_le"])
    return prise


@transaction.atomic
def compter(prise: PriseDeVues, *, personnes: int | None, autorisations: int, gardees_par: str, par: Acteur) -> None:
    """Says how many people can be recognised, how many authorisations are signed and who keeps the papers.

    Raises ActionImpossible when there would be fewer authorisations than were taken back.
    """
    verifier_droit(par, prise.projet)
    actuelle = PriseDeVues.objects.select_for_update().get(pk=prise.pk)
    retires = actuelle.nombre_retires
    if autorisations < retires:
        raise ActionImpossible(
            f"{retires} autorisation{'s ont' if retires > 1 else ' a'} déjà été retirée{'s' if retires > 1 else ''} : "
            "écrivez le nombre d’autorisations signées au départ, retraits compris."
        )
    actuelle.personnes, actuelle.autorisations, actuelle.gardees_par = personnes, autorisations, gardees_par
    actuelle.save(update_fields=["personnes", "autorisations", "gardees_par", "expire_le"])
    motif = f"{actuelle.intitule} : {autorisations} pour {'?' if personnes is None else personnes} personnes"
    consigner(actuelle.projet, Fait.AUTORISATIONS_COMPTEES, par=par, motif=motif, pour_services=False)


@transaction.atomic
def retirer(
    prise: PriseDeVues, *, recu_le: date, nombre: int, precisions: str = "", par: Acteur
) -> RetraitAutorisation:
    """Registers authorisations taken back. From then on no photo of the shooting is public, until it is counted again.

    Raises ActionImpossible when fewer are in force, or for a day to come.
    """
    verifier_droit(par, prise.projet)
    actuelle = PriseDeVues.objects.select_for_update().get(pk=prise.pk)
    if recu_le > timezone.localdate():
        raise ActionImpossible("Ce retrait porterait une date à venir : écrivez le jour où vous l’avez reçu.")
    if not 0 < nombre <= actuelle.en_vigueur:
        raise ActionImpossible(
            f"{actuelle.en_vigueur} autorisation{'s sont' if actuelle.en_vigueur > 1 else ' est'} en vigueur "
            "pour cette prise de vues : le nombre retiré ne peut pas la dépasser."
        )
    retrait = RetraitAutorisation.objects.create(
        prise=actuelle, recu_le=recu_le, nombre=nombre, precisions=precisions, par=par
    )
    actuelle.photos.update(publiee_le=None)
    consigner(actuelle.projet, Fait.AUTORISATION_RETIREE, par=par, motif=actuelle.intitule, pour_services=False)
    return retrait


@transaction.atomic
def supprimer(prise: PriseDeVues, *, par: Acteur) -> None:
    """Removes a shooting typed by mistake. Raises ActionImpossible once something rests on it."""
    verifier_droit(par, prise.projet)
    actuelle = PriseDeVues.objects.select_for_update().get(pk=prise.pk)
    if actuelle.autorisations or actuelle.photos.exists() or actuelle.retraits.exists():
        raise ActionImpossible("Des autorisations ou des photos y sont rattachées : elle reste au registre.")
    consigner(actuelle.projet, Fait.PRISE_SUPPRIMEE, par=par, motif=actuelle.intitule, pour_services=False)
    actuelle.delete()


def ajouter_photo(prise: PriseDeVues, octets: bytes, texte_alternatif: str, *, par: Acteur) -> Photo:
    """Keeps a photo, without what it hides. Raises FichierRefuse (antivirus), ImageRefusee, ActionImpossible."""
    verifier_droit(par, prise.projet)
    examiner(octets)
    image = repeindre_protege(octets, COTE_PHOTO)
    with transaction.atomic():
        actuelle = PriseDeVues.objects.select_for_update().get(pk=prise.pk)
        if actuelle.photos.count() >= PHOTOS_MAX:
            raise ActionImpossible(f"{PHOTOS_MAX} photos au plus par prise de vues : retirez-en une.")
        photo = Photo.objects.create(
            prise=actuelle,
            fichier=ContentFile(image.octets, name=f"photo{image.extension}"),
            texte_alternatif=texte_alternatif,
            largeur=image.largeur,
            hauteur=image.hauteur,
            par=par,
        )
        consigner(actuelle.projet, Fait.PHOTO_AJOUTEE, par=par, motif=texte_alternatif, pour_services=False)
    return photo


@transaction.atomic
def retirer_photo(photo: Photo, *, par: Acteur) -> None:
    verifier_droit(par, photo.prise.projet)
    fichier = photo.fichier
    consigner(photo.prise.projet, Fait.PHOTO_RETIREE, par=par, motif=photo.texte_alternatif, pour_services=False)
    photo.delete()
    transaction.on_commit(lambda: fichier.storage.delete(fichier.name))


# --- what the public reads ------------------------------------------------------------------------------------------


@transaction.atomic
def consentir(projet: Projet, resume: str, *, par: Acteur) -> Vitrine:
    """The porteur agrees that this text be public. A text that changes waits for the coordination again."""
    if projet.porteur_id != par.pk:
        raise ActionInterdite("Seul le porteur consent à ce que son projet soit montré.")
    vitrine, _ = Vitrine.objects.select_for_update().get_or_create(projet=projet, defaults={"resume": resume})
    if vitrine.resume != resume:
        vitrine.publiee_le = vitrine.publiee_par = None
    vitrine.resume, vitrine.consenti_le, vitrine.consenti_par = resume, timezone.now(), par
    vitrine.save()
    consigner(projet, Fait.VITRINE_CONSENTIE, par=par, pour_services=False)
    return vitrine


@transaction.atomic
def publier(vitrine: Vitrine, *, par: Acteur, vu: str) -> int:
    """Shows the text and the photos that may be shown; ``vu`` is the text that the person read. Gives how many photos.

    Raises ActionInterdite, or ActionImpossible without consent or when the text has changed meanwhile.
    """
    if not peut_publier_vitrine(par, vitrine.projet):
        raise ActionInterdite("La coordination en charge publie les exemples de projets.")
    actuelle = Vitrine.objects.select_for_update().get(pk=vitrine.pk)
    if actuelle.consenti_le is None:
        raise ActionImpossible("Le porteur a retiré son consentement : rien n’est publié.")
    if actuelle.resume != vu:
        raise ActionImpossible("Le porteur a changé son texte entre-temps : relisez-le, puis publiez.")
    maintenant = timezone.now()
    actuelle.publiee_le, actuelle.publiee_par = maintenant, par
    actuelle.save(update_fields=["publiee_le", "publiee_par", "recherche"])
    couvertes = PriseDeVues.objects.couvertes().filter(projet=actuelle.projet_id).values("pk")
    photos = Photo.objects.filter(prise__in=couvertes).update(publiee_le=maintenant)
    consigner(actuelle.projet, Fait.VITRINE_PUBLIEE, par=par, pour_services=False)
    return photos


@transaction.atomic
def depublier(vitrine: Vitrine, *, par: Acteur) -> None:
    """Takes the project off the public page at once; by the porteur, it takes the consent back too."""
    porteur = vitrine.projet.porteur_id == par.pk
    if not porteur and not peut_publier_vitrine(par, vitrine.projet):
        raise ActionInterdite("Seuls le porteur et la coordination en charge retirent un exemple.")
    retires = {"publiee_le": None, "publiee_par": None}
    if porteur:
        retires |= {"consenti_le": None, "consenti_par": None}
    Vitrine.objects.filter(pk=vitrine.pk).update(**retires)
    consigner(vitrine.projet, Fait.VITRINE_RETIREE, par=par, pour_services=False)
