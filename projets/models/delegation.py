"""An opinion handed on: the colleague who may answer for the authority, through a link of one's own."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from .instruction import AvisIEN, fin_du_lien, nouveau_secret


class DelegationAvisQuerySet(models.QuerySet["DelegationAvis"]):
    def actives(self) -> "DelegationAvisQuerySet":
        """Not taken back, and whose link still opens."""
        return self.filter(revoquee_le=None, lien_expire_le__gt=timezone.now())


class DelegationAvis(models.Model):
    """One request handed on by its authority, who keeps it: the first of them who answers gives the opinion."""

    avis = models.ForeignKey(AvisIEN, models.CASCADE, related_name="delegations")
    nom = models.CharField("prénom et nom", max_length=80)
    courriel = models.EmailField("adresse électronique")
    message = models.TextField("message", blank=True)
    par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    par_lien = models.BooleanField("transmis par le lien du courriel", default=False)
    secret = models.CharField("secret du lien", max_length=64, default=nouveau_secret, editable=False)
    cree_le = models.DateTimeField("transmis le", auto_now_add=True)
    lien_expire_le = models.DateTimeField("lien valable jusqu’au", default=fin_du_lien, editable=False)
    revoquee_le = models.DateTimeField("reprise le", null=True, blank=True)

    objects = DelegationAvisQuerySet.as_manager()

    class Meta:
        verbose_name = "délégation d’avis"
        verbose_name_plural = "délégations d’avis"
        ordering = ["avis", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["avis", "courriel"], condition=models.Q(revoquee_le=None), name="delegation_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.nom} ({self.courriel})"

    @property
    def est_active(self) -> bool:
        return self.revoquee_le is None and timezone.now() < self.lien_expire_le
