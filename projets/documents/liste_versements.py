"""The payments as a sheet (csv, xlsx, ods): one row per granted Exercice and funder, read by slices."""

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from ..models import Convention, Versement
from ..tableau_versements import LOT, Rangee, lire
from .feuille import Colonne, Feuille, Genre
from .liste_projets import FORMATS
from .tableur import ecrire_csv, ecrire_ods, ecrire_xlsx

COLONNES = (
    Colonne("numero", "Numéro", largeur=12),
    Colonne("titre", "Titre", largeur=40),
    Colonne("structure", "Structure", largeur=30),
    Colonne("annee", "Année civile", largeur=10),
    Colonne("financeur", "Financeur", largeur=22),
    Colonne("accorde", "Accordé", Genre.EUROS, somme=True),
    Colonne("verse", "Versé", Genre.EUROS, somme=True),
    Colonne("reste", "Reste à verser", Genre.EUROS, somme=True),
    Colonne("a_rendre", "À rendre", Genre.EUROS, somme=True),
    Colonne("budget", "Budget révisé", largeur=24),
    Colonne("convention", "Convention signée le", Genre.DATE, 14),
    Colonne("dernier", "Dernier versement", Genre.DATE, 14),
)
_ECRIRE = {
    "xlsx": lambda feuille, sortie: ecrire_xlsx([feuille], sortie, titre="Versements"),
    "ods": lambda feuille, sortie: ecrire_ods([feuille], sortie),
    "csv": ecrire_csv,
}


def exporter(pks: list[int], format_: str, sortie: BinaryIO, financeur: str = "") -> None:
    """Writes the rows of these Exercices. KeyError for a format that does not exist (see ``FORMATS``)."""
    feuille = Feuille("Versements", COLONNES, _lignes(pks, financeur), si_vide="Aucun montant accordé.")
    _ECRIRE[format_](feuille, sortie)


def _lignes(pks: list[int], financeur: str) -> Iterator[list[Any]]:
    for debut in range(0, len(pks), LOT):
        lot = pks[debut : debut + LOT]
        yield from _du_lot(lire(lot, financeur), lot)


def _du_lot(rangees: Iterable[Rangee], lot: list[int]) -> Iterator[list[Any]]:
    signees = {(une.exercice_id, une.financeur): une.signee_le for une in Convention.objects.filter(exercice__in=lot)}
    derniers: dict[tuple[int, str], Any] = {}
    for ligne in Versement.objects.en_vigueur().filter(exercice__in=lot, sens="versement").order_by("date"):
        derniers[ligne.exercice_id, ligne.financeur] = ligne.date
    for rangee in rangees:
        exercice, projet = rangee.exercice, rangee.exercice.projet
        for part in rangee.parts:
            cle = (exercice.pk, part.financeur)
            yield [
                projet.numero, projet.titre, str(projet.structure or ""), str(exercice.annee), part.financeur.label,
                part.accorde, part.paye, part.reste, part.a_rendre, rangee.budget.label, signees.get(cle),
                derniers.get(cle),
            ]  # fmt: skip


__all__ = ["FORMATS", "exporter"]
