"""The mails that speak of one bilan: deposited, sent back, accepted, reopened, new dates accepted. See ``notifications``."""

from datetime import datetime

from .models import Bilan
from .notifications import courriels_de_role, courriels_du_porteur, ecrire


def bilan_depose(bilan: Bilan) -> None:
    """To the coordination in charge."""
    projet = bilan.exercice.projet
    ecrire(
        "bilan_depose",
        courriels_de_role(projet.coordination),
        f"bilan:{bilan.pk}:{bilan.depose_le:%s%f}",
        projet=projet,
        pour_services=True,
        bilan=bilan,
    )


def bilan_renvoye(bilan: Bilan) -> None:
    """To the porteur: what to complete, point by point, and in general."""
    retours = list(bilan.retours.ouverts())
    _au_porteur("bilan_renvoye", bilan, f"bilan-renvoye:{bilan.pk}:{bilan.depose_le:%s%f}", retours=retours)


def bilan_accepte(bilan: Bilan) -> None:
    _au_porteur("bilan_accepte", bilan, f"bilan-accepte:{bilan.pk}:{bilan.accepte_le:%s%f}")


def bilan_rouvert(bilan: Bilan, accepte_le: datetime) -> None:
    """To the porteur: the bilan accepted that day is open again, and why."""
    _au_porteur("bilan_rouvert", bilan, f"bilan-rouvert:{bilan.pk}:{accepte_le:%s%f}")


def bilan_prolonge(bilan: Bilan) -> None:
    """To the porteur: the new dates are accepted, and when the bilan is now due."""
    _au_porteur("bilan_prolonge", bilan, f"bilan-prolonge:{bilan.pk}:{bilan.prolonge_le:%s%f}")


def _au_porteur(gabarit: str, bilan: Bilan, evenement: str, **contexte: object) -> None:
    projet = bilan.exercice.projet
    ecrire(gabarit, courriels_du_porteur(projet), evenement, projet=projet, bilan=bilan, **contexte)
