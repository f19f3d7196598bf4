"""Who of a structure reads its projects: people who were let in by one of them, or by the coordination."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from correspondants.models import Structure

from .transmission import nouveau_secret


class MembreQuerySet(models.QuerySet["MembreStructure"]):
    def actifs(self) -> "MembreQuerySet":
        return self.filter(retire_le=None).exclude(accepte_le=None)

    def en_attente(self) -> "MembreQuerySet":
        """Invited, neither answered, nor taken back, nor too old."""
        limite = timezone.now() - timedelta(seconds=settings.DUREE_LIEN_INVITATION)
        return self.filter(accepte_le=None, retire_le=None, cree_le__gt=limite)


class MembreStructure(models.Model):
    """One person in one structure: invited at an address, a member once accepted, gone once ``retire_le``.

    Whoever deposits under the name of a structure is no member by that alone: anybody may write any name in a file.
    """

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="membres")
    courriel = models.EmailField("courriel")
    utilisateur = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="appartenances"
    )
    invite_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="invité par"
    )
    secret = models.CharField("secret du lien", max_length=64, default=nouveau_secret, editable=False)
    cree_le = models.DateTimeField("invité le", auto_now_add=True)
    accepte_le = models.DateTimeField("membre depuis le", null=True, blank=True)
    retire_le = models.DateTimeField("retiré le", null=True, blank=True)

    objects = MembreQuerySet.as_manager()

    class Meta:
        verbose_name = "membre d’une structure"
        verbose_name_plural = "membres des structures"
        ordering = ["structure", "pk"]
        constraints = [
            models.UniqueConstraint(
                "structure", Lower("courriel"), condition=Q(retire_le=None), name="membre_une_fois_par_structure"
            ),
            models.CheckConstraint(
                condition=Q(accepte_le=None) | Q(utilisateur__isnull=False), name="membre_accepte_a_un_compte"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.courriel} · {self.structure}"

    @property
    def expire_le(self) -> datetime:
        return self.cree_le + timedelta(seconds=settings.DUREE_LIEN_INVITATION)
