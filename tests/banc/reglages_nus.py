"""The bare Django of the comparison: same database and accounts, the middleware of ``startproject``, one view."""

from .nue import MIDDLEWARE as NU
from .reglages import *  # noqa: F403
from .reglages import TEMPLATES

MIDDLEWARE = NU
ROOT_URLCONF = "tests.banc.nue"
TEMPLATES = [TEMPLATES[0] | {"OPTIONS": {}}]
