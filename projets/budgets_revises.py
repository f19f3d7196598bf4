"""The revised budget: proposed from what was asked and granted, kept as a draft, confirmed balanced, reopened with a reason.

« adresser à la coordination, avant de commencer, un budget révisé qui tienne compte du montant accordé » (letters of the
decisions). Every writer holds the project first, then compares with what the person saw.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from correspondants.models import Utilisateur

from . import bilans, notifications_versements
from .dossier import CLASSES_VOLONTAIRES, COMPTE_DEMANDE
from .enums import Fait, StatutBilan
from .journal import consigner
from .models import BudgetRevise, Compte, Exercice, LigneRevisee, ModificationConcurrente
from .models.journal import tenir
from .models.versements import EtatBudget
from .permissions import Acteur, est_porteur, peut_reviser_budget, peut_rouvrir_budget
from .suivi_financier import ZERO, etat_du_budget, repartir
from .valeurs import euros
from .workflow import ActionImpossible, ActionInterdite

LIGNES_MAX = 120


class Methode(StrEnum):
    """How the charges of a proposal are made from those that were asked for."""

    PRORATA = "prorata"  # each charge in money reduced in the same proportion, so that the budget balances
    INCHANGE = "inchange"  # as they were: the porteur says who pays the difference


@dataclass(frozen=True)
class LigneVoulue:
    """One line of a revised budget, in euros."""

    compte: str
    sens: str
    detail: str
    montant: Decimal

    @property
    def est_volontaire(self) -> bool:
        return self.compte.startswith(CLASSES_VOLONTAIRES)

    @property
    def est_subvention(self) -> bool:
        return self.compte == COMPTE_DEMANDE


# --- proposing --------------------------------------------------------------------------------------------------------


def lignes_demandees(exercice: Exercice) -> list[LigneVoulue]:
    """The budget that was asked for, the grant asked on one line. A line without an account cannot be revised: left out."""
    lignes, demande = [], None
    for ligne in exercice.lignes.exclude(compte=None).order_by("sens", "rang", "pk"):
        voulue = LigneVoulue(ligne.compte_id, ligne.sens, ligne.detail, ligne.montant)
        if not voulue.est_subvention:
            lignes.append(voulue)
        elif demande is None:
            demande = len(lignes)
            lignes.append(LigneVoulue(COMPTE_DEMANDE, Compte.Sens.PRODUIT, voulue.detail, exercice.montant_demande))
    if demande is None:
        lignes.append(LigneVoulue(COMPTE_DEMANDE, Compte.Sens.PRODUIT, "", ZERO))
    return lignes


def calculer(
    demandees: Iterable[LigneVoulue], accorde: Decimal, methode: Methode = Methode.PRORATA
) -> list[LigneVoulue]:
    """The lines of a proposal: the amount asked becomes the grant; other resources and contributions in kind stay.

    PRORATA: the charges in money are reduced (or raised) in the same proportion to equal the resources, to the cent.
    """
    lignes = [LigneVoulue(x.compte, x.sens, x.detail, accorde if x.est_subvention else x.montant) for x in demandees]
    charges = {str(i): x.montant for i, x in enumerate(lignes) if x.sens == Compte.Sens.CHARGE and not x.est_volontaire}
    if methode is Methode.INCHANGE or not sum(charges.values(), ZERO):
        return lignes
    parts = repartir(_total(lignes, Compte.Sens.PRODUIT), charges)
    return [LigneVoulue(x.compte, x.sens, x.detail, parts.get(str(rang), x.montant)) for rang, x in enumerate(lignes)]


def au_montant(lignes: Iterable[LigneVoulue], accorde: Decimal) -> list[LigneVoulue]:
    """The same lines, that of the grant at what is granted now."""
    return [replace(x, montant=accorde) if x.est_subvention else x for x in lignes]


def _total(lignes: Iterable[LigneVoulue], sens: str, *, volontaires: bool = False) -> Decimal:
    return sum((x.montant for x in lignes if x.sens == sens and x.est_volontaire == volontaires), ZERO)


@transaction.atomic
def proposer(exercice: Exercice, *, par: Utilisateur, methode: Methode = Methode.PRORATA) -> BudgetRevise:
    """Keeps a proposal as the draft of an Exercice, in the place of the draft there was.

    Raises ActionInterdite or ActionImpossible when the budget is not the porteur's to revise now.
    """
    tenir([exercice.projet_id])
    frais = _relire(exercice)
    _verifier_ouvert(frais, par)
    accorde = frais.montant_accorde
    return _ecrire(frais, calculer(lignes_demandees(frais), accorde, methode), accorde)


def _relire(exercice: Exercice) -> Exercice:
    return Exercice.objects.select_related("projet__appel", "projet__porteur", "bilan", "budget_revise").get(
        pk=exercice.pk
    )


def obstacles_a_la_revision(exercice: Exercice, par: Acteur) -> list[str]:
    """Why the person may not write the revised budget now: sentences, none when it is open to her."""
    if not est_porteur(par, exercice.projet):
        return ["Le budget révisé est écrit par le porteur du projet."]
    if not peut_reviser_budget(par, exercice.projet):
        return ["Ce projet n’est pas en cours : son budget ne se révise plus."]
    accorde = exercice.montant_accorde
    if not accorde:
        return [f"Aucun montant n’a été accordé à ce projet pour {exercice.annee} : il n’y a pas de budget à réviser."]
    etat = etat_du_budget(exercice, accorde)
    if etat is EtatBudget.CONFIRME:
        return ["Ce budget est confirmé. Pour le modifier, demandez à la coordination de le rouvrir."]
    bilan = getattr(exercice, "bilan", None)
    remis = bilan and bilan.statut in (StatutBilan.DEPOSE, StatutBilan.ACCEPTE)
    if etat is EtatBudget.LIBRE and remis:
        return [f"Le bilan {exercice.annee} est remis : il dit ce qui a été dépensé, le budget ne se révise plus."]
    return []


def _verifier_ouvert(exercice: Exercice, par: Acteur) -> None:
    if phrases := obstacles_a_la_revision(exercice, par):
        raise (ActionImpossible if est_porteur(par, exercice.projet) else ActionInterdite)(*phrases)


def _ecrire(exercice: Exercice, lignes: Iterable[LigneVoulue], accorde: Decimal) -> BudgetRevise:
    """Replaces the lines of the draft; the line of the grant always says what is granted."""
    budget, _ = BudgetRevise.objects.update_or_create(
        exercice=exercice, defaults={"confirme_le": None, "confirme_par": None, "accorde": None}
    )
    budget.lignes.all().delete()
    LigneRevisee.objects.bulk_create(
        LigneRevisee(
            budget=budget, compte_id=x.compte, sens=x.sens, detail=x.detail,
            montant=accorde if x.est_subvention else x.montant, rang=rang,
        )
        for rang, x in enumerate(lignes)
    )  # fmt: skip
    exercice.budget_revise = budget
    return budget


# --- the draft --------------------------------------------------------------------------------------------------------


def lignes_du_budget(budget: BudgetRevise) -> list[LigneVoulue]:
    return [
        LigneVoulue(x.compte_id, x.sens, x.detail, x.montant)
        for x in budget.lignes.select_related("compte").order_by("sens", "compte__ordre", "rang", "pk")
    ]


def empreinte_de(exercice: Exercice) -> str:
    """What the revised budget and the grant say now, in one short word: a page that shows something older is told so."""
    budget = BudgetRevise.objects.filter(exercice=exercice).first()
    lignes = [vars(x) | {"montant": f"{x.montant:.2f}"} for x in lignes_du_budget(budget)] if budget else []
    contenu = [lignes, str(budget and budget.confirme_le), f"{exercice.montant_accorde:.2f}"]
    return hashlib.sha256(json.dumps(contenu, ensure_ascii=False).encode()).hexdigest()[:24]


@transaction.atomic
def enregistrer(exercice: Exercice, lignes: list[LigneVoulue], *, empreinte: str, par: Acteur) -> BudgetRevise:
    """Keeps the draft as it is, balanced or not.

    Raises ActionInterdite, ActionImpossible (a line that cannot be kept) or ModificationConcurrente when the budget or
    the grant is no longer what the person saw.
    """
    tenir([exercice.projet_id])
    frais = _relire(exercice)
    _verifier_ouvert(frais, par)
    if empreinte != empreinte_de(frais):
        raise ModificationConcurrente
    if phrases := list(_lignes_refusees(lignes)):
        raise ActionImpossible(*phrases)
    return _ecrire(frais, lignes, frais.montant_accorde)


def _lignes_refusees(lignes: list[LigneVoulue]) -> Iterator[str]:
    if any(x.montant < 0 for x in lignes):
        yield "Un montant ne peut pas être négatif."
    if sum(x.est_subvention for x in lignes) != 1:
        yield "Le montant accordé tient sur une seule ligne."
    if len(lignes) > LIGNES_MAX:
        yield f"{LIGNES_MAX} lignes au plus."
    sens = dict(Compte.objects.values_list("code", "sens"))
    if any(sens.get(x.compte) != x.sens for x in lignes):
        yield "Une ligne porte un compte qui n’existe pas, ou du mauvais côté du budget."


@transaction.atomic
def abandonner(exercice: Exercice, *, par: Acteur) -> None:
    """The porteur gives up a revision that nobody asks for. Raises ActionImpossible when one is awaited."""
    tenir([exercice.projet_id])
    frais = _relire(exercice)
    _verifier_ouvert(frais, par)
    if frais.montant_accorde < frais.montant_demande:
        raise ActionImpossible("Un montant inférieur à votre demande a été accordé : le budget révisé est nécessaire.")
    BudgetRevise.objects.filter(exercice=frais).delete()


# --- balance and confirmation -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Equilibre:
    """The totals of a revised budget, in euros."""

    charges: Decimal
    produits: Decimal
    volontaires_charges: Decimal
    volontaires_produits: Decimal

    @classmethod
    def de(cls, lignes: Iterable[LigneVoulue]) -> "Equilibre":
        lignes = list(lignes)
        return cls(
            _total(lignes, Compte.Sens.CHARGE),
            _total(lignes, Compte.Sens.PRODUIT),
            _total(lignes, Compte.Sens.CHARGE, volontaires=True),
            _total(lignes, Compte.Sens.PRODUIT, volontaires=True),
        )

    @property
    def ecart(self) -> Decimal:
        """Resources less charges, in money."""
        return self.produits - self.charges

    @property
    def ecart_volontaire(self) -> Decimal:
        return self.volontaires_produits - self.volontaires_charges


def manques(lignes: Iterable[LigneVoulue], accorde: Decimal) -> list[str]:
    """What stops a revised budget from being confirmed: sentences, none when it is right to the cent."""
    lignes = list(lignes)
    equilibre, phrases = Equilibre.de(lignes), []
    subvention = sum((x.montant for x in lignes if x.est_subvention), ZERO)
    if subvention != accorde:
        phrases.append(
            f"Le montant accordé est maintenant de {euros(accorde)}, et ce budget compte {euros(subvention)} : "
            "enregistrez-le de nouveau, puis équilibrez-le."
        )
    if any(x.montant < 0 for x in lignes):
        phrases.append("Un montant ne peut pas être négatif.")
    if not equilibre.charges:
        phrases.append("Écrivez au moins une charge.")
    if equilibre.ecart > 0:
        phrases.append(
            f"Les produits dépassent les charges de {euros(equilibre.ecart)} : ajoutez des charges ou baissez une ressource."
        )
    elif equilibre.ecart < 0:
        phrases.append(
            f"Les charges dépassent les produits de {euros(-equilibre.ecart)} : baissez des charges ou ajoutez une ressource."
        )
    if equilibre.ecart_volontaire:
        phrases.append(
            "Les contributions volontaires s’équilibrent à part : "
            f"{euros(equilibre.volontaires_charges)} en charges (86), {euros(equilibre.volontaires_produits)} en produits (87)."
        )
    return phrases


@transaction.atomic
def confirmer(exercice: Exercice, *, empreinte: str, par: Utilisateur) -> BudgetRevise:
    """The porteur's word on the revised budget: nothing is paid before, and bilans compare with it.

    Tells the coordination. A bilan in preparation takes the new planned amounts. Raises ActionInterdite,
    ActionImpossible (not balanced to the cent, grant line not equal to the grant) or ModificationConcurrente.
    """
    tenir([exercice.projet_id])
    frais = _relire(exercice)
    _verifier_ouvert(frais, par)
    budget = getattr(frais, "budget_revise", None)
    if budget is None:
        raise ActionImpossible("Il n’y a pas encore de budget révisé à confirmer.")
    if empreinte != empreinte_de(frais):
        raise ModificationConcurrente
    accorde, lignes = frais.montant_accorde, lignes_du_budget(budget)
    if phrases := manques(lignes, accorde):
        raise ActionImpossible(*phrases)
    budget.confirme_le, budget.confirme_par, budget.accorde = timezone.now(), par, accorde
    budget.motif_reouverture = ""
    budget.save()
    bilans.aligner(frais)
    total = euros(Equilibre.de(lignes).charges)
    motif = f"{frais.annee} : {total}, pour {euros(accorde)} accordés et {euros(frais.montant_demande)} demandés"
    consigner(frais.projet, Fait.BUDGET_CONFIRME, par=par, motif=motif, pour_services=False)
    notifications_versements.budget_revise_confirme(budget)
    return budget


@transaction.atomic
def rouvrir(exercice: Exercice, *, motif: str, par: Utilisateur) -> BudgetRevise:
    """The coordination gives a confirmed budget back to its porteur, saying why.

    Raises ActionInterdite or ActionImpossible (no reason, not confirmed, bilan already handed in).
    """
    tenir([exercice.projet_id])
    frais = _relire(exercice)
    if not peut_rouvrir_budget(par, frais.projet):
        raise ActionInterdite("Seule la coordination en charge rouvre un budget confirmé.")
    if not motif.strip():
        raise ActionImpossible("Dites au porteur pourquoi son budget est rouvert.")
    budget = getattr(frais, "budget_revise", None)
    if budget is None or not budget.confirme_le:
        raise ActionImpossible("Ce budget n’est pas confirmé : le porteur peut déjà le modifier.")
    bilan = getattr(frais, "bilan", None)
    if bilan and bilan.statut in (StatutBilan.DEPOSE, StatutBilan.ACCEPTE):
        raise ActionImpossible(
            f"Le bilan {frais.annee} se compare à ce budget et il est déjà remis : renvoyez-le d’abord."
        )
    budget.confirme_le = budget.confirme_par = budget.accorde = None
    budget.rouvert_le, budget.motif_reouverture = timezone.now(), motif.strip()
    budget.save()
    consigner(frais.projet, Fait.BUDGET_ROUVERT, par=par, motif=f"{frais.annee} : {motif.strip()}", pour_services=False)
    notifications_versements.budget_revise_rouvert(budget)
    return budget


# --- side by side -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Comparaison:
    """One account, asked and revised, in euros."""

    compte: str
    sens: str
    libelle: str
    detail: str
    demande: Decimal
    revise: Decimal

    @property
    def ecart(self) -> Decimal:
        return self.revise - self.demande


def comparer(demandees: Iterable[LigneVoulue], revisees: Iterable[LigneVoulue]) -> list[Comparaison]:
    """Each line of either budget once, in the order of the accounts: charges first."""
    comptes = {compte.code: compte for compte in Compte.objects.all()}
    lignes: dict[tuple[str, str, str], list[Decimal]] = {}
    for colonne, siennes in enumerate((demandees, revisees)):
        for x in siennes:
            cle = (x.sens, x.compte, "" if x.est_subvention else x.detail)
            lignes.setdefault(cle, [ZERO, ZERO])[colonne] += x.montant
    return [
        Comparaison(compte, sens, comptes[compte].libelle, detail, demande, revise)
        for (sens, compte, detail), (demande, revise) in sorted(
            lignes.items(), key=lambda un: (un[0][0], comptes[un[0][1]].ordre, un[0][2])
        )
    ]
