"""The vocabulary of the budget, the same for every call."""

from django.db import models

from ..questionnaire import Option


class CompteManager(models.Manager["Compte"]):
    def get_by_natural_key(self, code: str) -> "Compte":
        return self.get(code=code)


class Compte(models.Model):
    """One line of the budget's vocabulary (plan comptable, as in the Cerfa 12156), from ``fixtures/comptes.json``."""

    class Sens(models.TextChoices):
        CHARGE = "charge", "Charges"
        PRODUIT = "produit", "Produits"

    code = models.CharField("code", max_length=30, unique=True)
    classe = models.CharField(
        "classe", max_length=10, help_text="60 à 69, 86, 70 à 79, 87 ; vide hors plan comptable.", blank=True
    )
    titre_classe = models.CharField("titre de la classe", max_length=200)
    libelle = models.CharField("libellé", max_length=200)
    sens = models.CharField("sens", max_length=10, choices=Sens)
    ordre = models.PositiveSmallIntegerField("ordre")

    objects = CompteManager()

    class Meta:
        verbose_name = "compte"
        ordering = ["sens", "ordre"]

    def __str__(self) -> str:
        return self.libelle

    def natural_key(self) -> tuple[str]:
        return (self.code,)

    @property
    def option(self) -> Option:
        titre = f"{self.classe} {self.titre_classe}".strip()
        return Option(self.code, self.libelle, (titre,))
