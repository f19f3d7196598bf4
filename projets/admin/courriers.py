"""The writing paper and the wording of letters, as the administration edits them; the letters themselves, read only."""

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import Textarea
from django.http import HttpRequest
from django.utils.html import format_html_join

from correspondants.admin import AdminDuPortail

from ..models import Lettre, ModeleLettre, PapierEnTete
from ..mots_cles import MOTS_CLES
from .appel import UN_PAR_LIGNE
from .instruction import Consultation


@admin.register(PapierEnTete)
class PapierEnTeteAdmin(AdminDuPortail):
    list_display = ("appel", "lieu")
    list_select_related = ("appel",)
    autocomplete_fields = ("appel",)
    formfield_overrides = UN_PAR_LIGNE


@admin.register(ModeleLettre)
class ModeleLettreAdmin(AdminDuPortail):
    """A change is for the letters to come: those that left are kept as they were."""

    list_display = ("sens", "objet", "appel")
    list_filter = ("appel", "sens")
    list_select_related = ("appel",)
    autocomplete_fields = ("appel",)
    readonly_fields = ("mots",)
    fields = ("appel", "sens", "objet", "corps", "mots")

    @admin.display(description="mots remplacés")
    def mots(self, modele: ModeleLettre | None) -> str:
        """The words in braces and what each becomes."""
        return format_html_join("", "<code>{{{}}}</code> : {}<br>", ((cle, mot.aide) for cle, mot in MOTS_CLES.items()))

    def formfield_for_dbfield(self, champ: object, request: HttpRequest, **options: object) -> object:
        if champ.name == "corps":
            options["widget"] = Textarea(attrs={"rows": 28, "cols": 100})
        return super().formfield_for_dbfield(champ, request, **options)


@admin.register(Lettre)
class LettreAdmin(Consultation):
    list_display = ("reference", "projet", "creee_le")
    list_select_related = ("decision__point__projet",)
    search_fields = ("reference", "decision__point__projet__titre")
    fields = readonly_fields = ("reference", "projet", "creee_le")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lettre]:
        return super().get_queryset(request).publiees()

    @admin.display(description="projet", ordering="decision__point__projet__numero")
    def projet(self, lettre: Lettre) -> str:
        return str(lettre.decision.point.projet)
