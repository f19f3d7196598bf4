"""Development: `DJANGO_SETTINGS_MODULE=cite_educative.settings.dev .venv/bin/python manage.py runserver`."""

from .base import *  # noqa: F403
from .base import INSTALLED_APPS, STORAGES

DEBUG = True
INSTALLED_APPS = ["whitenoise.runserver_nostatic", *INSTALLED_APPS]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
CRISPY_FAIL_SILENTLY = False
