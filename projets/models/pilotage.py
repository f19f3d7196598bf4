"""What a cité chooses to count for its yearly reviews, as data."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.signals import m2m_changed, post_delete, post_save

from ..enums_portail import MesureANCT
from .elements import Dispositif, ElementAppel, Objectif, ParCode, Parcours, Thematique
from .referentiels import oublier


class ContributionManager(models.Manager["ContributionDispositif"]):
    def get_by_natural_key(self, appel: str, code: str, rang: int) -> "ContributionDispositif":
        return self.get(dispositif__appel__code=appel, dispositif__code=code, rang=rang)


class ContributionDispositif(models.Model):
    """Which strategic objectives of the call serve one of the objectives of a dispositif (ERBM has four)."""

    dispositif = models.ForeignKey(Dispositif, models.CASCADE, related_name="contributions")
    rang = models.PositiveSmallIntegerField(
        "rang de l’objectif du dispositif", help_text="1 pour le premier objectif que le dispositif énumère."
    )
    objectifs = models.ManyToManyField(
        Objectif, blank=True, related_name="+", verbose_name="objectifs stratégiques qui y contribuent"
    )

    objects = ContributionManager()

    class Meta:
        verbose_name = "contribution à un dispositif"
        verbose_name_plural = "contributions aux dispositifs"
        ordering = ["dispositif", "rang"]
        constraints = [models.UniqueConstraint(fields=["dispositif", "rang"], name="contribution_unique")]

    def __str__(self) -> str:
        return f"{self.dispositif.sigle or self.dispositif}, {self.libelle}"

    @property
    def libelle(self) -> str:
        """The objective as the dispositif's own text says it."""
        textes = self.dispositif.objectifs
        return textes[self.rang - 1] if 0 < self.rang <= len(textes) else f"objectif {self.rang}"

    def clean(self) -> None:
        if self.dispositif_id and not 0 < (self.rang or 0) <= len(self.dispositif.objectifs):
            raise ValidationError({"rang": "Ce dispositif n’énumère pas d’objectif à ce rang."})

    def natural_key(self) -> tuple[str, str, int]:
        return (*self.dispositif.natural_key(), self.rang)


class IndicateurANCT(ElementAppel):
    """One figure of the ANCT's yearly « revue de projets »: a measure, on every project or on some."""

    mesure = models.CharField("mesure", max_length=30, choices=MesureANCT)
    thematique = models.ForeignKey(
        Thematique, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="seulement la thématique"
    )
    parcours = models.ForeignKey(
        Parcours, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="seulement le parcours"
    )
    actif = models.BooleanField("affiché", default=True)

    objects = ParCode()

    class Meta(ElementAppel.Meta):
        verbose_name = "indicateur de la revue de projets"
        verbose_name_plural = "indicateurs de la revue de projets (ANCT)"

    def clean(self) -> None:
        for champ in ("thematique", "parcours"):
            choisi = getattr(self, champ)
            if choisi is not None and choisi.appel_id != self.appel_id:
                raise ValidationError({champ: "Choisissez-en un du même appel à projets."})

    @property
    def perimetre(self) -> str:
        """On which projects, in words; nothing when on all."""
        return ", ".join(str(choisi) for choisi in (self.thematique, self.parcours) if choisi)


for _modele in (ContributionDispositif, IndicateurANCT):
    post_save.connect(oublier, sender=_modele)
    post_delete.connect(oublier, sender=_modele)
m2m_changed.connect(oublier, sender=ContributionDispositif.objectifs.through)
