"""A cache of the process that keeps objects as they are: reading a year of figures from it copies nothing.

What is put in it must not change afterwards: frozen dataclasses, tuples, strings.
"""

from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache


class MemoireVive(LocMemCache):
    """Django's own memory cache, but for the copies that it makes of each value, in and out."""

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        cle = self.make_and_validate_key(key, version=version)
        with self._lock:
            if self._has_expired(cle):
                self._delete(cle)
                return default
            self._cache.move_to_end(cle, last=False)
            return self._cache[cle]

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        cle = self.make_and_validate_key(key, version=version)
        with self._lock:
            self._set(cle, value, timeout)

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        cle = self.make_and_validate_key(key, version=version)
        with self._lock:
            if not self._has_expired(cle):
                return False
            self._set(cle, value, timeout)
            return True

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        raise NotImplementedError("Rien ne se compte dans la mémoire d’un processus : les autres n’en sauraient rien.")
