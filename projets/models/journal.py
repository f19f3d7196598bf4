"""The journal: who did what, when, from where; and the seals that hold it together. Append-only, from the ORM and (triggers)
from SQL.

Lines are chained, one chain per project and one for the portal: see ``projets.chaine``. ``Passage.objects.create`` and
``bulk_create`` are the only doors; they number and chain the lines while the project's row is held, so that a chain never forks.
"""

from collections.abc import Collection, Iterable
from typing import Any, NoReturn

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from cite_educative import origine
from correspondants.models import Utilisateur

from ..chaine import CHAMPS_DU_PASSAGE, empreinte_du_passage, empreinte_du_sceau
from ..enums import Statut, Voie, libelles_du_journal
from .projet import Projet

LOT = 500  # projects held by one query
VERROU_DU_PORTAIL = 0x6A6F7572  # names the chain of the portal to PostgreSQL, where no row stands for it


class JournalImmuable(Exception):
    """Somebody tried to change or erase what was done."""


class Inalterable(models.QuerySet):
    """Rows that are written once."""

    def update(self, **champs: object) -> NoReturn:
        raise JournalImmuable("Le journal ne se modifie pas.")

    def bulk_update(self, *args: object, **kwargs: object) -> NoReturn:
        raise JournalImmuable("Le journal ne se modifie pas.")

    def delete(self) -> NoReturn:
        raise JournalImmuable("Le journal ne s’efface pas.")


class Ligne(models.Model):
    """What a row written once refuses."""

    class Meta:
        abstract = True

    def save(self, *args: object, **kwargs: object) -> None:
        if self.pk or not self._state.adding:
            raise JournalImmuable("Le journal ne se modifie pas.")
        if not self.empreinte:
            raise JournalImmuable("Une ligne du journal s’écrit par objects.create, qui l’enchaîne aux autres.")
        super().save(*args, **kwargs)

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        raise JournalImmuable("Le journal ne s’efface pas.")


_LIBELLES, _STATUTS, _VOIES = dict(libelles_du_journal()), dict(Statut.choices), dict(Voie.choices)


class PassageQuerySet(Inalterable):
    def lisibles_par(self, utilisateur: Utilisateur) -> "PassageQuerySet":
        """Whoever carries a project learns nothing here of what the services say of it, even as an administrator."""
        return self.exclude(pour_services=True, projet__porteur=utilisateur)

    @transaction.atomic
    def create(self, **champs: Any) -> "Passage":
        passage = self.model(**champs)
        _enchainer([passage])
        passage.save(force_insert=True, using=self.db)
        return passage

    @transaction.atomic
    def bulk_create(self, objs: Iterable["Passage"], *args: Any, **kwargs: Any) -> list["Passage"]:
        passages = list(objs)
        _enchainer(passages)
        return super().bulk_create(passages, *args, **kwargs)


class Passage(Ligne):
    """One line of the journal, about a project or, without one, about the portal.

    ``de`` and ``vers`` are equal when the statut did not change. ``reperage`` is the identifier of the request (the one of
    the log) or the name of the command; ``adresse`` is a network, never the address of somebody's computer.
    """

    projet = models.ForeignKey(Projet, models.PROTECT, related_name="passages", null=True, blank=True)
    rang = models.PositiveIntegerField("rang dans sa chaîne", editable=False)
    action = models.CharField("action", max_length=30, choices=libelles_du_journal)
    de = models.CharField("de", max_length=20, choices=Statut, blank=True)
    vers = models.CharField("vers", max_length=20, choices=Statut, blank=True)
    par = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    au_titre_de = models.CharField("au titre de", max_length=100, blank=True)
    motif = models.TextField("motif", blank=True)
    pour_services = models.BooleanField("réservé aux services", default=False)
    le = models.DateTimeField("le", default=timezone.now, editable=False)
    voie = models.CharField("origine", max_length=20, choices=Voie, blank=True, editable=False)
    reperage = models.CharField("requête ou commande", max_length=64, blank=True, editable=False)
    adresse = models.CharField("réseau", max_length=50, blank=True, editable=False)
    precedente = models.CharField("empreinte précédente", max_length=64, blank=True, editable=False)
    empreinte = models.CharField("empreinte", max_length=64, editable=False)

    objects = PassageQuerySet.as_manager()

    mention = ""  # who the end of ``motif`` stands for, once ``mentions.eclaircir`` has read it

    class Meta:
        verbose_name_plural = "passages"
        ordering = ["projet", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["projet", "rang"], name="passage_rang_unique"),
            models.UniqueConstraint(fields=["rang"], condition=Q(projet=None), name="passage_rang_du_portail"),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} : {self.de} → {self.vers}" if self.projet_id else self.get_action_display()

    # Django makes its table of choices again at each call: a journal asks for three words a line.
    def get_action_display(self) -> str:
        return _LIBELLES.get(self.action, self.action)

    def get_vers_display(self) -> str:
        return _STATUTS.get(self.vers, self.vers)

    def get_voie_display(self) -> str:
        return _VOIES.get(self.voie, self.voie)

    @property
    def auteur(self) -> str:
        """Who acted: an account, an authority by its link, the portal itself."""
        if not self.par_id:
            return self.au_titre_de or "Le portail"
        return f"{self.par}, pour {self.au_titre_de}" if self.au_titre_de else str(self.par)


