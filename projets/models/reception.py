"""What each person of the services chose to receive, family by family, and at what hour the digest comes."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models

from correspondants.enums import AUTORITES, COORDINATEURS
from correspondants.models import Utilisateur

from ..enums_portail import FamilleCourriel, Rythme

HEURE_PAR_DEFAUT = 8
PAR_DEFAUT = {
    FamilleCourriel.DEPOTS: Rythme.QUOTIDIEN,
    FamilleCourriel.AVIS_DEMANDES: Rythme.IMMEDIAT,
    FamilleCourriel.AVIS_RENDUS: Rythme.QUOTIDIEN,
    FamilleCourriel.BILANS: Rythme.QUOTIDIEN,
    FamilleCourriel.MESSAGES: Rythme.IMMEDIAT,
}
# Whom the mails of each family are written to: nobody is asked about mails that never come.
LECTEURS = {
    FamilleCourriel.DEPOTS: COORDINATEURS,
    FamilleCourriel.AVIS_DEMANDES: AUTORITES,
    FamilleCourriel.AVIS_RENDUS: COORDINATEURS,
    FamilleCourriel.BILANS: COORDINATEURS,
    FamilleCourriel.MESSAGES: COORDINATEURS,
}
JAMAIS_MUETTES = frozenset({FamilleCourriel.AVIS_DEMANDES})  # a project waits for the answer: it must reach somebody


def familles_de(utilisateur: Utilisateur) -> list[FamilleCourriel]:
    """The families of mails that reach a person, by the roles held."""
    return [famille for famille, roles in LECTEURS.items() if utilisateur.a_role(*roles)]


class ReceptionCourriels(models.Model):
    """One person's choices; a family that is absent follows the default."""

    utilisateur = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reception_courriels")
    heure = models.PositiveSmallIntegerField(
        "heure du récapitulatif", default=HEURE_PAR_DEFAUT, validators=[MaxValueValidator(23)]
    )
    rythmes = models.JSONField("rythmes", default=dict, blank=True)

    class Meta:
        verbose_name = "réception des courriels"
        verbose_name_plural = "réceptions des courriels"
        ordering = ["utilisateur"]

    def __str__(self) -> str:
        return f"{self.utilisateur} · {self.heure} h"

    def rythme(self, famille: FamilleCourriel) -> Rythme:
        """The pace chosen, or the default when what is kept is no choice one can make."""
        choisi = self.rythmes.get(famille)
        if choisi not in Rythme or (choisi == Rythme.JAMAIS and famille in JAMAIS_MUETTES):
            return PAR_DEFAUT[famille]
        return Rythme(choisi)
