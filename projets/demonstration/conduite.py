"""Takes one project to a statut. Nothing here writes a statut: everything goes through ``executer``. Tests use it too."""

from collections.abc import Callable
from decimal import Decimal

from django.utils import timezone

from correspondants.enums import PILOTES, Role

from .. import bilans
from ..dossier import COMPTE_DEMANDE
from ..enums import Action, AppreciationIndicateur, EtatPresence, Financeur, SensAvis, SensDecision, Statut, Voix
from ..models import AvisTroika, Bilan, Compte, Exercice, PresenceSeance, Projet, SeanceTroika
from ..workflow import executer
from .comptes import Agents


def rendre_les_avis(projet: Projet, agents: Agents, sens: str = SensAvis.FAVORABLE, motif: str = "") -> None:
    for avis in projet.avis_ien.attendus():
        executer(projet, Action.RENDRE_AVIS, par=agents(avis.autorite), avis=avis, sens=sens, motif=motif)


def donner_les_voix(projet: Projet, agents: Agents, voix: str = Voix.POUR) -> None:
    point = projet.points.get(seance__publiee_le=None)
    for pilote in sorted(PILOTES):
        AvisTroika.objects.update_or_create(point=point, pilote=pilote, defaults={"voix": voix, "par": agents(pilote)})


def tenir_la_feuille(seance: SeanceTroika, agents: Agents) -> None:
    """Who sat at a meeting: two pilots, the third one represented."""
    coordination = agents(Role.COORDINATEUR_VILLE)
    for pilote, etat, noms in (
        (Role.PILOTE_EN, EtatPresence.EXCUSE, {"represente_par": "la coordination Éducation nationale"}),
        (Role.PILOTE_PREFECTURE, EtatPresence.PRESENT, {"nom": "La déléguée du préfet"}),
        (Role.PILOTE_VILLE, EtatPresence.PRESENT, {"nom": "L’adjointe à l’éducation"}),
    ):
        PresenceSeance.objects.create(seance=seance, pilote=pilote, etat=etat, par=coordination, **noms)
    SeanceTroika.objects.filter(pk=seance.pk).update(autres_presents="La cheffe du service éducation")


def noter(projet: Projet, agents: Agents, texte: str) -> None:
    """What was said of a project that is on the agenda of an open meeting."""
    coordination = agents(Role.COORDINATEUR_VILLE)
    ouverts = projet.points.filter(seance__publiee_le=None)
    ouverts.update(notes=texte, notes_par=coordination, notes_le=timezone.now(), duree_minutes=15)


def decider(projet: Projet, agents: Agents, sens: str, **donnees: object) -> None:
    """Pending decision with the three voices; unless told otherwise a grant gives everything asked, by the State."""
    sens = SensDecision(sens)
    voix = {SensDecision.RESERVES: Voix.RESERVES, SensDecision.AJOURNE: Voix.AJOURNER, SensDecision.REFUSE: Voix.CONTRE}
    donner_les_voix(projet, agents, voix.get(sens, Voix.POUR))
    if sens.accorde:
        donnees.setdefault("montants", {(e.annee, Financeur.ETAT): e.montant_demande for e in projet.exercices.all()})
    else:
        donnees.setdefault("motif", "Le budget est à préciser.")
    if sens is SensDecision.RESERVES:
        donnees.setdefault("reserves", "Associer les familles dès le premier trimestre.")
    executer(projet, Action.DECIDER, par=agents(Role.COORDINATEUR_VILLE), sens=sens, **donnees)


def remettre_bilan(
    exercice: Exercice, *, taux: Decimal = Decimal(1), touches: tuple[int, int, int] | None = None
) -> Bilan:
    """The porteur's bilan of one civil year: every charge done at ``taux`` of the plan, resources as planned.

    ``touches``: girls, boys and parents that it says were reached.
    """
    porteur = exercice.projet.porteur
    bilan = bilans.preparer(exercice, porteur)
    for ligne in bilan.lignes.all():
        part = taux if ligne.sens == "charge" else Decimal(1)
        ligne.realise = (ligne.prevu * part).quantize(Decimal("0.01"))
        ligne.save(update_fields=["realise"])
    bilan.indicateurs.update(appreciation=AppreciationIndicateur.ATTEINT, resultat="Comme prévu")
    if touches:
        bilan.filles, bilan.garcons, bilan.parents = touches
    bilan.realisation = "Les séances prévues ont eu lieu, avec une forte participation des familles."
    bilan.explication_ecarts = "" if taux == 1 else "Une partie des fournitures a été prêtée par un partenaire."
    bilan.certifie = bilan.communication_faite = True
    manque = bilan.total(Compte.Sens.CHARGE, "realise") - bilan.total(Compte.Sens.PRODUIT, "realise")
    if manque > 0:  # less was granted than planned: the structure paid the rest
        autre = bilan.lignes.filter(sens="produit").exclude(compte_id=COMPTE_DEMANDE).first()
        compte = autre.compte_id if autre else "RP-AUTOFINANCEMENT"
        bilan.lignes.update_or_create(
            compte_id=compte,
            sens="produit",
            defaults={
                "realise": (autre.realise if autre else Decimal(0)) + manque,
                "rang": autre.rang if autre else 99,
            },
        )
        bilan.explication_ecarts = "La structure a complété par ses fonds propres."
    bilan.save()
    bilans.deposer(bilan, par=porteur)
    return bilan


def mener(projet: Projet, statut: str, agents: Agents, seance: Callable[[], SeanceTroika] | None = None) -> Projet:
    """Takes a draft to a statut by the actions that lead there; ``seance`` gives the meeting it goes through."""
    statut, coordination = Statut(statut), agents(projet.coordination)
    if statut is Statut.BROUILLON:
        return projet
    executer(projet, Action.DEPOSER, par=projet.porteur)
    if statut is Statut.RETIRE:
        executer(projet, Action.RETIRER, par=projet.porteur, motif="Nous le présenterons l’an prochain.")
    elif statut is Statut.A_COMPLETER:
        champs = {
            "resume": "Dites en une phrase ce que feront les enfants.",
            "indicateurs": "Ajoutez un indicateur que l’on pourra compter.",
        }
        executer(projet, Action.DEMANDER_COMPLEMENTS, par=coordination, champs=champs)
    if statut in (Statut.DEPOSE, Statut.RETIRE, Statut.A_COMPLETER):
        return projet
    executer(projet, Action.DECLARER_COMPLET, par=coordination)
    if statut is Statut.AVIS_IEN:
        return projet
    rendre_les_avis(projet, agents)
    if statut is Statut.PRET:
        return projet
    executer(projet, Action.INSCRIRE, par=coordination, seance=seance())
    return projet


def finir(projet: Projet, statut: str, agents: Agents) -> None:
    """After publication: the bilans and the closing, when the statut asks for them."""
    projet.refresh_from_db()
    if statut == Statut.CLOS:
        for exercice in projet.exercices.all():
            bilans.accepter(remettre_bilan(exercice), par=agents(projet.coordination))
        executer(projet, Action.CLORE, par=agents(projet.coordination))
