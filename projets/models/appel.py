"""The call as data: texts, tree, parcours, options, accounts, envelopes. Everything local lives here, nothing in the code."""

from contextlib import suppress
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property

from ..enums import Financeur
from ..etalement import Periode, lire_periode
from ..questionnaire import Referentiel
from ..valeurs import ValeurIllisible
from . import referentiels


class AppelManager(models.Manager["Appel"]):
    def courant(self) -> "Appel":
        """The edition under which projects are deposited now. Appel.DoesNotExist when none is loaded."""
        return self.get(courant=True)

    def get_by_natural_key(self, code: str) -> "Appel":
        return self.get(code=code)


class Appel(models.Model):
    """One edition of the call. Amounts in euros, dates of bilans as day and month of the civil year they are due in."""

    code = models.SlugField("code", unique=True)
    titre = models.CharField("titre", max_length=200)
    cite = models.CharField("nom de la cité éducative", max_length=200)
    commune = models.CharField("commune", max_length=100, blank=True)
    courant = models.BooleanField("appel courant", default=False, help_text="Un seul appel reçoit les dépôts.")
    presentation = models.TextField("présentation")
    grands_enjeux = models.JSONField("grands enjeux", default=list, blank=True)
    convergences = models.TextField("dispositifs convergents", blank=True)
    texte_depot = models.TextField("le dépôt des projets")
    texte_financement = models.TextField("le financement")
    finance_oui = models.JSONField(
        "ce qui est financé", null=True, blank=True, help_text="Une phrase par ligne, pour la page de l’appel."
    )
    finance_non = models.JSONField(
        "ce qui ne l’est pas",
        null=True,
        blank=True,
        help_text="De même. Le plafond du matériel s’y ajoute de lui-même.",
    )
    depots_jusqu_au = models.DateField(
        "dernier jour de dépôt",
        null=True,
        blank=True,
        help_text="Dit au public ; passé ce jour, un brouillon ne se dépose plus. Vide : toute l’année, au fil de l’eau.",
    )
    texte_communication = models.TextField("la communication")
    plafond_materiel_ht = models.DecimalField("plafond du matériel (€ HT l’unité)", max_digits=10, decimal_places=2)
    vacances_scolaires = models.JSONField(
        "vacances scolaires",
        null=True,
        blank=True,
        help_text="Une période par ligne, premier et dernier jours sans classe : 17/10/2026 au 01/11/2026. Elles servent à "
        "répartir un budget d’année scolaire au prorata des semaines de classe ; sans elles, toutes les semaines comptent.",
    )
    phrase_communication = models.TextField("phrase de communication")
    phrase_avec_partenaires = models.TextField(
        "la même phrase, avec les partenaires du projet",
        blank=True,
        db_default="",
        default="",
        help_text="« {partenaires} » est remplacé par leurs noms. Vide : la phrase de communication sert telle quelle.",
    )
    phrase_sans_partenaires = models.TextField(
        "la même phrase, pour un projet sans partenaire", blank=True, db_default="", default=""
    )
    logos = models.JSONField("logos demandés", default=list, blank=True)
    autorisation_image = models.TextField("autorisation de captation et d’utilisation de l’image", blank=True)
    autorisation_image_annees = models.PositiveSmallIntegerField("durée de l’autorisation (années)", default=5)
    adresses_retrait = models.JSONField("adresses pour retirer son autorisation", default=list, blank=True)
    bilan_intermediaire_mois = models.PositiveSmallIntegerField("mois du bilan intermédiaire (année N)", default=12)
    bilan_intermediaire_jour = models.PositiveSmallIntegerField("jour du bilan intermédiaire", default=15)
    bilan_definitif_mois = models.PositiveSmallIntegerField(
        "délai du bilan définitif (mois)",
        default=6,
        help_text="Après la fin de l’exercice : six mois par la loi (arrêté du 11 octobre 2006).",
    )
    seuil_ecart = models.DecimalField(
        "écart à expliquer dans un bilan (%)", max_digits=5, decimal_places=2, default=Decimal(10)
    )
    seuil_ecart_euros = models.DecimalField(
        "… et, en plus, au-delà de (€)",
        max_digits=10,
        decimal_places=2,
        default=Decimal(0),
        db_default=Decimal(0),
        help_text="Un écart s’explique quand il dépasse les deux seuils. 0 : le pourcentage seul compte.",
    )
    version_formulaire = models.CharField("version du formulaire Word", max_length=20, default="1")
    logo = models.FileField("logo de la cité", upload_to="identite/", blank=True, editable=False)  # before ``Identite``

    objects = AppelManager()

    class Meta:
        verbose_name = "appel à projets"
        verbose_name_plural = "appels à projets"
        ordering = ["-courant", "code"]
        constraints = [
            models.UniqueConstraint(fields=["courant"], condition=models.Q(courant=True), name="un_seul_appel_courant"),
            models.CheckConstraint(condition=models.Q(plafond_materiel_ht__gt=0), name="plafond_materiel_positif"),
            models.CheckConstraint(condition=models.Q(seuil_ecart_euros__gte=0), name="seuil_ecart_euros_positif"),
        ]

    def __str__(self) -> str:
        return self.titre

    def natural_key(self) -> tuple[str]:
        return (self.code,)

    @property
    def depots_clos(self) -> bool:
        """Whether the last day of deposits is over. The call has none by default: one deposits all the year."""
        return self.depots_jusqu_au is not None and self.depots_jusqu_au < timezone.localdate()

    def clean(self) -> None:
        if not 1 <= self.bilan_intermediaire_mois <= 12 or not 1 <= self.bilan_intermediaire_jour <= 31:
            raise ValidationError({"bilan_intermediaire_jour": "Écrivez un jour et un mois qui existent."})
        try:
            for ligne in self.vacances_scolaires or ():
                lire_periode(ligne)
        except ValeurIllisible as illisible:
            raise ValidationError({"vacances_scolaires": illisible.message}) from illisible

    @property
    def vacances(self) -> tuple[Periode, ...]:
        """Holidays of the schools, first and last days; what cannot be read (a fixture) is left out, no page falls for it."""
        periodes = []
        for ligne in self.vacances_scolaires or ():
            with suppress(ValeurIllisible):
                periodes.append(lire_periode(ligne))
        return tuple(periodes)

    def referentiel(self) -> Referentiel:
        """Everything the questions need from this call, as plain frozen data.

        One query, once per instance, and once per process and half-minute (``referentiels``).
        """
        return self._referentiel

    @cached_property
    def _referentiel(self) -> Referentiel:
        return referentiels.de_l_appel(self)


class EnveloppeManager(models.Manager["Enveloppe"]):
    def get_by_natural_key(self, appel: str, annee: int, financeur: str) -> "Enveloppe":
        return self.get(appel__code=appel, annee=annee, financeur=financeur)


class Enveloppe(models.Model):
    """What one funder votes for one civil year, in euros."""

    appel = models.ForeignKey(Appel, models.CASCADE, related_name="enveloppes")
    annee = models.PositiveSmallIntegerField("année civile")
    financeur = models.CharField("financeur", max_length=30, choices=Financeur)
    montant = models.DecimalField("montant voté (€)", max_digits=12, decimal_places=2)

    objects = EnveloppeManager()

    class Meta:
        ordering = ["-annee", "financeur"]
        constraints = [
            models.UniqueConstraint(fields=["appel", "annee", "financeur"], name="enveloppe_unique"),
            models.CheckConstraint(condition=models.Q(montant__gte=0), name="enveloppe_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.get_financeur_display()} {self.annee}"

    def natural_key(self) -> tuple[str, int, str]:
        return (self.appel.code, self.annee, self.financeur)
