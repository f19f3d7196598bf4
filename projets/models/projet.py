"""The project under instruction: its content, its place in the workflow, and the rows that lists and sums are made from.

``Projet.donnees`` holds the whole Dossier (JSON) and is the truth; columns and rows beside it are projections, rewritten
together by ``enregistrement.enregistrer`` so that lists, filters and totals stay in SQL.
"""

import hashlib
import uuid
from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import PurePosixPath

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import models
from django.db.models import Exists, OuterRef, Q, Sum
from django.db.models.functions import Coalesce, Now
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import AUTORITES, COORDINATEURS, PILOTES, Degre, NaturePorteur, Role
from correspondants.models import Etablissement, Quartier, Structure, Utilisateur, cle_de_nom, degre_de

from ..dossier import Dossier
from ..enums import GenrePiece, Statut, Temps
from ..noms_de_fichiers import MIME_DOCX, nom_garde
from .appel import Appel
from .elements import Dispositif, Objectif, Parcours
from .ordres import RangStatut, TitreTrie
from .recherche import RechercheQuerySet


class ModificationConcurrente(Exception):
    """Somebody else changed the project since it was read; ``str()`` says so to the user. Nothing was written."""

    def __init__(self) -> None:
        super().__init__(
            "Ce projet vient d’être modifié par quelqu’un d’autre : rechargez la page, vérifiez, puis recommencez."
        )


_DEPOSE = Q(depose_le__isnull=False)


class ProjetQuerySet(RechercheQuerySet["Projet"]):
    def visibles_par(self, utilisateur: Utilisateur) -> "ProjetQuerySet":
        """The projects a person may open. The rows are the right: every view starts here.

        Porteur: one's own. Coordinators, pilots, observers, admins: everything that has been deposited. IEN and EN
        authority: the projects whose opinion they were asked. A draft is seen by its porteur only.
        """
        if not utilisateur.is_authenticated:
            return self.none()
        siens = Q(porteur=utilisateur)
        if utilisateur.a_role(*COORDINATEURS, *PILOTES, Role.OBSERVATEUR, Role.ADMIN):
            return self.filter(siens | ~Q(depose_le=None))
        if AUTORITES & utilisateur.roles:
            avis = self.model.avis_ien.rel.related_model.objects.visibles_par(utilisateur)
            # Each project is asked of its own opinions: gathered, all that were ever given would be read to find one project.
            return self.filter(siens | Exists(avis.filter(projet=OuterRef("pk")).order_by()))
        return self.filter(siens)

    def brouillons_de(self, utilisateur: Utilisateur) -> "ProjetQuerySet":
        """The drafts a person writes: one's own, and those a colleague shares. Nobody else sees a draft."""
        if not utilisateur.is_authenticated:
            return self.none()
        partages = self.model.partages.rel.related_model.objects.filter(accepte_par=utilisateur, retire_le=None)
        siens = Q(porteur=utilisateur) | Q(pk__in=partages.values("projet"))
        return self.filter(siens, statut=Statut.BROUILLON)

    def coordonnes_par(self, utilisateur: Utilisateur) -> "ProjetQuerySet":
        """Deposited projects in the charge of a coordinator."""
        return self.deposes().filter(coordination__in=COORDINATEURS & utilisateur.roles)

    def deposes(self) -> "ProjetQuerySet":
        return self.filter(depose_le__isnull=False)

    def deposes_visibles_par(self, utilisateur: Utilisateur) -> "ProjetQuerySet":
        """``visibles_par(…).deposes()``, asked for the services so that an index alone can count them."""
        if utilisateur.is_authenticated and utilisateur.a_role(*COORDINATEURS, *PILOTES, Role.OBSERVATEUR, Role.ADMIN):
            return self.deposes()
        return self.visibles_par(utilisateur).deposes()

    def prets(self) -> "ProjetQuerySet":
        """Those that wait for a meeting of the troïka."""
        return self.filter(statut=Statut.PRET)

    def recents(self) -> "ProjetQuerySet":
        return self.order_by("-depose_le", "-pk")

    def avec_montants(self) -> "ProjetQuerySet":
        """Adds ``demande`` and ``accorde`` (None when nothing is): euros over every Exercice of the project.

        Subqueries: a filter or a count on another related table never multiplies them.
        """
        exercices = self.model.exercices.rel.related_model.objects.filter(projet=models.OuterRef("pk")).order_by()
        publies = Q(montants_accordes__decision__publiee=True)
        return self.annotate(
            demande=Coalesce(
                models.Subquery(exercices.values("projet").annotate(total=Sum("montant_demande")).values("total")),
                Decimal(0),
            ),
            accorde=models.Subquery(
                exercices.values("projet")
                .annotate(total=Sum("montants_accordes__montant", filter=publies))
                .values("total")
            ),
        )

    def tenir_les_montants(self) -> None:
        """Writes down what the list is put in order and filtered by: the sums that ``avec_montants`` adds up."""
        lus = self.model.objects.filter(pk=models.OuterRef("pk")).order_by().avec_montants()
        self.update(montant_demande=lus.values("demande"), montant_accorde=lus.values("accorde"))

    def get_by_numero(self, numero: str) -> "Projet":
        return self.get(numero=numero)


