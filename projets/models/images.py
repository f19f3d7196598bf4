"""Image rights: shootings, the authorisations they rest on, the photos shown, the page that shows them. No child's name."""

import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from ..enums import Statut
from ..surlignage import reduire
from .projet import Projet

MONTRES = (Statut.VALIDE, Statut.CLOS)


def apres(jour: date, annees: int) -> date:
    """The same day some years later; 28 February for a 29."""
    try:
        return jour.replace(year=jour.year + annees)
    except ValueError:
        return jour.replace(year=jour.year + annees, day=28)


class PriseDeVuesQuerySet(models.QuerySet["PriseDeVues"]):
    def avec_retraits(self) -> "PriseDeVuesQuerySet":
        """Adds ``retires``: how many authorisations were taken back."""
        somme = (
            RetraitAutorisation.objects.filter(prise=OuterRef("pk"))
            .order_by()
            .values("prise")
            .annotate(total=Sum("nombre"))
            .values("total")
        )
        return self.annotate(retires=Coalesce(Subquery(somme), 0, output_field=models.IntegerField()))

    def couvertes(self) -> "PriseDeVuesQuerySet":
        """Those whose photos may be shown today: an authorisation in force for each person who can be recognised."""
        return self.avec_retraits().filter(
            personnes__isnull=False,
            expire_le__gt=timezone.localdate(),
            personnes__lte=F("autorisations") - F("retires"),
        )


class PriseDeVues(models.Model):
    """One shooting. Authorisations are paper kept by the porteur; the portal counts them and knows no name.

    « L’autorisation vaut pour chaque prise de vues (lieu, date, usage), cinq ans » : ``expire_le`` is that last day.
    """

    projet = models.ForeignKey(Projet, models.CASCADE, related_name="prises_de_vues")
    intitule = models.CharField("ce qui est photographié ou filmé", max_length=200)
    date = models.DateField("date")
    lieu = models.CharField("lieu", max_length=200)
    usage = models.TextField("usage prévu", max_length=1000)
    expire_le = models.DateField("fin de l’autorisation", editable=False)
    personnes = models.PositiveIntegerField("personnes reconnaissables", null=True, blank=True)
    autorisations = models.PositiveIntegerField("autorisations signées", default=0)
    gardees_par = models.CharField("qui garde les autorisations signées", max_length=200, blank=True)
    par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    cree_le = models.DateTimeField("enregistrée le", auto_now_add=True)

    objects = PriseDeVuesQuerySet.as_manager()

    class Meta:
        verbose_name = "prise de vues"
        verbose_name_plural = "prises de vues"
        ordering = ["-date", "-pk"]

    def __str__(self) -> str:
        return self.intitule

    def save(self, *args: object, **kwargs: object) -> None:
        self.expire_le = apres(self.date, self.projet.appel.autorisation_image_annees)
        super().save(*args, **kwargs)

    @property
    def nombre_retires(self) -> int:
        """Authorisations taken back; read from ``avec_retraits`` when it was asked for."""
        if "retires" in self.__dict__:
            return self.__dict__["retires"]
        return self.retraits.aggregate(total=Sum("nombre", default=0))["total"]

    @property
    def en_vigueur(self) -> int:
        return self.autorisations - self.nombre_retires

    @property
    def est_expiree(self) -> bool:
        return self.expire_le <= timezone.localdate()

    @property
    def manquantes(self) -> int | None:
        """How many authorisations are missing; None while nobody said how many people can be recognised."""
        return None if self.personnes is None else max(0, self.personnes - self.en_vigueur)

    @property
    def est_couverte(self) -> bool:
        return self.manquantes == 0 and not self.est_expiree


class RetraitAutorisation(models.Model):
    """« Je peux me rétracter à tout moment »: some authorisations of one shooting, taken back on one day."""

    prise = models.ForeignKey(PriseDeVues, models.CASCADE, related_name="retraits")
    recu_le = models.DateField("reçu le")
    nombre = models.PositiveSmallIntegerField("autorisations retirées", default=1)
    precisions = models.CharField("précisions, sans nom", max_length=300, blank=True)
    par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    cree_le = models.DateTimeField("enregistré le", auto_now_add=True)

    class Meta:
        verbose_name = "retrait d’autorisation"
        verbose_name_plural = "retraits d’autorisation"
        ordering = ["prise", "-recu_le", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(nombre__gt=0), name="retrait_positif")]

    def __str__(self) -> str:
        return f"{self.nombre} · {self.prise}"


class Vitrine(models.Model):
    """What the public may read of a funded project: its porteur consents, the coordination publishes."""

    projet = models.OneToOneField(Projet, models.CASCADE, related_name="vitrine")
    resume = models.TextField("le projet en quelques phrases", max_length=800)
    recherche = models.TextField("texte de recherche", blank=True, default="", db_default="", editable=False)
    consenti_le = models.DateTimeField("consentement donné le", null=True, editable=False)
    consenti_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    publiee_le = models.DateTimeField("publiée le", null=True, editable=False)
    publiee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )

    class Meta:
        verbose_name = "présentation publique"
        verbose_name_plural = "présentations publiques"
        ordering = ["-publiee_le", "-pk"]
        indexes = [models.Index(fields=["-publiee_le", "-projet"], name="vitrine_publiee")]

    def __str__(self) -> str:
        return str(self.projet)

    def save(self, *args: object, **kwargs: object) -> None:
        self.recherche = reduire(f" {self.projet.titre} {self.resume} {self._structure_montree}")
        super().save(*args, **kwargs)

    @property
    def _structure_montree(self) -> str:
        structure = self.projet.structure
        return structure.nom if structure and not structure.personne_physique else ""

    @property
    def est_publique(self) -> bool:
        return bool(self.consenti_le and self.publiee_le) and self.projet.statut in MONTRES


def chemin_photo(photo: "Photo", nom: str) -> str:
    """A path that says nothing of the file's name."""
    return f"photos/{uuid.uuid4().hex}.{'png' if nom.lower().endswith('png') else 'jpg'}"


class PhotoQuerySet(models.QuerySet["Photo"]):
    def publiees(self) -> "PhotoQuerySet":
        """The only photos that a public page may show: published, of a public project, covered by authorisations today."""
        return self.filter(
            publiee_le__isnull=False,
            prise__projet__statut__in=MONTRES,
            prise__projet__vitrine__consenti_le__isnull=False,
            prise__projet__vitrine__publiee_le__isnull=False,
            prise__in=PriseDeVues.objects.couvertes().values("pk"),
        )


class Photo(models.Model):
    """A picture rewritten from its pixels; ``texte_alternatif`` says what it shows, without anybody's name."""

    prise = models.ForeignKey(PriseDeVues, models.CASCADE, related_name="photos")
    jeton = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    fichier = models.FileField("image", upload_to=chemin_photo)
    texte_alternatif = models.CharField("ce que montre la photo", max_length=250)
    largeur = models.PositiveIntegerField()
    hauteur = models.PositiveIntegerField()
    par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    cree_le = models.DateTimeField("ajoutée le", auto_now_add=True)
    publiee_le = models.DateTimeField("publiée le", null=True, editable=False)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ["prise", "pk"]

    def __str__(self) -> str:
        return self.texte_alternatif
