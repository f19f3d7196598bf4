"""Long exports that somebody asked for: prepared by the worker, kept some days, given back by a view that checks rights."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from cite_educative.journalisation import requete_a_retenir

from ..enums_portail import EtatExport


def chemin_export(demande: "ExportDemande", nom: str) -> str:
    """A path nobody guesses, of its own for each attempt: a worker given up for dead never writes over the next one's."""
    return f"exports/{demande.jeton.hex}-{demande.tentatives}{nom[nom.rfind('.') :][:6]}"


class ExportDemandeQuerySet(models.QuerySet["ExportDemande"]):
    def visibles_par(self, utilisateur: object) -> "ExportDemandeQuerySet":
        """One's own: a link that is passed on opens nothing."""
        return self.filter(par=utilisateur) if utilisateur.is_authenticated else self.none()


class ExportDemande(models.Model):
    """One file asked for. ``jeton`` is its address; ``reserve_jusqu_a`` the moment its worker is given up for dead."""

    jeton = models.UUIDField("jeton", default=uuid.uuid4, unique=True, editable=False)
    genre = models.CharField("genre", max_length=30)
    parametres = models.JSONField("paramètres", default=dict)
    nom = models.CharField("nom du fichier", max_length=150)
    etat = models.CharField("état", max_length=20, choices=EtatExport, default=EtatExport.DEMANDE)
    progression = models.PositiveSmallIntegerField("progression (%)", default=0)
    tentatives = models.PositiveSmallIntegerField("tentatives", default=0)
    reserve_jusqu_a = models.DateTimeField("réservé jusqu’à", null=True, blank=True)
    fichier = models.FileField("fichier", upload_to=chemin_export, blank=True)
    taille = models.PositiveBigIntegerField("taille (octets)", default=0)
    erreur = models.TextField("erreur", blank=True)
    par = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exports")
    cree_le = models.DateTimeField("demandé le", auto_now_add=True)
    requete = models.CharField(
        "requête d’origine", max_length=64, blank=True, default=requete_a_retenir, db_default="", editable=False
    )
    fini_le = models.DateTimeField("fini le", null=True, blank=True)
    expire_le = models.DateTimeField("gardé jusqu’au", null=True, blank=True)

    objects = ExportDemandeQuerySet.as_manager()

    class Meta:
        verbose_name = "export demandé"
        verbose_name_plural = "exports demandés"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(etat=EtatExport.PRET) | ~Q(fichier=""), name="export_pret_a_un_fichier")
        ]
        indexes = [
            models.Index(
                fields=["etat", "reserve_jusqu_a"], condition=Q(etat__in=["demande", "en_cours"]), name="export_a_faire"
            )
        ]

    def __str__(self) -> str:
        return self.nom

    @property
    def est_fini(self) -> bool:
        return self.etat in (EtatExport.PRET, EtatExport.ECHEC, EtatExport.EXPIRE)
