"""The sheets of one civil year, as columns and rows: projects, exercises (bilans), lines, indicators, figures for reviews.

Sums are added up as the rows pass, so that the value kept beside a formula is always that of the rows it refers to.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ..enums import Financeur
from ..indicateurs import indicateurs_de
from ..repartitions import Rang
from .donnees_annuelles import BilanAnnuel, lignes_de_l_annee, part
from .donnees_projets import ProjetAnnuel, indicateurs_de_l_annee
from .feuille import Colonne, Feuille, Genre, Typee

_EUROS = {"genre": Genre.EUROS, "somme": True}
_ENTIERS = {"genre": Genre.ENTIER, "largeur": 12, "somme": True}
_FINANCEURS = [f"accorde_{financeur.value}" for financeur in Financeur]
_PAR_FINANCEUR = tuple(Colonne(f"accorde_{f.value}", f"Accordé {f.label} (€)", **_EUROS) for f in Financeur)
_ACCORDE = Colonne("accorde", "Accordé total (€)", formule=f"SUM({{{_FINANCEURS[0]}}}:{{{_FINANCEURS[-1]}}})", **_EUROS)

# --- projects ---------------------------------------------------------------------------------------------------------

COLONNES_PROJETS = (
    Colonne("numero", "Numéro", largeur=12),
    Colonne("titre", "Projet", largeur=40),
    Colonne("structure", "Structure", largeur=28),
    Colonne("natures", "Nature du porteur", largeur=22),
    Colonne("thematiques", "Thématique", largeur=28),
    Colonne("enjeux", "Enjeu", largeur=28),
    Colonne("objectifs", "Objectif principal", largeur=34),
    Colonne("parcours", "Parcours", largeur=24),
    Colonne("quartiers", "Quartiers prioritaires", largeur=28),
    Colonne("etablissements", "Établissements", largeur=28),
    Colonne("dispositifs", "Dispositifs liés", largeur=24),
    Colonne("statut", "Statut", largeur=16),
    Colonne("depose_le", "Déposé le", Genre.DATE, 12),
    Colonne("scolaire", "Temps scolaire", largeur=10),
    Colonne("valide", "Validé (1 : oui)", Genre.ENTIER, 9, somme=True),
    Colonne("demande", "Demandé (€)", **_EUROS),
    *_PAR_FINANCEUR,
    _ACCORDE,
    Colonne("demande_total", "Demandé, toutes années (€)", **_EUROS),
    Colonne("accorde_total", "Accordé, toutes années (€)", **_EUROS),
    Colonne("enfants", "Enfants et jeunes prévus", **_ENTIERS),
    Colonne("parents", "Parents prévus", **_ENTIERS),
    Colonne("partenaires", "Partenaires", **_ENTIERS),
)
GROUPES = ("thematiques", "enjeux", "objectifs", "natures")  # a project has one of each: their rows add up


def _cellules_projet(projet: ProjetAnnuel) -> list[Any]:
    return [
        projet.numero, projet.titre, projet.structure, projet.nature, projet.thematique, projet.enjeu, projet.objectif,
        projet.parcours, projet.quartiers, projet.etablissements, projet.dispositifs, projet.statut, projet.depose_le,
        projet.scolaire, projet.valide, projet.demande, *projet.par_financeur, projet.accorde, projet.demande_total,
        projet.accorde_total, projet.enfants, projet.parents, projet.partenaires,
    ]  # fmt: skip


@dataclass
class SommesProjets:
    """Sums by thématique, enjeu, objectif and nature, and of all, added up as the projects pass."""

    total: Rang = field(default_factory=lambda: Rang("Total"))
    groupes: dict[tuple[str, str], Rang] = field(default_factory=dict)

    def passer(self, projets: Iterable[ProjetAnnuel]) -> Iterator[ProjetAnnuel]:
        for projet in projets:
            enfants = projet.enfants if projet.valide else 0
            un = Rang("", 1, projet.valide, projet.demande, projet.accorde, enfants)
            valeurs = (projet.thematique, projet.enjeu, projet.objectif, projet.nature)
            for cle in zip(GROUPES, valeurs, strict=True):
                self.groupes[cle] = self.groupes.get(cle, Rang(cle[1])).plus(un)
            self.total = self.total.plus(un)
            yield projet


def feuille_projets(annee: int, projets: Iterable[ProjetAnnuel]) -> Feuille:
    vide = f"Aucun projet déposé n’a de budget pour {annee}."
    return Feuille("Projets", COLONNES_PROJETS, (_cellules_projet(projet) for projet in projets), vide)


# --- exercises --------------------------------------------------------------------------------------------------------

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
    *_PAR_FINANCEUR,
    _ACCORDE,
    Colonne("charges_prevues", "Charges prévues (€)", **_EUROS),
    Colonne("charges_realisees", "Charges réalisées (€)", **_EUROS),
    Colonne("produits_prevus", "Produits prévus (€)", **_EUROS),
    Colonne("produits_realises", "Produits réalisés (€)", **_EUROS),
    Colonne("ecart", "Écart des charges (€)", formule="{charges_realisees}-{charges_prevues}", **_EUROS),
    Colonne("part_ecart", "Écart des charges (%)", Genre.PART, 12,
            formule='IF({charges_prevues}=0,"",{ecart}/{charges_prevues})'),
    Colonne("a_rendre", "À rendre (€)", **_EUROS),
    Colonne("enfants_prevus", "Enfants et jeunes prévus", **_ENTIERS),
    Colonne("enfants", "Enfants et jeunes touchés", **_ENTIERS),
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
    """Sums of the bilans, and by state and nature, added up as they pass."""

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
        "Exercices",
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


# --- indicators -------------------------------------------------------------------------------------------------------

COLONNES_INDICATEURS = (
    Colonne("numero", "Numéro", largeur=12),
    Colonne("titre", "Projet", largeur=40),
    Colonne("structure", "Structure", largeur=28),
    Colonne("indicateur", "Indicateur", largeur=50),
    Colonne("cible", "Cible", largeur=24),
    Colonne("resultat", "Résultat", largeur=40),
    Colonne("appreciation", "Appréciation", largeur=20),
)


def feuille_indicateurs(annee: int) -> Feuille:
    vide = f"Aucun bilan {annee} déposé n’a d’indicateur."
    return Feuille("Indicateurs", COLONNES_INDICATEURS, indicateurs_de_l_annee(annee), vide, total=False)


_GENRES = {"euros": Genre.EUROS, "part": Genre.PART, "nombre": Genre.ENTIER}


def feuille_revue(annee: int) -> Feuille:
    """The figures of the ANCT's « revue de projets », each with its own unit."""
    colonnes = (
        Colonne("code", "Code", largeur=24),
        Colonne("libelle", "Indicateur", largeur=60),
        Colonne("perimetre", "Seulement", largeur=40),
        Colonne("valeur", str(annee), Genre.ENTIER, 16),
        Colonne("precedente", str(annee - 1), Genre.ENTIER, 16),
    )
    lignes = (
        [un.code, un.libelle, un.perimetre, *(Typee(_GENRES[un.unite], v) for v in (un.valeur, un.precedente))]
        for un in indicateurs_de(annee)
    )
    return Feuille("Revue de projets", colonnes, lignes, "Aucun indicateur n’est défini.", total=False)
