"""Logs: one event per line, for a person or as JSON, with the identifier of the request that caused it and nobody's data.

What identifies somebody or opens something never reaches a handler: addresses, tokens of links and query strings are taken
out of the line once it is whole, tracebacks included, whatever the library that wrote it.
"""

import json
import logging
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Reponse = Callable[[HttpRequest], HttpResponse]
ENTETE = "X-Request-ID"
_ACCEPTABLE = re.compile(r"[A-Za-z0-9_-]{8,64}")
_requete: ContextVar[str] = ContextVar("requete", default="-")
acces = logging.getLogger("acces")
# Asked for all day long, by browsers and probes: their lines would hide the others.
_SANS_LIGNE = ("/static/", "/sante/", "/metriques/")

_A_OTER = (
    # PostgreSQL repeats the row that it refuses, over as many lines as its texts have: names, telephones, motives.
    (
        re.compile(
            r"^(DETAIL|CONTEXT): .*?(?=^(?:Traceback |The above |During handling )|\Z)", re.DOTALL | re.MULTILINE
        ),
        "\\1: [retiré]\n\n",
    ),
    (re.compile(r"(?<![\w.-])(?:0|\+33[ .-]?(?:\(0\))?)[1-9](?:[ .-]?\d\d){4}(?![\w-])"), "[téléphone]"),
    # Each looks back before it starts, so that it reads a long run once and not once from every letter of it: what a stranger
    # put in a header or a name comes here too.
    (re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), "[courriel]"),
    # What django.core.signing writes: a value, a moment, a signature.
    (re.compile(r"(?<![\w.-])[\w.-]{4,}:[\w-]{4,}:[\w-]{20,}"), "[jeton]"),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE), "[jeton]"),
    # A long random piece of a path: the address of a calendar, for one.
    (re.compile(r"(?<=/)(?=[\w-]*\d)[\w-]{20,}"), "[jeton]"),
    (re.compile(r"(?<![^\s?\"'])([^\s?\"'/]*/[^\s?\"']*)\?[^\s\"')>]+"), r"\1?[…]"),
)


def requete_en_cours() -> str:
    """Identifier of the request being answered, or of the one that asked for this job; « - » outside of any."""
    return _requete.get()


def requete_a_retenir() -> str:
    """What a row of the queue keeps of the request that wrote it; empty outside of any."""
    identifiant = _requete.get()
    return "" if identifiant == "-" else identifiant


@contextmanager
def au_nom_de(requete: str) -> Iterator[None]:
    """What is logged inside bears the identifier of the request that a job comes from."""
    jeton = _requete.set(requete or "-")
    try:
        yield
    finally:
        _requete.reset(jeton)


def expurger(texte: str) -> str:
    """The same text without e-mail addresses, tokens of links, nor query strings."""
    for motif, remplacant in _A_OTER:
        texte = motif.sub(remplacant, texte)
    return texte


class IdentifiantDeRequete(logging.Filter):
    """Put `requete` on every record, so that one visit can be followed through the log.

    Django writes its own line about an error once the middlewares have all answered: that record carries its request.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.requete = getattr(getattr(record, "request", None), "identifiant", None) or _requete.get()
        return True


class Ligne(logging.Formatter):
    """For a person: date, level, logger, request, message."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name} requete={requete} {message}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        return expurger(super().format(record))


class LigneJson(logging.Formatter):
    """For a collector: one JSON object per line; ``extra={"champs": {...}}`` of a call adds its own keys."""

    def format(self, record: logging.LogRecord) -> str:
        objet: dict[str, Any] = {
            "quand": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "niveau": record.levelname,
            "journal": record.name,
            "requete": getattr(record, "requete", "-"),
            "processus": record.process,
            "message": expurger(record.getMessage()),
        }
        champs = getattr(record, "champs", {})
        objet |= {cle: expurger(valeur) if isinstance(valeur, str) else valeur for cle, valeur in champs.items()}
        if record.exc_info:
            objet["exception"] = expurger(self.formatException(record.exc_info))
        return json.dumps(objet, ensure_ascii=False, default=str)


def reglages(forme: str, niveau: str) -> dict[str, Any]:
    """The LOGGING setting; ``forme`` is « ligne » or « json ». ValueError for another."""
    if forme not in ("ligne", "json"):
        raise ValueError(f"FORMAT_JOURNAL vaut « ligne » ou « json », pas « {forme} ».")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"requete": {"()": f"{__name__}.IdentifiantDeRequete"}},
        "formatters": {"portail": {"()": f"{__name__}.{'LigneJson' if forme == 'json' else 'Ligne'}"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "portail", "filters": ["requete"]}},
        "root": {"handlers": ["stderr"], "level": niveau},
        "loggers": {
            # Django's own handlers mail the administrators and colour the console: everything goes to stderr, once.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            # A robot that tries names of hosts: the line of access says 400, a traceback for each would flood the rest.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "weasyprint": {"level": "ERROR"},
            "fontTools": {"level": "ERROR"},
            # They log whole requests to the storage, signatures included, below that level.
            "botocore": {"level": "WARNING"},
            "boto3": {"level": "WARNING"},
            "s3transfer": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
        },
    }


def identifiant_de_requete(get_response: Reponse) -> Reponse:
    """Middleware: name the request, say that name in the answer, and write one line about it.

    The name is the one that the proxy in front gave, when there is one that we trust: a stranger's would let anybody write
    what they like into the log, or pass for another's visit.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        recu = request.headers.get(ENTETE, "") if settings.PROXYS_DE_CONFIANCE else ""
        identifiant = recu if _ACCEPTABLE.fullmatch(recu) else uuid.uuid4().hex
        request.identifiant = identifiant  # type: ignore[attr-defined]
        jeton, debut = _requete.set(identifiant), time.monotonic()
        try:
            reponse = get_response(request)
            _noter(request, reponse, time.monotonic() - debut)
        finally:
            _requete.reset(jeton)
        reponse.headers[ENTETE] = identifiant
        return reponse

    return middleware


def _noter(request: HttpRequest, reponse: HttpResponse, duree: float) -> None:
    """Which page, never which address: the route of the URLconf holds neither number, token nor query string."""
    if request.path.startswith(_SANS_LIGNE):
        return
    route = f"/{request.resolver_match.route}" if request.resolver_match else "(aucune)"
    champs = {
        "methode": request.method,
        "route": route,
        "statut": reponse.status_code,
        "duree_ms": round(duree * 1000),
    }
    acces.info("%(methode)s %(route)s %(statut)s %(duree_ms)s ms", champs, extra={"champs": champs})
