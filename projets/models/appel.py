"""The call as data: texts, tree, parcours, options, accounts, envelopes. Everything local lives here, nothing in the code."""

from contextlib import suppress
from decimal import Decimal
from typing import ClassVar

from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.signals import post_delete, post_save
from django.utils.functional import cached_property

from correspondants.enums import NaturePorteur
from correspondants.models import Etablissement, Quartier

from ..enums import AppreciationIndicateur, Financeur, IssueAction, Reconduction, Temps
from ..etalement import Periode, lire_periode
from ..questionnaire import Option, Referentiel
from ..valeurs import ValeurIllisible

FRAICHEUR_DU_REFERENTIEL = 30  # seconds, for what another process changed


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
    logo = models.FileField("logo de la cité", upload_to="identite/", blank=True)

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

        Eleven short queries, once per instance, and once per process and half-minute: ``oublier_les_referentiels`` is called
        by whatever changes the call from this process.
        """
        return self._referentiel

    @cached_property
    def _referentiel(self) -> Referentiel:
        cle = f"referentiel:{self.pk}"
        connu = caches["memoire"].get(cle) if self.pk else None
        if connu is None or connu[0] != self._dit():
            connu = (self._dit(), self._lire_le_referentiel())
            caches["memoire"].set(cle, connu, FRAICHEUR_DU_REFERENTIEL)
        return connu[1]

    def _dit(self) -> tuple[object, ...]:
        """What the Referentiel says of this very row: another one is read again."""
        return (
            self.code,
            self.titre,
            self.cite,
            self.version_formulaire,
            self.plafond_materiel_ht,
            self.phrase_communication,
            tuple(self.logos),
        )

    def _lire_le_referentiel(self) -> Referentiel:
        comptes = list(Compte.objects.all())
        return Referentiel(
            appel=self.code,
            titre=self.titre,
            cite=self.cite,
            version=self.version_formulaire,
            plafond_materiel_ht=self.plafond_materiel_ht,
            vacances=self.vacances,
            phrase_communication=self.phrase_communication,
            texte_logos=", ".join(self.logos),
            degres=dict(Etablissement.objects.values_list("code", "degre")),
            listes={
                "natures": tuple(Option(nature.value, nature.label) for nature in NaturePorteur),
                "reconductions": tuple(Option(choix.value, choix.label) for choix in Reconduction),
                "temps": tuple(Option(temps.value, temps.label) for temps in Temps),
                "issues": tuple(Option(issue.value, issue.label) for issue in IssueAction),
                "appreciations": tuple(Option(choix.value, choix.label) for choix in AppreciationIndicateur),
                "objectifs": tuple(
                    Option(o.code, o.libelle, (str(o.enjeu.thematique), str(o.enjeu)))
                    for o in Objectif.objects.filter(enjeu__thematique__appel=self).select_related("enjeu__thematique")
                ),
                "parcours": self._options(Parcours),
                "orientations": self._options(Orientation),
                "transversalites": self._options(Transversalite),
                "dispositifs": self._options(Dispositif),
                "tranches_age": self._options(TrancheAge),
                "quartiers": tuple(Option(q.code, q.nom) for q in Quartier.objects.all()),
                "etablissements": tuple(Option(e.code, e.nom) for e in Etablissement.objects.all()),
                "comptes_charges": tuple(c.option for c in comptes if c.sens == Compte.Sens.CHARGE),
                "comptes_produits": tuple(c.option for c in comptes if c.sens == Compte.Sens.PRODUIT),
                "comptes": tuple(c.option for c in comptes),
            },
        )

    def _options(self, modele: type["ElementAppel"]) -> tuple[Option, ...]:
        return tuple(
            Option(element.code, element.libelle, aide=element.description)
            for element in modele.objects.filter(appel=self)
        )


class ParCode(models.Manager[models.Model]):
    """Finds an element of the call by the code of the call and its own."""

    def __init__(self, chemin_appel: str = "appel") -> None:
        super().__init__()
        self.chemin_appel = chemin_appel

    def get_by_natural_key(self, appel: str, code: str) -> models.Model:
        return self.get(**{f"{self.chemin_appel}__code": appel, "code": code})


class Thematique(models.Model):
    """First level of the tree (« conforter le rôle de l’école »…)."""

    appel = models.ForeignKey(Appel, models.CASCADE, related_name="thematiques")
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

    appel = models.ForeignKey(Appel, models.CASCADE, related_name="%(class)ss")
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

    appel = models.ForeignKey(Appel, models.CASCADE, related_name="parcours")

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


class CompteManager(models.Manager["Compte"]):
    def get_by_natural_key(self, code: str) -> "Compte":
        return self.get(code=code)


class Compte(models.Model):
    """One line of the budget's vocabulary (plan comptable, as in the Cerfa 12156), from ``fixtures/comptes.json``."""

    class Sens(models.TextChoices):
        CHARGE = "charge", "Charges"
        PRODUIT = "produit", "Produits"

    code = models.CharField("code", max_length=30, unique=True)
    classe = models.CharField(
        "classe", max_length=10, help_text="60 à 69, 86, 70 à 79, 87 ; vide hors plan comptable.", blank=True
    )
    titre_classe = models.CharField("titre de la classe", max_length=200)
    libelle = models.CharField("libellé", max_length=200)
    sens = models.CharField("sens", max_length=10, choices=Sens)
    ordre = models.PositiveSmallIntegerField("ordre")

    objects = CompteManager()

    class Meta:
        verbose_name = "compte"
        ordering = ["sens", "ordre"]

    def __str__(self) -> str:
        return self.libelle

    def natural_key(self) -> tuple[str]:
        return (self.code,)

    @property
    def option(self) -> Option:
        titre = f"{self.classe} {self.titre_classe}".strip()
        return Option(self.code, self.libelle, (titre,))


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


def oublier_les_referentiels(**_: object) -> None:
    """Receiver of whatever saves or deletes a row that a Referentiel is made of."""
    for pk in Appel.objects.values_list("pk", flat=True):
        caches["memoire"].delete(f"referentiel:{pk}")


SOURCES_DU_REFERENTIEL = (
    Compte, Objectif, Enjeu, Thematique, Parcours, Orientation, Transversalite, Dispositif, TrancheAge, Quartier,
    Etablissement,
)  # fmt: skip
for _modele in SOURCES_DU_REFERENTIEL:
    post_save.connect(oublier_les_referentiels, sender=_modele)
    post_delete.connect(oublier_les_referentiels, sender=_modele)
