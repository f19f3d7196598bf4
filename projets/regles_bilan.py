"""What is right or wrong in a bilan: small rules over a ``DossierBilan``, each giving ``Constat``s. Framework-free.

The same rules speak to the porteur on the page, in her own Word file and on the command line; those that block are what
``bilans.obstacles`` says.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from .constats import Constat, Gravite
from .dossier import CLASSES_VOLONTAIRES
from .dossier_bilan import DossierBilan, LigneRendue, est_a_expliquer
from .questionnaire import Genre, Question, questions_de
from .valeurs import euros, nombre

TABLEAUX = ("charges", "produits")
MONTANT_MAX = Decimal("9999999999.99")  # what the columns hold
EFFECTIF_MAX = 1_000_000
_TEXTES = frozenset({Genre.TEXTE, Genre.TEXTE_LONG})


def constater_bilan(rendu: DossierBilan, libelles: Mapping[str, str], seuil: Decimal) -> tuple[Constat, ...]:
    """Everything to say of a bilan. ``libelles`` names the accounts; ``seuil`` is the gap to explain, in %."""
    return (
        *constater_valeurs(rendu),
        *_montants(rendu),
        *_recit(rendu),
        *_ecarts(rendu, libelles, seuil),
        *_engagement(rendu),
    )


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


def _ecarts(rendu: DossierBilan, libelles: Mapping[str, str], seuil: Decimal) -> Iterator[Constat]:
    toutes = (*rendu.charges, *rendu.produits)
    ecarts = [ligne for ligne in toutes if ligne.compte and est_a_expliquer(ligne.ecart, ligne.prevu, seuil)]
    if ecarts and not rendu.explication_ecarts.strip():
        comptes = ", ".join(f"« {libelles.get(ligne.compte, ligne.compte)} »" for ligne in ecarts[:3])
        phrase = f"Expliquez les écarts importants ({comptes}{'…' if len(ecarts) > 3 else ''})."
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
