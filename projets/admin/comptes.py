"""Accounts in the administration, with what the RGPD asks: a copy of a person's data, and the erasure of a person."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from correspondants.admin import UtilisateurAdmin, est_administrateur
from correspondants.models import Utilisateur

from .. import effacement, exports
from ..models import ModificationConcurrente
from ..questionnaire import texte_propre

admin.site.unregister(Utilisateur)


class EffacementForm(forms.Form):
    """Two gestures, so that nobody erases by a slip: the address written by hand, and a box."""

    adresse = forms.CharField(
        label="Recopiez l’adresse du compte",
        max_length=254,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )
    motif = forms.CharField(
        label="Motif, gardé au journal sans nom (« demande reçue le… »)",
        max_length=300,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    certain = forms.BooleanField(label="J’ai lu ce qui disparaît : rien ne permettra de revenir en arrière")

    def __init__(self, *args: object, compte: Utilisateur, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.compte = compte

    def clean_adresse(self) -> str:
        lue = self.cleaned_data["adresse"].strip()
        if lue.lower() != self.compte.email.lower():
            raise forms.ValidationError("Ce n’est pas l’adresse de ce compte.")
        return lue

    def clean_motif(self) -> str:
        """The journal cannot be erased: it must not learn here the name that is being erased."""
        motif = texte_propre(self.cleaned_data["motif"])
        interdits = [mot for mot in (self.compte.nom, self.compte.email) if mot]
        if any(mot.lower() in motif.lower() for mot in interdits):
            raise forms.ValidationError("N’écrivez ni le nom ni l’adresse de la personne : le journal ne s’efface pas.")
        return motif


@admin.register(Utilisateur)
class CompteAdmin(UtilisateurAdmin):
    change_form_template = "projets/admin/compte.html"

    def get_urls(self) -> list[URLPattern]:
        vue = self.admin_site.admin_view
        return [
            path("<path:pk>/donnees/", vue(self.donnees), name="correspondants_utilisateur_donnees"),
            path("<path:pk>/effacer/", vue(self.effacer), name="correspondants_utilisateur_effacer"),
            *super().get_urls(),
        ]

    def _trouver(self, request: HttpRequest, pk: str) -> Utilisateur:
        if not est_administrateur(request):
            raise PermissionDenied
        pk = unquote(pk)
        compte = get_object_or_404(Utilisateur, pk=pk if pk.isascii() and pk.isdigit() and len(pk) < 19 else 0)
        if not self._peut_toucher(request, compte):
            raise PermissionDenied
        return compte

    def _page(self, request: HttpRequest, compte: Utilisateur, titre: str, **contexte: object) -> HttpResponse:
        statut = contexte.pop("statut", 200)
        commun = {"title": titre, "compte": compte, "opts": self.opts}
        tout = self.admin_site.each_context(request) | commun | contexte
        return TemplateResponse(request, "projets/admin/compte_geste.html", tout, status=statut)

    def donnees(self, request: HttpRequest, pk: str) -> HttpResponse:
        """A copy of what is held about a person who asked for it; the administrator hands it over."""
        compte = self._trouver(request, pk)
        if request.method != "POST":
            return self._page(request, compte, f"Données de {compte}", geste="donnees")
        exports.demander_personne(compte, par=request.user)
        self.message_user(request, "Le fichier est demandé : il est, ou sera, dans « Mes données ».", messages.SUCCESS)
        return HttpResponseRedirect(reverse("mes_donnees"))

    def effacer(self, request: HttpRequest, pk: str) -> HttpResponse:
        """GET says what goes and what stays; POST erases, once the address is written again and the box ticked."""
        compte = self._trouver(request, pk)
        form = EffacementForm(request.POST if request.method == "POST" else None, compte=compte)
        if form.is_valid():
            try:
                effacement.effacer_compte(compte, par=request.user, motif=form.cleaned_data["motif"])
            except (effacement.EffacementImpossible, ModificationConcurrente) as refus:
                form.add_error(None, list(getattr(refus, "obstacles", [str(refus)])))
            else:
                self.message_user(request, f"C’est fait : Compte effacé {compte.pk}.", messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:correspondants_utilisateur_changelist"))
        contexte = {"geste": "effacer", "form": form, "apercu": effacement.apercu(compte)}
        return self._page(request, compte, f"Effacer {compte}", **contexte)
