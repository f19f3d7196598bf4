"""The bilans of one civil year in one file: xlsx, ods, csv, PDF, or an archive of every bilan with its proofs.

Reads by chunks, a handful of queries each: memory and queries do not grow with the number of bilans. The PDF, which lays
out its pages in memory, details the first ``LIGNES_PDF`` only, and says so.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO

from django.utils import timezone

from correspondants.enums import NaturePorteur

from ..echeances import EtatBilan
from ..enums import Financeur
from ..models import Appel
from . import archive
from .donnees_annuelles import BilanAnnuel, bilans_de_l_annee, lignes_de_l_annee, part
from .pdf import rendre
from .tableur import Colonne, Feuille, Formule, Genre, ecrire_csv, ecrire_ods, ecrire_xlsx

LIGNES_PDF = 600


@dataclass(frozen=True)
class Format:
    code: str
    libelle: str
    extension: str
    type_mime: str
    en_ligne: bool = True  # quick enough to answer a click


FORMATS = {
    un.code: un
    for un in (
        Format("xlsx", "Classeur Excel", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        Format("ods", "Classeur LibreOffice", "ods", "application/vnd.oasis.opendocument.spreadsheet"),
        Format("csv", "Tableau CSV", "csv", "text/csv; charset=utf-8"),
        Format("pdf", "Rapport PDF", "pdf", "application/pdf"),
        Format("zip", "Archive des bilans", "zip", "application/zip", en_ligne=False),
    )
}


def exporter(annee: int, code: str, sortie: BinaryIO, jour: date | None = None) -> None:
    """Writes the file of one civil year. KeyError for a format that is not in FORMATS."""
    ecrire: dict[str, Callable[[int, BinaryIO, date], None]] = {
        "xlsx": _xlsx,
        "ods": _ods,
        "csv": _csv,
        "pdf": _pdf,
        "zip": _zip,
    }
    ecrire[code](annee, sortie, jour or timezone.localdate())


# --- sheets -----------------------------------------------------------------------------------------------------------

_EUROS = {"genre": Genre.EUROS, "somme": True}
_FINANCEURS = [f"accorde_{financeur.value}" for financeur in Financeur]
COLONNES = (
    Colonne("numero", "Numéro", largeur=12),
    Colonne("titre", "Projet", largeur=40),
    Colonne("structure", "Structure", largeur=28),
    Colonne("nature", "Nature du porteur", largeur=22),
    Colonne("thematique", "Thématique", largeur=28),
    Colonne("enjeu", "Enjeu", largeur=28),
    Colonne("objectif", "Objectif principal", largeur=34),
    Colonne("parcours", "Parcours", largeur=24),
    Colonne("genre", "Bilan", largeur=18),
    Colonne("etat", "État du bilan", largeur=14),
    Colonne("echeance", "À remettre le", Genre.DATE, 12),
    Colonne("depose_le", "Déposé le", Genre.DATE, 12),
    Colonne("accepte_le", "Accepté le", Genre.DATE, 12),
    Colonne("demande", "Demandé (€)", **_EUROS),
    *(Colonne(f"accorde_{f.value}", f"Accordé {f.label} (€)", **_EUROS) for f in Financeur),
    Colonne("accorde", "Accordé total (€)", formule=f"SUM({{{_FINANCEURS[0]}}}:{{{_FINANCEURS[-1]}}})", **_EUROS),
    Colonne("charges_prevues", "Charges prévues (€)", **_EUROS),
    Colonne("charges_realisees", "Charges réalisées (€)", **_EUROS),
    Colonne("produits_prevus", "Produits prévus (€)", **_EUROS),
    Colonne("produits_realises", "Produits réalisés (€)", **_EUROS),
    Colonne("ecart", "Écart des charges (€)", formule="{charges_realisees}-{charges_prevues}", **_EUROS),
    Colonne("part_ecart", "Écart des charges (%)", Genre.PART, 12,
            formule='IF({charges_prevues}=0,"",{ecart}/{charges_prevues})'),
    Colonne("a_rendre", "À rendre (€)", **_EUROS),
    Colonne("enfants_prevus", "Enfants et jeunes prévus", Genre.ENTIER, 12, somme=True),
    Colonne("enfants", "Enfants et jeunes touchés", Genre.ENTIER, 12, somme=True),
)  # fmt: skip


def _cellules(bilan: BilanAnnuel) -> list[Any]:
    return [
        bilan.numero, bilan.titre, bilan.structure, bilan.nature, bilan.thematique, bilan.enjeu, bilan.objectif,
        bilan.parcours, bilan.genre, bilan.etat, bilan.echeance, bilan.depose_le, bilan.accepte_le, bilan.demande,
        *bilan.par_financeur, bilan.accorde, bilan.charges_prevues, bilan.charges_realisees, bilan.produits_prevus,
        bilan.produits_realises, bilan.ecart, bilan.part_ecart, bilan.a_rendre, bilan.enfants_prevus, bilan.enfants,
    ]  # fmt: skip


@dataclass
class Totaux:
    """Sums of the year, and by state and nature, added up as the bilans pass."""

    groupes: dict[tuple[str, str], list[Decimal]] = field(default_factory=dict)
    total: list[Decimal] = field(default_factory=lambda: [Decimal(0)] * 5)

    def passer(self, bilans: Iterable[BilanAnnuel]) -> Iterator[BilanAnnuel]:
        for bilan in bilans:
            prevu, realise = bilan.charges_prevues or Decimal(0), bilan.charges_realisees or Decimal(0)
            valeurs = (Decimal(1), bilan.accorde, prevu, realise, realise - prevu)
            for cle in (("etat", bilan.etat), ("nature", bilan.nature), ("", "")):
                somme = self.total if not cle[0] else self.groupes.setdefault(cle, [Decimal(0)] * 5)
                for rang, valeur in enumerate(valeurs):
                    somme[rang] += valeur
            yield bilan

    def de(self, colonne: str, libelle: str) -> list[Decimal]:
        return self.groupes.get((colonne, libelle), [Decimal(0)] * 5)


def feuille_bilans(annee: int, bilans: Iterable[BilanAnnuel]) -> Feuille:
    return Feuille(
        "Bilans",
        COLONNES,
        (_cellules(bilan) for bilan in bilans),
        si_vide=f"Aucun projet n’a reçu de financement pour {annee}.",
        part_totale=lambda sommes: {"part_ecart": part(sommes["ecart"], sommes["charges_prevues"])},
    )


COLONNES_LIGNES = (
    Colonne("numero", "Numéro", largeur=12),
    Colonne("titre", "Projet", largeur=40),
    Colonne("sens", "Sens", largeur=10),
    Colonne("classe", "Classe", largeur=10),
    Colonne("compte", "Compte", largeur=36),
    Colonne("detail", "Précisions", largeur=30),
    Colonne("hors_total", "Contribution volontaire", largeur=14),
    Colonne("prevu", "Prévu (€)", **_EUROS),
    Colonne("realise", "Réalisé (€)", **_EUROS),
    Colonne("ecart", "Écart (€)", formule="{realise}-{prevu}", **_EUROS),
    Colonne("part", "Écart (%)", Genre.PART, 12, formule='IF({prevu}=0,"",{ecart}/{prevu})'),
)


def feuille_lignes(annee: int) -> Feuille:
    """One row per line of the deposited bilans; no total, which would add charges and produits up."""
    return Feuille(
        "Lignes",
        COLONNES_LIGNES,
        lignes_de_l_annee(annee),
        si_vide=f"Aucun bilan {annee} n’a encore été déposé.",
        total=False,
    )


COLONNES_SYNTHESE = (
    Colonne("libelle", "Synthèse", largeur=44),
    Colonne("bilans", "Bilans", Genre.ENTIER, 10),
    Colonne("accorde", "Accordé (€)", Genre.EUROS),
    Colonne("prevu", "Charges prévues (€)", Genre.EUROS),
    Colonne("realise", "Charges réalisées (€)", Genre.EUROS),
    Colonne("ecart", "Écart (€)", Genre.EUROS),
)
_SOMMEES = ("accorde", "charges_prevues", "charges_realisees", "ecart")


def feuille_synthese(bilans: Feuille, totaux: Totaux) -> Feuille:
    """Counts and sums that refer to the sheet of bilans, by state and by nature. Read it once that sheet is written."""

    def cellules() -> Iterator[list[Any]]:
        numero = 1
        for titre, colonne, libelles in (
            ("Par état du bilan", "etat", EtatBilan.labels),
            ("Par nature de porteur", "nature", NaturePorteur.labels),
        ):
            yield [titre, *[None] * 5]
            numero += 1
            for libelle in libelles:
                numero += 1
                yield [libelle, *_sommes_si(bilans, colonne, f"A{numero}", totaux.de(colonne, libelle))]
        yield ["Par financeur", *[None] * 5]
        for financeur in Financeur:
            cle = f"accorde_{financeur.value}"
            yield [financeur.label, None, _somme(bilans, cle, bilans.sommes[cle]), None, None, None]
        plage = _plage(bilans, "numero")
        compte = Formule(f'COUNTIF({plage},"*-*")', int(totaux.total[0]))
        yield ["TOTAL", compte, *(_somme(bilans, cle, v) for cle, v in zip(_SOMMEES, totaux.total[1:], strict=True))]

    return Feuille("Synthèse", COLONNES_SYNTHESE, cellules(), total=False)


def _plage(feuille: Feuille, cle: str) -> str:
    return f"{feuille.nom}!{feuille.plage(cle)}"


def _somme(feuille: Feuille, cle: str, valeur: Decimal) -> Formule:
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


def _feuilles(annee: int, jour: date) -> list[Feuille]:
    totaux = Totaux()
    bilans = feuille_bilans(annee, totaux.passer(bilans_de_l_annee(annee, jour)))
    return [bilans, feuille_lignes(annee), feuille_synthese(bilans, totaux)]


# --- files ------------------------------------------------------------------------------------------------------------


def _xlsx(annee: int, sortie: BinaryIO, jour: date) -> None:
    ecrire_xlsx(_feuilles(annee, jour), sortie, titre=f"Bilans {annee}")


def _ods(annee: int, sortie: BinaryIO, jour: date) -> None:
    ecrire_ods(_feuilles(annee, jour), sortie)


def _csv(annee: int, sortie: BinaryIO, jour: date) -> None:
    ecrire_csv(feuille_bilans(annee, bilans_de_l_annee(annee, jour)), sortie)


@dataclass(frozen=True)
class RapportAnnuel:
    """What the PDF prints."""

    annee: int
    cite: str
    appel_titre: str
    par_etat: tuple[tuple[str, list[Decimal]], ...]
    par_nature: tuple[tuple[str, list[Decimal]], ...]
    total: list[Decimal]
    bilans: tuple[BilanAnnuel, ...]
    non_detailles: int

    @property
    def part_ecart(self) -> Decimal | None:
        fraction = part(self.total[4], self.total[2])
        return None if fraction is None else fraction * 100


def _pdf(annee: int, sortie: BinaryIO, jour: date) -> None:
    totaux = Totaux()
    passage = totaux.passer(bilans_de_l_annee(annee, jour))
    bilans = tuple(islice(passage, LIGNES_PDF))
    non_detailles = sum(1 for _ in passage)
    appel = Appel.objects.filter(courant=True).first()
    rapport = RapportAnnuel(
        annee=annee,
        cite=appel.cite if appel else "",
        appel_titre=appel.titre if appel else "",
        par_etat=tuple((libelle, totaux.de("etat", libelle)) for libelle in EtatBilan.labels),
        par_nature=tuple((libelle, totaux.de("nature", libelle)) for libelle in NaturePorteur.labels),
        total=totaux.total,
        bilans=bilans,
        non_detailles=non_detailles,
    )
    contexte = {
        "rapport": rapport,
        "cite": rapport.cite,
        "appel_titre": rapport.appel_titre,
        "reference": f"Bilans {annee}",
    }
    sortie.write(rendre("projets/documents/bilans_annuels.html", contexte, titre=f"Bilans {annee}"))


def _zip(annee: int, sortie: BinaryIO, jour: date) -> None:
    archive.ecrire(annee, sortie)
