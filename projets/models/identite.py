"""The look of a cité: its logo and its two colours, as they are being chosen, and as visitors see them."""

import uuid
from dataclasses import dataclass
from typing import ClassVar

from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.signals import post_delete, post_save

from ..couleurs import CouleurIllisible, Palette, lire
from .appel import Appel

FRAICHEUR = 30  # seconds, for what another process published
_CLE = "identite-en-vigueur"


def chemin_logo_cite(apparence: "Apparence", nom: str) -> str:
    """A path that says nothing of the file's name, and that no other picture ever has: it may be kept for ever."""
    return f"identite/{uuid.uuid4().hex}.{'png' if nom.lower().endswith('png') else 'jpg'}"


class CouleurField(models.CharField):
    """A colour, kept as ``#rrggbb``."""

    def __init__(self, *args: object, **options: object) -> None:
        options["max_length"] = 7
        super().__init__(*args, **options)

    def deconstruct(self) -> tuple:
        nom, chemin, arguments, options = super().deconstruct()
        del options["max_length"]
        return nom, chemin, arguments, options

    def to_python(self, value: object) -> object:
        if not isinstance(value, str) or not value.strip():
            return super().to_python(value)
        try:
            return lire(value)
        except CouleurIllisible as refus:
            raise ValidationError(str(refus)) from refus


class Apparence(models.Model):
    """Logo and colours of a cité."""

    primaire = CouleurField("couleur principale", help_text="En-tête, boutons, liens. Exemple\u00a0: #0e5360.")
    accent = CouleurField("couleur d’accent", help_text="Surtitres et repères. Exemple\u00a0: #a8481f.")
    primaire_sombre = CouleurField(
        "couleur principale, en affichage sombre",
        blank=True,
        help_text="Vide\u00a0: le portail éclaircit la couleur principale juste assez pour qu’elle se lise.",
    )
    accent_sombre = CouleurField(
        "couleur d’accent, en affichage sombre", blank=True, help_text="Vide\u00a0: de même, d’après l’accent."
    )
    logo = models.FileField(
        "logo",
        upload_to=chemin_logo_cite,
        blank=True,
        help_text="Image PNG ou JPEG. Elle est redessinée et réduite\u00a0; le SVG, qui peut contenir un programme, est refusé.",
    )
    logo_largeur = models.PositiveSmallIntegerField(default=0, editable=False)
    logo_hauteur = models.PositiveSmallIntegerField(default=0, editable=False)

    CHAMPS: ClassVar = (
        "primaire", "accent", "primaire_sombre", "accent_sombre", "logo", "logo_largeur", "logo_hauteur",
    )  # fmt: skip

    class Meta:
        abstract = True

    @property
    def palette(self) -> Palette:
        return Palette(self.primaire, self.accent, self.primaire_sombre, self.accent_sombre)

    @property
    def nom_logo(self) -> str:
        """The last part of its address; empty without a logo."""
        return self.logo.name.rpartition("/")[2] if self.logo else ""

    @property
    def largeur_affichee(self) -> int:
        """Width of the logo in pixels when it is 48 high: at most 160."""
        if not self.logo_hauteur:
            return 48
        return min(160, round(48 * self.logo_largeur / self.logo_hauteur))

    def clean(self) -> None:
        refus = {champ: str(raison) for champ, raison in self.palette.refus()}
        if refus:
            raise ValidationError(refus)


class Identite(Apparence):
    """What the administration is choosing for the cité of a call: nobody else sees it before it is published."""

    appel = models.OneToOneField(Appel, models.CASCADE, related_name="identite", verbose_name="appel")
    modifie_le = models.DateTimeField("modifiée le", auto_now=True)

    class Meta:
        verbose_name = "identité visuelle"
        verbose_name_plural = "identités visuelles"
        ordering = ["appel"]

    def __str__(self) -> str:
        return self.appel.cite


class IdentitePubliee(Apparence):
    """What visitors see: a copy of the Identite as it was when ``identite.publier`` was asked for."""

    appel = models.OneToOneField(Appel, models.CASCADE, related_name="identite_publiee")
    publiee_le = models.DateTimeField("publiée le", auto_now=True)

    class Meta:
        ordering = ["appel"]

    def __str__(self) -> str:
        return self.appel.cite

    def dit_autre_chose(self, choisie: Identite) -> bool:
        """Whether what is being chosen differs from what visitors see."""
        return any(getattr(self, champ) != getattr(choisie, champ) for champ in self.CHAMPS)


@dataclass(frozen=True)
class IdentiteEnVigueur:
    """What documents and mails wear: plain values, which several threads may share. ``logo``: its name in the storage."""

    cite: str
    primaire: str
    accent: str
    logo: str
    largeur_affichee: int


def identite_en_vigueur() -> IdentiteEnVigueur | None:
    """The look of the current call, for what is no page (documents, mails); None: the portal's own.

    Once per process and half-minute.
    """
    connue = caches["memoire"].get(_CLE)
    if connue is None:
        lue = IdentitePubliee.objects.select_related("appel").filter(appel__courant=True).first()
        connue = (_figee(lue) if lue else None,)
        caches["memoire"].set(_CLE, connue, FRAICHEUR)
    return connue[0]


def _figee(lue: IdentitePubliee) -> IdentiteEnVigueur:
    return IdentiteEnVigueur(lue.appel.cite, lue.primaire, lue.accent, lue.logo.name or "", lue.largeur_affichee)


def _oublier(**_: object) -> None:
    caches["memoire"].delete(_CLE)


for _modele in (IdentitePubliee, Appel):
    post_save.connect(_oublier, sender=_modele)
post_delete.connect(_oublier, sender=IdentitePubliee)
