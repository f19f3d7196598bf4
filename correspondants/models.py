"""People and organisations: accounts, directory with roles, structures, schools, quartiers. Knows nothing of projets."""

import unicodedata
from functools import cached_property
from typing import ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from .enums import COORDINATEURS, Degre, NaturePorteur, Role


class UtilisateurManager(BaseUserManager["Utilisateur"]):
    """Accounts are found by e-mail, in any case."""

    def get_by_natural_key(self, email: str) -> "Utilisateur":
        return self.get(email__iexact=email)

    def create_user(self, email: str, password: str | None = None, **champs: object) -> "Utilisateur":
        if not email:
            raise ValueError("Une adresse électronique est nécessaire.")
        utilisateur = self.model(email=self.normalize_email(email).lower(), **champs)
        utilisateur.set_password(password)
        utilisateur.save(using=self._db)
        return utilisateur

    def create_superuser(self, email: str, password: str | None = None, **champs: object) -> "Utilisateur":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **champs)


class Utilisateur(AbstractUser):
    """An account, known by its e-mail address. What it may do comes from the roles of its line in the directory."""

    username = None
    first_name = None
    last_name = None
    email = models.EmailField("adresse électronique", unique=True)
    nom = models.CharField("prénom et nom", max_length=150, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UtilisateurManager()

    class Meta:
        verbose_name = "compte"
        ordering = ["email"]
        constraints = [models.UniqueConstraint(Lower("email"), name="utilisateur_email_unique")]

    def __str__(self) -> str:
        return self.nom or self.email

    def get_full_name(self) -> str:
        return str(self)

    @cached_property
    def roles(self) -> frozenset[str]:
        """Roles held through the directory; a superuser is also an admin. Read once per request."""
        roles = set(
            Habilitation.objects.filter(correspondant__utilisateur=self, correspondant__actif=True).values_list(
                "role", flat=True
            )
        )
        if self.is_superuser:
            roles.add(Role.ADMIN)
        return frozenset(roles)

    def a_role(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)


class CorrespondantQuerySet(models.QuerySet["Correspondant"]):
    def actifs(self) -> "CorrespondantQuerySet":
        return self.filter(actif=True)

    def annuaire(self) -> "CorrespondantQuerySet":
        """Lines printed in the directory, in the order of the call."""
        return self.actifs().filter(dans_annuaire=True).prefetch_related("habilitations")

    def ayant_role(self, *roles: str) -> "CorrespondantQuerySet":
        return self.actifs().filter(habilitations__role__in=roles).distinct()

    def get_by_natural_key(self, code: str) -> "Correspondant":
        return self.get(code=code)


class Correspondant(models.Model):
    """One line of the correspondents' table of the call; the name may be empty (a post to be filled)."""

    code = models.SlugField("code", unique=True)
    nom = models.CharField("prénom et nom", max_length=150, blank=True)
    fonction = models.TextField("structure et fonctions", help_text="Une fonction par ligne, comme dans l’appel.")
    telephone = models.CharField("téléphone", max_length=30, blank=True)
    courriel = models.EmailField("courriel", blank=True)
    ordre = models.PositiveSmallIntegerField("ordre", default=0)
    actif = models.BooleanField("actif", default=True)
    dans_annuaire = models.BooleanField("visible dans l’annuaire", default=True)
    utilisateur = models.OneToOneField(
        Utilisateur, models.SET_NULL, null=True, blank=True, related_name="correspondant", verbose_name="compte"
    )

    objects = CorrespondantQuerySet.as_manager()

    class Meta:
        ordering = ["ordre", "pk"]

    def __str__(self) -> str:
        return self.nom or self.titre

    def natural_key(self) -> tuple[str]:
        return (self.code,)

    @property
    def titre(self) -> str:
        """First line of the functions, as the table prints it."""
        return self.fonction.splitlines()[0] if self.fonction else ""


class HabilitationManager(models.Manager["Habilitation"]):
    def get_by_natural_key(self, code: str, role: str) -> "Habilitation":
        return self.get(correspondant__code=code, role=role)


class Habilitation(models.Model):
    """One role held by one line of the directory."""

    correspondant = models.ForeignKey(Correspondant, models.CASCADE, related_name="habilitations")
    role = models.CharField("rôle", max_length=30, choices=Role)

    objects = HabilitationManager()

    class Meta:
        verbose_name = "habilitation"
        ordering = ["correspondant", "role"]
        constraints = [models.UniqueConstraint(fields=["correspondant", "role"], name="habilitation_unique")]

    def __str__(self) -> str:
        return f"{self.correspondant} · {self.get_role_display()}"

    def natural_key(self) -> tuple[str, str]:
        return (self.correspondant.code, self.role)

    natural_key.dependencies = ["correspondants.correspondant"]


class RegleRoutageManager(models.Manager["RegleRoutage"]):
    def get_by_natural_key(self, nature: str) -> "RegleRoutage":
        return self.get(nature=nature)


class RegleRoutage(models.Model):
    """Which coordination receives the projects of one kind of porteur (« Le dépôt des projets »)."""

    nature = models.CharField("nature du porteur", max_length=20, choices=NaturePorteur, unique=True)
    role = models.CharField(
        "coordination", max_length=30, choices=[(role.value, role.label) for role in Role if role in COORDINATEURS]
    )
    correspondants = models.ManyToManyField(
        Correspondant, blank=True, related_name="+", verbose_name="à qui envoyer, comme l’appel le dit"
    )

    objects = RegleRoutageManager()

    class Meta:
        verbose_name = "règle de routage"
        verbose_name_plural = "règles de routage"
        ordering = ["nature"]

    def __str__(self) -> str:
        return f"{self.get_nature_display()} → {self.get_role_display()}"

    def natural_key(self) -> tuple[str]:
        return (self.nature,)


def cle_de_nom(nom: str) -> str:
    """A name reduced to what identifies it: no accent, case, punctuation or extra space (« École J.-Macé » → « ecole j mace »)."""
    decompose = unicodedata.normalize("NFKD", nom.replace("œ", "oe").replace("Œ", "oe"))
    lettres = "".join(c if c.isalnum() else " " for c in decompose if not unicodedata.combining(c))
    return " ".join(lettres.lower().split())


class Structure(models.Model):
    """The organisation that carries projects: school, town service, association, partner, private body."""

    nom = models.CharField("nom", max_length=200)
    cle = models.CharField("clé de rapprochement", max_length=200, editable=False, db_index=True)
    nature = models.CharField("nature", max_length=20, choices=NaturePorteur)
    siret = models.CharField("SIRET", max_length=14, blank=True, db_index=True)
    rna = models.CharField("RNA", max_length=10, blank=True)
    uai = models.CharField("UAI", max_length=8, blank=True)
    adresse = models.CharField("adresse", max_length=300, blank=True)
    code_postal = models.CharField("code postal", max_length=10, blank=True)
    commune = models.CharField("commune", max_length=100, blank=True)
    personne_physique = models.BooleanField(
        "personne physique",
        default=False,
        help_text="Entrepreneur individuel, particulier : jamais publié dans les données ouvertes.",
    )

    class Meta:
        ordering = ["nom", "pk"]

    def __str__(self) -> str:
        return self.nom

    def save(self, *args: object, **kwargs: object) -> None:
        self.cle = cle_de_nom(self.nom)[:200]
        super().save(*args, **kwargs)


class EtablissementQuerySet(models.QuerySet["Etablissement"]):
    def get_by_natural_key(self, code: str) -> "Etablissement":
        return self.get(code=code)


class Etablissement(models.Model):
    """A school, collège or lycée of the cité éducative. ``niveau`` is its level on the plan of the call (1, 2, 3)."""

    code = models.SlugField("code", unique=True)
    nom = models.CharField("nom", max_length=200)
    degre = models.CharField("degré", max_length=10, choices=Degre)
    niveau = models.PositiveSmallIntegerField("niveau de la cité éducative", null=True, blank=True)
    uai = models.CharField("UAI", max_length=8, blank=True)
    commune = models.CharField("commune", max_length=100, blank=True)
    ordre = models.PositiveSmallIntegerField("ordre", default=0)

    objects = EtablissementQuerySet.as_manager()

    class Meta:
        verbose_name = "établissement"
        ordering = ["ordre", "nom"]

    def __str__(self) -> str:
        return self.nom

    def natural_key(self) -> tuple[str]:
        return (self.code,)


PREMIER_DEGRE = ("ecole", "maternelle", "elementaire", "primaire", "groupe scolaire", "rpi")
SECOND_DEGRE = ("college", "lycee", "erea", "segpa", "micro lycee", "micro college")


def degre_de(nom: str) -> Degre | None:
    """Level told by the name of a school that the directory does not know; None when the name does not say."""
    cle = f" {cle_de_nom(nom)} "
    if any(f" {mot}" in cle for mot in SECOND_DEGRE):
        return Degre.SECOND
    if any(f" {mot}" in cle for mot in PREMIER_DEGRE):
        return Degre.PREMIER
    return None


class QuartierQuerySet(models.QuerySet["Quartier"]):
    def get_by_natural_key(self, code: str) -> "Quartier":
        return self.get(code=code)


class Quartier(models.Model):
    """A priority neighbourhood (QPV) in one geography or in both (2014, quartiers 2030)."""

    code = models.SlugField("code", unique=True)
    nom = models.CharField("nom", max_length=200)
    geographie_2014 = models.BooleanField("géographie 2014", default=False)
    geographie_2030 = models.BooleanField("géographie « quartiers 2030 »", default=False)
    ordre = models.PositiveSmallIntegerField("ordre", default=0)

    objects = QuartierQuerySet.as_manager()

    class Meta:
        verbose_name = "quartier prioritaire"
        verbose_name_plural = "quartiers prioritaires"
        ordering = ["ordre", "nom"]

    def __str__(self) -> str:
        return self.nom

    def natural_key(self) -> tuple[str]:
        return (self.code,)
