"""What the institutions say of a project: requests to complete it, opinions, meetings, voices, decisions."""

import secrets
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q

from correspondants.enums import AUTORITES, PILOTES, Role
from correspondants.models import Utilisateur

from ..dossier import question
from ..enums import SensAvis, SensDecision, Voix
from .appel import Appel
from .projet import Piece, Projet

DUREE_POINT = 10  # minutes on the agenda, until somebody says otherwise


class Depot(models.Model):
    """One deposit of a project: what it said then, and the Word file it came with."""

    projet = models.ForeignKey(Projet, models.CASCADE, related_name="depots")
    rang = models.PositiveSmallIntegerField("rang")
    donnees = models.JSONField("contenu")
    piece = models.ForeignKey(Piece, models.SET_NULL, null=True, blank=True, related_name="+")
    cree_le = models.DateTimeField("déposé le", auto_now_add=True)

    class Meta:
        verbose_name = "dépôt"
        ordering = ["projet", "-rang"]
        constraints = [models.UniqueConstraint(fields=["projet", "rang"], name="depot_unique")]

    def __str__(self) -> str:
        return f"{self.projet} (dépôt {self.rang})"


class DemandeComplements(models.Model):
    """The coordinator's questions on one deposit; closed by the next deposit."""

    projet = models.ForeignKey(Projet, models.CASCADE, related_name="demandes_complements")
    message = models.TextField("message", blank=True)
    par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    donnees_avant = models.JSONField("contenu au moment de la demande")
    cree_le = models.DateTimeField("demandée le", auto_now_add=True)
    close_le = models.DateTimeField("close le", null=True, blank=True)

    class Meta:
        verbose_name = "demande de compléments"
        verbose_name_plural = "demandes de compléments"
        ordering = ["projet", "-pk"]

    def __str__(self) -> str:
        return f"{self.projet} : {self.champs.count()} champ(s)"


class ChampACompleter(models.Model):
    """One field the coordinator points at, and why."""

    demande = models.ForeignKey(DemandeComplements, models.CASCADE, related_name="champs")
    champ = models.CharField("question", max_length=60)
    motif = models.TextField("ce qu’il faut corriger")

    class Meta:
        verbose_name = "champ à compléter"
        verbose_name_plural = "champs à compléter"
        ordering = ["demande", "pk"]

    def __str__(self) -> str:
        return f"{self.champ} : {self.motif}"

    @property
    def libelle(self) -> str:
        return question(self.champ).libelle


def nouveau_secret() -> str:
    return secrets.token_urlsafe(24)


class AvisIENQuerySet(models.QuerySet["AvisIEN"]):
    def en_vigueur(self) -> "AvisIENQuerySet":
        return self.filter(remplace=False)

    def attendus(self) -> "AvisIENQuerySet":
        return self.en_vigueur().filter(rendu_le=None)

    def visibles_par(self, utilisateur: Utilisateur) -> "AvisIENQuerySet":
        """Requests addressed to an authority that the person holds."""
        return self.filter(autorite__in=AUTORITES & utilisateur.roles)


class AvisIEN(models.Model):
    """Opinion of one authority on the school-time part of a project: IEN (1er degré), Éducation nationale (2nd degré)."""

    projet = models.ForeignKey(Projet, models.CASCADE, related_name="avis_ien")
    autorite = models.CharField(
        "autorité", max_length=20, choices=[(role.value, role.label) for role in Role if role in AUTORITES]
    )
    empreinte = models.CharField("empreinte de la partie scolaire", max_length=64)
    demande_le = models.DateTimeField("demandé le", auto_now_add=True)
    rendu_le = models.DateTimeField("rendu le", null=True, blank=True)
    sens = models.CharField("avis", max_length=20, choices=SensAvis, blank=True)
    motif = models.TextField("motif", blank=True)
    par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    par_lien = models.BooleanField("rendu par le lien du courriel", default=False)
    secret = models.CharField("secret du lien", max_length=64, default=nouveau_secret, editable=False)
    remplace = models.BooleanField("remplacé", default=False)

    objects = AvisIENQuerySet.as_manager()

    class Meta:
        verbose_name = "avis sur le temps scolaire"
        verbose_name_plural = "avis sur le temps scolaire"
        ordering = ["projet", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["projet", "autorite"], condition=Q(remplace=False), name="avis_unique"),
            models.CheckConstraint(
                condition=Q(rendu_le=None, sens="") | Q(rendu_le__isnull=False, sens__in=SensAvis.values),
                name="avis_rendu_a_un_sens",
            ),
            models.CheckConstraint(
                condition=~Q(sens__in=[SensAvis.RESERVE, SensAvis.DEFAVORABLE]) | ~Q(motif=""),
                name="avis_reserve_a_un_motif",
            ),
        ]
        indexes = [models.Index(fields=["autorite", "rendu_le"], name="avis_autorite")]

    def __str__(self) -> str:
        return f"{self.get_autorite_display()} · {self.get_sens_display() or 'attendu'}"

    @property
    def est_rendu(self) -> bool:
        return self.rendu_le is not None


