"""Where a project stands, in plain words: what was done, what is awaited, what comes next. Reads, never writes.

The porteur and the coordination read the same facts; deliberations (passages kept for the services) are left out for
whoever may not see them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Min
from django.utils import timezone

from cite_educative.preparees import Objets
from correspondants.enums import Role

from .enums import Action, Fait, SensVersement, Statut, StatutBilan
from .models import Exercice, Passage, Projet, SeanceTroika, Versement
from .permissions import (
    STATUTS_MODIFIABLES,
    Acteur,
    est_porteur,
    peut_lire_dossier,
    peut_voir_deliberations,
)
from .suivi_financier import etat_du_budget, exercices_suivis
from .temps_scolaire import DELAI_AVIS
from .valeurs import date_longue, euros

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
    qui: str = ""  # who has it now


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


def chronologie(
    projet: Projet, lecteur: Acteur, *, entier: bool | None = None, passages: Iterable[Passage] | None = None
) -> tuple[Etape, ...]:
    """Every step of a project for one reader: those done (oldest first), the one awaited, those to come.

    ``entier``: with money and bilans, which the authority asked for an opinion does not read; by right unless told.
    ``passages``: the whole journal of the project in its order, when it has been read already.
    """
    if passages is None:
        passages = projet.passages.filter(action__in=[*Action.values, *_SUITES]).select_related("par").order_by("pk")
    if not peut_voir_deliberations(lecteur, projet):
        passages = [passage for passage in passages if not passage.pour_services]
    exercices = [exercice for exercice in exercices_suivis(projet) if exercice.accorde]
    faits = [*_passages(projet, passages, lecteur), *_bilans_acceptes(exercices)]
    if peut_lire_dossier(lecteur, projet) if entier is None else entier:
        publie = exercices or any(passage.action == Action.PUBLIER for passage in passages)
        faits += [*_suites(passages), *(_versements(projet) if publie else ())]
    faits.sort(key=lambda etape: etape.date)
    if projet.statut != Statut.VALIDE:
        return (*faits, *_attendues(projet, lecteur))
    budgets = _budgets_revises(exercices, lecteur, projet)
    etat = A_VENIR if budgets else EN_COURS
    return (*faits, *budgets, *_bilans_attendus(exercices, etat, projet, lecteur))


def _passages(projet: Projet, passages: Iterable[Passage], lecteur: Acteur) -> Iterator[Etape]:
    """One step per passage; of the same act repeated at once (a decision written again), only the last."""
    liste = [passage for passage in passages if passage.action in _FAITS]
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


# What happened since the decision, told by the journal to the porteur and to the services alike.
_SUITES = {
    Fait.TRANSMIS: "Projet transmis à un autre porteur",
    Fait.BUDGET_CONFIRME: "Budget révisé {annee} confirmé",
    Fait.BUDGET_ROUVERT: "Budget révisé {annee} rouvert par la coordination",
    Fait.BILAN_DEPOSE: "Bilan {annee} déposé",
    Fait.BILAN_RENVOYE: "Bilan {annee} renvoyé, à compléter",
    Fait.BILAN_PROLONGE: "Nouvelles dates acceptées, bilan {annee}",
    Fait.BILAN_ROUVERT: "Bilan {annee} rouvert par la coordination",
}
_ANNEE = re.compile(r"\b\d{4}\b")  # the first words of their lines: « Bilan 2026 : … », « 2026 : … »


def _suites(passages: Iterable[Passage]) -> Iterator[Etape]:
    for passage in passages:
        if passage.action not in _SUITES or passage.pour_services:
            continue
        annee = _ANNEE.search(passage.motif)
        titre = " ".join(_SUITES[passage.action].format(annee=annee[0] if annee else "").split())
        yield Etape(titre, FAIT, date_texte=_jour(passage.le), date=passage.le)


_VERSES = Objets(
    lambda projet: Versement.objects.en_vigueur().filter(exercice__projet=projet).order_by("date", "pk"), 1
)


def _versements(projet: Projet) -> Iterator[Etape]:
    """Money that moved, on the day it did. What was cancelled never happened."""
    for verse in _VERSES.lire(projet.pk):
        rendu = verse.sens == SensVersement.REVERSEMENT
        titre = f"{'Somme rendue' if rendu else 'Versement'} : {euros(verse.montant)}"
        midi = timezone.make_aware(datetime.combine(verse.date, time(12)))
        yield Etape(titre, FAIT, verse.get_financeur_display(), date_longue(verse.date), midi)


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
    seance = prochaine_seance(projet)
    yield Etape(titre, EN_COURS, texte, _echeance(projet, statut, seance), qui=_qui(projet, statut, lecteur))
    for code in _SUITE[_SUITE.index(_PROCHAINE[statut]) :]:
        if code != "avis" or projet.temps_scolaire:
            jour = f"prochaine séance le {_jour(seance)}" if code == "troika" and seance else ""
            yield Etape(_TITRES_SUITE[code], A_VENIR, date_texte=jour)


def prochaine_seance(projet: Projet) -> datetime | None:
    """The meeting the project is on the agenda of, else the next one: its day is no deliberation."""
    ouvertes = SeanceTroika.objects.ouvertes().filter(appel=projet.appel_id)
    if projet.statut == Statut.INSCRIT:
        ouvertes = ouvertes.filter(points__projet=projet)
    else:
        ouvertes = ouvertes.filter(date__gte=timezone.now())
    return ouvertes.order_by("date").values_list("date", flat=True).first()


def _echeance(projet: Projet, statut: Statut, seance: datetime | None) -> str:
    """By when, as far as the call, a meeting or a request says it."""
    if statut is Statut.A_COMPLETER:
        attendue = projet.demandes_complements.filter(close_le=None).aggregate(le=Min("attendue_le"))["le"]
        return _avant(attendue) if attendue else ""
    if statut is Statut.AVIS_IEN:
        demande = projet.avis_ien.attendus().aggregate(le=Min("demande_le"))["le"]
        return _avant(timezone.localtime(demande).date() + DELAI_AVIS) if demande else ""
    if statut is Statut.INSCRIT and seance:
        return f"séance du {_jour(seance)}"
    if statut is Statut.PRET and seance:
        return f"prochaine séance le {_jour(seance)}"
    return ""


def _avant(jour: date) -> str:
    depuis = jour < timezone.localdate()
    return f"attendu depuis le {date_longue(jour)}" if depuis else f"attendu avant le {date_longue(jour)}"


def _qui(projet: Projet, statut: Statut, lecteur: Acteur) -> str:
    """Who has the project in hand: an office, never the name of an agent."""
    if statut in STATUTS_MODIFIABLES:
        return "Vous" if est_porteur(lecteur, projet) else "Le porteur"
    if statut is Statut.AVIS_IEN:
        autorites = projet.avis_ien.attendus().order_by("autorite").values_list("autorite", flat=True).distinct()
        return ", ".join(Role(autorite).label for autorite in autorites)
    if statut is Statut.INSCRIT:
        return "La troïka : Éducation nationale, préfecture, ville"
    return projet.get_coordination_display() or "La coordination"


def _bilans_acceptes(exercices: list[Exercice]) -> Iterator[Etape]:
    for exercice in exercices:
        bilan = getattr(exercice, "bilan", None)
        if bilan and bilan.statut == StatutBilan.ACCEPTE:
            yield Etape(
                f"Bilan {exercice.annee} accepté", FAIT, date_texte=_jour(bilan.accepte_le), date=bilan.accepte_le
            )


def _budgets_revises(exercices: list[Exercice], lecteur: Acteur, projet: Projet) -> list[Etape]:
    """One step per revised budget that is awaited: the money comes after it."""
    attendus = [e.annee for e in exercices if etat_du_budget(e, e.accorde).attend_le_porteur]
    titre = "À vous : confirmez votre budget révisé" if est_porteur(lecteur, projet) else "Budget révisé attendu"
    qui = "Vous" if est_porteur(lecteur, projet) else "Le porteur"
    return [Etape(f"{titre} {annee}", EN_COURS, "Rien n’est versé avant.", qui=qui) for annee in attendus]


def _bilans_attendus(exercices: list[Exercice], etat: str, projet: Projet, lecteur: Acteur) -> Iterator[Etape]:
    """One step per bilan not accepted yet, then the closing of the project; the first is the one awaited."""
    coordination = projet.get_coordination_display()
    porteur = "Vous" if est_porteur(lecteur, projet) else "Le porteur"
    for exercice in exercices:
        bilan = getattr(exercice, "bilan", None)
        if bilan and bilan.statut == StatutBilan.ACCEPTE:
            continue
        if bilan and bilan.statut == StatutBilan.DEPOSE:
            yield Etape(
                f"Bilan {exercice.annee} en cours d’examen", etat, "La coordination l’examine.", qui=coordination
            )
        else:
            yield Etape(
                f"{exercice.genre_bilan.label} {exercice.annee}",
                etat,
                date_texte=_a_remettre(exercice.echeance_bilan),
                qui=porteur,
            )
        etat = A_VENIR
    yield Etape("Clôture du projet", etat, qui=coordination if etat == EN_COURS else "")


def _a_remettre(echeance: date) -> str:
    avant = echeance >= timezone.localdate()
    return f"à remettre avant le {date_longue(echeance)}" if avant else f"en retard depuis le {date_longue(echeance)}"


def _jour(moment: datetime) -> str:
    return date_longue(timezone.localtime(moment).date())
