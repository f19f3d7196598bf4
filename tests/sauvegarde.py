"""What the tests of the backups share: running the commands apart, a second database, and comparing two of them whole."""

import hashlib
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from outils.avec_postgresql import binaires
from projets.sauvegarde.bases import nommer, tables_du_portail


def adresse_de(base: str) -> str:
    """DATABASE_URL of another database of the server of the tests, behind its socket."""
    reglages = connection.settings_dict
    return f"postgresql://{reglages['USER']}@/{reglages['HOST']}/{base}"


def ouvrir(base: str, **options: Any) -> psycopg.Connection:
    reglages = connection.settings_dict
    return psycopg.connect(host=str(reglages["HOST"]), user=reglages["USER"], dbname=base, **options)


@contextmanager
def ailleurs(dossier: Path) -> Iterator[dict[str, str]]:
    """The environment of another installation: an empty database of the same kind, an empty storage."""
    dossier.mkdir(parents=True, exist_ok=True)
    environnement = {"VAR_DIR": str(dossier), "SECRET_KEY": settings.SECRET_KEY, "DEMO": "1"}
    if connection.vendor == "sqlite":
        yield environnement | {"DATABASE_URL": f"sqlite:///{dossier / 'portail.sqlite3'}"}
        return
    base = f"ailleurs_{secrets.token_hex(6)}"
    with ouvrir("postgres", autocommit=True) as serveur:
        serveur.execute(f"CREATE DATABASE {base}")
        try:
            yield environnement | {"DATABASE_URL": adresse_de(base)}
        finally:
            serveur.execute(f"DROP DATABASE {base} WITH (FORCE)")


@contextmanager
def jumelle(dossier: Path) -> Iterator[dict[str, str]]:
    """Another installation, which holds what this one does: what a restoration would have put there, without its minute."""
    with ailleurs(dossier) as env:
        ici_, la = connection.settings_dict, env["DATABASE_URL"]
        if connection.vendor == "sqlite":
            with closing(sqlite3.connect(ici_["NAME"])) as base:
                base.execute("VACUUM INTO ?", [la.removeprefix("sqlite:///")])
        else:
            serveur, copie = ["--host", str(ici_["HOST"]), "--username", ici_["USER"]], dossier / "copie.sql"
            dire = [binaires() / "pg_dump", *serveur, "--file", copie, ici_["NAME"]]
            lire = [binaires() / "psql", *serveur, "-qX", "--set=ON_ERROR_STOP=1", "--file", copie, Path(la).name]
            for commande_ in (dire, lire):
                subprocess.run(commande_, check=True, stdout=subprocess.DEVNULL)
        shutil.copytree(Path(settings.VAR_DIR) / "fichiers", dossier / "fichiers")
        yield env


def ici() -> dict[str, str]:
    """The environment of a command about the database of the tests."""
    nom = connection.settings_dict["NAME"]
    return {
        "VAR_DIR": str(settings.VAR_DIR),
        "SECRET_KEY": settings.SECRET_KEY,
        "DEMO": "1",
        "DATABASE_URL": f"sqlite:///{nom}" if connection.vendor == "sqlite" else adresse_de(nom),
    }


def manage(*arguments: str | Path, env: dict[str, str], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        commande(*arguments), **options_de(env), capture_output=True, text=True, timeout=400, **options
    )


def commande(*arguments: str | Path) -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *map(str, arguments)]


def options_de(env: dict[str, str]) -> dict[str, Any]:
    return {
        "cwd": settings.BASE_DIR,
        "env": {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "DJANGO_SETTINGS_MODULE": "cite_educative.settings.base"}
        | env,
        "stdin": subprocess.DEVNULL,
        "check": False,
    }


def contenu(env: dict[str, str]) -> dict[str, list[str]]:
    """Every line of every table of an installation, in an order of its own."""
    adresse = env["DATABASE_URL"]
    with closing(
        sqlite3.connect(adresse.removeprefix("sqlite:///")) if "sqlite" in adresse else ouvrir(Path(adresse).name)
    ) as base:
        curseur = base.cursor()
        lignes = {}
        for table in tables_du_portail():
            curseur.execute(f"SELECT * FROM {nommer(table)}")
            lignes[table] = sorted(map(repr, curseur.fetchall()))
        return lignes


def fichiers(dossier: str | Path) -> dict[str, str]:
    """Every file of a storage: name -> SHA-256."""
    racine = Path(dossier) / "fichiers"
    return {
        str(chemin.relative_to(racine)): hashlib.sha256(chemin.read_bytes()).hexdigest()
        for chemin in racine.rglob("*")
        if chemin.is_file()
    }
