"""What the commands need to read each Word form of the portal: its options, and the rules that judge what it says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from projets import bilans_word
from projets.constats import Constat
from projets.models import Appel
from projets.questionnaire import Referentiel
from projets.regles import constater
from projets.word.formulaire import Formulaire
from projets.word.formulaires import BILAN, DOSSIER
from projets.word.lecture import Lecture


@dataclass(frozen=True)
class FormulaireLu:
    """``constats`` is everything to say of a reading: its anomalies, then the rules."""

    formulaire: Formulaire
    referentiel: Callable[[Appel], Referentiel]
    constats: Callable[[Lecture[Any], Referentiel, Appel], tuple[Constat, ...]]


def _du_dossier(lue: Lecture[Any], referentiel: Referentiel, appel: Appel) -> tuple[Constat, ...]:
    return (*lue.anomalies, *constater(lue.dossier, referentiel))


def _du_bilan(lue: Lecture[Any], referentiel: Referentiel, appel: Appel) -> tuple[Constat, ...]:
    return bilans_word.avec_les_regles(lue.anomalies, lue.dossier, referentiel, appel)


DOSSIER_LU = FormulaireLu(DOSSIER, Appel.referentiel, _du_dossier)
BILAN_LU = FormulaireLu(BILAN, bilans_word.referentiel_du_bilan, _du_bilan)
