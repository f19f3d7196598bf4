#!/usr/bin/env python
"""Entry point of the management commands."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cite_educative.settings.base")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as erreur:
        raise SystemExit(
            "Django est introuvable : lancez « make demo », ou utilisez « .venv/bin/python manage.py »."
        ) from erreur
    from cite_educative import origine

    with origine.depuis(origine.COMMANDE, sys.argv[1] if len(sys.argv) > 1 else ""):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
