"""What the page of a structure says: its projects over the years, bilans due, money by civil year, what it still has to tell.

Reads only, and only the projects that its reader may read (``membres.projets_de_la_structure``).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils import timezone

from correspondants.enums import NaturePorteur
from correspondants.models import Structure, Utilisateur

from .echeances import EtatBilan, bilans_dus, delai_en_mots, echeance_due, genre_de
from .enums import StatutBilan
from .membres import est_membre, peut_gerer_membres, porteurs_non_reconnus, projets_de_la_structure
from .models import Exercice, MembreStructure, Projet
from .permissions import est_coordinateur, est_des_services, est_porteur, peut_transmettre
from .suivi_financier import avec_soldes, cents

ZERO = Decimal("0.00")


@dataclass
class ArgentAnnuel:
    """Euros of one civil year: granted, paid (given back taken off), justified by accepted bilans."""

    annee: int
    accorde: Decimal = ZERO
    verse: Decimal = ZERO
    justifie: Decimal = ZERO

    def ajouter(self, exercice: Exercice) -> None:
        self.accorde += cents(exercice.accorde)
        self.verse += cents(exercice.paye)
        bilan = getattr(exercice, "bilan", None)
        if bilan and bilan.statut == StatutBilan.ACCEPTE:
            self.justifie += cents(exercice.justifie)


@dataclass(frozen=True)
class BilanAttendu:
    """One bilan that somebody of the structure has to hand in; ``url`` is empty for who does not fill it."""

    annee: int
    numero: str
    titre: str
    genre: str
    echeance: date
    delai: str
    etat: EtatBilan
    porteur: str
    url: str


@dataclass(frozen=True)
class Renseignement:
    """One thing the structure tells of itself. ``attendu``: whether it is missing and should be told."""

    libelle: str
    valeur: str
    attendu: bool = False


@dataclass(frozen=True)
class PageStructure:
    structure: Structure
    pour_services: bool
    est_membre: bool
    gere: bool  # may invite and take out
    reconnait: bool  # may say that a porteur is of the structure
    renseignements: tuple[Renseignement, ...]
    argent: tuple[ArgentAnnuel, ...]
    bilans: tuple[BilanAttendu, ...]
    membres: tuple[MembreStructure, ...] = ()
    invitations: tuple[MembreStructure, ...] = ()
    non_reconnus: tuple[Utilisateur, ...] = ()
    caches: int = 0  # projects of the structure that the reader does not see
    porte: dict[int, int] = field(default_factory=dict)  # projects carried by account

    @property
    def manques(self) -> list[Renseignement]:
        return [un for un in self.renseignements if un.attendu]

    @property
    def total(self) -> ArgentAnnuel | None:
        """Over the years; None when there is but one."""
        if len(self.argent) < 2:
            return None
        sommes = ArgentAnnuel(0)
        for une in self.argent:
            sommes.accorde += une.accorde
            sommes.verse += une.verse
            sommes.justifie += une.justifie
        return sommes


def composer(structure: Structure, lecteur: Utilisateur) -> PageStructure:
    """The page for one reader, who must have found the structure through ``structures_visibles_par``."""
    projets = projets_de_la_structure(structure, lecteur)
    services, membre = est_des_services(lecteur), est_membre(lecteur, structure)
    voit_les_gens = services or membre
    membres = MembreStructure.objects.filter(structure=structure).select_related("utilisateur")
    porte: dict[int, int] = defaultdict(int)
    for porteur in projets.values_list("porteur", flat=True):
        if porteur:
            porte[porteur] += 1
    tous = Projet.objects.deposes().filter(structure=structure).count()
    return PageStructure(
        structure=structure,
        pour_services=services,
        est_membre=membre,
        gere=peut_gerer_membres(lecteur, structure),
        reconnait=est_coordinateur(lecteur),
        renseignements=tuple(_renseignements(structure)),
        argent=tuple(_argent(projets)),
        bilans=tuple(_bilans(projets, lecteur)),
        membres=tuple(membres.actifs().order_by("accepte_le", "pk")) if voit_les_gens else (),
        invitations=tuple(membres.en_attente().order_by("pk")) if voit_les_gens else (),
        non_reconnus=tuple(porteurs_non_reconnus(structure)) if services else (),
        caches=0 if services else tous - sum(porte.values()),
        porte=dict(porte),
    )


def liste(structure: Structure, lecteur: Utilisateur) -> QuerySet[Projet]:
    """The projects of the page, the last deposited first, with what a row shows."""
    visibles = projets_de_la_structure(structure, lecteur)
    return (
        Projet.objects.filter(pk__in=visibles.values("pk"))
        .avec_montants()
        .select_related("porteur")
        .prefetch_related(Prefetch("exercices", Exercice.objects.order_by("annee")))
        .defer("donnees", "lecture", "recherche")
        .recents()
    )


def transmissibles(projets: Iterable[Projet], lecteur: Utilisateur) -> frozenset[int]:
    """Which of these projects, by pk, the reader may hand over to a colleague."""
    return frozenset(projet.pk for projet in projets if peut_transmettre(lecteur, projet))


def _renseignements(structure: Structure) -> Iterable[Renseignement]:
    """What is asked depends on what the structure is: a school has a UAI, an association a RNA, all but schools a SIRET."""
    ecole = structure.nature in (NaturePorteur.ECOLE, NaturePorteur.ETABLISSEMENT)
    association = structure.nature == NaturePorteur.ASSOCIATION
    adresse = " ".join(filter(None, (structure.adresse, structure.code_postal, structure.commune)))
    yield Renseignement("SIRET", structure.siret, not structure.siret and not ecole and not structure.personne_physique)
    if association or structure.rna:
        yield Renseignement("RNA", structure.rna, not structure.rna)
    if ecole or structure.uai:
        yield Renseignement("UAI", structure.uai, not structure.uai)
    yield Renseignement("Adresse", adresse, not structure.adresse or not structure.commune)


def _argent(projets: QuerySet[Projet]) -> list[ArgentAnnuel]:
    annees: dict[int, ArgentAnnuel] = {}
    exercices = avec_soldes(Exercice.objects.filter(projet__in=projets.values("pk"))).select_related("bilan")
    for exercice in exercices.filter(accorde__gt=0):
        annees.setdefault(exercice.annee, ArgentAnnuel(exercice.annee)).ajouter(exercice)
    return [annees[annee] for annee in sorted(annees, reverse=True)]


def _bilans(projets: QuerySet[Projet], lecteur: Utilisateur) -> list[BilanAttendu]:
    """Those that are still to be handed in or completed, the most urgent first."""
    dus = (
        bilans_dus()
        .filter(projet__in=projets.values("pk"))
        .exclude(etat__in=[EtatBilan.ACCEPTE, EtatBilan.A_EXAMINER])
        .select_related("projet__appel", "projet__porteur", "bilan")
        .defer("projet__donnees", "projet__recherche", "projet__lecture")
    )
    aujourdhui = timezone.localdate()
    attendus = []
    for exercice in dus:
        projet, jour = exercice.projet, echeance_due(exercice)
        sien = est_porteur(lecteur, projet)
        attendus.append(
            BilanAttendu(
                exercice.annee,
                projet.numero,
                projet.titre,
                genre_de(exercice).label,
                jour,
                delai_en_mots(jour, aujourdhui),
                EtatBilan(exercice.etat),
                str(projet.porteur or ""),
                reverse("bilan_modifier", args=[projet.numero, exercice.annee]) if sien else "",
            )
        )
    return sorted(attendus, key=lambda un: (un.echeance, un.numero))


__all__ = ["ArgentAnnuel", "BilanAttendu", "PageStructure", "Renseignement", "composer", "liste", "transmissibles"]
