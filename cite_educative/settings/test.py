"""Tests: production, only faster and stricter."""

import atexit
import os
import shutil
import sys
import tempfile

# Each test process writes in a directory of its own, erased when it ends. Before `base`, which reads the variable.
os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="cite-tests-")
atexit.register(shutil.rmtree, os.environ["VAR_DIR"], ignore_errors=True)

from .base import *  # noqa: E402, F403
from .base import BASE_DIR, DATABASES, INSTALLED_APPS, STORAGES, TEMPLATES, VAR_DIR  # noqa: E402


class VariableInconnue(str):
    """What a template of ours shows for a variable that does not exist: an error.

    Django would show nothing, and a misspelt variable would pass unseen. Templates of the libraries keep Django's
    behaviour, and so does a variable followed by the `default` filter: being absent is then foreseen.
    """

    __slots__ = ()

    def __contains__(self, texte: object) -> bool:
        return texte == "%s"

    def __mod__(self, variable: object) -> str:
        cadre = sys._getframe(1)
        expression = cadre.f_locals.get("self")
        contexte = cadre.f_locals.get("context")
        origine = getattr(getattr(contexte, "template", None), "origin", None)
        while cadre is not None:  # an included template renders with its parent's context: look for the nearest
            objet = cadre.f_locals.get("self")
            if cadre.f_code.co_name == "render_annotated" and hasattr(objet, "origin"):
                origine = objet.origin
                break
            cadre = cadre.f_back
        filtres = [fonction.__name__ for fonction, _ in getattr(expression, "filters", [])]
        if {"default", "default_if_none"} & set(filtres):
            return expression.resolve(contexte, ignore_failures=True)
        nom = str(getattr(origine, "name", ""))
        if nom.startswith(str(BASE_DIR / "templates")):
            raise LookupError(f"Variable inconnue « {variable} » dans {nom}")
        return ""


SECRET_KEY = "tests"
SECRET_KEY_FALLBACKS = []
HTTPS = False
DEBUG = False
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, as in production: each thread of the live server has its own connection and meets the real locks.
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / "tests.sqlite3"}
    DATABASES["default"]["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "memoire": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "memoire"},
}
# Without the manifest: the tests need no collectstatic. Finders serve the files to the browser tests.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
CRISPY_FAIL_SILENTLY = False
COURRIELS_DOMAINES_AUTORISES = []
CLAMAV_URL = ""
LIMITES = {}  # the tests that look at it set it
PROXYS_DE_CONFIANCE = 0
METRIQUES_JETON = SENTRY_DSN = ""
REQUETES_LENTES_MS = 0
PROCONNECT = False
INSTALLED_APPS = list(dict.fromkeys([*INSTALLED_APPS, "cite_educative.proconnect"]))  # for the tests that turn it on
SOCIALACCOUNT_PROVIDERS = {}
SECOND_FACTEUR_OBLIGATOIRE = False  # the tests that look at it turn it on
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = VariableInconnue("inconnue")  # an empty one would be ignored

# Playwright's synchronous interface keeps an event loop in the thread of the test, which still may use the ORM.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
