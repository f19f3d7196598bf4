"""What a Word file says, set against the Bilan that the portal keeps: what it changes, and what is to be said of it.

Nothing is written here. An empty cell erases nothing, a planned amount never changes, and what finds no place comes back
as a passage to show.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .communication import Conformite
from .constats import Constat, Gravite
from .dossier import COMPTE_DEMANDE
from .dossier_bilan import SUBVENTION, DossierBilan, LigneRendue
from .models import Bilan, Compte, IndicateurBilan, LigneBilan
from .models.bilan import CHAMPS_SAISIS
from .questionnaire import Genre
from .regles_bilan import constater_valeurs, en_clair
from .valeurs import euros, simplifier
from .word.formulaires import BILAN
from .word.resultats import Lecture, NonReconnu

LIGNES_AJOUTEES_MAX = 60  # lines that nobody planned, in one bilan
RANG_AJOUTS = 1000  # they come after the planned ones
_NUMERO = re.compile(r"(?<!\d)(\d{4})\s*-\s*(\d{4,})(?!\d)")
SENS = {"charges": Compte.Sens.CHARGE, "produits": Compte.Sens.PRODUIT}
Cible = LigneBilan | IndicateurBilan


@dataclass
class Rapprochement:
    """``constats`` speak of the cells of the file; ``cibles`` gives for a row of the file what it is in the bilan."""

    valeurs: dict[str, Any] = field(default_factory=dict)
    realises: dict[int, Decimal] = field(default_factory=dict)  # by line
    details: dict[int, str] = field(default_factory=dict)  # by added line
    resultats: dict[int, str] = field(default_factory=dict)  # by indicator
    appreciations: dict[int, str] = field(default_factory=dict)  # by indicator
    ajouts: list[LigneBilan] = field(default_factory=list)  # not saved yet
    constats: list[tuple[Constat, Cible | None]] = field(default_factory=list)
    passages: list[NonReconnu] = field(default_factory=list)
    cibles: dict[str, Cible] = field(default_factory=dict)

    def dire(self, champ: str, message: str, extrait: str = "", cible: Cible | None = None) -> None:
        self.constats.append((Constat(champ, Gravite.A_VERIFIER, message, extrait=extrait), cible))

    def refuser(self, champ: str, message: str, extrait: str = "") -> None:
        self.constats.append((Constat(champ, Gravite.BLOQUANT, message, extrait=extrait), None))


def rapprocher(bilan: Bilan, lue: Lecture[DossierBilan]) -> Rapprochement:
    """Compares a reading with a bilan; reads the database, writes nothing."""
    return _Comparaison(bilan, lue).resultat


class _Comparaison:
    def __init__(self, bilan: Bilan, lue: Lecture[DossierBilan]) -> None:
        self.bilan, self.lue, self.rendu = bilan, lue, lue.dossier
        self.actuel = bilan.contenu
        self.registre = Conformite.de(bilan.exercice.projet)
        self.resultat = r = Rapprochement(passages=list(lue.non_reconnu))
        self.illisibles = {a.champ: a.extrait for a in lue.anomalies}
        lues = [a for a in lue.anomalies if not a.champ.endswith(".prevu") and not self._total_du_portail(a)]
        dites = {a.champ for a in lues}
        valeurs = [c for c in constater_valeurs(self.rendu) if c.champ not in dites and not c.champ.endswith(".prevu")]
        r.constats += [(constat, None) for constat in (*lues, *valeurs)]
        self.fautifs = {constat.champ: constat for constat, _ in r.constats if constat.est_bloquant}
        self.ajoutees = bilan.lignes.filter(prevu=0).count()
        self.en_trop: dict[str, list[LigneRendue]] = {}  # rows by table, once there are as many as a bilan can hold
        self._reference()
        self._reponses()
        for nom in SENS:
            self._tableau(nom)
        self._lignes_en_trop()
        self._indicateurs()

    def _total_du_portail(self, anomalie: Constat) -> bool:
        """Whether a wrong total is the one that the portal wrote itself, before the amounts were filled in."""
        if anomalie.champ not in SENS:
            return False
        sens = SENS[anomalie.champ]
        return anomalie.extrait in {euros(self.bilan.total(sens, quoi)) for quoi in ("prevu", "realise")}

    # --- answers in one cell --------------------------------------------------------------------------------------------

    def _reference(self) -> None:
        """The title and the structure are those of the project; a number that is none says nothing."""
        if self.rendu.numero and not numeros_ecrits(self.rendu.numero):
            self.resultat.dire("numero", "Nous n’avons pas lu de numéro de projet ici.", self.rendu.numero)
        for nom in ("titre", "structure"):
            ecrit, garde = getattr(self.rendu, nom), getattr(self.actuel, nom)
            if ecrit and simplifier(ecrit) != simplifier(garde):
                phrase = f"« {BILAN.par_nom[nom].libelle} » ne se change pas dans un bilan : nous gardons « {garde} »."
                self.resultat.dire(nom, phrase, ecrit[:300])

    def _reponses(self) -> None:
        for nom in CHAMPS_SAISIS:
            une, valeur = BILAN.par_nom[nom], getattr(self.rendu, nom)
            if nom not in self.lue.provenances:
                continue
            if nom == "communication_faite" and self.registre:
                continue  # answered by the register of the supports
            if nom in self.fautifs:
                self._garder_le_texte(valeur, une.maximum, une.libelle)
            elif valeur != une.vide or une.genre is Genre.COCHE:
                self.resultat.valeurs[nom] = valeur
            elif getattr(self.actuel, nom) != une.vide:
                phrase = f"Votre fichier ne répond pas à « {une.libelle} » : nous gardons ce qui était déjà écrit."
                self.resultat.dire(nom, phrase)

    def _garder_le_texte(self, valeur: Any, maximum: int | None, pres_de: str) -> None:
        """A text too long to be kept where it is is still shown whole."""
        if isinstance(valeur, str) and maximum and len(valeur) > maximum:
            self.resultat.passages.append(NonReconnu(valeur, pres_de))

    # --- accounts -------------------------------------------------------------------------------------------------------

    def _tableau(self, nom: str) -> None:
        lignes, rangees = self.bilan.lignes_de(SENS[nom]), dict(enumerate(getattr(self.rendu, nom)))
        titre = BILAN.par_nom[nom].libelle
        if nom not in self.lue.provenances:
            if lignes:
                phrase = (
                    f"Le tableau « {titre} » n’est pas dans votre fichier : ses montants restent comme ils étaient."
                )
                self.resultat.dire(nom, phrase)
            return
        couples = apparier(lignes, rangees)
        seules = [ligne for ligne in lignes if ligne.pk not in {trouvee.pk for trouvee in couples.values()}]
        for rang, rendue in rangees.items():
            if rang in couples:
                self._ligne_connue(f"{nom}.{rang}", rendue, couples[rang])
            else:
                self._ligne_nouvelle(f"{nom}.{rang}", rendue, nom, {ligne.compte_id for ligne in seules if ligne.prevu})
        for ligne in seules:
            reste = "son montant réalisé reste comme il était."
            if not ligne.prevu:
                reste = "nous la gardons. Retirez-la de « Ce qui n’était pas prévu » si elle est en trop."
            self.resultat.dire(nom, f"La ligne « {_nom(ligne)} » n’est plus dans votre fichier : {reste}", cible=ligne)

    def _ligne_connue(self, champ: str, rendue: LigneRendue, ligne: LigneBilan) -> None:
        r = self.resultat
        r.cibles[champ] = ligne
        if f"{champ}.realise" not in self.fautifs:
            if rendue.realise is not None:
                r.realises[ligne.pk] = rendue.realise
            elif ligne.realise is not None:
                r.dire(f"{champ}.realise", f"Votre fichier ne dit rien ici : nous gardons {euros(ligne.realise)}.")
        self._prevu(champ, rendue, ligne.prevu)
        if not ligne.prevu:
            if rendue.detail and f"{champ}.detail" not in self.fautifs:
                r.details[ligne.pk] = rendue.detail
        elif rendue.detail and simplifier(rendue.detail) != simplifier(ligne.detail):
            garde = f"nous gardons « {ligne.detail} »" if ligne.detail else "nous ne les gardons pas"
            phrase = f"Les précisions d’une ligne prévue ne se changent pas : {garde}."
            r.dire(f"{champ}.detail", phrase, rendue.detail[:300])

    def _prevu(self, champ: str, rendue: LigneRendue, garde: Decimal) -> None:
        """What was planned is the portal's: another amount is said, and left."""
        illisible = self.illisibles.get(f"{champ}.prevu", "")
        if not illisible and (rendue.prevu is None or rendue.prevu == garde):
            return
        ecrit = illisible or euros(rendue.prevu)
        if garde:
            phrase = f"La colonne « Prévu » ne se change pas : nous gardons {euros(garde)}."
        else:
            phrase = "Cette ligne n’était pas au budget : nous n’en prenons pas le montant prévu."
        self.resultat.dire(f"{champ}.prevu", phrase, ecrit)

    def _ligne_nouvelle(self, champ: str, rendue: LigneRendue, nom: str, ambigus: set[str]) -> None:
        r, titre = self.resultat, BILAN.par_nom[nom].libelle
        if not rendue.compte:
            ecrit = self.illisibles.get(f"{champ}.compte", "")
            r.passages.append(NonReconnu(", ".join(filter(None, (ecrit, en_clair(rendue)))), titre))
            return
        if rendue.compte == COMPTE_DEMANDE:
            phrase = f"« {SUBVENTION} » a déjà sa ligne : nous ne prenons pas celle-ci."
            r.refuser(f"{champ}.compte", phrase, en_clair(rendue))
            return
        if self.ajoutees >= LIGNES_AJOUTEES_MAX:
            self.en_trop.setdefault(nom, []).append(rendue)
            return
        if rendue.compte in ambigus:
            r.dire(
                f"{champ}.compte",
                "Plusieurs lignes portent ce compte, et rien ne dit à laquelle celle-ci répond : nous l’avons ajoutée à "
                "part. Reportez son montant sur la bonne ligne, puis retirez-la.",
                en_clair(rendue),
            )
        self._prevu(champ, rendue, Decimal(0))
        detail = rendue.detail
        if f"{champ}.detail" in self.fautifs:
            r.passages.append(NonReconnu(detail, titre))
            detail = ""
        r.cibles[champ] = LigneBilan(
            bilan=self.bilan,
            compte_id=rendue.compte,
            sens=SENS[nom],
            detail=detail,
            realise=None if f"{champ}.realise" in self.fautifs else rendue.realise,
            rang=RANG_AJOUTS + self.ajoutees,
        )
        r.ajouts.append(r.cibles[champ])
        self.ajoutees += 1

    def _lignes_en_trop(self) -> None:
        """Said once, however many they are, and shown whole."""
        libelles = dict(Compte.objects.values_list("code", "libelle")) if self.en_trop else {}
        for nom, lignes in self.en_trop.items():
            textes = [", ".join(filter(None, (libelles.get(x.compte, x.compte), en_clair(x)))) for x in lignes]
            phrase = (
                f"Un bilan a {LIGNES_AJOUTEES_MAX} lignes ajoutées au plus : regroupez celles qui ne sont pas prises."
            )
            self.resultat.refuser(nom, phrase, textes[0])
            self.resultat.passages.append(NonReconnu("\n".join(textes), BILAN.par_nom[nom].libelle))

    # --- indicators -----------------------------------------------------------------------------------------------------

    def _indicateurs(self) -> None:
        r, titre = self.resultat, BILAN.par_nom["indicateurs"].libelle
        connus, rangees = list(self.bilan.indicateurs.all()), dict(enumerate(self.rendu.indicateurs))
        if "indicateurs" not in self.lue.provenances:
            if connus:
                r.dire("indicateurs", f"Le tableau « {titre} » n’est pas dans votre fichier : ses résultats restent.")
            return
        couples = _par_libelle_puis_rang(connus, rangees)
        for rang, rendu in rangees.items():
            champ = f"indicateurs.{rang}"
            if (indicateur := couples.get(rang)) is None:
                morceaux = filter(None, (rendu.libelle, rendu.cible, rendu.resultat))
                r.passages.append(NonReconnu(" : ".join(morceaux), titre))
                r.dire(
                    champ,
                    "Cet indicateur n’est pas dans votre dossier : nous ne l’avons pas pris.",
                    rendu.libelle[:300],
                )
                continue
            r.cibles[champ] = indicateur
            for nom in ("libelle", "cible"):
                ecrit, garde = getattr(rendu, nom), getattr(indicateur, nom)
                if ecrit and simplifier(ecrit) != simplifier(garde):
                    r.dire(f"{champ}.{nom}", f"Un indicateur ne se change pas : nous gardons « {garde} ».", ecrit[:300])
            if f"{champ}.resultat" in self.fautifs:
                r.passages.append(NonReconnu(rendu.resultat, indicateur.libelle))
            elif rendu.resultat:
                r.resultats[indicateur.pk] = rendu.resultat
            elif indicateur.resultat:
                r.dire(f"{champ}.resultat", "Votre fichier ne dit rien ici : nous gardons ce qui était déjà écrit.")
            if rendu.appreciation and f"{champ}.appreciation" not in self.fautifs:
                r.appreciations[indicateur.pk] = rendu.appreciation
            elif indicateur.appreciation and not rendu.appreciation:
                garde = indicateur.get_appreciation_display()
                r.dire(f"{champ}.appreciation", f"Votre fichier ne dit rien ici : nous gardons « {garde} ».")
        for indicateur in connus:
            if indicateur.pk not in {trouve.pk for trouve in couples.values()}:
                phrase = f"« {indicateur.libelle} » n’est plus dans votre fichier : son résultat reste comme il était."
                r.dire("indicateurs", phrase, cible=indicateur)


