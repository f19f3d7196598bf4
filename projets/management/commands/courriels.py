"""Empties the outbox and prepares the long exports, once or for as long as the portal runs."""

import signal
import threading
from argparse import ArgumentParser
from collections.abc import Callable

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from ...envoi import vider
from ...exports import preparer_tout


class Command(BaseCommand):
    help = (
        "Envoie les courriels en attente et prépare les exports demandés ; avec --continu, reste en veille et le fait à "
        "mesure."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--continu", action="store_true", help="ne s’arrête qu’au signal (TERM, INT)")
        parser.add_argument("--attente", type=float, default=1.0, help="secondes entre deux passages (défaut : 1)")

    def handle(self, *, continu: bool, attente: float, **options: object) -> None:
        if not continu:
            self.stdout.write(str(vider()))
            preparer_tout()
            return
        fin = threading.Event()
        for numero in (signal.SIGTERM, signal.SIGINT):
            signal.signal(numero, lambda *_: fin.set())
        # Exports have their own thread: a mail never waits for a long one. Killed in the middle, it is taken again later.
        threading.Thread(target=self._veiller, args=(preparer_tout, fin, attente), daemon=True).start()
        self._veiller(vider, fin, attente)

    def _veiller(self, travail: Callable[[], int], fin: threading.Event, attente: float) -> None:
        while not fin.is_set():
            try:
                travail()
            except Exception as erreur:  # a database that restarts must not end the worker
                self.stderr.write(f"La base est indisponible, nouvel essai : {erreur}")
                fin.wait(5)
            finally:
                close_old_connections()
            fin.wait(attente)
