"""Empties the outbox, once or for as long as the portal runs."""

import signal
import threading
from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from ...envoi import vider


class Command(BaseCommand):
    help = "Envoie les courriels en attente ; avec --continu, reste en veille et envoie à mesure."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--continu", action="store_true", help="ne s’arrête qu’au signal (TERM, INT)")
        parser.add_argument("--attente", type=float, default=1.0, help="secondes entre deux passages (défaut : 1)")

    def handle(self, *, continu: bool, attente: float, **options: object) -> None:
        if not continu:
            self.stdout.write(str(vider()))
            return
        fin = threading.Event()
        for numero in (signal.SIGTERM, signal.SIGINT):
            signal.signal(numero, lambda *_: fin.set())
        while not fin.is_set():
            try:
                vider()
            except Exception as erreur:  # a database that restarts must not end the worker
                self.stderr.write(f"La boîte d’envoi est indisponible, nouvel essai : {erreur}")
                fin.wait(5)
            finally:
                close_old_connections()
            fin.wait(attente)
