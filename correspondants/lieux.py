"""Where projects come from: organisations, schools, quartiers; and how a name typed by hand finds them."""

import unicodedata

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower

from .enums import Degre, NaturePorteur
from .geometrie import AIDE_CONTOUR, lire_contour


def cle_de_nom(nom: str) -> str:
    """A name reduced to what identifies it: no accent, case, punctuation or extra space (« École J.-Macé » → « ecole j mace »)."""
    decompose = unicodedata.normalize("NFKD", nom.replace("œ", "oe").replace("Œ", "oe"))
    lettres = "".join(c if c.isalnum() else " " for c in decompose if not unicodedata.combining(c))
    return " ".join(lettres.lower().split())


class Structure(models.Model):
    """The organisation that carries projects: school, town service, association, partner, private body."""

    nom = models.CharField("nom", max_length=200)
    cle = models.CharField("clé de rapprochement", max_length=200, editable=False, db_index=True)
    nature = models.CharField("nature", max_length=20, choices=NaturePorteur)
    siret = models.CharField("SIRET", max_length=14, blank=True, db_index=True)
    rna = models.CharField("RNA", max_length=10, blank=True)
    uai = models.CharField("UAI", max_length=8, blank=True)
    adresse = models.CharField("adresse", max_length=300, blank=True)
    code_postal = models.CharField("code postal", max_length=10, blank=True)
    commune = models.CharField("commune", max_length=100, blank=True)
    personne_physique = models.BooleanField(
        "personne physique",
        default=False,
        help_text="Entrepreneur individuel, particulier : jamais publié dans les données ouvertes.",
    )

    class Meta:
        ordering = ["nom", "pk"]
        indexes = [models.Index(Lower("nom"), name="structure_par_nom")]

    def __str__(self) -> str:
        return self.nom

    def save(self, *args: object, **kwargs: object) -> None:
        self.cle = cle_de_nom(self.nom)[:200]
        super().save(*args, **kwargs)


class EtablissementQuerySet(models.QuerySet["Etablissement"]):
    def get_by_natural_key(self, code: str) -> "Etablissement":
        return self.get(code=code)


class Etablissement(models.Model):
    """A school, collège or lycée of the cité éducative. ``niveau`` is its level on the plan of the call (1, 2, 3)."""

    code = models.SlugField("code", unique=True)
    nom = models.CharField("nom", max_length=200)
    degre = models.CharField("degré", max_length=10, choices=Degre)
    niveau = models.PositiveSmallIntegerField("niveau de la cité éducative", null=True, blank=True)
    uai = models.CharField("UAI", max_length=8, blank=True)
    commune = models.CharField("commune", max_length=100, blank=True)
    longitude = models.DecimalField("longitude (degrés)", max_digits=9, decimal_places=6, null=True, blank=True)
    latitude = models.DecimalField("latitude (degrés)", max_digits=9, decimal_places=6, null=True, blank=True)
    ordre = models.PositiveSmallIntegerField("ordre", default=0)
    autorite_correspondant = models.ForeignKey(
        "correspondants.Correspondant",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="etablissements",
        verbose_name="à qui demander l’avis sur le temps scolaire",
        help_text="L’IEN de la circonscription, par exemple. Sans choix, la demande va à toutes les personnes qui ont ce rôle.",
    )

    objects = EtablissementQuerySet.as_manager()

    class Meta:
        verbose_name = "établissement"
        ordering = ["ordre", "nom"]

    def __str__(self) -> str:
        return self.nom

    def natural_key(self) -> tuple[str]:
        return (self.code,)

    natural_key.dependencies = ["correspondants.correspondant"]

    @property
    def correspondant_designe(self) -> models.Model | None:
        """The Correspondant whom this school names for its opinions: an active line, with the role of the school's degree."""
        designe = self.autorite_correspondant
        if designe is None or not designe.actif:
            return None
        roles = {habilitation.role for habilitation in designe.habilitations.all()}
        return designe if Degre(self.degre).autorite in roles else None


PREMIER_DEGRE = ("ecole", "maternelle", "elementaire", "primaire", "groupe scolaire", "rpi")
SECOND_DEGRE = ("college", "lycee", "erea", "segpa", "micro lycee", "micro college")


def degre_de(nom: str) -> Degre | None:
    """Level told by the name of a school that the directory does not know; None when the name does not say."""
    cle = f" {cle_de_nom(nom)} "
    if any(f" {mot}" in cle for mot in SECOND_DEGRE):
        return Degre.SECOND
    if any(f" {mot}" in cle for mot in PREMIER_DEGRE):
        return Degre.PREMIER
    return None


class QuartierQuerySet(models.QuerySet["Quartier"]):
    def get_by_natural_key(self, code: str) -> "Quartier":
        return self.get(code=code)


class Quartier(models.Model):
    """A priority neighbourhood (QPV) in one geography or in both (2014, quartiers 2030)."""

    code = models.SlugField("code", unique=True)
    nom = models.CharField("nom", max_length=200)
    geographie_2014 = models.BooleanField("géographie 2014", default=False)
    geographie_2030 = models.BooleanField("géographie « quartiers 2030 »", default=False)
    contour = models.JSONField("contour (GeoJSON)", null=True, blank=True, help_text=AIDE_CONTOUR)
    ordre = models.PositiveSmallIntegerField("ordre", default=0)

    objects = QuartierQuerySet.as_manager()

    class Meta:
        verbose_name = "quartier prioritaire"
        verbose_name_plural = "quartiers prioritaires"
        ordering = ["ordre", "nom"]

    def __str__(self) -> str:
        return self.nom

    def clean(self) -> None:
        if self.contour is not None:
            try:
                lire_contour(self.contour)
            except ValueError as refus:
                raise ValidationError({"contour": str(refus)}) from refus

    def natural_key(self) -> tuple[str]:
        return (self.code,)
