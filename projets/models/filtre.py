"""The filters of the coordination desk that a person keeps under a name."""

from django.conf import settings
from django.db import models


class FiltreEnregistre(models.Model):
    """One query string of the list of projects, already cleaned: ``filtres.parametres_connus`` decides what it holds."""

    MAXIMUM = 20

    utilisateur = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="filtres")
    nom = models.CharField("nom du filtre", max_length=60)
    parametres = models.CharField("paramètres", max_length=2000, blank=True)
    ordre = models.PositiveSmallIntegerField("ordre", default=0)
    par_defaut = models.BooleanField("appliqué à l’ouverture", default=False)
    cree_le = models.DateTimeField("créé le", auto_now_add=True)

    class Meta:
        verbose_name = "filtre enregistré"
        verbose_name_plural = "filtres enregistrés"
        ordering = ["utilisateur", "ordre", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["utilisateur", "nom"], name="filtre_nom_unique"),
            models.UniqueConstraint(
                fields=["utilisateur"], condition=models.Q(par_defaut=True), name="filtre_par_defaut_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.nom
