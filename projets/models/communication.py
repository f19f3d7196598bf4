"""What a cité asks to be seen on posters and articles: its logos, as files."""

import uuid

from django.db import models

from .appel import Appel
from .projet import Piece


def chemin_logo(logo: "LogoCommunication", nom: str) -> str:
    """A path that says nothing of the file's name."""
    return f"logos/{uuid.uuid4().hex}.{'png' if nom.lower().endswith('png') else 'jpg'}"


class LogoCommunication(models.Model):
    """The file of one logo that the call requires; ``nom`` is its line in ``Appel.logos``."""

    appel = models.ForeignKey(Appel, models.CASCADE, related_name="fichiers_logos")
    nom = models.CharField("nom", max_length=200, help_text="Écrit comme dans la liste des logos demandés.")
    fichier = models.FileField("image (PNG ou JPEG)", upload_to=chemin_logo)
    modifie_le = models.DateTimeField("modifié le", auto_now=True)

    class Meta:
        verbose_name = "logo à faire figurer"
        verbose_name_plural = "logos à faire figurer"
        ordering = ["appel", "pk"]
        constraints = [models.UniqueConstraint(fields=["appel", "nom"], name="logo_unique")]

    def __str__(self) -> str:
        return self.nom


class SupportCommunication(models.Model):
    """What the porteur says of one support kept with the project: whether what the call asks for is on it."""

    piece = models.OneToOneField(Piece, models.CASCADE, related_name="support")
    phrase = models.BooleanField("la phrase demandée y figure", default=False)
    logos = models.BooleanField("les logos demandés y figurent", default=False)
    modifie_le = models.DateTimeField("modifié le", auto_now=True)

    class Meta:
        verbose_name = "support de communication"
        verbose_name_plural = "supports de communication"
        ordering = ["piece"]

    def __str__(self) -> str:
        return str(self.piece)
