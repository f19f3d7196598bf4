"""Working days in France. Framework-free."""

from datetime import date, timedelta


def paques(annee: int) -> date:
    """Easter Sunday (Meeus’s algorithm, Gregorian calendar)."""
    a, b, c = annee % 19, annee // 100, annee % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    reste = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * reste) // 451
    mois, jour = divmod(h + reste - 7 * m + 114, 31)
    return date(annee, mois, jour + 1)


def jours_feries(annee: int) -> frozenset[date]:
    """Public holidays of the Code du travail (article L3133-1)."""
    dimanche = paques(annee)
    mobiles = {dimanche + timedelta(days=jours) for jours in (1, 39, 50)}
    fixes = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
    return frozenset(mobiles | {date(annee, mois, jour) for mois, jour in fixes})


def est_ouvre(jour: date) -> bool:
    return jour.weekday() < 5 and jour not in jours_feries(jour.year)
