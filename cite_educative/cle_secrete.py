"""The secret key of an installation that was given none."""

import os
import secrets
import tempfile
from pathlib import Path


def cle_secrete(chemin: Path) -> str:
    """Read the key kept in `chemin`; draw it the first time.

    Several processes may start at once: the first to link its file wins, the others read the winner's. The link
    is atomic, so nobody ever reads half a key. The file is readable by its owner only.
    """
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
