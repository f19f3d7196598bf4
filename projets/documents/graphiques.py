"""Bar charts drawn as inline SVG, the same on screen and in a PDF: text labels, patterns besides colours, title, description.

Pure text in, text out: no Django, no style attribute (the content security policy refuses them). Colours are presentation
attributes, which the classes of ``portail.css`` override on screen (dark theme) and which a PDF keeps.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from xml.sax.saxutils import escape

LARGEUR = 380
_INTERLIGNE = 16
_EPAISSEUR = 14
_LETTRES_PAR_LIGNE = 52
_LIGNES_MAX = 2
_PLACE_DE_LA_VALEUR = 100  # right of the longest bar
_PLACE_DU_CODE = 48  # left of the bars of a compact chart
_INTERDITS = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COULEURS = ("#0e5360", "#a8481f", "#5c3566")

Nombre = Decimal | int


class Dessin(str):
    """SVG that templates write as it is: everything that was typed has been escaped here."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


@dataclass(frozen=True)
class Serie:
    """One value per bar; ``libelle`` is read in the legend."""

    libelle: str
    valeurs: tuple[Nombre, ...]


@dataclass(frozen=True)
class Graphique:
    titre: str
    description: str
    svg: Dessin


def barres(
    code: str,
    titre: str,
    libelles: Sequence[str],
    series: Sequence[Serie],
    *,
    ecrire: Callable[[Nombre], str],
    empilees: bool = False,
    compactes: bool = False,
) -> Graphique:
    """Horizontal bars, one group per label; several series side by side, or end to end when ``empilees``.

    ``code`` makes the identifiers of the page unique. ``ecrire`` puts a value in words. ``compactes``: labels are short
    codes, written left of the bar. Lengths are proportional to the values; a negative one has no bar.
    """
    totaux = [sum(serie.valeurs[rang] for serie in series) for rang in range(len(libelles))]
    grands = totaux if empilees else [valeur for serie in series for valeur in serie.valeurs]
    echelle = max((float(valeur) for valeur in grands), default=0.0) or 1.0
    depart = _PLACE_DU_CODE if compactes else 0
    longueur = LARGEUR - depart - _PLACE_DE_LA_VALEUR
    corps, y = _legende(code, series)
    for rang, libelle in enumerate(libelles):
        if not compactes:
            for ligne in _lignes(libelle):
                y += _INTERLIGNE
                corps.append(_texte(0, y - 4, ligne))
        else:
            corps.append(_texte(0, y + 11, libelle[:7]))
        if empilees:
            corps += _empilement(code, series, rang, depart, y, longueur / echelle)
            mots = " + ".join(ecrire(serie.valeurs[rang]) for serie in series)
            fin = depart + float(max(totaux[rang], 0)) * longueur / echelle
            corps.append(_texte(fin + 6, y + 11, mots, "g-valeur"))
            y += _EPAISSEUR + 2
        else:
            for numero, serie in enumerate(series):
                valeur = serie.valeurs[rang]
                large = max(float(valeur), 0.0) * longueur / echelle
                corps.append(_barre(code, numero, depart, y, large))
                corps.append(_texte(depart + large + 6, y + 11, ecrire(valeur), "g-valeur"))
                y += _EPAISSEUR + 2
        y += 4 if compactes else 8
    description = _description(libelles, series, ecrire)
    return Graphique(titre, description, _svg(code, titre, description, corps, len(series), max(y, _INTERLIGNE)))


def _description(libelles: Sequence[str], series: Sequence[Serie], ecrire: Callable[[Nombre], str]) -> str:
    """What the chart shows, in one sentence: which bars, and the longest. The figures are in the table beside."""
    quoi = " et ".join(serie.libelle for serie in series)
    if not libelles:
        return f"{quoi} : aucune barre."
    premiere = (
        series[-1].valeurs if len(series) == 1 else [sum(v) for v in zip(*(s.valeurs for s in series), strict=True)]
    )
    rang = max(range(len(libelles)), key=lambda r: premiere[r])
    pluriel = "s" if len(libelles) > 1 else ""
    plus = ""
    if premiere[rang] > 0:
        valeurs = ", ".join(f"{serie.libelle} {ecrire(serie.valeurs[rang])}" for serie in series)
        plus = f" La plus longue : {libelles[rang]} ({valeurs})."
    return f"{len(libelles)} ligne{pluriel} : {quoi}.{plus}"


