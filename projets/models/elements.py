"""What a call lists: its tree (thématique, enjeu, objectif), parcours, orientations, dispositifs, age groups."""

from typing import ClassVar

from django.db import models


class ParCode(models.Manager[models.Model]):
    """Finds an element of the call by the code of the call and its own."""

    def __init__(self, chemin_appel: str = "appel") -> None:
        super().__init__()
        self.chemin_appel = chemin_appel

    def get_by_natural_key(self, appel: str, code: str) -> models.Model:
        return self.get(**{f"{self.chemin_appel}__code": appel, "code": code})


class Thematique(models.Model):
    """First level of the tree (« conforter le rôle de l’école »…)."""

    appel = models.ForeignKey("projets.Appel", models.CASCADE, related_name="thematiques")
    code = models.CharField("code", max_length=10)
    libelle = models.CharField("libellé", max_length=300)
    description = models.TextField("description", blank=True)

    objects = ParCode()

    class Meta:
        verbose_name = "thématique"
        ordering = ["appel", "code"]
        constraints = [models.UniqueConstraint(fields=["appel", "code"], name="thematique_code_unique")]

    def __str__(self) -> str:
        return f"{self.code}. {self.libelle}"

    def natural_key(self) -> tuple[str, str]:
        return (self.appel.code, self.code)


class Enjeu(models.Model):
    """Second level of the tree: one of the three great stakes, inside one thématique."""

    thematique = models.ForeignKey(Thematique, models.CASCADE, related_name="enjeux", verbose_name="thématique")
    code = models.CharField("code", max_length=10)
    libelle = models.CharField("libellé", max_length=300)

    objects = ParCode("thematique__appel")

    class Meta:
        verbose_name_plural = "enjeux"
        ordering = ["thematique", "code"]
        constraints = [models.UniqueConstraint(fields=["thematique", "code"], name="enjeu_code_unique")]

    def __str__(self) -> str:
        return f"{self.code} {self.libelle}"

    def natural_key(self) -> tuple[str, str]:
        return (self.thematique.appel.code, self.code)


class Objectif(models.Model):
    """Third level of the tree: what a project says it serves."""

    enjeu = models.ForeignKey(Enjeu, models.CASCADE, related_name="objectifs")
    code = models.CharField("code", max_length=10)
    libelle = models.CharField("libellé", max_length=400)

    objects = ParCode("enjeu__thematique__appel")

    class Meta:
        verbose_name = "objectif stratégique"
        verbose_name_plural = "objectifs stratégiques"
        ordering = ["enjeu__thematique", "enjeu__code", "code"]
        constraints = [models.UniqueConstraint(fields=["enjeu", "code"], name="objectif_code_unique")]

    def __str__(self) -> str:
        return f"{self.code} {self.libelle}"

    def natural_key(self) -> tuple[str, str]:
        return (self.enjeu.thematique.appel.code, self.code)


class ElementAppel(models.Model):
    """Anything else that a call lists: code, label, description, rank."""

    appel = models.ForeignKey("projets.Appel", models.CASCADE, related_name="%(class)ss")
    code = models.SlugField("code")
    libelle = models.CharField("libellé", max_length=300)
    description = models.TextField("description", blank=True)
    ordre = models.PositiveSmallIntegerField("ordre", default=0)

    objects = ParCode()

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["appel", "ordre", "code"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["appel", "code"], name="%(class)s_code_unique")
        ]

    def __str__(self) -> str:
        return self.libelle

    def natural_key(self) -> tuple[str, str]:
        return (self.appel.code, self.code)


class Parcours(ElementAppel):
    """One of the parcours of the call (citoyen, avenir, sport-santé…)."""

    appel = models.ForeignKey("projets.Appel", models.CASCADE, related_name="parcours")

    class Meta(ElementAppel.Meta):
        verbose_name_plural = "parcours"


class Orientation(ElementAppel):
    """What the call says it will favour; some orientations are printed under two parcours."""

    parcours = models.ManyToManyField(Parcours, related_name="orientations", blank=True)


class Transversalite(ElementAppel):
    """Worked on across every enjeu: mobilité, discriminations, égalité."""

    class Meta(ElementAppel.Meta):
        verbose_name = "enjeu transversal"
        verbose_name_plural = "enjeux transversaux"


class Dispositif(ElementAppel):
    """What a project may be tied to; ``objectifs`` are the dispositif's own, as its text lists them (ERBM has four)."""

    sigle = models.CharField("sigle", max_length=30, blank=True)
    age_min = models.PositiveSmallIntegerField("âge minimum", null=True, blank=True)
    age_max = models.PositiveSmallIntegerField("âge maximum", null=True, blank=True)
    objectifs = models.JSONField("objectifs du dispositif", default=list, blank=True)


class TrancheAge(ElementAppel):
    age_min = models.PositiveSmallIntegerField("âge minimum", null=True, blank=True)
    age_max = models.PositiveSmallIntegerField("âge maximum", null=True, blank=True)

    class Meta(ElementAppel.Meta):
        verbose_name = "tranche d’âge"
        verbose_name_plural = "tranches d’âge"
