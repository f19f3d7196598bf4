"""A portal that outgrew its file: an archive of SQLite restored in PostgreSQL, the same to the last value."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from outils.avec_postgresql import serveur
from projets.enums import Statut
from projets.models import Projet
from projets.sauvegarde import cibles
from projets.sauvegarde.archive import Manifeste
from projets.sauvegarde.cibles import RestaurationRefusee

from . import fabriques
from .sauvegarde import fichiers, ici, manage
from .test_sauvegarde import portail, sauver_dans  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.une_seule_base]


# The next row takes no number that exists: those of each table go on from the last one given.
APRES = """
from django.core.management import call_command
from projets.models import Projet
call_command("dumpdata", "--all", output=%r)
print(Projet.objects.create(appel=Projet.objects.first().appel).pk)
"""


def lire(chemin: Path) -> dict[str, dict]:
    """Every row of every model, as Django reads it: the writing of each database is no difference."""
    lues = json.loads(chemin.read_text())
    # Everything is to be counted again in a database that was just filled: a mark more.
    return {f"{une['model']}:{une['pk']}": une["fields"] for une in lues if une["model"] != "projets.arecompter"}


def test_de_sqlite_a_postgresql(portail, settings, tmp_path):  # noqa: F811
    assert connection.vendor == "sqlite"
    archive = sauver_dans(tmp_path / "sauvegardes")
    call_command("dumpdata", "--all", output=str(tmp_path / "avant.json"))
    with serveur() as adresse:
        env = ici() | {"VAR_DIR": str(tmp_path / "la"), "DATABASE_URL": adresse}
        fait = manage("restaurer", archive, "--envoyer-les-courriels", env=env)
        assert fait.returncode == 0, fait.stderr  # 0: the journal was read again, and every link of its chain holds
        fait = manage("shell", "-c", APRES % str(tmp_path / "apres.json"), env=env)
        assert fait.returncode == 0, fait.stderr
    avant, apres = lire(tmp_path / "avant.json"), lire(tmp_path / "apres.json")
    assert apres.keys() == avant.keys()
    assert {cle for cle in avant if avant[cle] != apres[cle]} == set()
    assert fichiers(env["VAR_DIR"]) == fichiers(settings.VAR_DIR)
    assert int(fait.stdout.split()[-1]) == max(Projet.objects.values_list("pk", flat=True)) + 1


def test_une_archive_d_avant_passe_d_abord_par_sqlite(appel, monkeypatch):
    """Rows are copied as they are: the tables of both sides must be those of one version."""
    fabriques.projet_en(Statut.DEPOSE)
    with connection.cursor() as curseur:
        curseur.execute("SELECT app, name FROM django_migrations ORDER BY id")
        migrations = [list(ligne) for ligne in curseur.fetchall()]
    manifeste = Manifeste("sqlite", "3", "2026-01-01", "5.2", migrations)
    monkeypatch.setattr(connection, "vendor", "postgresql")
    cibles.refuser_l_inconnu(manifeste)
    manifeste.migrations = [une for une in migrations if une != max(une for une in migrations if une[0] == "projets")]
    with pytest.raises(RestaurationRefusee, match="restaurez-la d’abord sur SQLite"):
        cibles.refuser_l_inconnu(manifeste)
    manifeste.moteur = "mysql"
    with pytest.raises(RestaurationRefusee, match="vient d’une base mysql"):
        cibles.refuser_l_inconnu(manifeste)
