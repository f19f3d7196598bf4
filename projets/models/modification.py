"""Who last changed each answer of a file that is being written: what two people on one draft tell each other."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.timesince import timesince

from correspondants.models import Utilisateur

from .projet import Projet

RECENTE = timedelta(hours=24)


@dataclass(frozen=True)
class Auteur:
    """Who writes a file: an account, or a browser that has none yet (``cle`` tells it from another)."""

    par: Utilisateur | None
    cle: str


class ModificationQuerySet(models.QuerySet["Modification"]):
    def d_un_autre(self, auteur: str) -> "ModificationQuerySet":
        """The recent changes of somebody else, the last first."""
        recentes = self.filter(le__gt=timezone.now() - RECENTE).exclude(auteur=auteur)
        return recentes.select_related("par").order_by("-le")


class Modification(models.Model):
    """One row per project and question, rewritten at each change. ``auteur`` tells two browsers apart without an account."""

    projet = models.ForeignKey(Projet, models.CASCADE, related_name="modifications")
    champ = models.CharField("question", max_length=60)
    par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="par"
    )
    auteur = models.CharField("auteur", max_length=40)
    le = models.DateTimeField("le", default=timezone.now)

    objects = ModificationQuerySet.as_manager()

    class Meta:
        verbose_name = "modification d’une réponse"
        verbose_name_plural = "modifications des réponses"
        constraints = [models.UniqueConstraint(fields=["projet", "champ"], name="modification_une_par_question")]

    def __str__(self) -> str:
        return f"{self.champ} : {self.qui}"

    @property
    def qui(self) -> str:
        return str(self.par) if self.par else "Quelqu’un d’autre"

    @property
    def quand(self) -> str:
        """« il y a 2 minutes »."""
        if timezone.now() - self.le < timedelta(minutes=1):
            return "à l’instant"
        return f"il y a {timesince(self.le, depth=1)}"

    @property
    def phrase(self) -> str:
        return f"{self.qui} a modifié cette page {self.quand}."

    @classmethod
    def noter(cls, projet: Projet, champs: Iterable[str], auteur: Auteur) -> None:
        """In the transaction that saves the answers, which holds the row of the project."""
        champs = list(champs)
        cls.objects.filter(projet=projet, champ__in=champs).delete()
        cls.objects.bulk_create(cls(projet=projet, champ=nom, par=auteur.par, auteur=auteur.cle) for nom in champs)
