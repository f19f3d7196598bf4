"""Settings of the measures: production, but for what a measure has no use for (hashed static files, second factor, HTTPS)."""

from cite_educative.settings.base import *  # noqa: F403
from cite_educative.settings.base import STORAGES

SECRET_KEY = "banc"
ALLOWED_HOSTS = ["*"]
SECOND_FACTEUR_OBLIGATOIRE = False
DEMO = True
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
LOGGING = {"version": 1, "disable_existing_loggers": True}
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
LIMITES = {}  # one machine plays a crowd
