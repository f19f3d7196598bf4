"""The call and its lists, as the administration edits them."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from correspondants.admin import AdminDuPortail, CodeFigeForm, InlineDuPortail

from ..enveloppes import situations, tenir
from ..images import ImageRefusee
from ..models import (
    Appel,
    Attribuant,
    Compte,
    ContributionDispositif,
    Dispositif,
    Enjeu,
    Enveloppe,
    IndicateurANCT,
    LogoCommunication,
    Objectif,
    Orientation,
    Parcours,
    Thematique,
    TrancheAge,
    Transversalite,
)
from ..pieces_jointes.peinture import repeindre_protege
from ..valeurs import euros


class UnParLigneField(forms.CharField):
    """A list of texts, written one a line."""

    def __init__(self, *, encoder: object = None, decoder: object = None, **options: object) -> None:
        options.update(widget=forms.Textarea(attrs={"rows": 5, "cols": 90}), strip=False)
        options["help_text"] = options.get("help_text") or "Un par ligne."
        super().__init__(**options)

    def prepare_value(self, value: object) -> object:
        return "\n".join(str(un) for un in value) if isinstance(value, list) else value

    def to_python(self, value: str | None) -> list[str]:
        return [ligne.strip() for ligne in (value or "").splitlines() if ligne.strip()]

    def validate(self, value: list[str]) -> None:
        if self.required and not value:
            raise forms.ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: list[str]) -> None:
        """None of a text's validators applies to a list."""

    def has_changed(self, initial: object, data: str | None) -> bool:
        return self.to_python(data) != (initial or [])


UN_PAR_LIGNE = {models.JSONField: {"form_class": UnParLigneField}}


class EnveloppeForm(forms.ModelForm):
    """What was voted is corrected here; what is taken away from an envelope that was drawn on says why, on its own page."""

    def clean(self) -> dict[str, object]:
        donnees = super().clean()
        avant = Enveloppe.objects.filter(pk=self.instance.pk).first() if self.instance.pk else None
        if avant is None or self.errors:
            return donnees
        tenir(avant.appel_id)
        situation = next(s for s in situations([avant.appel_id], [avant.annee]) if s.financeur == avant.financeur)
        deplacee = any(donnees.get(champ, valeur) != valeur for champ, valeur in _cle(avant).items())
        prise = (
            situation.engage or situation.en_attente or situation.ajouts or situation.retraits or situation.transferts
        )
        if deplacee and prise:
            raise forms.ValidationError("Cette enveloppe a déjà servi : son appel, son année et son financeur restent.")
        baisse = avant.montant - donnees.get("montant", avant.montant)
        if baisse > 0 and (situation.reste < baisse or situation.dotation < baisse):
            self.add_error(
                "montant",
                f"Il ne reste que {euros(situation.reste)} dans cette enveloppe. Pour la baisser davantage, enregistrez un "
                "retrait motivé depuis Pilotage, Enveloppes.",
            )
        return donnees


def _cle(enveloppe: Enveloppe) -> dict[str, object]:
    return {"appel": enveloppe.appel, "annee": enveloppe.annee, "financeur": enveloppe.financeur}


class EnveloppeInline(InlineDuPortail):
    model = Enveloppe
    form = EnveloppeForm
    can_delete = False


class AttribuantInline(InlineDuPortail):
    model = Attribuant


class LogoForm(forms.ModelForm):
    """A logo is kept as its pixels: nothing else of the file goes to the porteurs."""

    class Meta:
        model = LogoCommunication
        fields = ("nom", "fichier")

    def clean_fichier(self) -> object:
        fichier = self.cleaned_data["fichier"]
        if not isinstance(fichier, UploadedFile):
            return fichier
        try:
            image = repeindre_protege(fichier.read(), cote=2000)
        except ImageRefusee as refus:
            raise ValidationError(str(refus)) from refus
        return ContentFile(image.octets, name=f"logo{image.extension}")


class LogoInline(InlineDuPortail):
    model = LogoCommunication
    form = LogoForm


@admin.register(Appel)
class AppelAdmin(AdminDuPortail):
    form = CodeFigeForm
    formfield_overrides = UN_PAR_LIGNE
    list_display = ("titre", "cite", "code", "courant", "plafond_materiel_ht", "version_formulaire")
    list_filter = ("courant",)
    search_fields = ("titre", "cite", "code")
    inlines = (EnveloppeInline, AttribuantInline, LogoInline)
    actions = ("rendre_courant",)
    fieldsets = (
        (None, {"fields": ("code", "titre", "cite", "commune", "courant")}),
        ("Présentation", {"fields": ("presentation", "grands_enjeux", "convergences")}),
        (
            "Dépôt et financement",
            {
                "fields": (
                    "texte_depot",
                    "depots_jusqu_au",
                    "texte_financement",
                    "finance_oui",
                    "finance_non",
                    "plafond_materiel_ht",
                    "vacances_scolaires",
                )
            },
        ),
        (
            "Bilans",
            {
                "fields": (
                    ("bilan_intermediaire_jour", "bilan_intermediaire_mois"),
                    "bilan_definitif_mois",
                    ("seuil_ecart", "seuil_ecart_euros"),
                )
            },
        ),
        (
            "Communication",
            {
                "fields": (
                    "texte_communication",
                    "phrase_communication",
                    "phrase_avec_partenaires",
                    "phrase_sans_partenaires",
                    "logos",
                )
            },
        ),
        (
            "Droit à l’image",
            {"fields": ("autorisation_image", "autorisation_image_annees", "adresses_retrait")},
        ),
        ("Formulaire Word", {"fields": ("version_formulaire",)}),
    )

    @admin.action(description="Rendre courant l’appel choisi")
    def rendre_courant(self, request: HttpRequest, appels: QuerySet[Appel]) -> None:
        """The old edition stops receiving deposits at the instant the new one starts."""
        if len(appels) != 1:
            self.message_user(request, "Choisissez un seul appel.", messages.ERROR)
            return
        with transaction.atomic():
            Appel.objects.filter(courant=True).update(courant=False)
            Appel.objects.filter(pk=appels[0].pk).update(courant=True)
        self.log_change(request, appels[0], "Rendu courant.")
        self.message_user(request, f"« {appels[0]} » reçoit désormais les dépôts.", messages.SUCCESS)


