"""What the page of a structure says: its projects over the years, bilans due, money by civil year, what it still has to tell.

Reads only, and only the projects that its reader may read (``membres.projets_de_la_structure``).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils import timezone

from cite_educative.preparees import Objets, Preparee, reunir
from correspondants.enums import NaturePorteur
from correspondants.models import Structure, Utilisateur

from .echeances import DatesAppel, EtatBilan, bilans_dus, dates_des_appels, delai_en_mots, echeance_due, genre_de
from .enums import StatutBilan
from .membres import peut_gerer_membres, porteurs_non_reconnus, projets_lus
from .models import Exercice, MembreStructure, Projet
from .permissions import est_coordinateur, est_des_services, est_porteur, peut_transmettre
from .suivi_financier import avec_soldes, cents

ZERO = Decimal("0.00")
PAR_PAGE = 20


@dataclass
class ArgentAnnuel:
    """Euros of one civil year: granted, paid (given back taken off), justified by accepted bilans."""

    annee: int
    accorde: Decimal = ZERO
    verse: Decimal = ZERO
    justifie: Decimal = ZERO

    def ajouter(self, accorde: Decimal, paye: Decimal, justifie: Decimal, bilan: str | None) -> None:
        """One Exercice of ``avec_soldes``, and the statut of its bilan."""
        self.accorde += cents(accorde)
        self.verse += cents(paye)
        if bilan == StatutBilan.ACCEPTE:
            self.justifie += cents(justifie)


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
    nombre: int = 0  # of the projects that the reader sees
    annees: dict[int, list[int]] = field(default_factory=dict)  # the civil years of each of them, by pk

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


class Lecture:
    """What one reader, who must have found the structure through ``structures_visibles_par``, reads of it: each part is one
    query, that the process writes once for those who read the same way."""

    def __init__(self, structure: Structure, lecteur: Utilisateur, par_page: int = PAR_PAGE) -> None:
        self.structure, self.lecteur = structure, lecteur
        ouverts = _OUVERTS.lire(structure.pk, structure=structure)
        maintenant = timezone.now()
        self.membres = sorted((un for un in ouverts if un.accepte_le), key=lambda un: (un.accepte_le, un.pk))
        self.invitations = [un for un in ouverts if not un.accepte_le and un.expire_le > maintenant]
        self.services = est_des_services(lecteur)
        self.membre = any(un.utilisateur_id == lecteur.pk for un in self.membres)
        self.requetes = _requetes(self.services, self.membre and not self.services, par_page)
        self.valeurs = (structure.pk,) if self.services else (structure.pk, lecteur.pk)

    def composer(self) -> PageStructure:
        """All but the rows of the projects."""
        structure, lecteur = self.structure, self.lecteur
        voit_les_gens = self.services or self.membre
        porteurs, tous = self._nombres()
        porte = {porteur: nombre for porteur, nombre in porteurs.items() if porteur}
        argent: dict[int, ArgentAnnuel] = {}
        annees: dict[int, list[int]] = {}
        for projet, annee, *sommes in self.requetes.exercices.lire(*self.valeurs):
            annees.setdefault(projet, []).append(annee)
            if sommes[0] > 0:
                argent.setdefault(annee, ArgentAnnuel(annee)).ajouter(*sommes)
        return PageStructure(
            structure=structure,
            pour_services=self.services,
            est_membre=self.membre,
            gere=peut_gerer_membres(lecteur, structure, membre=self.membre),
            reconnait=est_coordinateur(lecteur),
            renseignements=tuple(_renseignements(structure)),
            argent=tuple(argent[annee] for annee in sorted(argent, reverse=True)),
            bilans=tuple(self._bilans()),
            membres=tuple(self.membres) if voit_les_gens else (),
            invitations=tuple(self.invitations) if voit_les_gens else (),
            non_reconnus=tuple(_NON_RECONNUS.lire(structure.pk)) if self.services else (),
            caches=0 if self.services else tous - sum(porte.values()),
            porte=porte,
            nombre=sum(porteurs.values()),
            annees=annees,
        )

    def _nombres(self) -> tuple[dict[int | None, int], int]:
        """How many of the projects that the reader sees each account carries; how many the structure has in all."""
        parts = [self.requetes.porteurs.texte(*self.valeurs), _tous().texte(self.structure.pk)]
        lus = reunir(parts)
        return {porteur: n for rang, porteur, n in lus if not rang}, sum(n for rang, _, n in lus if rang)

    def _bilans(self) -> list[BilanAttendu]:
        """Those that are still to be handed in or completed, the most urgent first."""
        aujourdhui = timezone.localdate()
        dus = self.requetes.bilans(aujourdhui, dates_des_appels()).lire(*self.valeurs)
        attendus = [_attendu(exercice, self.lecteur, aujourdhui) for exercice in dus]
        return sorted(attendus, key=lambda un: (un.echeance, un.numero, un.annee))

    def premiers(self) -> list[Projet]:
        """The first page of ``projets``."""
        return self.requetes.premiers.lire(*self.valeurs)

    def projets(self) -> QuerySet[Projet]:
        """The projects that the reader sees, the last deposited first, with what a row shows."""
        return self.requetes.a_montrer(self.structure.pk, self.lecteur.pk)


def composer(structure: Structure, lecteur: Utilisateur) -> PageStructure:
    return Lecture(structure, lecteur).composer()


def _attendu(exercice: Exercice, lecteur: Utilisateur, aujourdhui: date) -> BilanAttendu:
    projet, jour = exercice.projet, echeance_due(exercice)
    return BilanAttendu(
        exercice.annee,
        projet.numero,
        projet.titre,
        genre_de(exercice).label,
        jour,
        delai_en_mots(jour, aujourdhui),
        EtatBilan(exercice.etat),
        str(projet.porteur or ""),
        reverse("bilan_modifier", args=[projet.numero, exercice.annee]) if est_porteur(lecteur, projet) else "",
    )


class _Requetes:
    """Those of the services, of a member, or of who only carries a project there: their values are the structure, and the
    account unless it is of the services."""

    def __init__(self, services: bool, membre: bool, par_page: int) -> None:
        self.services, self.membre = services, membre
        self.exemples = (1,) if services else (1, 2)
        self.porteurs = Preparee(
            lambda *qui: self._lus(*qui).order_by().values_list("porteur").annotate(n=Count("pk")), *self.exemples
        )
        self.exercices = Preparee(self._exercices, *self.exemples)
        self.premiers = Objets(lambda *qui: self.a_montrer(*qui)[:par_page], *self.exemples)
        self.bilans = lru_cache(maxsize=2)(self._ecrire_les_bilans)  # the day, and the dates of the calls

    def _lus(self, structure: int, compte: int = 0) -> QuerySet[Projet]:
        return projets_lus(structure, compte, services=self.services, membre=self.membre)

    def a_montrer(self, structure: int, compte: int = 0) -> QuerySet[Projet]:
        return (
            Projet.objects.filter(pk__in=self._lus(structure, compte).order_by().values("pk"))
            .avec_montants()
            .select_related("porteur")
            .only("numero", "titre", "statut", "porteur", "porteur__nom", "porteur__email")
            .recents()
        )

    def _exercices(self, *qui: int) -> QuerySet[Exercice]:
        exercices = avec_soldes(Exercice.objects.filter(projet__in=self._lus(*qui).order_by().values("pk")))
        return exercices.order_by("annee").values_list(
            "projet", "annee", "accorde", "paye", "justifie", "bilan__statut"
        )

    def _ecrire_les_bilans(self, jour: date, appels: tuple[DatesAppel, ...]) -> Objets:
        def dus(*qui: int) -> QuerySet[Exercice]:
            return (
                bilans_dus(jour, appels)
                .filter(projet__in=self._lus(*qui).order_by().values("pk"))
                .exclude(etat__in=[EtatBilan.ACCEPTE, EtatBilan.A_EXAMINER])
                .select_related("projet__appel", "projet__porteur", "bilan")
                .defer("projet__donnees", "projet__recherche", "projet__lecture")
                .order_by()
            )

        return Objets(dus, *self.exemples)


_requetes = lru_cache(maxsize=6)(_Requetes)
_OUVERTS = Objets(
    lambda structure: (
        MembreStructure.objects.filter(structure=structure, retire_le=None).select_related("utilisateur").order_by("pk")
    ),
    1,
)
_NON_RECONNUS = Objets(porteurs_non_reconnus, 1)


@cache
def _tous() -> Preparee:
    """How many projects a structure has, whoever reads."""
    return Preparee(
        lambda structure: (
            Projet.objects.deposes()
            .filter(structure=structure)
            .order_by()
            .values_list("structure")
            .annotate(n=Count("pk"))
        ),
        1,
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


__all__ = ["ArgentAnnuel", "BilanAttendu", "Lecture", "PageStructure", "Renseignement", "composer", "transmissibles"]
