"""The bare Django of the comparison: same database and accounts, the middleware of ``startproject``, one view."""

from .nue import MIDDLEWARE as NU
from .reglages import *  # noqa: F403
from .reglages import TEMPLATES

# The application of accounts refuses to start without its own.
MIDDLEWARE = [*NU, "allauth.account.middleware.AccountMiddleware"]
ROOT_URLCONF = "tests.banc.nue"
TEMPLATES = [TEMPLATES[0] | {"OPTIONS": {}}]
