"""The outbox in the administration: what waits, what failed and why; what failed can be queued again."""

import re

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from correspondants.admin import est_administrateur

from ..enums import EtatCourriel, Fait
from ..journal import consigner
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
                etat=EtatCourriel.A_ENVOYER, tentatives=0, prochain_essai_le=None, raison="", erreur=""
            )
            if remis:
                LogEntry.objects.log_actions(request.user.pk, remis, CHANGE, change_message="Remis à envoyer.")
                numeros = ", ".join(str(courriel.pk) for courriel in remis)[:2000]
                consigner(None, Fait.COURRIEL_RENVOYE, par=request.user, motif=f"Remis à envoyer : no {numeros}")
        if remis:
            self.message_user(request, f"{len(remis)} courriel(s) remis à envoyer.", messages.SUCCESS)
        if autres := len(choisis) - len(remis):
            self.message_user(
                request, f"{autres} courriel(s) laissé(s) : déjà envoyé(s) ou encore en attente.", messages.WARNING
            )
