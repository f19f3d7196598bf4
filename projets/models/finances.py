"""Money by civil year: the Exercices of a project, their budget lines, equipment, and amounts granted."""

import calendar
from datetime import date
from decimal import Decimal

from django.db import connection, models
from django.db.models import Q, Sum

from ..dossier import Dossier
from ..enums import Financeur, GenreBilan, GenrePiece
from .appel import Appel
from .comptes import Compte
from .projet import Piece, Projet, borner


def echeance(appel: Appel, annee: int, genre: GenreBilan) -> date:
    """Day a bilan is due: the call's day of December N, or the legal delay after the end of the civil year."""
    if genre == GenreBilan.INTERMEDIAIRE:
        mois = appel.bilan_intermediaire_mois
        return date(annee, mois, min(appel.bilan_intermediaire_jour, calendar.monthrange(annee, mois)[1]))
    annees, mois = divmod(appel.bilan_definitif_mois - 1, 12)
    annee, mois = annee + 1 + annees, mois + 1
    return date(annee, mois, calendar.monthrange(annee, mois)[1])


def echeance_prolongee(reguliere: date, jusqu_au: date | None) -> date:
    """The day a bilan is due once new dates were accepted; an extension never brings it forward."""
    return max(reguliere, jusqu_au) if jusqu_au else reguliere


class ExerciceQuerySet(models.QuerySet["Exercice"]):
    def avec_accorde(self) -> "ExerciceQuerySet":
        """Adds ``accorde``: euros granted by published decisions."""
        return self.annotate(
            accorde=Sum(
                "montants_accordes__montant",
                filter=Q(montants_accordes__decision__publiee=True),
                default=Decimal(0),
            )
        )

    def finances(self) -> "ExerciceQuerySet":
        """Those a published decision granted money to: they owe a bilan."""
        return self.filter(montants_accordes__decision__publiee=True, montants_accordes__montant__gt=0).distinct()


class Exercice(models.Model):
    """One civil year of a project's budget, in euros TTC."""

    projet = models.ForeignKey(Projet, models.CASCADE, related_name="exercices")
    annee = models.PositiveSmallIntegerField("année civile")
    montant_demande = models.DecimalField("montant demandé (€)", max_digits=12, decimal_places=2, default=Decimal(0))

    objects = ExerciceQuerySet.as_manager()

    class Meta:
        ordering = ["projet", "annee"]
        constraints = [models.UniqueConstraint(fields=["projet", "annee"], name="exercice_unique")]
        indexes = [models.Index(fields=["annee"], name="exercice_annee")]

    def __str__(self) -> str:
        return f"{self.projet.numero} / {self.annee}"

    @classmethod
    def annees_connues(cls, *, deposes: bool = False, aussi: type[models.Model] | None = None) -> tuple[int, ...]:
        """Civil years with a budget (of a deposited project), the latest first. ``aussi``: and those of the rows of a model."""
        with connection.cursor() as curseur:
            curseur.execute(cls.requete_des_annees(deposes=deposes, aussi=aussi))
            return tuple(annee for (annee,) in curseur.fetchall())

    @classmethod
    def requete_des_annees(cls, *, deposes: bool = False, aussi: type[models.Model] | None = None) -> str:
        """The query of ``annees_connues``, of one column ``n``: some looks at an index for each year, not one for each budget."""
        table, projet = cls._meta.db_table, Projet._meta.db_table
        un_depose = (
            # One of them, not whether there are any: PostgreSQL would read them all to answer for every year at once.
            f" AND (SELECT 1 FROM {table} e JOIN {projet} p ON p.id = e.projet_id"  # noqa: S608 -- our own tables
            " WHERE e.annee = a.n AND p.depose_le IS NOT NULL LIMIT 1) = 1"
        )
        autres = f" UNION SELECT annee FROM {aussi._meta.db_table}" if aussi else ""  # noqa: S608
        return (
            f"WITH RECURSIVE a(n) AS (SELECT MAX(annee) FROM {table} UNION ALL"  # noqa: S608
            f" SELECT (SELECT MAX(annee) FROM {table} WHERE annee < a.n) FROM a WHERE a.n IS NOT NULL)"
            f" SELECT n FROM a WHERE n IS NOT NULL{un_depose if deposes else ''}{autres} ORDER BY n DESC"
        )

    @property
    def est_dernier(self) -> bool:
        """Whether the project ends with this civil year (its bilan is then the definitive one)."""
        return not any(autre.annee > self.annee for autre in self.projet.exercices.all())

    @property
    def genre_bilan(self) -> GenreBilan:
        """« un bilan financier pour l’année N et un bilan définitif pour l’année N+1 »."""
        return GenreBilan.DEFINITIF if self.est_dernier else GenreBilan.INTERMEDIAIRE

    @property
    def echeance_bilan(self) -> date:
        reguliere = echeance(self.projet.appel, self.annee, self.genre_bilan)
        return echeance_prolongee(reguliere, self.prolonge_au)

    @property
    def prolonge_au(self) -> date | None:
        """New due date of its bilan, when the coordination accepted new dates of the action."""
        bilan = getattr(self, "bilan", None)
        return bilan.prolonge_au if bilan else None

    @property
    def justificatifs(self) -> "models.QuerySet[Piece]":
        """Proofs joined to its bilan, in the order they came."""
        return self.pieces.filter(genre=GenrePiece.JUSTIFICATIF).order_by("pk")

    @property
    def bilans_en_word(self) -> "models.QuerySet[Piece]":
        """The porteur's own Word files of its bilan, the last first."""
        return self.pieces.filter(genre=GenrePiece.BILAN).select_related("exercice__bilan").order_by("-pk")

    @property
    def montant_accorde(self) -> Decimal:
        """Euros granted by the published decision, all funders together."""
        return self.montants_accordes.filter(decision__publiee=True).aggregate(
            total=Sum("montant", default=Decimal(0))
        )["total"]

    @classmethod
    def remplacer(cls, projet: Projet, dossier: Dossier) -> None:
        """Rows of a Dossier; exercices that money was granted to are kept as they are even if the file drops them."""
        annees = [annee for annee in dossier.annees if 1900 <= annee <= 9999]
        projet.exercices.exclude(annee__in=annees).filter(montants_accordes=None).delete()
        comptes = set(Compte.objects.values_list("code", flat=True))
        for annee in annees:
            demande = borner(dossier.montant_demande(annee))
            exercice, _ = cls.objects.update_or_create(
                projet=projet, annee=annee, defaults={"montant_demande": demande}
            )
            exercice.lignes.all().delete()
            LigneBudget.objects.bulk_create(
                LigneBudget(
                    exercice=exercice,
                    compte_id=ligne.compte if ligne.compte in comptes else None,
                    sens=sens,
                    detail=ligne.detail,
                    montant=borner(dossier.montant(ligne, annee)),
                    rang=rang,
                )
                for sens, lignes in ((Compte.Sens.CHARGE, dossier.charges), (Compte.Sens.PRODUIT, dossier.produits))
                for rang, ligne in enumerate(lignes)
                if dossier.montant(ligne, annee)
            )


