"""How long the portal keeps what speaks of people: one line per kind of data, written by the administrators."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from ..enums_portail import Conservation

MINIMUM = 30  # days: a slip of the keyboard must not erase everything at night


class DureeConservation(models.Model):
    """The length chosen for one kind of data; without a line, ``Conservation.jours_par_defaut``."""

    categorie = models.CharField("données", max_length=30, choices=Conservation, unique=True)
    jours = models.PositiveIntegerField("gardées (jours)", validators=[MinValueValidator(MINIMUM)])

    class Meta:
        verbose_name = "durée de conservation"
        verbose_name_plural = "durées de conservation"
        ordering = ["categorie"]
        constraints = [models.CheckConstraint(condition=Q(jours__gte=MINIMUM), name="conservation_un_mois_au_moins")]

    def __str__(self) -> str:
        return f"{self.get_categorie_display()} : {self.jours} jours"


def en_clair(jours: int) -> str:
    """« 6 mois », « 2 ans »: a length as people say it, rounded; in days below two months."""
    if jours >= 365:
        annees = round(jours / 365.25)
        return f"{annees} an{'s' if annees > 1 else ''}"
    return f"{round(jours / 30.5)} mois" if jours >= 60 else f"{jours} jours"


def durees() -> dict[Conservation, int]:
    """Days that each kind of data is kept, chosen or by default."""
    choisies = dict(DureeConservation.objects.values_list("categorie", "jours"))
    return {une: choisies.get(une.value, une.jours_par_defaut) for une in Conservation}
