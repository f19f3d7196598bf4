"""The small workflow of bilans: attendu (derived) → depose → a_completer / accepte, pre-filled from what was granted."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from correspondants.models import Utilisateur

from . import notifications_bilans, retours_bilan
from .communication import communication_faite
from .constats import Constat, Gravite
from .dossier import COMPTE_DEMANDE
from .dossier_bilan import est_a_expliquer, limite_legale
from .enums import Fait, IssueAction, Statut, StatutBilan
from .journal import consigner
from .models import Bilan, Exercice, IndicateurBilan, LigneBilan, ModificationConcurrente
from .models.bilan import CHAMPS_SAISIS
from .permissions import Acteur, est_porteur, peut_juger_bilan, peut_remplir_bilan, peut_rouvrir_bilan
from .regles_bilan import constater_bilan
from .suivi_financier import lignes_de_reference
from .valeurs import date_longue
from .workflow import ActionImpossible, ActionInterdite

UN_MOIS = timedelta(days=30)
POINTS_SIGNALES = "Complétez les points signalés."


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
    return Bilan.objects.filter(exercice=exercice).first() or _commencer(exercice, accorde)


@transaction.atomic
def _commencer(exercice: Exercice, accorde: Decimal) -> Bilan:
    bilan, nouveau = Bilan.objects.get_or_create(exercice=exercice, defaults={"genre": exercice.genre_bilan})
    if nouveau:
        LigneBilan.objects.bulk_create(_lignes_prevues(bilan, accorde))
        IndicateurBilan.objects.bulk_create(
            IndicateurBilan(bilan=bilan, libelle=prevu.libelle, cible=prevu.cible, rang=rang)
            for rang, prevu in enumerate(exercice.projet.contenu.indicateurs)
        )
    return bilan


def _lignes_prevues(bilan: Bilan, accorde: Decimal) -> list[LigneBilan]:
    """The planned amounts: those of the confirmed revised budget, else of the budget asked for, with the grant."""
    prevues = lignes_de_reference(bilan.exercice) or _lignes_une_fois(bilan.exercice)
    return [
        LigneBilan(
            bilan=bilan,
            compte_id=ligne.compte_id,
            sens=ligne.sens,
            detail=ligne.detail,
            prevu=accorde if ligne.compte_id == COMPTE_DEMANDE else ligne.montant,
            rang=rang,
        )
        for rang, ligne in enumerate(prevues)
        if ligne.montant or ligne.compte_id == COMPTE_DEMANDE
    ]


def aligner(exercice: Exercice) -> None:
    """Gives a bilan still in the porteur's hands the planned amounts of the budget in force; what was typed stays.

    In the caller's transaction, which holds the project.
    """
    bilan = Bilan.objects.filter(
        exercice=exercice, statut__in=[StatutBilan.BROUILLON, StatutBilan.A_COMPLETER]
    ).first()  # fmt: skip
    if bilan is None:
        return
    bilan.exercice = exercice
    anciennes: dict[tuple[str, str], list[LigneBilan]] = {}
    for ligne in bilan.lignes.order_by("rang", "pk"):
        anciennes.setdefault((ligne.sens, ligne.compte_id), []).append(ligne)
    for voulue in _lignes_prevues(bilan, exercice.montant_accorde):
        memes = anciennes.get((voulue.sens, voulue.compte_id), [])
        if memes:
            ligne = next((une for une in memes if une.detail == voulue.detail), memes[0])
            memes.remove(ligne)
            LigneBilan.objects.filter(pk=ligne.pk).update(prevu=voulue.prevu, detail=voulue.detail, rang=voulue.rang)
        else:
            voulue.save()
    for ligne in (une for restantes in anciennes.values() for une in restantes):
        if ligne.realise is None:
            ligne.delete()
        else:
            LigneBilan.objects.filter(pk=ligne.pk).update(prevu=Decimal(0))


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
    libelles = {ligne.compte_id: ligne.libelle for ligne in bilan.lignes_lues}
    appel, jour = bilan.exercice.projet.appel, timezone.localdate()
    constats = constater_bilan(bilan.contenu, libelles, appel.seuil_ecart, appel.seuil_ecart_euros, jour)
    return [*(constat for constat in constats if constat.est_bloquant), *_deja_prolonge(bilan)]


def _deja_prolonge(bilan: Bilan) -> list[Constat]:
    """New dates that were accepted are not asked again: the porteur tells the action, or asks for more."""
    fin = bilan.prolonge_fin
    if not fin or bilan.issue != IssueAction.REPORTEE or (bilan.nouvelle_fin and bilan.nouvelle_fin > fin):
        return []
    phrase = (
        f"De nouvelles dates sont déjà acceptées, jusqu’au {date_longue(fin)} : dites ce qu’est devenue l’action, ou "
        "demandez une date de fin plus tardive."
    )
    return [Constat("issue", Gravite.BLOQUANT, phrase)]


def ecarts_a_expliquer(bilan: Bilan) -> list[LigneBilan]:
    """Lines whose gap is beyond the call's thresholds (in % of what was planned, and in euros)."""
    appel = bilan.exercice.projet.appel
    seuil, plancher = appel.seuil_ecart, appel.seuil_ecart_euros
    return [ligne for ligne in bilan.lignes.all() if est_a_expliquer(ligne.ecart, ligne.prevu, seuil, plancher)]


