"""The charts of one civil year, made from its figures: the same for ``/pilotage/`` and for the PDF report."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..repartitions import Couverture, Rang, Tableau
from ..statistiques import Annee
from ..valeurs import euros, nombre
from .graphiques import Graphique, Serie, barres

SANS_GRAPHIQUE = frozenset({"etablissements", "objectifs", "dispositifs"})  # long lists: the table is enough
BARRES_MAX = 30


@dataclass(frozen=True)
class Repartition:
    """A table of the year, and its chart when a chart says more."""

    tableau: Tableau
    graphique: Graphique | None


@dataclass(frozen=True)
class Graphiques:
    """Every chart of one civil year."""

    repartitions: tuple[Repartition, ...]
    couverture: Graphique | None
    publics: Graphique | None
    deux_annees: Graphique | None


def graphiques_de(annee: Annee) -> Graphiques:
    return Graphiques(
        repartitions=tuple(Repartition(t, graphique_de(t, annee.annee)) for t in annee.tableaux if t.rangs),
        couverture=_couverture(annee.couverture),
        publics=_publics(annee),
        deux_annees=_deux_annees(annee),
    )


def graphique_de(tableau: Tableau, annee: int) -> Graphique | None:
    """Granted euros by row, the year before hatched; asked ones as long as nothing is granted. None without a euro."""
    if tableau.code in SANS_GRAPHIQUE or not 0 < len(tableau.rangs) <= BARRES_MAX:
        return None
    champ, mot = "accorde", "Accordé"
    if not _des_euros((*tableau.rangs, *tableau.precedents), champ):
        champ, mot = "demande", "Demandé"
    if not _des_euros((*tableau.rangs, *tableau.precedents), champ):
        return None
    series = [Serie(f"{mot} {annee}", tuple(getattr(rang, champ) for rang in tableau.rangs))]
    if _des_euros(tableau.precedents, champ):
        series.append(Serie(f"{mot} {annee - 1}", tuple(getattr(rang, champ) for rang in tableau.precedents)))
    titre = f"{tableau.titre} : euros {'accordés' if champ == 'accorde' else 'demandés'}"
    return barres(f"g-{tableau.code}", titre, [r.libelle for r in tableau.rangs], series, ecrire=euros)


def _des_euros(rangs: Iterable[Rang], champ: str) -> bool:
    return any(getattr(rang, champ) for rang in rangs)


def _couverture(couverture: tuple[Couverture, ...]) -> Graphique | None:
    if not couverture or len(couverture) > BARRES_MAX * 2:
        return None
    series = [
        Serie("Objectif principal", tuple(c.principaux for c in couverture)),
        Serie("Autre objectif du projet", tuple(c.secondaires for c in couverture)),
    ]
    titre = "Projets validés par objectif stratégique"
    codes = [c.code for c in couverture]
    return barres("g-couverture", titre, codes, series, ecrire=nombre, empilees=True, compactes=True)


def _publics(annee: Annee) -> Graphique | None:
    """Children planned beside people counted by the bilans."""
    publics = annee.publics
    lignes = (
        ("Enfants et jeunes prévus par les projets validés", publics.prevus),
        ("Filles, d’après les bilans déposés", publics.filles),
        ("Garçons, d’après les bilans déposés", publics.garcons),
        ("Parents, d’après les bilans déposés", publics.parents),
        ("Professionnels, d’après les bilans déposés", publics.professionnels),
    )
    if not any(compte for _, compte in lignes):
        return None
    serie = Serie("Personnes", tuple(compte for _, compte in lignes))
    return barres("g-publics", "Publics touchés", [libelle for libelle, _ in lignes], [serie], ecrire=nombre)


def _deux_annees(annee: Annee) -> Graphique | None:
    rangs = [rang for _, rang in annee.deux_annees]
    if not any(rang.demande for rang in rangs):
        return None
    series = [
        Serie("Accordé", tuple(rang.accorde for rang in rangs)),
        Serie("Demandé", tuple(rang.demande for rang in rangs)),
    ]
    libelles = [str(une) for une, _ in annee.deux_annees]
    return barres("g-annees", "D’une année à l’autre : euros demandés et accordés", libelles, series, ecrire=euros)