def numeros_ecrits(texte: str) -> list[str]:
    """Numbers of projects (« 2026-0003 ») in a text, whatever the hyphen."""
    return [f"{annee}-{rang}" for annee, rang in _NUMERO.findall(simplifier(texte))]


def _nom(ligne: LigneBilan) -> str:
    return f"{ligne.libelle}, {ligne.detail}" if ligne.detail else ligne.libelle


# --- pairs ----------------------------------------------------------------------------------------------------------

_Cle = tuple[Hashable, ...]


def apparier(lignes: list[LigneBilan], rangees: dict[int, LigneRendue]) -> dict[int, LigneBilan]:
    """Which line each row of the file is: the same account and the same words, else the same account when only one can be.

    Two rows that only their amounts tell apart are not guessed at: they stay without a line.
    """
    couples: dict[int, LigneBilan] = {}
    etapes: tuple[tuple[Callable[[str, str, Decimal | None], _Cle], bool, bool], ...] = (
        (lambda compte, detail, prevu: (compte, detail, prevu), False, False),
        (lambda compte, detail, prevu: (compte, detail), True, False),
        (lambda compte, detail, prevu: (compte, prevu), True, True),
        (lambda compte, detail, prevu: (compte,), True, True),
    )
    for cle, seul, prevues in etapes:
        prises = {ligne.pk for ligne in couples.values()}
        libres = [x for x in lignes if x.pk not in prises and (x.prevu or not prevues)]
        par_cle = _ranger((cle(x.compte_id, simplifier(x.detail), x.prevu or None), x) for x in libres)
        restantes = [(rang, x) for rang, x in rangees.items() if rang not in couples and x.compte]
        rangs = _ranger((cle(x.compte, simplifier(x.detail), x.prevu or None), rang) for rang, x in restantes)
        for nom, candidats in rangs.items():
            trouvees = par_cle.get(nom, [])
            if not seul or len(candidats) == len(trouvees) == 1:
                couples |= dict(zip(candidats, trouvees, strict=False))
    return couples


def _ranger(paires: Iterable[tuple[_Cle, Any]]) -> dict[_Cle, list[Any]]:
    groupes: dict[_Cle, list[Any]] = defaultdict(list)
    for cle, valeur in paires:
        groupes[cle].append(valeur)
    return groupes


def _par_libelle_puis_rang(connus: list[IndicateurBilan], rangees: dict[int, Any]) -> dict[int, IndicateurBilan]:
    par_libelle = _ranger(((simplifier(connu.libelle),), connu) for connu in connus)
    couples = {}
    for rang, rendu in rangees.items():
        if trouves := par_libelle.get((simplifier(rendu.libelle),)):
            couples[rang] = trouves.pop(0)
    pris = {connu.pk for connu in couples.values()}
    for rang in rangees:
        if rang not in couples and rang < len(connus) and connus[rang].pk not in pris:
            couples[rang] = connus[rang]
    return couples
