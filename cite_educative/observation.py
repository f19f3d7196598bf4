"""What an operator may plug in: slow queries in the log, measures for Prometheus, incidents for Sentry. All off by default.

``prometheus_client`` and ``sentry_sdk`` are no dependencies of the portal: a check says when a setting asks for one that is
not installed.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import MiddlewareNotUsed
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse

from .journalisation import expurger, requete_en_cours

try:
    import prometheus_client
    from prometheus_client import multiprocess
except ImportError:
    prometheus_client = None
try:
    import sentry_sdk
except ImportError:
    sentry_sdk = None

lentes = logging.getLogger("lentes")
SQL_DIT = 2000  # characters
# Seconds: what a person calls at once, quick, slow, too long.
SEUILS = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


def verifier_reglage(**_: Any) -> list[checks.CheckMessage]:
    """System check: a setting that would do nothing."""
    manques = []
    if settings.SENTRY_DSN and sentry_sdk is None:
        manques.append(("SENTRY_DSN", "sentry-sdk", "W010"))
    if settings.METRIQUES_JETON and prometheus_client is None:
        manques.append(("METRIQUES_JETON", "prometheus-client", "W011"))
    return [
        checks.Warning(
            f"{reglage} est réglée, mais la bibliothèque {paquet} n’est pas installée : rien ne part de ce côté.",
            hint=f"Installez {paquet} dans l’environnement du portail, ou ne donnez pas cette variable.",
            id=f"cite_educative.{numero}",
        )
        for reglage, paquet, numero in manques
    ]


def brancher() -> None:
    """At start-up, once: what the settings ask for."""
    if settings.REQUETES_LENTES_MS:
        connection_created.connect(_surveiller, dispatch_uid="requetes_lentes")
    if settings.SENTRY_DSN and sentry_sdk is not None:
        sentry_sdk.init(
            dsn=settings.SENTRY_DSN,
            environment=settings.SENTRY_ENVIRONNEMENT,
            send_default_pii=False,
            include_local_variables=False,  # they hold names, addresses and whole files
            max_request_body_size="never",
            traces_sample_rate=0,
            before_send=alleger,
        )


# --- slow queries ---------------------------------------------------------------------------------------------------


def _surveiller(connection: BaseDatabaseWrapper, **signal: object) -> None:
    if _chronometrer not in connection.execute_wrappers:
        connection.execute_wrappers.append(_chronometrer)


def _chronometrer(executer: Callable, sql: str, parametres: object, plusieurs: bool, contexte: dict) -> object:
    """Log a statement that lasted, with the places of its values and not the values."""
    debut = time.monotonic()
    try:
        return executer(sql, parametres, plusieurs, contexte)
    finally:
        duree = round((time.monotonic() - debut) * 1000)
        if duree >= settings.REQUETES_LENTES_MS:
            champs = {"duree_ms": duree, "sql": str(sql)[:SQL_DIT]}
            lentes.warning("%(duree_ms)s ms : %(sql)s", champs, extra={"champs": champs})


# --- Sentry ---------------------------------------------------------------------------------------------------------


def alleger(evenement: dict[str, Any], _: object = None) -> dict[str, Any]:
    """An event without who, without what was sent, and expurgated like a line of the log."""
    evenement.pop("user", None)
    if "request" in evenement:
        evenement["request"] = {"method": evenement["request"].get("method")}
    evenement.setdefault("tags", {})["requete"] = requete_en_cours()
    return _expurger_tout(evenement)


def _expurger_tout(valeur: Any) -> Any:
    if isinstance(valeur, str):
        return expurger(valeur)
    if isinstance(valeur, dict):
        return {cle: _expurger_tout(une) for cle, une in valeur.items()}
    if isinstance(valeur, list | tuple):
        return [_expurger_tout(une) for une in valeur]
    return valeur


# --- Prometheus -----------------------------------------------------------------------------------------------------

if prometheus_client is not None:
    DUREES = prometheus_client.Histogram(
        "portail_requete_secondes", "Durée des réponses.", ["methode", "route", "statut"], buckets=SEUILS
    )


def mesurer(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: the duration of every answer, by route; not used unless asked for."""
    if prometheus_client is None or not settings.METRIQUES_JETON:
        raise MiddlewareNotUsed

    def middleware(request: HttpRequest) -> HttpResponse:
        debut = time.monotonic()
        reponse = get_response(request)
        route = request.resolver_match.route if request.resolver_match else ""
        methode = request.method if request.method in ("GET", "POST", "HEAD") else "AUTRE"
        DUREES.labels(methode, route, str(reponse.status_code)).observe(time.monotonic() - debut)
        return reponse

    return middleware


def mesures_du_processus() -> bytes:
    """What the web processes measured, in Prometheus's text format; empty without its library.

    One process answers for all of those that share ``PROMETHEUS_MULTIPROC_DIR``, else for itself.
    """
    if prometheus_client is None:
        return b""
    registre = prometheus_client.REGISTRY
    if settings.METRIQUES_PARTAGEES:
        registre = prometheus_client.CollectorRegistry()
        multiprocess.MultiProcessCollector(registre)
    return prometheus_client.generate_latest(registre)