class Projet(models.Model):
    """One project file under instruction. The statut changes only through ``workflow.executer``."""

    numero = models.CharField("numéro", max_length=12, unique=True, null=True, blank=True, editable=False)
    jeton = models.UUIDField("jeton du brouillon", default=uuid.uuid4, unique=True, editable=False)
    appel = models.ForeignKey(Appel, models.PROTECT, related_name="projets")
    porteur = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="projets", verbose_name="porteur"
    )
    structure = models.ForeignKey(Structure, models.PROTECT, null=True, blank=True, related_name="projets")
    reconduit_de = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="reconductions",
        verbose_name="reconduction du projet",
        editable=False,
    )
    statut = models.CharField("statut", max_length=20, choices=Statut, default=Statut.BROUILLON, editable=False)
    statut_depuis = models.DateTimeField(
        "dans ce statut depuis", default=timezone.now, db_default=Now(), editable=False
    )
    version = models.PositiveIntegerField("version", default=0, editable=False)
    donnees = models.JSONField("contenu du dossier", default=dict)
    # What the reading of the porteur's own file had to say: remarks still to be looked at, what was not recognised.
    lecture = models.JSONField("remarques de lecture", default=dict, blank=True, editable=False)

    titre = models.TextField("titre", blank=True)
    nature = models.CharField("nature du porteur", max_length=20, choices=NaturePorteur, blank=True)
    coordination = models.CharField("coordination", max_length=30, choices=Role, blank=True)
    objectif_principal = models.ForeignKey(
        Objectif, models.PROTECT, null=True, blank=True, related_name="projets_principaux"
    )
    objectifs_secondaires = models.ManyToManyField(Objectif, blank=True, related_name="projets_secondaires")
    parcours = models.ManyToManyField(Parcours, blank=True, related_name="projets")
    quartiers = models.ManyToManyField(Quartier, blank=True, related_name="projets")
    etablissements = models.ManyToManyField(Etablissement, blank=True, related_name="projets")
    dispositifs = models.ManyToManyField(Dispositif, blank=True, related_name="projets")
    date_debut = models.DateField("début", null=True, blank=True)
    date_fin = models.DateField("fin", null=True, blank=True)
    temps_scolaire = models.BooleanField("sur le temps scolaire", default=False)
    nombre_enfants = models.PositiveIntegerField("enfants et jeunes", default=0)
    nombre_parents = models.PositiveIntegerField("parents", default=0)
    nombre_partenaires = models.PositiveIntegerField("partenaires", default=0)
    recherche = models.TextField("texte de recherche", blank=True, editable=False)
    # Sums over its exercices, for the orders and filters of the lists only: what is shown is added up each time.
    montant_demande = models.DecimalField(
        "montant demandé", max_digits=14, decimal_places=2, default=Decimal(0), db_default=Decimal(0), editable=False
    )
    montant_accorde = models.DecimalField(
        "montant accordé", max_digits=14, decimal_places=2, null=True, blank=True, editable=False
    )

    cree_le = models.DateTimeField("créé le", auto_now_add=True)
    modifie_le = models.DateTimeField("modifié le", auto_now=True)
    depose_le = models.DateTimeField("déposé le", null=True, blank=True, editable=False)
    anonymise_le = models.DateTimeField("données personnelles effacées le", null=True, blank=True, editable=False)

    objects = ProjetQuerySet.as_manager()

    class Meta:
        ordering = ["-cree_le", "-pk"]
        indexes = [
            models.Index(fields=["statut", "-depose_le"], name="projet_statut_depot"),
            # All that the piles of the desk ask of a project: answered without reading its row, which holds its file.
            models.Index(
                fields=["coordination", "statut", "depose_le", "porteur", "appel", "id"], name="projet_bureau"
            ),
            models.Index(fields=["-depose_le", "-id"], name="projet_depot"),
            # What has waited longest comes first in a pile.
            models.Index(fields=["statut", "statut_depuis", "id"], name="projet_statut_depuis"),
            # What else the list is put in order by, one way and the other, and what counts a filter without a row read.
            models.Index(TitreTrie("titre"), "id", name="projet_par_titre", condition=_DEPOSE),
            models.Index(RangStatut("statut"), "id", name="projet_par_statut", condition=_DEPOSE),
            models.Index(fields=["montant_demande", "id"], name="projet_par_demande", condition=_DEPOSE),
            models.Index(fields=["montant_accorde", "id"], name="projet_par_accorde", condition=_DEPOSE),
            models.Index(fields=["objectif_principal", "-depose_le", "-id"], name="projet_objectif_depot"),
            models.Index(fields=["nature", "-depose_le", "-id"], name="projet_nature_depot"),
            models.Index(fields=["temps_scolaire", "-depose_le", "-id"], name="projet_temps_depot"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(statut=Statut.BROUILLON)
                | Q(numero__isnull=False, depose_le__isnull=False)
                | Q(statut=Statut.RETIRE),
                name="projet_depose_a_un_numero",
            ),
            # Two clicks on « Reconduire » open one draft.
            models.UniqueConstraint(
                fields=["reconduit_de", "porteur"],
                condition=Q(statut=Statut.BROUILLON),
                name="projet_une_reconduction_en_brouillon",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.numero or 'Brouillon'} · {self.titre or 'Sans titre'}"

    def get_absolute_url(self) -> str:
        if self.numero:
            return reverse("projet", args=[self.numero])
        return reverse("deposer_verification", args=[self.jeton])

    @property
    def statut_enum(self) -> Statut:
        return Statut(self.statut)

    @property
    def edition(self) -> int:
        """1 for a new project, 2 for its renewal, 3 for the renewal of that one…"""
        return editions([self])[self.pk]

    @property
    def edition_en_mots(self) -> str:
        return edition_en_mots(self.edition)

    @property
    def contenu(self) -> Dossier:
        """The Dossier this project holds now."""
        return Dossier.depuis_json(self.donnees)

    @property
    def contenu_depose(self) -> Dossier:
        """What was last deposited: what everybody but the porteur reads while the file is being corrected."""
        dernier = self.depots.order_by("-rang").first()
        return Dossier.depuis_json(dernier.donnees) if dernier else self.contenu

    def prendre_la_main(self) -> None:
        """Takes the row for the current transaction if nobody changed it since it was read (compare and set).

        Works alike on SQLite and PostgreSQL. Raises ModificationConcurrente for a stale writer.
        """
        prises = Projet.objects.filter(pk=self.pk, statut=self.statut, version=self.version).update(
            version=self.version + 1
        )
        if not prises:
            raise ModificationConcurrente
        self.version += 1

    def garder_piece(
        self, genre: GenrePiece, nom: str, octets: bytes, par: Utilisateur | None = None, type_mime: str = ""
    ) -> "Piece":
        """Keeps the bytes as they came, with their sha256, under a name that ends as they deserve."""
        nom = nom_garde(nom, type_mime or EN_WORD.get(genre, ""))
        return Piece.objects.create(
            projet=self,
            genre=genre,
            nom=nom,
            fichier=ContentFile(octets, name=PurePosixPath(nom).name),
            sha256=hashlib.sha256(octets).hexdigest(),
            taille=len(octets),
            type_mime=type_mime,
            par=par if par and par.is_authenticated else None,
        )

    @property
    def piece_dossier(self) -> "Piece | None":
        """The porteur's own Word file, the last deposited."""
        return self.pieces.filter(genre=GenrePiece.DOSSIER).order_by("-pk").first()


class Intervention(models.Model):
    """One row of the calendar, with the authority its school time answers to."""

    projet = models.ForeignKey(Projet, models.CASCADE, related_name="interventions")
    rang = models.PositiveSmallIntegerField("rang")
    intitule = models.TextField("intervention")
    debut = models.DateField("du", null=True)
    fin = models.DateField("au", null=True)
    nom_etablissement = models.TextField("école ou établissement, comme écrit", blank=True)
    etablissement = models.ForeignKey(
        Etablissement, models.SET_NULL, null=True, blank=True, related_name="interventions"
    )
    classe = models.TextField("classe ou groupe", blank=True)
    lieu = models.TextField("lieu", blank=True)
    duree_heures = models.DecimalField("durée (heures)", max_digits=12, decimal_places=2, null=True)
    intervenants = models.TextField("intervenants", blank=True)
    temps = models.CharField("temps", max_length=20, choices=Temps, blank=True)

    class Meta:
        ordering = ["projet", "rang"]

    def __str__(self) -> str:
        return self.intitule

    @property
    def est_scolaire(self) -> bool:
        return self.temps == Temps.SCOLAIRE

    @property
    def autorite(self) -> Role:
        """Whose opinion this intervention needs on school time: the IEN for the 1er degré, else the EN authority.

        A school that neither the directory nor its own name places goes to the IEN, who can say so.
        """
        degre = self.etablissement.degre if self.etablissement else degre_de(self.nom_etablissement)
        return Degre(degre or Degre.PREMIER).autorite

    @classmethod
    def remplacer(cls, projet: Projet, dossier: Dossier, etablissements: list[Etablissement]) -> None:
        par_cle = {cle_de_nom(e.nom): e for e in etablissements}
        projet.interventions.all().delete()
        cls.objects.bulk_create(
            cls(
                projet=projet,
                rang=rang,
                intitule=prevue.intitule,
                debut=prevue.debut,
                fin=prevue.fin,
                nom_etablissement=prevue.etablissement,
                etablissement=par_cle.get(cle_de_nom(prevue.etablissement)),
                classe=prevue.classe,
                lieu=prevue.lieu,
                duree_heures=borner(prevue.duree_heures),
                intervenants=prevue.intervenants,
                temps=prevue.temps if prevue.temps in Temps else "",
            )
            for rang, prevue in enumerate(dossier.interventions)
        )


def borner(montant: Decimal | None) -> Decimal | None:
    """A number that the columns can hold; absurd ones stay as written in ``donnees`` and are refused by the rules."""
    limite = Decimal("9999999999.99")
    return None if montant is None else max(-limite, min(montant, limite))


# What a file of this kind is, when its row does not say.
EN_WORD = {GenrePiece.DOSSIER: MIME_DOCX, GenrePiece.BILAN: MIME_DOCX}


def chemin_piece(piece: "Piece", nom: str) -> str:
    """A path that says nothing of the file's name: what a visitor typed never becomes a path."""
    return f"pieces/{uuid.uuid4().hex}{PurePosixPath(nom).suffix.lower()[:6]}"


class Piece(models.Model):
    """A file of a project, kept as it came; never served but through an authorised view."""

    projet = models.ForeignKey(Projet, models.CASCADE, related_name="pieces")
    genre = models.CharField("genre", max_length=20, choices=GenrePiece)
    nom = models.CharField("nom du fichier", max_length=200)
    fichier = models.FileField("fichier", upload_to=chemin_piece)
    sha256 = models.CharField("empreinte sha256", max_length=64)
    taille = models.PositiveIntegerField("taille (octets)")
    type_mime = models.CharField("type", max_length=100, blank=True)
    exercice = models.ForeignKey(
        "projets.Exercice",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="pieces",
        verbose_name="exercice justifié",
    )
    par = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    cree_le = models.DateTimeField("reçue le", auto_now_add=True)

    class Meta:
        verbose_name = "pièce"
        ordering = ["projet", "-pk"]

    def __str__(self) -> str:
        return self.nom

    @property
    def type_attendu(self) -> str:
        return self.type_mime or EN_WORD.get(GenrePiece(self.genre), "")


def editions(projets: Collection[Projet], connus: Mapping[int, int | None] | None = None) -> dict[int, int]:
    """The edition of each project, by pk. One query per edition before, however many projects are asked for.

    ``connus``: which project some others renew, when it has been read already.
    """
    chaines = {projet.pk: [projet.pk] for projet in projets}
    avant = dict(connus or {}) | {projet.pk: projet.reconduit_de_id for projet in projets}
    while montent := {
        pk: precedent
        for pk, chaine in chaines.items()
        if (precedent := avant[chaine[-1]]) is not None and precedent not in chaine
    }:
        for pk, precedent in montent.items():
            chaines[pk].append(precedent)
        if inconnus := set(montent.values()) - avant.keys():
            lus = Projet.objects.filter(pk__in=inconnus).order_by().values_list("pk", "reconduit_de")
            avant |= dict.fromkeys(inconnus) | dict(lus)
    return {pk: len(chaine) for pk, chaine in chaines.items()}


def edition_en_mots(numero: int) -> str:
    """« 2e année »; empty for a project that renews none."""
    return f"{numero}e année" if numero > 1 else ""
