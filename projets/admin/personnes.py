"""Administration of people that needs the outbox: inviting, replacing, declaring an absence; successions are read only."""

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from correspondants import suppleances as regles
from correspondants.admin import AdminDuPortail, CorrespondantAdmin, LectureSeule, est_administrateur
from correspondants.models import Correspondant, Invitation, Succession, Suppleance
from correspondants.second_facteur import FACTEURS

from .. import invitations, succession, suppleances
from ..forms.succession import RepriseForm
from ..models import ModificationConcurrente
from ..valeurs import date_longue

admin.site.unregister(Correspondant)


class InvitationInline(LectureSeule, admin.TabularInline):
    model = Invitation
    extra = 0
    fields = readonly_fields = ("courriel", "cree_le", "cree_par", "acceptee_le", "revoquee_le")


class SuccessionInline(LectureSeule, admin.TabularInline):
    model = Succession
    fk_name = "poste"
    extra = 0
    fields = readonly_fields = ("le", "ancien_nom", "nouveau_nom", "par", "motif", "mouvements")
    verbose_name_plural = "Qui tenait ce poste avant"


@admin.register(Correspondant)
class PersonneAdmin(CorrespondantAdmin):
    """The directory, with the state of each account and what can be done about it."""

    change_form_template = "projets/admin/correspondant.html"
    list_display = ("__str__", "acces", "second_facteur", "dernier_acces", "roles", "courriel", "actif")
    actions = ("inviter_la_selection",)
    inlines = (*CorrespondantAdmin.inlines, InvitationInline, SuccessionInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Correspondant]:
        facteurs = Authenticator.objects.filter(user=OuterRef("utilisateur"), type__in=FACTEURS)
        ouvertes = Invitation.objects.ouvertes().filter(correspondant=OuterRef("pk")).order_by("-pk")
        return (
            super()
            .get_queryset(request)
            .annotate(a_un_facteur=Exists(facteurs), invite_le=ouvertes.values("cree_le")[:1])
        )

    @admin.display(description="accès", ordering="utilisateur__email")
    def acces(self, correspondant: Correspondant) -> str:
        if correspondant.utilisateur_id:
            return "Compte actif" if correspondant.utilisateur.is_active else "Compte fermé"
        return f"Invité le {date_longue(correspondant.invite_le)}" if correspondant.invite_le else "Sans compte"

    @admin.display(description="dernier accès", ordering="utilisateur__last_login")
    def dernier_acces(self, correspondant: Correspondant) -> str:
        compte = correspondant.utilisateur
        return date_longue(compte.last_login) if compte and compte.last_login else "—"

    @admin.display(description="second facteur", boolean=True)
    def second_facteur(self, correspondant: Correspondant) -> bool | None:
        return correspondant.a_un_facteur if correspondant.utilisateur_id else None

    def get_urls(self) -> list[URLPattern]:
        vue = self.admin_site.admin_view
        return [
            path("<path:pk>/inviter/", vue(self.inviter), name="correspondants_correspondant_inviter"),
            path("<path:pk>/remplacer/", vue(self.remplacer), name="correspondants_correspondant_remplacer"),
            *super().get_urls(),
        ]

    def _trouver(self, request: HttpRequest, pk: str) -> Correspondant:
        if not est_administrateur(request):
            raise PermissionDenied
        pk = unquote(pk)
        return get_object_or_404(self.get_queryset(request), pk=pk if pk.isdecimal() and len(pk) < 19 else 0)

    def _page(
        self, request: HttpRequest, gabarit: str, ligne: Correspondant, titre: str, **contexte: object
    ) -> HttpResponse:
        commun = {"title": titre, "ligne": ligne, "opts": self.opts, "original": ligne}
        statut = contexte.pop("statut", 200)
        return TemplateResponse(
            request, gabarit, self.admin_site.each_context(request) | commun | contexte, status=statut
        )

    def _retour(self, ligne: Correspondant) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:correspondants_correspondant_change", args=[ligne.pk]))

    def inviter(self, request: HttpRequest, pk: str) -> HttpResponse:
        """GET says what will be sent; POST sends it again, or closes the link (« revoquer »)."""
        ligne = self._trouver(request, pk)
        if request.method == "POST" and "revoquer" in request.POST:
            nombre = invitations.revoquer(ligne)
            LogEntry.objects.log_actions(request.user.pk, [ligne], CHANGE, change_message="Invitation révoquée.")
            self.message_user(
                request, "L’invitation n’ouvre plus rien." if nombre else "Aucune invitation n’était ouverte."
            )
            return self._retour(ligne)
        if request.method == "POST" and self._inviter(request, ligne):
            return self._retour(ligne)
        ouverte = Invitation.objects.ouvertes().filter(correspondant=ligne).first()
        contexte = {"obstacle": invitations.obstacle(ligne), "ouverte": ouverte}
        return self._page(request, "projets/admin/inviter.html", ligne, f"Inviter {ligne}", **contexte)

    def _inviter(self, request: HttpRequest, ligne: Correspondant) -> bool:
        try:
            invitations.inviter(ligne, par=request.user)
        except invitations.InvitationImpossible as refus:
            self.message_user(request, f"{ligne} : {refus}", messages.ERROR)
            return False
        LogEntry.objects.log_actions(request.user.pk, [ligne], CHANGE, change_message="Invitation envoyée.")
        self.message_user(request, f"L’invitation est envoyée à {ligne.courriel}.", messages.SUCCESS)
        return True

    @admin.action(description="Inviter à ouvrir un compte (par courriel)", permissions=["change"])
    def inviter_la_selection(self, request: HttpRequest, lignes: QuerySet[Correspondant]) -> None:
        for ligne in lignes:
            self._inviter(request, ligne)

    def remplacer(self, request: HttpRequest, pk: str) -> HttpResponse:
        """First who takes over, then what will move; nothing moves before the second button."""
        ligne = self._trouver(request, pk)
        form = RepriseForm(request.POST if request.method == "POST" else None, poste=ligne, par=request.user)
        verifiee = form.is_valid()
        if verifiee and "confirmer" in request.POST and self._remplacer(request, ligne, form):
            return self._retour(ligne)
        contexte = {"form": form, "apercu": succession.apercu(ligne), "verifiee": verifiee and form.is_valid()}
        if contexte["verifiee"]:
            contexte["reprise"] = form.reprise
        return self._page(request, "projets/admin/remplacer.html", ligne, f"Remplacer {ligne}", **contexte)

    def _remplacer(self, request: HttpRequest, ligne: Correspondant, form: RepriseForm) -> bool:
        try:
            faite = succession.remplacer(ligne, form.reprise, par=request.user)
        except (succession.SuccessionImpossible, ModificationConcurrente) as refus:
            form.add_error(None, list(getattr(refus, "obstacles", [str(refus)])))
            return False
        LogEntry.objects.log_actions(request.user.pk, [ligne], CHANGE, change_message=f"Succession : {faite}")
        self.message_user(request, f"C’est fait : {faite}.", messages.SUCCESS)
        return True


