"""What every template knows of the person who reads it."""

from django.conf import settings
from django.http import HttpRequest


def roles(request: HttpRequest) -> dict[str, object]:
    """``roles``: the roles of the reader, empty for a visitor; ``suppleances``: those held for an absent colleague;
    ``demo``: whether this is a demonstration."""
    utilisateur = getattr(request, "user", None)
    connecte = utilisateur is not None and utilisateur.is_authenticated
    return {
        "roles": utilisateur.roles if connecte else frozenset(),
        "suppleances": utilisateur.suppleances if connecte else (),
        "demo": settings.DEMO,
    }