# --- writing a draft ------------------------------------------------------------------------------------------------


class SaisieRefusee(Exception):
    """What was sent was not kept; ``str()`` says why."""


def empreinte_de(bilan: Bilan) -> str:
    """What a bilan says now, in one short word: a page that shows something older is told so."""
    champs = [str(getattr(bilan, nom)) for nom in (*CHAMPS_SAISIS, "statut")]
    ordonnees = sorted(bilan.lignes_lues, key=lambda x: (x.sens, x.rang, x.compte_id, x.detail, x.pk))
    lignes = [[str(valeur) for valeur in (x.compte_id, x.detail, x.realise)] for x in ordonnees]
    connus = sorted(bilan.indicateurs.all(), key=lambda i: (i.rang, i.pk))
    indicateurs = [[i.resultat, i.appreciation] for i in connus]
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
        dite = communication_faite(bilan)  # read for the last time: what is deposited says the same thing from now on
        _passer(
            bilan, StatutBilan.DEPOSE, depose_le=timezone.now(), motif_retour="", lecture={}, communication_faite=dite
        )
        if bilan.issue == IssueAction.NON_REALISEE:  # nothing was spent nor received, unless it was written
            bilan.lignes.filter(realise=None).update(realise=Decimal(0))
        retours_bilan.regler(bilan)
        _consigner(bilan, Fait.BILAN_DEPOSE, par)
        notifications_bilans.bilan_depose(bilan)


def renvoyer(bilan: Bilan, *, par: Utilisateur, motif: str = "", demandes: Mapping[str, str] | None = None) -> None:
    """Sends a bilan back to the porteur, saying what to complete: answer by answer (``demandes``: field of the page ->
    sentence), in general (``motif``), or both."""
    _verifier_examen(par, bilan)
    demandes = {champ: phrase.strip() for champ, phrase in (demandes or {}).items() if phrase.strip()}
    if not motif.strip() and not demandes:
        raise ActionImpossible("Dites au porteur ce qu’il faut compléter.")
    if inconnus := demandes.keys() - {sujet.champ for sujet in retours_bilan.sujets(bilan)}:
        raise ActionImpossible(f"Ce bilan n’a pas de réponse « {min(inconnus)} ».")
    with transaction.atomic():
        _passer(bilan, StatutBilan.A_COMPLETER, motif_retour=motif.strip() or POINTS_SIGNALES)
        retours_bilan.ecrire(bilan, demandes, par)
        noms = [retour.libelle for retour in bilan.retours.ouverts()]
        _consigner(bilan, Fait.BILAN_RENVOYE, par, " ; ".join(filter(None, (motif.strip(), ", ".join(noms)))))
        notifications_bilans.bilan_renvoye(bilan)


def obstacles_a_l_acceptation(bilan: Bilan) -> list[str]:
    if bilan.issue == IssueAction.REPORTEE:
        return ["Ce bilan demande de nouvelles dates : acceptez-les, ou renvoyez-le au porteur."]
    return []


def accepter(bilan: Bilan, *, par: Utilisateur) -> None:
    _verifier_examen(par, bilan)
    if phrases := obstacles_a_l_acceptation(bilan):
        raise ActionImpossible(*phrases)
    with transaction.atomic():
        _passer(bilan, StatutBilan.ACCEPTE, accepte_le=timezone.now(), accepte_par=par)
        _consigner(bilan, Fait.BILAN_ACCEPTE, par)
        notifications_bilans.bilan_accepte(bilan)


def bornes_de_prolongation(bilan: Bilan) -> tuple[date, date]:
    """First and last day on which a bilan whose new dates are accepted can be due.

    Not before the action ends nor before it was due anyway; never beyond the legal limit, unless it was already.
    """
    premiere = max(bilan.echeance, bilan.nouvelle_fin or bilan.echeance)
    return premiere, max(premiere, limite_legale(bilan.exercice.annee))


def echeance_proposee(bilan: Bilan) -> date:
    """A month after the action ends, within what is possible."""
    premiere, derniere = bornes_de_prolongation(bilan)
    return max(premiere, min(derniere, (bilan.nouvelle_fin or premiere) + UN_MOIS))


