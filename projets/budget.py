"""What a budget adds up to, by civil year and overall: the one place where it is computed, from the lines of a Dossier.

Framework-free. Pages, PDF and rules read a ``SyntheseBudget``; the browser shows the same sums while somebody types, and
the server decides. Whether a budget is right is the business of ``regles_budget.py``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from .dossier import CLASSES_VOLONTAIRES, COMPTE_DEMANDE, Dossier, LigneBudgetPrevue
from .valeurs import INSECABLE, euros, insecables, nombre

COLONNES = ("montant_n", "montant_n1")  # of a line: year N, year N+1
ZERO = Decimal("0.00")


def est_volontaire(compte: str) -> bool:
    """Whether an account is a voluntary contribution (classes 86 and 87), outside the cash totals."""
    return compte.startswith(CLASSES_VOLONTAIRES)


@dataclass(frozen=True)
class SyntheseBudget:
    """Totals of one civil year in euros TTC, or of all of them (``annee`` None). Charges and produits are cash only."""

    annee: int | None
    charges: Decimal = ZERO
    produits: Decimal = ZERO
    emplois: Decimal = ZERO  # voluntary contributions, class 86
    ressources: Decimal = ZERO  # class 87
    demande: Decimal = ZERO  # asked from the cité éducative: inside the produits
    beneficiaires: int = 0

    @property
    def ecart(self) -> Decimal:
        """Euros of produits beyond the charges; negative when some are missing."""
        return self.produits - self.charges

    @property
    def ecart_volontaire(self) -> Decimal:
        return self.ressources - self.emplois

    @property
    def est_equilibre(self) -> bool:
        return self.ecart == 0

    @property
    def besoin(self) -> Decimal:
        """Euros left to find once the other produits are counted; zero when they cover the charges."""
        return max(self.charges - (self.produits - self.demande), ZERO)

    @property
    def part(self) -> Decimal | None:
        """Share of the cité éducative in the cash produits, in % to the tenth (Cerfa 12156); None without produits."""
        return _quotient(self.demande * 100, self.produits, "0.1")

    @property
    def cout(self) -> Decimal | None:
        """Cash charges per beneficiary (children, parents, professionals) in euros; None when nobody is counted."""
        return _quotient(self.charges, Decimal(self.beneficiaires), "0.01")

    @property
    def etat(self) -> str:
        """The balance in a sentence, to follow « 2026 : »."""
        if not self.charges and not self.produits:
            return "rien n’est encore écrit."
        if self.est_equilibre:
            return "charges et produits sont équilibrés."
        if self.ecart < 0:
            return f"il manque {euros(-self.ecart)} de produits."
        return f"il y a {euros(self.ecart)} de produits en trop."

    def plus(self, autre: "SyntheseBudget") -> "SyntheseBudget":
        """Both years together; the beneficiaries are the same people."""
        return SyntheseBudget(
            None,
            self.charges + autre.charges,
            self.produits + autre.produits,
            self.emplois + autre.emplois,
            self.ressources + autre.ressources,
            self.demande + autre.demande,
            self.beneficiaires,
        )


def _quotient(dividende: Decimal, diviseur: Decimal, pas: str) -> Decimal | None:
    return (dividende / diviseur).quantize(Decimal(pas), ROUND_HALF_UP) if diviseur > 0 else None


def beneficiaires(dossier: Dossier) -> int:
    """Everybody that the project counts: children and young people, parents, professionals."""
    nombres = (dossier.nombre_enfants, dossier.nombre_parents or 0, dossier.nombre_professionnels or 0)
    return sum(max(nombre_lu, 0) for nombre_lu in nombres)


def synthese_de_colonne(dossier: Dossier, colonne: int) -> SyntheseBudget:
    """Totals of the column N (0) or N+1 (1), even before the year N is written."""
    champ = COLONNES[colonne]

    def somme(lignes: Iterable[LigneBudgetPrevue]) -> Decimal:
        return sum((getattr(ligne, champ) or ZERO for ligne in lignes), ZERO)

    return SyntheseBudget(
        None if dossier.annee is None else dossier.annee + colonne,
        charges=somme(ligne for ligne in dossier.charges if not est_volontaire(ligne.compte)),
        produits=somme(ligne for ligne in dossier.produits if not est_volontaire(ligne.compte)),
        emplois=somme(ligne for ligne in dossier.charges if est_volontaire(ligne.compte)),
        ressources=somme(ligne for ligne in dossier.produits if est_volontaire(ligne.compte)),
        demande=somme(ligne for ligne in dossier.produits if ligne.compte == COMPTE_DEMANDE),
        beneficiaires=beneficiaires(dossier),
    )


def syntheses(dossier: Dossier) -> tuple[SyntheseBudget, ...]:
    """One per civil year of the file, in their order; none before the year N is written."""
    return tuple(synthese_de_colonne(dossier, annee - dossier.annee) for annee in dossier.annees)


def ensemble(dossier: Dossier) -> SyntheseBudget:
    """Both columns together, whatever their years."""
    return synthese_de_colonne(dossier, 0).plus(synthese_de_colonne(dossier, 1))


# --- to show it -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LigneSynthese:
    """One row of the table of totals: its key, its label, its values by column, raw and written."""

    cle: str
    libelle: str
    valeurs: tuple[Decimal | None, ...]
    textes: tuple[str, ...]

    @property
    def cellules(self) -> list[tuple[Decimal | None, str]]:
        return list(zip(self.valeurs, self.textes, strict=True))

    @property
    def est_ecart(self) -> bool:
        return self.cle == "ecart"


_LIGNES = (
    ("charges", "Charges"),
    ("produits", "Produits"),
    ("ecart", "Écart (produits moins charges)"),
    ("demande", "Dont demandé à la cité éducative"),
    ("part", "Part de la cité éducative dans les produits"),
    ("cout", "Coût par bénéficiaire"),
    ("emplois", "Contributions volontaires : emplois (86)"),
    ("ressources", "Contributions volontaires : ressources (87)"),
)


@dataclass(frozen=True)
class TableauSynthese:
    """The totals of a file as a table: one column per civil year, and their sum when there are two."""

    titres: tuple[str, ...]
    lignes: tuple[LigneSynthese, ...]
    etats: tuple[str, ...]  # the balance of each year in a sentence
    beneficiaires: int

    @property
    def est_vide(self) -> bool:
        return not self.lignes


def tabuler(colonnes: Iterable[SyntheseBudget], *, complet: bool = False) -> TableauSynthese:
    """The table of some years. Rows without anything to say are left out, unless ``complet`` (a page that fills them)."""
    annees = tuple(colonnes)
    montrees = (*annees, annees[0].plus(annees[1])) if len(annees) > 1 else annees
    lignes = []
    for cle, libelle in _LIGNES:
        valeurs = tuple(getattr(synthese, cle) for synthese in montrees)
        if complet or cle in ("charges", "produits", "ecart") or any(valeurs):
            textes = tuple(_ecrite(cle, valeur) for valeur in valeurs)
            lignes.append(LigneSynthese(cle, insecables(libelle), valeurs, textes))
    titres = tuple(str(s.annee) if s.annee else f"Année N{'+1' if rang else ''}" for rang, s in enumerate(annees))
    etats = tuple(f"{titre}{INSECABLE}: {s.etat}" for titre, s in zip(titres, annees, strict=True))
    return TableauSynthese(
        (*titres, "Total") if len(annees) > 1 else titres,
        tuple(lignes) if annees else (),
        etats,
        annees[0].beneficiaires if annees else 0,
    )


def _ecrite(cle: str, valeur: Decimal | None) -> str:
    if valeur is None:
        return "—"
    return f"{nombre(valeur, decimales=1)}{INSECABLE}%" if cle == "part" else euros(valeur)
