"""The content of the Word form of one bilan, and the one description of every question it asks.

Framework-free, as ``dossier.py`` is. The three parts are those of the compte rendu financier (Cerfa 15059): bilan
qualitatif, tableau de données chiffrées, annexe. A ``DossierBilan`` says what the porteur wrote; ``bilans_word.py`` compares
it with the Bilan that the portal keeps.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self

from .questionnaire import Genre, Section, depuis_json, vers_json
from .questionnaire import champ_question as _question

TEXTE_MAXIMUM = 10_000
SUBVENTION = "Subvention de la cité éducative"  # its account in a bilan: what was granted, no longer what was asked

SECTIONS_BILAN = (
    Section("reference", "Le projet", "Ces lignes sont déjà remplies : elles disent de quel bilan il s’agit."),
    Section("qualitatif", "1. Bilan qualitatif", "Ce qui a été fait, où, quand, avec qui, et ce que cela a changé."),
    Section(
        "chiffres", "2. Données chiffrées", "En euros, toutes taxes comprises (TTC), pour cette seule année civile."
    ),
    Section("annexe", "3. Annexe", "Un écart important entre le prévu et le réalisé doit être expliqué."),
    Section("engagement", "4. L’engagement du porteur", ""),
)


@dataclass(frozen=True)
class IndicateurRendu:
    libelle: str = _question("Indicateur", maximum=300)
    cible: str = _question("Cible à atteindre", maximum=200)
    resultat: str = _question("Résultat obtenu", maximum=2000)
    appreciation: str = _question("Appréciation", Genre.CHOIX, options="appreciations")


@dataclass(frozen=True)
class LigneRendue:
    """One account of one civil year, in euros TTC; ``None`` is an empty cell, not zero."""

    compte: str = _question("Compte", Genre.CHOIX, options="comptes")
    detail: str = _question("Précisions", maximum=300)
    prevu: Decimal | None = _question("Prévu (€)", Genre.MONTANT, maximum=100_000_000)
    realise: Decimal | None = _question("Réalisé (€)", Genre.MONTANT, maximum=100_000_000)

    @property
    def ecart(self) -> Decimal | None:
        """Done less planned; None while nothing is written."""
        return None if self.realise is None else self.realise - (self.prevu or Decimal(0))


def pourcentage(ecart: Decimal | None, prevu: Decimal | None) -> Decimal | None:
    """A gap in % of what was planned, one decimal; None when there is nothing to compare with."""
    if ecart is None or not prevu:
        return None
    return (ecart * 100 / prevu).quantize(Decimal("0.1"))


def est_a_expliquer(
    ecart: Decimal | None, prevu: Decimal | None, seuil: Decimal, plancher: Decimal = Decimal(0)
) -> bool:
    """Whether a gap is beyond both thresholds of the call: ``seuil`` in % and ``plancher`` in euros.

    What nobody planned is always beyond the first. Raw quotient: a rounded one would excuse 10,04 %.
    """
    if not ecart or abs(ecart) <= plancher:
        return False
    return not prevu or abs(ecart) * 100 > seuil * prevu


def limite_legale(annee: int) -> date:
    """« dans les six mois suivant la fin de l’exercice pour lequel elle a été attribuée » (arrêté du 11 octobre 2006)."""
    return date(annee + 1, 6, 30)


@dataclass(frozen=True)
class ChargeRendue(LigneRendue):
    compte: str = _question("Compte", Genre.CHOIX, options="comptes_charges")


@dataclass(frozen=True)
class ProduitRendu(LigneRendue):
    compte: str = _question("Compte", Genre.CHOIX, options="comptes_produits")


@dataclass(frozen=True)
class DossierBilan:
    """Everything the Word form of a bilan says. Immutable."""

    numero: str = _question("Numéro du projet", section="reference", obligatoire=True, maximum=20)
    titre: str = _question("Titre du projet", section="reference", maximum=200)
    structure: str = _question("Structure", section="reference", maximum=200)
    annee: int | None = _question("Année civile du bilan", Genre.ANNEE, "reference", obligatoire=True)

    issue: str = _question("L’action a été", Genre.CHOIX, "qualitatif", options="issues", obligatoire=True)
    nouveau_debut: date | None = _question(
        "Nouvelle date de début", Genre.DATE, "qualitatif", aide="Si vous demandez de nouvelles dates."
    )
    nouvelle_fin: date | None = _question(
        "Nouvelle date de fin", Genre.DATE, "qualitatif", aide="Si vous demandez de nouvelles dates."
    )
    realisation: str = _question(
        "Ce qui a été fait",
        Genre.TEXTE_LONG,
        "qualitatif",
        aide="Racontez l’action comme elle s’est passée : étapes, séances, sorties. Si elle n’a pas eu lieu, laissez vide.",
        obligatoire=True,
        maximum=TEXTE_MAXIMUM,
    )
    dates_et_lieux: str = _question("Dates et lieux", Genre.TEXTE_LONG, "qualitatif", maximum=TEXTE_MAXIMUM)
    resultats: str = _question("Objectifs atteints et résultats", Genre.TEXTE_LONG, "qualitatif", maximum=TEXTE_MAXIMUM)
    difficultes: str = _question(
        "Difficultés rencontrées et suites", Genre.TEXTE_LONG, "qualitatif", maximum=TEXTE_MAXIMUM
    )
    filles: int | None = _question("Filles", Genre.ENTIER, "qualitatif", maximum=1_000_000)
    garcons: int | None = _question("Garçons", Genre.ENTIER, "qualitatif", maximum=1_000_000)
    parents: int | None = _question("Parents", Genre.ENTIER, "qualitatif", maximum=1_000_000)
    professionnels: int | None = _question("Professionnels", Genre.ENTIER, "qualitatif", maximum=1_000_000)
    indicateurs: tuple[IndicateurRendu, ...] = _question(
        "Indicateurs",
        Genre.TABLEAU,
        "qualitatif",
        ligne=IndicateurRendu,
        fermee=True,
        aide="Ceux de votre dossier. Dites le résultat, et si la cible est atteinte.",
    )

    charges: tuple[ChargeRendue, ...] = _question(
        "Charges", Genre.TABLEAU, "chiffres", ligne=ChargeRendue, options="comptes_charges"
    )
    produits: tuple[ProduitRendu, ...] = _question(
        "Produits", Genre.TABLEAU, "chiffres", ligne=ProduitRendu, options="comptes_produits"
    )

    explication_ecarts: str = _question("Explication des écarts", Genre.TEXTE_LONG, "annexe", maximum=TEXTE_MAXIMUM)
    observations: str = _question(
        "Observations",
        Genre.TEXTE_LONG,
        "annexe",
        aide="Par exemple : comment les charges indirectes ont été réparties.",
        maximum=TEXTE_MAXIMUM,
    )
    communication_faite: bool = _question(
        "Les logos et la phrase demandés figurent sur les supports", Genre.COCHE, "annexe"
    )

    certifie: bool = _question(
        "Je certifie exactes les informations de ce bilan", Genre.COCHE, "engagement", obligatoire=True
    )
    signataire: str = _question("Nom et qualité du signataire", section="engagement", maximum=200)

    def vers_json(self) -> dict[str, Any]:
        """Plain dict for JSON; inverse of ``depuis_json``."""
        return vers_json(self)

    @classmethod
    def depuis_json(cls, donnees: Mapping[str, Any]) -> Self:
        """DossierBilan of a dict as ``vers_json`` writes it. Raises ValueError as ``questionnaire.depuis_json`` does."""
        return depuis_json(cls, donnees)
