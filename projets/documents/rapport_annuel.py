"""The report on one civil year as an accessible PDF: charts, each with its table, then the bilans one by one.

The pages are laid out in memory: the first ``LIGNES_PDF`` bilans only are detailed, and the report says so.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO

from correspondants.enums import NaturePorteur

from ..echeances import EtatBilan
from ..indicateurs import Indicateur, indicateurs_de
from ..models import Appel
from ..statistiques import Annee, annee_civile
from .donnees_annuelles import BilanAnnuel, bilans_de_l_annee, part
from .feuilles_annuelles import Totaux
from .graphiques_annuels import Graphiques, graphiques_de
from .pdf import rendre

LIGNES_PDF = 600


@dataclass(frozen=True)
class RapportAnnuel:
    """What the PDF prints. Amounts in euros."""

    cite: str
    appel_titre: str
    chiffres: Annee
    graphiques: Graphiques
    indicateurs: tuple[Indicateur, ...]
    par_etat: tuple[tuple[str, list[Decimal]], ...]
    par_nature: tuple[tuple[str, list[Decimal]], ...]
    total: list[Decimal]
    bilans: tuple[BilanAnnuel, ...]
    non_detailles: int

    @property
    def annee(self) -> int:
        return self.chiffres.annee

    @property
    def precedente(self) -> int:
        return self.chiffres.annee - 1

    @property
    def part_ecart(self) -> Decimal | None:
        fraction = part(self.total[4], self.total[2])
        return None if fraction is None else fraction * 100

    @classmethod
    def de(cls, annee: int, jour: date, suivre: Callable[[Iterable[Any]], Iterable[Any]] = iter) -> "RapportAnnuel":
        totaux, chiffres = Totaux(), annee_civile(annee, jour)
        passage = totaux.passer(suivre(bilans_de_l_annee(annee, jour)))
        bilans = tuple(islice(passage, LIGNES_PDF))
        non_detailles = sum(1 for _ in passage)
        appel = Appel.objects.filter(courant=True).first()
        return cls(
            cite=appel.cite if appel else "",
            appel_titre=appel.titre if appel else "",
            chiffres=chiffres,
            graphiques=graphiques_de(chiffres),
            indicateurs=indicateurs_de(annee),
            par_etat=tuple((libelle, totaux.de("etat", libelle)) for libelle in EtatBilan.labels),
            par_nature=tuple((libelle, totaux.de("nature", libelle)) for libelle in NaturePorteur.labels),
            total=totaux.total,
            bilans=bilans,
            non_detailles=non_detailles,
        )


def ecrire(annee: int, sortie: BinaryIO, jour: date, suivre: Callable[[Iterable[Any]], Iterable[Any]] = iter) -> None:
    rapport = RapportAnnuel.de(annee, jour, suivre)
    contexte = {
        "rapport": rapport,
        "cite": rapport.cite,
        "appel_titre": rapport.appel_titre,
        "reference": f"Bilan de l’année {annee}",
    }
    sortie.write(rendre("projets/documents/rapport_annuel.html", contexte, titre=f"Bilan de l’année {annee}"))
