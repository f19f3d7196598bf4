"""What the institutions say of a project: requests to complete it, opinions, meetings, voices, decisions."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.functional import cached_property

from correspondants.enums import AUTORITES, PILOTES, Role
from correspondants.models import Correspondant, Utilisateur

from ..dossier import Dossier, question
from ..enums import EtatEchange, SensAvis, SensDecision, Voix
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

    @cached_property
    def dossier(self) -> Dossier:
        """What it said, read once."""
        return Dossier.depuis_json(self.donnees)


class DemandeComplements(models.Model):
    """The coordinator's questions on one deposit; closed by the next deposit."""

    projet = models.ForeignKey(Projet, models.CASCADE, related_name="demandes_complements")
    message = models.TextField("message", blank=True)
    par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    donnees_avant = models.JSONField("contenu au moment de la demande")
    cree_le = models.DateTimeField("demandée le", auto_now_add=True)
    attendue_le = models.DateField("réponse souhaitée avant le", null=True, blank=True)
    close_le = models.DateTimeField("close le", null=True, blank=True)

    class Meta:
        verbose_name = "demande de compléments"
        verbose_name_plural = "demandes de compléments"
        ordering = ["projet", "-pk"]

    def __str__(self) -> str:
        return f"{self.projet} : {self.champs.count()} champ(s)"


class ChampACompleter(models.Model):
    """One field the coordinator points at, and why; the exchange on it is closed by the coordinator."""

    demande = models.ForeignKey(DemandeComplements, models.CASCADE, related_name="champs")
    champ = models.CharField("question", max_length=60)
    motif = models.TextField("ce qu’il faut corriger")
    reponse = models.TextField("réponse du porteur", blank=True)
    resolu_le = models.DateTimeField("close le", null=True, blank=True)
    resolu_par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "champ à compléter"
        verbose_name_plural = "champs à compléter"
        ordering = ["demande", "pk"]

    def __str__(self) -> str:
        return f"{self.champ} : {self.motif}"

    @property
    def libelle(self) -> str:
        return question(self.champ).libelle

    def etat(self, redemandes: Collection[str] = ()) -> EtatEchange:
        """``redemandes``: questions asked again since."""
        if self.resolu_le:
            return EtatEchange.CLOS
        if self.champ in redemandes:
            return EtatEchange.REDEMANDE
        return EtatEchange.A_RELIRE if self.demande.close_le else EtatEchange.ATTENDU


def nouveau_secret() -> str:
    return secrets.token_urlsafe(24)


def fin_du_lien() -> datetime:
    """When a link sent now stops opening anything."""
    return timezone.now() + timedelta(seconds=settings.DUREE_LIEN_AVIS)


class AvisIENQuerySet(models.QuerySet["AvisIEN"]):
    def en_vigueur(self) -> "AvisIENQuerySet":
        return self.filter(remplace=False)

    def attendus(self) -> "AvisIENQuerySet":
        return self.en_vigueur().filter(rendu_le=None)

    def visibles_par(self, utilisateur: Utilisateur) -> "AvisIENQuerySet":
        """Requests addressed to an authority that the person holds: to her or to an absent colleague she replaces, to nobody
        in particular, or to who left.

        Never about one's own project: nobody judges oneself.
        """
        lignes = Correspondant.objects.filter(Q(pk__in=sorted(utilisateur.lignes)) | Q(actif=False)).order_by()
        return self.filter(
            Q(correspondant=None) | Q(correspondant__in=lignes.values("pk")),
            autorite__in=sorted(AUTORITES & utilisateur.roles),
        ).exclude(
            projet__in=Projet.objects.filter(porteur=utilisateur.pk).order_by()
        )  # no join: a project's row is heavy