class LigneBudget(models.Model):
    """One planned amount of one Exercice, in euros TTC."""

    exercice = models.ForeignKey(Exercice, models.CASCADE, related_name="lignes")
    compte = models.ForeignKey(
        Compte, models.PROTECT, to_field="code", null=True, blank=True, related_name="+", verbose_name="compte"
    )
    sens = models.CharField("sens", max_length=10, choices=Compte.Sens)
    detail = models.TextField("précisions", blank=True)
    montant = models.DecimalField("montant (€)", max_digits=12, decimal_places=2)
    rang = models.PositiveSmallIntegerField("rang")

    class Meta:
        verbose_name = "ligne de budget"
        verbose_name_plural = "lignes de budget"
        ordering = ["exercice", "sens", "rang"]

    def __str__(self) -> str:
        return f"{self.compte_id} {self.montant}"


class Materiel(models.Model):
    """Equipment of a project; the price is per unit, HT (the call's cap is « 500 € HT l’unité »)."""

    projet = models.ForeignKey(Projet, models.CASCADE, related_name="materiels")
    designation = models.TextField("désignation", blank=True)
    quantite = models.PositiveIntegerField("quantité", null=True)
    prix_unitaire_ht = models.DecimalField("prix unitaire HT (€)", max_digits=12, decimal_places=2, null=True)
    annee = models.PositiveSmallIntegerField("année d’achat", null=True)

    class Meta:
        verbose_name = "matériel"
        ordering = ["projet", "pk"]

    def __str__(self) -> str:
        return self.designation

    @classmethod
    def remplacer(cls, projet: Projet, dossier: Dossier) -> None:
        projet.materiels.all().delete()
        cls.objects.bulk_create(
            cls(
                projet=projet,
                designation=prevu.designation,
                quantite=None if prevu.quantite is None else max(0, min(prevu.quantite, 1_000_000)),
                prix_unitaire_ht=borner(prevu.prix_unitaire_ht),
                annee=prevu.annee if prevu.annee and 1900 <= prevu.annee <= 9999 else None,
            )
            for prevu in dossier.materiels
        )


class MontantAccordeQuerySet(models.QuerySet["MontantAccorde"]):
    def publies(self) -> "MontantAccordeQuerySet":
        return self.filter(decision__publiee=True)


class MontantAccorde(models.Model):
    """Euros that one funder gives one Exercice, by one Decision."""

    decision = models.ForeignKey("projets.Decision", models.CASCADE, related_name="montants")
    exercice = models.ForeignKey(Exercice, models.PROTECT, related_name="montants_accordes")
    financeur = models.CharField("financeur", max_length=30, choices=Financeur)
    montant = models.DecimalField("montant accordé (€)", max_digits=12, decimal_places=2)

    objects = MontantAccordeQuerySet.as_manager()

    class Meta:
        verbose_name = "montant accordé"
        verbose_name_plural = "montants accordés"
        ordering = ["exercice", "financeur"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "exercice", "financeur"], name="montant_accorde_unique"),
            models.CheckConstraint(condition=Q(montant__gte=0), name="montant_accorde_positif"),
        ]

    def __str__(self) -> str:
        return f"{self.exercice} {self.get_financeur_display()} {self.montant}"
