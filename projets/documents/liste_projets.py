"""The list of projects as a sheet (csv, xlsx, ods): typed cells, read by slices, never a message nor a deliberation.

Only published amounts are « accordés ». A text is never taken for a formula (see ``tableur``).
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO

from django.db.models import QuerySet
from django.utils import timezone

from correspondants.enums import NaturePorteur, Role
from correspondants.models import Etablissement, Quartier

from ..enums import Statut
from ..models import Exercice, Objectif, Projet
from .feuille import Colonne, Feuille, Genre
from .tableur import ecrire_csv, ecrire_ods, ecrire_xlsx

TRANCHE = 2000
SEPARATEUR = " ; "


@dataclass(frozen=True)
class Format:
    extension: str
    libelle: str
    type_mime: str
    ecrire: Callable[[Feuille, BinaryIO], None]


FORMATS = {
    "xlsx": Format(
        "xlsx",
        "Excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        lambda feuille, sortie: ecrire_xlsx([feuille], sortie, titre="Projets"),
    ),
    "ods": Format(
        "ods",
        "LibreOffice",
        "application/vnd.oasis.opendocument.spreadsheet",
        lambda feuille, sortie: ecrire_ods([feuille], sortie),
    ),
    "csv": Format("csv", "CSV", "text/csv; charset=utf-8", ecrire_csv),
}

_AVANT = (
    Colonne("numero", "Numéro", largeur=12),
    Colonne("titre", "Titre", largeur=40),
    Colonne("structure", "Structure", largeur=30),
    Colonne("nature", "Nature du porteur", largeur=22),
    Colonne("commune", "Commune de la structure", largeur=18),
    Colonne("statut", "Statut", largeur=18),
    Colonne("coordination", "Coordination", largeur=24),
    Colonne("thematique", "Thématique", largeur=30),
    Colonne("enjeu", "Enjeu", largeur=30),
    Colonne("objectif", "Objectif principal", largeur=40),
    Colonne("quartiers", "Quartiers", largeur=24),
    Colonne("etablissements", "Établissements", largeur=24),
    Colonne("debut", "Début", Genre.DATE, 12),
    Colonne("fin", "Fin", Genre.DATE, 12),
    Colonne("enfants", "Enfants et jeunes", Genre.ENTIER, 12),
    Colonne("temps_scolaire", "Temps scolaire", largeur=10),
    Colonne("avis_demandes", "Avis demandés", Genre.ENTIER, 10),
    Colonne("avis_recus", "Avis reçus", Genre.ENTIER, 10),
    Colonne("depose", "Déposé le", Genre.DATE, 12),
    Colonne("demande", "Demandé", Genre.EUROS, 14, somme=True),
    Colonne("accorde", "Accordé", Genre.EUROS, 14, somme=True),
)


def exporter(cles: QuerySet[Projet], lignes: QuerySet[Projet], format_: str, sortie: BinaryIO) -> None:
    """Writes the projects of ``cles``, in its order, read from ``lignes`` (with ``avec_montants`` and ``avec_avis``)."""
    FORMATS[format_].ecrire(feuille(cles, lignes), sortie)


def feuille(cles: QuerySet[Projet], lignes: QuerySet[Projet]) -> Feuille:
    annees = sorted(Exercice.objects.order_by().values_list("annee", flat=True).distinct())
    par_annee = [
        colonne
        for annee in annees
        for colonne in (
            Colonne(f"demande_{annee}", f"Demandé {annee}", Genre.EUROS, 14, somme=True),
            Colonne(f"accorde_{annee}", f"Accordé {annee}", Genre.EUROS, 14, somme=True),
        )
    ]
    return Feuille(
        "Projets", (*_AVANT, *par_annee), _rangees(cles, lignes, annees), si_vide="Aucun projet.", total=False
    )


_CHAMPS = (
    "pk", "numero", "titre", "structure__nom", "nature", "structure__commune", "statut", "coordination",
    "objectif_principal", "date_debut", "date_fin", "nombre_enfants", "temps_scolaire", "avis_demandes", "avis_recus",
    "depose_le", "demande", "accorde",
)  # fmt: skip
_NATURES, _ROLES = dict(NaturePorteur.choices), dict(Role.choices)
_STATUTS = dict(Statut.choices)


def _rangees(cles: QuerySet[Projet], lignes: QuerySet[Projet], annees: Sequence[int]) -> Iterator[list[Any]]:
    """One row per project, by slices of four queries. The keys are read first, once: the list does not change while it is
    written."""
    objectifs = {
        un.pk: (str(un.enjeu.thematique), str(un.enjeu), str(un))
        for un in Objectif.objects.select_related("enjeu__thematique")
    }
    lues = lignes.order_by().values_list(*_CHAMPS)
    pks = list(cles.values_list("pk", flat=True))
    for debut in range(0, len(pks), TRANCHE):
        tranche = pks[debut : debut + TRANCHE]
        projets = {valeurs[0]: valeurs for valeurs in lues.filter(pk__in=tranche)}
        liens = _Liens.de(tranche)
        yield from (_rangee(projets[pk], liens, objectifs, annees) for pk in tranche if pk in projets)


@dataclass(frozen=True)
class _Liens:
    """What several rows of other tables say of each project of a slice, by its key."""

    quartiers: dict[int, list[str]]
    etablissements: dict[int, list[str]]
    exercices: dict[int, dict[int, tuple[Decimal, Decimal]]]  # asked and granted, by civil year

    @classmethod
    def de(cls, pks: Sequence[int]) -> "_Liens":
        exercices: dict[int, dict[int, tuple[Decimal, Decimal]]] = defaultdict(dict)
        lus = Exercice.objects.filter(projet__in=pks).avec_accorde().order_by()
        for projet, annee, demande, accorde in lus.values_list("projet", "annee", "montant_demande", "accorde"):
            exercices[projet][annee] = (demande, accorde)
        return cls(_noms(Quartier, pks), _noms(Etablissement, pks), exercices)


def _noms(modele: type[Quartier] | type[Etablissement], pks: Sequence[int]) -> dict[int, list[str]]:
    noms: dict[int, list[str]] = defaultdict(list)
    for projet, nom in modele.objects.filter(projets__in=pks).values_list("projets", "nom"):
        noms[projet].append(nom)
    return noms


def _rangee(
    valeurs: Sequence[Any], liens: _Liens, objectifs: dict[int, tuple[str, str, str]], annees: Sequence[int]
) -> list[Any]:
    (
        pk, numero, titre, structure, nature, commune, statut, coordination, objectif, debut, fin, enfants, scolaire,
        demandes, recus, depose, demande, accorde,
    ) = valeurs  # fmt: skip
    exercices = liens.exercices.get(pk, {})
    return [
        numero,
        titre,
        structure or "",
        _NATURES.get(nature, nature),
        commune or "",
        _STATUTS.get(statut, statut),
        _ROLES.get(coordination, coordination),
        *objectifs.get(objectif, ("", "", "")),
        SEPARATEUR.join(liens.quartiers.get(pk, ())),
        SEPARATEUR.join(liens.etablissements.get(pk, ())),
        debut,
        fin,
        enfants,
        "oui" if scolaire else "non",
        demandes,
        recus,
        _jour(depose),
        demande,
        accorde,
        *(montant for annee in annees for montant in _montants(exercices.get(annee), accorde)),
    ]


def _montants(exercice: tuple[Decimal, Decimal] | None, accorde: Decimal | None) -> tuple[Any, Any]:
    """Asked and granted for one year; nothing is « granted 0 € » before a decision is published."""
    if exercice is None:
        return None, None
    return exercice[0], None if accorde is None else exercice[1]


def _jour(moment: datetime | None) -> Any:
    return timezone.localtime(moment).date() if moment else None
