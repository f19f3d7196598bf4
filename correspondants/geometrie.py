"""Outlines as GeoJSON writes them (RFC 7946): longitude first, in degrees, WGS 84. Framework-free."""

from collections.abc import Iterator
from typing import Any

Anneau = tuple[tuple[float, float], ...]
POINTS_MAX = 5000
AIDE_CONTOUR = (
    "Polygon ou MultiPolygon, en degrés, longitude d’abord. Quand tous les quartiers ont le leur, la page de l’appel "
    "montre une carte à côté du plan."
)
ILLISIBLE = "Collez un contour GeoJSON de type Polygon ou MultiPolygon, en degrés : la longitude d’abord."


def lire_contour(geojson: Any) -> tuple[Anneau, ...]:
    """The rings of a Polygon, a MultiPolygon, or a Feature that holds one. Raises ValueError with a sentence."""
    if isinstance(geojson, dict) and geojson.get("type") == "Feature":
        geojson = geojson.get("geometry")
    if not isinstance(geojson, dict) or geojson.get("type") not in ("Polygon", "MultiPolygon"):
        raise ValueError(ILLISIBLE)
    coordonnees = geojson.get("coordinates")
    polygones = [coordonnees] if geojson["type"] == "Polygon" else coordonnees
    try:
        anneaux = tuple(_anneau(anneau) for polygone in polygones for anneau in polygone)
    except (TypeError, ValueError, IndexError) as erreur:
        raise ValueError(ILLISIBLE) from erreur
    if not anneaux or sum(map(len, anneaux)) > POINTS_MAX:
        raise ValueError(f"Ce contour est vide, ou a plus de {POINTS_MAX} points : simplifiez-le.")
    return anneaux


def _anneau(points: Any) -> Anneau:
    lus = tuple((_degres(point[0], 180), _degres(point[1], 90)) for point in points)
    if len(lus) < 4 or lus[0] != lus[-1]:
        raise ValueError(ILLISIBLE)
    return lus


def _degres(valeur: Any, limite: int) -> float:
    if isinstance(valeur, bool) or not isinstance(valeur, int | float) or not -limite <= valeur <= limite:
        raise ValueError(ILLISIBLE)
    return float(valeur)


def tous_les_points(contours: list[tuple[Anneau, ...]]) -> Iterator[tuple[float, float]]:
    for contour in contours:
        for anneau in contour:
            yield from anneau
