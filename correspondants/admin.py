"""Administration of people and organisations, and what every admin page stands on: who enters, what never changes."""

from collections import defaultdict

from allauth.mfa.admin import Authenticator
from allauth.socialaccount.admin import SocialAccount, SocialApp, SocialToken
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.admin.widgets import AdminFileWidget
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import PROTECT, CharField, Count, Field, FileField, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.dispatch import Signal
from django.http import HttpRequest
from django.utils.formats import localize
from django.utils.text import capfirst

from .enums import Degre, Role
from .models import Correspondant, Etablissement, Habilitation, Quartier, RegleRoutage, Structure, Utilisateur

admin.site.unregister(Group)  # rights come from the roles of the directory, never from groups
# Factors hold secrets, and are taken away by an action on the account; ProConnect is set by the environment.
for modele in (Authenticator, SocialAccount, SocialApp, SocialToken):
    admin.site.unregister(modele)


def est_administrateur(request: HttpRequest) -> bool:
    """Whether the person enters here: of the staff (is_staff) and administering the portal (role, or superuser)."""
    return request.user.is_active and request.user.is_staff and request.user.a_role(Role.ADMIN)


class Droits:
    """The administration belongs to the role « Administration du portail »; Django's own permissions are not used."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return est_administrateur(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return est_administrateur(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return est_administrateur(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return est_administrateur(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return est_administrateur(request)


# Sent with ``request``, ``objet``, ``geste`` (ADDITION, CHANGE or DELETION) and ``quoi``, the sentence that says what changed.
reglage_modifie = Signal()
# Fields of which the journal says that they changed, never what they hold: it cannot be erased.
PERSONNELS = frozenset({"password", "email", "courriel", "telephone", "nom", "fonction"})


class Consigne:
    """What is done in the administration is told to whoever keeps the journal."""

    def construct_change_message(
        self, request: HttpRequest, form: forms.Form, formsets: list, add: bool = False
    ) -> object:
        request.changements = [] if add else _changements(form)
        for formset in formsets or ():
            request.changements += [f"{objet} ajouté" for objet in formset.new_objects]
            request.changements += [f"{objet} modifié" for objet, _ in formset.changed_objects]
            request.changements += [f"{objet} supprimé" for objet in formset.deleted_objects]
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: Model, message: object) -> object:
        self._annoncer(request, obj, ADDITION)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: object) -> object:
        self._annoncer(request, obj, CHANGE)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet) -> object:
        for objet in queryset:
            self._annoncer(request, objet, DELETION)
        return super().log_deletions(request, queryset)

    def _annoncer(self, request: HttpRequest, obj: Model, geste: int) -> None:
        quoi = " ; ".join(getattr(request, "changements", ())) if geste != DELETION else ""
        if geste == CHANGE and not quoi:
            return  # saved as it was
        reglage_modifie.send(sender=type(obj), request=request, objet=obj, geste=geste, quoi=quoi)


def _changements(form: forms.Form) -> list[str]:
    """« montant : 1 000 → 2 000 » for each field that changed; its name alone when it speaks of somebody."""
    phrases = []
    for nom in form.changed_data:
        champ = form.fields.get(nom)
        libelle = "mot de passe" if nom == "password" else str(getattr(champ, "label", None) or nom).lower()
        if champ is None or nom in PERSONNELS or isinstance(champ, forms.ModelMultipleChoiceField | forms.FileField):
            phrases.append(libelle)
            continue
        avant, apres = _lisible(champ, form[nom].initial), _lisible(champ, form.cleaned_data.get(nom))
        phrases.append(f"{libelle} : {avant} → {apres}")
    return phrases


def _lisible(champ: forms.Field, valeur: object) -> str:
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(champ, forms.ModelChoiceField) and not isinstance(valeur, Model):
        valeur = champ.queryset.model.objects.filter(pk=valeur).first() if valeur else None
    libelles = dict(champ.choices) if isinstance(champ, forms.TypedChoiceField) else {}
    if valeur in (None, "", [], {}):
        return "vide"
    texte = libelles[valeur] if isinstance(valeur, str | int) and valeur in libelles else localize(valeur)
    texte = str(texte)
    return texte if len(texte) <= 80 else f"{texte[:79]}…"


class LectureSeule(Droits):
    """What the workflow writes can be looked at, never added, changed nor deleted."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class CodeFigeForm(forms.ModelForm):
    """A code is chosen once: the files already deposited refer to it."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "code" in self.fields:
            self.fields["code"].disabled = True


class FichierSansAdresse(AdminFileWidget):
    """A file kept out of any address: it is replaced, never linked to."""

    def is_initial(self, value: object) -> bool:
        return False


class ChampsLarges:
    """Labels are read whole: a field that holds a sentence is as wide as one."""

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **options: object) -> forms.Field | None:
        if isinstance(db_field, FileField):
            options["widget"] = FichierSansAdresse
        champ = super().formfield_for_dbfield(db_field, request, **options)
        if isinstance(db_field, CharField) and not db_field.choices and (db_field.max_length or 0) > 100:
            champ.widget.attrs["class"] = "vLargeTextField"
        return champ


class Retenue:
    """What something else holds back cannot be deleted, and the page says by what without reading it: the projects of a call
    are many, and all their rows would come into memory only to be listed."""

    def get_deleted_objects(self, objs: QuerySet | list, request: HttpRequest) -> tuple:
        if retenus := _ce_qui_retient(self.model, [un.pk for un in objs]):
            return [], {}, set(), retenus
        return super().get_deleted_objects(objs, request)


def _ce_qui_retient(modele: type[Model], cles: list[int]) -> list[str]:
    """« Projets : 1 234 », for each table whose rows protect one of these. One query."""
    comptes = {}
    for rang, lien in enumerate(modele._meta.get_fields(include_hidden=True)):
        if lien.auto_created and not lien.concrete and getattr(lien, "on_delete", None) is PROTECT:
            siens = lien.related_model._base_manager.filter(**{lien.field.name: OuterRef("pk")}).order_by()
            nombre = siens.values(lien.field.name).annotate(nombre=Count("pk")).values("nombre")
            comptes[f"lien_{rang}"] = lien, Coalesce(Subquery(nombre), 0)
    lus = modele._base_manager.filter(pk__in=cles).order_by()
    par_table: dict[str, int] = defaultdict(int)
    for ligne in lus.values(**{nom: compte for nom, (_, compte) in comptes.items()}) if comptes else ():
        for nom, nombre in ligne.items():
            par_table[str(comptes[nom][0].related_model._meta.verbose_name_plural)] += nombre
    return [
        f"{capfirst(table)}\u00a0: {nombre:,}".replace(",", "\u202f") for table, nombre in par_table.items() if nombre
    ]


class AdminDuPortail(Retenue, Consigne, ChampsLarges, Droits, admin.ModelAdmin):
    """A list of settings that the administrators write."""

    list_per_page = 50


class InlineDuPortail(ChampsLarges, Droits, admin.TabularInline):
    """Settings written with those they belong to."""

    extra = 0


class UtilisateurCreationForm(AdminUserCreationForm):
    class Meta:
        model = Utilisateur
        fields = ("email", "nom")

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


class UtilisateurForm(UserChangeForm):
    class Meta:
        model = Utilisateur
        fields = "__all__"

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


@admin.register(Utilisateur)
class UtilisateurAdmin(Retenue, Consigne, Droits, UserAdmin):
    """Accounts. Only a superuser makes a superuser, or touches one (its password included)."""

    form = UtilisateurForm
    add_form = UtilisateurCreationForm
    list_display = ("email", "nom", "ligne_annuaire", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "correspondant__habilitations__role")
    list_select_related = ("correspondant",)
    list_per_page = 50
    search_fields = ("email", "nom")
    ordering = ("email",)
    filter_horizontal = ()
    readonly_fields = ("ligne_annuaire", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password", "nom", "ligne_annuaire")}),
        (
            "Accès",
            {
                "fields": ("is_active", "is_staff", "is_superuser"),
                "description": "Les droits dans le portail viennent des rôles de la ligne de l’annuaire. "
                "L’administration demande en plus le statut « équipe ».",
            },
        ),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "nom", "usable_password", "password1", "password2")}),)
    actions = ("retirer_second_facteur",)

    @admin.display(description="ligne de l’annuaire")
    def ligne_annuaire(self, utilisateur: Utilisateur) -> str:
        return str(getattr(utilisateur, "correspondant", None) or "—")

    def get_readonly_fields(self, request: HttpRequest, obj: Utilisateur | None = None) -> tuple[str, ...]:
        fixes = super().get_readonly_fields(request, obj)
        return tuple(fixes) if request.user.is_superuser else (*fixes, "is_superuser")

    def has_change_permission(self, request: HttpRequest, obj: Utilisateur | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._peut_toucher(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Utilisateur | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self._peut_toucher(request, obj)

    def get_deleted_objects(self, objs: QuerySet | list, request: HttpRequest) -> tuple:
        """Also stops « delete selected » on a superuser, which asks for no object's permission."""
        a_supprimer, nombres, manquants, proteges = super().get_deleted_objects(objs, request)
        interdits = [str(un) for un in objs if not self._peut_toucher(request, un)]
        return a_supprimer, nombres, manquants, [*proteges, *interdits]

    @admin.action(description="Retirer le second facteur (téléphone ou clé perdus)", permissions=["change"])
    def retirer_second_facteur(self, request: HttpRequest, comptes: QuerySet[Utilisateur]) -> None:
        """Whoever lost everything comes back with the password alone, and sets up another factor at once."""
        touches = [compte for compte in comptes if self._peut_toucher(request, compte)]
        retires = Authenticator.objects.filter(user__in=touches)
        concernes = list(Utilisateur.objects.filter(pk__in=retires.values("user")))
        retires.delete()
        if concernes:
            LogEntry.objects.log_actions(request.user.pk, concernes, CHANGE, change_message="Second facteur retiré.")
        self.message_user(request, f"Second facteur retiré de {len(concernes)} compte(s).", messages.SUCCESS)

    @staticmethod
    def _peut_toucher(request: HttpRequest, obj: Utilisateur | None) -> bool:
        return obj is None or request.user.is_superuser or not obj.is_superuser


