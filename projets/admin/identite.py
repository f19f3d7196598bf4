"""Logo and colours of a cité: chosen here, looked at as a page, then published."""

from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse

from correspondants.admin import AdminDuPortail, est_administrateur

from ..couleurs import FONDS_CLAIRS, FONDS_SOMBRES, Palette, contraste
from ..identite import oublier_logo, preparer_logo, publier, retirer
from ..images import ImageRefusee
from ..models import Identite, IdentitePubliee
from ..views.identite import image

FONDS_MONTRES = {"fond": "page", "carte": "carte", "sable": "sable"}
NE_PAS_GARDER = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class Mesure:
    """One colour over one surface, as the preview tells it."""

    theme: str
    libelle: str
    couleur: str
    contrastes: tuple[tuple[str, float], ...]


def mesures(palette: Palette) -> list[Mesure]:
    """Contrasts of each colour on what it stands on most."""
    toutes = palette.complete()
    lignes = []
    for theme, fonds, couleurs in (
        ("Clair", FONDS_CLAIRS, (("Principale", toutes.primaire), ("Accent", toutes.accent))),
        ("Sombre", FONDS_SOMBRES, (("Principale", toutes.primaire_sombre), ("Accent", toutes.accent_sombre))),
    ):
        for libelle, couleur in couleurs:
            paires = tuple((nom, int(contraste(couleur, fonds[code]) * 10) / 10) for code, nom in FONDS_MONTRES.items())
            lignes.append(Mesure(theme, libelle, couleur, paires))
    return lignes


class IdentiteForm(forms.ModelForm):
    """Colours that can be read, a logo kept as its pixels."""

    sans_logo = forms.BooleanField(
        label="Retirer le logo enregistré", required=False, help_text="Celui du portail revient, une fois publié."
    )

    class Meta:
        model = Identite
        fields = ("appel", "primaire", "accent", "primaire_sombre", "accent_sombre", "logo")

    def clean_logo(self) -> object:
        fichier = self.cleaned_data["logo"]
        if not isinstance(fichier, UploadedFile):
            return False if "sans_logo" in self.data else fichier  # False is Django's word for « empty the field »
        try:
            prepare, self.instance.logo_largeur, self.instance.logo_hauteur = preparer_logo(fichier.read())
        except ImageRefusee as refus:
            raise ValidationError(str(refus)) from refus
        return prepare


@admin.register(Identite)
class IdentiteAdmin(AdminDuPortail):
    """Saving shows nothing to anybody: « Voir l’aperçu » leads to the page where it is published."""

    form = IdentiteForm
    change_form_template = "projets/admin/identite.html"
    list_display = ("appel", "primaire", "accent", "etat")
    list_select_related = ("appel", "appel__identite_publiee")
    autocomplete_fields = ("appel",)

    @admin.display(description="état")
    def etat(self, identite: Identite) -> str:
        publiee = getattr(identite.appel, "identite_publiee", None)
        if publiee is None:
            return "Non publiée"
        return "Publiée, avec des changements en attente" if publiee.dit_autre_chose(identite) else "Publiée"

    def save_model(self, request: HttpRequest, obj: Identite, form: forms.ModelForm, change: bool) -> None:
        avant = form.initial.get("logo") if "logo" in form.changed_data else None
        super().save_model(request, obj, form, change)
        if avant:
            oublier_logo(avant.name)

    def delete_model(self, request: HttpRequest, obj: Identite) -> None:
        retirer(obj, par=request.user)
        super().delete_model(request, obj)
        oublier_logo(obj.logo.name)

    def get_actions(self, request: HttpRequest) -> dict[str, object]:
        return {nom: action for nom, action in super().get_actions(request).items() if nom != "delete_selected"}

    def response_add(self, request: HttpRequest, obj: Identite, post_url_continue: str | None = None) -> HttpResponse:
        return self._suite(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Identite) -> HttpResponse:
        return self._suite(request, obj) or super().response_change(request, obj)

    def _suite(self, request: HttpRequest, identite: Identite) -> HttpResponse | None:
        """« Enregistrer et voir l’aperçu »."""
        if "_apercu" not in request.POST:
            return None
        return HttpResponseRedirect(reverse("admin:projets_identite_apercu", args=[identite.pk]))

    def get_urls(self) -> list[URLPattern]:
        vue = self.admin_site.admin_view
        return [
            path("<path:pk>/apercu/", vue(self.apercu), name="projets_identite_apercu"),
            path("<path:pk>/apercu.css", vue(self.feuille), name="projets_identite_feuille"),
            path("<path:pk>/apercu-logo", vue(self.logo), name="projets_identite_logo"),
            *super().get_urls(),
        ]

    def _trouver(self, request: HttpRequest, pk: str) -> Identite:
        if not est_administrateur(request):
            raise PermissionDenied
        pk = unquote(pk)
        cle = pk if pk.isascii() and pk.isdigit() and len(pk) < 19 else 0
        return get_object_or_404(Identite.objects.select_related("appel"), pk=cle)

    def apercu(self, request: HttpRequest, pk: str) -> HttpResponse:
        """The page as visitors would see it; POST publishes, or takes back what is published."""
        identite = self._trouver(request, pk)
        if request.method == "POST":
            return self._decider(request, identite)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        adresse = reverse("admin:projets_identite_feuille", args=[identite.pk])
        publiee = IdentitePubliee.objects.filter(appel=identite.appel).first()
        contexte = {
            "choisie": identite,
            "publiee": publiee,
            "a_publier": publiee is None or publiee.dit_autre_chose(identite),
            "mesures": mesures(identite.palette),
            "identite": {
                "feuille": f"{adresse}?{identite.palette.empreinte()}",
                "logo": reverse("admin:projets_identite_logo", args=[identite.pk]) if identite.logo else "",
                "largeur": identite.largeur_affichee,
                "primaire": identite.primaire,
            },
        }
        return _sans_garde(render(request, "projets/admin/identite_apercu.html", contexte))

    def _decider(self, request: HttpRequest, identite: Identite) -> HttpResponse:
        if "retirer" in request.POST:
            retirer(identite, par=request.user)
            self.message_user(request, "Le portail a repris ses propres couleurs.", messages.SUCCESS)
        else:
            publier(identite, par=request.user)
            self.message_user(request, "L’identité est publiée\u00a0: tout le monde la voit.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:projets_identite_apercu", args=[identite.pk]))

    def feuille(self, request: HttpRequest, pk: str) -> HttpResponse:
        identite = self._trouver(request, pk)
        return HttpResponse(identite.palette.feuille(), content_type="text/css; charset=utf-8", headers=NE_PAS_GARDER)

    def logo(self, request: HttpRequest, pk: str) -> HttpResponse:
        identite = self._trouver(request, pk)
        if not identite.logo:
            raise Http404
        return _sans_garde(image(identite))


def _sans_garde(reponse: HttpResponse) -> HttpResponse:
    """A preview is for now."""
    reponse["Cache-Control"] = "no-store"
    return reponse