class AvisIEN(models.Model):
    """Opinion of one authority on the school-time part of a project: IEN (1er degré), Éducation nationale (2nd degré)."""

    projet = models.ForeignKey(Projet, models.CASCADE, related_name="avis_ien")
    autorite = models.CharField(
        "autorité", max_length=20, choices=[(role.value, role.label) for role in Role if role in AUTORITES]
    )
    correspondant = models.ForeignKey(
        Correspondant,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="adressé à",
        help_text="Vide : à toutes les personnes qui ont ce rôle.",
    )
    empreinte = models.CharField("empreinte de la partie scolaire", max_length=64)
    # The interventions the opinion is about, as they were asked (temps_scolaire.PartieDemandee).
    partie = models.JSONField("partie scolaire demandée", default=list, blank=True, editable=False)
    depot = models.ForeignKey(
        Depot, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="version du dossier lue"
    )
    demande_le = models.DateTimeField("demandé le", default=timezone.now)
    rendu_le = models.DateTimeField("rendu le", null=True, blank=True)
    sens = models.CharField("avis", max_length=20, choices=SensAvis, blank=True)
    motif = models.TextField("motif", blank=True)
    par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    par_lien = models.BooleanField("rendu par le lien du courriel", default=False)
    delegation = models.ForeignKey(
        "DelegationAvis", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="rendu sur délégation"
    )
    secret = models.CharField("secret du lien", max_length=64, default=nouveau_secret, editable=False)
    lien_envoye_le = models.DateTimeField("lien envoyé le", default=timezone.now, editable=False)
    lien_expire_le = models.DateTimeField("lien valable jusqu’au", default=fin_du_lien, editable=False)
    lien_revoque_le = models.DateTimeField("lien révoqué le", null=True, blank=True, editable=False)
    remplace = models.BooleanField("remplacé", default=False)
    corrige_le = models.DateTimeField(
        "corrigé par son auteur le", null=True, blank=True, help_text="Cet avis remplacé l’a été par une correction."
    )

    objects = AvisIENQuerySet.as_manager()

    class Meta:
        verbose_name = "avis sur le temps scolaire"
        verbose_name_plural = "avis sur le temps scolaire"
        ordering = ["projet", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["projet", "autorite"],
                condition=Q(remplace=False, correspondant=None),
                name="avis_unique",
            ),
            models.UniqueConstraint(
                fields=["projet", "autorite", "correspondant"],
                condition=Q(remplace=False, correspondant__isnull=False),
                name="avis_unique_par_correspondant",
            ),
            models.CheckConstraint(
                condition=Q(rendu_le=None, sens="") | Q(rendu_le__isnull=False, sens__in=SensAvis.values),
                name="avis_rendu_a_un_sens",
            ),
            models.CheckConstraint(
                condition=~Q(sens__in=[SensAvis.RESERVE, SensAvis.DEFAVORABLE]) | ~Q(motif=""),
                name="avis_reserve_a_un_motif",
            ),
        ]
        indexes = [
            # The last two for counting without the rows, which are heavy.
            models.Index(fields=["autorite", "rendu_le", "correspondant", "projet"], name="avis_autorite"),
            models.Index(fields=["sens", "autorite", "rendu_le", "correspondant", "projet"], name="avis_sens"),
            models.Index(fields=["demande_le"], name="avis_attendu", condition=Q(rendu_le=None, remplace=False)),
            models.Index(
                fields=["autorite", "demande_le", "correspondant", "projet"],
                name="avis_attendu_de",
                condition=Q(rendu_le=None, remplace=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_autorite_display()} · {self.get_sens_display() or 'attendu'}"

    @property
    def est_rendu(self) -> bool:
        return self.rendu_le is not None

    @property
    def nom_autorite(self) -> str:
        """The authority asked, with the name of its line in the directory when the school named one."""
        role = self.get_autorite_display()
        return f"{role}, {self.correspondant}" if self.correspondant_id else role

    @property
    def rendu_par(self) -> str:
        """Who gave the opinion, as it is said to the services and to the authority; empty when nobody did."""
        if self.delegation_id:
            return f"{self.delegation.nom}, sur délégation de {self.nom_autorite}"
        if not self.est_rendu:
            return ""
        return f"{self.nom_autorite}, par le lien du courriel" if self.par_lien else str(self.par or self.nom_autorite)

    @property
    def lien_ouvert(self) -> bool:
        return self.lien_revoque_le is None and timezone.now() < self.lien_expire_le


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
    # For the calendars of those who sit: a program replaces what it has by what has a greater sequence.
    sequence = models.PositiveSmallIntegerField("fois déplacée", default=0, db_default=0, editable=False)
    modifiee_le = models.DateTimeField(
        "date ou lieu modifiés le", default=timezone.now, db_default=Now(), editable=False
    )
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

    def clean(self) -> None:
        """The workflow is the door; whoever would write here by another one is told the same."""
        if self.projet_id and AvisIEN.objects.attendus().filter(projet=self.projet_id).exists():
            raise ValidationError("La troïka ne peut pas traiter ce projet avant le retour de tous les avis demandés.")


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
        # Few wait for a publication, among all that were ever taken.
        indexes = [models.Index(fields=["id"], name="decision_en_attente", condition=Q(publiee=False))]

    def __str__(self) -> str:
        return f"{self.point.projet} : {self.get_sens_display()}"

    @property
    def total_accorde(self) -> Decimal:
        return sum((montant.montant for montant in self.montants.all()), Decimal(0))
