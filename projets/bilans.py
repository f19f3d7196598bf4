"""The small workflow of bilans: attendu (derived) → depose → a_completer / accepte, pre-filled from what was granted."""

import hashlib
import json
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from correspondants.models import Utilisateur

from . import notifications
from .constats import Constat
from .dossier import COMPTE_DEMANDE
from .dossier_bilan import est_a_expliquer
from .enums import StatutBilan
from .models import Bilan, Exercice, IndicateurBilan, LigneBilan, ModificationConcurrente
from .models.bilan import CHAMPS_SAISIS
from .permissions import Acteur, est_porteur, peut_juger_bilan, peut_remplir_bilan
from .regles_bilan import constater_bilan
from .workflow import ActionImpossible, ActionInterdite


@transaction.atomic
def preparer(exercice: Exercice, par: Utilisateur) -> Bilan:
    """The Bilan of a granted Exercice, made on first call and pre-filled: planned amounts, the grant, the indicators.

    Raises ActionInterdite when the person is not the porteur, ActionImpossible when nothing was granted for that year.
    """
    if not est_porteur(par, exercice.projet):
        raise ActionInterdite("Le bilan est rempli par le porteur du projet.")
    accorde = exercice.montant_accorde
    if not accorde:
        raise ActionImpossible(
            f"Aucun montant n’a été accordé à ce projet pour {exercice.annee} : pas de bilan à remettre."
        )
    bilan, nouveau = Bilan.objects.get_or_create(exercice=exercice, defaults={"genre": exercice.genre_bilan})
    if nouveau:
        LigneBilan.objects.bulk_create(
            LigneBilan(
                bilan=bilan,
                compte_id=ligne.compte_id,
                sens=ligne.sens,
                detail=ligne.detail,
                prevu=accorde if ligne.compte_id == COMPTE_DEMANDE else ligne.montant,
                rang=rang,
            )
            for rang, ligne in enumerate(_lignes_une_fois(exercice))
        )
        IndicateurBilan.objects.bulk_create(
            IndicateurBilan(bilan=bilan, libelle=prevu.libelle, cible=prevu.cible, rang=rang)
            for rang, prevu in enumerate(exercice.projet.contenu.indicateurs)
        )
    return bilan


def _lignes_une_fois(exercice: Exercice) -> list[object]:
    """Budget lines with an account; the amount asked counts once, however many lines it was written on."""
    lignes, demande_vue = [], False
    for ligne in exercice.lignes.exclude(compte=None).order_by("sens", "rang"):
        if ligne.compte_id == COMPTE_DEMANDE:
            if demande_vue:
                continue
            demande_vue = True
        lignes.append(ligne)
    return lignes


def obstacles(bilan: Bilan) -> list[str]:
    """Why a bilan cannot be deposited yet: sentences, none when it can."""
    return list(dict.fromkeys(constat.message for constat in manques(bilan)))


def manques(bilan: Bilan) -> list[Constat]:
    """What stops the deposit, each on the answer it speaks of (``realisation``, ``charges.0.realise``)."""
    libelles = {ligne.compte_id: ligne.libelle for ligne in bilan.lignes.select_related("compte")}
    constats = constater_bilan(bilan.contenu, libelles, bilan.exercice.projet.appel.seuil_ecart)
    return [constat for constat in constats if constat.est_bloquant]


def ecarts_a_expliquer(bilan: Bilan) -> list[LigneBilan]:
    """Lines whose gap is beyond the call's threshold (in % of what was planned)."""
    seuil = bilan.exercice.projet.appel.seuil_ecart
    return [ligne for ligne in bilan.lignes.all() if est_a_expliquer(ligne.ecart, ligne.prevu, seuil)]


# --- writing a draft ------------------------------------------------------------------------------------------------


class SaisieRefusee(Exception):
    """What was sent was not kept; ``str()`` says why."""


def empreinte_de(bilan: Bilan) -> str:
    """What a bilan says now, in one short word: a page that shows something older is told so."""
    champs = [str(getattr(bilan, nom)) for nom in (*CHAMPS_SAISIS, "statut")]
    ordonnees = bilan.lignes.order_by("sens", "rang", "compte", "detail")
    lignes = [[str(valeur) for valeur in ligne] for ligne in ordonnees.values_list("compte", "detail", "realise")]
    indicateurs = list(bilan.indicateurs.order_by("rang", "pk").values_list("resultat", flat=True))
    contenu = json.dumps([champs, lignes, indicateurs], ensure_ascii=False)
    return hashlib.sha256(contenu.encode()).hexdigest()[:24]


def prendre_la_main(bilan: Bilan, empreinte: str, par: Acteur) -> Bilan:
    """The bilan as it is kept, taken for the current transaction.

    Raises ActionInterdite when it is no longer open to that person, ModificationConcurrente when it is no longer what
    the person saw (``empreinte``).
    """
    actuel = Bilan.objects.select_for_update().get(pk=bilan.pk)
    if not peut_remplir_bilan(par, actuel):
        raise ActionInterdite("Ce bilan est déjà déposé : il ne peut plus être modifié.")
    if empreinte != empreinte_de(actuel):
        raise ModificationConcurrente
    return actuel


# --- deposit, acceptance --------------------------------------------------------------------------------------------


def deposer(bilan: Bilan, *, par: Acteur) -> None:
    """Sends a bilan to the coordination. Raises ActionInterdite, ActionImpossible or ModificationConcurrente."""
    if not peut_remplir_bilan(par, bilan):
        raise ActionInterdite(
            "Ce bilan ne peut plus être modifié."
            if est_porteur(par, bilan.exercice.projet)
            else "Le bilan est remis par le porteur du projet."
        )
    if phrases := obstacles(bilan):
        raise ActionImpossible(*phrases)
    with transaction.atomic():
        _passer(bilan, StatutBilan.DEPOSE, depose_le=timezone.now(), motif_retour="", lecture={})
        notifications.bilan_depose(bilan)


def renvoyer(bilan: Bilan, *, par: Acteur, motif: str) -> None:
    """Sends a bilan back to the porteur, saying what to complete."""
    if not peut_juger_bilan(par, bilan):
        raise ActionInterdite("Seule la coordination en charge examine un bilan déposé.")
    if not motif.strip():
        raise ActionImpossible("Dites au porteur ce qu’il faut compléter.")
    with transaction.atomic():
        _passer(bilan, StatutBilan.A_COMPLETER, motif_retour=motif.strip())
        notifications.bilan_renvoye(bilan)


def accepter(bilan: Bilan, *, par: Utilisateur) -> None:
    if not peut_juger_bilan(par, bilan):
        raise ActionInterdite("Seule la coordination en charge examine un bilan déposé.")
    with transaction.atomic():
        _passer(bilan, StatutBilan.ACCEPTE, accepte_le=timezone.now(), accepte_par=par)
        notifications.bilan_accepte(bilan)


def _passer(bilan: Bilan, statut: StatutBilan, **champs: object) -> None:
    """Compare and set: of two people clicking at once, one is told so."""
    if not Bilan.objects.filter(pk=bilan.pk, statut=bilan.statut).update(statut=statut, **champs):
        raise ModificationConcurrente
    bilan.refresh_from_db()


def reste_a_justifier(exercice: Exercice) -> Decimal:
    """Euros granted for a civil year and not covered by an accepted bilan."""
    bilan = getattr(exercice, "bilan", None)
    return Decimal(0) if bilan and bilan.statut == StatutBilan.ACCEPTE else exercice.montant_accorde
