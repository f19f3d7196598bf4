"""The signed links that act without an account: where they are, and how a text that others may read is shown without them."""

import re

# The paths before the token. tests/test_liens_signes.py holds them against the URLconf, and against what nginx writes down.
CHEMINS = (
    "agenda",
    "avis",
    "deposer/ensemble",
    "deposer/reprendre",
    "invitation",
    "rejoindre",
    "transmission",
)
_LIEN = re.compile(rf"(/(?:{'|'.join(CHEMINS)})/)[^\s/?#]{{20,}}")


def masquer(texte: str, remplacant: str = "…") -> str:
    """The same text, whose signed links open nothing any more: whoever reads somebody else's mail must not act as them."""
    return _LIEN.sub(lambda trouve: trouve[1] + remplacant, texte)
