"""Which archives to keep: the newest of each of the last days, weeks and months that have one. Pure functions over dates."""

import re
from collections.abc import Callable, Hashable, Iterable
from datetime import UTC, datetime

NOM = re.compile(r"portail-(\d{8}T\d{6})Z\.tar(?:\.chiffre)?")
FORMAT = "%Y%m%dT%H%M%S"


def nom_d_archive(le: datetime, chiffree: bool) -> str:
    return f"portail-{le.astimezone(UTC):{FORMAT}}Z.tar{'.chiffre' if chiffree else ''}"


def date_d_archive(nom: str) -> datetime | None:
    """When an archive was made, from its name; None for a file that is none of ours."""
    if not (trouve := NOM.fullmatch(nom)):
        return None
    try:
        return datetime.strptime(trouve[1], FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None


def a_garder(dates: Iterable[datetime], *, jours: int, semaines: int, mois: int) -> set[datetime]:
    """Those to keep among ``dates``; always the newest one, whatever is asked."""
    recentes = sorted(set(dates), reverse=True)
    gardees = set(recentes[:1])
    par_periode: tuple[tuple[int, Callable[[datetime], Hashable]], ...] = (
        (jours, lambda date: date.date()),
        (semaines, lambda date: date.isocalendar()[:2]),
        (mois, lambda date: (date.year, date.month)),
    )
    for nombre, periode in par_periode:
        premieres: dict[Hashable, datetime] = {}
        for date in recentes:
            premieres.setdefault(periode(date), date)
        gardees |= set(list(premieres.values())[:nombre])
    return gardees
