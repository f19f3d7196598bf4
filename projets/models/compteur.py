"""The numbers of the projects, given one by one."""

from django.db import models


class Compteur(models.Model):
    """Last number given in one year, so that ``AAAA-NNNN`` has neither hole nor double."""

    annee = models.PositiveSmallIntegerField("année", primary_key=True)
    dernier = models.PositiveIntegerField("dernier numéro", default=0)

    def __str__(self) -> str:
        return f"{self.annee} : {self.dernier}"

    @classmethod
    def suivant(cls, annee: int) -> str:
        """Next project number of a year, inside the caller's transaction: two deposits never share one."""
        cls.objects.get_or_create(annee=annee)
        cls.objects.filter(annee=annee).update(dernier=models.F("dernier") + 1)
        return f"{annee}-{cls.objects.get(annee=annee).dernier:04d}"
