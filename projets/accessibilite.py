"""What the declaration of accessibility says, and from where: the law's rule, the settings of the cité, our own checks.

Rule (arrêté du 20 septembre 2019, RGAA 4.1): the state comes from an audit; without one that still holds (three years), a
site is « non conforme », however much it was worked on. ``VERIFIE_LE`` is the day somebody last read this list against the
tests: change it with the list, never alone.
"""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils import timezone

VERIFIE_LE = date(2026, 11, 29)
ANS_DE_VALIDITE = 3  # of an audit


@dataclass(frozen=True)
class Audit:
    """An audit of conformity as its report says: the day, who made it, the share of criteria met (0 to 100)."""

    le: date
    par: str
    taux: int

    def vaut(self, jour: date) -> bool:
        return (self.le.year + ANS_DE_VALIDITE, self.le.month, self.le.day) >= (jour.year, jour.month, jour.day)


def audit() -> Audit | None:
    """The audit that the settings name, whether or not it still holds."""
    if not settings.ACCESSIBILITE_AUDIT_LE:
        return None
    taux = max(0, min(100, settings.ACCESSIBILITE_AUDIT_TAUX))
    return Audit(date.fromisoformat(settings.ACCESSIBILITE_AUDIT_LE), settings.ACCESSIBILITE_AUDIT_PAR, taux)


def etat(jour: date | None = None) -> str:
    """« non conforme », « partiellement conforme » or « totalement conforme »: what each page must say."""
    fait = audit()
    if fait is None or not fait.vaut(jour or timezone.localdate()) or fait.taux < 50:
        return "non conforme"
    return "totalement conforme" if fait.taux == 100 else "partiellement conforme"
