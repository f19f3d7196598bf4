"""The rules of the money: each a small function from a Dossier to the Constats it deserves, with its source sentence.

Framework-free, like ``regles.py``, whose list ends with these. The cap and the accounts are data of the call
(``Referentiel``); the sums come from ``budget.py``. To add a rule, write one function and its name in ``REGLES_BUDGET``.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import combinations

from rapidfuzz import fuzz

from .budget import SyntheseBudget, ensemble, syntheses
from .constats import Constat, Gravite
from .dossier import COMPTE_DEMANDE, Dossier, MaterielPrevu
from .questionnaire import Referentiel
from .valeurs import INSECABLE, euros, nombre, simplifier

SOURCE_ANNEE_CIVILE = "« La cité éducative sera financée sur une année civile. »"
SOURCE_DEUX_ANNEES = (
    "« Pour un projet se déroulant en année scolaire avec des besoins sur les 2 années civiles, il vous sera demandé de "
    "déposer un “appel à projet” avec un bilan financier pour l’année N et un bilan définitif pour l’année N+1. »"
)
SOURCE_EQUILIBRE = "Budget prévisionnel du Cerfa 12156 : le total des charges est égal au total des produits."
SOURCE_DEMANDE = (
    "Budget prévisionnel du Cerfa 12156 : la subvention demandée est l’un des produits qui couvrent les charges."
)

Regle = Callable[[Dossier, Referentiel], Iterator[Constat]]


def source_materiel(referentiel: Referentiel) -> str:
    """The sentence of the call, with the cap of its edition."""
    plafond = referentiel.plafond_materiel_ht
    ecrit = nombre(plafond, decimales=None if plafond == plafond.to_integral_value() else 2)
    return (
        "« Toutes les dépenses de matériel assimilées à un investissement et liées aux projets cité éducative ne peuvent "
        f"dépasser {ecrit}{INSECABLE}€ HT l’unité. »"
    )


# --- civil years ----------------------------------------------------------------------------------------------------


def annees_du_budget(dossier: Dossier, referentiel: Referentiel) -> Iterator[Constat]:
    """A project over two civil years has a budget for each; no budget for a year in which it does not happen."""
    debut, fin, annee = dossier.date_debut, dossier.date_fin, dossier.annee
    if annee is not None and not 2015 <= annee <= 2100:
        yield Constat("annee", Gravite.BLOQUANT, "Écrivez une année civile, par exemple 2026.", extrait=str(annee))
        return
    if annee is None or not debut or not fin or fin < debut or fin.year - debut.year > 1:
        return
    if annee != debut.year:
        yield Constat(
            "annee",
            Gravite.BLOQUANT,
            f"Le projet commence en {debut.year} : l’année N du budget est {debut.year}.",
            SOURCE_ANNEE_CIVILE,
            str(annee),
        )
    elif fin.year > annee and dossier.annees == (annee,):
        yield Constat(
            "charges",
            Gravite.BLOQUANT,
            f"Le projet se termine en {fin.year} : remplissez aussi la colonne {fin.year} du budget.",
            SOURCE_DEUX_ANNEES,
        )
    elif fin.year == annee and len(dossier.annees) > 1:
        yield Constat(
            "charges",
            Gravite.BLOQUANT,
            f"Le budget a une colonne {annee + 1}, mais le projet se termine en {fin.year}.",
            SOURCE_ANNEE_CIVILE,
        )
    elif len(dossier.annees) > 1 and _colonne_n_vide(dossier):
        yield Constat(
            "charges",
            Gravite.BLOQUANT,
            f"Le projet commence en {annee} : remplissez aussi la colonne {annee} du budget, ou écrivez 0 si rien n’y est "
            "dépensé.",
            SOURCE_DEUX_ANNEES,
        )


def _colonne_n_vide(dossier: Dossier) -> bool:
    return all(ligne.montant_n is None for ligne in (*dossier.charges, *dossier.produits))


# --- sums -----------------------------------------------------------------------------------------------------------


def budget_equilibre(dossier: Dossier, referentiel: Referentiel) -> Iterator[Constat]:
    """Charges = produits for each civil year, in cash and in voluntary contributions; something is asked."""
    for annee in syntheses(dossier):
        if not annee.est_equilibre:
            yield Constat(
                "produits",
                Gravite.BLOQUANT,
                f"Le budget {annee.annee} n’est pas équilibré : {euros(annee.charges)} de charges pour "
                f"{euros(annee.produits)} de produits (écart de {euros(abs(annee.ecart))}).",
                SOURCE_EQUILIBRE,
            )
        if annee.ecart_volontaire:
            yield Constat(
                "produits",
                Gravite.A_VERIFIER,
                f"Contributions volontaires {annee.annee} : {euros(annee.emplois)} en emplois (86) pour "
                f"{euros(annee.ressources)} en ressources (87) ; les deux totaux doivent être égaux.",
                SOURCE_EQUILIBRE,
            )
        if annee.demande == 0:
            yield Constat(
                "produits",
                Gravite.A_VERIFIER,
                f"Aucun montant n’est demandé à la cité éducative pour {annee.annee}.",
            )
    if dossier.annees and not any(annee.demande for annee in syntheses(dossier)):
        yield Constat(
            "produits", Gravite.BLOQUANT, "Indiquez le montant demandé à la cité éducative, dans les produits."
        )


def demande_dans_le_besoin(dossier: Dossier, referentiel: Referentiel) -> Iterator[Constat]:
    """The amount asked is at most what the other produits leave to find; said on the very line, with the right amount."""
    for colonne, annee in enumerate(syntheses(dossier)):
        rang = _ligne_de_demande(dossier, colonne)
        if rang is None or not annee.charges or annee.demande <= annee.besoin:
            continue
        yield Constat(
            f"produits.{rang}.{'montant_n1' if colonne else 'montant_n'}",
            Gravite.BLOQUANT,
            _au_plus(annee),
            SOURCE_DEMANDE,
            euros(annee.demande),
        )


def _au_plus(annee: SyntheseBudget) -> str:
    """Short: it is read in the cell itself."""
    if not annee.besoin:
        return f"Les autres produits couvrent déjà les charges de {annee.annee} : baissez-les, ou ne demandez rien."
    return (
        f"Demandez {euros(annee.besoin)} au plus pour {annee.annee} : c’est le besoin, charges moins autres produits."
    )


def _ligne_de_demande(dossier: Dossier, colonne: int) -> int | None:
    """Rank of the first produit that asks something from the cité éducative in one column."""
    for rang, ligne in enumerate(dossier.produits):
        if ligne.compte == COMPTE_DEMANDE and (ligne.montant_n1 if colonne else ligne.montant_n):
            return rang
    return None


def lignes_du_budget(dossier: Dossier, referentiel: Referentiel) -> Iterator[Constat]:
    """A line that has an amount has an account."""
    for nom in ("charges", "produits"):
        for rang, ligne in enumerate(getattr(dossier, nom)):
            if not ligne.compte:
                yield Constat(
                    f"{nom}.{rang}.compte",
                    Gravite.BLOQUANT,
                    "Choisissez le compte de cette ligne de budget.",
                    extrait=ligne.detail,
                )


# --- equipment ------------------------------------------------------------------------------------------------------


def plafond_materiel(dossier: Dossier, referentiel: Referentiel) -> Iterator[Constat]:
    """Equipment at most at the call's cap, per unit and HT, named, counted, bought in a year of the budget."""
    plafond, source = referentiel.plafond_materiel_ht, source_materiel(referentiel)
    for rang, materiel in enumerate(dossier.materiels):
        champ = f"materiels.{rang}"
        if materiel.prix_unitaire_ht is not None and materiel.prix_unitaire_ht > plafond:
            yield Constat(
                f"{champ}.prix_unitaire_ht",
                Gravite.BLOQUANT,
                f"Le matériel est plafonné à {euros(plafond)} HT l’unité ; « {materiel.designation} » est à "
                f"{euros(materiel.prix_unitaire_ht)} HT. Choisissez un modèle moins cher ou un autre financement.",
                source,
                euros(materiel.prix_unitaire_ht),
            )
        if not materiel.designation:
            yield Constat(f"{champ}.designation", Gravite.BLOQUANT, "Nommez ce matériel.")
        if materiel.prix_unitaire_ht is None or materiel.quantite is None:
            yield Constat(
                f"{champ}.prix_unitaire_ht" if materiel.prix_unitaire_ht is None else f"{champ}.quantite",
                Gravite.BLOQUANT,
                "Indiquez la quantité et le prix unitaire HT de ce matériel.",
                source,
                materiel.designation,
            )
        elif materiel.annee is not None and dossier.annees and materiel.annee not in dossier.annees:
            yield Constat(
                f"{champ}.annee",
                Gravite.A_VERIFIER,
                "Cette année d’achat n’est pas une année du budget.",
                SOURCE_ANNEE_CIVILE,
                str(materiel.annee),
            )


