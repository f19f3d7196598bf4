"""How the amounts of a school year could go to the civil years N and N+1: a proposal, with the sentence that explains it.

Framework-free. Nothing here changes a file: the porteur looks at the proposal, changes it, and applies it or not. Cents
add up exactly, and a balanced budget stays balanced in each year.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from .budget import est_volontaire
from .dossier import Dossier, LigneBudgetPrevue
from .valeurs import ValeurIllisible, date_longue, insecables, lire_date

UN_JOUR = timedelta(days=1)
UNE_SEMAINE = timedelta(days=7)
Periode = tuple[date, date]  # first and last day


def lire_periode(texte: str) -> Periode:
    """« 17/10/2026 au 01/11/2026 » -> its first and last days. Raises ValeurIllisible, with the text that is wrong."""
    jours = re.split(r"\s+(?:au|à|-|–)\s+", str(texte).strip().removeprefix("du "))
    debut, fin = (lire_date(jours[0]), lire_date(jours[1])) if len(jours) == 2 else (None, None)
    if not debut or not fin or fin < debut:
        raise ValeurIllisible(f"« {texte} » : écrivez deux dates dans l’ordre, par exemple 17/10/2026 au 01/11/2026.")
    return debut, fin


class Base(StrEnum):
    """What the amounts are shared by."""

    SEMAINES = "semaines"
    INTERVENTIONS = "interventions"


@dataclass(frozen=True)
class Cle:
    """A way to share: how many weeks or interventions fall in the year N and in N+1, said in a sentence."""

    base: Base
    annee: int
    poids: tuple[int, int]
    phrase: str

    def partager(self, montants: Sequence[Decimal]) -> list[tuple[Decimal, Decimal]]:
        """Each amount in two, in euros to the cent: every pair adds up to its amount, and the first parts together are
        the rounded share of the whole. Two lists of the same sum are thus cut in the same way."""
        premier, total = self.poids[0], sum(self.poids)
        centimes = [int(montant.scaleb(2)) for montant in montants]
        parts = [centime * premier // total for centime in centimes]
        voulu = (2 * sum(centimes) * premier + total) // (2 * total)
        # The cents that rounding down left go to the lines that lost most, the first ones when they lost the same.
        perdants = sorted(range(len(parts)), key=lambda rang: (-(centimes[rang] * premier % total), rang))
        for rang in perdants[: voulu - sum(parts)]:
            parts[rang] += 1
        return [
            (Decimal(part).scaleb(-2), Decimal(centime - part).scaleb(-2))
            for part, centime in zip(parts, centimes, strict=True)
        ]


@dataclass(frozen=True)
class LigneProposee:
    """One line of the budget cut in two; ``champ`` and ``rang`` say which one (``charges``, 3)."""

    champ: str
    rang: int
    ligne: LigneBudgetPrevue
    montant: Decimal
    montant_n: Decimal

    @property
    def montant_n1(self) -> Decimal:
        return self.montant - self.montant_n


def cles(dossier: Dossier, vacances: Sequence[Periode] = ()) -> tuple[Cle, ...]:
    """The ways to share the budget of a file, none when the project is not over two civil years.

    By weeks between its first and last day, those of the holidays left out when the call has a calendar; by interventions
    when each has a date and stands in one civil year.
    """
    debut, fin = dossier.date_debut, dossier.date_fin
    if not debut or not fin or fin.year != debut.year + 1:
        return ()
    trouvees = [_par_semaines(debut, fin, vacances), _par_interventions(dossier, debut.year)]
    return tuple(cle for cle in trouvees if cle is not None)


def _par_semaines(debut: date, fin: date, vacances: Sequence[Periode]) -> Cle | None:
    libres = [lundi for lundi in _lundis(debut, fin) if not any(_couvre(p, lundi) for p in vacances)]
    poids = tuple(sum(_annee_de(lundi, debut, fin) == annee for lundi in libres) for annee in (debut.year, fin.year))
    if not sum(poids):
        return None
    mots = ("semaine de classe", "semaines de classe") if vacances else ("semaine", "semaines")
    phrase = (
        f"Du {date_longue(debut)} au {date_longue(fin)}, il y a {_compte(poids[0], mots)} en {debut.year} et "
        f"{_compte(poids[1], mots)} en {fin.year}."
    )
    return Cle(Base.SEMAINES, debut.year, poids, _expliquer(phrase, poids, debut.year))


def _lundis(debut: date, fin: date) -> Iterator[date]:
    lundi = debut - debut.weekday() * UN_JOUR
    while lundi <= fin:
        yield lundi
        lundi += UNE_SEMAINE


def _annee_de(lundi: date, debut: date, fin: date) -> int:
    """The civil year of most days of a week of the project."""
    jours = [lundi + rang * UN_JOUR for rang in range(7)]
    annees = sorted(jour.year for jour in jours if debut <= jour <= fin)
    return annees[len(annees) // 2]


def _couvre(periode: Periode, lundi: date) -> bool:
    """Whether a period of holidays takes the five school days of a week."""
    return periode[0] <= lundi and lundi + 4 * UN_JOUR <= periode[1]


def _par_interventions(dossier: Dossier, annee: int) -> Cle | None:
    annees = []
    for intervention in dossier.interventions:
        jours = [jour for jour in (intervention.debut, intervention.fin) if jour]
        if not jours or jours[0].year != jours[-1].year or jours[0].year not in (annee, annee + 1):
            return None
        annees.append(jours[0].year)
    if len(annees) < 2:
        return None
    poids = (annees.count(annee), annees.count(annee + 1))
    mots = ("intervention", "interventions")
    phrase = f"Le dossier prévoit {_compte(poids[0], mots)} en {annee} et {_compte(poids[1], mots)} en {annee + 1}."
    return Cle(Base.INTERVENTIONS, annee, poids, _expliquer(phrase, poids, annee))


def _compte(combien: int, mots: tuple[str, str]) -> str:
    return f"{combien or 'aucune'} {mots[combien > 1]}"


def _expliquer(phrase: str, poids: tuple[int, int], annee: int) -> str:
    parts = f"{poids[0]}/{sum(poids)} de chaque montant vont à {annee}, {poids[1]}/{sum(poids)} à {annee + 1}"
    return insecables(f"{phrase} Proposition : {parts}.")


# --- the lines of a file --------------------------------------------------------------------------------------------

_GROUPES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("charges", lambda compte: not est_volontaire(compte)),
    ("charges", est_volontaire),
    ("produits", lambda compte: not est_volontaire(compte)),
    ("produits", est_volontaire),
)


def proposer(dossier: Dossier, cle: Cle, champs: Iterable[str] = ("charges", "produits")) -> tuple[LigneProposee, ...]:
    """Every line that has an amount, its two years together, cut in two by one key. In the order of the file."""
    proposees = []
    for champ, garder in _GROUPES:
        if champ not in champs:
            continue
        lignes = [
            (rang, ligne, montant)
            for rang, ligne in enumerate(getattr(dossier, champ))
            if garder(ligne.compte) and (montant := total_de(ligne)) > 0
        ]
        parts = cle.partager([montant for _, _, montant in lignes])
        proposees += [
            LigneProposee(champ, rang, ligne, montant, premiere)
            for (rang, ligne, montant), (premiere, _) in zip(lignes, parts, strict=True)
        ]
    return tuple(sorted(proposees, key=lambda proposee: (proposee.champ, proposee.rang)))


def total_de(ligne: LigneBudgetPrevue) -> Decimal:
    """Euros of a line over its two years."""
    return (ligne.montant_n or Decimal(0)) + (ligne.montant_n1 or Decimal(0))


def appliquer(dossier: Dossier, proposees: Iterable[LigneProposee], annee: int) -> Dossier:
    """The file with the lines cut as they were chosen; ``annee`` is its year N."""
    lignes = {"charges": list(dossier.charges), "produits": list(dossier.produits)}
    for proposee in proposees:
        lignes[proposee.champ][proposee.rang] = replace(
            proposee.ligne, montant_n=proposee.montant_n, montant_n1=proposee.montant_n1
        )
    return dossier.remplacer(annee=annee, charges=tuple(lignes["charges"]), produits=tuple(lignes["produits"]))
