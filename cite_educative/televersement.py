"""Reception of uploaded files, bounded in memory and disk."""

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class TeleversementBorne(TemporaryFileUploadHandler):
    """Keep at most `TELEVERSEMENT_OCTETS_GARDES` bytes of each file, but count them all.

    The form still receives the file, with its true `size`: it can refuse it with a sentence and give back what was
    typed, where a cut connection would lose everything. What lies beyond the bound is never written.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        reste = settings.TELEVERSEMENT_OCTETS_GARDES - start
        if reste > 0:
            super().receive_data_chunk(raw_data[:reste], start)
