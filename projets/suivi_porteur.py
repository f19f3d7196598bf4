"""Where a porteur's project stands: what is expected of them, who has it, what comes next, by when, whom to call.

``situer`` reads what was prefetched, for a list; ``detailler`` asks for one project.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Prefetch, QuerySet
from django.urls import reverse
from django.utils import timezone

from correspondants.models import Correspondant

from .chronologie import A_VENIR, EN_COURS, Etape
from .enums import Statut, StatutBilan
from .interlocuteurs import interlocuteurs
from .models import DemandeComplements, Exercice, Projet
from .reconduction import peut_etre_reconduit
from .suivi_financier import etat_du_budget, exercices_suivis, suivis
from .valeurs import date_longue

_SUITE = {
    Statut.BROUILLON: "Votre dossier n’est pas encore déposé.",
    Statut.DEPOSE: "La coordination vérifie votre dossier.",
    Statut.A_COMPLETER: "Dès votre nouveau dépôt, la coordination reprend la vérification.",
    Statut.AVIS_IEN: "L’Éducation nationale donne son avis sur le temps scolaire ; la troïka examine ensuite le projet.",
    Statut.PRET: "Votre projet sera inscrit à une prochaine séance de la troïka.",
    Statut.INSCRIT: "La troïka examine votre projet en séance ; vous recevrez sa décision par courriel.",
    Statut.VALIDE: "Menez votre action, puis remettez vos bilans.",
    Statut.AJOURNE: "Vous pouvez remanier votre dossier et le déposer de nouveau, sous le même numéro.",
    Statut.REFUSE: "La décision et son motif sont sur la page du projet.",
    Statut.RETIRE: "Vous avez retiré ce projet : il ne sera pas examiné.",
    Statut.CLOS: "Tous les bilans sont acceptés : merci.",
}


@dataclass(frozen=True)
class AFaire:
    """One thing expected of the porteur, with the page where it is done."""

    texte: str
    bouton: str
    url: str
    retard: bool = False


@dataclass(frozen=True)
class Situation:
    projet: Projet
    suite: str
    a_faire: tuple[AFaire, ...]
    se_reconduit: bool


@dataclass(frozen=True)
class SituationDetaillee:
    """The same for one project, as its page says it first. ``maintenant`` is None once everything is over."""

    suite: str
    a_faire: tuple[AFaire, ...]
    maintenant: Etape | None
    ensuite: Etape | None
    personnes: tuple[Correspondant, ...]
    se_reprend: bool  # withdrawn: its content may become a new draft


def detailler(projet: Projet, etapes: tuple[Etape, ...]) -> SituationDetaillee:
    """``etapes``: the timeline of its porteur."""
    a_completer = projet.statut == Statut.A_COMPLETER
    projet.demandes_ouvertes = list(_demandes_ouvertes().filter(projet=projet)) if a_completer else []
    situation = situer(projet)
    return SituationDetaillee(
        situation.suite,
        situation.a_faire,
        next((etape for etape in etapes if etape.etat == EN_COURS), None),
        next((etape for etape in etapes if etape.etat == A_VENIR), None),
        interlocuteurs(projet),
        projet.statut == Statut.RETIRE,
    )


def avec_le_necessaire(projets: QuerySet[Projet]) -> QuerySet[Projet]:
    """Everything ``situer`` reads, in a number of queries that does not depend on the number of projects."""
    return projets.select_related("appel", "reconduit_de").prefetch_related(
        Prefetch("demandes_complements", _demandes_ouvertes(), to_attr="demandes_ouvertes"),
        Prefetch("exercices", suivis(Exercice.objects.all())),
    )


def _demandes_ouvertes() -> QuerySet[DemandeComplements]:
    return DemandeComplements.objects.filter(close_le=None).annotate(nombre=Count("champs"))


def situer(projet: Projet) -> Situation:
    return Situation(projet, _SUITE[Statut(projet.statut)], tuple(_a_faire(projet)), peut_etre_reconduit(projet))


def _a_faire(projet: Projet) -> list[AFaire]:
    if projet.statut == Statut.BROUILLON:
        adresse = reverse("deposer_verification", args=[projet.jeton])
        dernier, texte = projet.appel.depots_jusqu_au, "Terminez votre dossier, puis déposez-le."
        retard = projet.appel.depots_clos
        if dernier:
            jour = date_longue(dernier)
            texte = f"Les dépôts sont clos depuis le {jour}." if retard else f"{texte} Dépôts jusqu’au {jour}."
        return [AFaire(texte, "Reprendre le brouillon", adresse, retard)]
    if projet.statut == Statut.A_COMPLETER:
        nombre = sum(demande.nombre for demande in projet.demandes_ouvertes)
        questions = f"{nombre} questions" if nombre > 1 else "une question"
        adresse = reverse("projet_modifier", args=[projet.numero])
        jour = min((d.attendue_le for d in projet.demandes_ouvertes if d.attendue_le), default=None)
        avant = f" avant le {date_longue(jour)}" if jour else ""
        retard = bool(jour and jour < timezone.localdate())
        texte = f"La coordination vous demande de revoir {questions}{avant}."
        return [AFaire(texte, "Compléter le dossier", adresse, retard)]
    if projet.statut == Statut.AJOURNE:
        adresse = reverse("projet_modifier", args=[projet.numero])
        return [AFaire("La troïka a ajourné votre projet.", "Remanier le dossier", adresse)]
    if projet.statut == Statut.VALIDE:
        annees = exercices_suivis(projet)
        budgets = [du for exercice in annees if (du := _budget_du(projet, exercice))]
        return budgets + [du for exercice in annees if (du := _bilan_du(projet, exercice))]
    return []


def _budget_du(projet: Projet, exercice: Exercice) -> AFaire | None:
    """The revised budget of one civil year, as long as it is awaited: nothing is paid before it."""
    etat = etat_du_budget(exercice, exercice.accorde)
    if not etat.attend_le_porteur:
        return None
    texte = f"Confirmez votre budget révisé {exercice.annee} : rien ne peut être versé avant."
    adresse = reverse("budget_revise", args=[projet.numero, exercice.annee])
    return AFaire(texte, f"Réviser le budget {exercice.annee}", adresse)


def _bilan_du(projet: Projet, exercice: Exercice) -> AFaire | None:
    """The bilan of one civil year, from the end of the year on, or as soon as one was begun or sent back."""
    bilan = getattr(exercice, "bilan", None)
    if not exercice.accorde or (bilan and bilan.statut in (StatutBilan.DEPOSE, StatutBilan.ACCEPTE)):
        return None
    adresse = reverse("bilan_modifier", args=[projet.numero, exercice.annee])
    if bilan and bilan.statut == StatutBilan.A_COMPLETER and not bilan.attend_la_suite:
        return AFaire(f"Votre bilan {exercice.annee} est à compléter.", f"Compléter le bilan {exercice.annee}", adresse)
    echeance, aujourdhui = exercice.echeance_bilan, timezone.localdate()
    if aujourdhui < date(exercice.annee, 10, 1) and not bilan:
        return None
    retard = echeance < aujourdhui
    quand = f"attendu depuis le {date_longue(echeance)}" if retard else f"à remettre avant le {date_longue(echeance)}"
    return AFaire(f"Bilan {exercice.annee} : {quand}.", f"Remplir le bilan {exercice.annee}", adresse, retard)


__all__ = ["AFaire", "Situation", "SituationDetaillee", "avec_le_necessaire", "detailler", "situer"]
