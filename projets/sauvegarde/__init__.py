"""Backups: one archive that holds the database and the files, consistent with each other, and the way back.

``scelle`` is the outside of an archive (seal or encryption), ``archive`` its inside (members and manifest), ``bases`` and
``cibles`` the two databases, ``fichiers`` the storage, ``retention`` which archives to keep; ``sauver`` and ``restaurer`` put
them together.
"""
