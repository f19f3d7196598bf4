"""The map of the quartiers and schools, when their coordinates are in the database; nothing otherwise. Reads only.

Lengths are tenths of the units of the plan, whole numbers. No tile, no other host: outlines and points, north up.
"""

from dataclasses import dataclass
from math import cos, radians

from correspondants.geometrie import lire_contour, tous_les_points
from correspondants.models import Etablissement, Quartier

LARGEUR, HAUTEUR_MAX, MARGE = 3600, 4200, 160


@dataclass(frozen=True)
class Zone:
    """One quartier: its letter, its outline as an SVG path, and where the letter stands."""

    lettre: str
    nom: str
    trace: str
    x: int
    y: int


@dataclass(frozen=True)
class Repere:
    """One school: its number, its level."""

    numero: int
    nom: str
    niveau: int | None
    x: int
    y: int


@dataclass(frozen=True)
class Carte:
    zones: tuple[Zone, ...]
    reperes: tuple[Repere, ...]
    hauteur: int

    @property
    def largeur(self) -> int:
        return LARGEUR


def carte(quartiers: list[Quartier], etablissements: list[Etablissement]) -> Carte | None:
    """A map as soon as every quartier has its outline: half a map would be a false one."""
    try:
        contours = [lire_contour(quartier.contour) for quartier in quartiers]
    except ValueError:
        return None
    if not contours:
        return None
    situes = [un for un in etablissements if un.longitude is not None and un.latitude is not None]
    points = [*tous_les_points(contours), *((float(un.longitude), float(un.latitude)) for un in situes)]
    ouest, est = min(x for x, _ in points), max(x for x, _ in points)
    sud, nord = min(y for _, y in points), max(y for _, y in points)
    etroit = cos(radians((sud + nord) / 2))  # a degree of longitude is shorter than one of latitude
    echelle = min(
        (LARGEUR - 2 * MARGE) / max((est - ouest) * etroit, 1e-9), (HAUTEUR_MAX - 2 * MARGE) / max(nord - sud, 1e-9)
    )

    def placer(longitude: float, latitude: float) -> tuple[int, int]:
        return (
            round(MARGE + (longitude - ouest) * etroit * echelle),
            round(MARGE + (nord - latitude) * echelle),
        )

    zones = []
    for rang, (quartier, contour) in enumerate(zip(quartiers, contours, strict=True)):
        places = [[placer(*point) for point in anneau] for anneau in contour]
        trace = " ".join("M" + "L".join(f"{x} {y}" for x, y in anneau) + "Z" for anneau in places)
        plus_long = max(places, key=len)[:-1]
        x, y = (round(sum(axe) / len(plus_long)) for axe in zip(*plus_long, strict=True))
        zones.append(Zone(_lettre(rang), quartier.nom, trace, x, y))
    reperes = tuple(
        Repere(rang, un.nom, un.niveau, *placer(float(un.longitude), float(un.latitude)))
        for rang, un in enumerate(situes, 1)
    )
    return Carte(tuple(zones), reperes, round(2 * MARGE + (nord - sud) * echelle))


def _lettre(rang: int) -> str:
    return chr(ord("A") + rang) if rang < 26 else f"{chr(ord('A') + rang // 26 - 1)}{chr(ord('A') + rang % 26)}"