class SeanceTroikaQuerySet(models.QuerySet["SeanceTroika"]):
    def ouvertes(self) -> "SeanceTroikaQuerySet":
        """Meetings whose decisions are not published: projects can still be put on their agenda."""
        return self.filter(publiee_le=None)


class SeanceTroika(models.Model):
    """One meeting of the three pilots."""

    appel = models.ForeignKey(Appel, models.PROTECT, related_name="seances")
    date = models.DateTimeField("date et heure")
    lieu = models.CharField("lieu", max_length=200, blank=True)
    notes = models.TextField("notes", blank=True)
    autres_presents = models.TextField("autres présents", blank=True)
    projets = models.ManyToManyField(Projet, through="PointOrdreDuJour", related_name="seances")
    publiee_le = models.DateTimeField("décisions publiées le", null=True, blank=True, editable=False)
    publiee_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    objects = SeanceTroikaQuerySet.as_manager()

    class Meta:
        verbose_name = "séance de la troïka"
        verbose_name_plural = "séances de la troïka"
        ordering = ["-date", "-pk"]

    def __str__(self) -> str:
        return f"Troïka du {self.date:%d/%m/%Y}"

    @property
    def est_ouverte(self) -> bool:
        return self.publiee_le is None


class PointOrdreDuJour(models.Model):
    """One project on the agenda of one meeting."""

    seance = models.ForeignKey(SeanceTroika, models.CASCADE, related_name="points")
    projet = models.ForeignKey(Projet, models.CASCADE, related_name="points")
    rang = models.PositiveSmallIntegerField("rang", default=0)
    duree_minutes = models.PositiveSmallIntegerField("durée prévue, en minutes", default=DUREE_POINT)
    notes = models.TextField("notes de séance", blank=True)
    notes_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    notes_le = models.DateTimeField("notes modifiées le", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "point de l’ordre du jour"
        verbose_name_plural = "points de l’ordre du jour"
        ordering = ["seance", "rang", "pk"]
        constraints = [models.UniqueConstraint(fields=["seance", "projet"], name="point_unique")]

    def __str__(self) -> str:
        return f"{self.seance} · {self.projet}"


class AvisTroika(models.Model):
    """The voice of one pilot on one point of the agenda."""

    point = models.ForeignKey(PointOrdreDuJour, models.CASCADE, related_name="voix")
    pilote = models.CharField(
        "pilote", max_length=30, choices=[(role.value, role.label) for role in Role if role in PILOTES]
    )
    voix = models.CharField("voix", max_length=20, choices=Voix)
    motif = models.TextField("motif", blank=True)
    par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    saisie_pour = models.BooleanField("saisie par un autre que le pilote", default=False)
    modifie_le = models.DateTimeField("donnée le", auto_now=True)

    class Meta:
        verbose_name = "voix de la troïka"
        verbose_name_plural = "voix de la troïka"
        ordering = ["point", "pilote"]
        constraints = [models.UniqueConstraint(fields=["point", "pilote"], name="voix_unique")]

    def __str__(self) -> str:
        return f"{self.get_pilote_display()} : {self.get_voix_display()}"


class Decision(models.Model):
    """What the troïka decided on one point; pending, and unseen by the porteur, until the meeting is published."""

    point = models.OneToOneField(PointOrdreDuJour, models.CASCADE, related_name="decision")
    sens = models.CharField("décision", max_length=20, choices=SensDecision)
    motif = models.TextField("motif", blank=True, help_text="Obligatoire pour un ajournement ou un refus.")
    reserves = models.TextField("réserves", blank=True)
    hors_temps_scolaire = models.BooleanField("validé hors temps scolaire seulement", default=False)
    justification_depassement = models.TextField("justification du dépassement d’une enveloppe", blank=True)
    publiee = models.BooleanField("publiée", default=False, editable=False)
    par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    modifiee_le = models.DateTimeField("enregistrée le", auto_now=True)

    class Meta:
        verbose_name = "décision"
        ordering = ["point"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(sens__in=[SensDecision.AJOURNE, SensDecision.REFUSE]) | ~Q(motif=""),
                name="decision_negative_a_un_motif",
            ),
            models.CheckConstraint(
                condition=~Q(sens=SensDecision.RESERVES) | ~Q(reserves=""), name="decision_reserves_ecrites"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.point.projet} : {self.get_sens_display()}"

    @property
    def total_accorde(self) -> Decimal:
        return sum((montant.montant for montant in self.montants.all()), Decimal(0))