class SuppleanceForm(forms.ModelForm):
    def clean(self) -> None:
        super().clean()
        lus = self.cleaned_data
        if not self.errors:
            for phrase in regles.obstacles(lus["absent"], lus["suppleant"], lus["du"], lus["au"]):
                self.add_error(None, phrase)


@admin.register(Suppleance)
class SuppleanceAdmin(AdminDuPortail):
    """Absences of anyone. They are declared or cancelled, with their mails; never changed nor erased."""

    form = SuppleanceForm
    list_display = ("absent", "suppleant", "du", "au", "cree_par", "annulee_le")
    list_filter = ("du", "annulee_le")
    list_select_related = ("absent", "suppleant", "cree_par")
    search_fields = ("absent__nom", "absent__fonction", "suppleant__nom", "motif")
    autocomplete_fields = ("absent", "suppleant")
    fields = ("absent", "suppleant", "du", "au", "motif")
    actions = ("annuler_la_selection",)

    def has_change_permission(self, request: HttpRequest, obj: Suppleance | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Suppleance | None = None) -> bool:
        return False

    def has_annuler_permission(self, request: HttpRequest) -> bool:
        return est_administrateur(request)

    def save_model(self, request: HttpRequest, obj: Suppleance, form: SuppleanceForm, change: bool) -> None:
        champs = {nom: form.cleaned_data[nom] for nom in self.fields}
        faite = suppleances.declarer(par=request.user, **champs)
        obj.pk = faite.pk
        obj.refresh_from_db()

    @admin.action(description="Annuler les absences choisies", permissions=["annuler"])
    def annuler_la_selection(self, request: HttpRequest, choisies: QuerySet[Suppleance]) -> None:
        nombre = sum(suppleances.annuler(une) for une in choisies)
        self.message_user(request, f"{nombre} absence(s) annulée(s).", messages.SUCCESS if nombre else messages.WARNING)


@admin.register(Succession)
class SuccessionAdmin(LectureSeule, admin.ModelAdmin):
    """Who took over from whom: written by « Remplacer », never by hand."""

    list_display = ("le", "ancien_nom", "nouveau_nom", "poste", "compte_ferme", "par")
    list_select_related = ("poste", "par")
    list_filter = ("le", "compte_ferme")
    search_fields = ("ancien_nom", "ancien_courriel", "nouveau_nom", "nouveau_courriel", "motif")
    fields = readonly_fields = (
        "le",
        "poste",
        "ancien_nom",
        "ancien_courriel",
        "ancien_compte",
        "compte_ferme",
        "repris_par",
        "nouveau_nom",
        "nouveau_courriel",
        "mouvements",
        "motif",
        "par",
    )