def _enchainer(passages: list[Passage]) -> None:
    """Gives new lines their origin, number and fingerprint, in the order given, holding each chain until the commit.

    Projects are held in the order of their keys: two transactions that write about several never wait for each other in turn.
    """
    tetes = tenir({passage.projet_id for passage in passages})
    venue = origine.courante()
    for passage in passages:
        if not passage.voie:
            passage.voie, passage.reperage, passage.adresse = venue.voie, venue.reperage, venue.adresse
        rang, precedente = tetes.get(passage.projet_id, (0, ""))
        passage.rang, passage.precedente = rang + 1, precedente
        passage.empreinte = empreinte_du_passage({champ: getattr(passage, champ) for champ in CHAMPS_DU_PASSAGE})
        tetes[passage.projet_id] = (passage.rang, passage.empreinte)


def tenir(projets: Collection[int | None]) -> dict[int | None, tuple[int, str]]:
    """Holds the chains of projects (None: the portal's) until the end of the transaction: last number and fingerprint of each.

    On SQLite nothing more is needed: an IMMEDIATE transaction holds the whole database.
    """
    cles = sorted({pk for pk in projets if pk is not None})
    tetes: dict[int | None, tuple[int, str]] = {}
    for lot in (cles[debut : debut + LOT] for debut in range(0, len(cles), LOT)):
        list(Projet.objects.select_for_update(no_key=True).filter(pk__in=lot).order_by("pk").values_list("pk"))
        derniers = Passage.objects.filter(projet=OuterRef("pk")).order_by("-rang").values("pk")[:1]
        derniers = Projet.objects.filter(pk__in=lot).order_by().values(dernier=Subquery(derniers))
        for projet, rang, empreinte in Passage.objects.filter(pk__in=derniers).values_list(
            "projet", "rang", "empreinte"
        ):
            tetes[projet] = (rang, empreinte)
    if None in projets:
        if connection.vendor == "postgresql":
            with connection.cursor() as curseur:
                curseur.execute("SELECT pg_advisory_xact_lock(%s)", [VERROU_DU_PORTAIL])
        chaine = Passage.objects.filter(projet=None).order_by("-rang")
        if tete := chaine.values_list("rang", "empreinte").first():
            tetes[None] = tete
    return tetes


class SceauQuerySet(Inalterable):
    def dernier(self) -> "Sceau | None":
        return self.order_by("-rang").first()


class Sceau(Ligne):
    """What the whole journal was at one moment: the end of a chain cannot be cut, nor a chain written again, unseen.

    ``passages`` counts every line up to ``dernier`` (a primary key); ``tetes`` holds, for each chain that moved since the seal
    before, [project, rank, primary key, fingerprint] of its last line. ``signature`` is made with the secret key, that whoever
    only holds the database does not have.
    """

    rang = models.PositiveIntegerField("rang", unique=True, editable=False)
    le = models.DateTimeField("le", default=timezone.now, editable=False)
    passages = models.PositiveBigIntegerField("passages", editable=False)
    dernier = models.PositiveBigIntegerField("dernier passage", editable=False)
    tetes = models.JSONField("têtes des chaînes", default=list, editable=False)
    precedente = models.CharField("empreinte précédente", max_length=64, blank=True, editable=False)
    empreinte = models.CharField("empreinte", max_length=64, editable=False)
    signature = models.CharField("signature", max_length=64, editable=False)

    objects = SceauQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "sceaux"
        ordering = ["rang"]

    def __str__(self) -> str:
        return f"Sceau {self.rang} · {self.empreinte[:12]}"

    def calculer(self) -> str:
        """The fingerprint that what this seal says should have."""
        return empreinte_du_sceau(
            rang=self.rang,
            le=self.le,
            passages=self.passages,
            dernier=self.dernier,
            tetes=self.tetes,
            precedente=self.precedente,
        )
