"""The exchange on the questions to correct: the porteur's answers, the coordinator's closing, the Word file with the questions."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from correspondants.models import Utilisateur

from .constats import Constat, Gravite
from .enums import EtatEchange, Fait, Statut
from .journal import consigner
from .models import ChampACompleter, Projet
from .permissions import peut_relire_complements
from .questionnaire import texte_propre
from .valeurs import date_longue
from .word.ecriture import ecrire
from .word.protege import annoter_protege
from .word.refus import FichierRefuse
from .workflow import ActionImpossible, ActionInterdite

LONGUEUR_REPONSE = 2000


def ouverts(projet: Projet) -> dict[str, ChampACompleter]:
    """Questions that the coordination asked the porteur to correct now, by identifier."""
    if projet.statut != Statut.A_COMPLETER:
        return {}
    champs = ChampACompleter.objects.filter(demande__projet=projet, demande__close_le=None).select_related("demande")
    return {champ.champ: champ for champ in champs.order_by("pk")}


def garder_reponses(projet: Projet, reponses: Mapping[str, str]) -> None:
    """Keeps what the porteur answers to the coordination, question by question; other identifiers are not heard."""
    if not reponses:
        return
    for nom, champ in ouverts(projet).items():
        texte = texte_propre(reponses.get(nom, champ.reponse), multiligne=True)[:LONGUEUR_REPONSE]
        if texte != champ.reponse:
            ChampACompleter.objects.filter(pk=champ.pk).update(reponse=texte)


@transaction.atomic
def clore(champ: ChampACompleter, *, par: Utilisateur, close: bool = True) -> None:
    """Closes the exchange on one question, or (``close`` false) takes the closing back.

    Raises ActionInterdite, or ActionImpossible while the porteur has not answered, or once the file is no longer read.
    """
    projet = Projet.objects.select_for_update(no_key=True).get(pk=champ.demande.projet_id)
    if not peut_relire_complements(par, projet):
        raise ActionInterdite("Clore une question revient à la coordination en charge, pendant la vérification.")
    champ.refresh_from_db()
    attendu = EtatEchange.A_RELIRE if close else EtatEchange.CLOS
    if champ.etat(_redemandes(champ)) is not attendu:
        raise ActionImpossible("Cette question n’est plus dans l’état que montrait la page : elle vient de changer.")
    champ.resolu_le, champ.resolu_par = (timezone.now(), par) if close else (None, None)
    champ.save(update_fields=["resolu_le", "resolu_par"])
    consigner(projet, Fait.CHAMP_RESOLU if close else Fait.CHAMP_ROUVERT, par=par, motif=champ.libelle)


def _redemandes(champ: ChampACompleter) -> list[str]:
    """The question itself when a later request names it again."""
    plus_tard = ChampACompleter.objects.filter(demande__projet=champ.demande.projet_id, demande__gt=champ.demande_id)
    return list(plus_tard.filter(champ=champ.champ).values_list("champ", flat=True))


def fichier_annote(projet: Projet) -> bytes:
    """The porteur's file with each question of the coordination as a Word comment where it is answered.

    Their own deposited file as long as it says what the portal knows; written by the portal when something changed on
    line since, or when Word comments cannot be put into it.
    """
    referentiel = projet.appel.referentiel()
    constats = [
        Constat(
            champ.champ,
            Gravite.BLOQUANT,
            f"La coordination vous demande\u00a0: {champ.motif}",
            source=f"Demande du {date_longue(timezone.localtime(champ.demande.cree_le).date())}",
        )
        for champ in ouverts(projet).values()
    ]
    depot = projet.depots.select_related("piece").order_by("-rang").first()
    if depot and depot.piece and depot.donnees == projet.donnees:
        try:
            with depot.piece.fichier.open("rb") as fichier:
                return annoter_protege(fichier.read(), constats, referentiel)
        except (FichierRefuse, FileNotFoundError):
            pass
    return annoter_protege(ecrire(projet.contenu, referentiel), constats, referentiel)
