#!/usr/bin/env python3
"""Prepare a demonstration in `VAR_DIR`: database, fixtures, static files, projects in every statut.

One process for all the steps, since each start of Django costs a second. Every step may be done again at will.
"""

import hashlib
import os
import sys
from pathlib import Path

RACINE = Path(__file__).resolve().parent.parent


def dire(texte: str) -> None:
    print(f"→ {texte}", file=sys.stderr, flush=True)


def empreinte_des_statiques() -> str:
    """What the static files are made of: their names, sizes and dates, and the settings that shape them."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders

    releve = [repr(settings.STORAGES["staticfiles"]), settings.STATIC_URL]
    for chercheur in get_finders():
        for nom, stockage in chercheur.list([]):
            etat = os.stat(stockage.path(nom))
            releve.append(f"{nom} {etat.st_size} {etat.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(releve)).encode()).hexdigest()


def rassembler_les_statiques() -> None:
    """Run collectstatic, but not when nothing changed: compressing takes several seconds."""
    from django.conf import settings
    from django.core.management import call_command

    racine = Path(settings.STATIC_ROOT)
    temoin = racine.with_name(racine.name + ".empreinte")
    empreinte = empreinte_des_statiques()
    if (racine / "staticfiles.json").exists() and temoin.exists() and temoin.read_text() == empreinte:
        return
    dire("Fichiers statiques")
    temoin.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    temoin.write_text(empreinte)


def main() -> None:
    sys.path.insert(0, str(RACINE))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cite_educative.settings.base")
    import django

    django.setup()
    from django.core.management import call_command

    dire("Base de données")
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    from projets.models import Appel

    if not Appel.objects.exists():  # loading again would undo what was changed since in the administration
        dire("L'appel à projets et les comptes")
        call_command("loaddata", "comptes", "lievin", verbosity=0)
    rassembler_les_statiques()
    dire("Projets de démonstration")
    call_command("demo_donnees")


if __name__ == "__main__":
    main()
