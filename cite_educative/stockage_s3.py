"""Files in a bucket that speaks S3, for several web servers that share no disk. Chosen by the setting ``S3_BUCKET``."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

from .stockage import SansAdresse, StockageIndisponible

# A storage that hangs must not hold a page for longer than a person waits.
CLIENT = Config(
    connect_timeout=3,
    read_timeout=15,
    retries={"total_max_attempts": 3, "mode": "standard"},
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    # Newer checksums are asked for by default, and not known to every server that speaks S3.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


@contextmanager
def _a_portee() -> Iterator[None]:
    """Whatever the client raises about the network or the server becomes StockageIndisponible."""
    try:
        yield
    except (BotoCoreError, Boto3Error, ClientError) as erreur:
        raise StockageIndisponible(f"{type(erreur).__name__} : {erreur}") from erreur


class StockageS3Prive(SansAdresse, S3Storage):
    """Private objects, never overwritten, read whole before any of it is given out."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"default_acl": None, "file_overwrite": False, "client_config": CLIENT} | options)

    def _open(self, name: str, mode: str = "rb") -> File:
        """FileNotFoundError when there is none. The content comes now: a cut in the middle of an answer cannot be told."""
        with _a_portee():
            fichier = super()._open(name, mode)
            if "r" in mode:
                fichier.file.seek(0)
            return fichier

    def _save(self, name: str, content: File) -> str:
        with _a_portee():
            return super()._save(name, content)

    def exists(self, name: str) -> bool:
        with _a_portee():
            return super().exists(name)

    def delete(self, name: str) -> None:
        with _a_portee():
            super().delete(name)

    def size(self, name: str) -> int:
        with _a_portee():
            return super().size(name)
