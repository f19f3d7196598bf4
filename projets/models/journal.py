"""The journal: who did what to which project and when. Append-only, from the ORM and (triggers, 0002) from SQL."""

from typing import NoReturn

from django.conf import settings
from django.db import models

from ..enums import Statut, libelles_du_journal
from .projet import Projet


class JournalImmuable(Exception):
    """Somebody tried to change or erase what was done."""


class PassageQuerySet(models.QuerySet["Passage"]):
    def update(self, **champs: object) -> NoReturn:
        raise JournalImmuable("Le journal ne se modifie pas.")

    def delete(self) -> NoReturn:
        raise JournalImmuable("Le journal ne s’efface pas.")


class Passage(models.Model):
    """One line of the journal. ``de`` and ``vers`` are equal when the statut did not change."""

    projet = models.ForeignKey(Projet, models.PROTECT, related_name="passages")
    action = models.CharField("action", max_length=30, choices=libelles_du_journal)
    de = models.CharField("de", max_length=20, choices=Statut)
    vers = models.CharField("vers", max_length=20, choices=Statut)
    par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    au_titre_de = models.CharField("au titre de", max_length=100, blank=True)
    motif = models.TextField("motif", blank=True)
    pour_services = models.BooleanField("réservé aux services", default=False)
    le = models.DateTimeField("le", auto_now_add=True)

    objects = PassageQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "passages"
        ordering = ["projet", "pk"]

    def __str__(self) -> str:
        return f"{self.get_action_display()} : {self.de} → {self.vers}"

    def save(self, *args: object, **kwargs: object) -> None:
        if self.pk:
            raise JournalImmuable("Le journal ne se modifie pas.")
        super().save(*args, **kwargs)

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        raise JournalImmuable("Le journal ne s’efface pas.")
