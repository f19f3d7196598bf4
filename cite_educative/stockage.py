"""Storage of what people send: on disk, out of any URL."""

from typing import NoReturn

from django.core.files.storage import FileSystemStorage


class StockagePrive(FileSystemStorage):
    """Files that only a view may give out, once it has checked who asks."""

    def url(self, name: str | None) -> NoReturn:
        raise ValueError("Un fichier déposé n'a pas d'adresse : passez par une vue qui vérifie les droits.")
