"""Sessions in the database, where one that exists is written again by one statement: no transaction around it."""

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as SessionsDeDjango
from django.db import DatabaseError, router


class SessionStore(SessionsDeDjango):
    def save(self, must_create: bool = False) -> None:
        """As Django does: UpdateError when the session is gone, or cannot be written."""
        if must_create or self.session_key is None:
            super().save(must_create)
            return
        session = self.create_model_instance(self._get_session(no_load=False))
        try:
            session.save(force_update=True, using=router.db_for_write(self.model, instance=session))
        except DatabaseError as echec:
            raise UpdateError from echec
