"""The outbox in the administration: what waits, what failed and why; what failed can be queued again."""

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from correspondants.admin import est_administrateur

from .. import file_attente
from ..enums_portail import EtatCourriel
from ..liens_signes import masquer
from ..models import Courriel
from .instruction import Consultation


@admin.register(Courriel)
class CourrielAdmin(Consultation):
    """The outbox. A mail that failed or was held back can be queued again; one that left never leaves twice."""

    list_display = ("cree_le", "objet", "destinataire", "gabarit", "etat", "raison", "tentatives", "envoye_le")
    list_filter = ("etat", "raison", "gabarit", "cree_le")
    list_select_related = ("projet",)
    search_fields = ("destinataire", "objet", "projet__numero")
    actions = ("remettre_a_envoyer",)
    fields = readonly_fields = (
        "objet",
        "destinataire",
        "projet",
        "gabarit",
        "etat",
        "tentatives",
        "prochain_essai_le",
        "envoye_le",
        "raison",
        "erreur",
        "recapitulatif",
        "renvoi_de",
        "cree_le",
        "texte_sans_jeton",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Courriel]:
        return super().get_queryset(request).exclude(pour_services=True, projet__porteur=request.user)

    @admin.display(description="texte")
    def texte_sans_jeton(self, courriel: Courriel) -> str:
        """The text without what its links let do: the signed link of an opinion acts without any account."""
        return masquer(courriel.texte)

    def get_urls(self) -> list[URLPattern]:
        vue = self.admin_site.admin_view
        return [path("file/", vue(self.file), name="projets_courriel_file"), *super().get_urls()]

    def file(self, request: HttpRequest) -> HttpResponse:
        """What waits, what failed and why: the jobs and the outbox on one page. POST starts again what stopped."""
        if not est_administrateur(request):
            raise PermissionDenied
        if request.method == "POST":
            self._relancer(request)
            return HttpResponseRedirect(reverse("admin:projets_courriel_file"))
        contexte = {"title": "File d’attente et boîte d’envoi", "opts": self.opts, "etat": file_attente.etat()}
        return TemplateResponse(request, "projets/admin/file.html", self.admin_site.each_context(request) | contexte)

    def _relancer(self, request: HttpRequest) -> None:
        quoi, numero = request.POST.get("quoi", ""), request.POST.get("export", "")
        if quoi == "export" and numero.isascii() and numero.isdigit() and len(numero) < 19:
            relance = file_attente.relancer_export(int(numero), par=request.user)
            phrase = "L’export sera préparé à nouveau." if relance else "Cet export n’est plus en échec."
            self.message_user(request, phrase, messages.SUCCESS if relance else messages.WARNING)
        elif quoi in (EtatCourriel.ECHEC, EtatCourriel.RETENU) and request.POST.get("confirme") == "oui":
            lisibles = self.get_queryset(request).filter(etat=quoi)
            nombre = len(file_attente.remettre_a_envoyer(lisibles, par=request.user))
            self.message_user(request, f"{nombre} courriel(s) remis à envoyer.", messages.SUCCESS)
        else:
            self.message_user(request, "Cochez la case pour confirmer.", messages.WARNING)

    def has_remettre_permission(self, request: HttpRequest) -> bool:
        return est_administrateur(request)

    @admin.action(description="Remettre à envoyer (échecs et courriels retenus)", permissions=["remettre"])
    def remettre_a_envoyer(self, request: HttpRequest, courriels: QuerySet[Courriel]) -> None:
        choisis = [courriel.pk for courriel in courriels]
        remis = file_attente.remettre_a_envoyer(Courriel.objects.filter(pk__in=choisis), par=request.user)
        if remis:
            LogEntry.objects.log_actions(request.user.pk, remis, CHANGE, change_message="Remis à envoyer.")
        if remis:
            self.message_user(request, f"{len(remis)} courriel(s) remis à envoyer.", messages.SUCCESS)
        if autres := len(choisis) - len(remis):
            self.message_user(
                request, f"{autres} courriel(s) laissé(s) : déjà envoyé(s) ou encore en attente.", messages.WARNING
            )
