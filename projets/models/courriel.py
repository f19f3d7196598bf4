"""The outbox: one row per mail and recipient, written in the transaction of the event it tells."""

from django.db import models
from django.db.models import Q

from cite_educative.journalisation import requete_a_retenir
from correspondants.enums import COORDINATEURS, PILOTES, Role
from correspondants.models import Utilisateur

from ..enums_portail import EtatCourriel, RaisonEchec
from .projet import Projet


class CourrielQuerySet(models.QuerySet["Courriel"]):
    def visibles_par(self, utilisateur: Utilisateur) -> "CourrielQuerySet":
        """The mails of the projects that a person may open; of one's own project, nothing that is for the services.

        A digest speaks of many projects: it belongs to whoever received it, and to the administration.
        """
        # The services see what is deposited: each mail's project is asked, rather than all of them gathered.
        siens = (
            Q(projet__depose_le__isnull=False) | Q(projet__porteur=utilisateur)
            if utilisateur.a_role(*COORDINATEURS, *PILOTES, Role.OBSERVATEUR, Role.ADMIN)
            else Q(projet__in=Projet.objects.visibles_par(utilisateur))
        )
        if utilisateur.a_role(Role.ADMIN):
            siens |= Q(projet=None)
        return self.filter(siens).exclude(pour_services=True, projet__porteur=utilisateur)

    def en_attente(self) -> "CourrielQuerySet":
        return self.filter(etat=EtatCourriel.A_ENVOYER)

    def en_echec(self) -> "CourrielQuerySet":
        return self.filter(etat=EtatCourriel.ECHEC)


class Courriel(models.Model):
    """One mail to one person. ``cle`` names the event and the recipient: the same event never writes twice."""

    cle = models.CharField("clé", max_length=200, unique=True, editable=False)
    gabarit = models.CharField("gabarit", max_length=60)
    projet = models.ForeignKey(Projet, models.CASCADE, null=True, blank=True, related_name="courriels")
    destinataire = models.EmailField("destinataire")
    pour_services = models.BooleanField("réservé aux services", default=False)
    objet = models.CharField("objet", max_length=250)
    texte = models.TextField("texte")
    html = models.TextField("html", blank=True)
    etat = models.CharField("état", max_length=20, choices=EtatCourriel, default=EtatCourriel.A_ENVOYER)
    tentatives = models.PositiveSmallIntegerField("tentatives", default=0)
    prochain_essai_le = models.DateTimeField("prochain essai le", null=True, blank=True)
    envoye_le = models.DateTimeField("envoyé le", null=True, blank=True)
    raison = models.CharField("raison", max_length=20, choices=RaisonEchec, blank=True)
    erreur = models.TextField("dernière erreur", blank=True)
    recapitulatif = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="regroupes", verbose_name="récapitulatif"
    )
    renvoi_de = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="renvois", verbose_name="renvoi de"
    )
    cree_le = models.DateTimeField("créé le", auto_now_add=True)
    requete = models.CharField(
        "requête d’origine", max_length=64, blank=True, default=requete_a_retenir, db_default="", editable=False
    )

    objects = CourrielQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["etat", "-id"], name="courriel_etat"),
            models.Index(fields=["prochain_essai_le"], condition=Q(etat="a_envoyer"), name="courriel_a_envoyer"),
            models.Index(fields=["destinataire"], condition=Q(etat="a_regrouper"), name="courriel_a_regrouper"),
        ]

    def __str__(self) -> str:
        return f"{self.objet} → {self.destinataire}"
