"""The register of images of a project: shootings, authorisations, photos; and what the public may read of it."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import prises_de_vues as registre
from ..documents.autorisation import autorisation
from ..documents.docx import ecrire
from ..documents.pdf import rendre_blocs
from ..enums import Statut
from ..forms.images import ComptesForm, PhotoForm, PriseForm, RetraitForm, VitrineForm
from ..images import ImageRefusee
from ..models import Photo, PriseDeVues, Projet, Vitrine
from ..permissions import est_porteur, peut_publier_vitrine, peut_tenir_images, peut_voir_images
from ..reception import MIME_DOCX
from ..word.refus import FichierRefuse
from ..workflow import ActionImpossible, ActionInterdite
from .documents import telecharger
from .projet import trouver

RETRAIT_FAIT = (
    "Le retrait est enregistré. Aucune photo de cette prise de vues n’est plus publique : "
    "retirez celles où la personne apparaît, puis corrigez le nombre de personnes reconnaissables."
)


def projet_filme(request: HttpRequest, numero: str) -> Projet:
    """A deposited project whose register the person may read. Raises Http404 or PermissionDenied."""
    projet = trouver(request, numero)
    if projet.statut == Statut.BROUILLON:
        raise Http404
    if not peut_voir_images(request.user, projet):
        raise PermissionDenied("Le registre des images est réservé au porteur et aux services qui suivent le projet.")
    return projet


def prise_de(projet: Projet, pk: int) -> PriseDeVues:
    prise = get_object_or_404(projet.prises_de_vues.avec_retraits(), pk=pk)
    prise.projet = projet
    return prise


def essayer(form: forms.Form, geste: Callable[[], object]) -> bool:
    """Does something of the register; a refusal becomes an error of the form that keeps what was typed."""
    try:
        geste()
    except ActionImpossible as refus:
        form.add_error(None, list(refus.obstacles))
    except (ActionInterdite, ImageRefusee) as refus:
        form.add_error(None, str(refus))
    except FichierRefuse as refus:
        form.add_error(None, refus.message)
    return not form.errors


@require_safe
def liste(request: HttpRequest, numero: str) -> HttpResponse:
    projet = projet_filme(request, numero)
    contexte = {
        "projet": projet,
        "prises": projet.prises_de_vues.avec_retraits().prefetch_related("photos"),
        "peut_tenir": peut_tenir_images(request.user, projet),
        "vitrine": Vitrine.objects.filter(projet=projet).first(),
    }
    return render(request, "projets/images/liste.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
def nouvelle(request: HttpRequest, numero: str) -> HttpResponse:
    return _saisir(request, projet_filme(request, numero), None)


@require_http_methods(["GET", "HEAD", "POST"])
def modifier(request: HttpRequest, numero: str, pk: int) -> HttpResponse:
    projet = projet_filme(request, numero)
    return _saisir(request, projet, prise_de(projet, pk))


def _saisir(request: HttpRequest, projet: Projet, prise: PriseDeVues | None) -> HttpResponse:
    if not peut_tenir_images(request.user, projet):
        raise PermissionDenied("Le registre des images est tenu par le porteur et par la coordination en charge.")
    form = PriseForm(request.POST or None, instance=prise or PriseDeVues(projet=projet))
    ecrite = request.method == "POST" and form.is_valid()
    if ecrite and essayer(form, lambda: registre.enregistrer(form.instance, par=request.user)):
        messages.success(request, "La prise de vues est au registre. Faites signer l’autorisation avant ce jour.")
        return redirect("prise_de_vues", projet.numero, form.instance.pk)
    contexte = {"projet": projet, "prise": prise, "form": form}
    return render(request, "projets/images/saisie.html", contexte, status=422 if form.errors else 200)


def _page(
    request: HttpRequest, projet: Projet, prise: PriseDeVues, statut: int = 200, **formulaires: forms.Form
) -> HttpResponse:
    comptes = {nom: getattr(prise, nom) for nom in ("personnes", "autorisations", "gardees_par")}
    contexte = {
        "projet": projet,
        "prise": prise,
        "photos": prise.photos.all(),
        "publiees": set(prise.photos.publiees().values_list("pk", flat=True)),
        "retraits": prise.retraits.all(),
        "peut_tenir": peut_tenir_images(request.user, projet),
        "comptes": ComptesForm(initial=comptes),
        "retrait": RetraitForm(),
        "ajout": PhotoForm(),
        "annees": projet.appel.autorisation_image_annees,
        **formulaires,
    }
    contexte["form"] = next(iter(formulaires.values()), None)
    return render(request, "projets/images/prise.html", contexte, status=statut)


@require_safe
def prise(request: HttpRequest, numero: str, pk: int) -> HttpResponse:
    projet = projet_filme(request, numero)
    return _page(request, projet, prise_de(projet, pk))


@require_POST
def geste(request: HttpRequest, numero: str, pk: int, geste: str) -> HttpResponse:
    """One gesture on a shooting: ``compter``, ``retirer`` (an authorisation), ``photo``, ``supprimer``."""
    projet = projet_filme(request, numero)
    trouvee = prise_de(projet, pk)
    if not peut_tenir_images(request.user, projet):
        raise PermissionDenied("Le registre des images est tenu par le porteur et par la coordination en charge.")
    if geste == "supprimer":
        return _supprimer(request, trouvee)
    if geste not in _GESTES:
        raise Http404
    nom, classe, faire, phrase = _GESTES[geste]
    form = classe(request.POST, request.FILES or None)
    if form.is_valid() and essayer(form, lambda: faire(trouvee, form, request)):
        messages.success(request, phrase)
        return redirect("prise_de_vues", projet.numero, trouvee.pk)
    return _page(request, projet, trouvee, 422, **{nom: form})


def _supprimer(request: HttpRequest, prise: PriseDeVues) -> HttpResponse:
    try:
        registre.supprimer(prise, par=request.user)
    except ActionImpossible as refus:
        messages.error(request, str(refus))
        return redirect("prise_de_vues", prise.projet.numero, prise.pk)
    messages.success(request, "La prise de vues est supprimée du registre.")
    return redirect("images", prise.projet.numero)


_GESTES = {
    "compter": (
        "comptes",
        ComptesForm,
        lambda prise, form, request: registre.compter(prise, par=request.user, **form.cleaned_data),
        "Le registre est à jour.",
    ),
    "retirer": (
        "retrait",
        RetraitForm,
        lambda prise, form, request: registre.retirer(prise, par=request.user, **form.cleaned_data),
        RETRAIT_FAIT,
    ),
    "photo": (
        "ajout",
        PhotoForm,
        lambda prise, form, request: registre.ajouter_photo(
            prise, form.cleaned_data["photo"].read(), form.cleaned_data["texte_alternatif"], par=request.user
        ),
        "La photo est ajoutée. Elle sera publique quand la coordination l’aura publiée.",
    ),
}


def photo_de(request: HttpRequest, numero: str, pk: int) -> Photo:
    projet = projet_filme(request, numero)
    photo = get_object_or_404(Photo.objects.select_related("prise"), pk=pk, prise__projet=projet)
    photo.prise.projet = projet
    return photo


@require_safe
def photo(request: HttpRequest, numero: str, pk: int) -> HttpResponse:
    """A photo of the register, for those who may read it; everybody else only reads what is public."""
    return servir(photo_de(request, numero, pk), prive=True)


def servir(photo: Photo, *, prive: bool) -> HttpResponse:
    try:
        with photo.fichier.open("rb") as fichier:
            octets = fichier.read()
    except FileNotFoundError as perdu:
        raise Http404 from perdu
    genre = "image/png" if octets.startswith(b"\x89PNG") else "image/jpeg"
    cache = "private, no-store" if prive else "public, max-age=300"  # a consent taken back is honoured at once
    return HttpResponse(
        octets, content_type=genre, headers={"X-Content-Type-Options": "nosniff", "Cache-Control": cache}
    )


@require_POST
def photo_retirer(request: HttpRequest, numero: str, pk: int) -> HttpResponse:
    trouvee = photo_de(request, numero, pk)
    try:
        registre.retirer_photo(trouvee, par=request.user)
    except ActionInterdite as refus:
        raise PermissionDenied(str(refus)) from refus
    messages.success(request, "La photo est retirée, et son fichier effacé.")
    return redirect("prise_de_vues", numero, trouvee.prise_id)


@require_safe
def autorisation_a_signer(request: HttpRequest, numero: str, pk: int, extension: str) -> HttpResponse:
    """The sheet to sign, filled for one shooting, as accessible PDF or Word."""
    projet = projet_filme(request, numero)
    filmee = prise_de(projet, pk)
    nom = f"{projet.numero}-autorisation-{slugify(filmee.intitule)[:40] or 'image'}"
    if extension == "pdf":
        return telecharger(f"{nom}.pdf", rendre_blocs(autorisation(filmee)), "application/pdf")
    if extension == "docx":
        return telecharger(f"{nom}.docx", ecrire(autorisation(filmee), timezone.localdate()), MIME_DOCX)
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
def vitrine(request: HttpRequest, numero: str) -> HttpResponse:
    """The porteur's consent and text; the coordination's publication; either may take it back."""
    projet = projet_filme(request, numero)
    actuelle = Vitrine.objects.filter(projet=projet).first()
    porteur = est_porteur(request.user, projet)
    form = VitrineForm(request.POST if request.POST.get("geste") == "consentir" else None, vitrine=actuelle)
    if request.method == "POST":
        suite = _geste_vitrine(request, projet, actuelle, form)
        if suite:
            return suite
    contexte = {
        "projet": projet,
        "vitrine": actuelle,
        "form": form if porteur else None,
        "montrable": projet.statut in (Statut.VALIDE, Statut.CLOS),
        "peut_publier": peut_publier_vitrine(request.user, projet),
        "peut_depublier": actuelle and (porteur or peut_publier_vitrine(request.user, projet)),
        "photos": Photo.objects.filter(prise__in=projet.prises_de_vues.couvertes().values("pk")),
    }
    return render(request, "projets/images/vitrine.html", contexte, status=422 if form.errors else 200)


def _geste_vitrine(
    request: HttpRequest, projet: Projet, actuelle: Vitrine | None, form: VitrineForm
) -> HttpResponse | None:
    voulu = request.POST.get("geste")
    try:
        if voulu == "consentir":
            if not est_porteur(request.user, projet):
                raise ActionInterdite("Seul le porteur consent à ce que son projet soit montré.")
            if not form.is_valid():
                return None
            registre.consentir(projet, form.cleaned_data["resume"], par=request.user)
            messages.success(request, "Merci ! La coordination relit votre texte, puis le publie.")
        elif actuelle is None:
            raise Http404
        elif voulu == "publier":
            nombre = registre.publier(actuelle, par=request.user, vu=request.POST.get("vu", "").replace("\r\n", "\n"))
            photos = f" avec {nombre} photo{'s' if nombre > 1 else ''}" if nombre else ""
            messages.success(request, f"Le projet est publié parmi les exemples{photos}.")
        elif voulu == "depublier":
            registre.depublier(actuelle, par=request.user)
            messages.success(request, "Le projet n’est plus parmi les exemples.")
        else:
            raise Http404
    except ActionImpossible as refus:
        messages.error(request, str(refus))
    except (ActionInterdite, ValidationError) as refus:
        raise PermissionDenied(str(refus)) from refus
    return redirect("vitrine", projet.numero)