class EnjeuInline(InlineDuPortail):
    model = Enjeu
    form = CodeFigeForm
    show_change_link = True


@admin.register(Thematique)
class ThematiqueAdmin(AdminDuPortail):
    form = CodeFigeForm
    list_display = ("__str__", "appel")
    list_filter = ("appel",)
    list_select_related = ("appel",)
    search_fields = ("code", "libelle")
    autocomplete_fields = ("appel",)
    inlines = (EnjeuInline,)


class ObjectifInline(InlineDuPortail):
    model = Objectif
    form = CodeFigeForm


@admin.register(Enjeu)
class EnjeuAdmin(AdminDuPortail):
    form = CodeFigeForm
    list_display = ("__str__", "thematique", "appel")
    list_filter = ("thematique__appel",)
    list_select_related = ("thematique__appel",)
    search_fields = ("code", "libelle", "objectifs__libelle")
    autocomplete_fields = ("thematique",)
    inlines = (ObjectifInline,)

    @admin.display(description="appel", ordering="thematique__appel")
    def appel(self, enjeu: Enjeu) -> str:
        return str(enjeu.thematique.appel)


class ElementAdmin(AdminDuPortail):
    """Anything the call lists: code, label, description, rank."""

    form = CodeFigeForm
    formfield_overrides = UN_PAR_LIGNE
    list_display = ("libelle", "code", "ordre", "appel")
    list_filter = ("appel",)
    list_select_related = ("appel",)
    search_fields = ("libelle", "code", "description")
    autocomplete_fields = ("appel",)


@admin.register(Parcours, Transversalite)
class OptionAdmin(ElementAdmin):
    pass


@admin.register(TrancheAge)
class TrancheAgeAdmin(ElementAdmin):
    list_display = ("libelle", "age_min", "age_max", "ordre", "appel")


@admin.register(Orientation)
class OrientationAdmin(ElementAdmin):
    list_display = ("libelle", "sous_parcours", "ordre", "appel")
    list_filter = ("appel", "parcours")
    autocomplete_fields = ("appel", "parcours")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Orientation]:
        return super().get_queryset(request).prefetch_related("parcours")

    @admin.display(description="parcours")
    def sous_parcours(self, orientation: Orientation) -> str:
        return ", ".join(str(un) for un in orientation.parcours.all()) or "—"


@admin.register(Dispositif)
class DispositifAdmin(ElementAdmin):
    list_display = ("libelle", "sigle", "age_min", "age_max", "ordre", "appel")
    search_fields = ("libelle", "sigle", "code", "description")


@admin.register(Compte)
class CompteAdmin(AdminDuPortail):
    form = CodeFigeForm
    list_display = ("code", "libelle", "classe", "titre_classe", "sens", "ordre")
    list_filter = ("sens", "classe")
    search_fields = ("code", "libelle", "titre_classe")


@admin.register(Enveloppe)
class EnveloppeAdmin(AdminDuPortail):
    form = EnveloppeForm
    list_display = ("annee", "financeur", "montant", "appel")
    list_filter = ("annee", "financeur", "appel")
    list_select_related = ("appel",)
    autocomplete_fields = ("appel",)

    def has_delete_permission(self, request: HttpRequest, obj: Enveloppe | None = None) -> bool:
        """An envelope that was drawn on or moved is not erased: what is left of it would go below zero unseen."""
        if obj is None:
            return super().has_delete_permission(request, obj)
        siennes = situations([obj.appel_id], [obj.annee])
        prise = any(s.engage or s.en_attente or s.mouvements for s in siennes if s.financeur == obj.financeur)
        return not prise and super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, object]:
        """One at a time, each looked at."""
        return {nom: action for nom, action in super().get_actions(request).items() if nom != "delete_selected"}


@admin.register(Attribuant)
class AttribuantAdmin(AdminDuPortail):
    list_display = ("nom", "siret", "financeur", "appel")
    list_filter = ("financeur", "appel")
    list_select_related = ("appel",)
    autocomplete_fields = ("appel",)
    search_fields = ("nom", "siret")


@admin.register(IndicateurANCT)
class IndicateurANCTAdmin(AdminDuPortail):
    form = CodeFigeForm
    list_display = ("libelle", "mesure", "perimetre", "ordre", "actif", "appel")
    list_filter = ("appel", "actif")
    list_select_related = ("appel", "thematique", "parcours")
    autocomplete_fields = ("appel", "thematique", "parcours")
    search_fields = ("libelle", "code")

    @admin.display(description="seulement")
    def perimetre(self, indicateur: IndicateurANCT) -> str:
        return indicateur.perimetre or "—"


@admin.register(ContributionDispositif)
class ContributionDispositifAdmin(AdminDuPortail):
    list_display = ("libelle", "dispositif", "rang")
    list_filter = ("dispositif",)
    list_select_related = ("dispositif",)
    autocomplete_fields = ("dispositif",)
    filter_horizontal = ("objectifs",)
    search_fields = ("dispositif__libelle", "dispositif__sigle")

    @admin.display(description="objectif du dispositif")
    def libelle(self, contribution: ContributionDispositif) -> str:
        return contribution.libelle
