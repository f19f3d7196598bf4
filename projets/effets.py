"""What each action writes beside the statut, inside its transaction. Each returns the statut the project goes to."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from . import depassements, enveloppes, lettres, notifications, notifications_versements
from .enregistrement import garder_depot, structure_de, texte_de_recherche
from .enums import Fait, SensDecision, Statut
from .gardes import Contexte
from .journal import consigner
from .membres import rattacher
from .models import (
    AvisIEN,
    ChampACompleter,
    Compteur,
    Decision,
    DelegationAvis,
    DemandeComplements,
    Exercice,
    MontantAccorde,
    PointOrdreDuJour,
    Projet,
)
from .models.instruction import fin_du_lien, nouveau_secret
from .permissions import LienAvis
from .suivi_financier import budgets_attendus
from .temps_scolaire import parties_scolaires


def deposer(ctx: Contexte) -> Statut:
    """Number (first time), structure, snapshot, open requests closed; acknowledgement and notice to the coordination."""
    projet, maintenant = ctx.projet, timezone.now()
    dossier = projet.contenu
    if not projet.numero:
        projet.numero = Compteur.suivant(timezone.localdate().year)
        projet.depose_le = maintenant
    projet.structure = structure_de(dossier)
    projet.recherche = texte_de_recherche(projet, dossier)
    projet.save(update_fields=["numero", "depose_le", "structure", "recherche", "modifie_le"])
    rattacher(projet.structure, projet.porteur)
    projet.demandes_complements.filter(close_le=None).update(close_le=maintenant)
    depot = garder_depot(projet, projet.piece_dossier)
    notifications.accuse_reception(projet, depot.rang)
    notifications.nouveau_depot(projet, depot.rang)
    return Statut.DEPOSE


def demander_complements(ctx: Contexte) -> Statut:
    """``champs``: question identifier -> why. Only those questions reopen. ``attendue_le``: the day it is hoped for."""
    demande = DemandeComplements.objects.create(
        projet=ctx.projet,
        message=ctx.motif,
        par=ctx.par,
        donnees_avant=ctx.projet.donnees,
        attendue_le=ctx.donnees.get("attendue_le"),
    )
    ChampACompleter.objects.bulk_create(
        ChampACompleter(demande=demande, champ=champ, motif=motif) for champ, motif in ctx.donnees["champs"].items()
    )
    notifications.complements_demandes(ctx.projet, demande)
    return Statut.A_COMPLETER


def declarer_complet(ctx: Contexte) -> Statut:
    """One request per authority concerned; an opinion whose school-time part has not changed is kept.

    A request that was waiting for the file to come back is sent again, through the same link. What the porteur answered to
    the requests for complements, and nobody closed, is held to be right.
    """
    projet, parties = ctx.projet, parties_scolaires(ctx.projet)
    ChampACompleter.objects.filter(demande__projet=projet, resolu_le=None).update(
        resolu_le=timezone.now(), resolu_par=ctx.par
    )
    depot = projet.depots.order_by("-rang").first()
    gardes, anciens = {}, []
    for avis in projet.avis_ien.en_vigueur().select_related("correspondant").order_by("pk"):
        rang = next((rang for rang, une in enumerate(parties) if rang not in gardes and une.est_jugee_par(avis)), None)
        if rang is None:
            anciens.append(avis.pk)
        else:
            gardes[rang] = avis
    AvisIEN.objects.filter(pk__in=anciens).update(remplace=True)
    for rang, partie in enumerate(parties):
        avis = gardes.get(rang)
        if avis is None:
            avis = AvisIEN.objects.create(
                projet=projet,
                autorite=partie.autorite,
                correspondant=partie.correspondant,
                empreinte=partie.empreinte,
                partie=partie.vers_json(),
                depot=depot,
            )
            notifications.avis_demande(avis)
        elif not avis.est_rendu:
            AvisIEN.objects.filter(pk=avis.pk).update(depot=depot, partie=partie.vers_json())
            if avis.lien_revoque_le is None:
                prolonger(avis)
                notifications.avis_demande(avis, f"depot-{depot.rang if depot else 0}")
    return _apres_avis(ctx)


def prolonger(demande: AvisIEN | DelegationAvis) -> None:
    """The link that is about to be written again in a mail opens for its whole time from now."""
    demande.lien_expire_le = fin_du_lien()
    champs = {"lien_expire_le": demande.lien_expire_le}
    if isinstance(demande, AvisIEN):
        champs["lien_envoye_le"] = demande.lien_envoye_le = timezone.now()
    type(demande).objects.filter(pk=demande.pk).update(**champs)


def _apres_avis(ctx: Contexte) -> Statut:
    return Statut.AVIS_IEN if ctx.projet.avis_ien.attendus().exists() else Statut.PRET


def rendre_avis(ctx: Contexte) -> Statut:
    """``avis``, ``sens``; the motive is the action's."""
    _ecrire_avis(ctx)
    notifications.avis_rendu(ctx.donnees["avis"])
    return _apres_avis(ctx)


def corriger_avis(ctx: Contexte) -> Statut:
    """``avis``, ``sens``, ``vu``; what was said before stays as a replaced opinion. The request keeps its row and its link."""
    avis = ctx.donnees["avis"]
    ancien = AvisIEN.objects.get(pk=avis.pk)
    ancien.pk, ancien._state.adding = None, True
    ancien.remplace, ancien.corrige_le, ancien.secret = True, timezone.now(), nouveau_secret()
    ancien.save()
    _ecrire_avis(ctx)
    notifications.avis_rendu(avis, corrige=True)
    return _apres_avis(ctx)


