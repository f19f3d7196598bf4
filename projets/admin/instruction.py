"""What happens to projects, read only: nobody changes a statut or the journal from here."""

import re

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from correspondants.admin import LectureSeule, est_administrateur

from ..enums import EtatCourriel
from ..models import (
    AvisIEN,
    Bilan,
    Courriel,
    Decision,
    Exercice,
    LigneBilan,
    MontantAccorde,
    Passage,
    PointOrdreDuJour,
    Projet,
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
    fields = readonly_fields = ("autorite", "demande_le", "rendu_le", "sens", "motif", "par", "remplace")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AvisIEN]:
        return super().get_queryset(request).exclude(projet__porteur=request.user).select_related("par")


class PassageInline(InlineConsultation):
    model = Passage
    fields = readonly_fields = ("le", "action", "de", "vers", "par", "motif")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Passage]:
        return passages_lisibles(super().get_queryset(request), request).select_related("par")


def passages_lisibles(passages: QuerySet[Passage], request: HttpRequest) -> QuerySet[Passage]:
    """An administrator who carries a project learns nothing here of what the services say of it."""
    return passages.exclude(pour_services=True, projet__porteur=request.user)


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

    list_display = ("le", "projet", "action", "de", "vers", "par", "au_titre_de")
    list_filter = ("action", "vers", "le")
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
    )
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Passage]:
        return passages_lisibles(super().get_queryset(request), request)


@admin.register(Courriel)
class CourrielAdmin(Consultation):
    """The outbox. A mail that failed or was held back can be queued again; one that left never leaves twice."""

    list_display = ("cree_le", "objet", "destinataire", "gabarit", "etat", "tentatives", "envoye_le")
    list_filter = ("etat", "gabarit", "cree_le")
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
        "erreur",
        "cree_le",
        "texte_sans_jeton",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Courriel]:
        return super().get_queryset(request).exclude(pour_services=True, projet__porteur=request.user)

    @admin.display(description="texte")
    def texte_sans_jeton(self, courriel: Courriel) -> str:
        """The text without what its links let do: a signed link acts without any account."""
        return re.sub(r"(/(?:avis|invitation|transmission)/)[^\s/]+", r"\1…", courriel.texte)

    def has_remettre_permission(self, request: HttpRequest) -> bool:
        return est_administrateur(request)

    @admin.action(description="Remettre à envoyer (échecs et courriels retenus)", permissions=["remettre"])
    def remettre_a_envoyer(self, request: HttpRequest, courriels: QuerySet[Courriel]) -> None:
        choisis = [courriel.pk for courriel in courriels]
        arretes = Courriel.objects.filter(pk__in=choisis, etat__in=[EtatCourriel.ECHEC, EtatCourriel.RETENU])
        with transaction.atomic():
            remis = list(arretes.select_for_update())
            Courriel.objects.filter(pk__in=[courriel.pk for courriel in remis]).update(
                etat=EtatCourriel.A_ENVOYER, tentatives=0, prochain_essai_le=None, erreur=""
            )
            if remis:
                LogEntry.objects.log_actions(request.user.pk, remis, CHANGE, change_message="Remis à envoyer.")
        if remis:
            self.message_user(request, f"{len(remis)} courriel(s) remis à envoyer.", messages.SUCCESS)
        if autres := len(choisis) - len(remis):
            self.message_user(
                request, f"{autres} courriel(s) laissé(s) : déjà envoyé(s) ou encore en attente.", messages.WARNING
            )


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


@admin.register(Bilan)
class BilanAdmin(Consultation):
    list_display = ("projet", "annee", "genre", "statut", "issue", "depose_le", "accepte_le")
    list_filter = ("statut", "genre", "exercice__annee", "issue")
    list_select_related = ("exercice__projet",)
    search_fields = ("exercice__projet__numero", "exercice__projet__titre")
    inlines = (LigneBilanInline,)
    fields = readonly_fields = (
        "projet",
        "annee",
        "genre",
        "statut",
        "issue",
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
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bilan]:
        return super().get_queryset(request).visibles_par(request.user)

    @admin.display(description="projet", ordering="exercice__projet__numero")
    def projet(self, bilan: Bilan) -> str:
        return str(bilan.exercice.projet)

    @admin.display(description="année", ordering="exercice__annee")
    def annee(self, bilan: Bilan) -> int:
        return bilan.exercice.annee