def _svg(code: str, titre: str, description: str, corps: list[str], series: int, hauteur: float) -> Dessin:
    motifs = "".join(_motif(code, numero) for numero in range(1, series))
    return Dessin(
        f'<svg class="graphique" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LARGEUR} {hauteur:g}" '
        f'width="{LARGEUR}" height="{hauteur:g}" role="img" aria-labelledby="{code}-titre {code}-description" '
        'font-family="Figtree, \'DejaVu Sans\', sans-serif" font-size="13">'
        f'<title id="{code}-titre">{_propre(titre)}</title>'
        f'<desc id="{code}-description">{_propre(description)}</desc>'
        f"{f'<defs>{motifs}</defs>' if motifs else ''}{''.join(corps)}</svg>"
    )


def _motif(code: str, numero: int) -> str:
    """Hatching for the second series, dots for the third: told apart in black and white."""
    couleur = _COULEURS[numero % len(_COULEURS)]
    fond = '<rect class="g-fond" width="8" height="8" fill="#f3ebdc"/>'
    if numero == 1:
        trait = f'<path class="g-trait-{numero}" d="M-2 2L2 -2M0 8L8 0M6 10L10 6" stroke="{couleur}" stroke-width="2"/>'
    else:
        trait = f'<circle class="g-point-{numero}" cx="4" cy="4" r="2" fill="{couleur}"/>'
    return f'<pattern id="{code}-motif-{numero}" width="8" height="8" patternUnits="userSpaceOnUse">{fond}{trait}</pattern>'


def _barre(code: str, numero: int, x: float, y: float, large: float) -> str:
    """A bar with its outline; one that is worth almost nothing is still seen, one worth nothing is not."""
    if large <= 0:
        return ""
    couleur = _COULEURS[numero % len(_COULEURS)]
    rempli = couleur if numero == 0 else f"url(#{code}-motif-{numero})"
    return (
        f'<rect class="g-barre-{numero}" x="{x:.5g}" y="{y:.5g}" width="{max(large, 1.5):.5g}" height="{_EPAISSEUR}" '
        f'fill="{rempli}" stroke="{couleur}"/>'
    )


def _empilement(code: str, series: Sequence[Serie], rang: int, depart: float, y: float, par_unite: float) -> list[str]:
    bornes = [float(depart)]
    for serie in series:
        bornes.append(bornes[-1] + max(float(serie.valeurs[rang]), 0.0) * par_unite)
    return [_barre(code, numero, x, y, fin - x) for numero, (x, fin) in enumerate(pairwise(bornes))]


def _legende(code: str, series: Sequence[Serie]) -> tuple[list[str], float]:
    """One line per series, when there are several; and where the first bar starts."""
    if len(series) < 2:
        return [], 0
    corps: list[str] = []
    for numero, serie in enumerate(series):
        corps += [_barre(code, numero, 1, numero * 20 + 1, 24), _texte(34, numero * 20 + 13, serie.libelle)]
    return corps, len(series) * 20 + 8


def _lignes(libelle: str) -> list[str]:
    """A label on two lines at most, cut at a word; the table says it whole."""
    lignes = [""]
    for mot in libelle.split():
        if lignes[-1] and len(lignes[-1]) + len(mot) + 1 > _LETTRES_PAR_LIGNE:
            lignes.append("")
        lignes[-1] = f"{lignes[-1]} {mot[:_LETTRES_PAR_LIGNE]}".strip()
    if len(lignes) > _LIGNES_MAX:
        lignes = [*lignes[: _LIGNES_MAX - 1], f"{lignes[_LIGNES_MAX - 1][: _LETTRES_PAR_LIGNE - 1]}…"]
    return lignes


def _texte(x: float, y: float, texte: str, classe: str = "g-texte") -> str:
    gras = ' font-weight="600"' if classe == "g-valeur" else ""
    return f'<text class="{classe}" x="{x:.5g}" y="{y:.5g}" fill="#1d2b30"{gras}>{_propre(texte)}</text>'


def _propre(texte: str) -> str:
    return escape(_INTERDITS.sub("", " ".join(texte.split(" "))))
