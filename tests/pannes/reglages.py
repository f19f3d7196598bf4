"""Production settings, ruled by the environment; only what would cost seconds is left out."""

from cite_educative.settings.base import *  # noqa: F403
from cite_educative.settings.base import STORAGES

STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LIMITES = {}  # one machine plays a crowd
