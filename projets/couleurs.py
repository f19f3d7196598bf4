"""Colours of a cité: contrasts as WCAG 2.1 computes them, the tokens made from two colours, the nearest one that can be read.

Framework-free. The surfaces are those of ``portail.css``: a test says so when they part.
"""

import colorsys
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache

MINIMUM = 4.5  # WCAG 2.1, 1.4.3: contrast of a text at level AA
BLANC = "#ffffff"
ENCRE_SOMBRE = "#0f1719"  # on a button of the dark theme

# What a text stands on, by token: the page and its cards first, then the tones where links may be.
FONDS_CLAIRS = {
    "fond": "#fbf7ef", "carte": "#ffffff", "sable": "#f3ebdc", "neutre-fond": "#ece7dc", "info-fond": "#dceef0",
    "attente-fond": "#fbeccb", "succes-fond": "#dcefdf", "alerte-fond": "#fae1da", "prune-fond": "#f0e4f2",
}  # fmt: skip
FONDS_SOMBRES = {
    "fond": "#14191b", "carte": "#1c2326", "sable": "#252d30", "neutre-fond": "#333b3d", "info-fond": "#12363d",
    "attente-fond": "#3d2e10", "succes-fond": "#17351f", "alerte-fond": "#451d16", "prune-fond": "#3a2640",
}  # fmt: skip

_HEXA = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)


class CouleurIllisible(Exception):
    """What was written is no colour, or could not be read on the pages; ``str()`` says so and what would do."""


def lire(texte: str) -> str:
    """« #0E5360 », « 0e5360 » or « #05a » as ``#rrggbb``. Raises CouleurIllisible."""
    trouve = _HEXA.fullmatch(texte.strip())
    if trouve is None:
        raise CouleurIllisible("Écrivez la couleur avec un croisillon et six chiffres ou lettres, comme #0e5360.")
    chiffres = trouve[1].lower()
    return f"#{chiffres if len(chiffres) == 6 else ''.join(c * 2 for c in chiffres)}"


def composantes(couleur: str) -> tuple[int, int, int]:
    """Red, green and blue of a ``#rrggbb``, 0 to 255."""
    return int(couleur[1:3], 16), int(couleur[3:5], 16), int(couleur[5:7], 16)


def _ecrire(rouge: float, vert: float, bleu: float) -> str:
    return "#" + "".join(f"{round(min(max(c, 0), 255)):02x}" for c in (rouge, vert, bleu))


@cache
def luminance(couleur: str) -> float:
    """Relative luminance, 0 (black) to 1 (white): WCAG 2.1, « relative luminance »."""
    lineaires = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in composantes(couleur))
    ]
    return 0.2126 * lineaires[0] + 0.7152 * lineaires[1] + 0.0722 * lineaires[2]


