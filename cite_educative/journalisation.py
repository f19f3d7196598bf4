"""Logs: one line per event, with the identifier of the request that caused it."""

import logging
import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

Reponse = Callable[[HttpRequest], HttpResponse]
ENTETE = "X-Request-ID"
_ACCEPTABLE = re.compile(r"[A-Za-z0-9_-]{8,64}")
_requete: ContextVar[str] = ContextVar("requete", default="-")


def requete_en_cours() -> str:
    """Identifier of the request being answered; « - » outside of any."""
    return _requete.get()


class IdentifiantDeRequete(logging.Filter):
    """Put `requete` on every record, so that one visit can be followed through the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.requete = _requete.get()
        return True


def identifiant_de_requete(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: name the request as the proxy in front did, or anew, and say that name in the answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        recu = request.headers.get(ENTETE, "")
        identifiant = recu if _ACCEPTABLE.fullmatch(recu) else uuid.uuid4().hex
        jeton = _requete.set(identifiant)
        try:
            reponse = get_response(request)
        finally:
            _requete.reset(jeton)
        reponse.headers[ENTETE] = identifiant
        return reponse

    return middleware