def materiel_au_budget(dossier: Dossier, referentiel: Referentiel) -> Iterator[Constat]:
    """Equipment belongs to the project: what it costs is among the charges of its year."""
    if not dossier.annees:
        return
    periodes = [(f"en {annee.annee}", annee.charges, annee.annee) for annee in syntheses(dossier)]
    periodes.append(("au total", ensemble(dossier).charges, None))
    for quand, charges, annee in periodes:
        cout = sum((_cout(m) for m in dossier.materiels if annee is None or m.annee == annee), Decimal(0))
        if charges and cout > charges:
            yield Constat(
                "materiels",
                Gravite.A_VERIFIER,
                f"Le matériel fait {euros(cout)} HT {quand}, plus que toutes les charges ({euros(charges)}) : il doit "
                "figurer dans le budget du projet.",
                source_materiel(referentiel),
            )
            return


def _cout(materiel: MaterielPrevu) -> Decimal:
    return (materiel.prix_unitaire_ht or Decimal(0)) * (materiel.quantite or 0)


# What is one machine when it is bought in pieces. Two words of one family on two lines: one machine, or nearly so.
_PIECES: tuple[tuple[str, ...], ...] = (
    (
        "unite centrale", "ordinateur", "pc", "ecran", "moniteur", "clavier", "souris", "carte graphique", "carte mere",
        "processeur", "disque dur", "memoire vive", "alimentation",
    ),
    ("appareil photo", "boitier", "objectif"),
    ("sonorisation", "sono", "amplificateur", "ampli", "enceinte", "table de mixage", "caisson de basses"),
    ("camera", "camescope", "trepied", "objectif"),
)  # fmt: skip
_SANS_POIDS = frozenset(
    {"de", "du", "des", "la", "le", "les", "un", "une", "et", "ou", "pour", "avec", "en", "a", "au", "aux", "sur", "d", "l",
     "lot", "partie", "piece", "n", "no", "numero", "kit"}
)  # fmt: skip
_RESSEMBLANCE = 88


