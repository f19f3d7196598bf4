"""What a meeting of the troïka holds beside voices and decisions: who sat, and who withdrew from one project."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from correspondants.enums import PILOTES, Role

from ..enums import EtatPresence
from .instruction import PointOrdreDuJour, SeanceTroika

_PILOTES = [(role.value, role.label) for role in Role if role in PILOTES]


class PresenceSeance(models.Model):
    """Whether one pilot sat at one meeting, and who sat for it. No row: not noted yet."""

    seance = models.ForeignKey(SeanceTroika, models.CASCADE, related_name="presences")
    pilote = models.CharField("pilote", max_length=30, choices=_PILOTES)
    etat = models.CharField("présence", max_length=20, choices=EtatPresence)
    nom = models.CharField("qui siège", max_length=200, blank=True)
    represente_par = models.CharField("représenté par", max_length=200, blank=True)
    par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    modifie_le = models.DateTimeField("notée le", auto_now=True)

    class Meta:
        verbose_name = "présence à une séance"
        verbose_name_plural = "présences aux séances"
        ordering = ["seance", "pilote"]
        constraints = [
            models.UniqueConstraint(fields=["seance", "pilote"], name="presence_unique"),
            models.CheckConstraint(
                condition=~Q(etat=EtatPresence.PRESENT) | Q(represente_par=""), name="present_n_est_pas_represente"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_pilote_display()} : {self.get_etat_display()}"


class Deport(models.Model):
    """One pilot withdraws from one point of the agenda (conflict of interest): no voice while it stands."""

    point = models.ForeignKey(PointOrdreDuJour, models.CASCADE, related_name="deports")
    pilote = models.CharField("pilote", max_length=30, choices=_PILOTES)
    motif = models.TextField("motif")
    par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    le = models.DateTimeField("enregistré le", auto_now_add=True)

    class Meta:
        verbose_name = "déport"
        ordering = ["point", "pilote"]
        constraints = [models.UniqueConstraint(fields=["point", "pilote"], name="deport_unique")]

    def __str__(self) -> str:
        return f"{self.get_pilote_display()} se déporte : {self.point}"
