"""WordprocessingML names and the handful of XML gestures that reading, writing and commenting share."""

from typing import Any

ESPACE_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
ESPACE_W14 = "http://schemas.microsoft.com/office/word/2010/wordml"
W = f"{{{ESPACE_W}}}"
W14 = f"{{{ESPACE_W14}}}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"

NON = frozenset({"0", "false", "off", "none"})
ENVELOPPES = frozenset(
    {
        f"{W}sdt",
        f"{W}sdtContent",
        f"{W}ins",
        f"{W}moveTo",
        f"{W}customXml",
        f"{W}smartTag",
        f"{MC}AlternateContent",
        f"{MC}Choice",
    }
)  # what editors put around rows, cells and paragraphs


def est_vrai(element: Any, attribut: str = f"{W}val") -> bool:
    """An on/off element: present and not told otherwise."""
    return element is not None and (element.get(attribut) or "1").lower() not in NON


def enfants(element: Any, *noms: str) -> list[Any]:
    """Children of these names, in order, also inside the wrappers (controls, insertions…) that editors add."""
    trouves: list[Any] = []
    _ramasser(element, noms, trouves)
    return trouves


def _ramasser(element: Any, noms: tuple[str, ...], trouves: list[Any]) -> None:
    for enfant in element:
        nom = enfant.tag
        if nom in noms:
            trouves.append(enfant)
        elif nom in ENVELOPPES:
            _ramasser(enfant, noms, trouves)
