"""Reading what ProConnect signs: identity tokens and userinfo, both JWT. Nothing unsigned is believed."""

import secrets
from collections.abc import Callable
from typing import Any

import jwt
from allauth.socialaccount.providers.oauth2.client import OAuth2Error

ALGORITHMES = ["RS256", "ES256"]  # never one of the header's choosing: « none » and HS256 forge
TOLERANCE = 30  # seconds between two clocks


def lire(jeton: str, cles: dict[str, Any], *, emetteur: str, client: str) -> dict[str, Any]:
    """The claims of a token signed by one of the keys, by this issuer, for this client, still valid.

    Raises OAuth2Error, whose text is for the log.
    """
    try:
        entete = jwt.get_unverified_header(jeton)
        convenables = [cle for cle in jwt.PyJWKSet.from_dict(cles).keys if cle.key_id == entete.get("kid")]
        if not convenables:
            raise OAuth2Error(f"aucune clé « {entete.get('kid')} »")
        return jwt.decode(
            jeton,
            convenables[0].key,
            algorithms=ALGORITHMES,
            audience=client,
            issuer=emetteur,
            leeway=TOLERANCE,
            options={"require": ["iss", "aud", "exp", "sub"]},
        )
    except (jwt.PyJWTError, ValueError, TypeError, KeyError) as erreur:
        raise OAuth2Error(f"jeton refusé : {erreur}") from erreur


def identite(
    jeton: str, userinfo: Callable[[], str], cles: dict[str, Any], *, emetteur: str, client: str, nonce: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Identity token and userinfo, checked one against the other. Raises OAuth2Error."""
    lu = lire(jeton, cles, emetteur=emetteur, client=client)
    if not nonce or not secrets.compare_digest(str(lu.get("nonce", "")), nonce):
        raise OAuth2Error("nonce différent de celui qui a été envoyé")
    if isinstance(lu["aud"], list) and len(lu["aud"]) > 1 and lu.get("azp") != client:
        raise OAuth2Error("jeton délivré à un autre client")
    personne = lire(userinfo(), cles, emetteur=emetteur, client=client)
    if personne["sub"] != lu["sub"]:
        raise OAuth2Error("userinfo d’une autre personne")
    return lu, personne
