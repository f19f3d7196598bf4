"""Writing a draft with a colleague: the porteur invites an address, which may then write as long as the draft is one."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .projet import Projet
from .transmission import nouveau_secret


class PartageQuerySet(models.QuerySet["Partage"]):
    def ouverts(self) -> "PartageQuerySet":
        """Proposed, neither accepted, nor taken back, nor too old."""
        limite = timezone.now() - timedelta(seconds=settings.DUREE_LIEN_INVITATION)
        return self.filter(accepte_le=None, retire_le=None, cree_le__gt=limite)

    def vivants(self) -> "PartageQuerySet":
        """Those that give a right now, or may give one."""
        return self.filter(retire_le=None).filter(Q(pk__in=self.ouverts().values("pk")) | ~Q(accepte_le=None))


class Partage(models.Model):
    """One colleague invited to write one draft. The porteur stays the only one who deposits."""

    projet = models.ForeignKey(Projet, models.CASCADE, related_name="partages")
    par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="proposé par")
    courriel = models.EmailField("proposé à")
    secret = models.CharField("secret du lien", max_length=64, default=nouveau_secret, editable=False)
    cree_le = models.DateTimeField("proposé le", auto_now_add=True)
    accepte_le = models.DateTimeField("accepté le", null=True, blank=True)
    accepte_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="accepté par"
    )
    retire_le = models.DateTimeField("retiré le", null=True, blank=True)

    objects = PartageQuerySet.as_manager()

    class Meta:
        verbose_name = "partage d’un brouillon"
        verbose_name_plural = "partages de brouillons"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["projet", "courriel"], condition=Q(retire_le=None), name="partage_un_par_adresse"
            )
        ]

    def __str__(self) -> str:
        return f"{self.projet} avec {self.courriel}"

    @property
    def expire_le(self) -> datetime:
        return self.cree_le + timedelta(seconds=settings.DUREE_LIEN_INVITATION)
