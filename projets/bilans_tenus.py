"""The bilans of all projects as the kept facts tell them (``FaitExercice``): found by an index, whatever their number.

Only to be asked once ``cumuls.a_jour`` has said yes. The same rows as ``echeances.bilans_dus``, for showing only.
"""

from datetime import date

from django.db.models import Count, Q, QuerySet

from .echeances import Comptes, DatesAppel, EtatBilan, annees_echues, compter, dates_des_appels, etats_tenus
from .enums import Statut, StatutBilan
from .faits import ATTENDU, DU, RETOURNE
from .models import FaitExercice, Projet

_REMIS = {EtatBilan.ACCEPTE: StatutBilan.ACCEPTE.value, EtatBilan.A_EXAMINER: StatutBilan.DEPOSE.value}


def dans_l_etat(faits: QuerySet[FaitExercice], etat: EtatBilan, jour: date, appels: tuple[DatesAppel, ...]) -> QuerySet:
    """Those whose bilan is in one state that day."""
    if etat in _REMIS:
        return faits.filter(bilan=_REMIS[etat])
    dus = faits.filter(bilan=DU)
    if etat is EtatBilan.EN_RETARD:
        return dus.filter(echus(jour, appels))
    return dus.filter(~echus(jour, appels), renvoye=etat is EtatBilan.A_COMPLETER)


def echus(jour: date, appels: tuple[DatesAppel, ...]) -> Q:
    """Condition on a FaitExercice: its bilan was due before that day."""
    termes = Q(pk__in=[])
    for appel, suivi, derniere in annees_echues(jour, appels):
        termes |= Q(appel=appel, annee__lte=derniere, suivi=suivi)
    return termes & (Q(prolonge_au__isnull=True) | Q(prolonge_au__lt=jour))


def retardes(jour: date, appels: tuple[DatesAppel, ...] | None = None) -> QuerySet[FaitExercice]:
    """Those of running projects that are late that day."""
    dus = FaitExercice.objects.filter(bilan=DU, statut=Statut.VALIDE)
    return dus.filter(echus(jour, dates_des_appels() if appels is None else appels)).order_by()


def en_ordre(faits: QuerySet[FaitExercice]) -> QuerySet:
    """In the order of the deposits, which is that of the numbers; one way, for an index to give it."""
    return faits.order_by("depose_le", "exercice").values_list("exercice", "depose_le")


def qui_contiennent(texte: str) -> QuerySet[FaitExercice]:
    """Those of the projects that hold some words."""
    return FaitExercice.objects.filter(projet__in=Projet.objects.cles_trouvees(texte))


def comptes(texte: str, jour: date) -> Comptes:
    """Civil year, state and number, of the projects that hold some words."""
    champs = ("annee", "appel", "suivi", "bilan", "renvoye", "prolonge_au")
    lignes = list(qui_contiennent(texte).exclude(bilan="").order_by().values_list(*champs).annotate(nombre=Count("pk")))

    def cellule(rang: int) -> tuple[int, str, int]:
        annee, appel, suivi, bilan, renvoye, prolonge, _ = lignes[rang]
        etat = (RETOURNE if renvoye else ATTENDU) if bilan == DU else bilan
        return annee, f"{appel}:{int(suivi)}:{etat}:0:{prolonge or ''}", rang

    lus = etats_tenus(map(cellule, range(len(lignes))), jour)
    sommes: dict[tuple[int, str], int] = {}
    for annee, etat, _, rang in lus:
        sommes[annee, etat.value] = sommes.get((annee, etat.value), 0) + lignes[rang][-1]
    return compter((annee, etat, nombre) for (annee, etat), nombre in sorted(sommes.items()))
