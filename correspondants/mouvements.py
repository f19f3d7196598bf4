"""Who stands in for whom, who was invited, who took over from whom: what moves in the directory, kept for ever."""

import secrets
from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from .enums import Role

# Held in person: the administration of the portal is not lent.
NON_SUPPLEES = frozenset({Role.ADMIN})


def nouveau_secret() -> str:
    return secrets.token_urlsafe(24)


class SuppleanceQuerySet(models.QuerySet["Suppleance"]):
    def en_vigueur(self) -> "SuppleanceQuerySet":
        return self.filter(annulee_le=None)

    def en_cours(self) -> "SuppleanceQuerySet":
        jour = timezone.localdate()
        return self.en_vigueur().filter(du__lte=jour, au__gte=jour)

    def a_venir(self) -> "SuppleanceQuerySet":
        """Neither cancelled nor over: running today, or still to come."""
        return self.en_vigueur().filter(au__gte=timezone.localdate())

    def pendant(self, du: date, au: date) -> "SuppleanceQuerySet":
        return self.en_vigueur().filter(du__lte=au, au__gte=du)


class Suppleance(models.Model):
    """An absence: between two days, both included, a colleague holds the roles of the absent person."""

    absent = models.ForeignKey(
        "correspondants.Correspondant", models.CASCADE, related_name="absences", verbose_name="personne absente"
    )
    suppleant = models.ForeignKey(
        "correspondants.Correspondant", models.CASCADE, related_name="suppleances", verbose_name="suppléant"
    )
    du = models.DateField("premier jour")
    au = models.DateField("dernier jour")
    motif = models.CharField("motif", max_length=200, blank=True, help_text="Facultatif. Les collègues le liront.")
    cree_le = models.DateTimeField("enregistrée le", auto_now_add=True)
    cree_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="enregistrée par"
    )
    annulee_le = models.DateTimeField("annulée le", null=True, blank=True)

    objects = SuppleanceQuerySet.as_manager()

    class Meta:
        verbose_name = "absence"
        ordering = ["-du", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(au__gte=F("du")), name="suppleance_dates_en_ordre"),
            models.CheckConstraint(condition=~Q(absent=F("suppleant")), name="suppleance_par_un_autre"),
        ]
        indexes = [models.Index(fields=["suppleant", "au"], name="suppleance_du_suppleant")]

    def __str__(self) -> str:
        return f"{self.absent}, du {self.du:%d/%m/%Y} au {self.au:%d/%m/%Y}"

    @property
    def est_en_cours(self) -> bool:
        return self.annulee_le is None and self.du <= timezone.localdate() <= self.au

    @property
    def est_a_venir(self) -> bool:
        return self.annulee_le is None and self.du > timezone.localdate()

    @property
    def est_annulable(self) -> bool:
        return self.annulee_le is None and self.au >= timezone.localdate()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def ouvertes(self) -> "InvitationQuerySet":
        """Those whose link still opens: neither used, nor revoked, nor too old."""
        limite = timezone.now() - timedelta(seconds=settings.DUREE_LIEN_INVITATION)
        return self.filter(acceptee_le=None, revoquee_le=None, cree_le__gt=limite)


class Invitation(models.Model):
    """A link sent to a person of the directory, who opens an account with it. It serves once."""

    correspondant = models.ForeignKey("correspondants.Correspondant", models.CASCADE, related_name="invitations")
    courriel = models.EmailField("envoyée à")
    secret = models.CharField("secret du lien", max_length=64, default=nouveau_secret, editable=False)
    cree_le = models.DateTimeField("envoyée le", auto_now_add=True)
    cree_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    acceptee_le = models.DateTimeField("acceptée le", null=True, blank=True)
    revoquee_le = models.DateTimeField("révoquée le", null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "invitation"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["correspondant"],
                condition=Q(acceptee_le=None, revoquee_le=None),
                name="invitation_une_seule_ouverte",
            )
        ]

    def __str__(self) -> str:
        return f"{self.courriel}, le {self.cree_le:%d/%m/%Y}"

    @property
    def expire_le(self) -> timezone.datetime:
        return self.cree_le + timedelta(seconds=settings.DUREE_LIEN_INVITATION)

    @property
    def est_ouverte(self) -> bool:
        return self.acceptee_le is None and self.revoquee_le is None and self.expire_le > timezone.now()


class Succession(models.Model):
    """One person took the post of another: what moved, when, by whose hand and why. Never written again."""

    poste = models.ForeignKey(
        "correspondants.Correspondant", models.PROTECT, related_name="successions", verbose_name="ligne quittée"
    )
    repris_par = models.ForeignKey(
        "correspondants.Correspondant", models.PROTECT, related_name="reprises", verbose_name="ligne qui reprend"
    )
    ancien_nom = models.CharField("ancienne personne", max_length=150, blank=True)
    ancien_courriel = models.EmailField("son courriel", blank=True)
    ancien_compte = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="son compte"
    )
    compte_ferme = models.BooleanField("son compte est fermé", default=False)
    nouveau_nom = models.CharField("nouvelle personne", max_length=150, blank=True)
    nouveau_courriel = models.EmailField("courriel de la nouvelle personne", blank=True)
    roles = models.JSONField("rôles transmis", default=list)
    mouvements = models.TextField("ce qui a changé", blank=True)
    motif = models.TextField("motif", blank=True)
    le = models.DateTimeField("le", auto_now_add=True)
    par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")

    class Meta:
        verbose_name = "succession"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.ancien_nom or self.ancien_courriel or self.poste} → {self.nouveau_nom or self.nouveau_courriel}"
