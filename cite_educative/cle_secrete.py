"""The secret key of an installation that was given none."""

import os
import secrets
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def cle_secrete(chemin: Path) -> str:
    """Read the key kept in `chemin`; draw it the first time.

    Several processes may start at once: the first to link its file wins, the others read the winner's. The link
    is atomic, so nobody ever reads half a key. The file is readable by its owner only. Raises ImproperlyConfigured.
    """
    try:
        return _lire_ou_tirer(chemin)
    except OSError as refus:
        raise ImproperlyConfigured(
            f"La clé secrète ne se lit ou ne s’écrit pas dans {chemin.parent} : {refus.strerror}. "
            "Donnez ce dossier au compte du portail, ou réglez SECRET_KEY."
        ) from refus


def _lire_ou_tirer(chemin: Path) -> str:
    if not chemin.exists():
        chemin.parent.mkdir(parents=True, exist_ok=True)
        descripteur, brouillon = tempfile.mkstemp(dir=chemin.parent, prefix=".cle-")  # created 0600
        try:
            with os.fdopen(descripteur, "w") as fichier:
                fichier.write(secrets.token_urlsafe(64))
            os.link(brouillon, chemin)
        except FileExistsError:
            pass
        finally:
            os.unlink(brouillon)
    return chemin.read_text().strip()
