"""The last time each background task passed: how ``verifier`` knows that somebody empties the outbox."""

from typing import Any

from django.db import models
from django.utils import timezone


class Pouls(models.Model):
    """One background task: when it last passed, and what it had to say."""

    nom = models.CharField("tâche", max_length=40, primary_key=True)
    le = models.DateTimeField("dernier passage")
    detail = models.JSONField("détail", default=dict, blank=True)

    class Meta:
        verbose_name_plural = "pouls"
        ordering = ["nom"]

    def __str__(self) -> str:
        return f"{self.nom} : {self.le:%Y-%m-%d %H:%M}"

    @classmethod
    def battre(cls, nom: str, **detail: Any) -> None:
        cls.objects.update_or_create(nom=nom, defaults={"le": timezone.now(), "detail": detail})