def contraste(une: str, autre: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    claire, sombre = sorted((luminance(une), luminance(autre)), reverse=True)
    return (claire + 0.05) / (sombre + 0.05)


def pire(couleur: str, fonds: dict[str, str]) -> tuple[str, float]:
    """The surface on which a text of this colour reads worst, and its contrast there."""
    return min(((nom, contraste(couleur, fond)) for nom, fond in fonds.items()), key=lambda paire: paire[1])


def se_lit(couleur: str, fonds: dict[str, str]) -> bool:
    return pire(couleur, fonds)[1] >= MINIMUM


def la_plus_proche(couleur: str, fonds: dict[str, str]) -> str:
    """The same hue, lightened or darkened by as little as makes a text of it readable on all these surfaces."""
    teinte, clarte, saturation = colorsys.rgb_to_hls(*(v / 255 for v in composantes(couleur)))
    for ecart in range(256):
        for sens in (-1, 1):
            voulue = clarte + sens * ecart / 255
            if 0 <= voulue <= 1:
                essai = _ecrire(*(v * 255 for v in colorsys.hls_to_rgb(teinte, voulue, saturation)))
                if se_lit(essai, fonds):
                    return essai
    raise ValueError("ces fonds ne portent aucun texte")  # no colour reads both on black and on white


def verifier(couleur: str, fonds: dict[str, str], theme: str) -> None:
    """Raises CouleurIllisible, with the colour to take instead, when a text of it is too pale or too dark there."""
    _, ratio = pire(couleur, fonds)
    if ratio < MINIMUM:
        raise CouleurIllisible(
            f"{couleur} se lirait mal en affichage {theme}\u00a0: son contraste descend à {_nombre(ratio)}, il en faut "
            f"{_nombre(MINIMUM)}. La couleur la plus proche qui convient est {la_plus_proche(couleur, fonds)}."
        )


def _nombre(ratio: float) -> str:
    """Rounded down: a contrast is never said better than it is."""
    return f"{int(ratio * 10) / 10:.1f}".replace(".", ",")


def melanger(couleur: str, autre: str, part: float) -> str:
    """``part`` (0 to 1) of the second colour in the first."""
    paires = zip(composantes(couleur), composantes(autre), strict=True)
    return _ecrire(*(a + (b - a) * part for a, b in paires))


@dataclass(frozen=True)
class Palette:
    """The two colours of a cité, and those of the dark theme when they are not left to the portal."""

    primaire: str
    accent: str
    primaire_sombre: str = ""
    accent_sombre: str = ""

    def complete(self) -> "Palette":
        """With the colours of the dark theme: the same hues, lightened until they can be read."""
        return Palette(
            self.primaire,
            self.accent,
            self.primaire_sombre or la_plus_proche(self.primaire, FONDS_SOMBRES),
            self.accent_sombre or la_plus_proche(self.accent, FONDS_SOMBRES),
        )

    def refus(self) -> Iterator[tuple[str, CouleurIllisible]]:
        """The fields whose colour cannot be read, each with the reason; what is no colour is said elsewhere."""
        for champ in fields(self):
            couleur, sombre = getattr(self, champ.name), champ.name.endswith("_sombre")
            if _HEXA.fullmatch(couleur):
                try:
                    verifier(couleur, FONDS_SOMBRES if sombre else FONDS_CLAIRS, "sombre" if sombre else "clair")
                except CouleurIllisible as refus:
                    yield champ.name, refus

    def jetons(self) -> tuple[dict[str, str], dict[str, str]]:
        """The tokens of ``portail.css`` that these colours replace: light, then dark."""
        toutes = self.complete()
        fort = melanger(toutes.primaire, "#000000", 0.28)
        clairs = {
            "primaire": toutes.primaire,
            "primaire-fort": fort,
            "accent": toutes.accent,
            "decor": melanger(toutes.accent, BLANC, 0.35),
            "entete": toutes.primaire,
            "entete-fort": fort,
            "sur-entete": BLANC,
            "sur-primaire": BLANC,
        }
        sombres = {
            "primaire": toutes.primaire_sombre,
            "primaire-fort": melanger(toutes.primaire_sombre, BLANC, 0.3),
            "accent": toutes.accent_sombre,
            "decor": melanger(toutes.accent_sombre, "#000000", 0.15),
            "entete": melanger(toutes.primaire, "#000000", 0.3),
            "entete-fort": melanger(toutes.primaire, "#000000", 0.5),
            "sur-entete": BLANC,
            "sur-primaire": ENCRE_SOMBRE,
        }
        return clairs, sombres

    def feuille(self) -> str:
        """The style sheet to load after ``portail.css``; paper keeps the portal's own, which are made for ink."""
        return _feuille(self)

    def empreinte(self) -> str:
        """What changes with the sheet, and names it."""
        return hashlib.sha256(self.feuille().encode()).hexdigest()[:16]


@cache
def _feuille(palette: Palette) -> str:
    clairs, sombres = (
        "".join(f"--ce-{nom}:{valeur};" for nom, valeur in jetons.items()) for jetons in palette.jetons()
    )
    return (
        f"@media screen{{:root:root{{{clairs}}}\n"
        f':root:root[data-bs-theme="dark"]{{{sombres}}}}}\n'
        f"@media screen and (prefers-color-scheme:dark){{:root:root:not([data-bs-theme]){{{sombres}}}}}\n"
    )