class HabilitationInline(InlineDuPortail):
    model = Habilitation


@admin.register(Correspondant)
class CorrespondantAdmin(AdminDuPortail):
    form = CodeFigeForm
    list_display = ("__str__", "titre", "courriel", "roles", "utilisateur", "actif")
    list_filter = ("actif", "dans_annuaire", "habilitations__role")
    list_select_related = ("utilisateur",)
    search_fields = ("nom", "fonction", "courriel", "code")
    autocomplete_fields = ("utilisateur",)
    inlines = (HabilitationInline,)
    fieldsets = (
        (None, {"fields": ("code", "nom", "fonction", "telephone", "courriel")}),
        ("Annuaire", {"fields": ("actif", "dans_annuaire", "ordre")}),
        (
            "Compte",
            {
                "fields": ("utilisateur",),
                "description": "Le compte qui exerce les rôles ci-dessous. Une personne s’en va ? « Remplacer la personne » "
                "transmet ce qui est en cours et garde l’historique.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Correspondant]:
        return super().get_queryset(request).prefetch_related("habilitations")

    @admin.display(description="structure et fonctions")
    def titre(self, correspondant: Correspondant) -> str:
        return correspondant.titre

    @admin.display(description="rôles")
    def roles(self, correspondant: Correspondant) -> str:
        return ", ".join(une.get_role_display() for une in correspondant.habilitations.all()) or "—"


@admin.register(RegleRoutage)
class RegleRoutageAdmin(AdminDuPortail):
    list_display = ("nature", "role", "destinataires")
    list_filter = ("role",)
    autocomplete_fields = ("correspondants",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RegleRoutage]:
        return super().get_queryset(request).prefetch_related("correspondants")

    @admin.display(description="à qui envoyer")
    def destinataires(self, regle: RegleRoutage) -> str:
        return ", ".join(str(un) for un in regle.correspondants.all()) or "—"


@admin.register(Structure)
class StructureAdmin(AdminDuPortail):
    list_display = ("nom", "nature", "siret", "rna", "uai", "commune")
    list_filter = ("nature",)
    search_fields = ("nom", "cle", "siret", "rna", "uai", "commune")
    show_full_result_count = False


class EtablissementForm(CodeFigeForm):
    """Only a line of the directory that holds the role can be asked for the opinions of a school."""

    def clean(self) -> dict[str, object]:
        donnees = super().clean()
        designe, degre = donnees.get("autorite_correspondant"), donnees.get("degre")
        if designe and degre and not designe.habilitations.filter(role=Degre(degre).autorite).exists():
            role = Degre(degre).autorite.label
            self.add_error("autorite_correspondant", f"{designe} n’a pas le rôle « {role} » dans l’annuaire.")
        return donnees


@admin.register(Etablissement)
class EtablissementAdmin(AdminDuPortail):
    form = EtablissementForm
    list_display = ("nom", "degre", "autorite_correspondant", "niveau", "uai", "commune", "ordre")
    list_filter = ("degre", "niveau", "autorite_correspondant")
    list_select_related = ("autorite_correspondant",)
    autocomplete_fields = ("autorite_correspondant",)
    search_fields = ("nom", "code", "uai", "commune")


@admin.register(Quartier)
class QuartierAdmin(AdminDuPortail):
    form = CodeFigeForm
    list_display = ("nom", "geographie_2014", "geographie_2030", "ordre")
    list_filter = ("geographie_2014", "geographie_2030")
    search_fields = ("nom", "code")
