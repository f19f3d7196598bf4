"""What each action writes beside the statut, inside its transaction. Each returns the statut the project goes to."""

from django.utils import timezone

from . import lettres, notifications
from .enregistrement import garder_depot, structure_de, texte_de_recherche
from .enums import SensDecision, Statut
from .gardes import Contexte, empreintes_scolaires
from .models import AvisIEN, ChampACompleter, Compteur, Decision, DemandeComplements, MontantAccorde, PointOrdreDuJour


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
    projet.demandes_complements.filter(close_le=None).update(close_le=maintenant)
    depot = garder_depot(projet, projet.piece_dossier)
    notifications.accuse_reception(projet, depot.rang)
    notifications.nouveau_depot(projet, depot.rang)
    return Statut.DEPOSE


def demander_complements(ctx: Contexte) -> Statut:
    """``champs``: question identifier -> why. Only those questions reopen."""
    demande = DemandeComplements.objects.create(
        projet=ctx.projet, message=ctx.motif, par=ctx.par, donnees_avant=ctx.projet.donnees
    )
    ChampACompleter.objects.bulk_create(
        ChampACompleter(demande=demande, champ=champ, motif=motif) for champ, motif in ctx.donnees["champs"].items()
    )
    notifications.complements_demandes(ctx.projet, demande)
    return Statut.A_COMPLETER


def declarer_complet(ctx: Contexte) -> Statut:
    """One request per authority concerned; an opinion whose school-time part has not changed is kept."""
    projet = ctx.projet
    empreintes = empreintes_scolaires(projet)
    gardes = set()
    for avis in projet.avis_ien.en_vigueur():
        if empreintes.get(avis.autorite) == avis.empreinte:
            gardes.add(avis.autorite)
        else:
            avis.remplace = True
            avis.save(update_fields=["remplace"])
    for autorite, empreinte in sorted(empreintes.items()):
        if autorite not in gardes:
            avis = AvisIEN.objects.create(projet=projet, autorite=autorite, empreinte=empreinte)
            notifications.avis_demande(avis)
    return _apres_avis(ctx)


def _apres_avis(ctx: Contexte) -> Statut:
    return Statut.AVIS_IEN if ctx.projet.avis_ien.attendus().exists() else Statut.PRET


def rendre_avis(ctx: Contexte) -> Statut:
    """``avis``, ``sens``; the motive is the action's."""
    avis = ctx.donnees["avis"]
    avis.sens, avis.motif, avis.rendu_le = ctx.donnees["sens"], ctx.motif.strip(), timezone.now()
    avis.par, avis.par_lien = (None, True) if ctx.par.pk is None else (ctx.par, False)
    avis.save(update_fields=["sens", "motif", "rendu_le", "par", "par_lien"])
    notifications.avis_rendu(avis)
    return _apres_avis(ctx)


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
        for (annee, financeur), montant in (donnees.get("montants") or {}).items()
        if montant
    )
    return Statut.INSCRIT


def publier(ctx: Contexte) -> Statut:
    """``point`` of the meeting being published: its decision becomes public, and its letter is written for good.

    ``papeterie`` is what the letters of the meeting share.
    """
    decision = ctx.donnees["point"].decision
    decision.publiee = True
    decision.save(update_fields=["publiee"])
    papeterie = ctx.donnees.get("papeterie") or lettres.Papeterie.de(ctx.projet.appel)
    lettre = lettres.ecrire(ctx.projet, decision, papeterie)
    notifications.decision_publiee(ctx.projet, decision, lettre)
    return SensDecision(decision.sens).statut


def retirer(ctx: Contexte) -> Statut:
    ctx.projet.points.filter(seance__publiee_le=None).delete()
    ctx.projet.demandes_complements.filter(close_le=None).update(close_le=timezone.now())
    if ctx.projet.numero:
        notifications.projet_retire(ctx.projet)
    return Statut.RETIRE


def clore(ctx: Contexte) -> Statut:
    notifications.projet_clos(ctx.projet)
    return Statut.CLOS
