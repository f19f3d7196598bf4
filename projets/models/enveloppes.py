"""What changes an envelope after its vote, and why one was let go below zero. Amounts in euros."""

import uuid
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from ..enums import Financeur
from .appel import Appel, Enveloppe
from .instruction import Decision, SeanceTroika


class GenreMouvement(models.TextChoices):
    """What changes an envelope after its vote."""

    AJOUT = "ajout", "Ajout"
    RETRAIT = "retrait", "Retrait"
    TRANSFERT = "transfert", "Transfert"


class MouvementEnveloppeQuerySet(models.QuerySet["MouvementEnveloppe"]):
    def en_vigueur(self) -> "MouvementEnveloppeQuerySet":
        """Those that were not cancelled."""
        return self.filter(annule_le=None)

    def sommes(self, bout: str) -> "QuerySet[MouvementEnveloppe, dict[str, object]]":
        """``total`` by envelope (call, civil year, funder) and kind, at one end of the movements: source or destination."""
        champs = (f"{bout}__appel", f"{bout}__annee", f"{bout}__financeur", "genre")
        lignes = self.exclude(**{bout: None}).order_by().values_list(*champs)
        return lignes.annotate(total=Sum("montant", default=Decimal(0)))


class MouvementEnveloppe(models.Model):
    """A late addition to an envelope, a withdrawal from it, or a transfer between two envelopes of one call.

    A movement made by mistake is cancelled with its reason, never deleted.
    """

    genre = models.CharField("mouvement", max_length=20, choices=GenreMouvement)
    source = models.ForeignKey(
        Enveloppe, models.PROTECT, null=True, blank=True, related_name="sorties", verbose_name="depuis"
    )
    destination = models.ForeignKey(
        Enveloppe, models.PROTECT, null=True, blank=True, related_name="entrees", verbose_name="vers"
    )
    montant = models.DecimalField("montant (€)", max_digits=12, decimal_places=2)
    date = models.DateField("date")
    motif = models.TextField("motif")
    jeton = models.UUIDField("jeton du formulaire", default=uuid.uuid4, unique=True, editable=False)
    saisi_le = models.DateTimeField("saisi le", default=timezone.now, editable=False)
    par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    annule_le = models.DateTimeField("annulé le", null=True, blank=True, editable=False)
    annule_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    motif_annulation = models.TextField("motif de l’annulation", blank=True, editable=False)

    objects = MouvementEnveloppeQuerySet.as_manager()

    class Meta:
        verbose_name = "mouvement d’enveloppe"
        verbose_name_plural = "mouvements d’enveloppes"
        ordering = ["date", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(montant__gt=0), name="mouvement_positif"),
            models.CheckConstraint(condition=~Q(motif=""), name="mouvement_a_un_motif"),
            models.CheckConstraint(
                condition=Q(genre=GenreMouvement.AJOUT, source__isnull=True, destination__isnull=False)
                | Q(genre=GenreMouvement.RETRAIT, source__isnull=False, destination__isnull=True)
                | Q(genre=GenreMouvement.TRANSFERT, source__isnull=False, destination__isnull=False),
                name="mouvement_a_ses_bouts",
            ),
            models.CheckConstraint(condition=~Q(source=F("destination")), name="mouvement_entre_deux_enveloppes"),
            models.CheckConstraint(
                condition=Q(annule_le__isnull=True, annule_par__isnull=True, motif_annulation="")
                | Q(annule_le__isnull=False, annule_par__isnull=False) & ~Q(motif_annulation=""),
                name="mouvement_annule_avec_motif",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_genre_display()} : {self.bouts}"

    @property
    def bouts(self) -> str:
        """« Ville 2026 », « de Ville 2026 à Ville 2027 »."""
        if self.genre == GenreMouvement.TRANSFERT:
            return f"de {self.source} à {self.destination}"
        return str(self.source or self.destination)

    @property
    def est_annule(self) -> bool:
        return self.annule_le is not None


class DepassementEnveloppeQuerySet(models.QuerySet["DepassementEnveloppe"]):
    def en_vigueur(self) -> "DepassementEnveloppeQuerySet":
        """Those whose cause still stands: a movement that was cancelled explains nothing any more, but its cancelling may."""
        return self.filter(Q(mouvement=None) | Q(mouvement__annule_le=None) | Q(le__gte=F("mouvement__annule_le")))


class DepassementEnveloppe(models.Model):
    """Why one envelope was let go below zero, by how much in all on that day, and what took it there.

    The cause is one decision, one movement (made, or cancelled), or the publication of a meeting.
    """

    appel = models.ForeignKey(Appel, models.PROTECT, related_name="depassements")
    annee = models.PositiveSmallIntegerField("année civile")
    financeur = models.CharField("financeur", max_length=30, choices=Financeur)
    montant = models.DecimalField("dépassement (€)", max_digits=12, decimal_places=2)
    motif = models.TextField("motif")
    decision = models.ForeignKey(Decision, models.CASCADE, null=True, blank=True, related_name="depassements")
    mouvement = models.ForeignKey(
        MouvementEnveloppe, models.PROTECT, null=True, blank=True, related_name="depassements"
    )
    seance = models.ForeignKey(SeanceTroika, models.PROTECT, null=True, blank=True, related_name="depassements")
    le = models.DateTimeField("motivé le", default=timezone.now, editable=False)
    par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)

    objects = DepassementEnveloppeQuerySet.as_manager()

    class Meta:
        verbose_name = "dépassement d’enveloppe"
        verbose_name_plural = "dépassements d’enveloppes"
        ordering = ["-le", "-pk"]
        # The key too: the last ones of an envelope are read by the end of the index.
        indexes = [models.Index(fields=["appel", "annee", "financeur", "id"], name="depassement_dernier")]
        constraints = [
            models.CheckConstraint(condition=Q(montant__gt=0), name="depassement_positif"),
            models.CheckConstraint(condition=~Q(motif=""), name="depassement_a_un_motif"),
            models.CheckConstraint(
                condition=Q(decision__isnull=False, mouvement__isnull=True, seance__isnull=True)
                | Q(decision__isnull=True, mouvement__isnull=False, seance__isnull=True)
                | Q(decision__isnull=True, mouvement__isnull=True, seance__isnull=False),
                name="depassement_a_une_cause",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_financeur_display()} {self.annee} : {self.montant}"
