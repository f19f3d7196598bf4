"""What the open data of grants (SCDL « subventions ») needs beside the decisions: who grants, and each convention."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from ..enums import ConditionsVersement, Financeur
from ..identifiants import siret_valide
from .appel import Appel
from .finances import Exercice


def verifier_siret(numero: str) -> None:
    if not siret_valide(numero):
        raise ValidationError("Ce numéro n’est pas un SIRET : 14 chiffres, dont le dernier est une clé de contrôle.")


class AttribuantManager(models.Manager["Attribuant"]):
    def get_by_natural_key(self, appel: str, financeur: str) -> "Attribuant":
        return self.get(appel__code=appel, financeur=financeur)


class Attribuant(models.Model):
    """The public body behind one funder of one call: the official name and SIRET that open data print."""

    appel = models.ForeignKey(Appel, models.CASCADE, related_name="attribuants", verbose_name="appel à projets")
    financeur = models.CharField("financeur", max_length=30, choices=Financeur)
    nom = models.CharField("nom officiel", max_length=200, help_text="Tel que le répertoire Sirene l’écrit.")
    siret = models.CharField("SIRET", max_length=14, validators=[verifier_siret])

    objects = AttribuantManager()

    class Meta:
        verbose_name = "attribuant"
        verbose_name_plural = "attribuants (données ouvertes)"
        ordering = ["appel", "financeur"]
        constraints = [models.UniqueConstraint(fields=["appel", "financeur"], name="attribuant_unique")]

    def __str__(self) -> str:
        return self.nom

    def natural_key(self) -> tuple[str, str]:
        return (self.appel.code, self.financeur)


class Convention(models.Model):
    """The convention of one funder for one Exercice, where it says more than the decision does.

    Without a row, or where a field is empty: the day the decision was published, the number of the project, one payment,
    some day of the civil year.
    """

    exercice = models.ForeignKey(Exercice, models.CASCADE, related_name="conventions")
    financeur = models.CharField("financeur", max_length=30, choices=Financeur)
    signee_le = models.DateField("date de la convention", null=True, blank=True)
    reference = models.CharField("référence de la décision", max_length=100, blank=True)
    versement = models.CharField(
        "versement", max_length=20, choices=ConditionsVersement, default=ConditionsVersement.UNIQUE
    )
    modalites = models.CharField("autres modalités de versement", max_length=256, blank=True)
    a_signer = models.BooleanField(
        "rien n’est versé avant la signature de la convention", default=False, db_default=False
    )
    avance = models.PositiveSmallIntegerField(
        "part versée avant le bilan (%)", null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    verse_du = models.DateField("versé le, ou à partir du", null=True, blank=True)
    verse_au = models.DateField("versé jusqu’au", null=True, blank=True)

    class Meta:
        ordering = ["exercice", "financeur"]
        constraints = [
            models.UniqueConstraint(fields=["exercice", "financeur"], name="convention_unique"),
            models.CheckConstraint(
                condition=Q(verse_au=None) | Q(verse_du__isnull=False, verse_au__gte=F("verse_du")),
                name="convention_periode_dans_l_ordre",
            ),
            models.CheckConstraint(condition=Q(avance=None) | Q(avance__lte=100), name="convention_avance_en_part"),
            models.CheckConstraint(
                condition=~Q(versement=ConditionsVersement.AUTRE) | ~Q(modalites=""),
                name="convention_autre_versement_dit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exercice} {self.get_financeur_display()}"
