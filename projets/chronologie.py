"""Where a project stands, in plain words: what was done, what is awaited, what comes next. Reads, never writes.

The porteur and the coordination read the same facts; deliberations (passages kept for the services) are left out for
whoever may not see them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from .enums import Action, Statut, StatutBilan
from .models import Exercice, Passage, Projet
from .permissions import Acteur, est_porteur, peut_voir_deliberations
from .suivi_financier import etat_du_budget
from .valeurs import date_longue

FAIT, EN_COURS, A_VENIR = "fait", "en_cours", "a_venir"


@dataclass(frozen=True)
class Etape:
    """One step, as ``composants/_chronologie.html`` draws it."""

    titre: str
    etat: str
    texte: str = ""
    date_texte: str = ""
    date: datetime | None = None
    acteur: str = ""


# Words of a step that was carried out; by arrival, or by departure, where they differ.
_FAITS: dict[str, str | dict[str, str]] = {
    Action.DEPOSER: {
        Statut.BROUILLON: "Dossier déposé",
        Statut.A_COMPLETER: "Compléments reçus, dossier déposé de nouveau",
        Statut.AJOURNE: "Dossier remanié et déposé de nouveau",
    },
    Action.DEMANDER_COMPLEMENTS: "Compléments demandés",
    Action.DECLARER_COMPLET: {
        Statut.AVIS_IEN: "Dossier complet, avis demandé sur le temps scolaire",
        Statut.PRET: "Dossier complet",
    },
    Action.RENDRE_AVIS: "Avis rendu sur le temps scolaire",
    Action.CORRIGER_AVIS: "Avis modifié sur le temps scolaire",
    Action.INSCRIRE: "Inscrit à l’ordre du jour de la troïka",
    Action.DESINSCRIRE: "Retiré de l’ordre du jour",
    Action.DECIDER: "Décision préparée en séance",
    Action.PUBLIER: {
        Statut.VALIDE: "Projet validé par la troïka",
        Statut.AJOURNE: "Projet ajourné par la troïka",
        Statut.REFUSE: "Projet refusé par la troïka",
    },
    Action.RETIRER: "Projet retiré par son porteur",
    Action.CLORE: "Projet terminé, tous les bilans sont acceptés",
}

# What is awaited: (title, text) for the services, then for the porteur where it is their turn.
_EN_COURS: dict[str, tuple[str, str]] = {
    Statut.BROUILLON: ("Dossier en préparation", "Le porteur termine son dossier."),
    Statut.DEPOSE: ("Vérification du dossier", "La coordination vérifie que le dossier est complet."),
    Statut.A_COMPLETER: ("Compléments attendus", "Le porteur corrige les questions signalées, puis dépose de nouveau."),
    Statut.AVIS_IEN: (
        "Avis attendu sur le temps scolaire",
        "La troïka ne traite le projet qu’après le retour de tous les avis demandés.",
    ),
    Statut.PRET: (
        "En attente d’une séance de la troïka",
        "Le dossier est complet : il sera inscrit à un ordre du jour.",
    ),
    Statut.INSCRIT: (
        "Examen par la troïka",
        "Les trois pilotes examinent le projet en séance ; leur décision est communiquée à sa publication.",
    ),
    Statut.AJOURNE: ("Nouveau dépôt attendu", "Le porteur peut remanier le dossier et le déposer de nouveau."),
}
_A_VOUS: dict[str, tuple[str, str]] = {
    Statut.BROUILLON: ("À vous : terminez votre dossier", "Vérifiez-le, puis déposez-le."),
    Statut.A_COMPLETER: (
        "À vous : complétez votre dossier",
        "Corrigez les questions signalées, puis déposez de nouveau.",
    ),
    Statut.AJOURNE: (
        "À vous : remaniez votre dossier",
        "Tenez compte du motif de l’ajournement, puis déposez de nouveau : le numéro reste le même.",
    ),
}

_SUITE = ("verification", "avis", "troika", "decision", "bilans")
_TITRES_SUITE = {
    "verification": "Vérification du dossier",
    "avis": "Avis sur le temps scolaire",
    "troika": "Examen par la troïka",
    "decision": "Décision communiquée au porteur",
    "bilans": "Bilans par année civile",
}
_PROCHAINE = {
    Statut.BROUILLON: "verification",
    Statut.A_COMPLETER: "verification",
    Statut.AJOURNE: "verification",
    Statut.DEPOSE: "avis",
    Statut.AVIS_IEN: "troika",
    Statut.PRET: "troika",
    Statut.INSCRIT: "decision",
}


def chronologie(projet: Projet, lecteur: Acteur) -> tuple[Etape, ...]:
    """Every step of a project for one reader: those done (oldest first), the one awaited, those to come."""
    passages = projet.passages.filter(action__in=Action.values).select_related("par").order_by("pk")
    if not peut_voir_deliberations(lecteur, projet):
        passages = passages.filter(pour_services=False)
    exercices = _exercices_finances(projet)
    faits = [*_passages(projet, passages, lecteur), *_bilans_acceptes(exercices)]
    faits.sort(key=lambda etape: etape.date)
    if projet.statut != Statut.VALIDE:
        return (*faits, *_attendues(projet, lecteur))
    budgets = _budgets_revises(exercices, lecteur, projet)
    return (*faits, *budgets, *_bilans_attendus(exercices, A_VENIR if budgets else EN_COURS))


def _passages(projet: Projet, passages: Iterable[Passage], lecteur: Acteur) -> Iterator[Etape]:
    """One step per passage; of the same act repeated at once (a decision written again), only the last."""
    liste = list(passages)
    nomme = peut_voir_deliberations(lecteur, projet)
    for passage, suivant in zip(liste, [*liste[1:], None], strict=True):
        if suivant and suivant.action == passage.action == Action.DECIDER:
            continue
        titre = _FAITS[passage.action]
        if isinstance(titre, dict):
            titre = titre.get(passage.de) or titre.get(passage.vers) or passage.get_action_display()
        yield Etape(
            titre,
            FAIT,
            date_texte=_jour(passage.le),
            date=passage.le,
            acteur=_acteur(passage, projet, lecteur) if nomme or est_porteur(lecteur, projet) else "",
        )


def _acteur(passage: Passage, projet: Projet, lecteur: Acteur) -> str:
    """Who acted: names for the services, « par vous » for the porteur, never the name of an agent."""
    if passage.par_id is not None and passage.par_id == lecteur.pk:
        return "par vous"
    if not peut_voir_deliberations(lecteur, projet):
        return ""
    if passage.par and passage.au_titre_de:
        return f"par {passage.par} ({passage.au_titre_de})"
    return f"par {passage.par or passage.au_titre_de or 'le portail'}"


def _attendues(projet: Projet, lecteur: Acteur) -> Iterator[Etape]:
    statut = Statut(projet.statut)
    if statut.est_final:
        return
    mots = _A_VOUS.get(statut) if est_porteur(lecteur, projet) else None
    titre, texte = mots or _EN_COURS[statut]
    yield Etape(titre, EN_COURS, texte)
    for code in _SUITE[_SUITE.index(_PROCHAINE[statut]) :]:
        if code != "avis" or projet.temps_scolaire:
            yield Etape(_TITRES_SUITE[code], A_VENIR)


def _exercices_finances(projet: Projet) -> list[Exercice]:
    return list(projet.exercices.finances().select_related("bilan", "budget_revise").order_by("annee"))


def _bilans_acceptes(exercices: list[Exercice]) -> Iterator[Etape]:
    for exercice in exercices:
        bilan = getattr(exercice, "bilan", None)
        if bilan and bilan.statut == StatutBilan.ACCEPTE:
            yield Etape(
                f"Bilan {exercice.annee} accepté", FAIT, date_texte=_jour(bilan.accepte_le), date=bilan.accepte_le
            )


def _budgets_revises(exercices: list[Exercice], lecteur: Acteur, projet: Projet) -> list[Etape]:
    """One step per revised budget that is awaited: the money comes after it."""
    attendus = [e.annee for e in exercices if etat_du_budget(e, e.montant_accorde).attend_le_porteur]
    titre = "À vous : confirmez votre budget révisé" if est_porteur(lecteur, projet) else "Budget révisé attendu"
    return [Etape(f"{titre} {annee}", EN_COURS, "Rien n’est versé avant.") for annee in attendus]


def _bilans_attendus(exercices: list[Exercice], etat: str) -> Iterator[Etape]:
    """One step per bilan not accepted yet, then the closing of the project; the first is the one awaited."""
    for exercice in exercices:
        bilan = getattr(exercice, "bilan", None)
        if bilan and bilan.statut == StatutBilan.ACCEPTE:
            continue
        if bilan and bilan.statut == StatutBilan.DEPOSE:
            yield Etape(f"Bilan {exercice.annee} en cours d’examen", etat, "La coordination l’examine.")
        else:
            yield Etape(
                f"{exercice.genre_bilan.label} {exercice.annee}",
                etat,
                date_texte=f"à remettre avant le {date_longue(exercice.echeance_bilan)}",
            )
        etat = A_VENIR
    yield Etape("Clôture du projet", etat)


def _jour(moment: datetime) -> str:
    return date_longue(timezone.localtime(moment).date())
