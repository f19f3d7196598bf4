"""What follows a decision: the budget revised to what was granted, and the money that really moved, in euros."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet, Sum

from ..enums import Financeur, SensVersement
from .comptes import Compte
from .finances import Exercice


class EtatBudget(models.TextChoices):
    """Where the revised budget of a granted Exercice stands; derived, never stored."""

    LIBRE = "libre", "Pas de budget révisé"
    ATTENDU = "attendu", "À confirmer par le porteur"
    A_RECONFIRMER = "a_reconfirmer", "À confirmer de nouveau"
    CONFIRME = "confirme", "Confirmé"

    @property
    def ton(self) -> str:
        return {"libre": "neutre", "confirme": "succes"}.get(self.value, "attente")

    @property
    def icone(self) -> str:
        return {"libre": "info", "confirme": "coche-cercle"}.get(self.value, "horloge")

    @property
    def attend_le_porteur(self) -> bool:
        return self in (EtatBudget.ATTENDU, EtatBudget.A_RECONFIRMER)


class BudgetRevise(models.Model):
    """The balanced budget of one Exercice granted less than was asked; nothing is paid before its porteur confirms it."""

    exercice = models.OneToOneField(Exercice, models.CASCADE, related_name="budget_revise")
    cree_le = models.DateTimeField("proposé le", auto_now_add=True)
    modifie_le = models.DateTimeField("modifié le", auto_now=True)
    confirme_le = models.DateTimeField("confirmé le", null=True, blank=True, editable=False)
    confirme_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    # The grant it was confirmed for: another decision, and it has to be confirmed again.
    accorde = models.DecimalField(
        "montant accordé à la confirmation (€)", max_digits=12, decimal_places=2, null=True, editable=False
    )
    rouvert_le = models.DateTimeField("rouvert le", null=True, blank=True, editable=False)
    motif_reouverture = models.TextField("motif de la réouverture", blank=True, db_default="", editable=False)

    class Meta:
        verbose_name = "budget révisé"
        verbose_name_plural = "budgets révisés"
        ordering = ["exercice"]
        constraints = [
            models.CheckConstraint(
                condition=Q(confirme_le=None) | Q(accorde__isnull=False), name="budget_confirme_pour_un_montant"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exercice}"


class LigneRevisee(models.Model):
    """One planned amount of a revised budget, in euros TTC: same shape as ``LigneBudget``."""

    budget = models.ForeignKey(BudgetRevise, models.CASCADE, related_name="lignes")
    compte = models.ForeignKey(Compte, models.PROTECT, to_field="code", related_name="+")
    sens = models.CharField("sens", max_length=10, choices=Compte.Sens)
    detail = models.TextField("précisions", blank=True)
    montant = models.DecimalField("montant (€)", max_digits=12, decimal_places=2)
    rang = models.PositiveSmallIntegerField("rang")

    class Meta:
        verbose_name = "ligne de budget révisé"
        verbose_name_plural = "lignes de budget révisé"
        ordering = ["budget", "sens", "rang", "pk"]
        constraints = [models.CheckConstraint(condition=Q(montant__gte=0), name="ligne_revisee_positive")]

    def __str__(self) -> str:
        return f"{self.compte_id} {self.montant}"


class VersementQuerySet(models.QuerySet["Versement"]):
    def en_vigueur(self) -> "VersementQuerySet":
        """Those that were not cancelled."""
        return self.filter(annule_le=None)

    def soldes(self, *champs: str) -> "QuerySet[Versement, dict[str, object]]":
        """One dict per combination of ``champs`` with ``paye``: euros paid out less euros given back."""
        signe = models.Case(
            models.When(sens=SensVersement.REVERSEMENT, then=-models.F("montant")), default=models.F("montant")
        )
        return self.en_vigueur().values(*champs).annotate(paye=Sum(signe, default=Decimal(0))).order_by(*champs)


class Versement(models.Model):
    """Euros that one funder paid to a porteur for one Exercice, or that came back (``reversement``).

    A line typed by mistake is cancelled with its reason, never deleted.
    """

    exercice = models.ForeignKey(Exercice, models.PROTECT, related_name="versements")
    financeur = models.CharField("financeur", max_length=30, choices=Financeur)
    sens = models.CharField("sens", max_length=20, choices=SensVersement, default=SensVersement.VERSEMENT)
    montant = models.DecimalField("montant (€)", max_digits=12, decimal_places=2)
    date = models.DateField("date du paiement")
    reference = models.CharField("référence (mandat, virement)", max_length=100, blank=True)
    observation = models.TextField("observation", blank=True)
    # Why it was paid although a condition was not met yet.
    derogation = models.TextField("raison du versement anticipé", blank=True, db_default="", editable=False)
    # One page sent, one row: the second click of a double click finds the first one's.
    cle = models.UUIDField("clé de saisie", null=True, unique=True, editable=False)
    saisi_le = models.DateTimeField("saisi le", auto_now_add=True)
    saisi_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    annule_le = models.DateTimeField("annulé le", null=True, blank=True, editable=False)
    annule_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    motif_annulation = models.TextField("motif de l’annulation", blank=True, editable=False)

    objects = VersementQuerySet.as_manager()

    class Meta:
        ordering = ["exercice", "date", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(montant__gt=0), name="versement_positif"),
            models.CheckConstraint(
                condition=Q(annule_le=None) | ~Q(motif_annulation=""), name="versement_annule_avec_motif"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exercice} {self.get_financeur_display()} {self.montant}"


class DemandeReversement(models.Model):
    """Euros that the funders ask a porteur to give back for one Exercice, until they came back or were waived."""

    exercice = models.ForeignKey(Exercice, models.PROTECT, related_name="demandes_reversement")
    montant = models.DecimalField("somme demandée (€)", max_digits=12, decimal_places=2)
    motif = models.TextField("raison")
    avant_le = models.DateField("à rendre avant le")
    demandee_le = models.DateTimeField("demandée le", auto_now_add=True)
    demandee_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    remise_le = models.DateTimeField("remise le", null=True, blank=True, editable=False)
    remise_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    montant_remis = models.DecimalField(
        "somme à laquelle on renonce (€)", max_digits=12, decimal_places=2, default=Decimal(0), editable=False
    )
    motif_remise = models.TextField("pourquoi on y renonce", blank=True, editable=False)

    class Meta:
        verbose_name = "somme à rendre demandée"
        verbose_name_plural = "sommes à rendre demandées"
        ordering = ["exercice", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(montant__gt=0), name="somme_demandee_positive"),
            models.CheckConstraint(
                condition=Q(remise_le=None, montant_remis=0)
                | Q(remise_le__isnull=False, montant_remis__gt=0) & ~Q(motif_remise=""),
                name="somme_remise_avec_motif",
            ),
            models.UniqueConstraint(
                fields=["exercice"], condition=Q(remise_le=None), name="une_demande_de_reversement"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exercice} {self.montant}"
