"""The signed links that act without an account, and every other link of a mail: what must not be shown, or not be sent."""

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


# The mails that somebody has sent to an address of their choice, about a title and a name of their choice: the portal would lend
# its own to whatever link is written there.
A_UNE_ADRESSE_CHOISIE = frozenset(
    {"avis_transmis", "membre_invite", "partage_propose", "reprise_brouillon", "transmission_proposee"}
)
_ADRESSE_WEB = re.compile(
    r"(?<![\w@.-])(?:(?:https?|ftp|file)://|www\.)\S+"
    r"|(?<![\w@.-])(?:[\w-]{1,63}\.){1,6}(?:com|net|org|fr|info|io|ru|cn|xyz|top|eu|me|co|site|online|app)\b(?!@)(?:[/?#]\S*)?",
    re.IGNORECASE,
)


def desarmer(texte: str, portail: str) -> str:
    """A mail whose only web addresses are those of the portal (``portail``: its public address)."""
    hote = portail.partition("://")[2]

    def garder(trouve: re.Match[str]) -> str:
        adresse = trouve[0]
        sienne = adresse == portail or adresse.startswith(f"{portail}/") or adresse.rstrip("/.") == hote
        return adresse if sienne else "[adresse retirée]"

    return _ADRESSE_WEB.sub(garder, texte)
