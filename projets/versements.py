"""Money that really moved: payments recorded and cancelled, sums asked back, given back or waived. The one door to write it.

Every writer holds the project first, then reads again: two people recording at once never pay more than what is granted.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from correspondants.models import Utilisateur

from . import notifications_versements
from .enums import Fait, Financeur, SensVersement, Statut
from .journal import consigner
from .models import DemandeReversement, Exercice, Versement
from .models.journal import tenir
from .permissions import peut_demander_reversement, peut_tenir_versements
from .suivi_financier import ZERO, Ligne, Suivi, manques_pour, repartir, suivre
from .valeurs import date_longue, euros
from .workflow import ActionImpossible, ActionInterdite

MONTANT_MAX = Decimal("9999999999.99")  # what the column holds


@dataclass(frozen=True)
class Saisie:
    """What somebody types of a movement. ``cle`` names the page it was typed on; ``derogation`` is why it is paid early."""

    financeur: str
    montant: Decimal
    date: date
    reference: str = ""
    observation: str = ""
    derogation: str = ""
    cle: UUID | None = None


def enregistrer(exercice: Exercice, saisie: Saisie, *, par: Utilisateur) -> Versement:
    """Records a payment to the porteur, who is told. The same ``cle`` gives the row already written.

    Raises ActionInterdite or ActionImpossible: nothing granted by this funder, beyond what is granted (or what the
    accepted bilan justifies), a condition not met without a reason, a day to come, a reference already recorded.
    """
    return _enregistrer(exercice, saisie, SensVersement.VERSEMENT, par)


def reverser(exercice: Exercice, saisie: Saisie, *, par: Utilisateur) -> Versement:
    """Records money that the porteur gave back to one funder. Raises ActionInterdite or ActionImpossible."""
    return _enregistrer(exercice, saisie, SensVersement.REVERSEMENT, par)


@transaction.atomic
def _enregistrer(exercice: Exercice, saisie: Saisie, sens: SensVersement, par: Utilisateur) -> Versement:
    tenir([exercice.projet_id])
    if saisie.cle and (deja := Versement.objects.filter(cle=saisie.cle, exercice=exercice).first()):
        return deja
    suivi = suivre(exercice)
    if phrases := refus(suivi, saisie, sens, par):
        raise (ActionImpossible if _permis(par, suivi.exercice) else ActionInterdite)(*phrases)
    ligne = suivi.ligne(saisie.financeur)
    anticipe = sens == SensVersement.VERSEMENT and bool(manques_pour(ligne, saisie.montant))
    versement = Versement.objects.create(
        exercice=suivi.exercice,
        financeur=saisie.financeur,
        sens=sens,
        montant=saisie.montant,
        date=saisie.date,
        reference=saisie.reference.strip(),
        observation=saisie.observation.strip(),
        derogation=saisie.derogation.strip() if anticipe else "",
        cle=saisie.cle,
        saisi_par=par,
    )
    fait = Fait.VERSEMENT if sens == SensVersement.VERSEMENT else Fait.REVERSEMENT
    motif = f"{decrire(versement)}{f' ; avant les conditions : {versement.derogation}' if versement.derogation else ''}"
    consigner(suivi.exercice.projet, fait, par=par, motif=motif)
    notifications_versements.versement_enregistre(versement)
    return versement


def decrire(versement: Versement) -> str:
    """« 2026, Ville : 400,00 € le 12 mars 2026 »."""
    reference = f" (référence {versement.reference})" if versement.reference else ""
    return (
        f"{versement.exercice.annee}, {versement.get_financeur_display()} : "
        f"{euros(versement.montant)} le {date_longue(versement.date)}{reference}"
    )


def _permis(par: Utilisateur, exercice: Exercice) -> bool:
    return peut_tenir_versements(par, exercice.projet)


def refus(suivi: Suivi, saisie: Saisie, sens: SensVersement, par: Utilisateur) -> list[str]:
    """Why a movement cannot be recorded as it is typed: sentences, none when it can."""
    if not _permis(par, suivi.exercice):
        return ["Les versements sont enregistrés par les coordinations."]
    if suivi.exercice.projet.statut not in (Statut.VALIDE, Statut.CLOS):
        return ["Ce projet n’est pas validé : rien ne peut lui être versé."]
    ligne = suivi.ligne(saisie.financeur)
    if ligne is None:
        qui = Financeur(saisie.financeur).label if saisie.financeur in Financeur else saisie.financeur
        return [f"« {qui} » n’accorde rien à ce projet pour {suivi.exercice.annee}."]
    phrases = list(_saisie_impossible(saisie))
    if saisie.reference.strip() and _reference_connue(suivi, saisie, sens):
        phrases.append(
            f"La référence « {saisie.reference.strip()} » est déjà enregistrée pour {ligne.financeur.label} : "
            "ce paiement est peut-être déjà saisi."
        )
    if saisie.montant > 0:
        phrases += _trop(suivi, ligne, saisie.montant, sens)
        if sens == SensVersement.VERSEMENT and not saisie.derogation.strip():
            phrases += manques_pour(ligne, saisie.montant)
    return phrases


def _saisie_impossible(saisie: Saisie) -> list[str]:
    phrases = []
    if saisie.montant <= 0:
        phrases.append("Écrivez un montant supérieur à zéro.")
    elif saisie.montant > MONTANT_MAX:
        phrases.append("Ce montant est beaucoup trop grand : vérifiez-le.")
    if saisie.montant != saisie.montant.quantize(Decimal("0.01")):
        phrases.append("Un montant s’arrête au centime.")
    if saisie.date > timezone.localdate():
        phrases.append("Cette date est à venir : enregistrez le paiement une fois qu’il est fait.")
    return phrases


def _reference_connue(suivi: Suivi, saisie: Saisie, sens: SensVersement) -> bool:
    memes = suivi.exercice.versements.en_vigueur().filter(financeur=saisie.financeur, sens=sens)
    return memes.filter(reference__iexact=saisie.reference.strip()).exists()


def _trop(suivi: Suivi, ligne: Ligne, montant: Decimal, sens: SensVersement) -> list[str]:
    if sens == SensVersement.REVERSEMENT:
        if montant > ligne.paye:
            return [f"{ligne.financeur.label} n’a versé que {euros(ligne.paye)} : il ne peut pas être rendu davantage."]
        return []
    if ligne.paye + montant > ligne.accorde:
        reste = euros(max(ZERO, ligne.accorde - ligne.paye))
        deja = f"{ligne.financeur.label} accorde {euros(ligne.accorde)} pour {suivi.exercice.annee}"
        return [f"{deja} et en a déjà versé {euros(ligne.paye)} : il reste {reste} à verser au plus."]
    if suivi.paye + montant > suivi.plafond:
        deja = f"Le bilan accepté ne justifie que {euros(suivi.justifie)}, et {euros(suivi.paye)} sont déjà versés"
        return [f"{deja} : il reste {euros(suivi.reste)} à verser au plus."]
    return []


@transaction.atomic
def annuler(versement: Versement, *, motif: str, par: Utilisateur) -> Versement:
    """Cancels a line typed by mistake, with its reason; the porteur is told. The line stays, crossed out.

    Raises ActionInterdite or ActionImpossible (no reason, already cancelled, money given back that counts on it).
    """
    projet = versement.exercice.projet
    tenir([projet.pk])
    frais = Versement.objects.select_related("exercice__projet__porteur", "exercice__projet__appel").get(
        pk=versement.pk
    )
    if not peut_tenir_versements(par, frais.exercice.projet):
        raise ActionInterdite("Les versements sont annulés par les coordinations.")
    if frais.annule_le:
        raise ActionImpossible("Cette ligne est déjà annulée.")
    if not motif.strip():
        raise ActionImpossible("Écrivez pourquoi cette ligne est annulée.")
    ligne = suivre(frais.exercice).ligne(frais.financeur)
    if frais.sens == SensVersement.VERSEMENT and ligne.paye - frais.montant < 0:
        raise ActionImpossible(
            "Une somme rendue compte sur ce versement : annulez d’abord la somme rendue, ou vérifiez les deux lignes."
        )
    frais.annule_le, frais.annule_par, frais.motif_annulation = timezone.now(), par, motif.strip()
    frais.save(update_fields=["annule_le", "annule_par", "motif_annulation"])
    consigner(frais.exercice.projet, Fait.VERSEMENT_ANNULE, par=par, motif=f"{decrire(frais)} ; {motif.strip()}")
    notifications_versements.versement_annule(frais)
    return frais


# --- money asked back -------------------------------------------------------------------------------------------------


def raison_proposee(suivi: Suivi) -> str:
    """Why money is asked back, as the letter says it, before anybody changes it."""
    return (
        f"{euros(suivi.paye + suivi.remis if suivi.remis else suivi.paye)} vous ont été versés pour {suivi.exercice.annee}. "
        f"Votre bilan accepté montre que l’action n’a eu besoin que de {euros(suivi.justifie)} de la subvention."
    )


@transaction.atomic
def demander_reversement(exercice: Exercice, *, motif: str, avant_le: date, par: Utilisateur) -> DemandeReversement:
    """Asks the porteur for what was paid beyond what the accepted bilan justifies; one demand at a time.

    Raises ActionInterdite or ActionImpossible (nothing owed, already asked, no reason, a day that is past).
    """
    tenir([exercice.projet_id])
    suivi = suivre(exercice)
    _verifier_demande(suivi.exercice, par)
    if not suivi.a_rendre:
        raise ActionImpossible(f"Rien n’est à rendre pour {exercice.annee}.")
    if demande_en_cours(exercice):
        raise ActionImpossible("Cette somme est déjà demandée au porteur.")
    if not motif.strip():
        raise ActionImpossible("Écrivez pourquoi cette somme est à rendre : le porteur lit cette raison.")
    if avant_le <= timezone.localdate():
        raise ActionImpossible("Donnez au porteur une date à venir.")
    demande = DemandeReversement.objects.create(
        exercice=suivi.exercice, montant=suivi.a_rendre, motif=motif.strip(), avant_le=avant_le, demandee_par=par
    )
    consigner(
        suivi.exercice.projet,
        Fait.SOMME_DEMANDEE,
        par=par,
        motif=f"{exercice.annee} : {euros(demande.montant)} avant le {date_longue(avant_le)}",
    )
    notifications_versements.somme_a_rendre(demande, parts_a_rendre(suivi))
    return demande


@transaction.atomic
def renoncer(exercice: Exercice, *, motif: str, par: Utilisateur) -> DemandeReversement:
    """The funders give up what is still owed for one Exercice, with a reason; the porteur is told.

    Raises ActionInterdite or ActionImpossible (nothing owed, no reason).
    """
    tenir([exercice.projet_id])
    suivi = suivre(exercice)
    _verifier_demande(suivi.exercice, par)
    if not suivi.a_rendre:
        raise ActionImpossible(f"Rien n’est à rendre pour {exercice.annee}.")
    if not motif.strip():
        raise ActionImpossible("Écrivez pourquoi les financeurs renoncent à cette somme.")
    remise: dict[str, Any] = {
        "remise_le": timezone.now(), "remise_par": par, "montant_remis": suivi.a_rendre, "motif_remise": motif.strip(),
    }  # fmt: skip
    demande = demande_en_cours(exercice)
    if demande is None:
        demande = DemandeReversement(
            exercice=suivi.exercice, montant=suivi.a_rendre, motif=motif.strip(), avant_le=timezone.localdate(),
            demandee_par=par,
        )  # fmt: skip
    for champ, valeur in remise.items():
        setattr(demande, champ, valeur)
    demande.save()
    motif_journal = f"{exercice.annee} : {euros(demande.montant_remis)} ; {motif.strip()}"
    consigner(suivi.exercice.projet, Fait.SOMME_REMISE, par=par, motif=motif_journal)
    notifications_versements.somme_remise(demande)
    return demande


def _verifier_demande(exercice: Exercice, par: Utilisateur) -> None:
    if not peut_demander_reversement(par, exercice.projet):
        raise ActionInterdite("Seule la coordination en charge s’occupe des sommes à rendre.")


def demande_en_cours(exercice: Exercice) -> DemandeReversement | None:
    return DemandeReversement.objects.filter(exercice=exercice, remise_le=None).first()


def parts_demandees(demande: DemandeReversement) -> list[tuple[str, Decimal]]:
    """To which funder how much was asked back, whatever came back since: in proportion to what each paid out."""
    verses = Versement.objects.filter(exercice=demande.exercice_id, sens=SensVersement.VERSEMENT).soldes("financeur")
    parts = repartir(demande.montant, {solde["financeur"]: solde["paye"] for solde in verses})
    return [(Financeur(financeur).label, part) for financeur, part in parts.items() if part]


def parts_a_rendre(suivi: Suivi) -> list[tuple[str, Decimal]]:
    """To which funder how much is to be given back, in proportion to what each paid."""
    return [(ligne.financeur.label, ligne.a_rendre) for ligne in suivi.lignes if ligne.a_rendre]
