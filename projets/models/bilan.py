"""The report on one civil year of a granted project: texts, planned and done amounts, indicators (Cerfa 15059)."""

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from correspondants.enums import COORDINATEURS, PILOTES, Role
from correspondants.models import Utilisateur

from ..dossier import CLASSES_VOLONTAIRES, COMPTE_DEMANDE
from ..dossier_bilan import SUBVENTION, ChargeRendue, DossierBilan, IndicateurRendu, ProduitRendu, pourcentage
from ..enums import AppreciationIndicateur, GenreBilan, IssueAction, StatutBilan
from .comptes import Compte
from .finances import Exercice, echeance, echeance_prolongee

# What the porteur answers in one box each; the names are those of ``DossierBilan`` and of the web form.
CHAMPS_SAISIS = (
    "issue", "nouveau_debut", "nouvelle_fin", "realisation", "dates_et_lieux", "resultats", "difficultes",
    "filles", "garcons", "parents", "professionnels",
    "explication_ecarts", "observations", "communication_faite", "certifie", "signataire",
)  # fmt: skip


class BilanQuerySet(models.QuerySet["Bilan"]):
    def visibles_par(self, utilisateur: Utilisateur) -> "BilanQuerySet":
        """Porteur: those of one's projects. Services: those that have been deposited at least once."""
        siens = Q(exercice__projet__porteur=utilisateur)
        if utilisateur.a_role(*COORDINATEURS, *PILOTES, Role.OBSERVATEUR, Role.ADMIN):
            return self.filter(siens | ~Q(depose_le=None))
        return self.filter(siens)

    def deposes(self) -> "BilanQuerySet":
        return self.exclude(depose_le=None)


