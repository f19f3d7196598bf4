"""Empties the outbox, prepares the long exports and folds the sums, once or for as long as the portal runs; digests and seals
besides."""

import signal
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable

from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from ...cumuls import tenir_a_jour
from ...envoi import ServeurInjoignable, vider
from ...exports import preparer_tout
from ...models import Pouls
from ...recapitulatif import regrouper
from ...sceaux import sceller

ENTRETIEN = 60.0  # seconds between two looks at the digests and the journal, and between two heartbeats
SOMMES = 5.0  # seconds between two looks at what is to be counted again
PATIENCE = 30.0  # seconds left to a server that cannot be reached


class Command(BaseCommand):
    help = (
        "Envoie les courriels en attente, prépare les récapitulatifs du jour et les exports demandés, scelle le journal, tient "
        "les sommes à jour ; "
        "avec --continu, reste en veille et le fait à mesure. Code 1 si le serveur de messagerie est injoignable : rien "
        "n’est alors perdu."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--continu", action="store_true", help="ne s’arrête qu’au signal (TERM, INT)")
        parser.add_argument("--attente", type=float, default=1.0, help="secondes entre deux passages (défaut : 1)")

    def handle(self, *, continu: bool, attente: float, **options: object) -> None:
        if continu:
            self._veiller(attente)
            return
        entretenir()
        try:
            envoyes = vider()
        except ServeurInjoignable as erreur:
            raise CommandError(f"Le serveur de messagerie est injoignable. {erreur}") from erreur
        finally:
            Pouls.battre("courriels")
            preparer_tout()
            tenir_a_jour()
        self.stdout.write(str(envoyes))

    def _veiller(self, attente: float) -> None:
        """Until TERM or INT; the mail being sent is finished first."""
        fin = threading.Event()
        for numero in (signal.SIGTERM, signal.SIGINT):
            signal.signal(numero, lambda *_: fin.set())
        # Exports and sums have threads of their own: a mail never waits for a long one. Killed in the middle, it is taken again
        # later.
        for quoi, faire, pause in (("Les exports", preparer_tout, attente), ("Les sommes", tenir_a_jour, SOMMES)):
            threading.Thread(target=self._veiller_a_part, args=(fin, quoi, faire, pause), daemon=True).start()
        entretenu = -ENTRETIEN
        while not fin.is_set():
            pause = attente
            try:
                if time.monotonic() - entretenu >= ENTRETIEN:
                    entretenu = time.monotonic()
                    entretenir()
                    Pouls.battre("courriels")
                pause = self._passer(fin.is_set) or attente
            except Exception as erreur:  # a database that restarts must not end the worker
                self.stderr.write(f"La boîte d’envoi est indisponible, nouvel essai : {erreur}")
                pause = 5
            finally:
                close_old_connections()
            fin.wait(pause)

    def _veiller_a_part(self, fin: threading.Event, quoi: str, faire: Callable[[], object], attente: float) -> None:
        while not fin.is_set():
            try:
                faire()
            except Exception as erreur:  # a database that restarts must not end the worker
                self.stderr.write(f"{quoi} attendent la base, nouvel essai : {erreur}")
                fin.wait(5)
            finally:
                close_old_connections()
            fin.wait(attente)

    def _passer(self, arret: Callable[[], bool]) -> float:
        """One pass over the outbox: how long to wait when the server does not answer, else nothing."""
        try:
            vider(arret=arret)
        except ServeurInjoignable as erreur:
            self.stderr.write(f"Le serveur de messagerie est injoignable, nouvel essai dans {PATIENCE:.0f} s. {erreur}")
            return PATIENCE
        return 0


def entretenir() -> None:
    regrouper()
    sceller()
