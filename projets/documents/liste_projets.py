"""The list of projects as a sheet (csv, xlsx, ods): typed cells, read by slices, never a message nor a deliberation.

Only published amounts are « accordés ». A text is never taken for a formula (see ``tableur``).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from ..models import Exercice, Projet
from .tableur import Colonne, Feuille, Genre, ecrire_csv, ecrire_ods, ecrire_xlsx

TRANCHE = 500
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


def _rangees(cles: QuerySet[Projet], lignes: QuerySet[Projet], annees: Sequence[int]) -> Iterator[list[Any]]:
    """One row per project. The keys are read first, once: the list does not change while it is written."""
    lues = lignes.select_related("structure", "objectif_principal__enjeu__thematique").prefetch_related(
        "quartiers", "etablissements", Prefetch("exercices", Exercice.objects.avec_accorde().order_by("annee"))
    )
    pks = list(cles.values_list("pk", flat=True))
    for debut in range(0, len(pks), TRANCHE):
        tranche = pks[debut : debut + TRANCHE]
        projets = {projet.pk: projet for projet in lues.filter(pk__in=tranche).order_by()}
        yield from (_rangee(projets[pk], annees) for pk in tranche if pk in projets)


def _rangee(projet: Projet, annees: Sequence[int]) -> list[Any]:
    structure, objectif = projet.structure, projet.objectif_principal
    exercices = {exercice.annee: exercice for exercice in projet.exercices.all()}
    return [
        projet.numero,
        projet.titre,
        structure.nom if structure else "",
        projet.get_nature_display(),
        structure.commune if structure else "",
        projet.get_statut_display(),
        projet.get_coordination_display(),
        str(objectif.enjeu.thematique) if objectif else "",
        str(objectif.enjeu) if objectif else "",
        str(objectif) if objectif else "",
        SEPARATEUR.join(quartier.nom for quartier in projet.quartiers.all()),
        SEPARATEUR.join(etablissement.nom for etablissement in projet.etablissements.all()),
        projet.date_debut,
        projet.date_fin,
        projet.nombre_enfants,
        "oui" if projet.temps_scolaire else "non",
        projet.avis_demandes,
        projet.avis_recus,
        _jour(projet.depose_le),
        projet.demande,
        projet.accorde,
        *(montant for annee in annees for montant in _montants(exercices.get(annee), projet.accorde)),
    ]


def _montants(exercice: Exercice | None, accorde: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    """Asked and granted for one year; nothing is « granted 0 € » before a decision is published."""
    if exercice is None:
        return None, None
    return exercice.montant_demande, None if accorde is None else exercice.accorde


def _jour(moment: datetime | None) -> Any:
    return timezone.localtime(moment).date() if moment else None
