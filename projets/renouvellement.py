"""Last year's file made into this year's: what is copied, what is moved, what has to be thought again. Framework-free.

Identity, description, objectives are copied. Dates and budget move by whole years and are marked « à revoir », each with what
the last edition says of it. Commitments, signature, equipment bought and amounts granted are never copied.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from .constats import Constat, Gravite
from .dossier import QUESTIONS, Dossier, question
from .questionnaire import Genre, Referentiel, questions_de
from .valeurs import date_longue, euros, nombre

DERNIERE_ANNEE = 9000  # what is written beyond it is no date: it is left out
CITATION_MAX = 400  # characters of a remark quoted beside a question
LIGNES_CITEES = 12


# --- what the last edition gave -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AnneePassee:
    """One civil year. Euros; ``accorde`` None when nothing was granted, ``prevu``/``depense`` None without a bilan."""

    annee: int
    demande: Decimal
    accorde: Decimal | None
    prevu: Decimal | None
    depense: Decimal | None
    bilan: str  # where its bilan stands, in words; empty when none is due
    url: str = ""

    @property
    def ecart(self) -> Decimal | None:
        return None if self.depense is None or self.prevu is None else self.depense - self.prevu


@dataclass(frozen=True)
class LignePassee:
    """One account of the charges or produits, over every bilan deposited."""

    compte: str
    libelle: str
    est_charge: bool
    prevu: Decimal
    realise: Decimal

    @property
    def ecart(self) -> Decimal:
        return self.realise - self.prevu


@dataclass(frozen=True)
class IndicateurPasse:
    libelle: str
    cible: str
    resultat: str
    appreciation: str  # in words, empty when the porteur did not judge
    annee: int


@dataclass(frozen=True)
class PublicPasse:
    """How many were meant and how many were reached; None when no bilan says it."""

    libelle: str
    prevu: int | None
    touche: int | None


@dataclass(frozen=True)
class RemarquePassee:
    """What the troïka wrote to the porteur, once published."""

    genre: str
    texte: str
    jour: date | None


@dataclass(frozen=True)
class Resultats:
    """Everything published of a past project that helps to write the next one."""

    numero: str
    titre: str
    annees: tuple[AnneePassee, ...] = ()
    publics: tuple[PublicPasse, ...] = ()
    indicateurs: tuple[IndicateurPasse, ...] = ()
    lignes: tuple[LignePassee, ...] = ()
    remarques: tuple[RemarquePassee, ...] = ()
    recits: tuple[tuple[str, str], ...] = ()  # label, the porteur's own words in a bilan

    @property
    def bilans_manquants(self) -> tuple[AnneePassee, ...]:
        """Years that money was granted for and whose bilan tells nothing yet."""
        return tuple(une for une in self.annees if une.accorde and une.depense is None)

    @property
    def a_un_bilan(self) -> bool:
        return any(une.depense is not None for une in self.annees)

    @property
    def charges(self) -> tuple[LignePassee, ...]:
        return tuple(ligne for ligne in self.lignes if ligne.est_charge)

    def total(self, quoi: str) -> Decimal | None:
        """Sum over the years of ``demande``, ``accorde``, ``prevu`` or ``depense``; None when no year says it."""
        connus = [montant for une in self.annees if (montant := getattr(une, quoi)) is not None]
        return sum(connus, Decimal(0)) if connus else None

    @property
    def totaux(self) -> dict[str, Decimal | None]:
        return {quoi: self.total(quoi) for quoi in ("demande", "accorde", "prevu", "depense")}


# --- moving a file ---------------------------------------------------------------------------------------------------


def decaler(objet: Any, annees: int) -> Any:
    """The same file, or row, with every date and year moved by whole years."""
    valeurs = {}
    for une in questions_de(type(objet)):
        valeur = getattr(objet, une.identifiant)
        if une.ligne:
            valeur = tuple(decaler(ligne, annees) for ligne in valeur)
        elif une.genre is Genre.ANNEE and valeur:
            valeur += annees
        elif isinstance(valeur, date):
            valeur = _plus_tard(valeur, annees)
        valeurs[une.identifiant] = valeur
    return type(objet)(**valeurs)


def _plus_tard(jour: date, annees: int) -> date | None:
    """The same day of another year, 28 February for a 29; None when no calendar has it."""
    annee = jour.year + annees
    if not 1 <= annee <= DERNIERE_ANNEE:
        return None
    bissextile = annees and (jour.month, jour.day) == (2, 29)
    return jour.replace(year=annee, day=28 if bissextile else jour.day)


def annees_d_ecart(dossier: Dossier, aujourdhui: date) -> int:
    """How many whole years bring the file to its next edition: at least one, and a start that is still to come."""
    debut = dossier.date_debut or (date(dossier.annee, 12, 31) if _plausible(dossier.annee) else None)
    if debut is None or debut.year > DERNIERE_ANNEE:
        return 1
    ecart = max(1, aujourdhui.year - debut.year)
    return ecart if (_plus_tard(debut, ecart) or aujourdhui) > aujourdhui else ecart + 1


def _plausible(annee: int | None) -> bool:
    return annee is not None and 1 <= annee <= DERNIERE_ANNEE


# --- the new file ----------------------------------------------------------------------------------------------------

# Never copied: a commitment is made again, a signature is of its day, what was bought is bought.
OUBLIES = (
    "materiels", "communication_engagement", "engagement_bilan", "engagement_exactitude", "signature_lieu",
    "signature_date",
)  # fmt: skip
COPIES = (
    "L’identité de la structure et les personnes à contacter",
    "Le titre, le résumé, le contexte et la description",
    "Les objectifs, les parcours, les orientations et les dispositifs",
    "Les partenaires, le public et les lieux",
)


@dataclass(frozen=True)
class Renouvele:
    """The new file, and what has to be looked at in it."""

    dossier: Dossier
    constats: tuple[Constat, ...]
    annees: int


def renouveler(dossier: Dossier, referentiel: Referentiel, resultats: Resultats, aujourdhui: date) -> Renouvele:
    """The next edition of a file, under the call of ``referentiel``; what this call does not know is left out, and told."""
    annees = annees_d_ecart(dossier, aujourdhui)
    nouveau = decaler(dossier, annees).remplacer(
        reconduction="reconduction",
        projet_precedent=f"{resultats.numero} {resultats.titre}"[:200].strip(),
        **{nom: question(nom).vide for nom in OUBLIES},
    )
    nouveau, oublis = _connus(nouveau, referentiel)
    constats = (*oublis, *_a_revoir(dossier, nouveau, resultats, annees))
    return Renouvele(nouveau, constats, annees)


def _connus(dossier: Dossier, referentiel: Referentiel) -> tuple[Dossier, list[Constat]]:
    """The file without the choices that this call does not offer any more, and a sentence for each question that lost one."""
    gardes: dict[str, Any] = {}
    oublis = []
    for une in QUESTIONS:
        if une.genre not in (Genre.CHOIX, Genre.CHOIX_MULTIPLE):
            continue
        valeur, codes = getattr(dossier, une.identifiant), referentiel.codes(une.options)
        choisis = (valeur,) if isinstance(valeur, str) else valeur
        connus = tuple(code for code in choisis if not code or code in codes)
        if connus != choisis:
            gardes[une.identifiant] = connus if une.genre is Genre.CHOIX_MULTIPLE else ""
            phrase = "À revoir : un choix de l’édition précédente n’existe plus dans cet appel. Choisissez de nouveau."
            oublis.append(Constat(une.identifiant, Gravite.A_VERIFIER, phrase))
    return dossier.remplacer(**gardes), oublis


# --- « à revoir », with what the last edition says -------------------------------------------------------------------


def _a_revoir(ancien: Dossier, nouveau: Dossier, resultats: Resultats, annees: int) -> Iterator[Constat]:
    de_combien = "d’un an" if annees == 1 else f"de {annees} ans"
    for champ in ("date_debut", "date_fin"):
        if jour := getattr(ancien, champ):
            yield _revoir(champ, f"la date de l’édition précédente ({date_longue(jour)}) est avancée {de_combien}.")
    if nouveau.interventions:
        yield _revoir(
            "interventions",
            f"dates avancées {de_combien} ; vérifiez aussi les classes, les lieux et les intervenants. Sur le temps "
            "scolaire, un nouvel avis sera demandé.",
        )
    if nouveau.annee:
        yield _revoir("annee", f"le budget est avancé {de_combien}. Est-ce bien la première année civile financée ?")
    yield from _budget(ancien, nouveau, resultats)
    yield from _public(nouveau, resultats)
    if nouveau.indicateurs:
        phrases = tuple(_indicateur(un) for un in resultats.indicateurs)
        yield _revoir("indicateurs", "fixez de nouvelles cibles à partir de vos résultats." if phrases else
                      "fixez de nouvelles cibles : aucun bilan ne dit encore ce qui a été atteint.", phrases)  # fmt: skip
    for remarque in resultats.remarques:
        yield Constat(
            "description",
            Gravite.A_VERIFIER,
            f"La troïka avait écrit ({remarque.genre.lower()}) : « {_citer(remarque.texte)} » Dites ce que vous en faites.",
        )
    if ancien.materiels:
        listes = [f"{m.quantite or 1} × {m.designation}" for m in ancien.materiels if m.designation]
        yield Constat(
            "materiels",
            Gravite.CONSEIL,
            f"Le matériel de l’édition précédente n’est pas recopié ({_citer(', '.join(listes))}) : n’inscrivez que ce qui "
            "reste à acheter.",
        )


def _budget(ancien: Dossier, nouveau: Dossier, resultats: Resultats) -> Iterator[Constat]:
    if nouveau.charges:
        lignes = [
            f"{une.libelle} : prévu {euros(une.prevu)}, dépensé {euros(une.realise)}" for une in resultats.charges
        ]
        manque = " Aucun bilan ne dit encore ce qui a été dépensé." if not lignes else ""
        yield _revoir("charges", f"ces montants sont ceux de l’édition précédente.{manque}", lignes)
    if nouveau.produits:
        demande = sum((ancien.montant_demande(annee) for annee in ancien.annees), Decimal(0))
        accorde = resultats.total("accorde")
        obtenu = "" if accorde is None else f", {euros(accorde)} ont été accordés"
        yield _revoir(
            "produits",
            f"rien n’est acquis d’une année sur l’autre. Vous aviez demandé {euros(demande)}{obtenu}. Vérifiez aussi "
            "ce que donnent les autres financeurs.",
        )


def _public(nouveau: Dossier, resultats: Resultats) -> Iterator[Constat]:
    par_libelle = {un.libelle: un for un in resultats.publics}
    enfants, parents = par_libelle.get(ENFANTS), par_libelle.get(PARENTS)
    if nouveau.effectifs and enfants:
        yield _revoir("effectifs", _touches(enfants))
    if nouveau.nombre_parents and parents:
        yield _revoir("nombre_parents", _touches(parents))


ENFANTS, PARENTS, PROFESSIONNELS = "Enfants et jeunes", "Parents", "Professionnels"


def _touches(public: PublicPasse) -> str:
    prevu = f"vous en aviez prévu {nombre(public.prevu or 0)}"
    if public.touche is None:
        return f"{prevu} ; aucun bilan ne dit encore combien ont été touchés."
    return f"{prevu}, {nombre(public.touche)} ont été touchés selon vos bilans."


def _indicateur(un: IndicateurPasse) -> str:
    morceaux = [
        f"cible {un.cible}" if un.cible else "",
        f"obtenu {un.resultat}" if un.resultat else "",
        un.appreciation,
    ]
    return f"{un.libelle} ({un.annee}) : {', '.join(m for m in morceaux if m).lower() or 'pas de résultat écrit'}"


def _revoir(champ: str, phrase: str, lignes: Iterable[str] = ()) -> Constat:
    dites = list(lignes)
    suite = " ; ".join(dites[:LIGNES_CITEES]) + (" ; …" if len(dites) > LIGNES_CITEES else ".")
    return Constat(
        champ, Gravite.A_VERIFIER, f"À revoir : {phrase}{f' {_citer(suite, 3 * CITATION_MAX)}' if dites else ''}"
    )


def _citer(texte: str, maximum: int = CITATION_MAX) -> str:
    mots = " ".join(texte.split())
    return mots if len(mots) <= maximum else f"{mots[:maximum].rstrip()}…"


def sans(dossier: Dossier, efface: str) -> Dossier:
    """The file without the answers that were erased at the end of their conservation, which only say ``efface``."""
    propres: Mapping[str, Any] = {
        une.identifiant: "" for une in QUESTIONS if getattr(dossier, une.identifiant) == efface
    }
    interventions = tuple(
        type(prevue)(**{**vars(prevue), "intervenants": ""}) if prevue.intervenants == efface else prevue
        for prevue in dossier.interventions
    )
    return dossier.remplacer(**{**propres, "interventions": interventions})


__all__ = [
    "COPIES",
    "ENFANTS",
    "PARENTS",
    "PROFESSIONNELS",
    "AnneePassee",
    "IndicateurPasse",
    "LignePassee",
    "PublicPasse",
    "RemarquePassee",
    "Renouvele",
    "Resultats",
    "annees_d_ecart",
    "decaler",
    "renouveler",
    "sans",
]
