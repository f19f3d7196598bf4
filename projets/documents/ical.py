"""Events -> an iCalendar file (RFC 5545, RFC 7986) that Outlook, Google and Apple read alike. No query while writing.

Moments are written in UTC, which needs no description of a time zone; a whole day is a date. DTSTAMP is the moment the event
last changed, never that of the writing: the same events are the same bytes.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..agenda import Evenement
from ..questionnaire import texte_propre

if TYPE_CHECKING:  # icalendar is loaded by the first calendar that is asked for
    from icalendar import Event

MIME_ICAL = "text/calendar; charset=utf-8"
RAFRAICHIR = timedelta(hours=6)


def ecrire(evenements: Iterable[Evenement], portail: str, nom: str = "", methode: str = "") -> bytes:
    """``portail``: its public address, from which UIDs and links are made. ``nom``: that of a calendar one subscribes to.

    ``methode`` « PUBLISH » says a file to import once, which is not refreshed.
    """
    from icalendar import Calendar, vDuration

    racine = portail.rstrip("/")
    agenda = Calendar()
    agenda.add("prodid", "-//Cité éducative//Portail//FR")
    agenda.add("version", "2.0")
    agenda.add("calscale", "GREGORIAN")
    if methode:
        agenda.add("method", methode)
    if nom:
        agenda.add("name", nom)
        agenda.add("x-wr-calname", nom)
        agenda.add("x-wr-timezone", "Europe/Paris")
        agenda.add("refresh-interval", vDuration(RAFRAICHIR), parameters={"VALUE": "DURATION"})
        agenda.add("x-published-ttl", vDuration(RAFRAICHIR))
    for evenement in evenements:
        agenda.add_component(_ecrire(evenement, racine))
    return agenda.to_ical(sorted=False)


def _ecrire(evenement: Evenement, racine: str) -> "Event":
    from icalendar import Event

    ecrit, page = Event(), racine + evenement.chemin
    modifie = evenement.modifie_le.astimezone(UTC).replace(microsecond=0)
    ecrit.add("uid", f"{evenement.uid}@{urlsplit(racine).hostname or 'portail'}")
    ecrit.add("dtstamp", modifie)
    ecrit.add("last-modified", modifie)
    ecrit.add("sequence", evenement.sequence)
    ecrit.add("summary", texte_propre(evenement.titre))
    ecrit.add("dtstart", _moment(evenement.debut))
    ecrit.add("dtend", _moment(evenement.fin or evenement.debut + timedelta(days=1)))
    if evenement.lieu:
        ecrit.add("location", texte_propre(evenement.lieu))
    ecrit.add("description", texte_propre(f"{evenement.description}\n{page}", multiligne=True).strip())
    ecrit.add("url", page)
    ecrit.add("status", "CANCELLED" if evenement.annule else "CONFIRMED")
    # A day to remember does not make its reader busy.
    ecrit.add("transp", "OPAQUE" if isinstance(evenement.debut, datetime) else "TRANSPARENT")
    return ecrit


def _moment(moment: date | datetime) -> date | datetime:
    return moment.astimezone(UTC) if isinstance(moment, datetime) else moment