def refus_d_echeance(bilan: Bilan, echeance: date) -> str:
    """Why an extended bilan cannot be due that day; empty when it can."""
    premiere, derniere = bornes_de_prolongation(bilan)
    if premiere <= echeance <= derniere:
        return ""
    if premiere == derniere:
        return f"Le bilan reste dû le {date_longue(derniere)} : la loi ne permet pas plus tard."
    return (
        f"Choisissez un jour entre le {date_longue(premiere)} et le {date_longue(derniere)}, limite fixée par la loi."
    )


def obstacles_a_la_prolongation(bilan: Bilan) -> list[str]:
    if bilan.issue == IssueAction.REPORTEE and bilan.nouveau_debut and bilan.nouvelle_fin:
        return []
    return ["Ce bilan ne demande pas de nouvelles dates."]


def prolonger(bilan: Bilan, *, par: Utilisateur, echeance: date) -> None:
    """Accepts the new dates that a deposited bilan asks for; the porteur then tells the action by ``echeance``."""
    _verifier_examen(par, bilan)
    debut, fin = bilan.nouveau_debut, bilan.nouvelle_fin
    if phrases := obstacles_a_la_prolongation(bilan):
        raise ActionImpossible(*phrases)
    if phrase := refus_d_echeance(bilan, echeance):
        raise ActionImpossible(phrase)
    with transaction.atomic():
        # The porteur certifies again: what comes next is another statement.
        _passer(
            bilan, StatutBilan.A_COMPLETER, motif_retour="", certifie=False, prolonge_debut=debut, prolonge_fin=fin,
            prolonge_au=echeance, prolonge_le=timezone.now(), prolonge_par=par,
        )  # fmt: skip
        dates = f"Du {date_longue(debut)} au {date_longue(fin)}, bilan à remettre le {date_longue(echeance)}."
        _consigner(bilan, Fait.BILAN_PROLONGE, par, dates)
        notifications_bilans.bilan_prolonge(bilan)


def rouvrir(bilan: Bilan, *, par: Utilisateur, motif: str) -> None:
    """Takes an acceptance back: the porteur completes the bilan and deposits it again. Not once the project is closed."""
    projet = bilan.exercice.projet
    if not peut_rouvrir_bilan(par, bilan):
        if bilan.statut == StatutBilan.ACCEPTE and projet.statut != Statut.VALIDE:
            raise ActionImpossible("Le projet est clos : ses bilans ne se rouvrent plus.")
        raise ActionInterdite("Rouvrir un bilan accepté revient à la coordination en charge ou à l’administration.")
    if not motif.strip():
        raise ActionImpossible("Dites au porteur pourquoi le bilan est rouvert.")
    accepte_le = bilan.accepte_le
    with transaction.atomic():
        # The version moves: whoever closes the project at the same time, having seen it accepted, is told so.
        projet.prendre_la_main()
        _passer(bilan, StatutBilan.A_COMPLETER, motif_retour=motif.strip(), accepte_le=None, accepte_par=None)
        _consigner(bilan, Fait.BILAN_ROUVERT, par, motif)
        notifications_bilans.bilan_rouvert(bilan, accepte_le)


def _verifier_examen(par: Acteur, bilan: Bilan) -> None:
    if not peut_juger_bilan(par, bilan):
        raise ActionInterdite("Seule la coordination en charge examine un bilan déposé.")


def _consigner(bilan: Bilan, fait: Fait, par: Acteur, motif: str = "") -> None:
    """What happened to a bilan, in the journal of its project; its porteur is told the same by mail."""
    annee, projet = f"Bilan {bilan.exercice.annee}", bilan.exercice.projet
    role = "" if est_porteur(par, projet) else par.au_titre_de(projet.coordination)
    motif = f"{annee} : {motif.strip()}" if motif.strip() else f"{annee}."
    consigner(projet, fait, par=par, motif=motif, au_titre_de=role, pour_services=False)


def _passer(bilan: Bilan, statut: StatutBilan, **champs: object) -> None:
    """Compare and set: of two people clicking at once, one is told so."""
    if not Bilan.objects.filter(pk=bilan.pk, statut=bilan.statut).update(statut=statut, **champs):
        raise ModificationConcurrente
    exercice = bilan.exercice
    bilan.refresh_from_db()
    bilan.exercice = exercice  # with the project that is already loaded


def reste_a_justifier(exercice: Exercice) -> Decimal:
    """Euros granted for a civil year and not covered by an accepted bilan."""
    bilan = getattr(exercice, "bilan", None)
    return Decimal(0) if bilan and bilan.statut == StatutBilan.ACCEPTE else exercice.montant_accorde
