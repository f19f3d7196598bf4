"""Every file given back: the blank form, a draft or a project as Word or PDF, the pieces kept with it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from .. import reception
from ..documents.pdf import fiche_projet
from ..dossier import Dossier
from ..enums import GenrePiece
from ..models import Appel, Piece, Projet
from ..noms_de_fichiers import nom_garde, nom_propre
from ..permissions import est_porteur, peut_lire_dossier, peut_voir_piece
from ..reception import MIME_DOCX
from ..word.ecriture import ecrire
from ..word.protege import annoter_protege
from ..word.refus import FichierRefuse
from .acces import avec_brouillon
from .projet import trouver


def telecharger(nom: str, octets: bytes, type_mime: str, *, prive: bool = True) -> HttpResponse:
    """A file to save, never to open in the page: its type is ours, its name is cleaned, no cache keeps a private one."""
    reponse = HttpResponse(octets, content_type=type_mime)
    reponse["Content-Disposition"] = content_disposition_header(True, nom)
    reponse["X-Content-Type-Options"] = "nosniff"
    if prive:
        reponse["Cache-Control"] = "private, no-store"
    return reponse


@login_not_required
@require_safe
def modele_word(request: HttpRequest) -> HttpResponse:
    appel = Appel.objects.courant()
    octets = ecrire(Dossier(), appel.referentiel())
    return telecharger(f"formulaire-{slugify(appel.code)}.docx", octets, MIME_DOCX, prive=False)


@avec_brouillon
@require_safe
def brouillon_word(request: HttpRequest, projet: Projet) -> HttpResponse:
    """The draft as it stands; with ``?annote=1``, the porteur's own file with the remarks as Word comments."""
    if request.GET.get("annote") and projet.piece_dossier:
        return _annotee(request, projet, projet.piece_dossier, reverse("deposer_verification", args=[projet.jeton]))
    octets = ecrire(projet.contenu, projet.appel.referentiel())
    return telecharger(reception.nom_word(projet), octets, MIME_DOCX)


def _projet_et_dossier(request: HttpRequest, numero: str) -> tuple[Projet, Dossier]:
    """A project and its file as the person reads it: the porteur, what is being written; the services, what was deposited."""
    projet = trouver(request, numero)
    if not peut_lire_dossier(request.user, projet):
        raise PermissionDenied("Le dossier complet est réservé au porteur et aux services qui l’instruisent.")
    return projet, projet.contenu if est_porteur(request.user, projet) else projet.contenu_depose


@require_safe
def projet_word(request: HttpRequest, numero: str) -> HttpResponse:
    projet, dossier = _projet_et_dossier(request, numero)
    return telecharger(reception.nom_word(projet), ecrire(dossier, projet.appel.referentiel()), MIME_DOCX)


@require_safe
def projet_pdf(request: HttpRequest, numero: str) -> HttpResponse:
    projet, dossier = _projet_et_dossier(request, numero)
    return telecharger(f"{projet.numero}-fiche.pdf", fiche_projet(projet, dossier), "application/pdf")


@require_safe
def piece(request: HttpRequest, numero: str, pk: int) -> HttpResponse:
    """One kept file, as it came; ``?annote=1`` on the porteur's Word file adds the remarks as comments."""
    projet = trouver(request, numero)
    trouvee = get_object_or_404(projet.pieces, pk=pk)
    if not peut_voir_piece(request.user, trouvee):
        raise PermissionDenied("Cette pièce n’est pas ouverte à votre compte.")
    if request.GET.get("annote") and trouvee.genre == GenrePiece.DOSSIER:
        return _annotee(request, projet, trouvee, projet.get_absolute_url())
    return telecharger(nom_a_donner(trouvee), octets_de(trouvee), trouvee.type_mime or "application/octet-stream")


def nom_a_donner(piece: Piece) -> str:
    """Its name, whatever it was called before names were checked on their way in."""
    return nom_propre(nom_garde(piece.nom, piece.type_attendu))


def octets_de(piece: Piece) -> bytes:
    """The bytes of a kept file. Raises Http404 when the file is gone."""
    try:
        with piece.fichier.open("rb") as fichier:
            return fichier.read()
    except FileNotFoundError as perdu:
        raise Http404("Ce fichier n’est plus dans la réserve.") from perdu


def _annotee(request: HttpRequest, projet: Projet, piece: Piece, retour: str) -> HttpResponse:
    """The porteur's file with what the rules and the reading say of what it holds, as Word comments.

    A file that cannot be commented leads back to the page, where the same remarks are listed, with a sentence that says so.
    """
    referentiel, octets = projet.appel.referentiel(), octets_de(piece)
    try:
        lue = reception.relire(octets, referentiel)
        constats = (*lue.anomalies, *reception.constater(lue.dossier, referentiel))
        annotee = annoter_protege(octets, constats, referentiel)
    except FichierRefuse as refus:
        messages.error(request, refus.message)
        return redirect(retour)
    return telecharger(nom_propre(nom_garde(f"annote-{piece.nom}", MIME_DOCX)), annotee, MIME_DOCX)


__all__ = [
    "brouillon_word",
    "modele_word",
    "nom_propre",
    "octets_de",
    "piece",
    "projet_pdf",
    "projet_word",
    "telecharger",
]
