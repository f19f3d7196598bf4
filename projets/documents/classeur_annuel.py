"""The workbook of one civil year: summary, projects, exercises, lines, envelopes, breakdowns, indicators, real formulas.

Sheets are written as their rows are read, and shown in ``ORDRE``: the summary, which refers to the others, is written last.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

from correspondants.enums import NaturePorteur

from ..echeances import EtatBilan
from ..enums import Financeur
from ..repartitions import Rang, Tableau
from ..statistiques import Annee, annee_civile
from .donnees_annuelles import bilans_de_l_annee
from .donnees_projets import projets_de_l_annee
from .feuille import Colonne, Feuille, Formule, Genre
from .feuilles_annuelles import (
    GROUPES,
    SommesProjets,
    Totaux,
    feuille_bilans,
    feuille_indicateurs,
    feuille_lignes,
    feuille_projets,
    feuille_revue,
)
from .feuilles_enveloppes import feuille_enveloppes, feuille_mouvements
from .tableur import ecrire_ods, ecrire_xlsx

ORDRE = (
    "Synthèse", "Projets", "Exercices", "Lignes", "Enveloppes", "Mouvements", "Répartitions", "Indicateurs",
    "Revue de projets",
)  # fmt: skip
Suivre = Callable[[Iterable[Any]], Iterable[Any]]  # lets rows pass and counts them

# --- breakdowns -------------------------------------------------------------------------------------------------------

COLONNES_REPARTITIONS = (
    Colonne("repartition", "Répartition", largeur=26),
    Colonne("intitule", "Intitulé", largeur=50),
    Colonne("projets", "Projets déposés", Genre.ENTIER, 10),
    Colonne("valides", "Projets validés", Genre.ENTIER, 10),
    Colonne("demande", "Demandé (€)", Genre.EUROS),
    Colonne("accorde", "Accordé (€)", Genre.EUROS),
    Colonne("enfants", "Enfants et jeunes prévus", Genre.ENTIER, 12),
    Colonne("precedent", "Accordé l’année précédente (€)", Genre.EUROS, 16),
    Colonne("note", "Ce qui est compté", largeur=60),
)


def feuille_repartitions(annee: Annee, projets: Feuille, sommes: SommesProjets) -> Feuille:
    """Rows of a breakdown whose rows add up are formulas over the sheet of projects, and so is its total."""

    def lignes() -> Iterator[list[Any]]:
        numero = 2
        for tableau in annee.tableaux:
            premiere = numero
            for rang, avant in tableau.paires:
                yield [
                    tableau.titre, rang.libelle, *_chiffres(tableau, rang, numero, projets, sommes), avant.accorde,
                    tableau.note if numero == premiere else None,
                ]  # fmt: skip
                numero += 1
            if tableau.additif and tableau.rangs:
                yield _total(tableau, premiere, numero - 1)
                numero += 1

    return Feuille("Répartitions", COLONNES_REPARTITIONS, lignes(), total=False)


def _chiffres(tableau: Tableau, rang: Rang, numero: int, projets: Feuille, sommes: SommesProjets) -> list[Any]:
    if tableau.code == "financeurs":
        return [rang.projets, rang.valides, None, rang.accorde, None]
    if tableau.code not in GROUPES:
        return [rang.projets, rang.valides, rang.demande, rang.accorde, rang.enfants]
    compte = sommes.groupes.get((tableau.code, rang.libelle), Rang(""))
    egal = f"({_plage(projets, tableau.code)}=B{numero})"
    valide = _plage(projets, "valide")
    return [
        Formule(f"SUMPRODUCT({egal}*1)", compte.projets),
        Formule(f"SUMPRODUCT({egal}*{valide})", compte.valides),
        Formule(f"SUMPRODUCT({egal}*{_plage(projets, 'demande')})", compte.demande),
        Formule(f"SUMPRODUCT({egal}*{_plage(projets, 'accorde')})", compte.accorde),
        Formule(f"SUMPRODUCT({egal}*{valide}*{_plage(projets, 'enfants')})", compte.enfants),
    ]


def _total(tableau: Tableau, premiere: int, derniere: int) -> list[Any]:
    total, avant = tableau.total, tableau.total_precedent
    valeurs = [total.projets, total.valides, total.demande, total.accorde, total.enfants, avant.accorde]
    if tableau.accorde_seul:  # a project paid by two funders is in two rows: only euros add up
        valeurs[0] = valeurs[1] = valeurs[2] = valeurs[4] = None
    cellules = [
        None if valeur is None else Formule(f"SUM({lettre}{premiere}:{lettre}{derniere})", valeur)
        for lettre, valeur in zip("CDEFGH", valeurs, strict=True)
    ]
    return [tableau.titre, "TOTAL", *cellules, None]


# --- summary ----------------------------------------------------------------------------------------------------------

COLONNES_SYNTHESE = (
    Colonne("libelle", "Synthèse", largeur=56),
    Colonne("nombre", "Nombre", Genre.ENTIER, 10),
    Colonne("accorde", "Accordé (€)", Genre.EUROS),
    Colonne("prevu", "Charges prévues (€)", Genre.EUROS),
    Colonne("realise", "Charges réalisées (€)", Genre.EUROS),
    Colonne("ecart", "Écart (€)", Genre.EUROS),
    Colonne("demande", "Demandé (€)", Genre.EUROS),
)
_SOMMEES = ("accorde", "charges_prevues", "charges_realisees", "ecart")


def feuille_synthese(
    projets: Feuille, sommes: SommesProjets, bilans: Feuille, totaux: Totaux, precedente: Rang
) -> Feuille:
    """Counts and sums that refer to the other sheets. Read it once those are written."""

    def cellules() -> Iterator[list[Any]]:
        tous = sommes.total
        yield [
            "Projets déposés", Formule(f'COUNTIF({_plage(projets, "numero")},"*-*")', tous.projets),
            _somme(projets, "accorde", tous.accorde), None, None, None, _somme(projets, "demande", tous.demande),
        ]  # fmt: skip
        yield ["dont validés", _somme(projets, "valide", tous.valides), *[None] * 5]
        yield [
            "Projets déposés, année précédente", precedente.projets, precedente.accorde, None, None, None,
            precedente.demande,
        ]  # fmt: skip
        numero = 4
        for titre, colonne, libelles in (
            ("Par état du bilan", "etat", EtatBilan.labels),
            ("Par nature de porteur", "nature", NaturePorteur.labels),
        ):
            yield [titre, *[None] * 6]
            numero += 1
            for libelle in libelles:
                numero += 1
                yield [libelle, *_sommes_si(bilans, colonne, f"A{numero}", totaux.de(colonne, libelle)), None]
        yield ["Par financeur", *[None] * 6]
        for financeur in Financeur:
            cle = f"accorde_{financeur.value}"
            yield [financeur.label, None, _somme(bilans, cle, bilans.sommes[cle]), *[None] * 4]
        compte = Formule(f'COUNTIF({_plage(bilans, "numero")},"*-*")', int(totaux.total[0]))
        chiffres = (_somme(bilans, cle, v) for cle, v in zip(_SOMMEES, totaux.total[1:], strict=True))
        yield ["TOTAL", compte, *chiffres, _somme(bilans, "demande", bilans.sommes["demande"])]

    return Feuille("Synthèse", COLONNES_SYNTHESE, cellules(), total=False)


def _plage(feuille: Feuille, cle: str) -> str:
    return f"{feuille.nom}!{feuille.plage(cle)}"


def _somme(feuille: Feuille, cle: str, valeur: Decimal | int) -> Formule:
    return Formule(f"SUM({_plage(feuille, cle)})", valeur)


def _sommes_si(feuille: Feuille, colonne: str, critere: str, valeurs: list[Decimal]) -> list[Formule]:
    plage = _plage(feuille, colonne)
    return [
        Formule(f"COUNTIF({plage},{critere})", int(valeurs[0])),
        *(
            Formule(f"SUMIF({plage},{critere},{_plage(feuille, cle)})", valeur)
            for cle, valeur in zip(_SOMMEES, valeurs[1:], strict=True)
        ),
    ]


# --- the workbook -----------------------------------------------------------------------------------------------------


def feuilles(annee: int, jour: date, suivre: Suivre = iter) -> Iterator[Feuille]:
    """Every sheet, in the order in which they must be written."""
    sommes, totaux, chiffres = SommesProjets(), Totaux(), annee_civile(annee, jour)
    projets = feuille_projets(annee, sommes.passer(suivre(projets_de_l_annee(annee))))
    yield projets
    bilans = feuille_bilans(annee, totaux.passer(suivre(bilans_de_l_annee(annee, jour))))
    yield bilans
    yield feuille_lignes(annee)
    yield feuille_enveloppes(annee)
    yield feuille_mouvements(annee)
    yield feuille_indicateurs(annee)
    yield feuille_revue(annee)
    yield feuille_repartitions(chiffres, projets, sommes)
    yield feuille_synthese(projets, sommes, bilans, totaux, chiffres.precedente)


def xlsx(annee: int, sortie: BinaryIO, jour: date, suivre: Suivre = iter) -> None:
    ecrire_xlsx(feuilles(annee, jour, suivre), sortie, titre=f"Bilan de l’année {annee}", ordre=ORDRE)


def ods(annee: int, sortie: BinaryIO, jour: date, suivre: Suivre = iter) -> None:
    ecrire_ods(feuilles(annee, jour, suivre), sortie, ordre=ORDRE)
