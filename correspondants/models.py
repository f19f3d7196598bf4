"""People and organisations: accounts, directory with roles, structures, schools, quartiers. Knows nothing of projets."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, cached_property
from typing import ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from cite_educative.preparees import Preparee

from .enums import COORDINATEURS, PILOTES, NaturePorteur, Role
from .lieux import Etablissement, Quartier, Structure, cle_de_nom, degre_de
from .mouvements import NON_SUPPLEES, Invitation, Succession, Suppleance


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


@dataclass(frozen=True)
class RoleTenu:
    """One role as a person holds it; ``absent`` names the colleague it is held for, empty when it is one's own.

    ``ligne`` is the line of the directory the role comes from.
    """

    role: Role
    absent: str = ""
    ligne: int | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.role.label}, en l’absence de {self.absent}" if self.absent else self.role.label


def _une_seule_voix(tenus: list[RoleTenu]) -> tuple[RoleTenu, ...]:
    """Nobody speaks for two pilots, however the directory changed since an absence was recorded: one's own voice first."""
    pilote = next((tenu for tenu in tenus if tenu.role in PILOTES), None)
    return tuple(tenu for tenu in tenus if tenu.role not in PILOTES or tenu.absent == pilote.absent)


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
    def roles_tenus(self) -> tuple[RoleTenu, ...]:
        """Roles held through the directory, then those of absent colleagues; one query, once per request.

        Only the roles that an absent person holds by right pass to the substitute: a substitute has no substitute. A
        superuser is also an admin.
        """
        tenus = {}
        for role, ligne, compte, nom, fonction in _lecture_des_roles().lire(self.pk, timezone.localdate()):
            absent = "" if compte == self.pk else nom or fonction.partition("\n")[0].strip()
            tenus[RoleTenu(Role(role), absent, ligne)] = None
        if self.is_superuser:
            tenus[RoleTenu(Role.ADMIN)] = None
        return _une_seule_voix(sorted(tenus, key=lambda tenu: bool(tenu.absent)))

    @cached_property
    def roles(self) -> frozenset[str]:
        return frozenset(tenu.role for tenu in self.roles_tenus)

    @property
    def lignes(self) -> frozenset[int]:
        """Lines of the directory that the person answers for today: one's own, and those of absent colleagues."""
        return frozenset(tenu.ligne for tenu in self.roles_tenus if tenu.ligne)

    @property
    def suppleances(self) -> tuple[RoleTenu, ...]:
        """What the person does today in place of an absent colleague."""
        return tuple(tenu for tenu in self.roles_tenus if tenu.absent)

    def au_titre_de(self, *roles: str) -> str:
        """For whom a person acts who uses one of these roles: empty when one of them is one's own."""
        tenus = [tenu for tenu in self.roles_tenus if tenu.role in roles]
        return "" if not tenus or not tenus[0].absent else str(tenus[0])

    def a_role(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)

    @classmethod
    def doublure(
        cls, pk: int, date_joined: datetime | None, roles: frozenset[str], lignes: Iterable[int] = ()
    ) -> "Utilisateur":
        """Somebody who would hold these roles, under these lines of the directory: for writing a query that is run for others,
        never for asking a right."""
        quelqu_un = cls(pk=pk, date_joined=date_joined)
        quelqu_un.__dict__["roles"] = roles
        quelqu_un.__dict__["roles_tenus"] = tuple(RoleTenu(Role(role), "", un) for role in roles for un in lignes)
        return quelqu_un


@cache
def _lecture_des_roles() -> Preparee:
    """The query of ``roles_tenus``, that every page asks: the account and the day are its values."""

    def lus(compte: int, jour: date) -> models.QuerySet["Habilitation"]:
        siens = Q(correspondant__utilisateur=compte)
        supplees = Q(
            correspondant__absences__suppleant__utilisateur=compte,
            correspondant__absences__suppleant__actif=True,
            correspondant__absences__annulee_le=None,
            correspondant__absences__du__lte=jour,
            correspondant__absences__au__gte=jour,
        ) & ~Q(role__in=NON_SUPPLEES)
        return (
            Habilitation.objects.filter(siens | supplees, correspondant__actif=True, role__in=Role.values)
            .order_by("correspondant__ordre", "correspondant", "role")
            .values_list(
                "role", "correspondant", "correspondant__utilisateur", "correspondant__nom", "correspondant__fonction"
            )
        )

    return Preparee(lus, 1, date(2026, 1, 1))


class CorrespondantQuerySet(models.QuerySet["Correspondant"]):
    def actifs(self) -> "CorrespondantQuerySet":
        return self.filter(actif=True)

    def annuaire(self) -> "CorrespondantQuerySet":
        """Lines printed in the directory, in the order of the call, with who stands in for those away today."""
        absences = models.Prefetch(
            "absences", Suppleance.objects.en_cours().select_related("suppleant"), to_attr="absences_du_jour"
        )
        return self.actifs().filter(dans_annuaire=True).prefetch_related("habilitations", absences)

    def ayant_role(self, *roles: str) -> "CorrespondantQuerySet":
        return self.actifs().filter(habilitations__role__in=roles).distinct()

    def joignables_pour(self, *roles: str) -> "CorrespondantQuerySet":
        """Whom to write to about these roles: those who hold them, and the substitutes of those who are away today."""
        jour = timezone.localdate()
        supplees = Q(
            suppleances__annulee_le=None,
            suppleances__du__lte=jour,
            suppleances__au__gte=jour,
            suppleances__absent__actif=True,
            suppleances__absent__habilitations__role__in=frozenset(roles) - NON_SUPPLEES,
        )
        return self.actifs().filter(Q(habilitations__role__in=roles) | supplees).distinct()

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

    @property
    def roles(self) -> frozenset[str]:
        """Roles of the line itself, whoever exercises them."""
        return frozenset(une.role for une in self.habilitations.all())


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


__all__ = [
    "Correspondant",
    "Etablissement",
    "Habilitation",
    "Invitation",
    "Quartier",
    "RegleRoutage",
    "RoleTenu",
    "Structure",
    "Succession",
    "Suppleance",
    "Utilisateur",
    "cle_de_nom",
    "degre_de",
]
