"""What happens to projects, read only: nobody changes a statut or the journal from here."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from correspondants.admin import LectureSeule

from ..models import (
    AvisIEN,
    Bilan,
    Decision,
    Exercice,
    LigneBilan,
    MontantAccorde,
    Passage,
    PointOrdreDuJour,
    Projet,
    RetourBilan,
    Sceau,
    SeanceTroika,
)


class Consultation(LectureSeule, admin.ModelAdmin):
    """Read only, for lists that grow."""

    list_per_page = 50
    show_full_result_count = False


class InlineConsultation(LectureSeule, admin.TabularInline):
    extra = 0
    can_delete = False


class ExerciceInline(InlineConsultation):
    model = Exercice
    fields = readonly_fields = ("annee", "montant_demande")


class AvisInline(InlineConsultation):
    """Never the secret: whoever has the link gives the opinion."""

    model = AvisIEN
    fields = readonly_fields = (
        "autorite",
        "correspondant",
        "demande_le",
        "rendu_le",
        "sens",
        "motif",
        "rendu_par",
        "remplace",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AvisIEN]:
        return (
            super()
            .get_queryset(request)
            .exclude(projet__porteur=request.user)
            .select_related("par", "correspondant", "delegation")
        )

    @admin.display(description="rendu par")
    def rendu_par(self, avis: AvisIEN) -> str:
        return avis.rendu_par or "—"


class PassageInline(InlineConsultation):
    model = Passage
    fields = readonly_fields = ("le", "action", "de", "vers", "par", "motif")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Passage]:
        return super().get_queryset(request).lisibles_par(request.user).select_related("par")


@admin.register(Projet)
class ProjetAdmin(Consultation):
    list_display = ("numero", "titre", "structure", "statut", "coordination", "temps_scolaire", "depose_le")
    list_filter = ("statut", "coordination", "nature", "temps_scolaire", "appel")
    list_select_related = ("structure",)
    search_fields = ("numero", "titre")
    search_help_text = "Numéro, titre, structure, porteur : les accents ne comptent pas."
    inlines = (ExerciceInline, AvisInline, PassageInline)
    fields = readonly_fields = (
        "numero",
        "titre",
        "statut",
        "appel",
        "porteur",
        "structure",
        "nature",
        "coordination",
        "objectif_principal",
        "objectifs_secondaires",
        "parcours",
        "quartiers",
        "etablissements",
        "date_debut",
        "date_fin",
        "temps_scolaire",
        "nombre_enfants",
        "version",
        "cree_le",
        "modifie_le",
        "depose_le",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Projet]:
        """Drafts belong to their porteur until they are deposited."""
        return super().get_queryset(request).visibles_par(request.user)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Projet], search_term: str
    ) -> tuple[QuerySet[Projet], bool]:
        return queryset.chercher(search_term), False


@admin.register(Passage)
class PassageAdmin(Consultation):
    """The journal. Read only for everybody: nobody changes what was done."""

    list_display = ("le", "projet", "rang", "action", "de", "vers", "par", "au_titre_de", "voie")
    list_filter = ("action", "vers", "voie", "le")
    list_select_related = ("projet", "par")
    search_fields = ("projet__numero", "projet__titre", "par__email", "motif")
    fields = readonly_fields = (
        "le",
        "projet",
        "action",
        "de",
        "vers",
        "par",
        "au_titre_de",
        "motif",
        "pour_services",
        "voie",
        "reperage",
        "adresse",
        "rang",
        "precedente",
        "empreinte",
    )
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Passage]:
        return super().get_queryset(request).lisibles_par(request.user)


@admin.register(Sceau)
class SceauAdmin(Consultation):
    """The seals of the journal; what they hold together is for ``verifier``."""

    list_display = ("rang", "le", "passages", "empreinte")
    list_filter = ("le",)
    fields = readonly_fields = ("rang", "le", "passages", "dernier", "precedente", "empreinte", "signature")
    ordering = ("-rang",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sceau]:
        return super().get_queryset(request).defer("tetes")


class PointInline(InlineConsultation):
    model = PointOrdreDuJour
    fields = readonly_fields = ("rang", "projet")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PointOrdreDuJour]:
        return super().get_queryset(request).select_related("seance", "projet")


@admin.register(SeanceTroika)
class SeanceTroikaAdmin(Consultation):
    list_display = ("__str__", "lieu", "appel", "publiee_le", "publiee_par")
    list_filter = ("appel", "date")
    list_select_related = ("appel", "publiee_par")
    search_fields = ("lieu", "projets__numero", "projets__titre")
    inlines = (PointInline,)
    fields = readonly_fields = ("date", "lieu", "appel", "publiee_le", "publiee_par")


class MontantInline(InlineConsultation):
    model = MontantAccorde
    fields = readonly_fields = ("exercice", "financeur", "montant")

    def get_queryset(self, request: HttpRequest) -> QuerySet[MontantAccorde]:
        return super().get_queryset(request).select_related("exercice__projet")


@admin.register(Decision)
class DecisionAdmin(Consultation):
    list_display = ("projet", "seance", "sens", "publiee", "par", "modifiee_le")
    list_filter = ("sens", "publiee", "hors_temps_scolaire")
    list_select_related = ("point__projet", "point__seance", "par")
    search_fields = ("point__projet__numero", "point__projet__titre", "motif")
    inlines = (MontantInline,)
    fields = readonly_fields = (
        "projet",
        "seance",
        "sens",
        "motif",
        "reserves",
        "hors_temps_scolaire",
        "justification_depassement",
        "publiee",
        "par",
        "modifiee_le",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Decision]:
        """Nobody learns here, before publication, what was decided of one's own project."""
        return super().get_queryset(request).exclude(publiee=False, point__projet__porteur=request.user)

    @admin.display(description="projet", ordering="point__projet__numero")
    def projet(self, decision: Decision) -> str:
        return str(decision.point.projet)

    @admin.display(description="séance", ordering="point__seance__date")
    def seance(self, decision: Decision) -> str:
        return str(decision.point.seance)


