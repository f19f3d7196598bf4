"""How templates write our values: amounts, dates, statuts. Formatting only, no decision."""

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils import timezone

from .. import valeurs
from ..enums import Statut

register = template.Library()


@register.filter
def euros(montant: Decimal | None) -> str:
    """« 1 234,50 € »; a dash when there is none."""
    return "—" if montant is None else valeurs.euros(montant)


@register.filter
def nombre(valeur: int | Decimal | None) -> str:
    return "—" if valeur is None else valeurs.nombre(valeur)


@register.filter
def date_longue(jour: date | datetime | None) -> str:
    """« 12 mars 2026 », in local time for a moment."""
    if jour is None:
        return "—"
    return valeurs.date_longue(timezone.localtime(jour).date() if isinstance(jour, datetime) else jour)


@register.filter
def pourcentage(valeur: Decimal | None) -> str:
    """« +12,5 % » of a gap; a dash when nothing was planned."""
    return "—" if valeur is None else f"{valeur:+.1f}".replace(".", ",").replace("-", "−") + "\u00a0%"


@register.filter
def libelle_statut(statut: str, pour_porteur: bool = False) -> str:
    return Statut(statut).libelle_porteur if pour_porteur else Statut(statut).label


@register.inclusion_tag("composants/_badge.html")
def badge_statut(statut: str, pour_porteur: bool = False) -> dict[str, str]:
    """Badge of a statut: icon, tone and words, in the wording of who reads."""
    valeur = Statut(statut)
    return {"texte": libelle_statut(statut, pour_porteur), "ton": valeur.ton, "icone": valeur.icone}


@register.filter
def alignees(cellules: tuple[str, ...], numeriques: tuple[bool, ...]) -> list[tuple[str, bool]]:
    """Each cell of a row with whether its column holds numbers."""
    return list(zip(cellules, numeriques, strict=False))