class Bilan(models.Model):
    """Report on one Exercice; « attendu » is not stored: it is a granted Exercice without a deposited Bilan."""

    exercice = models.OneToOneField(Exercice, models.CASCADE, related_name="bilan")
    genre = models.CharField("genre", max_length=20, choices=GenreBilan)
    statut = models.CharField(
        "statut", max_length=20, choices=StatutBilan, default=StatutBilan.BROUILLON, editable=False
    )
    issue = models.CharField("l’action a été", max_length=20, choices=IssueAction, default=IssueAction.REALISEE)
    nouveau_debut = models.DateField("nouvelle date de début", null=True, blank=True)
    nouvelle_fin = models.DateField("nouvelle date de fin", null=True, blank=True)
    realisation = models.TextField("ce qui a été fait", blank=True)
    dates_et_lieux = models.TextField("dates et lieux", blank=True)
    resultats = models.TextField("objectifs atteints et résultats", blank=True)
    difficultes = models.TextField("difficultés rencontrées et suites", blank=True)
    filles = models.PositiveIntegerField("filles", null=True, blank=True)
    garcons = models.PositiveIntegerField("garçons", null=True, blank=True)
    parents = models.PositiveIntegerField("parents", null=True, blank=True)
    professionnels = models.PositiveIntegerField("professionnels", null=True, blank=True)
    explication_ecarts = models.TextField("explication des écarts", blank=True)
    observations = models.TextField("observations", blank=True)
    communication_faite = models.BooleanField(
        "les logos et la phrase demandés figurent sur les supports", default=False
    )
    certifie = models.BooleanField("je certifie exactes les informations de ce bilan", default=False)
    signataire = models.CharField("nom et qualité du signataire", max_length=200, blank=True)
    # What the reading of the porteur's own file had to say, and what it changed: until it has been looked at.
    lecture = models.JSONField("remarques de lecture", default=dict, blank=True, editable=False)
    motif_retour = models.TextField("ce qu’il faut compléter", blank=True, editable=False)
    cree_le = models.DateTimeField("créé le", auto_now_add=True)
    depose_le = models.DateTimeField("déposé le", null=True, blank=True, editable=False)
    accepte_le = models.DateTimeField("accepté le", null=True, blank=True, editable=False)
    accepte_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    # The new dates that the coordination accepted, and the day the bilan is then due.
    prolonge_debut = models.DateField("nouvelles dates acceptées, début", null=True, blank=True, editable=False)
    prolonge_fin = models.DateField("nouvelles dates acceptées, fin", null=True, blank=True, editable=False)
    prolonge_au = models.DateField("bilan à remettre désormais le", null=True, blank=True, editable=False)
    prolonge_le = models.DateTimeField("nouvelles dates acceptées le", null=True, blank=True, editable=False)
    prolonge_par = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    objects = BilanQuerySet.as_manager()

    class Meta:
        ordering = ["-exercice__annee", "-pk"]
        indexes = [models.Index(fields=["statut", "depose_le"], name="bilan_statut_depot")]
        constraints = [
            models.CheckConstraint(
                condition=Q(prolonge_le=None, prolonge_debut=None, prolonge_fin=None, prolonge_au=None)
                | Q(
                    prolonge_le__isnull=False,
                    prolonge_debut__isnull=False,
                    prolonge_fin__gte=F("prolonge_debut"),
                    prolonge_au__gte=F("prolonge_fin"),
                ),
                name="bilan_prolonge_en_entier",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_genre_display()} {self.exercice.annee} · {self.exercice.projet}"

    @property
    def se_remplit(self) -> bool:
        """Whether it is in the hands of its porteur."""
        return self.statut in (StatutBilan.BROUILLON, StatutBilan.A_COMPLETER)

    @property
    def echeance(self) -> date:
        reguliere = echeance(self.exercice.projet.appel, self.exercice.annee, GenreBilan(self.genre))
        return echeance_prolongee(reguliere, self.prolonge_au)

    @property
    def attend_la_suite(self) -> bool:
        """New dates were accepted, and the action is not told yet: nothing is reproached to the porteur."""
        return self.statut == StatutBilan.A_COMPLETER and not self.motif_retour

    def lignes_de(self, sens: str) -> "list[LigneBilan]":
        """Lines of one side in the order of the accounts, as every table of the bilan shows them."""
        siennes = (ligne for ligne in self.lignes_lues if ligne.sens == sens)
        return sorted(siennes, key=lambda ligne: (ligne.compte.ordre, ligne.rang, ligne.pk))

    @property
    def lignes_lues(self) -> "list[LigneBilan]":
        """Every line with its account: those that were read with the bilan, else read now."""
        lues = getattr(self, "_prefetched_objects_cache", {}).get("lignes")
        return list(self.lignes.select_related("compte") if lues is None else lues)

    @property
    def contenu(self) -> DossierBilan:
        """What the bilan says now, as its Word form says it. A line that was added has no planned amount."""
        projet = self.exercice.projet
        propres = {nom: getattr(self, nom) for nom in CHAMPS_SAISIS}
        charges, produits = self.lignes_de(Compte.Sens.CHARGE), self.lignes_de(Compte.Sens.PRODUIT)
        return DossierBilan(
            numero=projet.numero or "",
            titre=projet.titre,
            structure=str(projet.structure or ""),
            annee=self.exercice.annee,
            indicateurs=tuple(
                IndicateurRendu(i.libelle, i.cible, i.resultat, i.appreciation) for i in self.indicateurs.all()
            ),
            charges=tuple(ChargeRendue(x.compte_id, x.detail, x.prevu or None, x.realise) for x in charges),
            produits=tuple(ProduitRendu(x.compte_id, x.detail, x.prevu or None, x.realise) for x in produits),
            **propres,
        )

    def total(self, sens: str, quoi: str) -> Decimal:
        """Cash total of ``prevu`` or ``realise`` for charges or produits, voluntary contributions left out."""
        return sum(
            (
                getattr(ligne, quoi) or Decimal(0)
                for ligne in self.lignes.all()
                if ligne.sens == sens and not ligne.est_volontaire
            ),
            Decimal(0),
        )

    @property
    def reste_a_rendre(self) -> Decimal:
        """Euros granted beyond what the action finally needed: done charges less the other done resources.

        Everything when nothing was done; nothing yet while new dates are asked.
        """
        return self.reste_a_rendre_sur(self.exercice.montant_accorde)

    def reste_a_rendre_sur(self, accorde: Decimal) -> Decimal:
        """The same, of what is granted when it was read already."""
        if self.issue in (IssueAction.NON_REALISEE, IssueAction.REPORTEE):
            return accorde if self.issue == IssueAction.NON_REALISEE else Decimal(0)
        autres = sum(
            (
                ligne.realise or Decimal(0)
                for ligne in self.lignes.all()
                if ligne.sens == Compte.Sens.PRODUIT and not ligne.est_volontaire and not ligne.est_subvention_cite
            ),
            Decimal(0),
        )
        return min(accorde, max(Decimal(0), accorde + autres - self.total(Compte.Sens.CHARGE, "realise")))


class LigneBilan(models.Model):
    """Planned and done amounts of one account, in euros TTC; the gap is theirs, never stored."""

    bilan = models.ForeignKey(Bilan, models.CASCADE, related_name="lignes")
    compte = models.ForeignKey(Compte, models.PROTECT, to_field="code", related_name="+")
    sens = models.CharField("sens", max_length=10, choices=Compte.Sens)
    detail = models.TextField("précisions", blank=True)
    prevu = models.DecimalField("prévu (€)", max_digits=12, decimal_places=2, default=Decimal(0))
    realise = models.DecimalField("réalisé (€)", max_digits=12, decimal_places=2, null=True, blank=True)
    rang = models.PositiveSmallIntegerField("rang", default=0)

    class Meta:
        verbose_name = "ligne de bilan"
        verbose_name_plural = "lignes de bilan"
        ordering = ["bilan", "sens", "rang", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(realise=None) | Q(realise__gte=0), name="realise_positif"),
        ]

    def __str__(self) -> str:
        return f"{self.compte_id} {self.prevu} / {self.realise}"

    @property
    def libelle(self) -> str:
        """The account in words, once money was granted."""
        return SUBVENTION if self.est_subvention_cite else self.compte.libelle

    @property
    def est_volontaire(self) -> bool:
        return self.compte_id.startswith(CLASSES_VOLONTAIRES)

    @property
    def est_subvention_cite(self) -> bool:
        return self.compte_id == COMPTE_DEMANDE

    @property
    def ecart(self) -> Decimal | None:
        """Done less planned, in euros; None while nothing is written."""
        return None if self.realise is None else self.realise - self.prevu

    @property
    def ecart_pourcentage(self) -> Decimal | None:
        """Gap in % of what was planned, one decimal; None when nothing was planned."""
        return pourcentage(self.ecart, self.prevu)


class IndicateurBilan(models.Model):
    """Target and result of one indicator of the project."""

    bilan = models.ForeignKey(Bilan, models.CASCADE, related_name="indicateurs")
    libelle = models.TextField("indicateur")
    cible = models.TextField("cible", blank=True)
    resultat = models.TextField("résultat", blank=True)
    appreciation = models.CharField(
        "appréciation", max_length=20, choices=AppreciationIndicateur, blank=True, db_default=""
    )
    rang = models.PositiveSmallIntegerField("rang", default=0)

    class Meta:
        verbose_name = "indicateur de bilan"
        verbose_name_plural = "indicateurs de bilan"
        ordering = ["bilan", "rang", "pk"]

    def __str__(self) -> str:
        return self.libelle
