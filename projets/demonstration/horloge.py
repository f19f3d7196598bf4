"""The days of a demonstration: what it tells of the past is written as it would have been written that day."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo

from django.utils import timezone


@contextmanager
def il_y_a(jours: int) -> Iterator[None]:
    """Inside, it is so many days earlier for all that asks Django what time it is: rows, journal, mails, default values.

    For a command that is alone in its process. Not to be nested.
    """
    vraie, ecart = timezone.datetime, timedelta(days=jours)

    class Passee(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return vraie.now(tz) - ecart

    timezone.datetime = Passee
    try:
        yield
    finally:
        timezone.datetime = vraie