def materiel_partage(dossier: Dossier, referentiel: Referentiel) -> Iterator[Constat]:
    """One machine cut over several lines, each below the cap and together above it: pointed at, never blocked."""
    plafond, source = referentiel.plafond_materiel_ht, source_materiel(referentiel)
    for groupe in _groupes(dossier.materiels, plafond):
        ensemble_ht = sum((materiel.prix_unitaire_ht for materiel in groupe), Decimal(0))
        noms = list(dict.fromkeys(f"« {materiel.designation} »" for materiel in groupe))
        lignes = " et ".join([", ".join(noms[:-1]), noms[-1]]) if len(noms) > 1 else f"{noms[0]}, {len(groupe)} fois,"
        verbe = "font" if len(noms) > 1 else "fait"
        yield Constat(
            "materiels",
            Gravite.A_VERIFIER,
            f"{lignes} {verbe} {euros(ensemble_ht)} HT ensemble, au-dessus du plafond de {euros(plafond)} HT l’unité. S’il "
            "s’agit d’un seul équipement, il ne peut pas être partagé sur plusieurs lignes ; sinon, dites-le dans les "
            "précisions sur le budget.",
            source,
        )
    dits = {materiel for groupe in _groupes(dossier.materiels, plafond) for materiel in groupe}
    fois = Counter(m.designation.casefold() for m in dossier.materiels if m.designation and m not in dits)
    for nom, combien in fois.items():
        if combien > 1:
            yield Constat(
                "materiels",
                Gravite.A_VERIFIER,
                f"« {nom} » figure sur {combien} lignes : un même équipement ne peut pas être partagé pour passer sous "
                "le plafond.",
                source,
            )


def _groupes(materiels: tuple[MaterielPrevu, ...], plafond: Decimal) -> list[list[MaterielPrevu]]:
    """Lines below the cap that name one machine, directly or through another line, and cost more than the cap together."""
    candidats = [m for m in materiels if m.designation and m.prix_unitaire_ht and 0 < m.prix_unitaire_ht <= plafond]
    mots = [_mots(materiel.designation) for materiel in candidats]
    chef = list(range(len(candidats)))
    for a, b in combinations(range(len(candidats)), 2):
        if _meme_machine(mots[a], mots[b]):
            ancien, nouveau = chef[b], chef[a]
            chef = [nouveau if c == ancien else c for c in chef]
    groupes = [[m for m, c in zip(candidats, chef, strict=True) if c == tete] for tete in dict.fromkeys(chef)]
    return [groupe for groupe in groupes if len(groupe) > 1 and sum(m.prix_unitaire_ht for m in groupe) > plafond]


def _mots(designation: str) -> str:
    """The words that name a thing, without figures, plurals and small words: « Écran n° 2 (24’’) » -> « ecran »."""
    mots = re.findall(r"[a-z]+", simplifier(designation))
    return " ".join(mot.removesuffix("s") for mot in mots if mot not in _SANS_POIDS)


def _meme_machine(a: str, b: str) -> bool:
    if not a or not b:
        return False
    if set(a.split()) <= set(b.split()) or set(b.split()) <= set(a.split()):
        return True
    if fuzz.token_sort_ratio(a, b) >= _RESSEMBLANCE:
        return True
    for famille in _PIECES:
        pieces_a, pieces_b = _pieces(a, famille), _pieces(b, famille)
        if pieces_a and pieces_b and pieces_a != pieces_b:
            return True
    return False


def _pieces(mots: str, famille: tuple[str, ...]) -> set[str]:
    entoures = f" {mots} "
    return {piece for piece in famille if f" {_mots(piece)} " in entoures}


REGLES_BUDGET: tuple[Regle, ...] = (
    annees_du_budget,
    budget_equilibre,
    demande_dans_le_besoin,
    lignes_du_budget,
    plafond_materiel,
    materiel_au_budget,
    materiel_partage,
)
