"""The calendar address of a person: what opens it, and when it was last read. What it shows is read at each reading."""

import secrets

from django.conf import settings
from django.db import models
from django.utils import timezone


def nouveau_secret() -> str:
    return secrets.token_urlsafe(24)


class FluxAgendaQuerySet(models.QuerySet["FluxAgenda"]):
    def ouverts(self) -> "FluxAgendaQuerySet":
        """Neither removed, nor of a closed account."""
        return self.filter(revoque_le=None, utilisateur__is_active=True)


class FluxAgenda(models.Model):
    """One address per person. A new ``secret`` closes the address given before; the address itself is signed, not stored."""

    utilisateur = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="flux_agenda")
    secret = models.CharField("secret de l’adresse", max_length=64, default=nouveau_secret, editable=False)
    cree_le = models.DateTimeField("adresse créée le", default=timezone.now)
    lu_le = models.DateTimeField("lue pour la dernière fois le", null=True, blank=True)
    revoque_le = models.DateTimeField("supprimée le", null=True, blank=True)
    # What the last reading gave, and since when: an agenda that has not changed is not sent again.
    empreinte = models.CharField("empreinte du contenu", max_length=64, blank=True, editable=False)
    change_le = models.DateTimeField("contenu changé le", null=True, blank=True, editable=False)

    objects = FluxAgendaQuerySet.as_manager()

    class Meta:
        verbose_name = "adresse d’agenda"
        verbose_name_plural = "adresses d’agenda"
        ordering = ["utilisateur"]

    def __str__(self) -> str:
        return f"Agenda de {self.utilisateur}"
