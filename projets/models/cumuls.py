"""Kept sums: which projects are to be counted again, what each Exercice counts for, and the sums themselves.

Nothing here is the truth of anything: all of it is worked out again from the projects (``manage.py cumuls --refaire``). No
foreign key: a row must outlive what it was counted from, to be taken off the sums.
"""

from django.db import models


class ARecompter(models.Model):
    """A mark left by a trigger: what this row belongs to changed. Inserted and deleted, never updated, the same one as often
    as it comes: no two transactions ever wait for each other here."""

    class Genre(models.TextChoices):
        PROJET = "projet"
        EXERCICE = "exercice"
        BILAN = "bilan"
        DECISION = "decision"
        TOUT = "tout"  # every project; with ``cle`` 1, from nothing

    genre = models.CharField("genre", max_length=10, choices=Genre)
    cle = models.BigIntegerField("clé", default=0)

    class Meta:
        verbose_name = "somme à recompter"
        verbose_name_plural = "sommes à recompter"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.genre} {self.cle}"


class FaitExercice(models.Model):
    """What one Exercice counts for in the sums as they are now (``faits.Fait``, in JSON), and what some lists find it by:
    nothing that ``contenu`` does not say."""

    exercice = models.BigIntegerField("exercice", primary_key=True)
    projet = models.BigIntegerField("projet")
    annee = models.PositiveSmallIntegerField("année civile", default=0, db_default=0)
    depose_le = models.DateTimeField("projet déposé le", null=True)
    appel = models.BigIntegerField("appel", default=0, db_default=0)
    # Of a granted Exercice: deposited, accepted, or (``faits.DU``) owed by a project that is not closed.
    bilan = models.CharField("bilan", max_length=20, blank=True, default="", db_default="")
    suivi = models.BooleanField("une année suit", default=False, db_default=False)
    renvoye = models.BooleanField("renvoyé", default=False, db_default=False)
    prolonge_au = models.DateField("bilan à remettre désormais le", null=True)
    coordination = models.CharField("coordination", max_length=30, blank=True, default="", db_default="")
    statut = models.CharField("statut du projet", max_length=20, blank=True, default="", db_default="")
    # Granted by a published decision; something is left to pay, or nothing is; its revised budget is awaited; cents to give back.
    finance = models.BooleanField("financé", default=False, db_default=False)
    a_payer = models.BooleanField("à verser", default=False, db_default=False)
    solde = models.BooleanField("tout est versé", default=False, db_default=False)
    budget = models.BooleanField("budget révisé attendu", default=False, db_default=False)
    a_rendre = models.BooleanField("somme à rendre", default=False, db_default=False)
    du = models.BigIntegerField("à rendre (centimes)", default=0, db_default=0)
    contenu = models.TextField("ce qu’il compte")
    DES_LISTES = (
        "annee", "depose_le", "appel", "bilan", "suivi", "renvoye", "prolonge_au", "coordination", "statut", "finance",
        "a_payer", "solde", "budget", "a_rendre", "du",
    )  # fmt: skip
    DES_VERSEMENTS = ("finance", "a_payer", "solde", "budget", "a_rendre")

    class Meta:
        verbose_name = "fait d’un exercice"
        verbose_name_plural = "faits des exercices"
        ordering = ["exercice"]
        indexes = [
            # All that a count of the bilans of some projects asks.
            models.Index(
                fields=["projet", "bilan", "annee", "appel", "suivi", "renvoye", "prolonge_au"], name="fait_projet"
            ),
            models.Index(fields=["annee", "depose_le", "projet"], name="fait_annee_depot"),
            models.Index(fields=["bilan", "annee", "depose_le", "exercice"], name="fait_bilan_annee"),
            # All that the desk asks of late bilans.
            models.Index(
                fields=[
                    "bilan",
                    "coordination",
                    "statut",
                    "annee",
                    "exercice",
                    "projet",
                    "appel",
                    "suivi",
                    "prolonge_au",
                ],
                name="fait_bureau",
            ),
            # The list of payments in its order, one index for each state: few are left to pay.
            *(
                models.Index(
                    fields=["annee", "depose_le", "exercice"], name=f"fait_{nom}", condition=models.Q(**{nom: True})
                )
                for nom in ("finance", "a_payer", "solde", "budget", "a_rendre")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exercice}"


# The sums of a cell, in this order wherever they are written as a list. Integers, for SQLite adds decimals up as floats: euros
# are in cents, ``rendu`` in millionths.
SOMMES = (
    "projets", "valides", "demande", "accorde", "enfants", "parents", "partenaires", "en_qpv", "scolaire", "filles", "garcons",
    "parents_touches", "professionnels", "depense", "en_attente", "paye", "justifiable", "rendu", "du",
)  # fmt: skip


class Cumul(models.Model):
    """One cell: the sums of a civil year over the projects of ``portee`` that have ``cle`` on ``axe`` (``faits.cellules``)."""

    annee = models.PositiveSmallIntegerField("année civile")
    portee = models.CharField("portée", max_length=60, blank=True)
    axe = models.CharField("axe", max_length=20)
    cle = models.CharField("clé", max_length=80, blank=True)
    projets = models.BigIntegerField(default=0)
    valides = models.BigIntegerField(default=0)
    demande = models.BigIntegerField(default=0)
    accorde = models.BigIntegerField(default=0)
    enfants = models.BigIntegerField(default=0)
    parents = models.BigIntegerField(default=0)
    partenaires = models.BigIntegerField(default=0)
    en_qpv = models.BigIntegerField(default=0)
    scolaire = models.BigIntegerField(default=0)
    filles = models.BigIntegerField(default=0)
    garcons = models.BigIntegerField(default=0)
    parents_touches = models.BigIntegerField(default=0)
    professionnels = models.BigIntegerField(default=0)
    depense = models.BigIntegerField(default=0)
    en_attente = models.BigIntegerField(default=0)
    paye = models.BigIntegerField(default=0)
    justifiable = models.BigIntegerField(default=0)
    rendu = models.BigIntegerField(default=0)
    du = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        ordering = ["portee", "axe", "annee", "cle"]
        constraints = [models.UniqueConstraint(fields=["portee", "axe", "annee", "cle"], name="cumul_unique")]
        indexes = [
            # All that a count of the structures with a granted project asks: thousands of cells a year.
            models.Index(
                fields=["portee", "annee"], name="cumul_structures", condition=models.Q(axe="structure", valides__gt=0)
            )
        ]

    def __str__(self) -> str:
        return f"{self.annee} {self.portee} {self.axe} {self.cle}"
