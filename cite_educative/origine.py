"""From where something is done: a page, a signed link, a command, the administration. Carried beside the code, not through it.

The door that lets an act in (middleware, view of a signed link, ``manage.py``) says where it comes from; the journal reads it
when it writes a line. Nothing in between has to know.
"""

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from .journalisation import requete_en_cours

WEB, LIEN, COMMANDE, ADMINISTRATION = "web", "lien", "commande", "administration"


@dataclass(frozen=True)
class Origine:
    """``voie`` is the door; ``reperage`` the identifier of the request or the name of the command; ``adresse`` the network."""

    voie: str = ""
    reperage: str = ""
    adresse: str = ""


INCONNUE = Origine()
_courante: ContextVar[Origine] = ContextVar("origine", default=INCONNUE)


def courante() -> Origine:
    return _courante.get()


@contextmanager
def depuis(voie: str, reperage: str | None = None) -> Iterator[None]:
    """What is done inside comes from ``voie``; the rest of the origin stays as it was."""
    avant = _courante.get()
    jeton = _courante.set(replace(avant, voie=voie, reperage=avant.reperage if reperage is None else reperage[:64]))
    try:
        yield
    finally:
        _courante.reset(jeton)


def reseau(adresse: str) -> str:
    """The network of an address, never the whole of it: /24 for IPv4, /48 for IPv6; empty when there is none.

    It tells the town hall from elsewhere, which is what a dispute asks, and names nobody's computer (RGPD: no more than
    what is needed, in a journal that cannot be erased).
    """
    try:
        ip = ipaddress.ip_address(adresse.strip().partition("%")[0])
    except ValueError:
        return ""
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False))


def adresse_du_client(request: HttpRequest) -> str:
    """Address of the visitor, as told by the proxies we trust and by nobody else."""
    if rang := settings.PROXYS_DE_CONFIANCE:
        chaine = [un.strip() for un in request.headers.get("X-Forwarded-For", "").split(",") if un.strip()]
        if len(chaine) >= rang:
            return chaine[-rang]
    return request.META.get("REMOTE_ADDR", "")


def origine_de_la_requete(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: what a request does comes from the web, or from the administration. After the one that names requests."""

    def middleware(request: HttpRequest) -> HttpResponse:
        voie = ADMINISTRATION if request.path.startswith(reverse("admin:index")) else WEB
        jeton = _courante.set(Origine(voie, requete_en_cours(), reseau(adresse_du_client(request))))
        try:
            return get_response(request)
        finally:
            _courante.reset(jeton)

    return middleware
