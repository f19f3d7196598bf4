"""A porteur hands a project over to a colleague: proposed, then accepted by the one who receives it."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .projet import Projet


def nouveau_secret() -> str:
    return secrets.token_urlsafe(24)


class TransmissionQuerySet(models.QuerySet["Transmission"]):
    def en_attente(self) -> "TransmissionQuerySet":
        """Proposed, neither answered, nor taken back, nor too old."""
        limite = timezone.now() - timedelta(seconds=settings.DUREE_LIEN_INVITATION)
        return self.filter(acceptee_le=None, retiree_le=None, cree_le__gt=limite)


class Transmission(models.Model):
    """One proposal: until it is accepted nothing moves, and its porteur may take it back."""

    projet = models.ForeignKey(Projet, models.CASCADE, related_name="transmissions")
    de = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="proposée par")
    courriel = models.EmailField("proposée à")
    message = models.TextField("message", blank=True)
    secret = models.CharField("secret du lien", max_length=64, default=nouveau_secret, editable=False)
    cree_le = models.DateTimeField("proposée le", auto_now_add=True)
    acceptee_le = models.DateTimeField("acceptée le", null=True, blank=True)
    acceptee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="acceptée par"
    )
    retiree_le = models.DateTimeField("retirée ou refusée le", null=True, blank=True)

    objects = TransmissionQuerySet.as_manager()

    class Meta:
        verbose_name = "transmission d’un projet"
        verbose_name_plural = "transmissions de projets"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["projet"],
                condition=Q(acceptee_le=None, retiree_le=None),
                name="transmission_une_seule_en_attente",
            )
        ]

    def __str__(self) -> str:
        return f"{self.projet} → {self.courriel}"

    @property
    def expire_le(self) -> timezone.datetime:
        return self.cree_le + timedelta(seconds=settings.DUREE_LIEN_INVITATION)