class LigneBilanInline(InlineConsultation):
    model = LigneBilan
    fields = readonly_fields = ("compte", "detail", "prevu", "realise")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LigneBilan]:
        return super().get_queryset(request).select_related("compte")


class RetourBilanInline(InlineConsultation):
    model = RetourBilan
    fields = readonly_fields = ("libelle", "demande", "reponse", "avant", "apres", "par", "cree_le", "regle_le")


@admin.register(Bilan)
class BilanAdmin(Consultation):
    list_display = ("projet", "annee", "genre", "statut", "issue", "depose_le", "accepte_le")
    list_filter = ("statut", "genre", "exercice__annee", "issue")
    list_select_related = ("exercice__projet",)
    search_fields = ("exercice__projet__numero", "exercice__projet__titre")
    inlines = (LigneBilanInline, RetourBilanInline)
    fields = readonly_fields = (
        "projet",
        "annee",
        "genre",
        "statut",
        "issue",
        "nouveau_debut",
        "nouvelle_fin",
        "realisation",
        "dates_et_lieux",
        "resultats",
        "difficultes",
        "filles",
        "garcons",
        "parents",
        "professionnels",
        "explication_ecarts",
        "observations",
        "communication_faite",
        "certifie",
        "signataire",
        "motif_retour",
        "cree_le",
        "depose_le",
        "accepte_le",
        "accepte_par",
        "prolonge_debut",
        "prolonge_fin",
        "prolonge_au",
        "prolonge_le",
        "prolonge_par",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bilan]:
        return super().get_queryset(request).visibles_par(request.user)

    @admin.display(description="projet", ordering="exercice__projet__numero")
    def projet(self, bilan: Bilan) -> str:
        return str(bilan.exercice.projet)

    @admin.display(description="année", ordering="exercice__annee")
    def annee(self, bilan: Bilan) -> int:
        return bilan.exercice.annee
