"""Are the kept sums right? Each is worked out again from what is kept and from the projects; the years, from the live sums."""

from collections.abc import Callable, Iterable

from django.utils import timezone

from . import annees_tenues, cumuls, indicateurs
from .models import Pouls, Projet
from .statistiques import Annee, annee_civile
from .valeurs import au_centime

TACHE = "cumuls"
TRANCHE = 500  # projects read or written at once


def controler() -> list[str]:
    """What is not right, in words, once what waits is folded; noted for ``verifier`` to say. Changes nothing else."""
    cumuls.tenir_a_jour()
    annee = timezone.localdate().year
    trouves = [
        *cumuls.ecarts(),
        *ecarts_des_annees((annee, annee - 1)),
        *(f"montants du projet {un}" for un in montants_perdus()),
    ]
    Pouls.battre(TACHE, ecarts=len(trouves), premiers=trouves[:3])
    return trouves


def reparer(dire: Callable[[str], None]) -> int:
    """Makes everything again from the projects; gives the number of Exercices counted."""
    perdus = montants_perdus()
    for debut in range(0, len(perdus), TRANCHE):
        Projet.objects.filter(pk__in=perdus[debut : debut + TRANCHE]).tenir_les_montants()
    return cumuls.refaire(de_zero=True, dire=dire)


def montants_perdus() -> list[int]:
    """Projects whose sums written down for the orders and filters of the lists are not those added up."""
    sommes = Projet.objects.avec_montants().order_by("pk")
    lus = sommes.values_list("pk", "montant_demande", "demande", "montant_accorde", "accorde")
    return [
        pk for pk, demande, du, accorde, donne in lus.iterator(TRANCHE) if (demande, accorde) != (au_centime(du), donne)
    ]


def ecarts_des_annees(annees: Iterable[int]) -> list[str]:
    """Figures of civil years that are not those added up live; what changed meanwhile is no difference."""
    trouves = []
    for annee in annees:
        choisis = indicateurs.choisis()
        lues = _tenues(annee, choisis)
        vraies = (annee_civile(annee), indicateurs.indicateurs_de(annee, choisis))
        if lues is not None and lues != vraies and lues == _tenues(annee, choisis):
            champs = [
                champ for champ in Annee.__dataclass_fields__ if getattr(lues[0], champ) != getattr(vraies[0], champ)
            ]
            trouves.append(f"année {annee} : {', '.join(champs) or 'indicateurs'}")
    return trouves


def _tenues(annee: int, choisis: list) -> tuple | None:
    tenues = annees_tenues.lire(annee, **indicateurs.a_lire(choisis))
    return tenues and (annee_civile(annee, tenues=tenues), indicateurs.indicateurs_de(annee, choisis, tenues))