def _ecrire_avis(ctx: Contexte) -> None:
    avis = ctx.donnees["avis"]
    avis.sens, avis.motif, avis.rendu_le = ctx.donnees["sens"], ctx.motif.strip(), timezone.now()
    lien = ctx.par if isinstance(ctx.par, LienAvis) else None
    avis.par, avis.par_lien = (None, True) if lien else (ctx.par, False)
    avis.delegation = lien.delegation if lien else None
    avis.depot = ctx.projet.depots.order_by("-rang").first()
    avis.save(update_fields=["sens", "motif", "rendu_le", "par", "par_lien", "delegation", "depot"])


def inscrire(ctx: Contexte) -> Statut:
    seance = ctx.donnees["seance"]
    dernier = seance.points.order_by("-rang").values_list("rang", flat=True).first()
    PointOrdreDuJour.objects.create(seance=seance, projet=ctx.projet, rang=(dernier or 0) + 1)
    return Statut.INSCRIT


def desinscrire(ctx: Contexte) -> Statut:
    """Off the agenda: voices and pending decision go with the point (the journal keeps that they were)."""
    ctx.projet.points.filter(seance__publiee_le=None).delete()
    return Statut.PRET


def decider(ctx: Contexte) -> Statut:
    """``sens``, ``montants`` {(année, financeur): euros}, ``reserves``, ``hors_temps_scolaire``, ``justification_depassement``."""
    donnees = ctx.donnees
    sens = SensDecision(donnees["sens"])
    montants = donnees.get("montants") or {}
    depasses = depassements.depassements_de(ctx.projet, montants)
    decision, _ = Decision.objects.update_or_create(
        point=ctx.point,
        defaults={
            "sens": sens,
            "motif": ctx.motif.strip(),
            "reserves": str(donnees.get("reserves", "")).strip() if sens == SensDecision.RESERVES else "",
            "hors_temps_scolaire": bool(donnees.get("hors_temps_scolaire")) and sens.accorde,
            "justification_depassement": str(donnees.get("justification_depassement", "")).strip(),
            "par": ctx.par,
        },
    )
    decision.montants.all().delete()
    exercices = {exercice.annee: exercice for exercice in ctx.projet.exercices.all()}
    MontantAccorde.objects.bulk_create(
        MontantAccorde(decision=decision, exercice=exercices[annee], financeur=financeur, montant=montant)
        for (annee, financeur), montant in montants.items()
        if montant
    )
    decision.depassements.all().delete()
    if depasses:
        depassements.noter(
            ctx.projet.appel_id, depasses, decision.justification_depassement, ctx.par, decision=decision
        )
        phrases = [f"{depassement.phrase}." for depassement in depasses]
        consigner(
            ctx.projet,
            Fait.DEPASSEMENT,
            par=ctx.par,
            motif="\n".join([*phrases, decision.justification_depassement]),
        )
    return Statut.INSCRIT


def tenir_les_enveloppes(ctx: Contexte) -> None:
    """Two decisions that each fit in an envelope, and not together, are judged one after the other."""
    enveloppes.tenir(ctx.projet.appel_id)


@dataclass(frozen=True)
class Publication:
    """What a published meeting shares: the paper of its letters, and by project the Exercices whose budget is now awaited."""

    papeterie: lettres.Papeterie
    budgets: dict[int, list[Exercice]]


def rendre_publiques(points: Sequence[PointOrdreDuJour]) -> Publication:
    """Makes the decisions of a meeting public, all at once, with the sums that follow: in the caller's transaction, which
    holds the projects, and undoes it when one of them cannot be published."""
    projets = [point.projet_id for point in points]
    Decision.objects.filter(point__in=points).update(publiee=True)
    for point in points:
        if hasattr(point, "decision"):
            point.decision.publiee = True
    Projet.objects.filter(pk__in=projets).tenir_les_montants()
    budgets = defaultdict(list)
    for exercice in budgets_attendus(Exercice.objects.filter(projet__in=projets)).order_by("annee"):
        budgets[exercice.projet_id].append(exercice)
    return Publication(lettres.Papeterie.de(points[0].seance.appel, projets), budgets)


def publier(ctx: Contexte) -> Statut:
    """``point`` of the meeting being published: the letter of its decision is written for good, and the porteur told.

    ``publication`` is what the whole meeting shares.
    """
    decision = ctx.donnees["point"].decision
    lettre = lettres.ecrire(ctx.projet, decision, ctx.donnees["publication"].papeterie)
    notifications.decision_publiee(ctx.projet, decision, lettre)
    for exercice in ctx.donnees["publication"].budgets.get(ctx.projet.pk, ()):
        exercice.projet = ctx.projet
        notifications_versements.budget_revise_attendu(exercice, exercice.accorde, str(decision.pk))
    return SensDecision(decision.sens).statut


def retirer(ctx: Contexte) -> Statut:
    """Whoever had the project in hand is told: the coordination, the authorities asked, the meeting it was to go through."""
    attendus = list(ctx.projet.avis_ien.attendus().select_related("correspondant").prefetch_related("delegations"))
    point = ctx.point
    ctx.projet.points.filter(seance__publiee_le=None).delete()
    ctx.projet.demandes_complements.filter(close_le=None).update(close_le=timezone.now())
    if ctx.projet.numero:
        notifications.projet_retire(ctx.projet, ctx.motif)
        for avis in attendus:
            notifications.retrait_avis(avis)
        if point:
            notifications.retrait_seance(ctx.projet, point.seance)
    return Statut.RETIRE


def clore(ctx: Contexte) -> Statut:
    notifications.projet_clos(ctx.projet)
    return Statut.CLOS
