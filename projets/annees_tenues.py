"""The figures of a civil year and of the one before, read in the kept sums by one query whatever the number of projects.

What ``annees_en_direct`` adds up, said the same to the cent; tests/test_annees_tenues.py holds the one against the other.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from . import cumuls
from .cellules_enveloppes import Cellules, en_cellules
from .echeances import etats_tenus
from .faits import Axe, portee_de
from .justifications import justifies_tenus
from .models import SOMMES
from .repartitions import TOUS, ZERO, Annees, Filtre, Rang, Trouves, exercices_de

_AXES = (
    Axe.TOTAL, Axe.APPEL, Axe.STATUT, Axe.OBJECTIF, Axe.SECONDAIRE, Axe.PARCOURS, Axe.QUARTIER, Axe.NIVEAU, Axe.ETABLISSEMENT,
    Axe.NATURE, Axe.FINANCEUR, Axe.DISPOSITIF, Axe.PUBLICS, Axe.BILAN, Axe.ENVELOPPE,
)  # fmt: skip
_TEXTES = (Axe.NATURE, Axe.FINANCEUR)
_EN_EUROS = frozenset({"demande", "accorde", "depense"})
_RANG = {nom: rang for rang, nom in enumerate(SOMMES)}
Perimetre = tuple[int | None, int | None]  # thématique, parcours


def lire(
    annee: int, filtre: Filtre = TOUS, perimetres: Iterable[Perimetre] = (), *, structures: bool = False
) -> "Tenues | None":
    """The kept sums of a year, None when they are not up to date: they are then to be added up live.

    ``perimetres``: what ``revue`` will be asked of; ``structures``: and whether it will be asked for their number.
    """
    if not cumuls.a_jour():
        return None
    portee = _portee(filtre)
    portees = {portee_de(thematique, None, parcours): (Axe.TOTAL,) for thematique, parcours in perimetres}
    lignes = cumuls.lire((annee, annee - 1), portees | {portee: _AXES}, structures=structures)
    return Tenues(annee, portee, lignes)


def nombre_de_budgets(annee: int) -> int:
    """How many rows ``exercices_de`` that year has, read in the kept sums when they are up to date."""
    if not cumuls.a_jour():
        return exercices_de([annee]).count()
    return sum(ligne[4] for ligne in cumuls.lire((annee,), {"": (Axe.TOTAL,)}))


def _portee(filtre: Filtre) -> str:
    return portee_de(filtre.thematique and filtre.thematique.pk, filtre.quartier and filtre.quartier.pk)


class Tenues:
    """A ``repartitions.Source``, of the rows of ``cumuls.lire``."""

    def __init__(self, annee: int, portee: str, lignes: Iterable[tuple[Any, ...]]) -> None:
        self.annees: Annees = (annee, annee - 1)
        self.portee = portee
        self._lignes: dict[tuple[str, str, int], list[tuple[Any, ...]]] = defaultdict(list)
        for ligne in lignes:
            self._lignes[ligne[1], ligne[2], ligne[0]].append(ligne)

    def _de(self, axe: str, annee: int) -> list[tuple[Any, ...]]:
        return self._lignes.get((self.portee, axe, annee), [])

    @property
    def enveloppes(self) -> Cellules | None:
        return en_cellules(self._de(Axe.ENVELOPPE, self.annees[0])) if not self.portee else None

    def totaux(self) -> tuple[Rang, Rang]:
        return tuple(
            next((_rang("Total", ligne) for ligne in self._de(Axe.TOTAL, annee)), Rang("Total"))
            for annee in self.annees
        )

    def par(self, axe: str) -> Trouves:
        return tuple(
            {_cle(axe, ligne[3]): _rang("", ligne) for ligne in self._de(axe, annee) if ligne[4]}
            for annee in self.annees
        )

    def secondaires(self) -> dict[int, int]:
        return {int(ligne[3]): ligne[4] for ligne in self._de(Axe.SECONDAIRE, self.annees[0])}

    def appels(self) -> set[int]:
        return {int(ligne[3]) for annee in self.annees for ligne in self._de(Axe.APPEL, annee) if ligne[4]}

    def statuts(self) -> dict[str, int]:
        return {ligne[3]: ligne[4] for ligne in self._de(Axe.STATUT, self.annees[0])}

    def bilans(self, jour: date) -> dict[str, tuple[int, Decimal]]:
        lignes = [ligne for ligne in self._de(Axe.BILAN, self.annees[0]) if ligne[4]]
        comptes: dict[str, tuple[int, Decimal]] = {}
        for _, etat, _, rang in etats_tenus(((ligne[0], ligne[3], rang) for rang, ligne in enumerate(lignes)), jour):
            nombre, montant = comptes.get(etat.value, (0, ZERO))
            siens = lignes[rang]
            comptes[etat.value] = (nombre + siens[4], montant + _valeur(siens, "accorde"))
        return comptes

    def publics(self) -> tuple[int, int, int, int]:
        ligne = next(iter(self._de(Axe.PUBLICS, self.annees[0])), None)
        champs = ("filles", "garcons", "parents_touches", "professionnels")
        return tuple(_valeur(ligne, champ) if ligne else 0 for champ in champs)

    def justifie(self) -> Decimal:
        return sum(justifies_tenus(en_cellules(self._de(Axe.ENVELOPPE, self.annees[0]))).values(), ZERO)

    def revue(self, annee: int, perimetre: Perimetre, somme: str) -> Decimal | int:
        """One sum over the projects of a perimeter; « structures » is the number of those that hold a granted project."""
        thematique, parcours = perimetre
        axe = somme if somme == "structures" else Axe.TOTAL
        lignes = self._lignes.get((portee_de(thematique, None, parcours), axe, annee))
        return _valeur(lignes[0], "projets" if somme == "structures" else somme) if lignes else 0


def _cle(axe: str, cle: str) -> int | str | None:
    return cle if axe in _TEXTES else int(cle) if cle else None


def _valeur(ligne: tuple[Any, ...], nom: str) -> Decimal | int:
    valeur = ligne[4 + _RANG[nom]]
    return Decimal(valeur).scaleb(-2) if nom in _EN_EUROS else valeur


def _rang(libelle: str, ligne: tuple[Any, ...]) -> Rang:
    return Rang(libelle, *(_valeur(ligne, nom) for nom in ("projets", "valides", "demande", "accorde", "enfants")))
