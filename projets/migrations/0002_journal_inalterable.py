"""Makes the journal append-only for SQL too.

PostgreSQL refuses UPDATE and DELETE; SQLite refuses UPDATE only, because emptying a test database there is a DELETE (the
ORM refuses both on both). Nothing is said of TRUNCATE for the same reason.
"""

from django.db import migrations

POSTGRESQL = """
CREATE FUNCTION journal_inalterable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'Le journal ne se modifie pas.' USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER journal_inalterable BEFORE UPDATE OR DELETE ON projets_passage
FOR EACH ROW EXECUTE FUNCTION journal_inalterable();
"""
POSTGRESQL_RETOUR = "DROP TRIGGER journal_inalterable ON projets_passage; DROP FUNCTION journal_inalterable();"
SQLITE = """
CREATE TRIGGER journal_inalterable BEFORE UPDATE ON projets_passage
BEGIN SELECT RAISE(ABORT, 'Le journal ne se modifie pas.'); END;
"""
SQLITE_RETOUR = "DROP TRIGGER journal_inalterable;"


def poser(apps, schema_editor):
    schema_editor.execute(POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE)


def retirer(apps, schema_editor):
    schema_editor.execute(POSTGRESQL_RETOUR if schema_editor.connection.vendor == "postgresql" else SQLITE_RETOUR)


class Migration(migrations.Migration):
    dependencies = [("projets", "0001_initial")]

    operations = [migrations.RunPython(poser, retirer)]
