"""What the coordination asks the porteur to complete in a bilan, answer by answer."""

from django.conf import settings
from django.db import models

from .bilan import Bilan


class RetourBilanQuerySet(models.QuerySet["RetourBilan"]):
    def ouverts(self) -> "RetourBilanQuerySet":
        """Those that the porteur did not answer yet by depositing again."""
        return self.filter(regle_le=None)


class RetourBilan(models.Model):
    """One answer, line or proof sent back with a sentence; settled by the next deposit, which keeps what it then said.

    ``champ`` names it as the page does (``realisation``, ``ligne_12``, ``indicateur_3``, ``piece_5``, ``justificatifs``);
    ``libelle``, ``avant`` and ``apres`` are the words that were read, for a line or a file may go.
    """

    bilan = models.ForeignKey(Bilan, models.CASCADE, related_name="retours")
    champ = models.CharField("réponse", max_length=60)
    libelle = models.CharField("intitulé", max_length=400)
    demande = models.TextField("ce qu’il faut compléter")
    reponse = models.TextField("réponse du porteur", blank=True)
    avant = models.TextField("ce que disait le bilan", blank=True)
    apres = models.TextField("ce qu’il dit depuis", blank=True)
    par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    cree_le = models.DateTimeField("demandé le", auto_now_add=True)
    regle_le = models.DateTimeField("déposé à nouveau le", null=True, blank=True)

    objects = RetourBilanQuerySet.as_manager()

    class Meta:
        verbose_name = "point à compléter d’un bilan"
        verbose_name_plural = "points à compléter des bilans"
        ordering = ["bilan", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["bilan", "champ"], condition=models.Q(regle_le=None), name="retour_ouvert_unique"
            ),
            models.CheckConstraint(condition=~models.Q(demande=""), name="retour_a_une_demande"),
        ]

    def __str__(self) -> str:
        return f"{self.libelle} : {self.demande}"

    @property
    def a_change(self) -> bool:
        return self.regle_le is not None and self.apres != self.avant
