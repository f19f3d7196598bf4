"""What is right or wrong in a bilan: small rules over a ``DossierBilan``, each giving ``Constat``s. Framework-free.

The same rules speak to the porteur on the page, in her own Word file and on the command line; those that block are what
``bilans.obstacles`` says.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from .constats import Constat, Gravite
from .dossier import CLASSES_VOLONTAIRES
from .dossier_bilan import DossierBilan, LigneRendue, est_a_expliquer, limite_legale
from .enums import IssueAction
from .questionnaire import Genre, Question, questions_de
from .valeurs import date_longue, euros, nombre

TABLEAUX = ("charges", "produits")
MONTANT_MAX = Decimal("9999999999.99")  # what the columns hold
EFFECTIF_MAX = 1_000_000
DELAI_LEGAL = (
    "Le compte rendu financier est dû dans les six mois qui suivent la fin de l’exercice (arrêté du 11 octobre 2006)."
)
_TEXTES = frozenset({Genre.TEXTE, Genre.TEXTE_LONG})


def constater_bilan(
    rendu: DossierBilan,
    libelles: Mapping[str, str],
    seuil: Decimal,
    plancher: Decimal = Decimal(0),
    jour: date | None = None,
) -> tuple[Constat, ...]:
    """Everything to say of a bilan. ``libelles`` names the accounts; a gap to explain is beyond ``seuil`` (%) and
    ``plancher`` (€); ``jour`` is the day of the deposit, when there is one to speak of.

    What was not done, or not yet, is told otherwise than an action: no figures, but a reason.
    """
    regles: tuple[Iterator[Constat], ...]
    if rendu.issue == IssueAction.REPORTEE:
        regles = (_nouvelles_dates(rendu, jour),)
    elif rendu.issue == IssueAction.NON_REALISEE:
        regles = (_non_realisee(rendu),)
    else:
        regles = (_montants(rendu), _recit(rendu), _appreciations(rendu), _ecarts(rendu, libelles, seuil, plancher))
    return (*constater_valeurs(rendu), *(c for une in regles for c in une), *_engagement(rendu))


def phrase_des_ecarts(seuil: Decimal, plancher: Decimal) -> str:
    """The rule of the gaps, as it is said to the porteur."""
    en_plus = f" et de plus de {euros(plancher)}" if plancher else ""
    return f"Un écart de plus de {nombre(seuil)} %{en_plus} entre le prévu et le réalisé doit être expliqué."


def constater_valeurs(rendu: DossierBilan) -> tuple[Constat, ...]:
    """What cannot be kept as it is written, and what does not say which bilan it is."""
    return (*_reference(rendu), *_sans_compte(rendu), *_valeurs_impossibles(rendu))


def montant_impossible(montant: Decimal | None) -> str:
    """Why an amount cannot be kept; empty when it can."""
    if montant is None or 0 <= montant <= MONTANT_MAX:
        return ""
    return "Écrivez un montant positif, ou 0." if montant < 0 else "Ce montant est beaucoup trop grand : vérifiez-le."


def effectif_impossible(nombre_de_personnes: int | None) -> str:
    """Why a number of people cannot be kept; empty when it can."""
    if nombre_de_personnes is None or 0 <= nombre_de_personnes <= EFFECTIF_MAX:
        return ""
    return "Écrivez un nombre de personnes, à partir de 0."


def reponse_impossible(une: Question, valeur: Any) -> str:
    """Why an answer that could be read cannot be kept; empty when it can."""
    if une.genre is Genre.MONTANT:
        return montant_impossible(valeur)
    if une.genre is Genre.ENTIER:
        return effectif_impossible(valeur)
    if une.genre in _TEXTES and une.maximum and len(valeur) > une.maximum:
        return f"Ce texte a {nombre(len(valeur))} caractères : raccourcissez-le à {nombre(une.maximum)} au plus."
    return ""


def _reference(rendu: DossierBilan) -> Iterator[Constat]:
    """Without them nothing says whose bilan a file is; the page where it is deposited does."""
    if not rendu.numero:
        yield Constat("numero", Gravite.A_VERIFIER, "Écrivez le numéro du projet : il dit de quel bilan il s’agit.")
    if rendu.annee is None:
        yield Constat("annee", Gravite.A_VERIFIER, "Écrivez l’année civile : elle dit de quel bilan il s’agit.")


def _sans_compte(rendu: DossierBilan) -> Iterator[Constat]:
    for nom in TABLEAUX:
        for rang, ligne in enumerate(getattr(rendu, nom)):
            if not ligne.compte:
                phrase = "Choisissez le compte de cette ligne."
                yield Constat(f"{nom}.{rang}.compte", Gravite.BLOQUANT, phrase, extrait=en_clair(ligne))


def _montants(rendu: DossierBilan) -> Iterator[Constat]:
    manquants = False
    for nom in TABLEAUX:
        for rang, ligne in enumerate(getattr(rendu, nom)):
            if ligne.realise is None:
                manquants = True
                yield Constat(
                    f"{nom}.{rang}.realise",
                    Gravite.BLOQUANT,
                    "Écrivez le montant réalisé de chaque ligne (0 si rien n’a été dépensé ou reçu).",
                )
    charges, produits = _realise(rendu.charges), _realise(rendu.produits)
    if not manquants and produits < charges:
        yield Constat(
            "produits",
            Gravite.BLOQUANT,
            f"Les produits réalisés ({euros(produits)}) ne couvrent pas les charges réalisées ({euros(charges)}) : "
            "complétez les ressources, par exemple vos fonds propres.",
        )


def _realise(lignes: tuple[LigneRendue, ...]) -> Decimal:
    """Cash total, voluntary contributions left out."""
    especes = (ligne.realise or Decimal(0) for ligne in lignes if not ligne.compte.startswith(CLASSES_VOLONTAIRES))
    return sum(especes, Decimal(0))


def en_clair(ligne: LigneRendue) -> str:
    """What a row says but its account, to show it to who wrote it."""
    morceaux = [
        ligne.detail,
        "" if ligne.prevu is None else f"prévu {euros(ligne.prevu)}",
        "" if ligne.realise is None else f"réalisé {euros(ligne.realise)}",
    ]
    return ", ".join(filter(None, morceaux))


def _recit(rendu: DossierBilan) -> Iterator[Constat]:
    if not rendu.realisation.strip():
        yield Constat("realisation", Gravite.BLOQUANT, "Racontez en quelques lignes ce qui a été fait.")


def _ecarts(rendu: DossierBilan, libelles: Mapping[str, str], seuil: Decimal, plancher: Decimal) -> Iterator[Constat]:
    toutes = (*rendu.charges, *rendu.produits)
    ecarts = [ligne for ligne in toutes if ligne.compte and est_a_expliquer(ligne.ecart, ligne.prevu, seuil, plancher)]
    if ecarts and not rendu.explication_ecarts.strip():
        comptes = ", ".join(f"« {libelles.get(ligne.compte, ligne.compte)} »" for ligne in ecarts[:3])
        phrase = f"Expliquez les écarts importants ({comptes}{'…' if len(ecarts) > 3 else ''})."
        yield Constat("explication_ecarts", Gravite.BLOQUANT, phrase, phrase_des_ecarts(seuil, plancher))


def _appreciations(rendu: DossierBilan) -> Iterator[Constat]:
    """« objectives reached, indicators » (compte rendu financier, bilan qualitatif): a target is judged by the porteur."""
    for rang, indicateur in enumerate(rendu.indicateurs):
        if indicateur.cible.strip() and not indicateur.appreciation:
            phrase = "Dites si la cible est atteinte : atteint, partiellement atteint, non atteint ou sans objet."
            yield Constat(f"indicateurs.{rang}.appreciation", Gravite.BLOQUANT, phrase)


def _non_realisee(rendu: DossierBilan) -> Iterator[Constat]:
    if not rendu.explication_ecarts.strip():
        phrase = "Expliquez pourquoi l’action n’a pas été réalisée. Tout le montant accordé est alors à rendre."
        yield Constat("explication_ecarts", Gravite.BLOQUANT, phrase)


def _nouvelles_dates(rendu: DossierBilan, jour: date | None) -> Iterator[Constat]:
    debut, fin, annee = rendu.nouveau_debut, rendu.nouvelle_fin, rendu.annee
    if debut is None:
        yield Constat("nouveau_debut", Gravite.BLOQUANT, "Écrivez la nouvelle date de début de l’action.")
    elif annee and debut < date(annee, 1, 1):
        phrase = f"Une action financée pour {annee} ne commence pas avant le 1er janvier {annee}."
        yield Constat("nouveau_debut", Gravite.BLOQUANT, phrase, extrait=date_longue(debut))
    if fin is None:
        yield Constat("nouvelle_fin", Gravite.BLOQUANT, "Écrivez la nouvelle date de fin de l’action.")
    elif debut and fin < debut:
        phrase = "La nouvelle date de fin vient avant la nouvelle date de début."
        yield Constat("nouvelle_fin", Gravite.BLOQUANT, phrase, extrait=date_longue(fin))
    elif jour and fin < jour:
        phrase = "Cette date est passée : écrivez une date à venir, ou rendez compte de l’action."
        yield Constat("nouvelle_fin", Gravite.BLOQUANT, phrase, extrait=date_longue(fin))
    elif annee and fin > limite_legale(annee):
        phrase = f"L’action doit être terminée le {date_longue(limite_legale(annee))} : son bilan est dû ce jour-là."
        yield Constat("nouvelle_fin", Gravite.BLOQUANT, phrase, DELAI_LEGAL, date_longue(fin))
    if not rendu.explication_ecarts.strip():
        phrase = "Expliquez pourquoi l’action est reportée."
        yield Constat("explication_ecarts", Gravite.BLOQUANT, phrase)


def _engagement(rendu: DossierBilan) -> Iterator[Constat]:
    if not rendu.certifie:
        yield Constat("certifie", Gravite.BLOQUANT, "Certifiez l’exactitude du bilan.")


def _valeurs_impossibles(rendu: DossierBilan) -> Iterator[Constat]:
    for une in questions_de(DossierBilan):
        if une.genre is not Genre.TABLEAU:
            yield from _impossible(une.identifiant, une, getattr(rendu, une.identifiant))
            continue
        for rang, ligne in enumerate(getattr(rendu, une.identifiant)):
            for colonne in une.colonnes:
                valeur = getattr(ligne, colonne.identifiant)
                yield from _impossible(f"{une.identifiant}.{rang}.{colonne.identifiant}", colonne, valeur)


def _impossible(champ: str, une: Question, valeur: Any) -> Iterator[Constat]:
    if phrase := reponse_impossible(une, valeur):
        ecrit = euros(valeur) if une.genre is Genre.MONTANT else str(valeur)
        yield Constat(champ, Gravite.BLOQUANT, phrase, extrait=ecrit if len(ecrit) <= 300 else f"{ecrit[:299]}…")
