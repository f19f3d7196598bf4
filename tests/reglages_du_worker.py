"""Settings of a worker in a process of its own: the test's database, the test's mail server."""

import json
import os

from cite_educative.settings.test import *  # noqa: F403
from cite_educative.settings.test import DATABASES

DATABASES["default"].update({cle: valeur for cle, valeur in json.loads(os.environ["BASE_DU_TEST"]).items() if valeur})
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ["EMAIL_PORT"])
EMAIL_TIMEOUT = 30
