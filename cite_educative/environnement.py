"""Settings read from the environment, as people write them: a word that means nothing stops the start instead of meaning « no »."""

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

OUI = {"1", "true", "yes", "y", "on", "ok", "oui", "o", "vrai"}
NON = {"0", "false", "no", "n", "off", "non", "faux"}


class Environnement(environ.FileAwareEnv):
    """NAME_FILE names a file that holds the value of NAME: secrets of Docker and systemd."""

    def bool(self, var: str, default: Any = environ.Env.NOTSET) -> bool:
        """« oui » as well as « true »; an empty variable is none. Raises ImproperlyConfigured for any other word.

        The library takes what it does not know for « false »: « HTTPS=oui » would send the cookies in clear.
        """
        mot = self.str(var, default="").strip().lower()
        if not mot and default is not environ.Env.NOTSET:
            return default
        if mot not in OUI | NON:
            raise ImproperlyConfigured(f"{var} vaut « oui » ou « non », pas « {mot} ».")
        return mot in OUI
