"""Storage of what people send: on disk, or in a bucket that speaks S3; out of any URL either way."""

from typing import NoReturn

from django.core.files.storage import FileSystemStorage
from django.core.files.storage.base import Storage


class StockageIndisponible(Exception):
    """The storage cannot be reached, or refuses: nothing was kept nor lost, and it may work again in a moment."""


class SansAdresse(Storage):
    """Files that only a view may give out, once it has checked who asks."""

    def url(self, name: str | None) -> NoReturn:
        raise ValueError("Un fichier déposé n’a pas d’adresse : passez par une vue qui vérifie les droits.")


class StockagePrive(SansAdresse, FileSystemStorage):
    """On the disk of the server."""
